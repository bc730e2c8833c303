CREATE TABLE reports (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('daily', 'weekly', 'monthly', 'now')),
    period_start BIGINT NOT NULL,
    period_end BIGINT NOT NULL,
    made_at BIGINT NOT NULL,
    made_for TEXT NOT NULL,
    health_score INTEGER NOT NULL,
    content TEXT NOT NULL,
    markdown TEXT NOT NULL
);
CREATE INDEX ix_reports_made ON reports (made_at);
