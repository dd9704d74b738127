-- One text for SQLite and PostgreSQL. Instants are epoch milliseconds. A released file never changes.
CREATE TABLE realm (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    version BIGINT NOT NULL
);
CREATE TABLE document (
    realm_id TEXT NOT NULL REFERENCES realm (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (realm_id, kind, id)
);
CREATE TABLE person (
    realm_id TEXT NOT NULL REFERENCES realm (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    username TEXT NOT NULL,
    email TEXT,
    unique_email TEXT,
    service_account_of TEXT,
    body TEXT NOT NULL,
    PRIMARY KEY (realm_id, id),
    CONSTRAINT person_username UNIQUE (realm_id, username),
    CONSTRAINT person_unique_email UNIQUE (realm_id, unique_email)
);
CREATE INDEX person_email ON person (realm_id, email);
CREATE INDEX person_service_account ON person (realm_id, service_account_of);
CREATE TABLE person_attribute (
    realm_id TEXT NOT NULL,
    person_id TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    FOREIGN KEY (realm_id, person_id) REFERENCES person (realm_id, id) ON DELETE CASCADE
);
CREATE INDEX person_attribute_value ON person_attribute (realm_id, name, value);
CREATE INDEX person_attribute_person ON person_attribute (realm_id, person_id);
CREATE TABLE credential (
    realm_id TEXT NOT NULL,
    person_id TEXT NOT NULL,
    id TEXT NOT NULL,
    priority BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (realm_id, id),
    FOREIGN KEY (realm_id, person_id) REFERENCES person (realm_id, id) ON DELETE CASCADE
);
CREATE INDEX credential_person ON credential (realm_id, person_id);
CREATE TABLE session (
    realm_id TEXT NOT NULL REFERENCES realm (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    person_id TEXT NOT NULL,
    last_used_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (realm_id, id),
    FOREIGN KEY (realm_id, person_id) REFERENCES person (realm_id, id) ON DELETE CASCADE
);
CREATE INDEX session_person ON session (realm_id, person_id);
CREATE INDEX session_expiry ON session (expires_at);
CREATE TABLE client_session (
    realm_id TEXT NOT NULL,
    session_id TEXT NOT NULL,
    client_key TEXT NOT NULL,
    last_used_at BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (realm_id, session_id, client_key),
    FOREIGN KEY (realm_id, session_id) REFERENCES session (realm_id, id) ON DELETE CASCADE
);
-- A code outlives its session, so that a replay is known for one.
CREATE TABLE code (
    realm_id TEXT NOT NULL REFERENCES realm (id) ON DELETE CASCADE,
    digest TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    redeemed_at BIGINT,
    body TEXT NOT NULL,
    PRIMARY KEY (realm_id, digest)
);
CREATE INDEX code_expiry ON code (expires_at);
CREATE TABLE single_use (
    realm_id TEXT NOT NULL REFERENCES realm (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (realm_id, name)
);
CREATE INDEX single_use_expiry ON single_use (expires_at);
CREATE TABLE event (
    realm_id TEXT NOT NULL REFERENCES realm (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    happened_at BIGINT NOT NULL,
    expires_at BIGINT,
    kind TEXT NOT NULL,
    client_id TEXT,
    person_id TEXT,
    body TEXT NOT NULL,
    PRIMARY KEY (realm_id, id)
);
CREATE INDEX event_time ON event (realm_id, happened_at);
CREATE INDEX event_expiry ON event (expires_at);
CREATE TABLE attempt (
    realm_id TEXT NOT NULL REFERENCES realm (id) ON DELETE CASCADE,
    code TEXT NOT NULL,
    happened_at BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (realm_id, code)
);
CREATE INDEX attempt_time ON attempt (realm_id, happened_at);
