-- What a keyed request to a workflow endpoint was answered, so that its repetition gets the same.
CREATE TABLE webhook_answers (
    idempotency_key TEXT NOT NULL PRIMARY KEY,
    run_id TEXT NOT NULL,
    body_hash TEXT NOT NULL,
    status_code INTEGER NOT NULL,
    content_type TEXT,
    body TEXT,
    headers TEXT,
    answered_at BIGINT NOT NULL
);
CREATE INDEX webhook_answers_answered_at ON webhook_answers (answered_at);
