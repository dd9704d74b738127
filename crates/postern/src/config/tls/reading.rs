//! The options of TLS, judged one after another so that all that is wrong is told at once.

use super::{
    HTTPS_CLIENT_AUTH_HINTS, Listeners, MAIN, MANAGEMENT, Names, TRUSTSTORE_PATHS, key_store,
};
use crate::config::given::Given;
use crate::config::problem::Problems;
use crate::config::setting::Setting;
use crate::config::{listen, lookup, trusted, values};
use crate::server::tls::material::Part;
use crate::server::tls::{ClientAuth, Material, Settings, Tls, TlsError, suites};
use crate::startup::truststore::{Loaded, Purpose, Source, Truststore};
use authn::Trust;
use rustls::version::{TLS12, TLS13};
use rustls::{SupportedCipherSuite, SupportedProtocolVersion};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub(super) struct Reading<'a> {
    pub given: &'a Given,
    pub problems: &'a mut Problems,
    pub trust: Trust,
    pub all: Vec<(Truststore, Loaded)>,
    pub warnings: Vec<String>,
}

impl Reading<'_> {
    /// How often files are read again; never without. `None` when that is not said properly.
    pub(super) fn reload(&mut self, names: &Names) -> Option<Option<Duration>> {
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
    pub(super) fn system(&mut self, reload: Option<Duration>) -> Option<()> {
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
    pub(super) fn store(
        &mut self,
        names: &Names,
        purpose: Purpose,
        reload: Option<Duration>,
    ) -> Option<()> {
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
    pub(super) fn main(
        &mut self,
        reload: Option<Duration>,
        at: Option<&str>,
    ) -> Option<Option<Tls>> {
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
    pub(super) fn management(&mut self, main_reload: Option<Duration>) -> Option<Option<Tls>> {
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
    pub(super) fn warn(&mut self, listeners: &Listeners) {
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
pub(in crate::config) fn period(given: &Given, told: &Setting) -> Option<Option<Duration>> {
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
