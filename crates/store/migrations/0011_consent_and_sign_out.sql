-- One text for SQLite and PostgreSQL. Instants are epoch milliseconds. A released file never changes.
-- What a person allowed a client. A client that is gone leaves rows that nobody asks for.
CREATE TABLE consent (
    realm_id TEXT NOT NULL,
    person_id TEXT NOT NULL,
    client_key TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (realm_id, person_id, client_key),
    FOREIGN KEY (realm_id, person_id) REFERENCES person (realm_id, id) ON DELETE CASCADE
);
-- What a client is still to be told: that somebody is signed out. Written with the end of the session, and gone once it was told.
CREATE TABLE sign_out_notice (
    id TEXT PRIMARY KEY,
    realm_id TEXT NOT NULL REFERENCES realm (id) ON DELETE CASCADE,
    next_try BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX sign_out_notice_next_try ON sign_out_notice (next_try);
CREATE INDEX sign_out_notice_realm ON sign_out_notice (realm_id);
