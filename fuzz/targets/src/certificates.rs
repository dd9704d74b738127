//! Certificates as browsers and proxies send them.

use x509::{Certificate, Chain, IdentitySource, Policy, TrustAnchors, judge};

/// 2026-01-01: inside the validity of the certificates in the corpus.
const NOW: i64 = 1_767_225_600;

/// DER: whatever is read is asked everything, and never leads to a root that nobody trusts.
pub(crate) fn certificate(input: &[u8]) {
    let Ok(read) = Certificate::from_der(input) else {
        return;
    };
    assert_eq!(read.der(), input, "what is kept is what came");
    ask(&read);
    let again = Certificate::from_der(read.der());
    assert_eq!(again.as_ref(), Ok(&read), "reading twice gives the same");
    let Ok(chain) = Chain::new(vec![read.clone()]) else {
        panic!("one certificate is a chain");
    };
    let nobody = TrustAnchors::default();
    assert!(
        judge(&chain, &nobody, &Policy::default(), NOW)
            .outcome
            .is_err()
    );
    // Its own anchor: every rule is applied, whatever comes of it.
    let itself = TrustAnchors::new([read]);
    let _ = judge(&chain, &itself, &Policy::default(), NOW);
}

/// PEM: as many certificates as there are blocks, and each is one that DER gives.
pub(crate) fn pem_chain(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let Ok(chain) = Chain::from_pem(text) else {
        return;
    };
    let all = std::iter::once(chain.leaf()).chain(chain.rest());
    for certificate in all {
        assert_eq!(
            Certificate::from_der(certificate.der()).as_ref(),
            Ok(&**certificate)
        );
    }
    let anchors = TrustAnchors::new(chain.rest().iter().map(|one| (**one).clone()));
    let judgement = judge(&chain, &anchors, &Policy::default(), NOW);
    if let Ok(verified) = judgement.outcome {
        let root = verified.path().last();
        let is_anchor = |der| anchors.roots().iter().any(|known| known.der() == der);
        assert!(
            root.is_some_and(|root| is_anchor(root.der())),
            "a path ends at an anchor"
        );
    }
}

fn ask(certificate: &Certificate) {
    let _ = (
        certificate.subject(),
        certificate.issuer(),
        certificate.common_name(),
        certificate.subject_email(),
        certificate.names(),
        certificate.serial_decimal(),
        certificate.serial_hex(),
        certificate.key_usages(),
        certificate.thumbprint_hex(),
        certificate.pem(),
        certificate.is_self_signed(),
        certificate.is_authority(),
    );
    for source in [
        "Match SubjectDN using regular expression",
        "Subject's Common Name",
        "Subject's Alternative Name E-mail",
        "Subject's Alternative Name otherName (UPN)",
        "Certificate Serial Number and IssuerDN",
        "SHA-256 Thumbprint",
        "Full Certificate in PEM format",
    ] {
        for hexadecimal in [false, true] {
            let source = IdentitySource::from_config(source, "(.*?)(?:$)", true, hexadecimal);
            if let Ok(source) = source {
                let _ = source.extract(certificate);
            }
        }
    }
}
