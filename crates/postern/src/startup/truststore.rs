//! Whose client certificates are accepted: PEM files, key stores, and folders of them.

use crate::keystore::{self, KeyStoreError, Wanted};
use authn::Trust;
use jose::Secret;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use x509::{Certificate, TrustAnchors};

/// Endings of key stores that folders may hold.
const KEY_STORES: &[&str] = &["p12", "pfx", "pkcs12"];
/// Folders in folders, at the most.
const DEPTH: usize = 8;
/// So many certificates are listed in the log.
const MOST_LISTED: usize = 200;
/// More certificates are refused.
const MOST: usize = 10_000;

/// A file or folder that can't be used.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    path: PathBuf,
    reason: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.reason)
    }
}

/// Where a truststore's certificates are.
#[derive(Debug)]
pub(crate) struct Source {
    /// Files and folders that have to be there and to hold certificates. A file may be a key store without a password.
    pub named: Vec<PathBuf>,
    /// A folder that is read when it is there.
    pub folder: Option<PathBuf>,
    /// A file of any form, and its password.
    pub store: Option<(PathBuf, Option<Secret>)>,
}

/// What a truststore is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// For all certificates.
    System,
    /// For those that are shown in handshakes on the main listener.
    MainListener,
    /// For those that are shown on the management listener.
    ManagementListener,
}

/// A truststore that is read again when its files change.
#[derive(Debug)]
pub(crate) struct Truststore {
    purpose: Purpose,
    source: Source,
    reload: Option<Duration>,
    trust: Trust,
}

/// The certificates of a truststore.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    anchors: TrustAnchors,
    listed: Vec<Listed>,
}

/// One of them, for the log.
#[derive(Debug)]
struct Listed {
    is_root: bool,
    alias: String,
    subject: String,
    serial: String,
    not_after: i64,
}

impl Purpose {
    fn name(self) -> &'static str {
        match self {
            Self::System => "truststore",
            Self::MainListener => "truststore of the HTTPS listener",
            Self::ManagementListener => "truststore of the management listener",
        }
    }
}

impl Truststore {
    /// Reads it, and puts it where it counts.
    ///
    /// # Errors
    /// Each file or folder that can't be used.
    pub(crate) fn new(
        purpose: Purpose,
        source: Source,
        reload: Option<Duration>,
        trust: Trust,
    ) -> Result<(Self, Loaded), Vec<Fault>> {
        let loaded = read(&source)?;
        let store = Self {
            purpose,
            source,
            reload,
            trust,
        };
        store.put(&loaded);
        Ok((store, loaded))
    }

    /// Reads it again. One that is broken, or empty now, leaves the old one in place. Whether there is a new one.
    pub(crate) fn renew(&self) -> bool {
        let name = self.purpose.name();
        let before = self.anchors();
        match read(&self.source) {
            Err(faults) => {
                for fault in faults {
                    tracing::warn!("{name}: {fault}; the old one stays");
                }
                false
            }
            Ok(loaded) if loaded.is_empty() && !is_empty(&before) => {
                tracing::warn!("{name}: no certificate is left; the old one stays");
                false
            }
            Ok(loaded) if same(&loaded.anchors, &before) => false,
            Ok(loaded) => {
                tracing::info!("{name}: read anew");
                self.put(&loaded);
                self.tell(&loaded, authn::Clock::system().now().seconds());
                true
            }
        }
    }

    fn anchors(&self) -> std::sync::Arc<TrustAnchors> {
        self.trust.anchors(match self.purpose {
            Purpose::MainListener => edge::ShownBy::Itself,
            Purpose::System | Purpose::ManagementListener => edge::ShownBy::Proxy,
        })
    }

    fn put(&self, loaded: &Loaded) {
        let anchors = loaded.anchors.clone();
        match self.purpose {
            Purpose::MainListener => self.trust.replace_own_listener(anchors),
            Purpose::System | Purpose::ManagementListener => self.trust.replace_system(anchors),
        }
    }

    /// Says who is trusted: one line each, and what is odd.
    pub(crate) fn tell(&self, loaded: &Loaded, now: i64) {
        let name = self.purpose.name();
        let roots = loaded.listed.iter().filter(|listed| listed.is_root).count();
        if !loaded.is_empty() {
            tracing::info!(
                "{name}: {roots} roots and {} intermediates",
                loaded.listed.len() - roots
            );
        }
        for listed in loaded.listed.iter().take(MOST_LISTED) {
            let line = format!(
                "{name}: {listed}{}",
                if listed.not_after < now {
                    " has expired"
                } else {
                    ""
                }
            );
            if listed.not_after < now {
                tracing::warn!("{line}");
            } else {
                tracing::info!("{line}");
            }
        }
        if let Some(more @ 1..) = loaded.listed.len().checked_sub(MOST_LISTED) {
            tracing::info!("{name}: and {more} more");
        }
        if !loaded.is_empty() && roots == 0 {
            tracing::warn!(
                "{name}: there are intermediates and no root, so no certificate will be accepted"
            );
        }
    }

    /// Files and folders to look at for changes.
    pub(crate) fn paths(&self) -> Vec<PathBuf> {
        let source = &self.source;
        let named = source.named.iter().chain(&source.folder).cloned();
        named
            .chain(source.store.iter().map(|(path, _)| path.clone()))
            .collect()
    }

    /// How often it is read again; never without.
    pub(crate) fn reload(&self) -> Option<Duration> {
        self.reload
    }
}

impl Loaded {
    fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }
}

impl fmt::Display for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} (serial {}, until {}, alias {})",
            if self.is_root { "root" } else { "intermediate" },
            self.subject,
            self.serial,
            x509::instant_text(self.not_after),
            self.alias
        )
    }
}

fn is_empty(anchors: &TrustAnchors) -> bool {
    anchors.roots().is_empty() && anchors.intermediates().next().is_none()
}

fn same(one: &TrustAnchors, other: &TrustAnchors) -> bool {
    one.roots() == other.roots() && one.intermediates().eq(other.intermediates())
}

fn read(source: &Source) -> Result<Loaded, Vec<Fault>> {
    let mut reading = Reading::default();
    for path in &source.named {
        if path.is_dir() {
            let before = (reading.loaded.listed.len(), reading.faults.len());
            reading.folder(path, DEPTH);
            if before == (reading.loaded.listed.len(), reading.faults.len()) {
                reading.fault(path, "there is no certificate in the folder".to_owned());
            }
        } else {
            reading.file(path, Place::Named);
        }
    }
    if let Some(folder) = source.folder.as_deref().filter(|path| path.is_dir()) {
        reading.folder(folder, DEPTH);
    }
    if let Some((path, password)) = &source.store {
        let password = password.as_ref();
        let password = password.map(|it| String::from_utf8_lossy(it.expose()).into_owned());
        reading.file(path, Place::Store(password.as_deref()));
    }
    if reading.faults.is_empty() {
        Ok(reading.loaded)
    } else {
        Err(reading.faults)
    }
}

#[derive(Default)]
struct Reading {
    loaded: Loaded,
    faults: Vec<Fault>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place<'a> {
    Named,
    InFolder,
    /// Of any form, and this is its password.
    Store(Option<&'a str>),
}

impl Reading {
    fn fault(&mut self, path: &Path, reason: String) {
        self.faults.push(Fault {
            path: path.to_owned(),
            reason,
        });
    }

    fn folder(&mut self, path: &Path, depth: usize) {
        let entries = match std::fs::read_dir(path) {
            Ok(entries) => entries,
            Err(error) => return self.fault(path, format!("can't be read: {error}")),
        };
        let mut found: Vec<PathBuf> = entries
            .filter_map(Result::ok)
            .map(|entry| entry.path())
            .collect();
        found.sort();
        for path in found {
            // Kubernetes keeps the real files of a mounted secret in folders that begin with two dots.
            let is_hidden = path
                .file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with('.'));
            match path.is_dir() {
                _ if is_hidden => {}
                true if depth > 0 => self.folder(&path, depth - 1),
                true => self.fault(&path, "too many folders in folders".to_owned()),
                false => self.file(&path, Place::InFolder),
            }
        }
    }

    fn file(&mut self, path: &Path, place: Place<'_>) {
        match certificates(path, place) {
            Ok(all) if self.loaded.listed.len() + all.len() > MOST => {
                self.fault(path, format!("more than {MOST} certificates are refused"));
            }
            Ok(all) => all
                .into_iter()
                .for_each(|(alias, certificate)| self.loaded.add(alias, certificate)),
            Err(reason) => self.fault(path, reason),
        }
    }
}

impl Loaded {
    fn add(&mut self, alias: String, certificate: Certificate) {
        let count =
            |anchors: &TrustAnchors| anchors.roots().len() + anchors.intermediates().count();
        let listed = Listed {
            is_root: certificate.is_self_signed(),
            alias,
            subject: certificate.subject(),
            serial: certificate.serial_decimal(),
            not_after: certificate.not_after(),
        };
        let before = count(&self.anchors);
        self.anchors.add(certificate);
        if count(&self.anchors) > before {
            self.listed.push(listed);
        }
    }
}

/// The certificates of a file, by their names.
fn certificates(path: &Path, place: Place<'_>) -> Result<Vec<(String, Certificate)>, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("can't be read: {error}"))?;
    let file_name = path.file_name().unwrap_or_default().to_string_lossy();
    let text = String::from_utf8_lossy(&bytes);
    if text.contains("-----BEGIN ") {
        if place == Place::InFolder && !text.contains("-----BEGIN CERTIFICATE-----") {
            return Ok(Vec::new());
        }
        let all = x509::read_pem(&text, MOST).map_err(|error| error.to_string())?;
        let named = all.into_iter().enumerate();
        return Ok(named
            .map(|(at, certificate)| match at {
                0 => (file_name.to_string(), certificate),
                _ => (format!("{file_name}#{}", at + 1), certificate),
            })
            .collect());
    }
    let ending = path.extension().unwrap_or_default().to_string_lossy();
    let ending = ending.to_ascii_lowercase();
    let password = match place {
        Place::InFolder if !KEY_STORES.contains(&ending.as_str()) => return Ok(Vec::new()),
        Place::InFolder | Place::Named => None,
        Place::Store(password) => password,
    };
    let store = keystore::read(&bytes, password, Wanted::Certificates)
        .map_err(|error| advice(path, place, &error))?;
    if store.certificates.is_empty() {
        return Err("there is no certificate in it".to_owned());
    }
    let read = store.certificates.into_iter().map(|held| {
        let certificate = Certificate::from_der(&held.der);
        let alias = match held.alias.as_str() {
            "" => file_name.to_string(),
            alias => alias.to_owned(),
        };
        certificate
            .map_err(|error| format!("{alias}: {error}"))
            .map(|certificate| (alias.clone(), certificate))
    });
    read.collect()
}

fn advice(path: &Path, place: Place<'_>, error: &KeyStoreError) -> String {
    let path = path.display();
    match (error, place) {
        (KeyStoreError::Format, Place::Store(_)) => {
            "it is neither PEM nor PKCS #12 nor JKS".to_owned()
        }
        (KeyStoreError::Format, _) => "there is no certificate in it".to_owned(),
        (KeyStoreError::NoPassword, Place::Store(_)) => error.to_string(),
        (KeyStoreError::NoPassword, _) => format!(
            "it needs a password, and truststore-paths has none; make a PEM file of it: openssl pkcs12 -in {path} -nokeys -out ca.pem"
        ),
        _ => match error.command(&path.to_string()) {
            Some(command) => format!("{error}; make one that is read: {command}"),
            None => error.to_string(),
        },
    }
}
