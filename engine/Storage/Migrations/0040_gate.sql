-- One row that every consumption of an authorization updates first: effects are let through one at a time, on every node.
CREATE TABLE gate_ledger (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    version BIGINT NOT NULL,
    hash_key TEXT NOT NULL,
    last_seen BIGINT NOT NULL
);

CREATE TABLE controls (
    name TEXT PRIMARY KEY CHECK (name IN ('stop', 'pause', 'breaker', 'autonomy', 'clock')),
    value TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    changed_by TEXT NOT NULL,
    reason TEXT NOT NULL
);

CREATE TABLE decisions (
    id TEXT PRIMARY KEY,
    at BIGINT NOT NULL,
    run_id TEXT NOT NULL,
    step_id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    action TEXT NOT NULL,
    target_id TEXT NOT NULL,
    target_name TEXT NOT NULL,
    incident_type TEXT NOT NULL,
    cause TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('refuse', 'alertOnly', 'ask', 'tellFirst', 'execute')),
    confidence DOUBLE PRECISION NOT NULL,
    risk TEXT NOT NULL,
    class TEXT NOT NULL,
    plan_hash TEXT NOT NULL,
    policy_version TEXT NOT NULL,
    dry_run INTEGER NOT NULL,
    sentence TEXT NOT NULL,
    facts TEXT NOT NULL,
    record TEXT NOT NULL,
    plan TEXT NOT NULL,
    outcome TEXT NULL,
    outcome_at BIGINT NULL
);
CREATE INDEX ix_decisions_at ON decisions (at);
CREATE INDEX ix_decisions_action ON decisions (action, at);
CREATE INDEX ix_decisions_target ON decisions (target_id, at);

CREATE TABLE authorizations (
    id TEXT PRIMARY KEY,
    decision_id TEXT NOT NULL REFERENCES decisions (id),
    approval_id TEXT NULL,
    plan_hash TEXT NOT NULL,
    plan_step INTEGER NOT NULL,
    run_id TEXT NOT NULL,
    step_id TEXT NULL,
    activity_id TEXT NOT NULL,
    target_id TEXT NOT NULL,
    target_name TEXT NOT NULL,
    parameters_hash TEXT NOT NULL,
    parameters TEXT NOT NULL,
    incident_type TEXT NOT NULL,
    cause TEXT NOT NULL,
    issued_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    issued_by TEXT NOT NULL,
    autonomous INTEGER NOT NULL,
    used_at BIGINT NULL,
    used_by TEXT NULL,
    revoked_at BIGINT NULL,
    attempt INTEGER NULL,
    result TEXT NULL CHECK (result IN ('started', 'succeeded', 'failed', 'inDoubt', 'notVerified', 'rolledBack')),
    message TEXT NULL,
    finished_at BIGINT NULL,
    undo_activity TEXT NULL,
    undo_input TEXT NULL,
    no_undo_reason TEXT NULL,
    undo_of TEXT NULL,
    undone_by TEXT NULL,
    CHECK (expires_at > issued_at),
    CHECK ((used_at IS NULL) = (used_by IS NULL)),
    CHECK ((used_at IS NULL) = (result IS NULL)),
    CHECK (used_at IS NULL OR revoked_at IS NULL)
);
CREATE INDEX ix_authorizations_run ON authorizations (run_id);
CREATE INDEX ix_authorizations_issued ON authorizations (issued_at);
CREATE INDEX ix_authorizations_target ON authorizations (target_id, activity_id);
CREATE INDEX ix_authorizations_history ON authorizations (activity_id, incident_type);

-- The change log is what was used: a line begins in the transaction that writes a step's intent down, and ends with its outcome.
CREATE VIEW changes AS SELECT * FROM authorizations WHERE used_at IS NOT NULL;

CREATE TABLE approvals (
    id TEXT PRIMARY KEY,
    decision_id TEXT NOT NULL REFERENCES decisions (id),
    run_id TEXT NOT NULL,
    step_id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    group_key TEXT NOT NULL,
    action TEXT NOT NULL,
    target_id TEXT NOT NULL,
    target_name TEXT NOT NULL,
    risk TEXT NOT NULL,
    question TEXT NOT NULL,
    plan_hash TEXT NOT NULL,
    plan TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'approved', 'denied', 'timedOut', 'changed', 'withdrawn')),
    asked_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    remind_at BIGINT NULL,
    reminders INTEGER NOT NULL,
    escalate_at BIGINT NULL,
    answered_at BIGINT NULL,
    answered_by TEXT NULL,
    note TEXT NULL,
    changes TEXT NULL,
    hashed_parameters TEXT NOT NULL,
    resume_at BIGINT NULL,
    resumed_at BIGINT NULL,
    CHECK ((state = 'pending') = (answered_at IS NULL))
);
CREATE INDEX ix_approvals_state ON approvals (state, due_at);
CREATE INDEX ix_approvals_run ON approvals (run_id, step_id);

CREATE TABLE audit (
    sequence BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    event TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE
);

-- What is known to be down, and since when; children of these are left alone.
CREATE TABLE target_health (
    name TEXT PRIMARY KEY,
    since BIGINT NOT NULL,
    reported_by TEXT NOT NULL
);

-- What people were told; the console's own channel.
CREATE TABLE notices (
    id TEXT PRIMARY KEY,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    severity TEXT NOT NULL,
    silent INTEGER NOT NULL,
    text TEXT NOT NULL,
    decision_id TEXT NULL,
    approval_id TEXT NULL
);
CREATE INDEX ix_notices_at ON notices (at);
