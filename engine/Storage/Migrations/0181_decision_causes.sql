-- The story of an incident asks for the decisions that have it as their cause.
CREATE INDEX ix_decisions_cause ON decisions (cause, at);
