//! Judging certificates: each case is made here, each refusal is told by its identifier.

use crate::der::{element, extension, sequence};
use crate::made::{NOW, Party, anchors, authority, chain, code, key, person, root};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints,
    PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519, SanType, date_time_ymd,
};
use x509::{Certificate, Chain, IdentitySource, Policy, Rejection, TrustAnchors, Version1, judge};

#[test]
fn a_person_below_an_intermediate_is_accepted_wherever_the_intermediate_comes_from() {
    let root = root(authority("root"));
    let middle = root.issue(authority("middle"));
    let alice = middle.issue(person("alice"));
    let judgement = judge(
        &chain(&[&alice]),
        &anchors(&[&root, &middle]),
        &Policy::default(),
        NOW,
    );
    assert_eq!(judgement.outcome.unwrap().path().len(), 3);
    assert!(
        judgement
            .steps
            .iter()
            .any(|step| step.text == "path: CN=alice <- CN=middle <- CN=root")
    );
    assert_eq!(
        code(&chain(&[&alice, &middle]), &anchors(&[&root])),
        "accepted"
    );
    assert_eq!(
        code(&chain(&[&alice, &root, &middle]), &anchors(&[&root])),
        "accepted",
        "order and surplus do not matter"
    );
}

#[test]
fn every_kind_of_key_is_understood() {
    for algorithm in [
        &PKCS_ECDSA_P256_SHA256,
        &PKCS_ECDSA_P384_SHA384,
        &PKCS_ED25519,
        &rcgen::PKCS_ECDSA_P521_SHA512,
        &rcgen::PKCS_RSA_SHA256,
        &rcgen::PKCS_RSA_SHA512,
    ] {
        let key = KeyPair::generate_for(algorithm).unwrap();
        let params = authority("root");
        let root = Party {
            certificate: Certificate::from_der(params.self_signed(&key).unwrap().der()).unwrap(),
            issuer: Issuer::new(params, key),
        };
        let alice = root.issue_with(person("alice"), KeyPair::generate_for(algorithm).unwrap());
        assert_eq!(
            code(&chain(&[&alice]), &anchors(&[&root])),
            "accepted",
            "{algorithm:?}"
        );
    }
}

#[test]
fn a_missing_intermediate_is_named() {
    let root = root(authority("root"));
    let middle = root.issue(authority("middle"));
    let alice = middle.issue(person("alice"));
    match judge(
        &chain(&[&alice]),
        &anchors(&[&root]),
        &Policy::default(),
        NOW,
    )
    .outcome
    .unwrap_err()
    {
        Rejection::NoPath {
            issuer,
            key_id: Some(_),
            ca_issuers: None,
        } => assert_eq!(issuer, "CN=middle"),
        other => panic!("{other:?}"),
    }
    assert_eq!(
        code(&chain(&[&alice]), &anchors(&[&middle])),
        "CERT-NO-ANCHORS",
        "an intermediate alone anchors nothing"
    );
}

#[test]
fn strangers_are_refused_each_for_their_own_reason() {
    let ours = root(authority("ours"));
    let theirs = root(authority("theirs"));
    let namesake = root(authority("ours"));
    let trusted = anchors(&[&ours]);
    assert_eq!(
        code(&chain(&[&theirs.issue(person("alice"))]), &trusted),
        "CERT-NO-PATH"
    );
    assert_eq!(
        code(&chain(&[&theirs.issue(person("alice")), &theirs]), &trusted),
        "CERT-UNTRUSTED-ROOT"
    );
    let mut same_key_id = person("alice");
    same_key_id.use_authority_key_identifier_extension = false;
    assert_eq!(
        code(&chain(&[&namesake.issue(same_key_id)]), &trusted),
        "CERT-SIGNATURE"
    );
    assert_eq!(
        code(&chain(&[&root(person("alice"))]), &trusted),
        "CERT-SELF-SIGNED"
    );
    assert_eq!(code(&chain(&[&ours]), &trusted), "CERT-CA-AS-LEAF");
    assert_eq!(
        code(
            &chain(&[&ours.issue(person("alice"))]),
            &TrustAnchors::default()
        ),
        "CERT-NO-ANCHORS"
    );
}

#[test]
fn a_pinned_leaf_is_its_own_path() {
    let alice = root(person("alice"));
    assert_eq!(code(&chain(&[&alice]), &anchors(&[&alice])), "accepted");
}

#[test]
fn times_count_for_every_certificate_of_the_path() {
    let spans = [
        ((2020, 2025), "CERT-EXPIRED"),
        ((2030, 2040), "CERT-NOT-YET-VALID"),
    ];
    for (position, ((from, to), expected)) in
        (0..3).flat_map(|position| spans.map(|span| (position, span)))
    {
        let limit = |mut params: CertificateParams, at: usize| {
            if at == position {
                (params.not_before, params.not_after) =
                    (date_time_ymd(from, 1, 1), date_time_ymd(to, 1, 1));
            }
            params
        };
        let root = root(limit(authority("root"), 0));
        let middle = root.issue(limit(authority("middle"), 1));
        let alice = middle.issue(limit(person("alice"), 2));
        assert_eq!(
            code(&chain(&[&alice, &middle]), &anchors(&[&root])),
            expected,
            "position {position}"
        );
    }
}

#[test]
fn only_authorities_issue() {
    let root = root(authority("root"));
    let bob = root.issue(person("bob"));
    assert_eq!(
        code(
            &chain(&[&bob.issue(person("alice")), &bob]),
            &anchors(&[&root])
        ),
        "CERT-NOT-A-CA"
    );
    let mut signs_lists_only = authority("middle");
    signs_lists_only.key_usages = vec![KeyUsagePurpose::CrlSign];
    let middle = root.issue(signs_lists_only);
    assert_eq!(
        code(
            &chain(&[&middle.issue(person("alice")), &middle]),
            &anchors(&[&root])
        ),
        "CERT-NOT-A-CA"
    );
}

#[test]
fn path_lengths_are_kept() {
    let mut short = authority("root");
    short.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    let root = root(short);
    let middle = root.issue(authority("middle"));
    assert_eq!(
        code(&chain(&[&root.issue(person("alice"))]), &anchors(&[&root])),
        "accepted"
    );
    assert_eq!(
        code(
            &chain(&[&middle.issue(person("alice")), &middle]),
            &anchors(&[&root])
        ),
        "CERT-PATH-TOO-LONG"
    );
}

#[test]
fn a_long_or_circular_chain_ends_in_a_refusal() {
    let root = root(authority("root"));
    let mut parties = vec![root.issue(authority("a0"))];
    for at in 1..8 {
        let next = parties.last().unwrap().issue(authority(&format!("a{at}")));
        parties.push(next);
    }
    let alice = parties.last().unwrap().issue(person("alice"));
    let mut sent = vec![&alice];
    sent.extend(&parties);
    assert_eq!(
        code(&chain(&sent), &anchors(&[&root])),
        "CERT-PATH-TOO-LONG"
    );

    // Two authorities that certify each other, with nothing above them.
    let (x, y) = (
        crate::made::root(authority("x")),
        crate::made::root(authority("y")),
    );
    let x_by_y = Party {
        certificate: y.issue_with(authority("x"), key()).certificate,
        issuer: crate::made::root(authority("x")).issuer,
    };
    let y_by_x = x.issue(authority("y"));
    assert_ne!(
        code(
            &chain(&[&x.issue(person("alice")), &x_by_y, &y_by_x, &x, &y]),
            &anchors(&[&root])
        ),
        "accepted"
    );
}

#[test]
fn name_constraints_bind_what_is_below() {
    let mut bounded = authority("middle");
    bounded.name_constraints = Some(NameConstraints {
        permitted_subtrees: vec![GeneralSubtree::Rfc822Name("example.com".to_owned())],
        excluded_subtrees: vec![GeneralSubtree::Rfc822Name("mallory@example.com".to_owned())],
    });
    let root = root(authority("root"));
    let middle = root.issue(bounded);
    let trusted = anchors(&[&root, &middle]);
    assert_eq!(
        code(&chain(&[&middle.issue(person("alice"))]), &trusted),
        "accepted"
    );
    assert_eq!(
        code(&chain(&[&middle.issue(person("mallory"))]), &trusted),
        "CERT-NAME-CONSTRAINTS"
    );
    let mut foreign = person("alice");
    foreign.subject_alt_names = vec![SanType::Rfc822Name(
        "alice@elsewhere.com".try_into().unwrap(),
    )];
    assert_eq!(
        code(&chain(&[&middle.issue(foreign)]), &trusted),
        "CERT-NAME-CONSTRAINTS"
    );
}

#[test]
fn an_unknown_critical_extension_is_refused_and_an_uncritical_one_is_not() {
    let root = root(authority("root"));
    for (critical, expected) in [(true, "CERT-CRITICAL-EXTENSION"), (false, "accepted")] {
        let mut params = person("alice");
        let mut extension =
            CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 99999, 1], vec![5, 0]);
        extension.set_criticality(critical);
        params.custom_extensions = vec![extension];
        assert_eq!(
            code(&chain(&[&root.issue(params)]), &anchors(&[&root])),
            expected
        );
    }
}

/// RFC 5280 §4.2.1.13, §4.2.1.15, §4.2.2.1: where more is to be found can be processed here, so that it may be critical though the last two should not be.
#[test]
fn places_to_look_at_are_understood_when_they_are_critical_and_revocation_is_off() {
    let root = root(authority("root"));
    let url = element(0x86, b"http://ca.example/list");
    let points = sequence([sequence([element(0xa0, &element(0xa0, &url))])]);
    let ocsp = element(6, &[0x2b, 6, 1, 5, 5, 7, 0x30, 1]);
    let mut access = CustomExtension::from_oid_content(
        &[1, 3, 6, 1, 5, 5, 7, 1, 1],
        sequence([sequence([ocsp, url])]),
    );
    access.set_criticality(true);
    let all = [
        extension(31, true, points.clone()),
        extension(46, true, points),
        access,
    ];
    for found in all {
        let mut params = person("alice");
        params.custom_extensions = vec![found];
        let alice = root.issue(params);
        assert_eq!(code(&chain(&[&alice]), &anchors(&[&root])), "accepted");
        let places = [
            alice.certificate.distribution_points(),
            alice.certificate.freshest_points(),
            alice.certificate.ocsp_responders(),
        ];
        assert_eq!(places.concat(), ["http://ca.example/list"]);
    }
}

#[test]
fn usages_are_asked_for() {
    let root = root(authority("root"));
    let trusted = anchors(&[&root]);
    let mut server = person("alice");
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    assert_eq!(
        code(&chain(&[&root.issue(server)]), &trusted),
        "CERT-EXTENDED-KEY-USAGE"
    );
    let mut silent = person("alice");
    silent.extended_key_usages = Vec::new();
    silent.key_usages = Vec::new();
    let silent = chain(&[&root.issue(silent)]);
    assert_eq!(code(&silent, &trusted), "accepted");
    let asked = |change: fn(&mut Policy)| {
        let mut policy = Policy::default();
        change(&mut policy);
        judge(&silent, &trusted, &policy, NOW)
            .outcome
            .unwrap_err()
            .code()
    };
    assert_eq!(
        asked(|policy| policy.key_usages = vec!["DigitalSignature".to_owned()]),
        "CERT-KEY-USAGE"
    );
    assert_eq!(
        asked(|policy| policy.key_usages = vec!["typo".to_owned()]),
        "CERT-SETTING-KEY-USAGE"
    );
    assert_eq!(
        asked(|policy| policy.extended_key_usages = vec!["1.3.6.1.5.5.7.3.2".to_owned()]),
        "CERT-EXTENDED-KEY-USAGE"
    );
    assert_eq!(
        asked(|policy| policy.certificate_policies = vec!["1.2.3".to_owned()]),
        "CERT-POLICY"
    );
    let alice = chain(&[&root.issue(person("alice"))]);
    let policy = Policy {
        key_usages: vec!["digitalSignature".to_owned()],
        ..Policy::default()
    };
    assert!(judge(&alice, &trusted, &policy, NOW).outcome.is_ok());
}

#[test]
fn what_openssl_makes_without_an_extension_file_signs_in_with_a_note() {
    let mut trusted = TrustAnchors::default();
    assert_eq!(
        trusted
            .add_pem(include_str!("data/openssl-root.pem"))
            .unwrap(),
        1
    );
    assert_eq!(
        (trusted.roots().len(), trusted.intermediates().count()),
        (1, 0)
    );
    let john = Chain::from_pem(include_str!("data/openssl-version1.pem")).unwrap();
    assert_eq!(john.leaf().version(), 1);
    let now = john.leaf().not_before();
    let judgement = judge(&john, &trusted, &Policy::default(), now);
    assert!(judgement.outcome.is_ok(), "{judgement:?}");
    assert!(
        judgement
            .steps
            .iter()
            .any(|step| step.code.as_deref() == Some("CERT-NOTE-VERSION-1"))
    );
    let strict = Policy {
        version1: Version1::Refused,
        ..Policy::default()
    };
    assert_eq!(
        judge(&john, &trusted, &strict, now)
            .outcome
            .unwrap_err()
            .code(),
        "CERT-VERSION-1"
    );
    assert_eq!(
        john.leaf().issuer(),
        "CN=caroot.example, OU=myorg, O=mycorp, L=Home, ST=Home, C=US"
    );
}

/// A fixed certificate, its root in the trust store, judged on the day on which it was made.
fn fixed(leaf: &str, root: &str) -> &'static str {
    let mut trusted = TrustAnchors::default();
    trusted.add_pem(root).unwrap();
    assert_eq!(
        trusted.roots().len(),
        1,
        "a root is one, however old its signature"
    );
    let leaf = Chain::from_pem(leaf).unwrap();
    let now = leaf.leaf().not_before();
    judge(&leaf, &trusted, &Policy::default(), now)
        .outcome
        .map_or_else(|rejection| rejection.code(), |_| "accepted")
}

#[test]
fn weak_keys_and_signatures_are_refused() {
    let old_root = include_str!("data/sha1-root.pem");
    for (leaf, expected) in [
        // A root is trusted by hand, so its own signature proves nothing either way.
        (include_str!("data/below-sha1-root.pem"), "accepted"),
        (include_str!("data/signed-pss.pem"), "accepted"),
        (include_str!("data/signed-sha1.pem"), "CERT-WEAK-SIGNATURE"),
        (include_str!("data/weak-leaf.pem"), "CERT-WEAK-KEY"),
        (include_str!("data/secp256k1.pem"), "CERT-WEAK-KEY"),
    ] {
        assert_eq!(fixed(leaf, old_root), expected, "{leaf}");
    }
    let weak_root = include_str!("data/rsa-1024-root.pem");
    assert_eq!(
        fixed(include_str!("data/below-rsa-1024-root.pem"), weak_root),
        "CERT-WEAK-KEY"
    );
    assert_eq!(fixed(weak_root, weak_root), "CERT-CA-AS-LEAF");
    assert_eq!(
        fixed(include_str!("data/openssl-self-signed.pem"), old_root),
        "CERT-SELF-SIGNED",
        "openssl marks whatever it signs by itself as an authority's"
    );
}

#[test]
fn each_source_reads_its_place() {
    let mut params = person("Alice");
    params
        .distinguished_name
        .push(DnType::OrganizationName, "Acme, Inc.");
    params.serial_number = Some(vec![0x00, 0xa1].into());
    let alice = root(authority("root")).issue(params).certificate;
    let read = |source: &str, expression: &str| {
        IdentitySource::from_config(source, expression, false, true)
            .unwrap()
            .extract(&alice)
            .map(|values| values.join("##"))
    };
    let all = "(.*?)(?:$)";
    assert_eq!(read("Subject's Common Name", all).unwrap(), "Alice");
    assert_eq!(
        read("Subject's Alternative Name E-mail", all).unwrap(),
        "Alice@example.com"
    );
    assert_eq!(
        read("Match SubjectDN using regular expression", all).unwrap(),
        "O=\"Acme, Inc.\", CN=Alice"
    );
    assert_eq!(
        read(
            "Match SubjectDN using regular expression",
            "cn=(.*?)(?:,|$)"
        )
        .unwrap(),
        "Alice"
    );
    assert_eq!(
        read("Match IssuerDN using regular expression", "CN=(.*)").unwrap(),
        "root"
    );
    assert_eq!(read("Certificate Serial Number", all).unwrap(), "00a1");
    assert_eq!(
        read("Certificate Serial Number and IssuerDN", all).unwrap(),
        "00a1##CN=root"
    );
    assert_eq!(read("SHA-256 Thumbprint", all).unwrap().len(), 64);
    assert_eq!(
        read("Full Certificate in PEM format", all).unwrap(),
        alice.base64()
    );
    assert!(
        read("Subject's e-mail", all)
            .unwrap_err()
            .to_string()
            .contains("e-mail")
    );
    assert!(read("Subject's Alternative Name otherName (UPN)", all).is_err());
    for (source, expression) in [
        ("typo", all),
        ("Match SubjectDN using regular expression", "(a)(b)"),
        ("Match SubjectDN using regular expression", "x"),
        ("Match SubjectDN using regular expression", "("),
    ] {
        assert!(
            IdentitySource::from_config(source, expression, false, false).is_err(),
            "{source} {expression}"
        );
    }
}

#[test]
fn garbage_is_an_error_and_never_a_panic() {
    for text in [
        "",
        "   ",
        "garbage!",
        "AAAA",
        "-----BEGIN CERTIFICATE-----",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
        "(null)",
    ] {
        assert!(Chain::from_pem(text).is_err(), "{text}");
    }
    let root = root(authority("root"));
    let trusted = anchors(&[&root]);
    let der = root.issue(person("alice")).certificate.der().to_vec();
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    for _ in 0..20_000 {
        let mut bytes = der.clone();
        for _ in 0..1 + state % 4 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let at = usize::try_from(state % bytes.len() as u64).unwrap();
            bytes[at] = (state >> 32) as u8;
        }
        if bytes != der
            && let Ok(certificate) = Certificate::from_der(&bytes)
        {
            let differing: Vec<(usize, u8, u8)> = (0..der.len())
                .filter(|at| bytes[*at] != der[*at])
                .map(|at| (at, der[at], bytes[at]))
                .collect();
            assert_ne!(
                code(&Chain::new(vec![certificate]).unwrap(), &trusted),
                "accepted",
                "changed of {}: {differing:?}",
                der.len()
            );
        }
    }
    let mut behind = der.clone();
    behind.push(0);
    assert!(Certificate::from_der(&behind).is_err());
    assert!(Certificate::from_der(&vec![0x30; x509::MAX_CERTIFICATE_BYTES + 1]).is_err());
}
