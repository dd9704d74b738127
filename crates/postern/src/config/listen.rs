//! Where it listens: the main listeners for HTTP and HTTPS, and the one for management.

use super::given::Given;
use super::problem::Problems;
use super::setting::Default::{Always, By, Nothing};
use super::setting::{Kind, Setting, settings};
use super::tls::Listeners;
use crate::server::Preambles;
use crate::server::tls::Tls;
use edge::RelativePath;
use std::path::PathBuf;

settings! {
    /// Whether the plain HTTP listener is open. A proxy that ends TLS needs it.
    HTTP_ENABLED = "http-enabled", Kind::Switch, By { start: "false", dev: "true" }, since "0.1.0";
    /// The address or name that the listeners bind to. A name binds every address it has.
    HTTP_HOST = "http-host", Kind::Text, By { start: "0.0.0.0", dev: "localhost" }, since "0.1.0";
    /// The port of the HTTP listener. 0 takes a free one and logs it.
    HTTP_PORT = "http-port", Kind::Port, Always("8080"), since "0.1.0";
    /// A socket in the file system for a proxy on the same machine, beside the ports or alone: `/run/postern/http.sock`. Plain HTTP; a left-over file is replaced, and it goes away at the end.
    HTTP_UNIX_SOCKET = "http-unix-socket", Kind::Path, Nothing, since "0.2.0";
    /// Who may open the socket of `http-unix-socket`, as an octal mode: owner and group, unless said otherwise.
    HTTP_UNIX_SOCKET_MODE = "http-unix-socket-mode", Kind::Text, Always("0660"), since "0.2.0";
    /// The path below which everything is served, such as `/auth`.
    HTTP_RELATIVE_PATH = "http-relative-path", Kind::Text, Always("/"), since "0.2.0";
    /// The port of the HTTPS listener, which is open when a certificate and its key are given, in PEM files or a key store.
    HTTPS_PORT = "https-port", Kind::Port, Always("8443"), since "0.1.0";
    /// Whether `/health`, `/health/ready`, `/health/live` and `/health/started` are served, on the management listener.
    HEALTH_ENABLED = "health-enabled", Kind::Switch, Always("false"), since "0.1.0";
    /// Whether `/metrics` is served, on the management listener.
    METRICS_ENABLED = "metrics-enabled", Kind::Switch, Always("false"), since "0.1.0";
    /// The port of the management listener, which is open when health or metrics are served.
    HTTP_MANAGEMENT_PORT = "http-management-port", Kind::Port, Always("9000"), since "0.1.0";
    /// The path below which health and metrics are served; without it, that of `http-relative-path`.
    HTTP_MANAGEMENT_RELATIVE_PATH = "http-management-relative-path", Kind::Text, Nothing, since "0.2.0";
    /// The address or name that the management listener binds to; without it, that of `http-host`.
    HTTP_MANAGEMENT_HOST = "http-management-host", Kind::Text, Nothing, since "0.1.0";
    /// `inherited`: HTTPS when the main listener has it. `http`: HTTP in any case.
    HTTP_MANAGEMENT_SCHEME = "http-management-scheme", Kind::Word(&["inherited", "http"]), Always("inherited"), since "0.1.0";
    /// `false` serves health on the main listeners instead. Close `/health` at the proxy then.
    HTTP_MANAGEMENT_HEALTH_ENABLED = "http-management-health-enabled", Kind::Switch, Always("true"), since "0.1.0";
}

/// Where it listens.
pub(crate) struct Listen {
    /// Address or name of the main listeners.
    pub host: String,
    /// The port for HTTP.
    pub http: Option<u16>,
    /// The socket in the file system, and its mode.
    pub unix: Option<(PathBuf, u32)>,
    /// The path below which everything is served.
    pub path: RelativePath,
    /// The preamble that connections of the main listeners begin with.
    pub preambles: Option<Preambles>,
    /// The port for HTTPS, and what is shown there.
    pub https: Option<(u16, Tls)>,
    /// The management listener, when there is something on it.
    pub management: Option<Management>,
    /// Whether health is served on the main listeners.
    pub main_health: bool,
}

impl Listen {
    /// TLS of all listeners that have it.
    pub(crate) fn tls(&self) -> Vec<Tls> {
        let main = self.https.as_ref().map(|(_, tls)| tls);
        let management = self.management.as_ref().and_then(|it| it.tls.as_ref());
        main.into_iter().chain(management).cloned().collect()
    }
}

/// The listener for those who run the server.
pub(crate) struct Management {
    /// Address or name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The path below which it serves.
    pub path: RelativePath,
    /// What TLS there shows; plain HTTP without.
    pub tls: Option<Tls>,
    /// Whether health is served there.
    pub health: bool,
    /// Whether metrics are served there.
    pub metrics: bool,
}

/// `tls` is what the listeners show, unless that could not be read.
pub(super) fn read(
    given: &Given,
    tls: Option<Listeners>,
    problems: &mut Problems,
) -> Option<Listen> {
    let http = given.switch(&HTTP_ENABLED).then(|| given.port(&HTTP_PORT));
    let unix = read_unix(given, problems);
    let path = read_path(given, &HTTP_RELATIVE_PATH, problems);
    let management_path = match given.text(&HTTP_MANAGEMENT_RELATIVE_PATH) {
        Some(_) => read_path(given, &HTTP_MANAGEMENT_RELATIVE_PATH, problems),
        None => path.clone(),
    };
    let has_plain = http.is_some() || given.is_set(&HTTP_UNIX_SOCKET);
    if !has_plain && tls.as_ref().is_some_and(|tls| tls.main.is_none()) {
        problems.add(
            "--https-certificate-file, --https-certificate-key-file",
            "there is no certificate for HTTPS, and HTTP is off",
            "write --https-certificate-file=FILE --https-certificate-key-file=FILE or --https-key-store-file=FILE, or --http-enabled=true when a proxy ends TLS, or --http-unix-socket=FILE when that proxy is on this machine",
        );
        return None;
    }
    let (tls, path, management_path) = (tls?, path?, management_path?);
    let host = given.text(&HTTP_HOST).unwrap_or_default().to_owned();
    let health = given.switch(&HEALTH_ENABLED);
    let apart = given.switch(&HTTP_MANAGEMENT_HEALTH_ENABLED);
    let metrics = given.switch(&METRICS_ENABLED);
    let management = ((health && apart) || metrics).then(|| Management {
        host: given
            .text(&HTTP_MANAGEMENT_HOST)
            .unwrap_or(&host)
            .to_owned(),
        port: given.port(&HTTP_MANAGEMENT_PORT),
        path: management_path,
        tls: tls.management,
        health: health && apart,
        metrics,
    });
    let https_port = given.port(&HTTPS_PORT);
    let https = tls.main.map(|tls| (https_port, tls));
    let ports = [
        http.map(|port| (port, &HTTP_PORT)),
        https.as_ref().map(|(port, _)| (*port, &HTTPS_PORT)),
        management
            .as_ref()
            .map(|it| (it.port, &HTTP_MANAGEMENT_PORT)),
    ];
    let ports: Vec<_> = ports
        .into_iter()
        .flatten()
        .filter(|(port, _)| *port != 0)
        .collect();
    for (at, (port, setting)) in ports.iter().enumerate() {
        if let Some((_, other)) = ports[..at].iter().find(|(known, _)| known == port) {
            problems.add(
                given.written(setting),
                format!("{port} is the port of {} too", other.key),
                given.rewritten(setting, &port.saturating_add(1).to_string()),
            );
        }
    }
    Some(Listen {
        host,
        http,
        unix: unix.ok()?,
        path,
        preambles: None,
        https,
        management,
        main_health: health && !apart,
    })
}

/// Socket and mode; `Err` when they can't be that.
fn read_unix(given: &Given, problems: &mut Problems) -> Result<Option<(PathBuf, u32)>, ()> {
    let Some(path) = given.path(&HTTP_UNIX_SOCKET) else {
        return Ok(None);
    };
    let mode = given.text(&HTTP_UNIX_SOCKET_MODE).unwrap_or_default();
    let mode = u32::from_str_radix(mode, 8)
        .ok()
        .filter(|mode| *mode <= 0o777 && mode & 0o200 != 0);
    if mode.is_none() {
        problems.add(
            given.written(&HTTP_UNIX_SOCKET_MODE),
            "is no octal mode of a file whose owner may write",
            given.rewritten(&HTTP_UNIX_SOCKET_MODE, "0660"),
        );
    }
    Ok(Some((path, mode.ok_or(())?)))
}

fn read_path(given: &Given, setting: &Setting, problems: &mut Problems) -> Option<RelativePath> {
    let path = RelativePath::read(given.text(setting).unwrap_or_default());
    if path.is_none() {
        problems.add(
            given.written(setting),
            "is no path that begins with a slash and has nothing but letters, digits, - . _ ~ and single slashes",
            given.rewritten(setting, "/auth"),
        );
    }
    path
}
