-- The console follows the run that changed last, and lists may be ordered so.
CREATE INDEX runs_updated ON runs (updated_at);
