-- One text for SQLite and PostgreSQL. Instants are epoch milliseconds. A released file never changes.
-- Sessions that outlive signing in: what offline tokens belong to.
CREATE TABLE offline_session (
    realm_id TEXT NOT NULL REFERENCES realm (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    person_id TEXT NOT NULL,
    last_used_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (realm_id, id),
    FOREIGN KEY (realm_id, person_id) REFERENCES person (realm_id, id) ON DELETE CASCADE
);
CREATE INDEX offline_session_person ON offline_session (realm_id, person_id);
CREATE INDEX offline_session_expiry ON offline_session (expires_at);
CREATE TABLE offline_client_session (
    realm_id TEXT NOT NULL,
    session_id TEXT NOT NULL,
    client_key TEXT NOT NULL,
    last_used_at BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (realm_id, session_id, client_key),
    FOREIGN KEY (realm_id, session_id) REFERENCES offline_session (realm_id, id) ON DELETE CASCADE
);
CREATE INDEX offline_client_session_client ON offline_client_session (realm_id, client_key);
-- Requests of devices. The device knows the code behind the digest, the person types the other one.
CREATE TABLE device_request (
    realm_id TEXT NOT NULL REFERENCES realm (id) ON DELETE CASCADE,
    digest TEXT NOT NULL,
    user_code TEXT NOT NULL,
    client_key TEXT NOT NULL,
    status TEXT NOT NULL,
    next_poll_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (realm_id, digest)
);
CREATE UNIQUE INDEX device_request_user_code ON device_request (realm_id, user_code);
CREATE INDEX device_request_client ON device_request (realm_id, client_key);
CREATE INDEX device_request_expiry ON device_request (expires_at);
-- Whom another identity provider knows under which name.
CREATE TABLE federated_identity (
    realm_id TEXT NOT NULL,
    person_id TEXT NOT NULL,
    provider TEXT NOT NULL,
    subject TEXT NOT NULL,
    FOREIGN KEY (realm_id, person_id) REFERENCES person (realm_id, id) ON DELETE CASCADE
);
CREATE INDEX federated_identity_subject ON federated_identity (realm_id, provider, subject);
CREATE INDEX federated_identity_person ON federated_identity (realm_id, person_id);
