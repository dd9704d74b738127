//! Revocation lists and OCSP answers as they come over plain HTTP.

use std::sync::LazyLock;
use x509::{Certificate, OcspAnswer, RevocationList};

static CERTIFICATES: LazyLock<(Certificate, Certificate)> = LazyLock::new(|| {
    let read = |der: &[u8]| {
        Certificate::from_der(der).unwrap_or_else(|error| panic!("of this target: {error}"))
    };
    (
        read(include_bytes!("../../corpus/certificate/rsa")),
        read(include_bytes!("../../corpus/certificate/root")),
    )
});

/// A list: it holds no more than it has bytes for, and what is read twice is the same.
pub(crate) fn list(input: &[u8]) {
    if let Ok(lists) = RevocationList::from_pem_or_der(input) {
        for list in &lists {
            assert!(
                list.len() <= input.len() / 10,
                "an entry has ten bytes at least"
            );
            let _ = (
                list.issuer(),
                list.number(),
                list.base_number(),
                list.kind(),
            );
            let _ = (list.this_update(), list.next_update(), list.counts_until());
            let _ = (
                list.freshest_points(),
                list.authority_key_id(),
                list.bytes(),
            );
            assert!(!list.is_newer_than(list));
        }
    }
}

/// An OCSP answer: nothing is revoked by an answer about somebody else.
pub(crate) fn answer(input: &[u8]) {
    if let Ok(answer) = OcspAnswer::from_der(input) {
        let (certificate, issuer) = &*CERTIFICATES;
        let _ = (answer.produced_at(), answer.next_update());
        let _ = answer.status(certificate, issuer);
    }
}
