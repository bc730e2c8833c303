-- Which run holds a workflow (or a correlation) that allows one at a time. A row whose run is over is free for the next.
CREATE TABLE activations (
    key TEXT NOT NULL PRIMARY KEY,
    run_id TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX runs_running ON runs (definition_id) WHERE status = 'Running';
