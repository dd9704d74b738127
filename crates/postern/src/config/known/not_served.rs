//! Options that may not be ignored, unless they have the value that asks for nothing.

/// Names, the value that asks for nothing (or none), why it is not served, and what to do instead.
pub(super) type Refused = (
    &'static [&'static str],
    &'static str,
    &'static str,
    &'static str,
);

pub(super) const NOT_SERVED: &[Refused] = &[
    (
        &["spi-theme--default", "spi-theme--welcome-theme"],
        "",
        "themes are chosen by realms and clients, and the welcome page has none",
        "set loginTheme of each realm",
    ),
    (
        &["fips-mode"],
        "disabled",
        "there is no build that is validated for FIPS 140",
        "leave it out",
    ),
    (
        &[
            "vault",
            "vault-dir",
            "vault-file",
            "vault-pass",
            "vault-type",
        ],
        "",
        "vaults are not served yet",
        "put secrets into the environment, and ${NAME} where they are used",
    ),
    (
        &[
            "config-keystore",
            "config-keystore-password",
            "config-keystore-type",
        ],
        "",
        "options are not read from key stores",
        "put secrets into the environment",
    ),
    (
        &["legacy-observability-interface"],
        "false",
        "health and metrics are served on the management port alone",
        "leave it out, and ask --http-management-port",
    ),
    (
        &["http-access-log-enabled"],
        "false",
        "there is no access log yet",
        "let the proxy keep one",
    ),
    (
        &[
            "db-mtls-key-store-file",
            "db-mtls-key-store-password",
            "db-mtls-key-store-type",
            "db-tls-trust-store-file",
            "db-tls-trust-store-password",
            "db-tls-trust-store-type",
        ],
        "",
        "key stores are not served",
        "write --db-url-properties='?sslmode=verify-full&sslrootcert=FILE' with PEM files; sslcert and sslkey name the client's",
    ),
    (
        &["db-tls-mode"],
        "disabled",
        "it needs a key store",
        "write --db-url-properties='?sslmode=verify-full&sslrootcert=FILE' with a PEM file",
    ),
    (
        &[
            "db-connect-timeout-*",
            "db-debug-jpql-*",
            "db-enabled-*",
            "db-health-exclude-*",
            "db-kind-*",
            "db-log-slow-queries-threshold-*",
            "db-mtls-key-store-file-*",
            "db-mtls-key-store-password-*",
            "db-mtls-key-store-type-*",
            "db-password-*",
            "db-pool-initial-size-*",
            "db-pool-max-size-*",
            "db-pool-min-size-*",
            "db-schema-*",
            "db-tls-mode-*",
            "db-tls-trust-store-file-*",
            "db-tls-trust-store-password-*",
            "db-tls-trust-store-type-*",
            "db-url-database-*",
            "db-url-full-*",
            "db-url-host-*",
            "db-url-port-*",
            "db-url-properties-*",
            "db-username-*",
        ],
        "",
        "there is one database",
        "leave it out",
    ),
    (
        &["bootstrap-admin-client-id", "bootstrap-admin-client-secret"],
        "",
        "the first administrator is a person, not a client, for now",
        "write --bootstrap-admin-username and --bootstrap-admin-password",
    ),
];
