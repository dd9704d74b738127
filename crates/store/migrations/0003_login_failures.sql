-- One text for SQLite and PostgreSQL. Instants are epoch milliseconds. A released file never changes.
CREATE TABLE login_failure (
    realm_id TEXT NOT NULL,
    person_id TEXT NOT NULL,
    failures BIGINT NOT NULL,
    lockouts BIGINT NOT NULL,
    not_before BIGINT NOT NULL,
    last_failure BIGINT NOT NULL,
    previous_failure BIGINT,
    last_address TEXT NOT NULL,
    PRIMARY KEY (realm_id, person_id),
    FOREIGN KEY (realm_id, person_id) REFERENCES person (realm_id, id) ON DELETE CASCADE
);
