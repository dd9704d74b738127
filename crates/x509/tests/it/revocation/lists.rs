//! What lists say of certificates.

use super::made::{List, at_uri, delta_to, name, of_issuer, of_point, reason, serial, tlv};
use super::{SOFT, by_lists, judged, lists, outcome, whole_path};
use crate::made::{NOW, Party, anchors, authority, chain, key, person, root};
use rcgen::{
    CertificateParams, CrlDistributionPoint, CustomExtension, DnType, KeyUsagePurpose, SerialNumber,
};
use std::sync::Arc;
use x509::{
    IssuerId, IssuerRule, Policy, RevocationKey, RevocationList, RevocationPolicy, Revocations,
    Strictness, TrustAnchors, judge,
};

const HARD: Strictness = Strictness::Hard;
const DAY: i64 = 86_400;

/// A root and somebody whom it knows, with serial number 7.
fn two() -> (Party, Party) {
    let root = root(authority("root"));
    let mut params = person("alice");
    params.serial_number = Some(SerialNumber::from(vec![7]));
    let alice = root.issue(params);
    (root, alice)
}

/// What is found by these lists, asked about that strictly.
fn found(path: &[&Party], crl: Strictness, ders: &[Vec<u8>]) -> String {
    outcome(&judged(path, by_lists(crl), lists(ders)))
}

#[test]
fn a_certificate_on_the_list_is_refused_and_another_is_not() {
    let (root, alice) = two();
    let list = List::of("root").listing(&[9], &[]);
    assert_eq!(found(&[&alice, &root], HARD, &[list.by(&root)]), "accepted");
    let list = list.listing(&[7], &[reason(1)]);
    for crl in [HARD, SOFT] {
        let judgement = judged(&[&alice, &root], by_lists(crl), lists(&[list.by(&root)]));
        assert_eq!(outcome(&judgement), "CERT-REVOKED");
        let told = judgement.outcome.unwrap_err().to_string();
        assert_eq!(
            told,
            "CN=alice was revoked at 2026-05-01T00:00:00Z, reason keyCompromise, by the revocation list of CN=root number 5, made at 2026-05-25T00:00:00Z"
        );
    }
    let off = found(&[&alice, &root], Strictness::Off, &[list.by(&root)]);
    assert_eq!(off, "accepted");
}

#[test]
fn a_missing_list_is_refused_or_noted_and_the_places_are_named() {
    let root = root(authority("root"));
    let mut params = person("alice");
    params.crl_distribution_points = vec![CrlDistributionPoint {
        uris: vec![
            "http://crl.example.com/root.crl".to_owned(),
            "ldap://example.com/".to_owned(),
        ],
    }];
    let alice = root.issue(params);
    let judgement = judged(&[&alice, &root], by_lists(HARD), lists(&[]));
    assert_eq!(outcome(&judgement), "CERT-CRL-MISSING");
    assert_eq!(
        judgement.outcome.unwrap_err().to_string(),
        "no revocation list of CN=root is known for CN=alice; it names http://crl.example.com/root.crl"
    );
    let softly = found(&[&alice, &root], SOFT, &[]);
    assert_eq!(softly, "accepted CERT-NOTE-REVOCATION-UNKNOWN");
}

#[test]
fn an_expired_list_never_passes_in_silence() {
    let (root, alice) = two();
    // The next was due a day ago.
    let late = List::of("root").made("20260501000000Z", "20260531000000Z");
    let soft = |max_age| Strictness::Soft { max_age };
    for (crl, expected) in [
        (HARD, "CERT-CRL-EXPIRED"),
        (soft(Some(DAY - 1)), "CERT-CRL-EXPIRED"),
        (soft(Some(DAY)), "accepted CERT-NOTE-REVOCATION-OUT-OF-DATE"),
        (soft(None), "accepted CERT-NOTE-REVOCATION-OUT-OF-DATE"),
    ] {
        let found = found(&[&alice, &root], crl, &[late.by(&root)]);
        assert_eq!(found, expected, "{crl:?}");
    }
    let listed = late.clone().listing(&[7], &[]).by(&root);
    let soft_but_listed = found(&[&alice, &root], soft(None), &[listed]);
    assert_eq!(soft_but_listed, "CERT-REVOKED");
    let undated = List::of("root").made("20260525000000Z", "").by(&root);
    let hard = found(&[&alice, &root], HARD, &[undated]);
    assert_eq!(
        hard, "CERT-CRL-EXPIRED",
        "it does not say how long it counts"
    );
    let early = List::of("root").made("20260602000000Z", "20260608000000Z");
    let future = found(&[&alice, &root], HARD, &[early.by(&root)]);
    assert_eq!(future, "CERT-CRL-NOT-YET-VALID");
}

#[test]
fn a_list_of_another_key_counts_for_nothing() {
    let (root, alice) = two();
    let list = List::of("root");
    let forged = [list.forged()];
    assert_eq!(found(&[&alice, &root], HARD, &forged), "CERT-CRL-SIGNATURE");
    assert_eq!(
        found(&[&alice, &root], SOFT, &forged),
        "accepted CERT-NOTE-REVOCATION-UNKNOWN"
    );
    let accusing = list.clone().listing(&[7], &[]).forged();
    assert_eq!(
        found(&[&alice, &root], HARD, &[accusing, list.by(&root)]),
        "accepted",
        "nor does it revoke anybody"
    );
    let mut signs_no_lists = authority("root");
    signs_no_lists.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let root = crate::made::root(signs_no_lists);
    let alice = root.issue(person("alice"));
    let found = found(&[&alice, &root], HARD, &[list.by(&root)]);
    assert_eq!(found, "CERT-CRL-SIGNER");
}

#[test]
fn of_many_forged_lists_only_so_many_are_verified() {
    let (root, alice) = two();
    let stranger = key();
    let forged: Vec<Vec<u8>> = (0..100)
        .map(|number| List::of("root").numbered(number).signed(&stranger))
        .collect();
    let found = found(&[&alice, &root], HARD, &forged);
    assert_eq!(found, "CERT-REVOCATION-TOO-MUCH-WORK");
}

#[test]
fn authorities_are_asked_about_when_the_whole_path_is() {
    let root = root(authority("root"));
    let middle = root.issue(authority("middle"));
    let alice = middle.issue(person("alice"));
    let known = || {
        let revoked = List::of("root").listing(&serial(&middle), &[]).by(&root);
        lists(&[revoked, List::of("middle").by(&middle)])
    };
    let path = [&alice, &middle, &root];
    let leaf = judged(&path, by_lists(HARD), known());
    assert_eq!(outcome(&leaf), "accepted");
    let whole = judged(&path, whole_path(HARD), known());
    assert_eq!(outcome(&whole), "CERT-REVOKED");
    assert!(whole.outcome.unwrap_err().to_string().contains("CN=middle"));
    let pinned = crate::made::root(person("pinned"));
    let pinned = judged(&[&pinned, &pinned], whole_path(HARD), lists(&[]));
    assert_eq!(
        outcome(&pinned),
        "accepted",
        "an anchor has nobody above it"
    );
}

#[test]
fn issuers_have_rules_of_their_own() {
    let (root, alice) = two();
    let key_id = root.certificate.subject_key_id().unwrap();
    let key_id: Vec<u8> = (0..key_id.len() / 2)
        .map(|at| u8::from_str_radix(&key_id[at * 2..at * 2 + 2], 16).unwrap())
        .collect();
    for (issuer, expected) in [
        (IssuerId::Name("cn = ROOT".to_owned()), "accepted"),
        (IssuerId::KeyId(key_id), "accepted"),
        (IssuerId::Name("CN=other".to_owned()), "CERT-CRL-MISSING"),
        (IssuerId::KeyId(vec![1]), "CERT-CRL-MISSING"),
    ] {
        let policy = RevocationPolicy {
            issuers: vec![IssuerRule {
                issuer: issuer.clone(),
                crl: Strictness::Off,
                ocsp: Strictness::Off,
            }],
            ..by_lists(HARD)
        };
        let judgement = judged(&[&alice, &root], policy, lists(&[]));
        assert_eq!(outcome(&judgement), expected, "{issuer:?}");
    }
}

#[test]
fn a_delta_list_adds_and_takes_back() {
    let (root, alice) = two();
    let path = [&alice, &root];
    let full = List::of("root").by(&root);
    let held = List::of("root").listing(&[7], &[reason(6)]).by(&root);
    let delta = List::of("root").numbered(6).with(delta_to(5));
    let released = delta.clone().listing(&[7], &[reason(8)]).by(&root);
    let revoked = delta.clone().listing(&[7], &[reason(4)]).by(&root);
    for (what, known, expected) in [
        ("on hold", vec![held.clone()], "CERT-REVOKED"),
        ("released", vec![held.clone(), released], "accepted"),
        ("since revoked", vec![full.clone(), revoked], "CERT-REVOKED"),
        (
            "a delta to a newer list than is there",
            vec![
                held.clone(),
                List::of("root")
                    .numbered(9)
                    .with(delta_to(6))
                    .listing(&[7], &[reason(8)])
                    .by(&root),
            ],
            "CERT-REVOKED",
        ),
        (
            "a forged delta",
            vec![held, delta.clone().listing(&[7], &[reason(8)]).forged()],
            "CERT-REVOKED",
        ),
        (
            "a full list that is out of date, with a delta that is not",
            vec![
                List::of("root")
                    .made("20260401000000Z", "20260501000000Z")
                    .by(&root),
                delta.by(&root),
            ],
            "accepted",
        ),
        (
            "a delta alone",
            vec![List::of("root").with(delta_to(5)).by(&root)],
            "CERT-CRL-MISSING",
        ),
    ] {
        assert_eq!(found(&path, HARD, &known), expected, "{what}");
    }
}

#[test]
fn the_newest_list_of_a_kind_counts() {
    let (root, alice) = two();
    let old = List::of("root").numbered(4).listing(&[7], &[reason(6)]);
    let new = List::of("root").numbered(5);
    let found = found(&[&alice, &root], HARD, &[old.by(&root), new.by(&root)]);
    assert_eq!(found, "accepted");
}

#[test]
fn reasons_and_kinds_of_certificates_have_to_be_covered() {
    let (root, alice) = two();
    let path = [&alice, &root];
    // ReasonFlags: the first list has bits 1 to 3, the second the others.
    let some = |bits: &[u8]| of_point(&[&tlv(0x83, bits)]);
    let first = List::of("root").with(some(&[4, 0x70]));
    let second = List::of("root").with(some(&[7, 0x0f, 0x80]));
    let half = found(&path, HARD, &[first.by(&root)]);
    assert_eq!(half, "CERT-CRL-SCOPE");
    let both = [first.by(&root), second.by(&root)];
    assert_eq!(found(&path, HARD, &both), "accepted");
    for (flag, expected) in [
        (0x81, "accepted"),
        (0x82, "CERT-CRL-SCOPE"),
        (0x85, "CERT-CRL-SCOPE"),
    ] {
        let only = of_point(&[&tlv(flag, &[0xff])]);
        let list = List::of("root").with(only).by(&root);
        assert_eq!(found(&path, HARD, &[list]), expected, "{flag:x}");
    }
    let elsewhere = of_point(&[&at_uri("http://example.com/other.crl")]);
    let list = List::of("root").with(elsewhere).by(&root);
    assert_eq!(found(&path, HARD, &[list]), "CERT-CRL-SCOPE");
}

#[test]
fn a_list_of_another_signer_tells_only_of_whom_the_certificate_lets_it() {
    let root = root(authority("root"));
    let mut params = person("lister");
    params.key_usages = vec![KeyUsagePurpose::CrlSign];
    let lister = root.issue(params);
    // One distribution point: cRLIssuer CN=lister.
    let point = tlv(0x30, &tlv(0xa2, &tlv(0xa4, &name("lister"))));
    let mut params = person("alice");
    params.serial_number = Some(SerialNumber::from(vec![7]));
    params.custom_extensions = vec![CustomExtension::from_oid_content(
        &[2, 5, 29, 31],
        tlv(0x30, &point),
    )];
    let alice = root.issue(params);
    let found = |alice: &Party, list: &List| {
        let policy = Policy {
            revocation: by_lists(HARD),
            revocations: Arc::new(lists(&[list.by(&lister)])),
            ..Policy::default()
        };
        let judgement = judge(&chain(&[alice]), &anchors(&[&root, &lister]), &policy, NOW);
        outcome(&judgement)
    };
    let indirect = List::of("lister").with(of_point(&[&tlv(0x84, &[0xff])]));
    assert_eq!(found(&alice, &indirect), "accepted");
    assert_eq!(
        found(
            &alice,
            &indirect.clone().listing(&[7], &[of_issuer("root")])
        ),
        "CERT-REVOKED"
    );
    assert_eq!(
        found(&alice, &indirect.clone().listing(&[7], &[])),
        "accepted",
        "number 7 of the lister's own certificates"
    );
    let sticky = indirect
        .clone()
        .listing(&[6], &[of_issuer("root")])
        .listing(&[7], &[]);
    assert_eq!(
        found(&alice, &sticky),
        "CERT-REVOKED",
        "the issuer holds for the next entry too"
    );
    assert_eq!(
        found(&alice, &List::of("lister")),
        "CERT-CRL-SCOPE",
        "it does not say that it tells of others"
    );
    let bob = root.issue(person("bob"));
    assert_eq!(
        found(&bob, &indirect),
        "CERT-CRL-MISSING",
        "whose certificate names nobody"
    );
}

#[test]
fn a_key_for_lists_alone_needs_a_path_to_the_same_anchor() {
    let (ours, alice) = two();
    let theirs = root(authority("theirs"));
    let lists_only = |under: &Party| {
        let mut params: CertificateParams = person("ignored");
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "root");
        params.key_usages = vec![KeyUsagePurpose::CrlSign];
        under.issue(params)
    };
    for (signer, expected) in [
        (lists_only(&ours), "accepted"),
        (lists_only(&theirs), "CERT-CRL-SIGNER"),
    ] {
        let policy = Policy {
            revocation: by_lists(HARD),
            revocations: Arc::new(lists(&[List::of("root").by(&signer)])),
            ..Policy::default()
        };
        let trusted = anchors(&[&ours, &theirs, &signer]);
        let judgement = judge(&chain(&[&alice]), &trusted, &policy, NOW);
        assert_eq!(outcome(&judgement), expected);
    }
}

#[test]
fn who_is_on_a_list_that_is_not_understood_is_revoked_and_nobody_else_is_in_order() {
    let (root, alice) = two();
    let strange = super::made::extension(&[0x2a, 3], true, &[5, 0]);
    let list = List::of("root").with(strange.clone());
    assert_eq!(
        found(&[&alice, &root], HARD, &[list.by(&root)]),
        "CERT-CRL-UNUSABLE"
    );
    let listed = list.listing(&[7], &[]);
    assert_eq!(
        found(&[&alice, &root], SOFT, &[listed.by(&root)]),
        "CERT-REVOKED"
    );
    let entry = List::of("root").listing(&[9], &[strange]);
    assert_eq!(
        found(&[&alice, &root], HARD, &[entry.by(&root)]),
        "CERT-CRL-UNUSABLE"
    );
}

#[test]
fn a_list_is_verified_before_it_is_kept() {
    let (root, _) = two();
    let stranger = crate::made::root(authority("root"));
    let list = RevocationList::from_der(&List::of("root").by(&root)).unwrap();
    let signer = list.verify(&anchors(&[&stranger, &root]), NOW).unwrap();
    assert_eq!(signer.der(), root.certificate.der());
    let code = |list: &RevocationList, anchors: &TrustAnchors| {
        list.verify(anchors, NOW).map_err(|refusal| refusal.code())
    };
    assert_eq!(
        code(&list, &anchors(&[&stranger])).unwrap_err(),
        "CERT-CRL-SIGNATURE",
        "whatever was found out about it before"
    );
}

#[test]
fn who_was_in_order_once_is_looked_up_again_without_a_certificate() {
    let (root, alice) = two();
    let path = [&alice, &root];
    let current = judged(&path, by_lists(HARD), lists(&[List::of("root").by(&root)]));
    let key = RevocationKey::of(&current.outcome.unwrap()).unwrap();
    let key = RevocationKey::parse(&key.to_string()).unwrap();
    for text in ["", "00", "zz:00:00:00:00:00:00", &format!("{key}:00")] {
        assert_eq!(RevocationKey::parse(text), None, "{text}");
    }

    let list = List::of("root").numbered(6).listing(&[7], &[reason(6)]);
    let list = Arc::new(RevocationList::from_der(&list.by(&root)).unwrap());
    let known = Revocations::new([list.clone()], []);
    assert_eq!(known.revoked(&key), None, "nobody has verified it");
    list.verify(&anchors(&[&root]), NOW).unwrap();
    let entry = known.revoked(&key).unwrap();
    assert_eq!(entry.reason, x509::Reason::CertificateHold);

    let newer = List::of("root").numbered(7).by(&root);
    let newer = Arc::new(RevocationList::from_der(&newer).unwrap());
    newer.verify(&anchors(&[&root]), NOW).unwrap();
    assert_eq!(Revocations::new([list, newer], []).revoked(&key), None);

    let namesake = crate::made::root(authority("root"));
    let theirs = List::of("root").listing(&[7], &[]).by(&namesake);
    let theirs = Arc::new(RevocationList::from_der(&theirs).unwrap());
    theirs.verify(&anchors(&[&namesake]), NOW).unwrap();
    assert_eq!(
        Revocations::new([theirs], []).revoked(&key),
        None,
        "another authority of the same name"
    );
}
