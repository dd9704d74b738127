//! What our own address is, and what this node is called.

use super::given::Given;
use super::listen::Listen;
use super::problem::Problems;
use super::setting::Default::{Always, By, Nothing};
use super::setting::{Kind, Profile, Setting, settings};
use super::{proxy, setting_of};
use authn::Node;
use edge::{Hostname, HostnameError, HostnameOptions};

settings! {
    /// The public address: a name (`id.example.com`), or a whole address that fixes scheme, port and path too (`https://id.example.com/auth`).
    HOSTNAME = "hostname", Kind::Text, Nothing, since "0.1.0";
    /// Whether `hostname` has to be given. `false` takes the host from each request.
    HOSTNAME_STRICT = "hostname-strict", Kind::Switch, By { start: "true", dev: "false" }, since "0.1.0";
    /// The address of administration, where it is another: `https://admin.example.com`. `hostname` has to be a whole address then. It closes nothing: only the proxy can.
    HOSTNAME_ADMIN = "hostname-admin", Kind::Text, Nothing, since "0.1.0";
    /// Whether discovery names the address that it was asked at for what applications call themselves (tokens, keys, userinfo, introspection). `hostname` has to be a whole address then.
    HOSTNAME_BACKCHANNEL_DYNAMIC = "hostname-backchannel-dynamic", Kind::Switch, Always("false"), since "0.1.0";
    /// Whether `/realms/<realm>/hostname-debug` shows what is made of addresses and headers. Not for every day: anybody can look at it.
    HOSTNAME_DEBUG = "hostname-debug", Kind::Switch, Always("false"), since "0.1.0";
    /// The name of this node: the route behind the dot in the cookie `AUTH_SESSION_ID`, for proxies that lead a browser back to where it began. Nothing here needs that. Without it there is no route.
    NODE_NAME = "spi-cache-embedded--default--node-name", Kind::Text, Nothing, since "0.1.0";
    /// Whether `AUTH_SESSION_ID` has the node's name behind the dot, when it has one.
    ATTACH_ROUTE = "spi-sticky-session-encoder--infinispan--should-attach-route", Kind::Switch, Always("true"), since "0.1.0";
}

/// Our own address.
pub(crate) struct Address {
    /// How our own addresses are made.
    pub hostname: Hostname,
    /// What this node is called, in cookies too.
    pub node: Option<Node>,
    /// What the page `hostname-debug` lists, when there is one: options and their values.
    pub debug: Option<Vec<(&'static str, String)>>,
    /// A line for what has no effect.
    pub notes: Vec<String>,
    /// What an operator should think about.
    pub warnings: Vec<String>,
}

/// What the page lists.
const SHOWN: &[&str] = &[
    "hostname",
    "hostname-admin",
    "hostname-backchannel-dynamic",
    "hostname-strict",
    "proxy-headers",
    "proxy-trusted-addresses",
    "proxy-protocol-enabled",
    "http-enabled",
    "http-relative-path",
    "http-port",
    "https-port",
    "http-unix-socket",
];

pub(super) fn read(
    given: &Given,
    listen: Option<&Listen>,
    problems: &mut Problems,
) -> Option<Address> {
    let hostname = given.text(&HOSTNAME);
    let options = HostnameOptions {
        hostname,
        admin: given.text(&HOSTNAME_ADMIN),
        strict: given.switch(&HOSTNAME_STRICT),
        backchannel_dynamic: given.switch(&HOSTNAME_BACKCHANNEL_DYNAMIC),
    };
    let hostname_read = Hostname::from_options(&options).map_err(|error| {
        let (setting, right): (&Setting, &str) = match error {
            HostnameError::Missing | HostnameError::Invalid | HostnameError::AdminNeedsUrl => {
                (&HOSTNAME, "https://id.example.com")
            }
            HostnameError::AdminInvalid => (&HOSTNAME_ADMIN, "https://admin.example.com"),
            HostnameError::DynamicNeedsHostname | HostnameError::DynamicNeedsUrl => {
                (&HOSTNAME_BACKCHANNEL_DYNAMIC, "false")
            }
        };
        let rewritten = given.rewritten(setting, right);
        problems.add(given.written(setting), error.to_string(), rewritten);
    });
    let mut notes = Vec::new();
    if hostname.is_some() && given.is_set(&HOSTNAME_STRICT) && !options.strict {
        notes.push("If hostname is specified, hostname-strict is effectively ignored".to_owned());
    }
    let debug = given.switch(&HOSTNAME_DEBUG).then(|| {
        let settings = SHOWN.iter().filter_map(|key| setting_of(key));
        let value = |setting: &Setting| given.text(setting).unwrap_or_default().to_owned();
        settings
            .map(|setting| (setting.key, value(setting)))
            .collect()
    });
    let node = read_node(given, problems);
    let mut warnings = Vec::new();
    if let (Profile::Production, Some(listen)) = (given.profile, listen) {
        warnings.extend(warning(given, listen));
    }
    Some(Address {
        hostname: hostname_read.ok()?,
        node: node.ok()?,
        debug,
        notes,
        warnings,
    })
}

fn read_node(given: &Given, problems: &mut Problems) -> Result<Option<Node>, ()> {
    let Some(name) = given.text(&NODE_NAME) else {
        return Ok(None);
    };
    let Some(node) = Node::new(name) else {
        problems.add(
            given.written(&NODE_NAME),
            "is no name that a cookie could hold: up to 64 letters, digits, dots, dashes and underscores",
            given.rewritten(&NODE_NAME, "node1"),
        );
        return Err(());
    };
    Ok(Some(node).filter(|_| given.switch(&ATTACH_ROUTE)))
}

/// What is allowed and still likely to be a mistake: Keycloak's words, and the remedy.
fn warning(given: &Given, listen: &Listen) -> Option<String> {
    const INSECURE: &str = "the server is running in an insecure context. Secure contexts are required for full functionality, including cross-origin cookies.";
    const ORIGIN: &str = "Also if you are using a proxy, requests from the proxy to the server will fail CORS checks with 403s because the wrong origin will be determined. Make sure `proxy-headers` are configured properly.";
    const REMEDY: &str = "When a proxy ends TLS, write --proxy-headers=xforwarded, or forwarded where it sends the header Forwarded";
    let hostname = given.text(&HOSTNAME).map(str::trim).unwrap_or_default();
    let lower = hostname.to_ascii_lowercase();
    let has_https = listen.https.is_some();
    let reads_headers = given.is_set(&proxy::PROXY_HEADERS);
    let is_local = |base: &str| edge::is_secure_context(base);
    if lower.starts_with("http://") {
        let why = match (is_local(&lower), has_https) {
            (false, _) => {
                format!("`hostname` is configured to use HTTP instead of HTTPS, {INSECURE}")
            }
            (true, true) => {
                "`hostname` is configured to use HTTP while HTTPS is enabled.".to_owned()
            }
            (true, false) => return None,
        };
        let https = hostname.get("http://".len()..).unwrap_or_default();
        let right = given.rewritten(&HOSTNAME, &format!("https://{https}"));
        return Some(format!(
            "Likely misconfiguration detected. {why} To mend it, {right}"
        ));
    }
    if has_https || reads_headers {
        return None;
    }
    if lower.starts_with("https://") {
        return Some(format!(
            "Likely misconfiguration detected. When using an edge proxy, you must use `proxy-headers`. {REMEDY}"
        ));
    }
    if hostname.is_empty() {
        return Some(format!(
            "With HTTPS not enabled, `proxy-headers` unset, and `hostname-strict=false`, {INSECURE} {ORIGIN} {REMEDY}"
        ));
    }
    (!is_local(&format!("http://{lower}"))).then(|| {
        format!(
            "Likely misconfiguration detected. With HTTPS not enabled, `proxy-headers` unset, and a non-URL `hostname`, {INSECURE} {ORIGIN} {REMEDY}"
        )
    })
}
