-- What each person wants to be told, and how. A line for each channel that the person chose.
CREATE TABLE notification_choices (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    channel TEXT NOT NULL CHECK (channel IN ('telegram', 'email', 'discord', 'ntfy')),
    address TEXT NOT NULL,
    questions TEXT NOT NULL CHECK (questions IN ('each', 'critical', 'none')),
    before_action TEXT NOT NULL CHECK (before_action IN ('each', 'critical', 'summary', 'none')),
    after_action TEXT NOT NULL CHECK (after_action IN ('each', 'critical', 'summary', 'none')),
    alerts TEXT NOT NULL CHECK (alerts IN ('each', 'critical', 'summary', 'none')),
    daily INTEGER NOT NULL,
    weekly INTEGER NOT NULL,
    monthly INTEGER NOT NULL,
    PRIMARY KEY (user_id, channel)
);

-- What is still to be told. Several that are due together become one message.
CREATE TABLE notification_outbox (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    channel TEXT NOT NULL,
    address TEXT NOT NULL,
    severity TEXT NOT NULL,
    silent INTEGER NOT NULL,
    subject TEXT NOT NULL,
    text TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    tries INTEGER NOT NULL,
    sent_at BIGINT NULL,
    problem TEXT NULL
);
CREATE INDEX ix_notification_outbox_due ON notification_outbox (sent_at, due_at);
CREATE INDEX ix_notification_outbox_sent ON notification_outbox (channel, address, sent_at);

-- Whether what was done helped, as people say.
CREATE TABLE feedback (
    run_id TEXT NOT NULL,
    answered_by TEXT NOT NULL,
    helped INTEGER NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (run_id, answered_by)
);

-- How far a reader of the change log has told people.
CREATE TABLE notification_cursors (
    name TEXT PRIMARY KEY,
    at BIGINT NOT NULL
);
CREATE INDEX ix_authorizations_finished ON authorizations (finished_at);
