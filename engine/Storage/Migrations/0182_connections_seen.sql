-- A connection comes and goes: what hangs on what by one is kept for a while after it was last seen.
ALTER TABLE inventory_edges ADD COLUMN seen_at BIGINT NOT NULL DEFAULT 0;
