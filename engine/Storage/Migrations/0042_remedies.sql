DROP VIEW changes;
ALTER TABLE authorizations ADD COLUMN awaits_notice INTEGER NOT NULL DEFAULT 0;
CREATE VIEW changes AS SELECT * FROM authorizations WHERE used_at IS NOT NULL;
CREATE INDEX ix_authorizations_decision ON authorizations (decision_id);

-- A plan of several steps, decided as a whole. Its definition has the same id; each run of it is decided anew.
CREATE TABLE plans (
    id TEXT PRIMARY KEY,
    hash TEXT NOT NULL,
    title TEXT NOT NULL,
    incident_type TEXT NOT NULL,
    steps TEXT NOT NULL,
    lifetime BIGINT NOT NULL,
    requested_by TEXT NOT NULL,
    requested_by_person INTEGER NOT NULL,
    undo_of TEXT NULL,
    created_at BIGINT NOT NULL
);
