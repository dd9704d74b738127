//! Options of older Keycloaks, each with its translation. What still means the same is understood, everything else is answered.

use super::known::plain;

/// An option that was.
pub(super) struct Legacy {
    /// The key, or the variable where it had another form.
    pub name: &'static str,
    /// The option that takes its place, if one alone does.
    pub now: Option<&'static str>,
    /// What to write today.
    pub translation: &'static str,
}

/// The option of this name that was.
pub(super) fn legacy(key: &str) -> Option<&'static Legacy> {
    LEGACY
        .iter()
        .find(|legacy| plain(legacy.name) == plain(key))
}

/// What this option of old asks for in the options of today, by its value; `None` when the value can't tell.
pub(super) fn successors(legacy: &Legacy, text: &str) -> Option<Vec<(&'static str, String)>> {
    let one = |key, value: &str| Some(vec![(key, value.to_owned())]);
    match (legacy.name, text.trim()) {
        ("proxy", "edge") => Some(vec![
            ("proxy-headers", "xforwarded".to_owned()),
            ("http-enabled", "true".to_owned()),
        ]),
        ("proxy", "reencrypt") => one("proxy-headers", "xforwarded"),
        ("proxy", "passthrough" | "none") => Some(Vec::new()),
        ("hostname-url", url) => one("hostname", url),
        ("hostname-admin-url", url) => one("hostname-admin", url),
        ("hostname-strict-backchannel", "true") => Some(Vec::new()),
        ("hostname-strict-backchannel", "false") => one("hostname-backchannel-dynamic", "true"),
        _ => None,
    }
}

/// Variables without `KC_` that still mean an option, and the option.
pub(super) const VARIABLES: &[(&str, &str)] = &[
    ("KEYCLOAK_ADMIN", "bootstrap-admin-username"),
    ("KEYCLOAK_ADMIN_PASSWORD", "bootstrap-admin-password"),
];

/// Variables of the time before version 17 that mean nothing any more, and what to set today.
pub(super) const DEAD_VARIABLES: &[(&str, &str)] = &[
    ("KEYCLOAK_USER", "KC_BOOTSTRAP_ADMIN_USERNAME"),
    ("KEYCLOAK_PASSWORD", "KC_BOOTSTRAP_ADMIN_PASSWORD"),
    ("KEYCLOAK_FRONTEND_URL", "KC_HOSTNAME"),
    ("KEYCLOAK_HOSTNAME", "KC_HOSTNAME"),
    ("KEYCLOAK_ALWAYS_HTTPS", "KC_HOSTNAME=https://…"),
    ("KEYCLOAK_HTTP_PORT", "KC_HTTP_PORT"),
    ("KEYCLOAK_HTTPS_PORT", "KC_HTTPS_PORT"),
    ("KEYCLOAK_LOGLEVEL", "KC_LOG_LEVEL"),
    ("KEYCLOAK_STATISTICS", "KC_METRICS_ENABLED=true"),
    (
        "KEYCLOAK_PROXY",
        "KC_PROXY_HEADERS=xforwarded, and KC_HTTP_ENABLED=true for edge",
    ),
    ("KEYCLOAK_ADMIN_USER", "KC_BOOTSTRAP_ADMIN_USERNAME"),
    ("X509_CA_BUNDLE", "KC_TRUSTSTORE_PATHS"),
    ("DB_VENDOR", "KC_DB"),
    ("DB_ADDR", "KC_DB_URL_HOST"),
    (
        "KEYCLOAK_IMPORT",
        "the flag --import-realm, with files in data/import",
    ),
    ("PROXY_ADDRESS_FORWARDING", "KC_PROXY_HEADERS=xforwarded"),
];

/// All of them.
pub(super) const LEGACY: &[Legacy] = &[
    Legacy {
        name: "proxy",
        now: Some("proxy-headers"),
        translation: "for edge write --proxy-headers=xforwarded --http-enabled=true, for reencrypt --proxy-headers=xforwarded, for passthrough and none nothing",
    },
    Legacy {
        name: "hostname-url",
        now: Some("hostname"),
        translation: "write --hostname with the same address",
    },
    Legacy {
        name: "hostname-admin-url",
        now: Some("hostname-admin"),
        translation: "write --hostname-admin with the same address",
    },
    Legacy {
        name: "hostname-path",
        now: Some("hostname"),
        translation: "put the path into the address: --hostname=https://id.example.com/path",
    },
    Legacy {
        name: "hostname-port",
        now: Some("hostname"),
        translation: "put the port into the address: --hostname=https://id.example.com:8443",
    },
    Legacy {
        name: "hostname-strict-https",
        now: Some("hostname"),
        translation: "put the scheme into the address: --hostname=https://id.example.com",
    },
    Legacy {
        name: "hostname-strict-backchannel",
        now: Some("hostname-backchannel-dynamic"),
        translation: "true is the default now: leave it out; for false write --hostname-backchannel-dynamic=true",
    },
    Legacy {
        name: "auto-build",
        now: None,
        translation: "there is nothing to build: leave it out",
    },
    Legacy {
        name: "cluster",
        now: None,
        translation: "nodes share nothing but the database: leave it out",
    },
    Legacy {
        name: "spi-truststore--file--file",
        now: Some("truststore-paths"),
        translation: "write --truststore-paths with PEM files or a folder of them",
    },
    Legacy {
        name: "spi-truststore--file--password",
        now: Some("truststore-paths"),
        translation: "write --truststore-paths with PEM files, which need no password",
    },
    Legacy {
        name: "spi-truststore--file--hostname-verification-policy",
        now: Some("truststore-paths"),
        translation: "nothing is fetched from other servers yet: leave it out",
    },
];
