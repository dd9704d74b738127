//! What somebody may try: bytes that were changed, and much to do.

use super::made::{List, entry, of_issuer, of_point, reason, serial, tlv};
use super::{SOFT, by_lists, lists, outcome, whole_path};
use crate::made::{NOW, Party, anchors, authority, chain, key, person, root};
use rcgen::{BasicConstraints, IsCa, KeyPair, KeyUsagePurpose, SerialNumber};
use std::sync::Arc;
use x509::{
    Certificate, OcspAnswer, OcspStatus, Policy, RevocationList, Strictness, TrustAnchors,
    Unreadable, judge,
};

const HARD: Strictness = Strictness::Hard;

#[test]
fn no_byte_of_a_list_can_be_changed() {
    let root = root(authority("root"));
    let anchors = anchors(&[&root]);
    let der = List::of("root")
        .with(of_point(&[&tlv(0x84, &[0xff])]))
        .listing(&[7], &[reason(1)])
        .listing(&[8], &[of_issuer("other")])
        .by(&root);
    let is_genuine = |der: &[u8]| {
        RevocationList::from_der(der).is_ok_and(|list| list.verify(&anchors, NOW).is_ok())
    };
    assert!(is_genuine(&der));
    for at in 0..der.len() {
        for bit in 0..8 {
            let mut changed = der.clone();
            changed[at] ^= 1 << bit;
            assert!(!is_genuine(&changed), "bit {bit} of byte {at}");
        }
        assert!(!is_genuine(&der[..at]), "cut at {at}");
    }
}

#[test]
fn nothing_that_a_responder_signed_can_be_changed() {
    let der = include_bytes!("../data/revocation/bob-delegate.der");
    let read = |pem: &str| {
        let chain = x509::Chain::from_pem(pem).unwrap();
        (**chain.leaf()).clone()
    };
    let bob: Certificate = read(include_str!("../data/revocation/bob.pem"));
    let root: Certificate = read(include_str!("../data/revocation/root.pem"));
    let now = OcspAnswer::from_der(der).unwrap().produced_at();
    let told = |der: &[u8]| {
        let answer = OcspAnswer::from_der(der).ok()?;
        answer.verify(&bob, &root, None, now).ok()?;
        answer.status(&bob, &root)
    };
    let truth = told(der);
    assert!(matches!(truth, Some(OcspStatus::Revoked(_))));
    for at in 0..der.len() {
        for bit in 0..8 {
            let mut changed = der.to_vec();
            changed[at] ^= 1 << bit;
            let told = told(&changed);
            assert!(told.is_none() || told == truth, "bit {bit} of byte {at}");
        }
        assert!(told(&der[..at]).is_none(), "cut at {at}");
    }
}

#[test]
fn too_much_to_do_is_never_passed_softly() {
    let root = root(authority("root"));
    let mut params = person("alice");
    params.serial_number = Some(SerialNumber::from(vec![7]));
    let alice = root.issue(params);
    let stranger = key();
    let mut known: Vec<Vec<u8>> = (10..100)
        .map(|number| List::of("root").numbered(number).signed(&stranger))
        .collect();
    known.push(List::of("root").listing(&[7], &[]).by(&root));
    let policy = Policy {
        revocation: by_lists(SOFT),
        revocations: Arc::new(lists(&known)),
        ..Policy::default()
    };
    let judgement = judge(&chain(&[&alice]), &anchors(&[&root]), &policy, NOW);
    assert_eq!(outcome(&judgement), "CERT-REVOCATION-TOO-MUCH-WORK");
}

/// An authority of this name, with a key that others know too.
fn with_key(above: &Party, name: &str, key: &KeyPair) -> Party {
    let mut params = authority(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::from_pem(&key.serialize_pem()).unwrap();
    above.issue_with(params, key)
}

#[test]
fn a_revoked_authority_is_gone_around_and_a_revoked_person_is_not() {
    let (one, other) = (root(authority("one")), root(authority("other")));
    let shared = key();
    let (by_one, by_other) = (
        with_key(&one, "middle", &shared),
        with_key(&other, "middle", &shared),
    );
    let alice = by_one.issue(person("alice"));
    let judged = |anchors: &TrustAnchors, known: &[Vec<u8>]| {
        let policy = Policy {
            revocation: whole_path(SOFT),
            revocations: Arc::new(lists(known)),
            ..Policy::default()
        };
        let judgement = judge(&chain(&[&alice]), anchors, &policy, NOW);
        let path = judgement.outcome.as_ref().map(|verified| {
            let anchor = verified.path().last().unwrap();
            anchor.subject()
        });
        (path.ok(), outcome(&judgement))
    };
    let both = anchors(&[&one, &other, &by_one, &by_other]);
    for (left, revoked, right) in [(&one, &by_one, "CN=other"), (&other, &by_other, "CN=one")] {
        let issuer = left.certificate.common_name().unwrap();
        let list = List::of(issuer).listing(&serial(revoked), &[]).by(left);
        let (anchor, found) = judged(&both, &[list]);
        assert!(found.starts_with("accepted"), "{found}");
        assert_eq!(anchor.as_deref(), Some(right));
    }
    // Signed by a key for lists alone, which has its path to one of both anchors only.
    let lister = |under: &Party| {
        let mut params = authority("middle");
        params.is_ca = IsCa::NoCa;
        params.key_usages = vec![KeyUsagePurpose::CrlSign];
        under.issue(params)
    };
    let signer = lister(&one);
    let list = List::of("middle").listing(&serial(&alice), &[]).by(&signer);
    let only_one = anchors(&[&one, &by_one, &signer]);
    let known = [list];
    assert_eq!(judged(&only_one, &known).1, "CERT-REVOKED");
    let all = anchors(&[&one, &other, &by_one, &by_other, &signer]);
    assert_eq!(judged(&all, &known).1, "CERT-REVOKED");
}

#[test]
fn a_list_may_tell_of_many_issuers_and_not_of_any_number() {
    let root = root(authority("root"));
    let of = |most: usize| {
        let mut list = List::of("root").with(of_point(&[&tlv(0x84, &[0xff])]));
        list.entries = (1..most)
            .map(|number| entry(&[1], &[of_issuer(&format!("issuer {number}"))]))
            .collect();
        RevocationList::from_der(&list.by(&root)).map(|list| list.len())
    };
    assert_eq!(of(4096), Ok(4095));
    assert_eq!(of(4098), Err(Unreadable::TooMany));
}

#[test]
fn a_list_can_not_vouch_for_who_signs_it() {
    let root = root(authority("root"));
    let middle = root.issue(authority("middle"));
    let alice = middle.issue(person("alice"));
    // The key for lists is itself on no other list than its own.
    let mut params = authority("middle");
    params.is_ca = IsCa::NoCa;
    params.key_usages = vec![KeyUsagePurpose::CrlSign];
    let signer = middle.issue(params);
    let policy = Policy {
        revocation: whole_path(HARD),
        revocations: Arc::new(lists(&[
            List::of("root").by(&root),
            List::of("middle").by(&signer),
        ])),
        ..Policy::default()
    };
    let trusted = anchors(&[&root, &middle, &signer]);
    let judgement = judge(&chain(&[&alice]), &trusted, &policy, NOW);
    assert_eq!(outcome(&judgement), "CERT-CRL-SIGNER");
}

#[test]
fn an_authority_can_not_give_another_ones_name_to_who_signs_lists() {
    let root = root(authority("root"));
    let (good, evil) = (root.issue(authority("good")), root.issue(authority("evil")));
    let alice = good.issue(person("alice"));
    let lister = |under: &Party| {
        let mut params = authority("good");
        params.is_ca = IsCa::NoCa;
        params.key_usages = vec![KeyUsagePurpose::CrlSign];
        under.issue(params)
    };
    for (under, expected) in [
        (&evil, "CERT-CRL-SIGNER"),
        (&good, "accepted"),
        (&root, "accepted"),
    ] {
        let signer = lister(under);
        let policy = Policy {
            revocation: by_lists(HARD),
            revocations: Arc::new(lists(&[List::of("good").by(&signer)])),
            ..Policy::default()
        };
        let trusted = anchors(&[&root, &good, &evil]);
        let judgement = judge(&chain(&[&alice, &signer]), &trusted, &policy, NOW);
        assert_eq!(outcome(&judgement), expected);
    }
}
