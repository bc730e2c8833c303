-- The newest forecast of each series.
CREATE TABLE forecasts (
    id TEXT PRIMARY KEY,
    metric TEXT NOT NULL,
    title TEXT NOT NULL,
    service TEXT NOT NULL,
    labels TEXT NOT NULL,
    unit TEXT NOT NULL,
    limit_value DOUBLE PRECISION NULL,
    made_at BIGINT NOT NULL,
    value DOUBLE PRECISION NOT NULL,
    slope_per_day DOUBLE PRECISION NOT NULL,
    season TEXT NOT NULL,
    skill DOUBLE PRECISION NOT NULL,
    acts INTEGER NOT NULL,
    why TEXT NOT NULL,
    reaches_at BIGINT NULL,
    earliest_at BIGINT NULL,
    latest_at BIGINT NULL,
    probability DOUBLE PRECISION NOT NULL,
    anomaly DOUBLE PRECISION NOT NULL,
    usual_low DOUBLE PRECISION NULL,
    usual_high DOUBLE PRECISION NULL,
    horizons TEXT NOT NULL,
    curve TEXT NOT NULL,
    patterns TEXT NOT NULL,
    scale TEXT NULL
);

-- What was said, to be compared with what came.
CREATE TABLE forecast_checks (
    forecast_id TEXT NOT NULL,
    metric TEXT NOT NULL,
    horizon_hours INTEGER NOT NULL,
    made_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    expected DOUBLE PRECISION NOT NULL,
    low DOUBLE PRECISION NOT NULL,
    high DOUBLE PRECISION NOT NULL,
    naive DOUBLE PRECISION NOT NULL,
    actual DOUBLE PRECISION NULL,
    checked_at BIGINT NULL,
    PRIMARY KEY (forecast_id, horizon_hours, made_at)
);
CREATE INDEX ix_forecast_checks_due ON forecast_checks (checked_at, due_at);

-- Plans made from forecasts and from what is not used, and what came of them.
CREATE TABLE scalings (
    id TEXT PRIMARY KEY,
    forecast_id TEXT NULL,
    target TEXT NOT NULL,
    kind TEXT NOT NULL,
    resource TEXT NOT NULL,
    from_value DOUBLE PRECISION NOT NULL,
    to_value DOUBLE PRECISION NOT NULL,
    reason TEXT NOT NULL,
    state TEXT NOT NULL,
    plan_id TEXT NULL,
    run_id TEXT NULL,
    savings_per_month DOUBLE PRECISION NOT NULL,
    not_before BIGINT NOT NULL,
    deadline BIGINT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX ix_scalings_target ON scalings (target, created_at);
