-- What the product found by itself: in logs, in forecasts, between documents and the real state. One row a cause; it comes back as the same row.
CREATE TABLE findings (
    id TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL UNIQUE,
    area TEXT NOT NULL,
    class TEXT NOT NULL,
    severity TEXT NOT NULL CHECK (severity IN ('info', 'warning', 'critical')),
    level INTEGER NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    service TEXT NOT NULL,
    source TEXT NOT NULL,
    evidence TEXT NOT NULL,
    occurrences BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'closed')),
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    issue TEXT NULL,
    issue_url TEXT NULL,
    told_at BIGINT NULL
);
CREATE INDEX ix_findings_last ON findings (last_at);

-- Where reading of a source goes on.
CREATE TABLE log_sources (
    name TEXT PRIMARY KEY,
    position TEXT NOT NULL,
    first_at BIGINT NOT NULL,
    read_at BIGINT NOT NULL,
    lines BIGINT NOT NULL,
    problem TEXT NULL
);

-- Kinds of lines of a source, with secrets and personal data masked.
CREATE TABLE log_patterns (
    id TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    service TEXT NOT NULL,
    template TEXT NOT NULL,
    widened INTEGER NOT NULL,
    level INTEGER NOT NULL,
    example TEXT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    total BIGINT NOT NULL
);
CREATE INDEX ix_log_patterns_source ON log_patterns (source, last_at);

-- How often in each five minutes; those without are left out.
CREATE TABLE log_windows (
    pattern_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (pattern_id, at)
);
CREATE INDEX ix_log_windows_at ON log_windows (at);

-- What came by syslog and was not looked at yet.
CREATE TABLE syslog_lines (
    id TEXT PRIMARY KEY,
    at BIGINT NOT NULL,
    host TEXT NOT NULL,
    service TEXT NOT NULL,
    level INTEGER NOT NULL,
    text TEXT NOT NULL
);
