//! What our own TLS listeners show and ask for, and whose certificates are accepted.

use super::given::Given;
use super::problem::Problems;
use super::setting::Default::{Always, Nothing};
use super::setting::{Kind, Setting, settings};
use super::{listen, lookup, trusted, values};
use crate::server::tls::material::Part;
use crate::server::tls::{ClientAuth, Material, Settings, Tls, TlsError, suites};
use crate::startup::truststore::{Loaded, Purpose, Source, Truststore};
use authn::{CertificateHost, Trust};
use edge::ShownBy;
use rustls::version::{TLS12, TLS13};
use rustls::{SupportedCipherSuite, SupportedProtocolVersion};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
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

struct Reading<'a> {
    given: &'a Given,
    problems: &'a mut Problems,
    trust: Trust,
    all: Vec<(Truststore, Loaded)>,
    warnings: Vec<String>,
}

impl Reading<'_> {
    /// How often files are read again; never without. `None` when that is not said properly.
    fn reload(&mut self, names: &Names) -> Option<Option<Duration>> {
        let told = if self.given.is_set(names.reload) {
            names.reload
        } else {
            MAIN.reload
        };
        let reload = period(self.given, told);
        if reload.is_none() {
            self.problems.add(
                self.given.written(told),
                "is neither a duration of more than 30s nor -1",
                self.given.rewritten(told, "1h"),
            );
        }
        reload
    }

    /// The truststore for everybody.
    fn system(&mut self, reload: Option<Duration>) -> Option<()> {
        let source = Source {
            named: self
                .given
                .list(&TRUSTSTORE_PATHS)
                .map(PathBuf::from)
                .collect(),
            folder: Some(self.given.surroundings.below_home("conf/truststores")),
            store: None,
        };
        self.truststore(
            &TRUSTSTORE_PATHS,
            Purpose::System,
            source,
            reload,
            "name files with certificates, PEM or PKCS #12, or folders with nothing else in them",
        )
    }

    /// A listener's own truststore, if it has one.
    fn store(&mut self, names: &Names, purpose: Purpose, reload: Option<Duration>) -> Option<()> {
        let Some(path) = self.given.path(names.trust) else {
            return Some(());
        };
        let source = Source {
            named: Vec::new(),
            folder: None,
            store: Some((path, self.given.secret(names.trust_password))),
        };
        let remedy = format!(
            "name a file with certificates, PEM, PKCS #12 or JKS, and its password in --{}",
            names.trust_password.key
        );
        self.truststore(names.trust, purpose, source, reload, &remedy)
    }

    fn truststore(
        &mut self,
        setting: &Setting,
        purpose: Purpose,
        source: Source,
        reload: Option<Duration>,
        remedy: &str,
    ) -> Option<()> {
        match Truststore::new(purpose, source, reload, self.trust.clone()) {
            Ok(read) => {
                self.all.push(read);
                Some(())
            }
            Err(faults) => {
                for fault in faults {
                    let option = self.given.written(setting);
                    self.problems.add(option, fault.to_string(), remedy);
                }
                None
            }
        }
    }

    /// What the main listener shows; nothing when nothing is given.
    fn main(&mut self, reload: Option<Duration>, at: Option<&str>) -> Option<Option<Tls>> {
        let Some(material) = self.material(&MAIN)? else {
            return Some(None);
        };
        let mut settings = self.settings(&MAIN, material, reload, self.trust.clone())?;
        // Proxies that are known by their certificates are asked at whatever name they use.
        let at = at.filter(|_| !trusted::is_by_certificate(self.given));
        if settings.clients == ClientAuth::Request {
            settings.at = at.map(Arc::from);
        }
        self.tls(&MAIN, settings).map(Some)
    }

    /// What the management listener shows: its own, or what the main listener shows, without asking for certificates unless it is told to.
    fn management(&mut self, main_reload: Option<Duration>) -> Option<Option<Tls>> {
        let given = self.given;
        if given.text(&listen::HTTP_MANAGEMENT_SCHEME) != Some("inherited") {
            return Some(None);
        }
        let material = match self.material(&MANAGEMENT)? {
            Some(own) => own,
            None => match self.material(&MAIN)? {
                Some(main) => main,
                None => return Some(None),
            },
        };
        let reload = if given.is_set(MANAGEMENT.reload) {
            self.reload(&MANAGEMENT)?
        } else {
            main_reload
        };
        let trust = if given.is_set(MANAGEMENT.trust) {
            let main = std::mem::take(&mut self.trust);
            let read = self.store(&MANAGEMENT, Purpose::ManagementListener, reload);
            let own = std::mem::replace(&mut self.trust, main);
            read?;
            own
        } else {
            self.trust.clone()
        };
        let settings = self.settings(&MANAGEMENT, material, reload, trust)?;
        self.tls(&MANAGEMENT, settings).map(Some)
    }

    /// Where a listener's certificate and key are, if it has any of its own.
    fn material(&mut self, names: &Names) -> Option<Option<Material>> {
        let given = self.given;
        let pem = match (given.path(names.certificate), given.path(names.key)) {
            (None, None) => None,
            (Some(certificate), Some(key)) => Some(Material::Pem { certificate, key }),
            (certificate, _) => {
                let (there, missing) = if certificate.is_some() {
                    (names.certificate, names.key)
                } else {
                    (names.key, names.certificate)
                };
                self.problems.add(
                    given.written(missing),
                    format!("{} is given without it", there.key),
                    given.source(there).rewritten(missing.key, "FILE"),
                );
                return None;
            }
        };
        if pem.is_some() && given.is_set(names.store) {
            self.problems.add(
                given.written(names.store),
                format!("{} is given too", names.certificate.key),
                "leave one of the two out",
            );
            return None;
        }
        let store = || {
            Some(Material::Store {
                file: key_store(given, names)?,
                password: given.secret(names.store_password)?,
                alias: given.text(names.store_alias).map(str::to_owned),
            })
        };
        Some(pem.or_else(store))
    }

    fn settings(
        &mut self,
        names: &Names,
        material: Material,
        reload: Option<Duration>,
        trust: Trust,
    ) -> Option<Settings> {
        let given = self.given;
        let clients = match given.text(names.clients) {
            Some("request") => ClientAuth::Request,
            Some("required") => ClientAuth::Require,
            _ => ClientAuth::Nothing,
        };
        Some(Settings {
            reload,
            protocols: self.protocols(names)?,
            suites: self.suites(names)?,
            clients,
            at: None,
            hints: given.switch(&HTTPS_CLIENT_AUTH_HINTS),
            trust,
            material,
        })
    }

    fn tls(&mut self, names: &Names, settings: Settings) -> Option<Tls> {
        let given = self.given;
        match Tls::new(settings) {
            Ok(tls) => Some(tls),
            Err(TlsError::Spoken(error)) => {
                self.problems.add(
                    given.written(names.suites),
                    format!("TLS can't be spoken: {error}"),
                    format!("name suites of the versions in {}", names.protocols.key),
                );
                None
            }
            Err(TlsError::Material(error)) => {
                // What was taken from the main listener is the main listener's fault.
                let names = if [names.certificate, names.store]
                    .iter()
                    .any(|it| given.is_set(it))
                {
                    names
                } else {
                    &MAIN
                };
                let setting = match error.part() {
                    Part::Certificate => names.certificate,
                    Part::Key if key_store(given, names).is_none() => names.key,
                    Part::Key | Part::Store => names.store,
                    Part::Password => names.store_password,
                    Part::Alias => names.store_alias,
                };
                let remedy = error.remedy(names.store_alias.key);
                self.problems
                    .add(given.written(setting), error.to_string(), remedy);
                None
            }
        }
    }

    fn protocols(&mut self, names: &Names) -> Option<Vec<&'static SupportedProtocolVersion>> {
        let told = own_or(self.given, names.protocols, MAIN.protocols);
        let wanted: Vec<&str> = self.given.list(told).collect();
        let versions = [("TLSv1.3", &TLS13), ("TLSv1.2", &TLS12)];
        let chosen: Vec<_> = versions
            .into_iter()
            .filter(|(name, _)| wanted.contains(name))
            .map(|(_, version)| version)
            .collect();
        if chosen.is_empty() {
            self.problems.add(
                self.given.written(told),
                "names no version of TLS",
                self.given.rewritten(told, "TLSv1.3,TLSv1.2"),
            );
            return None;
        }
        let suites = self.suites(names)?;
        for (name, version) in versions {
            if wanted.contains(&name) && !suites::serve(&suites, version) {
                let option = own_or(self.given, names.suites, MAIN.suites).key;
                self.warnings.push(format!(
                    "{name} will not be spoken: {option} names none of its suites"
                ));
            }
        }
        Some(chosen)
    }

    fn suites(&mut self, names: &Names) -> Option<Vec<SupportedCipherSuite>> {
        let told = own_or(self.given, names.suites, MAIN.suites);
        if !self.given.is_set(told) {
            return Some(suites::all());
        }
        let mut chosen = Vec::new();
        for name in self.given.list(told) {
            match suites::named(name) {
                Some(suite) => chosen.push(suite),
                None => {
                    self.problems.add(
                        self.given.written(told),
                        format!("{name:?} is no suite that is served"),
                        format!("name some of {}", suites::names().join(", ")),
                    );
                    return None;
                }
            }
        }
        Some(chosen)
    }

    /// What is allowed and likely to be a mistake.
    fn warn(&mut self, listeners: &Listeners) {
        let given = self.given;
        let asks = |tls: &Option<Tls>| {
            tls.as_ref()
                .is_some_and(|tls| tls.clients() != ClientAuth::Nothing)
        };
        let asks_main = asks(&listeners.main);
        let mut warn = |text: &str| self.warnings.push(text.to_owned());
        if asks_main && !given.is_set(MAIN.trust) {
            warn(
                "https-client-auth asks for certificates and https-trust-store-file is not set: truststore-paths and conf/truststores say which are accepted",
            );
        }
        let lacks_roots = |shown_by| self.trust.anchors(shown_by).roots().is_empty();
        if lookup::reads_headers(given) && lacks_roots(edge::ShownBy::Proxy) {
            warn("no client certificate will be accepted: truststore-paths names no root");
        }
        if asks_main && lacks_roots(edge::ShownBy::Itself) {
            warn(
                "no client certificate will be accepted on the HTTPS listener: neither https-trust-store-file nor truststore-paths names a root",
            );
        }
        for (names, asks) in [
            (&MAIN, asks_main),
            (&MANAGEMENT, asks(&listeners.management)),
        ] {
            if given.is_set(names.trust) && !asks {
                let (trust, clients) = (names.trust.key, names.clients.key);
                warn(&format!(
                    "{trust} has no effect: {clients} asks for no certificates"
                ));
            }
        }
        let wants = given.text(MAIN.clients) != Some("none");
        if wants && listeners.main.is_none() {
            warn("https-client-auth has no effect: there is no certificate for HTTPS");
        }
        for names in [&MAIN, &MANAGEMENT] {
            for (kind, file) in [
                (names.store_type, names.store),
                (names.trust_type, names.trust),
            ] {
                if given.is_set(kind) && !given.is_set(file) {
                    warn(&format!("{} has no effect without {}", kind.key, file.key));
                }
            }
        }
    }
}

/// How often files are read again; never without. `None` when that is not said properly.
pub(super) fn period(given: &Given, told: &Setting) -> Option<Option<Duration>> {
    match given.text(told)? {
        "-1" => Some(None),
        text => values::duration(text)
            .filter(|period| *period > Duration::from_secs(30))
            .map(Some),
    }
}

/// A listener's own option when it is set, or the main listener's.
fn own_or(given: &Given, own: &'static Setting, main: &'static Setting) -> &'static Setting {
    if given.is_set(own) { own } else { main }
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
