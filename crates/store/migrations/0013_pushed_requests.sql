-- One text for SQLite and PostgreSQL. Instants are epoch milliseconds. A released file never changes.
CREATE TABLE pushed_request (
    realm_id TEXT NOT NULL REFERENCES realm (id) ON DELETE CASCADE,
    digest TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (realm_id, digest)
);
CREATE INDEX pushed_request_expiry ON pushed_request (expires_at);
