-- The preferences that were saved last, where several nodes share them.
CREATE TABLE preferences (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    text TEXT NOT NULL,
    saved_at BIGINT NOT NULL,
    saved_by TEXT NOT NULL
);
