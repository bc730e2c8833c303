-- One row that every change of incidents updates first: alerts are correlated one batch at a time, on every node.
CREATE TABLE incident_ledger (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    version BIGINT NOT NULL
);
INSERT INTO incident_ledger (id, version) VALUES (1, 0);

CREATE TABLE incidents (
    id TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    -- Kind, thing and part: what is open once at a time.
    correlation TEXT NOT NULL,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    severity TEXT NOT NULL CHECK (severity IN ('info', 'warning', 'critical')),
    state TEXT NOT NULL CHECK (state IN ('open', 'diagnosing', 'waiting', 'acting', 'verifying', 'resolved', 'needs_person', 'closed')),
    target TEXT NULL,
    service TEXT NULL,
    host TEXT NULL,
    part TEXT NULL,
    source TEXT NOT NULL,
    labels TEXT NOT NULL,
    annotations TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    detected_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    resolved_at BIGINT NULL,
    resolution TEXT NULL CHECK (resolution IN ('autonomous', 'assisted', 'person', 'gone', 'merged')),
    parent TEXT NULL REFERENCES incidents (id),
    cause TEXT NULL,
    alerts INTEGER NOT NULL,
    deliveries BIGINT NOT NULL,
    openings INTEGER NOT NULL,
    flapping INTEGER NOT NULL,
    -- When the last alert of it ended while nobody could resolve it yet; null while one fires.
    quiet_since BIGINT NULL,
    announce_at BIGINT NULL,
    CHECK ((state IN ('resolved', 'closed')) = (resolved_at IS NOT NULL))
);
CREATE UNIQUE INDEX ix_incidents_open ON incidents (correlation) WHERE state NOT IN ('resolved', 'closed');
CREATE INDEX ix_incidents_started ON incidents (started_at);
CREATE INDEX ix_incidents_updated ON incidents (updated_at);
CREATE INDEX ix_incidents_target ON incidents (target);
CREATE INDEX ix_incidents_parent ON incidents (parent);
CREATE INDEX ix_incidents_announce ON incidents (announce_at) WHERE announce_at IS NOT NULL;

-- The alerts that an incident is made of.
CREATE TABLE incident_alerts (
    incident_id TEXT NOT NULL REFERENCES incidents (id),
    fingerprint TEXT NOT NULL,
    source TEXT NOT NULL,
    title TEXT NOT NULL,
    kind TEXT NOT NULL,
    target TEXT NULL,
    service TEXT NULL,
    host TEXT NULL,
    part TEXT NULL,
    severity TEXT NOT NULL,
    firing INTEGER NOT NULL,
    labels TEXT NOT NULL,
    annotations TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at BIGINT NULL,
    first_seen BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    deliveries BIGINT NOT NULL,
    PRIMARY KEY (incident_id, fingerprint)
);
CREATE INDEX ix_incident_alerts_fingerprint ON incident_alerts (fingerprint, last_seen);

CREATE TABLE incident_events (
    incident_id TEXT NOT NULL REFERENCES incidents (id),
    number INTEGER NOT NULL,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    text TEXT NOT NULL,
    links TEXT NOT NULL,
    PRIMARY KEY (incident_id, number)
);
CREATE INDEX ix_incident_events_at ON incident_events (kind, at);

-- Accepted and not correlated yet: one row a delivery.
CREATE TABLE alert_inbox (
    id TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    receiver TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    alerts TEXT NOT NULL,
    -- What the sender left out and is to be read from it; null when all is here.
    missing TEXT NULL,
    attempts INTEGER NOT NULL,
    due_at BIGINT NOT NULL,
    error TEXT NULL,
    dead INTEGER NOT NULL
);
CREATE INDEX ix_alert_inbox_due ON alert_inbox (dead, due_at, id);
