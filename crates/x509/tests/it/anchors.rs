//! What paths end at, what helps to find them, and what is told when none is found.

use crate::der::{element, sequence};
use crate::made::{NOW, Party, anchors, authority, chain, code, key, person, root};
use rcgen::{CertificateParams, CustomExtension, Issuer, KeyPair};
use x509::{Certificate, Chain, Policy, Rejection, Sha1, TrustAnchors, judge};

/// A root of this key.
fn root_of(params: CertificateParams, key: KeyPair) -> Party {
    let certificate = Certificate::from_der(params.self_signed(&key).unwrap().der()).unwrap();
    Party {
        certificate,
        issuer: Issuer::new(params, key),
    }
}

fn same(key: &[u8]) -> KeyPair {
    KeyPair::try_from(key).unwrap()
}

#[test]
fn roots_of_one_name_are_told_apart_by_their_keys() {
    let (ours, theirs) = (root(authority("root")), root(authority("root")));
    let alice = theirs.issue(person("alice"));
    assert_eq!(code(&chain(&[&alice]), &anchors(&[&ours])), "CERT-NO-PATH");
    for order in [[&ours, &theirs], [&theirs, &ours]] {
        assert_eq!(code(&chain(&[&alice]), &anchors(&order)), "accepted");
    }
    let mut silent = person("alice");
    silent.use_authority_key_identifier_extension = false;
    let alice = theirs.issue(silent);
    assert_eq!(
        code(&chain(&[&alice]), &anchors(&[&ours, &theirs])),
        "accepted"
    );
    assert_eq!(
        code(&chain(&[&alice]), &anchors(&[&ours])),
        "CERT-SIGNATURE"
    );
}

#[test]
fn a_root_that_was_issued_anew_for_the_same_key_serves() {
    let shared = key().serialize_der();
    let old = root_of(authority("root"), same(&shared));
    let alice = old.issue(person("alice"));
    let mut other_id = authority("ROOT");
    other_id.key_identifier_method = rcgen::KeyIdMethod::Sha512;
    other_id.serial_number = Some(7u64.into());
    let renewed = root_of(other_id, same(&shared));
    assert_ne!(
        old.certificate.subject_key_id(),
        renewed.certificate.subject_key_id()
    );
    assert_eq!(code(&chain(&[&alice]), &anchors(&[&renewed])), "accepted");
    // The old one may come along.
    assert_eq!(
        code(&chain(&[&alice, &old]), &anchors(&[&renewed])),
        "accepted"
    );
    let other_name = root_of(authority("other"), same(&shared));
    assert_eq!(
        code(&chain(&[&alice]), &anchors(&[&other_name])),
        "CERT-NO-PATH"
    );
}

#[test]
fn intermediates_of_another_set_help_and_its_roots_do_not() {
    let (ours, theirs) = (root(authority("ours")), root(authority("theirs")));
    let middle = ours.issue(authority("middle"));
    let alice = middle.issue(person("alice"));
    let mallory = theirs.issue(person("mallory"));
    let own = anchors(&[&ours]);
    let helpers = anchors(&[&theirs, &middle]);
    let both = own.with_intermediates_of(&helpers);
    assert_eq!(code(&chain(&[&alice]), &own), "CERT-NO-PATH");
    assert_eq!(code(&chain(&[&alice]), &both), "accepted");
    assert_eq!(code(&chain(&[&mallory]), &both), "CERT-NO-PATH");
    assert_eq!((both.roots().len(), both.intermediates().count()), (1, 1));
    let again = both
        .with_intermediates_of(&helpers)
        .with_intermediates_of(&both);
    assert_eq!(again.intermediates().count(), 1, "a set helps once");
    assert_eq!(
        code(
            &chain(&[&alice]),
            &TrustAnchors::default().with_intermediates_of(&helpers)
        ),
        "CERT-NO-ANCHORS"
    );
}

#[test]
fn a_missing_issuer_is_named_with_what_comes_closest_and_where_it_may_be() {
    let root = root(authority("root"));
    let mut named = authority("middle");
    named
        .distinguished_name
        .push(rcgen::DnType::OrganizationName, "Acme");
    let middle = root.issue(named);
    let mut params = person("alice");
    let access = sequence([sequence([
        element(6, &[0x2b, 6, 1, 5, 5, 7, 0x30, 2]),
        element(0x86, b"http://ca.example/middle.cer"),
    ])]);
    params.custom_extensions = vec![CustomExtension::from_oid_content(
        &[1, 3, 6, 1, 5, 5, 7, 1, 1],
        access,
    )];
    let alice = middle.issue(params);
    let told = |others: &[&Party]| {
        let all: Vec<&Party> = std::iter::once(&root)
            .chain(others.iter().copied())
            .collect();
        let judgement = judge(&chain(&[&alice]), &anchors(&all), &Policy::default(), NOW);
        let refused = judgement.outcome.unwrap_err();
        match &refused {
            Rejection::NoPath {
                issuer,
                key_id,
                ca_issuers,
            } => {
                assert_eq!(issuer, "O=Acme, CN=middle");
                assert_eq!(*key_id, middle.certificate.subject_key_id());
                assert_eq!(ca_issuers.as_deref(), Some("http://ca.example/middle.cer"));
            }
            other => panic!("{other:?}"),
        }
        assert!(refused.to_string().contains("never fetched"), "{refused}");
        let steps = judgement.steps.into_iter().map(|step| step.text);
        steps
            .filter(|text| text.starts_with("closest: "))
            .collect::<Vec<_>>()
    };
    assert!(told(&[]).is_empty(), "nothing comes close");
    assert_eq!(
        told(&[&root.issue(authority("middle"))]),
        [
            "closest: CN=middle, an intermediate of the trust store, has the name most like the missing issuer's"
        ]
    );
    let renamed = root.issue_with(
        authority("renamed"),
        same(&middle.issuer.key().serialize_der()),
    );
    assert_eq!(
        told(&[&root.issue(authority("middle")), &renamed]),
        [
            "closest: CN=renamed, an intermediate of the trust store, has the key id of the missing issuer, but another name"
        ]
    );
}

#[test]
fn sha1_and_short_keys_are_accepted_when_asked_for_and_noted() {
    let judged = |leaf: &str, root: &str, policy: &Policy| {
        let mut trusted = TrustAnchors::default();
        trusted.add_pem(root).unwrap();
        let leaf = Chain::from_pem(leaf).unwrap();
        let judgement = judge(&leaf, &trusted, policy, leaf.leaf().not_before());
        let noted = judgement
            .steps
            .iter()
            .any(|step| step.code.as_deref() == Some("CERT-NOTE-SHA-1"));
        let outcome = judgement.outcome.map(|_| noted);
        outcome.map_err(|rejection| rejection.code())
    };
    let (sha1, short) = (
        Policy {
            sha1: Sha1::Allowed,
            ..Policy::default()
        },
        Policy {
            least_rsa_bits: 1024,
            ..Policy::default()
        },
    );
    let sha1_root = include_str!("data/sha1-root.pem");
    let signed = include_str!("data/signed-sha1.pem");
    assert_eq!(judged(signed, sha1_root, &sha1), Ok(true));
    assert_eq!(
        judged(signed, sha1_root, &short),
        Err("CERT-WEAK-SIGNATURE")
    );
    let (below, root) = (
        include_str!("data/below-rsa-1024-root.pem"),
        include_str!("data/rsa-1024-root.pem"),
    );
    assert_eq!(judged(below, root, &short), Ok(false));
    assert_eq!(judged(below, root, &sha1), Err("CERT-WEAK-KEY"));
    let weak = include_str!("data/weak-leaf.pem");
    assert_eq!(judged(weak, sha1_root, &short), Ok(false));
}

#[test]
fn keys_for_pss_alone_are_read_and_odd_salts_are_not() {
    let mut trusted = TrustAnchors::default();
    trusted
        .add_pem(include_str!("data/pss-key-root.pem"))
        .unwrap();
    assert_eq!(trusted.roots().len(), 1);
    for (leaf, expected) in [
        (include_str!("data/below-pss-key-root.pem"), "accepted"),
        (
            include_str!("data/pss-short-salt.pem"),
            "CERT-WEAK-SIGNATURE",
        ),
    ] {
        let leaf = Chain::from_pem(leaf).unwrap();
        let now = leaf.leaf().not_before();
        let outcome = judge(&leaf, &trusted, &Policy::default(), now).outcome;
        let outcome = outcome.map_or_else(|rejection| rejection.code(), |_| "accepted");
        assert_eq!(outcome, expected);
    }
}
