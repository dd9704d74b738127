//! Which database.

use super::given::Given;
use super::problem::Problems;
use super::setting::Default::{Always, Nothing};
use super::setting::{Kind, Profile, Setting, settings};
use std::path::PathBuf;
use url::Url;

settings! {
    /// The database: `sqlite` (and Keycloak's `dev-file`) is a file in `data-dir`, `dev-mem` a database that goes away with the process, `postgres` PostgreSQL, which several nodes can share.
    DB = "db", Kind::Word(&["dev-file", "sqlite", "dev-mem", "postgres"]), Always("dev-file"), since "0.1.0";
    /// The whole address of PostgreSQL, `jdbc:postgresql://host:port/database?…` or `postgres://…`. The options of its parts are ignored then.
    DB_URL = "db-url", Kind::Text, Nothing, since "0.1.0";
    /// PostgreSQL's host.
    DB_URL_HOST = "db-url-host", Kind::Text, Always("localhost"), since "0.1.0";
    /// PostgreSQL's port.
    DB_URL_PORT = "db-url-port", Kind::Port, Always("5432"), since "0.1.0";
    /// The name of the database.
    DB_URL_DATABASE = "db-url-database", Kind::Text, Always("keycloak"), since "0.1.0";
    /// Further settings of the connection, `?name=value&…`: `sslmode`, `sslrootcert`, `sslcert`, `sslkey`, `currentSchema`, `ApplicationName`.
    DB_URL_PROPERTIES = "db-url-properties", Kind::Text, Nothing, since "0.1.0";
    /// Who we are for PostgreSQL.
    DB_USERNAME = "db-username", Kind::Text, Nothing, since "0.1.0";
    /// The password for PostgreSQL.
    DB_PASSWORD = "db-password", Kind::Secret, Nothing, since "0.1.0";
    /// The schema of our tables. It has to exist.
    DB_SCHEMA = "db-schema", Kind::Text, Nothing, since "0.1.0";
    /// Connections to PostgreSQL at the most.
    DB_POOL_MAX_SIZE = "db-pool-max-size", Kind::Number(1, 10_000), Always("100"), since "0.1.0";
    /// The folder for the database file and for `import`, below the home folder unless it is a whole path. Postern's own.
    DATA_DIR = "data-dir", Kind::Path, Always("data"), since "0.1.0";
}

/// Which database.
pub(crate) struct Database {
    /// How it is reached.
    pub settings: store::Settings,
    /// What it is, for the log: no secret in it.
    pub name: String,
    /// What an operator should think about; the configuration takes them over.
    pub warnings: Vec<String>,
}

const IGNORED_WITH_URL: &[&Setting] = &[
    &DB_URL_HOST,
    &DB_URL_PORT,
    &DB_URL_DATABASE,
    &DB_URL_PROPERTIES,
];

/// Settings of JDBC connections that change nothing that is promised.
const OF_JDBC: &[&str] = &[
    "connecttimeout",
    "sockettimeout",
    "logintimeout",
    "tcpkeepalive",
    "preparethreshold",
    "preparedstatementcachequeries",
    "rewritebatchedinserts",
    "loadbalancehosts",
    "targetservertype",
    "assumeminserverversion",
    "stringtype",
    "binarytransfer",
];

/// The folder for data.
pub(super) fn data_dir(given: &Given) -> PathBuf {
    given
        .surroundings
        .below_home(given.text(&DATA_DIR).unwrap_or("data"))
}

/// Reads which database; also what commands need that only use the database.
pub(crate) fn read(given: &Given, problems: &mut Problems) -> Option<Database> {
    let mut warnings = Vec::new();
    let kind = given.text(&DB).unwrap_or_default();
    if given.profile == Profile::Production && kind == "dev-file" {
        warnings.push("db is dev-file: a file that one node alone can use; write db=sqlite where that is meant, db=postgres for several nodes".to_owned());
    }
    if given.profile == Profile::Production && kind == "dev-mem" {
        warnings.push("db is dev-mem: everything is gone when the process ends".to_owned());
    }
    if kind != "postgres" {
        let settings = [&DB_URL, &DB_USERNAME, &DB_PASSWORD, &DB_SCHEMA];
        if let Some(setting) = settings
            .into_iter()
            .chain(IGNORED_WITH_URL.iter().copied())
            .find(|setting| given.is_set(setting))
            .filter(|_| !given.is_set(&DB))
        {
            problems.add(
                given.written(setting),
                "is an address of PostgreSQL, and db is not set",
                given.rewritten(&DB, "postgres"),
            );
            return None;
        }
        for setting in settings.into_iter().chain(IGNORED_WITH_URL.iter().copied()) {
            if given.is_set(setting) {
                warnings.push(format!(
                    "{} has no effect: db is {kind}",
                    given.written(setting)
                ));
            }
        }
    }
    let (settings, name) = match kind {
        "postgres" => {
            let url = postgres(given, problems, &mut warnings)?;
            let name = format!(
                "PostgreSQL {}:{}{}",
                url.host_str().unwrap_or_default(),
                url.port().unwrap_or(5432),
                url.path()
            );
            let pool_max = given.number(&DB_POOL_MAX_SIZE);
            (
                store::Settings::Postgres {
                    url: url.into(),
                    pool_max,
                },
                name,
            )
        }
        "dev-mem" => (
            store::Settings::Temporary,
            "SQLite, gone with the process".to_owned(),
        ),
        _ => {
            let file = data_dir(given).join("postern.db");
            let name = format!("SQLite {}", file.display());
            (store::Settings::SqliteFile(file), name)
        }
    };
    Some(Database {
        settings,
        name,
        warnings,
    })
}

fn postgres(given: &Given, problems: &mut Problems, warnings: &mut Vec<String>) -> Option<Url> {
    let mut url = match given.text(&DB_URL) {
        Some(text) => {
            for setting in IGNORED_WITH_URL {
                if given.is_set(setting) {
                    warnings.push(format!(
                        "{} has no effect: db-url is set",
                        given.written(setting)
                    ));
                }
            }
            from_jdbc(text)
        }
        None => from_parts(given),
    };
    if url
        .as_ref()
        .is_none_or(|url| url.host_str().is_none_or(str::is_empty))
    {
        url = None;
    }
    let Some(mut url) = url else {
        let setting = if given.is_set(&DB_URL) {
            &DB_URL
        } else {
            &DB_URL_HOST
        };
        problems.add(
            given.written(setting),
            "is no address of PostgreSQL with one host",
            given.rewritten(&DB_URL, "jdbc:postgresql://db.example.com:5432/keycloak"),
        );
        return None;
    };
    let properties: Vec<(String, String)> = url
        .query_pairs()
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    url.set_query(None);
    let mut schema = given.text(&DB_SCHEMA).map(str::to_owned);
    for (name, value) in properties {
        match (name.to_ascii_lowercase().as_str(), value.as_str()) {
            ("user", _) => url.set_username(&value).ok()?,
            ("password", _) => url.set_password(Some(&value)).ok()?,
            ("currentschema", _) => schema = schema.or(Some(value)),
            ("applicationname", _) => put(&mut url, "application_name", &value),
            ("ssl", "true" | "") => put(&mut url, "sslmode", "verify-full"),
            ("ssl", _) => {}
            ("sslmode" | "sslrootcert" | "sslcert" | "sslkey", _) => put(&mut url, &name, &value),
            ("application_name" | "options" | "statement-cache-capacity", _) => {
                put(&mut url, &name, &value)
            }
            (known, _) if OF_JDBC.contains(&known) => {
                warnings.push(format!(
                    "{name} of the database's address has no effect: it is for JDBC drivers"
                ));
            }
            _ => {
                let setting = if given.is_set(&DB_URL) {
                    &DB_URL
                } else {
                    &DB_URL_PROPERTIES
                };
                problems.add(
                    given.written(setting),
                    format!("{name} is no setting that is served"),
                    "leave it out; sslmode, sslrootcert, sslcert, sslkey, currentSchema and ApplicationName are served",
                );
            }
        }
    }
    if let Some(schema) = schema {
        let is_plain = schema
            .bytes()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == b'_');
        if !is_plain {
            problems.add(
                given.written(&DB_SCHEMA),
                format!("{schema:?} is no name of a schema: letters, digits and _ alone"),
                given.rewritten(&DB_SCHEMA, "public"),
            );
            return None;
        }
        put(&mut url, "options[search_path]", &schema);
    }
    if let Some(username) = given.text(&DB_USERNAME) {
        url.set_username(username).ok()?;
    }
    if let Some(password) = given.text(&DB_PASSWORD) {
        url.set_password(Some(password)).ok()?;
    }
    Some(url)
}

fn put(url: &mut Url, name: &str, value: &str) {
    url.query_pairs_mut().append_pair(name, value);
}

fn from_jdbc(text: &str) -> Option<Url> {
    let text = text.strip_prefix("jdbc:").unwrap_or(text);
    let rest = ["postgresql://", "postgres://"]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme))?;
    Url::parse(&format!("postgres://{rest}")).ok()
}

fn from_parts(given: &Given) -> Option<Url> {
    let mut url = Url::parse("postgres://localhost").ok()?;
    let host = given.text(&DB_URL_HOST)?;
    let bare_v6 = host.parse::<std::net::Ipv6Addr>().is_ok();
    let host = if bare_v6 {
        format!("[{host}]")
    } else {
        host.to_owned()
    };
    url.set_host(Some(&host)).ok()?;
    url.set_port(Some(given.port(&DB_URL_PORT))).ok()?;
    url.set_path(given.text(&DB_URL_DATABASE)?);
    let properties = given.text(&DB_URL_PROPERTIES).unwrap_or_default();
    url.set_query(Some(properties.trim_start_matches(['?', '&'])).filter(|text| !text.is_empty()));
    Some(url)
}

/// An address without the passwords in it, for those who look at the configuration.
pub(super) fn without_password(text: &str) -> String {
    let (before, query) = text.split_once('?').unwrap_or((text, ""));
    let mut shown = match (before.split_once("://"), before.rsplit_once('@')) {
        (Some((scheme, rest)), Some((_, host))) if rest.contains('@') => {
            let user = rest.split([':', '@']).next().unwrap_or_default();
            format!("{scheme}://{user}:*******@{host}")
        }
        _ => before.to_owned(),
    };
    if text.contains('?') {
        let shown_query: Vec<String> = query
            .split('&')
            .map(|pair| match pair.split_once('=') {
                Some((name, _)) if name.to_ascii_lowercase().contains("password") => {
                    format!("{name}=*******")
                }
                _ => pair.to_owned(),
            })
            .collect();
        shown.push('?');
        shown.push_str(&shown_query.join("&"));
    }
    shown
}
