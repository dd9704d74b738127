//! Certificates made for a test.

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, SanType, date_time_ymd,
};
use x509::{Certificate, Chain, Policy, TrustAnchors, judge};

/// 2026-06-01.
pub const NOW: i64 = 1_780_272_000;

pub struct Party {
    pub certificate: Certificate,
    pub issuer: Issuer<'static, KeyPair>,
}

pub fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2027, 1, 1);
    params.use_authority_key_identifier_extension = true;
    params
}

pub fn authority(name: &str) -> CertificateParams {
    let mut params = params(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

pub fn person(name: &str) -> CertificateParams {
    let mut params = params(name);
    params.subject_alt_names = vec![SanType::Rfc822Name(
        format!("{name}@example.com").try_into().unwrap(),
    )];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params
}

pub fn key() -> KeyPair {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap()
}

pub fn root(params: CertificateParams) -> Party {
    let key = key();
    let certificate = Certificate::from_der(params.self_signed(&key).unwrap().der()).unwrap();
    Party {
        certificate,
        issuer: Issuer::new(params, key),
    }
}

impl Party {
    pub fn issue(&self, params: CertificateParams) -> Party {
        self.issue_with(params, key())
    }

    pub fn issue_with(&self, params: CertificateParams, key: KeyPair) -> Party {
        let certificate =
            Certificate::from_der(params.signed_by(&key, &self.issuer).unwrap().der()).unwrap();
        Party {
            certificate,
            issuer: Issuer::new(params, key),
        }
    }
}

pub fn anchors(certificates: &[&Party]) -> TrustAnchors {
    TrustAnchors::new(certificates.iter().map(|party| party.certificate.clone()))
}

pub fn chain(certificates: &[&Party]) -> Chain {
    Chain::new(
        certificates
            .iter()
            .map(|party| party.certificate.clone())
            .collect(),
    )
    .unwrap()
}

pub fn code(chain: &Chain, anchors: &TrustAnchors) -> &'static str {
    judge(chain, anchors, &Policy::default(), NOW)
        .outcome
        .map_or_else(|rejection| rejection.code(), |_| "accepted")
}
