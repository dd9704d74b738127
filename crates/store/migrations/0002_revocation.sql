-- One text for SQLite and PostgreSQL. Instants are epoch milliseconds. A released file never changes.
-- Lists and answers are kept once for all nodes; those who only load them follow the version.
CREATE TABLE revocation_state (
    id BIGINT PRIMARY KEY,
    version BIGINT NOT NULL
);
INSERT INTO revocation_state (id, version) VALUES (1, 0);
CREATE TABLE revocation_source (
    name TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    wanted_at BIGINT NOT NULL,
    next_try BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    error TEXT,
    claimed_by TEXT NOT NULL,
    claimed_until BIGINT NOT NULL,
    fetched_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    content TEXT,
    size BIGINT NOT NULL,
    number TEXT,
    this_update BIGINT NOT NULL,
    next_update BIGINT
);
CREATE INDEX revocation_source_version ON revocation_source (version);
CREATE INDEX revocation_source_next_try ON revocation_source (next_try);
-- A large list is never written or read in one piece. Content is named by its digest.
CREATE TABLE revocation_part (
    content TEXT NOT NULL,
    part BIGINT NOT NULL,
    written_at BIGINT NOT NULL,
    bytes BYTEA NOT NULL,
    PRIMARY KEY (content, part)
);
