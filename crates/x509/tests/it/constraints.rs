//! Name constraints by the letter (RFC 5280 §4.2.1.10), beyond what PKITS asks.

use crate::der::{element, extension, name_constraints, sequence};
use crate::made::{anchors, authority, chain, code, person, root};
use rcgen::{CustomExtension, SanType};

const REFUSED: &str = "CERT-NAME-CONSTRAINTS";
const EMAIL: u8 = 0x81;
const HOST: u8 = 0x82;
const URI: u8 = 0x86;
const ADDRESS: u8 = 0x87;

/// What becomes of a person with this alternative name below an authority with these constraints.
fn below(constraints: CustomExtension, name: SanType) -> &'static str {
    let root = root(authority("root"));
    let mut limits = authority("middle");
    limits.custom_extensions = vec![constraints];
    let middle = root.issue(limits);
    let mut params = person("alice");
    params.subject_alt_names = vec![name];
    let alice = middle.issue(params);
    code(&chain(&[&alice, &middle]), &anchors(&[&root]))
}

fn permitted(tag: u8, base: &str, name: SanType) -> &'static str {
    below(name_constraints(&[(tag, base.as_bytes())], &[]), name)
}

fn excluded(tag: u8, base: &str, name: SanType) -> &'static str {
    below(name_constraints(&[], &[(tag, base.as_bytes())]), name)
}

fn email(text: &str) -> SanType {
    SanType::Rfc822Name(text.try_into().unwrap())
}

fn host(text: &str) -> SanType {
    SanType::DnsName(text.try_into().unwrap())
}

fn uri(text: &str) -> SanType {
    SanType::URI(text.try_into().unwrap())
}

#[test]
fn mailboxes_keep_their_case_where_something_is_permitted() {
    let base = "Alice@Example.com";
    assert_eq!(
        permitted(EMAIL, base, email("Alice@example.COM")),
        "accepted"
    );
    assert_eq!(permitted(EMAIL, base, email("alice@example.com")), REFUSED);
    assert_eq!(excluded(EMAIL, base, email("alice@example.com")), REFUSED);
    assert_eq!(permitted(EMAIL, "example.com", email("alice")), REFUSED);
    assert_eq!(excluded(EMAIL, "example.com", email("alice")), REFUSED);
    assert_eq!(permitted(EMAIL, "", email("a@example.com")), REFUSED);
    assert_eq!(excluded(EMAIL, "", email("a@example.com")), REFUSED);
    assert_eq!(
        permitted(EMAIL, ".example.com", email("a@example.com")),
        REFUSED
    );
    assert_eq!(
        permitted(EMAIL, ".example.com", email("a@b.example.com")),
        "accepted"
    );
    let elsewhere = email("x@example.com@elsewhere.com");
    assert_eq!(permitted(EMAIL, "example.com", elsewhere), REFUSED);
}

#[test]
fn a_star_is_excluded_with_what_it_stands_for() {
    assert_eq!(
        excluded(HOST, "a.example.com", host("*.example.com")),
        REFUSED
    );
    assert_eq!(
        excluded(HOST, "example.com", host("*.example.com")),
        REFUSED
    );
    assert_eq!(
        excluded(HOST, "example.org", host("*.example.com")),
        "accepted"
    );
    assert_eq!(
        permitted(HOST, "a.example.com", host("*.example.com")),
        REFUSED
    );
    assert_eq!(
        permitted(HOST, ".example.com", host("example.com")),
        REFUSED
    );
    assert_eq!(
        permitted(HOST, ".example.com", host("a.example.com")),
        "accepted"
    );
    assert_eq!(excluded(HOST, ".example.com", host("example.com")), REFUSED);
    assert_eq!(
        permitted(HOST, "example.com", host("a.example.com.")),
        "accepted"
    );
    assert_eq!(permitted(HOST, "", host("a.example.com")), "accepted");
}

#[test]
fn a_uri_without_a_host_name_passes_no_constraint_on_uris() {
    for nowhere in [
        "https://10.1.2.3/",
        "https://[::1]:443/",
        "urn:x:example.com",
        "https:///example.com",
    ] {
        assert_eq!(permitted(URI, ".com", uri(nowhere)), REFUSED, "{nowhere}");
        assert_eq!(
            excluded(URI, "example.org", uri(nowhere)),
            REFUSED,
            "{nowhere}"
        );
    }
    let spiffe = || uri("spiffe://td.example/app");
    assert_eq!(permitted(URI, "td.example", spiffe()), "accepted");
    assert_eq!(permitted(URI, "example", spiffe()), REFUSED);
}

#[test]
fn constraints_that_cannot_be_read_permit_nothing() {
    let odd_mask = [10, 1, 0, 0, 255, 0, 255, 0];
    let with_minimum = sequence([element(
        0xa1,
        &sequence([element(HOST, b"example.org"), element(0x80, &[1])]),
    )]);
    for constraints in [
        name_constraints(&[], &[(ADDRESS, &odd_mask)]),
        name_constraints(&[], &[(ADDRESS, &[10, 1, 0, 0, 255])]),
        name_constraints(&[], &[(0x88, &[0x2a, 3])]),
        extension(30, true, with_minimum),
    ] {
        assert_eq!(below(constraints, email("a@example.com")), REFUSED);
    }
    for malformed in [
        element(0x30, &element(0xa0, &[])),
        element(0x30, &element(0xa2, &[])),
        element(0x31, &[]),
        sequence([element(0xa0, &sequence([element(HOST, &[0xff])]))]),
    ] {
        let mut limits = authority("middle");
        limits.custom_extensions = vec![extension(30, true, malformed)];
        let der = limits.self_signed(&crate::made::key()).unwrap();
        let error = x509::Certificate::from_der(der.der()).unwrap_err();
        assert!(error.to_string().contains("2.5.29.30"), "{error}");
    }
}

#[test]
fn a_mailbox_beyond_ascii_is_a_mailbox() {
    let mailbox = |text: &str| {
        let oid = vec![1, 3, 6, 1, 5, 5, 7, 8, 9];
        SanType::OtherName((oid, rcgen::OtherNameValue::Utf8String(text.to_owned())))
    };
    assert_eq!(
        permitted(EMAIL, "example.com", mailbox("ü@example.com")),
        "accepted"
    );
    assert_eq!(
        permitted(EMAIL, "example.com", mailbox("ü@example.org")),
        REFUSED
    );
}
