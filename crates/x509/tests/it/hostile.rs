//! What somebody may try who wants to be believed, or wants us busy.

use crate::made::{NOW, Party, anchors, authority, chain, code, key, params, person, root};
use rcgen::{
    CertificateParams, CidrSubnet, CustomExtension, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, GeneralSubtree, NameConstraints, SanType, date_time_ymd,
};
use x509::{Certificate, Chain, Malformed, Policy, TrustAnchors, judge};

/// What becomes of a certificate below an authority that is bound so.
fn bound(
    permitted: Vec<GeneralSubtree>,
    excluded: Vec<GeneralSubtree>,
    leaf: CertificateParams,
) -> &'static str {
    let mut limits = authority("middle");
    limits.name_constraints = Some(NameConstraints {
        permitted_subtrees: permitted,
        excluded_subtrees: excluded,
    });
    let root = root(authority("root"));
    let middle = root.issue(limits);
    code(&chain(&[&middle.issue(leaf), &middle]), &anchors(&[&root]))
}

fn named(names: &[(DnType, &str)]) -> CertificateParams {
    let mut params = person("x");
    params.subject_alt_names = Vec::new();
    params.distinguished_name = DistinguishedName::new();
    for (kind, value) in names {
        params.distinguished_name.push(kind.clone(), *value);
    }
    params
}

fn email() -> DnType {
    DnType::CustomDnType(vec![1, 2, 840, 113_549, 1, 9, 1])
}

const REFUSED: &str = "CERT-NAME-CONSTRAINTS";

#[test]
fn a_comma_inside_a_name_is_no_border_of_names() {
    let acme = || {
        let mut base = DistinguishedName::new();
        base.push(DnType::OrganizationName, "acme");
        vec![GeneralSubtree::DirectoryName(base)]
    };
    let inside = named(&[
        (DnType::OrganizationName, "ACME"),
        (DnType::CommonName, "x"),
    ]);
    assert_eq!(bound(acme(), vec![], inside.clone()), "accepted");
    assert_eq!(bound(vec![], acme(), inside), REFUSED);
    for outside in [
        named(&[(DnType::CommonName, "x,O=acme")]),
        named(&[(DnType::CommonName, "x\\,O=acme")]),
        named(&[
            (DnType::CommonName, "x"),
            (DnType::OrganizationName, "acme"),
        ]),
        named(&[(DnType::OrganizationName, "acme too")]),
    ] {
        assert_eq!(bound(acme(), vec![], outside), REFUSED);
    }
}

#[test]
fn an_address_in_the_subject_is_bound_too() {
    let domain = || vec![GeneralSubtree::Rfc822Name("example.com".to_owned())];
    assert_eq!(
        bound(domain(), vec![], named(&[(email(), "x@example.com")])),
        "accepted"
    );
    let mut beside = named(&[(email(), "admin@elsewhere.com")]);
    beside.subject_alt_names = vec![SanType::Rfc822Name("x@example.com".try_into().unwrap())];
    assert_eq!(bound(domain(), vec![], beside.clone()), REFUSED);
    assert_eq!(
        bound(
            vec![],
            vec![GeneralSubtree::Rfc822Name("elsewhere.com".to_owned())],
            beside
        ),
        REFUSED
    );
}

#[test]
fn hosts_addresses_and_kinds_that_are_not_read_are_bound() {
    let with = |name: SanType| {
        let mut params = person("x");
        params.subject_alt_names = vec![name];
        params
    };
    let host = |name: &str| with(SanType::DnsName(name.try_into().unwrap()));
    let address = |text: &str| with(SanType::IpAddress(text.parse().unwrap()));
    let uri = |text: &str| with(SanType::URI(text.try_into().unwrap()));
    let hosts = || vec![GeneralSubtree::DnsName("example.com".to_owned())];
    assert_eq!(bound(hosts(), vec![], host("a.Example.com")), "accepted");
    assert_eq!(bound(hosts(), vec![], host("notexample.com")), REFUSED);
    assert_eq!(bound(vec![], hosts(), host("example.com")), REFUSED);
    let network = || {
        vec![GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix(
            [10, 1, 0, 0],
            16,
        ))]
    };
    assert_eq!(bound(network(), vec![], address("10.1.2.3")), "accepted");
    assert_eq!(bound(network(), vec![], address("10.2.2.3")), REFUSED);
    assert_eq!(bound(vec![], network(), address("10.1.2.3")), REFUSED);
    assert_eq!(bound(network(), vec![], address("::1")), REFUSED);

    // rcgen writes no constraints on URIs and other names: [0] { SEQUENCE { base } }.
    let raw = |tag: u8, body: &[u8]| {
        let element =
            |tag: u8, body: &[u8]| [&[tag, u8::try_from(body.len()).unwrap()], body].concat();
        let subtree = element(0x30, &element(tag, body));
        let mut limits = authority("middle");
        let mut extension = CustomExtension::from_oid_content(
            &[2, 5, 29, 30],
            element(0x30, &element(0xa0, &subtree)),
        );
        extension.set_criticality(true);
        limits.custom_extensions = vec![extension];
        limits
    };
    let below = |limits: CertificateParams, leaf: CertificateParams| {
        let root = root(authority("root"));
        let middle = root.issue(limits);
        code(&chain(&[&middle.issue(leaf), &middle]), &anchors(&[&root]))
    };
    let uris = || raw(0x86, b".example.com");
    assert_eq!(below(uris(), uri("https://a.example.com/x")), "accepted");
    assert_eq!(below(uris(), uri("https://example.com/x")), REFUSED);
    assert_eq!(below(uris(), uri("urn:a.example.com")), REFUSED);
    assert_eq!(
        below(uris(), uri("https://x@elsewhere.com#.example.com")),
        REFUSED
    );
    let other = raw(0xa0, &[6, 2, 42, 3, 0xa0, 3, 12, 1, b'x']);
    assert_eq!(below(other, person("x")), REFUSED);
}

#[test]
fn an_authority_for_servers_vouches_for_no_person() {
    let root = root(authority("root"));
    for (usage, expected) in [
        (
            ExtendedKeyUsagePurpose::ServerAuth,
            "CERT-EXTENDED-KEY-USAGE",
        ),
        (ExtendedKeyUsagePurpose::ClientAuth, "accepted"),
        (ExtendedKeyUsagePurpose::Any, "accepted"),
    ] {
        let mut limits = authority("middle");
        limits.extended_key_usages = vec![usage];
        let middle = root.issue(limits);
        let mut silent = person("alice");
        silent.extended_key_usages = Vec::new();
        for leaf in [person("alice"), silent] {
            let sent = chain(&[&middle.issue(leaf), &middle]);
            assert_eq!(code(&sent, &anchors(&[&root])), expected);
        }
    }
}

#[test]
fn any_usage_answers_the_default_and_no_particular_question() {
    let root = root(authority("root"));
    let mut any = person("alice");
    any.extended_key_usages = vec![ExtendedKeyUsagePurpose::Any];
    let (sent, trusted) = (chain(&[&root.issue(any)]), anchors(&[&root]));
    assert_eq!(code(&sent, &trusted), "accepted");
    let policy = Policy {
        extended_key_usages: vec!["1.3.6.1.4.1.311.20.2.2".to_owned()],
        ..Policy::default()
    };
    let refused = judge(&sent, &trusted, &policy, NOW).outcome.unwrap_err();
    assert_eq!(refused.code(), "CERT-EXTENDED-KEY-USAGE");
}

#[test]
fn a_second_way_is_taken_when_the_first_is_closed() {
    let (root, other) = (
        root(authority("root")),
        crate::made::root(authority("other")),
    );
    let middle_key = key();
    let mut expired = authority("middle");
    expired.not_after = date_time_ymd(2026, 2, 1);
    let alice = Party {
        certificate: root.certificate.clone(),
        issuer: rcgen::Issuer::new(authority("middle"), key()),
    }
    .issue(person("alice"));
    // Nobody's key fits: the first way is no way at all.
    assert_eq!(
        code(&chain(&[&alice]), &anchors(&[&root, &other])),
        "CERT-NO-PATH"
    );

    let shared = middle_key.serialize_der();
    let again = || rcgen::KeyPair::try_from(shared.as_slice()).unwrap();
    let old = root.issue_with(expired, middle_key);
    let renewed = other.issue_with(authority("middle"), again());
    let alice = old.issue(person("alice"));
    let sent = chain(&[&alice, &old, &renewed]);
    assert_eq!(code(&sent, &anchors(&[&root])), "CERT-EXPIRED");
    assert_eq!(code(&sent, &anchors(&[&root, &other])), "accepted");
}

#[test]
fn namesakes_by_the_dozen_end_the_search() {
    let root = root(authority("root"));
    let nameless = |mut params: CertificateParams| {
        params.use_authority_key_identifier_extension = false;
        params
    };
    let namesakes: Vec<Party> = (0..40).map(|_| root.issue(authority("middle"))).collect();
    let alice = crate::made::root(authority("middle")).issue(nameless(person("alice")));
    let all: Vec<&Party> = std::iter::once(&root).chain(&namesakes).collect();
    let judgement = judge(&chain(&[&alice]), &anchors(&all), &Policy::default(), NOW);
    assert_eq!(judgement.outcome.unwrap_err().code(), "CERT-TOO-MUCH-WORK");
    assert!(judgement.steps.len() <= 65, "{}", judgement.steps.len());
}

#[test]
fn the_last_step_of_a_refusal_is_the_refusal() {
    let root = root(authority("root"));
    let mut old = person("alice");
    old.not_after = date_time_ymd(2026, 2, 1);
    let judgement = judge(
        &chain(&[&root.issue(old)]),
        &anchors(&[&root]),
        &Policy::default(),
        NOW,
    );
    let last = judgement.steps.last().unwrap();
    assert_eq!(last.code.as_deref(), Some("CERT-EXPIRED"));
    assert_eq!(last.text, "CN=alice expired at 2026-02-01T00:00:00Z");
    assert!(
        judgement.steps[0]
            .text
            .starts_with("presented: CN=alice, serial ")
    );
    assert_eq!(
        judgement.steps[1].text,
        "the trust store holds 1 roots and 0 intermediates"
    );
    assert_eq!(
        judgement.steps[2].text,
        "CN=root, a root of the trust store, may be the issuer of CN=alice"
    );
}

#[test]
fn a_changed_signature_is_no_signature() {
    let root = root(authority("root"));
    let mut der = root.issue(person("alice")).certificate.der().to_vec();
    let last = der.len() - 1;
    der[last] ^= 1;
    let changed = Chain::from_ders([der.as_slice()]).unwrap();
    assert_eq!(code(&changed, &anchors(&[&root])), "CERT-SIGNATURE");
}

#[test]
fn a_version_that_does_not_exist_is_refused() {
    let der = root(params(&"x".repeat(200))).certificate.der().to_vec();
    let at = der
        .windows(5)
        .position(|five| five == [0xa0, 3, 2, 1, 2])
        .unwrap();
    for number in [&[3][..], &[0x7f], &[0, 0xff, 0xff, 0xff, 0xff]] {
        let mut changed = der.clone();
        let grown = number.len() - 1;
        changed[at + 1] += u8::try_from(grown).unwrap();
        changed[at + 3] = u8::try_from(number.len()).unwrap();
        changed.splice(at + 4..=at + 4, number.iter().copied());
        // Certificate and what is signed of it: both have lengths of two bytes.
        for length in [2, 6] {
            let long = u16::from_be_bytes([changed[length], changed[length + 1]]);
            let long = long + u16::try_from(grown).unwrap();
            changed[length..length + 2].copy_from_slice(&long.to_be_bytes());
        }
        assert_eq!(Certificate::from_der(&changed), Err(Malformed::Version));
    }
}

#[test]
fn nothing_that_is_cut_short_is_read() {
    let mut params = person("alice");
    params.subject_alt_names = vec![SanType::DnsName(
        "x".repeat(60).as_str().try_into().unwrap(),
    )];
    let alice = root(authority("root")).issue(params).certificate;
    for end in 0..alice.der().len() {
        assert!(Certificate::from_der(&alice.der()[..end]).is_err());
    }
    let pem = alice.pem();
    for end in 0..pem.len() - "-----\n".len() {
        assert!(Chain::from_pem(&pem[..end]).is_err(), "{end}");
    }
    assert!(
        TrustAnchors::default()
            .add_pem(&"-----BEGIN".repeat(10_000))
            .is_err()
    );
}
