-- What there is, as last seen. What could not be looked at stays as it was.
CREATE TABLE inventory_items (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    parent TEXT NULL,
    source TEXT NOT NULL,
    attributes TEXT NOT NULL,
    first_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL
);

CREATE TABLE inventory_edges (
    from_id TEXT NOT NULL,
    to_id TEXT NOT NULL,
    why TEXT NOT NULL,
    source TEXT NOT NULL,
    PRIMARY KEY (from_id, to_id, why)
);

-- The documents made from it, and whether the repository has them.
CREATE TABLE documents (
    path TEXT PRIMARY KEY,
    content TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    committed INTEGER NOT NULL,
    commit_id TEXT NULL
);

CREATE TABLE inventory_changes (
    id TEXT PRIMARY KEY,
    at BIGINT NOT NULL,
    item_id TEXT NOT NULL,
    text TEXT NOT NULL
);
CREATE INDEX ix_inventory_changes_at ON inventory_changes (at);
