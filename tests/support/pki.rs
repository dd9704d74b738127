//! Certificates: those of `postern pki dev`, and those that nobody should have.

use crate::folder::Folder;
use crate::program;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, SanType,
};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

/// A certificate and its key, in PEM files.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The certificate's file.
    pub certificate: PathBuf,
    /// The key's file.
    pub key: PathBuf,
}

impl Identity {
    /// The files `NAME.pem` and `NAME.key` of a folder.
    pub fn of(folder: &Path, name: &str) -> Self {
        Self {
            certificate: folder.join(format!("{name}.pem")),
            key: folder.join(format!("{name}.key")),
        }
    }

    /// The certificate as text.
    pub fn pem(&self) -> String {
        std::fs::read_to_string(&self.certificate).unwrap()
    }

    /// As nginx puts it into a header: `$ssl_client_escaped_cert`.
    pub fn escaped(&self) -> String {
        percent_encoding::utf8_percent_encode(&self.pem(), percent_encoding::NON_ALPHANUMERIC)
            .to_string()
    }
}

/// What `postern pki dev` makes, in the folder `pki` of this one: `root.pem`, `ca-bundle.pem`, `server.pem`, `alice.pem`, ….
pub fn dev(folder: &Folder) -> PathBuf {
    let pki = folder.at("pki");
    let made = Command::new(program::postern())
        .args(["pki", "dev"])
        .arg(&pki)
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    pki
}

/// When a certificate is valid.
#[derive(Clone, Copy)]
pub enum Valid {
    /// Since yesterday, for a month.
    Now,
    /// Until yesterday.
    Past,
    /// From tomorrow on.
    Later,
}

/// An authority of a test's own.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    /// A root of this name, with a new key.
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name = named(name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().unwrap();
        Self {
            pem: params.self_signed(&key).unwrap().pem(),
            issuer: Issuer::new(params, key),
        }
    }

    /// Its own certificate.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// A server's certificate for `localhost`.
    pub fn server(&self, folder: &Folder) -> Identity {
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.distinguished_name = named("localhost");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.sign(&params, folder, "server")
    }

    /// A certificate for `NAME@example.com`.
    pub fn person(&self, folder: &Folder, file: &str, name: &str, valid: Valid) -> Identity {
        self.sign(&person(name, valid), folder, file)
    }

    fn sign(&self, params: &CertificateParams, folder: &Folder, file: &str) -> Identity {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        written(folder, file, &certificate.pem(), &key)
    }
}

/// A certificate for `NAME@example.com` that nobody but itself vouches for.
pub fn self_signed(folder: &Folder, file: &str, name: &str) -> Identity {
    let key = KeyPair::generate().unwrap();
    let certificate = person(name, Valid::Now).self_signed(&key).unwrap();
    written(folder, file, &certificate.pem(), &key)
}

fn written(folder: &Folder, file: &str, pem: &str, key: &KeyPair) -> Identity {
    Identity {
        certificate: folder.write(&format!("{file}.pem"), pem),
        key: folder.write(&format!("{file}.key"), key.serialize_pem()),
    }
}

fn person(name: &str, valid: Valid) -> CertificateParams {
    const DAY: Duration = Duration::from_secs(86_400);
    let now = SystemTime::now();
    let mut params = CertificateParams::default();
    params.distinguished_name = named(name);
    params.subject_alt_names = vec![SanType::Rfc822Name(
        format!("{name}@example.com").try_into().unwrap(),
    )];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let (from, to) = match valid {
        Valid::Now => (now - DAY, now + 30 * DAY),
        Valid::Past => (now - 30 * DAY, now - DAY),
        Valid::Later => (now + DAY, now + 30 * DAY),
    };
    (params.not_before, params.not_after) = (from.into(), to.into());
    params
}

fn named(name: &str) -> DistinguishedName {
    let mut names = DistinguishedName::new();
    names.push(DnType::CommonName, name);
    names
}
