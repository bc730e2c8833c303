-- A version that was published or run never changes again: the next save makes another version.
ALTER TABLE workflow_definitions ADD COLUMN is_frozen INTEGER NOT NULL DEFAULT 0;
UPDATE workflow_definitions SET is_frozen = 1 WHERE is_published = 1 OR id IN (SELECT version_id FROM runs);
