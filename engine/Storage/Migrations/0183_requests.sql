-- What people asked for in plain words, and the plan of steps that it became.
CREATE TABLE requests (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    source TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('proposed', 'running', 'paused', 'failed', 'done', 'cancelled')),
    busy INTEGER NOT NULL,
    needs_person INTEGER NOT NULL,
    steps TEXT NOT NULL,
    version BIGINT NOT NULL,
    asked_by TEXT NOT NULL,
    approved_by TEXT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX ix_requests_updated ON requests (updated_at);
CREATE INDEX ix_requests_person ON requests (needs_person);
CREATE INDEX ix_requests_active ON requests (state, busy);
