//! What OCSP answers say of certificates.

use super::made::{Answer, GOOD, List, UNKNOWN, extension, serial, time, tlv};
use super::{SOFT, answers, by_answers, by_lists, judged, outcome};
use crate::made::{NOW, Party, authority, person, root};
use rcgen::{CustomExtension, ExtendedKeyUsagePurpose, KeyUsagePurpose, date_time_ymd};
use std::sync::Arc;
use x509::{
    IdHash, OcspAnswer, OcspRequest, OcspStatus, Reach, RevocationKey, RevocationList,
    RevocationPolicy, Revocations, Strictness, Together,
};

const HARD: Strictness = Strictness::Hard;

fn two() -> (Party, Party) {
    let root = root(authority("root"));
    let alice = root.issue(person("alice"));
    (root, alice)
}

fn request(certificate: &Party, issuer: &Party, hash: IdHash) -> OcspRequest {
    OcspRequest::new(&certificate.certificate, &issuer.certificate, hash).unwrap()
}

fn to(certificate: &Party, issuer: &Party, status: &[u8]) -> Answer<'static> {
    Answer::to(&request(certificate, issuer, IdHash::Sha1).der(), status)
}

/// Revoked on 2026-05-01 with this reason.
fn revoked(reason: u8) -> Vec<u8> {
    let reason = tlv(0xa0, &[0x0a, 1, reason]);
    tlv(0xa1, &[time("20260501000000Z"), reason].concat())
}

/// What is found by these answers about the first of the path.
fn found(path: &[&Party], ocsp: Strictness, ders: &[Vec<u8>]) -> String {
    outcome(&judged(path, by_answers(ocsp), answers(ders)))
}

/// A responder to whom `issuer` gives its word, with what is different about it.
fn responder(issuer: &Party, usages: &[ExtendedKeyUsagePurpose], checked: bool) -> Party {
    let mut params = person("responder");
    params.extended_key_usages = usages.to_vec();
    if !checked {
        let oid = [1, 3, 6, 1, 5, 5, 7, 48, 1, 5];
        let no_check = CustomExtension::from_oid_content(&oid, vec![5, 0]);
        params.custom_extensions = vec![no_check];
    }
    issuer.issue(params)
}

#[test]
fn good_is_accepted_revoked_is_refused_unknown_is_no_answer() {
    let (root, alice) = two();
    let path = [&alice, &root];
    let by_issuer = |status: &[u8]| to(&alice, &root, status).by("root", root.issuer.key(), &[]);
    let noted = "accepted CERT-NOTE-REVOCATION-UNKNOWN";
    for (status, hard, soft) in [
        (GOOD, "accepted", "accepted"),
        (revoked(1).as_slice(), "CERT-REVOKED", "CERT-REVOKED"),
        (UNKNOWN, "CERT-OCSP-UNKNOWN", noted),
    ] {
        assert_eq!(found(&path, HARD, &[by_issuer(status)]), hard);
        assert_eq!(found(&path, SOFT, &[by_issuer(status)]), soft);
    }
    assert_eq!(found(&path, HARD, &[]), "CERT-OCSP-MISSING");
    assert_eq!(found(&path, SOFT, &[]), noted);
    let bob = root.issue(person("bob"));
    let about_bob = to(&bob, &root, GOOD).by("root", root.issuer.key(), &[]);
    assert_eq!(found(&path, HARD, &[about_bob]), "CERT-OCSP-MISSING");
}

#[test]
fn both_digests_name_a_certificate() {
    let (root, alice) = two();
    for hash in [IdHash::Sha1, IdHash::Sha256] {
        let asked = request(&alice, &root, hash);
        let answer = Answer::to(&asked.der(), GOOD).by("root", root.issuer.key(), &[]);
        assert_eq!(found(&[&alice, &root], HARD, &[answer]), "accepted");
    }
}

#[test]
fn answers_have_their_time() {
    let (root, alice) = two();
    // Now is the beginning of 1 June.
    for (this, next, ocsp, expected) in [
        ("20260531000000Z", Some("20260531235600Z"), HARD, "accepted"),
        (
            "20260531000000Z",
            Some("20260531235400Z"),
            HARD,
            "CERT-OCSP-EXPIRED",
        ),
        (
            "20260531000000Z",
            Some("20260531235400Z"),
            SOFT,
            "accepted CERT-NOTE-REVOCATION-OUT-OF-DATE",
        ),
        (
            "20260531000000Z",
            Some("20260531235400Z"),
            Strictness::Soft { max_age: Some(359) },
            "CERT-OCSP-EXPIRED",
        ),
        ("20260531233000Z", None, HARD, "accepted"),
        ("20260531220000Z", None, HARD, "CERT-OCSP-EXPIRED"),
        ("20260601000400Z", None, HARD, "accepted"),
        ("20260601000600Z", None, HARD, "CERT-OCSP-NOT-YET-VALID"),
    ] {
        let mut answer = to(&alice, &root, GOOD);
        (answer.this_update, answer.next_update) = (this, next);
        let answer = answer.by("root", root.issuer.key(), &[]);
        let found = found(&[&alice, &root], ocsp, &[answer]);
        assert_eq!(found, expected, "{this} {next:?} {ocsp:?}");
    }
}

#[test]
fn the_newest_answer_counts() {
    let (root, alice) = two();
    let mut old = to(&alice, &root, &revoked(6));
    old.this_update = "20260530000000Z";
    let new = to(&alice, &root, GOOD);
    let key = root.issuer.key();
    let both = [old.by("root", key, &[]), new.by("root", key, &[])];
    assert_eq!(found(&[&alice, &root], HARD, &both), "accepted");
}

#[test]
fn only_the_issuer_and_whom_it_delegates_to_may_answer() {
    let (root, alice) = two();
    let stranger = crate::made::root(authority("root"));
    let ocsp = ExtendedKeyUsagePurpose::OcspSigning;
    let right = responder(&root, std::slice::from_ref(&ocsp), false);
    let for_logins = responder(&root, &[ExtendedKeyUsagePurpose::ClientAuth], false);
    let for_anything = responder(&root, &[ExtendedKeyUsagePurpose::Any], false);
    let of_stranger = responder(&stranger, std::slice::from_ref(&ocsp), false);
    let mut params = person("responder");
    params.extended_key_usages = vec![ocsp.clone()];
    params.not_after = date_time_ymd(2026, 5, 1);
    let expired = root.issue(params);
    let mut params = person("responder");
    params.extended_key_usages = vec![ocsp.clone()];
    params.key_usages = vec![KeyUsagePurpose::KeyEncipherment];
    let no_signer = root.issue(params);
    let middle = root.issue(authority("middle"));
    let of_middle = responder(&middle, &[ocsp], false);
    for (what, signer, expected) in [
        ("delegated", &right, "accepted"),
        ("not for it", &for_logins, "CERT-OCSP-SIGNER"),
        ("for anything", &for_anything, "CERT-OCSP-SIGNER"),
        ("a namesake's", &of_stranger, "CERT-OCSP-SIGNER"),
        ("expired", &expired, "CERT-OCSP-SIGNER"),
        ("may not sign", &no_signer, "CERT-OCSP-SIGNER"),
        ("another authority's", &of_middle, "CERT-OCSP-SIGNER"),
    ] {
        let answer = to(&alice, &root, GOOD);
        let der = answer.by("responder", signer.issuer.key(), &[signer]);
        assert_eq!(
            found(&[&alice, &root], HARD, std::slice::from_ref(&der)),
            expected,
            "{what}"
        );
        let read = OcspAnswer::from_der(&der).unwrap();
        let verified = read.verify(&alice.certificate, &root.certificate, None, NOW);
        let code = verified.map_or_else(|refusal| refusal.code(), |()| "accepted");
        assert_eq!(code, expected, "{what}");
        let by_hand = Some(&signer.certificate);
        let verified = read.verify(&alice.certificate, &root.certificate, by_hand, NOW);
        assert!(verified.is_ok(), "{what}, named by hand");
    }
    let by_stranger = to(&alice, &root, GOOD).by("root", stranger.issuer.key(), &[]);
    let found = found(&[&alice, &root], HARD, &[by_stranger]);
    assert_eq!(found, "CERT-OCSP-SIGNER");
}

#[test]
fn a_responder_named_by_hand_answers_while_it_is_valid() {
    let (root, alice) = two();
    let by_hand = crate::made::root(person("desk"));
    let mut params = person("desk");
    params.not_after = date_time_ymd(2026, 5, 1);
    let expired = crate::made::root(params);
    for (signer, expected) in [(by_hand, "accepted"), (expired, "CERT-OCSP-SIGNER")] {
        let der = to(&alice, &root, GOOD).by("desk", signer.issuer.key(), &[]);
        let policy = RevocationPolicy {
            responder: Some(Arc::new(signer.certificate)),
            ..by_answers(HARD)
        };
        let judgement = judged(&[&alice, &root], policy, answers(&[der]));
        assert_eq!(outcome(&judgement), expected);
    }
}

#[test]
fn a_responder_that_may_be_revoked_is_looked_up_in_lists() {
    let (root, alice) = two();
    let signer = responder(&root, &[ExtendedKeyUsagePurpose::OcspSigning], true);
    let der = to(&alice, &root, GOOD).by("responder", signer.issuer.key(), &[&signer]);
    let clean = List::of("root");
    let revoking = clean.clone().listing(&serial(&signer), &[]);
    for (list, reach, expected) in [
        (&clean, Reach::Path, "accepted"),
        (&revoking, Reach::Path, "CERT-OCSP-SIGNER"),
        (&revoking, Reach::Leaf, "accepted"),
    ] {
        let list = Arc::new(RevocationList::from_der(&list.by(&root)).unwrap());
        let answer = Arc::new(OcspAnswer::from_der(&der).unwrap());
        let policy = RevocationPolicy {
            crl: HARD,
            ocsp: HARD,
            reach,
            ..RevocationPolicy::default()
        };
        let known = Revocations::new([list], [answer]);
        assert_eq!(outcome(&judged(&[&alice, &root], policy, known)), expected);
    }
}

#[test]
fn lists_and_answers_each_or_either() {
    let (root, alice) = two();
    let list = |list: &List| Arc::new(RevocationList::from_der(&list.by(&root)).unwrap());
    let good = to(&alice, &root, GOOD).by("root", root.issuer.key(), &[]);
    let good = Arc::new(OcspAnswer::from_der(&good).unwrap());
    let clean = list(&List::of("root"));
    let revoking = list(&List::of("root").listing(&serial(&alice), &[]));
    let both = |together| RevocationPolicy {
        together,
        ocsp: HARD,
        ..by_lists(HARD)
    };
    let (each, either) = (both(Together::Each), both(Together::Either));
    for (policy, lists, answers, expected) in [
        (&each, vec![&clean], vec![&good], "accepted"),
        (&each, vec![], vec![&good], "CERT-CRL-MISSING"),
        (&each, vec![&clean], vec![], "CERT-OCSP-MISSING"),
        (
            &either,
            vec![],
            vec![&good],
            "accepted CERT-NOTE-REVOCATION-UNKNOWN",
        ),
        (
            &either,
            vec![&clean],
            vec![],
            "accepted CERT-NOTE-REVOCATION-UNKNOWN",
        ),
        (&either, vec![], vec![], "CERT-OCSP-MISSING"),
        (&either, vec![&revoking], vec![&good], "CERT-REVOKED"),
    ] {
        let known = Revocations::new(lists.into_iter().cloned(), answers.into_iter().cloned());
        let judgement = judged(&[&alice, &root], policy.clone(), known);
        assert_eq!(outcome(&judgement), expected, "{:?}", policy.together);
    }
}

#[test]
fn critical_extensions_that_are_not_understood_are_no_answer() {
    let (root, alice) = two();
    let strange = extension(&[0x2a, 3], true, &[5, 0]);
    let mut of_one = to(&alice, &root, GOOD);
    of_one.single_extensions = vec![strange.clone()];
    let mut of_all = to(&alice, &root, GOOD);
    of_all.extensions = vec![strange];
    for answer in [of_one, of_all] {
        let der = answer.by("root", root.issuer.key(), &[]);
        let found = found(&[&alice, &root], HARD, &[der]);
        assert_eq!(found, "CERT-OCSP-UNUSABLE");
    }
}

#[test]
fn an_answer_belongs_to_its_question() {
    let (root, alice) = two();
    let bob = root.issue(person("bob"));
    let nonce = |bytes: &[u8]| {
        let oid = [0x2b, 6, 1, 5, 5, 7, 0x30, 1, 2];
        extension(&oid, false, &tlv(4, bytes))
    };
    let read = |answer: &Answer<'_>| {
        OcspAnswer::from_der(&answer.by("root", root.issuer.key(), &[])).unwrap()
    };
    let asked = request(&alice, &root, IdHash::Sha1).with_nonce(&[1; 32]);
    let mut answer = Answer::to(&asked.der(), GOOD);
    assert!(asked.is_answered_by(&read(&answer)), "none is repeated");
    answer.extensions = vec![nonce(&[1; 32])];
    assert!(asked.is_answered_by(&read(&answer)));
    answer.extensions = vec![nonce(&[2; 32])];
    assert!(!asked.is_answered_by(&read(&answer)));
    assert!(!asked.is_answered_by(&read(&to(&bob, &root, GOOD))));
    let status = read(&answer).status(&alice.certificate, &root.certificate);
    assert_eq!(status, Some(OcspStatus::Good));
    let long = request(&alice, &root, IdHash::Sha1).with_nonce(&[3; 500]);
    answer.extensions = vec![nonce(&[3; 128])];
    assert!(
        long.is_answered_by(&read(&answer)),
        "cut to what responders take"
    );
}

#[test]
fn an_answer_that_was_verified_counts_at_a_refresh() {
    let (root, alice) = two();
    let key = root.issuer.key();
    let good = to(&alice, &root, GOOD).by("root", key, &[]);
    let judgement = judged(&[&alice, &root], by_answers(HARD), answers(&[good]));
    let remembered = RevocationKey::of(&judgement.outcome.unwrap()).unwrap();
    let der = to(&alice, &root, &revoked(4)).by("root", key, &[]);
    let answer = Arc::new(OcspAnswer::from_der(&der).unwrap());
    let known = Revocations::new([], [answer.clone()]);
    assert_eq!(known.revoked(&remembered), None, "nobody has verified it");
    answer
        .verify(&alice.certificate, &root.certificate, None, NOW)
        .unwrap();
    assert!(known.revoked(&remembered).is_some());
}
