-- One row a version. The model is Elsa's JSON; the flags live in columns only.
CREATE TABLE workflow_definitions (
  id TEXT NOT NULL PRIMARY KEY,
  definition_id TEXT NOT NULL,
  version INTEGER NOT NULL CHECK (version > 0),
  name TEXT,
  description TEXT,
  tool_version TEXT,
  is_latest INTEGER NOT NULL CHECK (is_latest IN (0, 1)),
  is_published INTEGER NOT NULL CHECK (is_published IN (0, 1)),
  is_readonly INTEGER NOT NULL CHECK (is_readonly IN (0, 1)),
  is_system INTEGER NOT NULL CHECK (is_system IN (0, 1)),
  source_file TEXT,
  source_hash TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  model TEXT NOT NULL,
  UNIQUE (definition_id, version)
);
CREATE UNIQUE INDEX workflow_definitions_latest ON workflow_definitions (definition_id) WHERE is_latest = 1;
CREATE UNIQUE INDEX workflow_definitions_published ON workflow_definitions (definition_id) WHERE is_published = 1;
CREATE INDEX workflow_definitions_name ON workflow_definitions (name);

-- Goes up with every change, so that other nodes see it by reading one number.
CREATE TABLE workflow_definitions_revision (id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1), revision BIGINT NOT NULL);
INSERT INTO workflow_definitions_revision (id, revision) VALUES (1, 1);
