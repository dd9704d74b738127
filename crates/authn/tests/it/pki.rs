//! Certificates made for a test.

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DistinguishedName,
    DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, RevokedCertParams, SanType, SerialNumber, date_time_ymd,
};
use x509::{RevocationList, TrustAnchors};

/// An authority: its certificate as PEM, and what it signs with.
pub struct Authority {
    pub pem: String,
    issuer: Issuer<'static, KeyPair>,
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2027, 1, 1);
    params
}

fn key() -> KeyPair {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap()
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let mut params = params(name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = key();
        Self {
            pem: params.self_signed(&key).unwrap().pem(),
            issuer: Issuer::new(params, key),
        }
    }

    /// An authority that this one vouches for.
    pub fn intermediate(&self, name: &str) -> Self {
        let mut params = params(name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = key();
        Self {
            pem: params.signed_by(&key, &self.issuer).unwrap().pem(),
            issuer: Issuer::new(params, key),
        }
    }

    /// A list on which these serial numbers stand, and the next of which is due at the beginning of this year.
    pub fn list(&self, revoked: &[u64], next: i32) -> RevocationList {
        let at = date_time_ymd(next - 1, 2, 1);
        let list = CertificateRevocationListParams {
            this_update: at,
            next_update: date_time_ymd(next, 1, 1),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: revoked
                .iter()
                .map(|serial| RevokedCertParams {
                    serial_number: SerialNumber::from(*serial),
                    revocation_time: at,
                    reason_code: None,
                    invalidity_date: None,
                })
                .collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let list = list.signed_by(&self.issuer).unwrap();
        RevocationList::from_der(list.der()).unwrap()
    }

    pub fn anchors(&self) -> TrustAnchors {
        let mut anchors = TrustAnchors::default();
        anchors.add_pem(&self.pem).unwrap();
        anchors
    }

    /// A person's certificate as PEM, for the address `{name}@example.com`.
    pub fn issue(&self, name: &str) -> String {
        self.issue_until(name, 2027)
    }

    /// The same with whatever is special about it.
    pub fn issue_with(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> String {
        self.issue_by(name, 2027, change)
    }

    pub fn issue_until(&self, name: &str, year: i32) -> String {
        self.issue_by(name, year, |_| {})
    }

    fn issue_by(
        &self,
        name: &str,
        year: i32,
        change: impl FnOnce(&mut CertificateParams),
    ) -> String {
        let mut params = params(name);
        params.not_after = date_time_ymd(year, 1, 1);
        params.not_before = date_time_ymd(year - 1, 1, 1);
        params.subject_alt_names = vec![SanType::Rfc822Name(
            format!("{name}@example.com").try_into().unwrap(),
        )];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        change(&mut params);
        params.signed_by(&key(), &self.issuer).unwrap().pem()
    }
}
