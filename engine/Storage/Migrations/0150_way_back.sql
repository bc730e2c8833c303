-- 1 where the engine takes back what a plan did, as its decision allowed.
ALTER TABLE plans ADD COLUMN way_back INTEGER NOT NULL DEFAULT 0;
