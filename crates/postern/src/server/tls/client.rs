//! Certificates that clients show in the handshake.
//!
//! That a client holds its certificate's key is proven here, by the keys that our own reader finds: it also reads what the TLS library
//! refuses, such as version 1. Whether the certificate is any good is only asked where one is required; else it is judged where it is used.

use super::ClientAuth;
use crate::keystore::der::{BIT_STRING, Elements, SEQUENCE};
use authn::Trust;
use edge::{Seldom, ShownBy, TlsClient};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls13_signature_with_raw_key};
use rustls::pki_types::{CertificateDer, SubjectPublicKeyInfoDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, RootCertStore,
    SignatureScheme,
};
use std::sync::Arc;
use x509::{Certificate, Chain, Policy, Rejection, TrustAnchors};

/// More names are not sent to clients: many give up on them.
const MOST_HINTED: usize = 32 * 1024;

tokio::task_local! {
    /// Whose handshake it is, for the log.
    pub(super) static PEER: String;
}

/// What is asked of clients, and how it is checked.
#[derive(Debug)]
pub(super) struct Clients {
    asks: ClientAuth,
    trust: Trust,
    hints: Vec<DistinguishedName>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Clients {
    pub(super) fn new(
        asks: ClientAuth,
        trust: Trust,
        hints: Vec<DistinguishedName>,
        algorithms: WebPkiSupportedAlgorithms,
    ) -> Self {
        Self {
            asks,
            trust,
            hints,
            algorithms,
        }
    }

    fn judge(&self, ders: &[&CertificateDer<'_>], now: UnixTime) -> Result<(), Error> {
        let chain = Chain::from_ders(ders.iter().map(|der| der.as_ref())).map_err(|error| {
            refused(error.code(), &error.to_string());
            CertificateError::BadEncoding
        })?;
        let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        let anchors = self.trust.anchors(ShownBy::Itself);
        let judgement = x509::judge(&chain, &anchors, &Policy::default(), now);
        match judgement.outcome {
            Ok(_) => Ok(()),
            Err(rejection) => {
                let text = format!("{}: {rejection}", chain.leaf().subject());
                refused(rejection.code(), &text);
                Err(alert(&rejection).into())
            }
        }
    }
}

impl ClientCertVerifier for Clients {
    fn client_auth_mandatory(&self) -> bool {
        self.asks == ClientAuth::Require
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.hints
    }

    fn verify_client_cert(
        &self,
        leaf: &CertificateDer<'_>,
        rest: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        read(leaf)?;
        if self.asks == ClientAuth::Require {
            let ders: Vec<_> = std::iter::once(leaf).chain(rest).collect();
            self.judge(&ders, now)?;
        }
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let certificate = read(leaf)?;
        let mut known = self.algorithms.mapping.iter();
        let (_, fitting) = known
            .find(|(scheme, _)| *scheme == signed.scheme)
            .ok_or(CertificateError::BadSignature)?;
        let (algorithm, key) =
            parts(certificate.public_key_der()).ok_or(CertificateError::BadEncoding)?;
        let is_right = fitting.iter().any(|fit| {
            fit.public_key_alg_id().as_ref() == algorithm
                && fit
                    .verify_signature(key, message, signed.signature())
                    .is_ok()
        });
        if is_right {
            Ok(HandshakeSignatureValid::assertion())
        } else {
            Err(not_proven(&certificate))
        }
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let certificate = read(leaf)?;
        let key = SubjectPublicKeyInfoDer::from(certificate.public_key_der());
        verify_tls13_signature_with_raw_key(message, &key, signed, &self.algorithms)
            .map_err(|_| not_proven(&certificate))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// What a connection's certificates are, once its handshake is done.
pub(super) fn shown(ders: Option<&[CertificateDer<'_>]>) -> TlsClient {
    match ders {
        None | Some([]) => TlsClient::Anonymous,
        Some(ders) => match Chain::from_ders(ders.iter().map(AsRef::as_ref)) {
            Ok(chain) => TlsClient::Certificate(Arc::new(chain)),
            Err(error) => TlsClient::Unreadable(error.to_string()),
        },
    }
}

/// Whether a handshake failed for want of a certificate.
pub(super) fn is_missing(error: &std::io::Error) -> bool {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref());
    matches!(cause, Some(Error::NoCertificatesPresented))
}

/// Names of authorities that clients choose their certificates by. None, so that clients show all that they have, when there are too many.
pub(super) fn hints(anchors: &TrustAnchors) -> Vec<DistinguishedName> {
    let mut store = RootCertStore::empty();
    let all = anchors.roots().iter().chain(anchors.intermediates());
    let all = all.map(|certificate| CertificateDer::from(certificate.der()));
    store.add_parsable_certificates(all);
    let mut names = store.subjects();
    names.sort_by(|one, other| one.as_ref().cmp(other.as_ref()));
    names.dedup_by(|one, other| one.as_ref() == other.as_ref());
    let size: usize = names.iter().map(|name| name.as_ref().len() + 2).sum();
    if size > MOST_HINTED {
        tracing::warn!(
            "the names of all authorities are more than 32 KiB: clients are not told which certificates are accepted"
        );
        return Vec::new();
    }
    names
}

fn read(leaf: &CertificateDer<'_>) -> Result<Certificate, Error> {
    Certificate::from_der(leaf).map_err(|error| {
        refused("CERT-MALFORMED", &error.to_string());
        CertificateError::BadEncoding.into()
    })
}

fn not_proven(certificate: &Certificate) -> Error {
    let text = format!(
        "{}: the client did not prove that it holds the key, or the key is too weak",
        certificate.subject()
    );
    refused("TLS-CLIENT-KEY", &text);
    CertificateError::BadSignature.into()
}

/// Algorithm and key of a `SubjectPublicKeyInfo`.
fn parts(info: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut info = Elements::of(info).enter(SEQUENCE)?;
    let algorithm = info.take(SEQUENCE)?;
    let key = info.take(BIT_STRING)?.strip_prefix(&[0])?;
    Some((algorithm, key))
}

/// The alert that says it best (RFC 8446 §6.2).
fn alert(rejection: &Rejection) -> CertificateError {
    match rejection {
        Rejection::NoAnchors
        | Rejection::NoPath { .. }
        | Rejection::SelfSigned
        | Rejection::UntrustedRoot(_) => CertificateError::UnknownIssuer,
        Rejection::Signature { .. } => CertificateError::BadSignature,
        Rejection::Expired { .. } => CertificateError::Expired,
        Rejection::NotYetValid { .. } => CertificateError::NotValidYet,
        Rejection::KeyUsage(_) | Rejection::ExtendedKeyUsage { .. } | Rejection::CaAsLeaf => {
            CertificateError::InvalidPurpose
        }
        _ => CertificateError::ApplicationVerificationFailure,
    }
}

fn refused(code: &str, reason: &str) {
    static TOLD: Seldom = Seldom::new();
    let reason = plain(reason);
    let peer = PEER.try_with(String::clone).unwrap_or_default();
    TOLD.tell(|unsaid| {
        tracing::warn!(%peer, code, unsaid, "a client certificate was refused in the handshake: {reason}");
    });
}

/// What a stranger's certificate says, fit for a line of the log.
fn plain(text: &str) -> String {
    let letters = text.chars().take(1024);
    letters
        .map(|letter| {
            if letter.is_control() {
                '\u{fffd}'
            } else {
                letter
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_strangers_stay_in_their_line() {
        assert_eq!(
            plain("CN=Zoë\nERROR \u{1b}[31m: x"),
            "CN=Zoë\u{fffd}ERROR \u{fffd}[31m: x"
        );
        assert_eq!(plain(&"a".repeat(70_000)).len(), 1024);
    }

    #[test]
    fn many_authorities_are_not_named() {
        let made = |count: usize| {
            let names = (0..count).map(|number| {
                let name = format!("{number} {}", "n".repeat(56));
                let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
                params
                    .distinguished_name
                    .push(rcgen::DnType::CommonName, name);
                let key = rcgen::KeyPair::generate().unwrap();
                Certificate::from_der(params.self_signed(&key).unwrap().der()).unwrap()
            });
            TrustAnchors::new(names)
        };
        assert_eq!(hints(&made(3)).len(), 3);
        assert_eq!(hints(&made(450)).len(), 0);
        assert_eq!(hints(&TrustAnchors::default()).len(), 0);
    }
}
