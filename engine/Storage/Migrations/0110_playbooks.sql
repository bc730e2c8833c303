ALTER TABLE plans ADD COLUMN certainty DOUBLE PRECISION NULL;
ALTER TABLE plans ADD COLUMN risk TEXT NULL;
ALTER TABLE plans ADD COLUMN prior_successes BIGINT NOT NULL DEFAULT 0;
ALTER TABLE plans ADD COLUMN prior_failures BIGINT NOT NULL DEFAULT 0;

-- How a plan's run ended, written with what people are told.
CREATE TABLE plan_outcomes (
    run_id TEXT PRIMARY KEY,
    plan_id TEXT NOT NULL,
    outcome TEXT NOT NULL,
    why TEXT NOT NULL,
    at BIGINT NOT NULL
);

-- What is known of an incident: the context as it was collected, and the diagnosis.
CREATE TABLE incident_findings (
    incident_id TEXT PRIMARY KEY,
    context TEXT NULL,
    diagnosis TEXT NULL,
    quiet INTEGER NOT NULL DEFAULT 0,
    updated_at BIGINT NOT NULL
);

-- One playbook tried for one incident. Written before its plan is sent, so that whoever comes back after a crash sends the same one.
CREATE TABLE incident_attempts (
    id TEXT PRIMARY KEY,
    incident_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    target TEXT NULL,
    playbook TEXT NOT NULL,
    number INTEGER NOT NULL,
    request TEXT NOT NULL,
    evidence TEXT NOT NULL,
    run_id TEXT NULL,
    outcome TEXT NULL,
    why TEXT NULL,
    started_at BIGINT NOT NULL,
    ended_at BIGINT NULL,
    UNIQUE (incident_id, number)
);
CREATE INDEX ix_incident_attempts_target ON incident_attempts (target, playbook, started_at);
CREATE INDEX ix_incident_attempts_kind ON incident_attempts (kind, playbook);

-- What people say of how an incident was dealt with. The last word of each person counts.
CREATE TABLE incident_feedback (
    incident_id TEXT NOT NULL,
    person TEXT NOT NULL,
    worked INTEGER NOT NULL CHECK (worked IN (0, 1)),
    comment TEXT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (incident_id, person)
);
