//! What the `openssl` program makes: `openssl ca -gencrl`, `openssl ocsp`.

use super::{by_answers, by_lists, outcome};
use std::sync::Arc;
use x509::{
    Certificate, Chain, IdHash, OcspAnswer, OcspRequest, Policy, RevocationList, RevocationPolicy,
    Revocations, Strictness, TrustAnchors, judge,
};

const HARD: Strictness = Strictness::Hard;
const LIST: &[u8] = include_bytes!("../data/revocation/list.pem");
const ROOT: &str = include_str!("../data/revocation/root.pem");
const ALICE: &str = include_str!("../data/revocation/alice.pem");
const BOB: &str = include_str!("../data/revocation/bob.pem");
const CAROL: &str = include_str!("../data/revocation/carol.pem");

fn certificate(pem: &str) -> Certificate {
    (**Chain::from_pem(pem).unwrap().leaf()).clone()
}

fn found(person: &str, revocation: RevocationPolicy, known: Revocations, now: i64) -> String {
    let policy = Policy {
        revocation,
        revocations: Arc::new(known),
        ..Policy::default()
    };
    let anchors = TrustAnchors::new([certificate(ROOT)]);
    outcome(&judge(
        &Chain::from_pem(person).unwrap(),
        &anchors,
        &policy,
        now,
    ))
}

#[test]
fn its_lists_are_read() {
    let read = || RevocationList::from_pem_or_der(LIST).unwrap().remove(0);
    let list = read();
    assert_eq!((list.len(), list.number().as_deref()), (2, Some("5")));
    let root = certificate(ROOT);
    assert_eq!(list.authority_key_id(), root.subject_key_id());
    let now = list.this_update() + 60;
    for (person, expected) in [
        (ALICE, "accepted"),
        (BOB, "CERT-REVOKED"),
        (CAROL, "CERT-REVOKED"),
    ] {
        let known = Revocations::new([Arc::new(read())], []);
        assert_eq!(found(person, by_lists(HARD), known, now), expected);
    }
}

#[test]
fn its_answers_are_read() {
    for (person, der, expected) in [
        (
            ALICE,
            &include_bytes!("../data/revocation/alice-delegate.der")[..],
            "accepted",
        ),
        (
            ALICE,
            include_bytes!("../data/revocation/alice-issuer.der"),
            "accepted",
        ),
        (
            BOB,
            include_bytes!("../data/revocation/bob-delegate.der"),
            "CERT-REVOKED",
        ),
        (
            CAROL,
            include_bytes!("../data/revocation/bob-delegate.der"),
            "CERT-OCSP-MISSING",
        ),
    ] {
        let answer = OcspAnswer::from_der(der).unwrap();
        let next = answer.next_update().unwrap();
        assert_eq!(next - answer.produced_at(), 7 * 86_400);
        let now = answer.produced_at();
        let known = Revocations::new([], [Arc::new(answer)]);
        assert_eq!(found(person, by_answers(HARD), known, now), expected);
    }
}

/// The authority's key is one for PSS alone (`id-RSASSA-PSS`).
#[test]
fn what_a_key_for_pss_alone_signed_counts() {
    const ROOT: &str = include_str!("../data/revocation/pss-root.pem");
    const ALICE: &str = include_str!("../data/revocation/pss-alice.pem");
    const BOB: &str = include_str!("../data/revocation/pss-bob.pem");
    let found = |person: &str, policy, known, now| {
        let policy = Policy {
            revocation: policy,
            revocations: Arc::new(known),
            ..Policy::default()
        };
        let anchors = TrustAnchors::new([certificate(ROOT)]);
        let chain = Chain::from_pem(person).unwrap();
        outcome(&judge(&chain, &anchors, &policy, now))
    };
    let list = include_bytes!("../data/revocation/pss-list.pem");
    for (person, der, expected) in [
        (
            ALICE,
            &include_bytes!("../data/revocation/pss-alice.ocsp-answer")[..],
            "accepted",
        ),
        (
            BOB,
            include_bytes!("../data/revocation/pss-bob.ocsp-answer"),
            "CERT-REVOKED",
        ),
    ] {
        let answer = OcspAnswer::from_der(der).unwrap();
        let now = answer.produced_at() + 60;
        let known = Revocations::new([], [Arc::new(answer)]);
        assert_eq!(found(person, by_answers(HARD), known, now), expected);
        let list = RevocationList::from_pem_or_der(list).unwrap().remove(0);
        let known = Revocations::new([Arc::new(list)], []);
        assert_eq!(found(person, by_lists(HARD), known, now), expected);
    }
}

#[test]
fn a_request_is_what_openssl_sends() {
    let (alice, root) = (certificate(ALICE), certificate(ROOT));
    let request = OcspRequest::new(&alice, &root, IdHash::Sha1).unwrap();
    let openssl = include_bytes!("../data/revocation/alice.ocsp-request");
    assert_eq!(request.der(), openssl);
}

#[test]
fn a_responder_that_gives_no_answer_says_why() {
    // OCSPResponse with responseStatus unauthorized alone.
    let refused = OcspAnswer::from_der(&[0x30, 3, 0x0a, 1, 6]).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the responder gave no answer: unauthorized"
    );
}

#[test]
fn a_certificate_says_where_to_ask() {
    let alice = certificate(ALICE);
    assert_eq!(
        alice.distribution_points(),
        [
            "http://crl.example.com/root.crl",
            "HTTPS://crl.example.com/second.crl"
        ]
    );
    assert_eq!(alice.ocsp_responders(), ["http://ocsp.example.com/"]);
    assert!(alice.freshest_points().is_empty());
    let root = certificate(ROOT);
    assert!(root.distribution_points().is_empty() && root.ocsp_responders().is_empty());
}
