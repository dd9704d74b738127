//! What our own TLS listeners show and ask for, and whose certificates are accepted.

mod reading;

use super::given::Given;
use super::problem::Problems;
use super::setting::Default::{Always, Nothing};
use super::setting::{Kind, Setting, settings};
use crate::server::tls::Tls;
use crate::startup::truststore::{Loaded, Purpose, Truststore};
use authn::{CertificateHost, Trust};
use edge::ShownBy;
use reading::Reading;
pub(super) use reading::period;
use std::path::PathBuf;
use std::sync::Arc;
use x509::TrustAnchors;

/// Where Keycloak keeps a key store that no option names.
const KEY_STORE: &str = "conf/server.keystore";
const CLIENT_AUTH: Kind = Kind::Word(&["none", "request", "required"]);
const STORE_TYPE: Kind = Kind::Word(&["PKCS12", "JKS", "pkcs12", "jks"]);
const TRUST_STORE_TYPE: Kind = Kind::Word(&["PKCS12", "JKS", "PEM", "pkcs12", "jks", "pem"]);
const PROTOCOLS: Kind = Kind::Words(&["TLSv1.3", "TLSv1.2"]);

settings! {
    /// The server's certificate and those between it and its root, PEM, the server's first.
    HTTPS_CERTIFICATE_FILE = "https-certificate-file", Kind::Path, Nothing, since "0.1.0";
    /// The private key of the server's certificate, PEM, not encrypted.
    HTTPS_CERTIFICATE_KEY_FILE = "https-certificate-key-file", Kind::Path, Nothing, since "0.1.0";
    /// A key store with the server's certificate and key instead of PEM files, PKCS #12 or JKS. `conf/server.keystore` is taken where it exists and nothing else is given.
    HTTPS_KEY_STORE_FILE = "https-key-store-file", Kind::Path, Nothing, since "0.1.0";
    /// The password of the key store, and of the key in it.
    HTTPS_KEY_STORE_PASSWORD = "https-key-store-password", Kind::Secret, Always("password"), since "0.1.0";
    /// The form of the key store. It is told by the file itself, so this is only checked.
    HTTPS_KEY_STORE_TYPE = "https-key-store-type", STORE_TYPE, Nothing, since "0.1.0";
    /// The name of the key in the key store, where it holds several. Keycloak has no such option.
    HTTPS_KEY_STORE_ALIAS = "https-key-store-alias", Kind::Text, Nothing, since "0.1.0";
    /// How often certificates, keys, truststores and `proxy-trusted-tls-ca-file` are read again in any case. A change of their files is noticed within seconds; SIGHUP reads all of them at once. -1 is never.
    HTTPS_CERTIFICATES_RELOAD_PERIOD = "https-certificates-reload-period", Kind::Text, Always("1h"), since "0.1.0";
    /// The versions of TLS that are spoken.
    HTTPS_PROTOCOLS = "https-protocols", PROTOCOLS, Always("TLSv1.3,TLSv1.2"), since "0.1.0";
    /// The cipher suites that are spoken, by their IANA names. Without it all that the program has, which are sound.
    HTTPS_CIPHER_SUITES = "https-cipher-suites", Kind::List, Nothing, since "0.1.0";
    /// Whether clients are asked for a certificate: `request` takes what they have and judges it where somebody signs in with it (with `certificate-hostname`, at that name alone), `required` refuses connections without a good one.
    HTTPS_CLIENT_AUTH = "https-client-auth", CLIENT_AUTH, Always("none"), since "0.1.0";
    /// Whether clients are told whose certificates are accepted, so that browsers offer those alone. `false` where realms have authorities of their own. Keycloak has no such option.
    HTTPS_CLIENT_AUTH_HINTS = "https-client-auth-hints", Kind::Switch, Always("true"), since "0.1.0";
    /// Whose certificates are accepted when they are shown in a TLS handshake with us, instead of the truststore: PEM, PKCS #12 or JKS.
    HTTPS_TRUST_STORE_FILE = "https-trust-store-file", Kind::Path, Nothing, since "0.1.0";
    /// The password of that truststore.
    HTTPS_TRUST_STORE_PASSWORD = "https-trust-store-password", Kind::Secret, Nothing, since "0.1.0";
    /// The form of that truststore. It is told by the file itself, so this is only checked.
    HTTPS_TRUST_STORE_TYPE = "https-trust-store-type", TRUST_STORE_TYPE, Nothing, since "0.1.0";
    /// The certificate of the management listener, PEM; without it, what the main listener shows.
    MANAGEMENT_CERTIFICATE_FILE = "https-management-certificate-file", Kind::Path, Nothing, since "0.1.0";
    /// The private key of that certificate, PEM, not encrypted.
    MANAGEMENT_CERTIFICATE_KEY_FILE = "https-management-certificate-key-file", Kind::Path, Nothing, since "0.1.0";
    /// A key store for the management listener, PKCS #12 or JKS.
    MANAGEMENT_KEY_STORE_FILE = "https-management-key-store-file", Kind::Path, Nothing, since "0.1.0";
    /// The password of that key store, and of the key in it.
    MANAGEMENT_KEY_STORE_PASSWORD = "https-management-key-store-password", Kind::Secret, Always("password"), since "0.1.0";
    /// The form of that key store. It is told by the file itself, so this is only checked.
    MANAGEMENT_KEY_STORE_TYPE = "https-management-key-store-type", STORE_TYPE, Nothing, since "0.1.0";
    /// The name of the key in that key store, where it holds several. Keycloak has no such option.
    MANAGEMENT_KEY_STORE_ALIAS = "https-management-key-store-alias", Kind::Text, Nothing, since "0.1.0";
    /// How often the management listener's files are read again in any case; without it, as often as the main listener's.
    MANAGEMENT_RELOAD_PERIOD = "https-management-certificates-reload-period", Kind::Text, Nothing, since "0.1.0";
    /// The versions of TLS on the management listener; without it, those of `https-protocols`.
    MANAGEMENT_PROTOCOLS = "https-management-protocols", PROTOCOLS, Nothing, since "0.1.0";
    /// The cipher suites on the management listener; without it, those of `https-cipher-suites`.
    MANAGEMENT_CIPHER_SUITES = "https-management-cipher-suites", Kind::List, Nothing, since "0.1.0";
    /// Whether clients of the management listener are asked for a certificate. It does not follow `https-client-auth`, so that probes keep working.
    MANAGEMENT_CLIENT_AUTH = "https-management-client-auth", CLIENT_AUTH, Always("none"), since "0.1.0";
    /// Whose certificates are accepted on the management listener; without it, as on the main listener.
    MANAGEMENT_TRUST_STORE_FILE = "https-management-trust-store-file", Kind::Path, Nothing, since "0.1.0";
    /// The password of that truststore.
    MANAGEMENT_TRUST_STORE_PASSWORD = "https-management-trust-store-password", Kind::Secret, Nothing, since "0.1.0";
    /// The form of that truststore. It is told by the file itself, so this is only checked.
    MANAGEMENT_TRUST_STORE_TYPE = "https-management-trust-store-type", TRUST_STORE_TYPE, Nothing, since "0.1.0";
    /// Whose client certificates are accepted: PEM files, PKCS #12 files without a password, and folders of them, with the roots and the certificates between them and people's own. The folder `conf/truststores` is read too where it exists. The authority of a Kubernetes cluster counts only when its file is named.
    TRUSTSTORE_PATHS = "truststore-paths", Kind::List, Nothing, since "0.1.0";
}

/// What listeners show and ask for.
pub(super) struct Listeners {
    /// The main one's.
    pub main: Option<Tls>,
    /// The management listener's.
    pub management: Option<Tls>,
}

/// Whose certificates are accepted.
pub(crate) struct Truststores {
    /// What counts now, by who shows a certificate.
    pub trust: Trust,
    /// What is read again, and what it held first.
    pub all: Vec<(Truststore, Loaded)>,
    /// What an operator should think about; the configuration takes them over.
    pub warnings: Vec<String>,
}

/// The options of one listener.
struct Names {
    certificate: &'static Setting,
    key: &'static Setting,
    store: &'static Setting,
    store_password: &'static Setting,
    store_type: &'static Setting,
    store_alias: &'static Setting,
    trust: &'static Setting,
    trust_password: &'static Setting,
    trust_type: &'static Setting,
    reload: &'static Setting,
    protocols: &'static Setting,
    suites: &'static Setting,
    clients: &'static Setting,
}

static MAIN: Names = Names {
    certificate: &HTTPS_CERTIFICATE_FILE,
    key: &HTTPS_CERTIFICATE_KEY_FILE,
    store: &HTTPS_KEY_STORE_FILE,
    store_password: &HTTPS_KEY_STORE_PASSWORD,
    store_type: &HTTPS_KEY_STORE_TYPE,
    store_alias: &HTTPS_KEY_STORE_ALIAS,
    trust: &HTTPS_TRUST_STORE_FILE,
    trust_password: &HTTPS_TRUST_STORE_PASSWORD,
    trust_type: &HTTPS_TRUST_STORE_TYPE,
    reload: &HTTPS_CERTIFICATES_RELOAD_PERIOD,
    protocols: &HTTPS_PROTOCOLS,
    suites: &HTTPS_CIPHER_SUITES,
    clients: &HTTPS_CLIENT_AUTH,
};

static MANAGEMENT: Names = Names {
    certificate: &MANAGEMENT_CERTIFICATE_FILE,
    key: &MANAGEMENT_CERTIFICATE_KEY_FILE,
    store: &MANAGEMENT_KEY_STORE_FILE,
    store_password: &MANAGEMENT_KEY_STORE_PASSWORD,
    store_type: &MANAGEMENT_KEY_STORE_TYPE,
    store_alias: &MANAGEMENT_KEY_STORE_ALIAS,
    trust: &MANAGEMENT_TRUST_STORE_FILE,
    trust_password: &MANAGEMENT_TRUST_STORE_PASSWORD,
    trust_type: &MANAGEMENT_TRUST_STORE_TYPE,
    reload: &MANAGEMENT_RELOAD_PERIOD,
    protocols: &MANAGEMENT_PROTOCOLS,
    suites: &MANAGEMENT_CIPHER_SUITES,
    clients: &MANAGEMENT_CLIENT_AUTH,
};

/// What the listeners show, and whose certificates are accepted; each on its own, as far as it could be read. `host` is where browsers are asked for certificates, if that is apart.
pub(super) fn read(
    given: &Given,
    host: Option<&CertificateHost>,
    problems: &mut Problems,
) -> (Option<Listeners>, Option<Truststores>) {
    let mut reading = Reading {
        given,
        problems,
        trust: Trust::default(),
        all: Vec::new(),
        warnings: Vec::new(),
    };
    let Some(reload) = reading.reload(&MAIN) else {
        return (None, None);
    };
    let system = reading.system(reload);
    let own = reading.store(&MAIN, Purpose::MainListener, reload);
    let at = host.and_then(CertificateHost::name);
    let main = reading.main(reload, at);
    let management = reading.management(reload);
    let listeners = match (main, management) {
        (Some(main), Some(management)) => Some(Listeners { main, management }),
        _ => None,
    };
    if let Some(listeners) = &listeners {
        reading.warn(listeners);
    }
    let truststores = system.and(own).map(|()| Truststores {
        trust: reading.trust,
        all: reading.all,
        warnings: reading.warnings,
    });
    (listeners, truststores)
}

/// The truststore alone, for commands that listen to nobody.
pub(super) fn read_truststore(given: &Given, problems: &mut Problems) -> Option<Arc<TrustAnchors>> {
    let mut reading = Reading {
        given,
        problems,
        trust: Trust::default(),
        all: Vec::new(),
        warnings: Vec::new(),
    };
    reading.system(None)?;
    Some(reading.trust.anchors(ShownBy::Proxy))
}

/// The key store that is named, or the main listener's that lies where Keycloak has it.
fn key_store(given: &Given, names: &Names) -> Option<PathBuf> {
    let usual = || {
        let usual = given.surroundings.below_home(KEY_STORE);
        let is_main = names.store.key == HTTPS_KEY_STORE_FILE.key;
        (is_main && usual.is_file()).then_some(usual)
    };
    given.path(names.store).or_else(usual)
}
