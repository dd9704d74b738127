//! What the server was told: every option, from every source, judged together.
//!
//! A setting is an entry in the section that it belongs to (`listen`, `tls`, `address`, `proxy`, `revocation`, `clients`, `database`, `operation`), and a field of that section's
//! value. Start at [`read`]; where values come from is `sources`, what becomes of foreign ones `resolve`.

pub(crate) mod address;
pub(crate) mod backchannel;
pub(crate) mod certificate;
pub(crate) mod clients;
pub(crate) mod database;
mod expand;
mod given;
mod known;
mod legacy;
mod line;
pub(crate) mod listen;
mod lookup;
mod nearest;
pub(crate) mod operation;
pub(crate) mod problem;
pub(crate) mod proxy;
pub(crate) mod reference;
mod resolve;
pub(crate) mod revocation;
pub(crate) mod setting;
pub(crate) mod show;
mod sources;
pub(crate) mod themes;
pub(crate) mod tls;
mod trusted;
mod values;

pub(crate) use given::Given;
pub(crate) use line::Line;
pub(crate) use resolve::{Resolved, resolve};
pub(crate) use setting::Profile;
pub(crate) use sources::Surroundings;

use problem::Problems;
use setting::Setting;

/// Levels of parts of the log have this before the part's name.
const LOG_CATEGORY: &str = "log-level-";

/// Everything that is needed to run, each value fit and each file read.
pub(crate) struct Config {
    /// Production or development.
    pub profile: Profile,
    /// Where it listens.
    pub listen: listen::Listen,
    /// Whose certificates are accepted.
    pub truststores: tls::Truststores,
    /// What is believed.
    pub proxy: proxy::Proxy,
    /// What our own address is.
    pub address: address::Address,
    /// What is asked of revocation, and where it is looked for.
    pub revocation: revocation::Revocation,
    /// What is fetched from clients.
    pub clients: clients::Clients,
    /// How clients hear of sign-outs.
    pub backchannel: backchannel::Backchannel,
    /// How people sign in by certificate.
    pub certificate: certificate::Certificate,
    /// Where the looks of pages come from.
    pub themes: themes::Themes,
    /// Which database.
    pub database: database::Database,
    /// How it is run.
    pub operation: operation::Operation,
    /// A line for each option that was given and has no effect.
    pub notes: Vec<String>,
    /// What an operator should think about.
    pub warnings: Vec<String>,
}

/// Judges the options of a server, all of them, and reads the files they name.
///
/// # Errors
/// Everything that has to be mended.
pub(crate) fn read(resolved: Resolved) -> Result<Config, Problems> {
    let Resolved {
        given,
        notes,
        mut warnings,
        mut problems,
    } = resolved;
    let certificate = certificate::read(&given, &mut problems);
    let host = certificate.as_ref().and_then(|it| it.host.as_ref());
    let (listeners, truststores) = tls::read(&given, host, &mut problems);
    let listen = listen::read(&given, listeners, &mut problems);
    let proxy = proxy::read(&given, &mut problems);
    let address = address::read(&given, listen.as_ref(), &mut problems);
    let revocation = revocation::read(&given, &mut problems);
    let themes = themes::read(&given, &mut problems);
    let clients = clients::read(&given, &mut problems);
    let backchannel = backchannel::read(&given, &mut problems);
    let database = database::read(&given, &mut problems);
    let operation = operation::read(&given, &mut problems);
    let whole = || {
        Some(Config {
            profile: given.profile,
            listen: listen?,
            truststores: truststores?,
            proxy: proxy?,
            address: address?,
            revocation: revocation?,
            clients: clients?,
            backchannel: backchannel?,
            certificate: certificate?,
            themes: themes?,
            database: database?,
            operation: operation?,
            notes,
            warnings: Vec::new(),
        })
    };
    let Some(mut config) = whole().filter(|_| problems.is_empty()) else {
        return Err(problems);
    };
    warnings.append(&mut config.truststores.warnings);
    warnings.append(&mut config.proxy.warnings);
    warnings.append(&mut config.address.warnings);
    warnings.append(&mut config.database.warnings);
    warnings.append(&mut config.operation.warnings);
    config.notes.append(&mut config.address.notes);
    config.listen.preambles = config.proxy.preambles.take();
    config.proxy.edge = config.proxy.edge.below(&config.listen.path);
    config.warnings = warnings;
    Ok(config)
}

/// The sections of the reference, with their settings.
pub(crate) fn sections() -> [(&'static str, &'static [&'static Setting]); 13] {
    [
        ("Listeners", listen::SETTINGS),
        ("TLS and truststores", tls::SETTINGS),
        ("Addresses", address::SETTINGS),
        ("Proxies", proxy::SETTINGS),
        ("Trusted proxies", trusted::SETTINGS),
        ("Certificates in headers of proxies", lookup::SETTINGS),
        ("Sign-in by certificate", certificate::SETTINGS),
        ("Revocation", revocation::SETTINGS),
        ("Pages", themes::SETTINGS),
        ("Addresses of clients", clients::SETTINGS),
        ("Sign-outs", backchannel::SETTINGS),
        ("Database", database::SETTINGS),
        ("Running it", operation::SETTINGS),
    ]
}

/// All settings that are served.
fn served() -> impl Iterator<Item = &'static Setting> {
    sections()
        .into_iter()
        .flat_map(|(_, settings)| settings.iter().copied())
}

/// The setting of this key, in either spelling of options of SPIs.
fn setting_of(key: &str) -> Option<&'static Setting> {
    let key = known::plain(key);
    served().find(|setting| known::plain(setting.key) == key)
}

/// What to say of Keycloak's values that are not served yet.
fn not_served_value(setting: &Setting, text: &str) -> Option<String> {
    let (values, why): (&[&str], &str) = match setting.key {
        "db" => (
            &["mariadb", "mssql", "mysql", "oracle", "tidb"],
            "there are SQLite and PostgreSQL",
        ),
        "log" => (
            &["file", "syslog"],
            "the log goes to the console; whatever runs the server can keep it",
        ),
        _ => return None,
    };
    let asked = values::list(text).find(|item| values.contains(item))?;
    Some(format!("{asked} is not served: {why}"))
}
