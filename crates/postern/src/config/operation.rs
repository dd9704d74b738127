//! How it is run: the log, the first administrator, files to import, the end.

use super::given::Given;
use super::problem::Problems;
use super::setting::Default::{Always, By, Nothing};
use super::setting::{Kind, settings};
use jose::Secret;
use std::path::PathBuf;
use std::time::Duration;
use tracing::level_filters::LevelFilter;

settings! {
    /// The user name of the first administrator, made when `master` has nobody in it and a password is given.
    BOOTSTRAP_ADMIN_USERNAME = "bootstrap-admin-username", Kind::Text, Always("temp-admin"), since "0.1.0";
    /// The password of the first administrator. Marked as temporary: make a lasting administrator and remove this one.
    BOOTSTRAP_ADMIN_PASSWORD = "bootstrap-admin-password", Kind::Secret, Nothing, since "0.1.0";
    /// Reads the realm files in `import` below `data-dir` before anything is served. Realms that exist are left alone.
    IMPORT_REALM = "import-realm", Kind::Flag, Always("false"), since "0.1.0";
    /// The folder of the lists that password policies name (`passwordBlacklist`): text files, a password a line, in any case. Without it, `password-blacklists` below `data-dir`.
    PASSWORD_LISTS = "spi-password-policy--password-blacklist--blacklists-path", Kind::Path, Nothing, since "0.1.0";
    /// Where the log goes.
    LOG = "log", Kind::Words(&["console"]), Always("console"), since "0.1.0";
    /// The level of the log, and after commas those of its parts, as `info,edge:debug`.
    LOG_LEVEL = "log-level", Kind::Text, Always("info"), since "0.1.0";
    /// Lines for people, or JSON objects with Keycloak's names.
    LOG_CONSOLE_OUTPUT = "log-console-output", Kind::Word(&["default", "json"]), Always("default"), since "0.1.0";
    /// The least important level that the console shows.
    LOG_CONSOLE_LEVEL = "log-console-level", Kind::Text, Always("all"), since "0.1.0";
    /// Whether levels have colours; without it, they have when the console is a terminal.
    LOG_CONSOLE_COLOR = "log-console-color", Kind::Switch, Nothing, since "0.1.0";
    /// How long requests are still taken after the signal to stop, while readiness is down already, so that proxies can turn away.
    SHUTDOWN_DELAY = "shutdown-delay", Kind::Duration, By { start: "1s", dev: "0s" }, since "0.1.0";
    /// How long running requests may take to finish after that.
    SHUTDOWN_TIMEOUT = "shutdown-timeout", Kind::Duration, Always("10s"), since "0.1.0";
}

/// How it is run.
pub(crate) struct Operation {
    /// The first administrator.
    pub admin: Option<Admin>,
    /// The folder to import realm files from.
    pub import: Option<PathBuf>,
    /// The folder of lists of passwords that nobody may have.
    pub password_lists: PathBuf,
    /// What the log shows, and how.
    pub log: Log,
    /// How it ends.
    pub shutdown: Shutdown,
    /// What an operator should think about; the configuration takes them over.
    pub warnings: Vec<String>,
}

/// The first administrator.
pub(crate) struct Admin {
    /// Their name.
    pub username: String,
    /// Their password.
    pub password: Secret,
}

/// What the log shows, and how.
#[derive(Clone, Debug)]
pub(crate) struct Log {
    /// The level of everything that has no level of its own.
    pub level: LevelFilter,
    /// Parts with a level of their own.
    pub parts: Vec<(String, LevelFilter)>,
    /// The least important level that is shown at all.
    pub most: LevelFilter,
    /// Whether lines are JSON.
    pub form: Form,
    /// Whether levels have colours, when it was said.
    pub colours: Option<bool>,
}

/// What a line of the log looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// How it ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shutdown {
    /// Before no new connection is taken.
    pub delay: Duration,
    /// For running requests.
    pub timeout: Duration,
}

pub(super) fn read(given: &Given, problems: &mut Problems) -> Option<Operation> {
    let mut warnings = Vec::new();
    let username = given.text(&BOOTSTRAP_ADMIN_USERNAME).unwrap_or_default();
    let admin = given
        .secret(&BOOTSTRAP_ADMIN_PASSWORD)
        .filter(|password| !password.expose().is_empty());
    if admin.is_none() && given.is_set(&BOOTSTRAP_ADMIN_USERNAME) {
        warnings.push(format!(
            "{} has no effect: bootstrap-admin-password is not set",
            given.written(&BOOTSTRAP_ADMIN_USERNAME)
        ));
    }
    let admin = admin.map(|password| Admin {
        username: username.to_owned(),
        password,
    });
    let import = given
        .switch(&IMPORT_REALM)
        .then(|| super::database::data_dir(given).join("import"));
    let password_lists = match given.text(&PASSWORD_LISTS) {
        Some(path) => given.surroundings.below_home(path),
        None => super::database::data_dir(given).join("password-blacklists"),
    };
    Some(Operation {
        admin,
        import,
        password_lists,
        log: log(given, problems)?,
        shutdown: Shutdown {
            delay: given.duration(&SHUTDOWN_DELAY),
            timeout: given.duration(&SHUTDOWN_TIMEOUT),
        },
        warnings,
    })
}

/// Keycloak's levels and ours.
pub(super) fn level(text: &str) -> Option<LevelFilter> {
    Some(match text.to_ascii_lowercase().as_str() {
        "off" => LevelFilter::OFF,
        "fatal" | "error" => LevelFilter::ERROR,
        "warn" => LevelFilter::WARN,
        "info" => LevelFilter::INFO,
        "debug" => LevelFilter::DEBUG,
        "trace" | "all" => LevelFilter::TRACE,
        _ => return None,
    })
}

fn log(given: &Given, problems: &mut Problems) -> Option<Log> {
    let mut root = LevelFilter::INFO;
    let mut parts = Vec::new();
    let mut wrong = None;
    for item in given.list(&LOG_LEVEL) {
        let (category, text) = item.split_once(':').unwrap_or(("", item));
        match level(text) {
            Some(level) if category.is_empty() => root = level,
            Some(level) => parts.push((category.to_owned(), level)),
            None => wrong = Some(item),
        }
    }
    if let Some(item) = wrong {
        problems.add(
            given.written(&LOG_LEVEL),
            format!("{item:?} is no level: off, error, warn, info, debug or trace, and category:level for a part"),
            given.rewritten(&LOG_LEVEL, "info,edge:debug"),
        );
        return None;
    }
    let most = level(given.text(&LOG_CONSOLE_LEVEL).unwrap_or_default());
    let Some(most) = most else {
        problems.add(
            given.written(&LOG_CONSOLE_LEVEL),
            "is no level: off, error, warn, info, debug, trace or all",
            given.rewritten(&LOG_CONSOLE_LEVEL, "all"),
        );
        return None;
    };
    let levels = given.levels.iter();
    // The command line comes first there, and the last one said of a part counts here.
    parts.extend(
        levels
            .rev()
            .filter_map(|(category, text)| Some((category.clone(), level(text)?))),
    );
    let form = match given.text(&LOG_CONSOLE_OUTPUT) {
        Some("json") => Form::Json,
        _ => Form::Text,
    };
    Some(Log {
        level: root,
        parts,
        most,
        form,
        colours: given
            .is_set(&LOG_CONSOLE_COLOR)
            .then(|| given.switch(&LOG_CONSOLE_COLOR)),
    })
}
