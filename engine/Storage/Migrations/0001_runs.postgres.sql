CREATE TABLE nodes (
  id TEXT PRIMARY KEY,
  beat BIGINT NOT NULL,
  started_at BIGINT NOT NULL
);

CREATE TABLE runs (
  id TEXT PRIMARY KEY,
  definition_id TEXT NOT NULL,
  version_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  name TEXT,
  correlation_id TEXT,
  parent_id TEXT,
  status TEXT NOT NULL CHECK (status IN ('Running', 'Finished')),
  sub_status TEXT NOT NULL CHECK (sub_status IN ('Pending', 'Executing', 'Suspended', 'Finished', 'Cancelled', 'Faulted', 'Interrupted')),
  incidents INTEGER NOT NULL,
  dry_run INTEGER NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  finished_at BIGINT,
  owner TEXT,
  fence BIGINT NOT NULL,
  commits BIGINT NOT NULL,
  journal_count BIGINT NOT NULL,
  state BYTEA NOT NULL,
  CHECK ((status = 'Finished') = (finished_at IS NOT NULL)),
  CHECK (status <> 'Finished' OR sub_status IN ('Finished', 'Cancelled', 'Faulted')),
  CHECK (status <> 'Running' OR sub_status NOT IN ('Finished', 'Cancelled'))
);
CREATE INDEX runs_created ON runs (created_at);
CREATE INDEX runs_definition ON runs (definition_id, created_at);
CREATE INDEX runs_correlation ON runs (correlation_id) WHERE correlation_id IS NOT NULL;
CREATE INDEX runs_parent ON runs (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX runs_open ON runs (sub_status, created_at) WHERE sub_status <> 'Finished';
CREATE INDEX runs_owner ON runs (owner) WHERE owner IS NOT NULL;

CREATE TABLE inbox (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('start', 'event', 'wake', 'stimulus')),
  run_id TEXT,
  payload BYTEA NOT NULL,
  received_at BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  owner TEXT,
  CHECK (kind = 'stimulus' OR run_id IS NOT NULL)
);
CREATE INDEX inbox_due ON inbox (due_at) WHERE owner IS NULL;
CREATE INDEX inbox_run ON inbox (run_id);

CREATE TABLE accepted (
  key TEXT PRIMARY KEY,
  run_id TEXT,
  at BIGINT NOT NULL
);
CREATE INDEX accepted_at ON accepted (at);

CREATE TABLE journal (
  run_id TEXT NOT NULL,
  first BIGINT NOT NULL,
  entries INTEGER NOT NULL CHECK (entries > 0),
  body BYTEA NOT NULL,
  PRIMARY KEY (run_id, first)
);

CREATE TABLE bookmarks (
  run_id TEXT NOT NULL,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  hash TEXT NOT NULL,
  correlation_id TEXT,
  activity_instance_id TEXT NOT NULL,
  payload TEXT,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (run_id, id)
);
CREATE INDEX bookmarks_hash ON bookmarks (hash);

CREATE TABLE steps (
  run_id TEXT NOT NULL,
  step_id TEXT NOT NULL,
  attempt INTEGER NOT NULL CHECK (attempt > 0),
  state TEXT NOT NULL CHECK (state IN ('scheduled', 'later', 'intent', 'done', 'cancelled')),
  has_effect INTEGER NOT NULL,
  idempotency_key TEXT NOT NULL,
  authorization_id TEXT,
  perform BYTEA NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (run_id, step_id, attempt),
  CHECK (state <> 'intent' OR has_effect = 1)
);
CREATE INDEX steps_open ON steps (run_id) WHERE state IN ('scheduled', 'intent');

CREATE TABLE stimuli (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  hash TEXT NOT NULL,
  payload BYTEA NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX stimuli_hash ON stimuli (hash);

CREATE TABLE dead_letters (
  id TEXT PRIMARY KEY,
  run_id TEXT,
  kind TEXT NOT NULL,
  payload BYTEA NOT NULL,
  error TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  received_at BIGINT NOT NULL,
  died_at BIGINT NOT NULL
);
