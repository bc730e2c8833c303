-- A plan that need not be done now waits for a maintenance window, or for a person.
ALTER TABLE plans ADD COLUMN can_wait BIGINT NOT NULL DEFAULT 0;
