-- Who may sign in, who is signed in, which keys machines hold, and who guessed wrong. Tokens and keys are kept as SHA-256 only.
CREATE TABLE users (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  role TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
  password_hash TEXT NOT NULL,
  must_change_password INTEGER NOT NULL,
  disabled INTEGER NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  last_sign_in_at BIGINT NULL
);

CREATE TABLE sign_in_sessions (
  token_hash TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('browser', 'studio')),
  parent_hash TEXT NULL,
  created_at BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  idle_ends_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  address TEXT NOT NULL
);

CREATE INDEX sign_in_sessions_user ON sign_in_sessions (user_id);
CREATE INDEX sign_in_sessions_parent ON sign_in_sessions (parent_hash);
CREATE INDEX sign_in_sessions_end ON sign_in_sessions (ends_at);

CREATE TABLE api_keys (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  hint TEXT NOT NULL,
  key_hash TEXT NOT NULL UNIQUE,
  role TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
  scopes TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NULL,
  revoked_at BIGINT NULL,
  last_used_at BIGINT NULL
);

CREATE TABLE sign_in_failures (
  subject TEXT NOT NULL PRIMARY KEY,
  failures INTEGER NOT NULL,
  last_at BIGINT NOT NULL,
  blocked_until BIGINT NOT NULL
);
