//! Certificates: those of `postern pki dev`, and those that nobody should have.

use crate::folder::Folder;
use crate::program;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CrlDistributionPoint,
    DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair,
    KeyUsagePurpose, RevokedCertParams, SanType, SerialNumber,
};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

/// A certificate and its key, in PEM files.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The certificate's file; those between it and the root may follow in it.
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
    /// The certificates between it and its root, its own first; a root has none.
    below_root: String,
}

impl Authority {
    /// A root of this name, with a new key.
    pub fn new(name: &str) -> Self {
        let params = authority(name);
        let key = KeyPair::generate().unwrap();
        Self {
            pem: params.self_signed(&key).unwrap().pem(),
            below_root: String::new(),
            issuer: Issuer::new(params, key),
        }
    }

    /// An authority that this one vouches for.
    pub fn intermediate(&self, name: &str) -> Self {
        let params = authority(name);
        let key = KeyPair::generate().unwrap();
        let pem = params.signed_by(&key, &self.issuer).unwrap().pem();
        Self {
            below_root: pem.clone() + &self.below_root,
            pem,
            issuer: Issuer::new(params, key),
        }
    }

    /// A second certificate of this authority, for the same name and key, which this other one vouches for.
    pub fn also_under(&self, name: &str, other: &Self) -> String {
        let params = authority(name);
        let certificate = params.signed_by(self.issuer.key(), &other.issuer);
        certificate.unwrap().pem()
    }

    /// Its own certificate.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// Its key, for programs that sign by themselves.
    pub fn key_pem(&self) -> String {
        self.issuer.key().serialize_pem()
    }

    /// A server's certificate for `localhost`.
    pub fn server(&self, folder: &Folder) -> Identity {
        self.server_in(folder, "server")
    }

    /// The same, in files of another name.
    pub fn server_in(&self, folder: &Folder, file: &str) -> Identity {
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.distinguished_name = named("localhost");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.sign(&params, folder, file)
    }

    /// A certificate for `NAME@example.com`.
    pub fn person(&self, folder: &Folder, file: &str, name: &str, valid: Valid) -> Identity {
        self.sign(&person(name, valid), folder, file)
    }

    /// The same with this serial number, and the address where the list of the revoked is.
    pub fn person_listed(
        &self,
        folder: &Folder,
        name: &str,
        serial: u64,
        address: &str,
    ) -> Identity {
        let mut params = person(name, Valid::Now);
        params.serial_number = Some(SerialNumber::from(serial));
        params.crl_distribution_points = vec![CrlDistributionPoint {
            uris: vec![address.to_owned()],
        }];
        self.sign(&params, folder, name)
    }

    /// The list, good for a day, on which these serial numbers are. DER.
    pub fn list(&self, number: u64, revoked: &[u64]) -> Vec<u8> {
        const DAY: Duration = Duration::from_secs(86_400);
        let now = SystemTime::now();
        let revoked = revoked.iter().map(|serial| RevokedCertParams {
            serial_number: SerialNumber::from(*serial),
            revocation_time: now.into(),
            reason_code: None,
            invalidity_date: None,
        });
        let params = CertificateRevocationListParams {
            this_update: now.into(),
            next_update: (now + DAY).into(),
            crl_number: SerialNumber::from(number),
            issuing_distribution_point: None,
            revoked_certs: revoked.collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        params.signed_by(&self.issuer).unwrap().der().to_vec()
    }

    fn sign(&self, params: &CertificateParams, folder: &Folder, file: &str) -> Identity {
        let key = KeyPair::generate().unwrap();
        written(folder, file, &self.chain(params, &key), &key)
    }

    /// The certificate that it makes for a key, and all between that and its root.
    pub(crate) fn chain(&self, params: &CertificateParams, key: &KeyPair) -> String {
        params.signed_by(key, &self.issuer).unwrap().pem() + &self.below_root
    }
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = named(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

/// A certificate for `NAME@example.com` that nobody but itself vouches for.
pub fn self_signed(folder: &Folder, file: &str, name: &str) -> Identity {
    let key = KeyPair::generate().unwrap();
    let certificate = person(name, Valid::Now).self_signed(&key).unwrap();
    written(folder, file, &certificate.pem(), &key)
}

pub(crate) fn written(folder: &Folder, file: &str, pem: &str, key: &KeyPair) -> Identity {
    Identity {
        certificate: folder.write(&format!("{file}.pem"), pem),
        key: folder.write(&format!("{file}.key"), key.serialize_pem()),
    }
}

pub(crate) fn person(name: &str, valid: Valid) -> CertificateParams {
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
