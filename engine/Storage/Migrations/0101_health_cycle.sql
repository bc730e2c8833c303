-- What looking for what no alert says found last, and how it is to go on.
CREATE TABLE health_cycle (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    mode TEXT NOT NULL CHECK (mode IN ('continuous', 'dry_run', 'interactive', 'stopped')),
    cycles BIGINT NOT NULL,
    last_at BIGINT NULL,
    last_milliseconds BIGINT NULL,
    findings TEXT NOT NULL,
    problems TEXT NOT NULL,
    memory TEXT NOT NULL
);
INSERT INTO health_cycle (id, mode, cycles, last_at, last_milliseconds, findings, problems, memory) VALUES (1, 'continuous', 0, NULL, NULL, '[]', '[]', '{}');
