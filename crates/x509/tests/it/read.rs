//! What certificates say: their accessors, PEM in all its dress, sources of identity.

use crate::made::{authority, person, root};
use rcgen::{CustomExtension, DnType, KeyUsagePurpose, OtherNameValue, SanType};
use x509::{Certificate, Chain, ChainError, IdentitySource, KeyKind, TrustAnchors};

#[test]
fn a_certificate_tells_what_it_holds() {
    let root = root(authority("root"));
    let mut params = person("alice");
    params.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::DecipherOnly,
    ];
    // One policy, 1.2.3.4, in DER.
    params.custom_extensions = vec![CustomExtension::from_oid_content(
        &[2, 5, 29, 32],
        vec![0x30, 7, 0x30, 5, 6, 3, 0x2a, 3, 4],
    )];
    let alice = root.issue(params).certificate;
    assert_eq!(
        alice.key_usages().unwrap(),
        ["digitalSignature", "decipherOnly"]
    );
    assert_eq!(alice.extended_key_usages().unwrap(), ["1.3.6.1.5.5.7.3.2"]);
    assert_eq!(alice.policies().unwrap(), ["1.2.3.4"]);
    assert_eq!(
        alice.authority_key_id(),
        root.certificate.subject_key_id(),
        "and both are there"
    );
    assert!(alice.authority_key_id().is_some());
    assert!(!alice.is_authority() && root.certificate.is_authority());
    assert!(!alice.is_self_signed() && root.certificate.is_self_signed());
    assert_eq!((alice.version(), alice.key_kind()), (3, KeyKind::Ec(256)));
    assert_eq!(alice.thumbprint().len(), 32);
    assert!(
        alice
            .pem()
            .lines()
            .all(|line| line.len() <= 64 && !line.is_empty())
    );
    assert_eq!(**Chain::from_pem(&alice.pem()).unwrap().leaf(), alice);
    assert_eq!(Certificate::from_der(alice.der()).unwrap(), alice);
}

#[test]
fn pem_is_read_as_proxies_send_it() {
    let root = root(authority("root"));
    let alice = root.issue(person("alice")).certificate;
    let pem = alice.pem();
    for text in [
        pem.clone(),
        pem.replace('\n', "\r\n"),
        pem.replace('\n', " "),
        pem.replace('\n', "\n\t"),
        pem.replace('\n', ""),
        alice.base64(),
        alice.base64().trim_end_matches('=').to_owned(),
        format!("subject=alice\n\n{pem}\nissuer=root\n"),
    ] {
        assert_eq!(**Chain::from_pem(&text).unwrap().leaf(), alice, "{text}");
    }
    let both = pem + &root.certificate.pem();
    let chain = Chain::from_pem(&both).unwrap();
    assert_eq!(
        (&**chain.leaf(), chain.rest().len()),
        (&alice, 1),
        "the leaf first"
    );
    let ders = [alice.der(), root.certificate.der()];
    assert_eq!(Chain::from_ders(ders).unwrap(), chain);
}

#[test]
fn what_is_no_chain_is_told_apart() {
    let pem = root(authority("root")).certificate.pem();
    let broken = pem.replacen("MII", "AAA", 1).replacen("MIH", "AAA", 1);
    for (text, code, words) in [
        (String::new(), "CERT-MALFORMED", "no certificate"),
        ("(null)".to_owned(), "CERT-MALFORMED", "not base64"),
        (format!("{pem}{broken}"), "CERT-MALFORMED", "block 2"),
        (
            format!("{pem}{}", pem.replace("CERTIFICATE", "PRIVATE KEY")),
            "CERT-MALFORMED",
            "block 2",
        ),
        (pem.repeat(11), "CERT-TOO-LARGE", "11 certificates"),
        (
            "A".repeat(x509::MAX_CERTIFICATE_BYTES * 2),
            "CERT-TOO-LARGE",
            "refused",
        ),
    ] {
        let error = Chain::from_pem(&text).unwrap_err();
        assert_eq!(error.code(), code);
        assert!(error.to_string().contains(words), "{error}");
    }
    assert_eq!(Chain::from_ders(std::iter::empty()), Err(ChainError::Empty));
    let mut anchors = TrustAnchors::default();
    let error = anchors.add_pem(&format!("{pem}{broken}")).unwrap_err();
    assert!(error.to_string().starts_with("block 2"), "{error}");
    assert!(anchors.list().is_empty(), "all or nothing");
    assert_eq!(anchors.add_pem(&pem.repeat(3)).unwrap(), 3);
    assert_eq!(anchors.list().len(), 1, "one that is there is left out");
}

#[test]
fn principal_names_come_before_other_names() {
    const UPN: [u64; 10] = [1, 3, 6, 1, 4, 1, 311, 20, 2, 3];
    let other = |oid: &[u64], text: &str| {
        SanType::OtherName((oid.to_vec(), OtherNameValue::Utf8String(text.to_owned())))
    };
    let read = |names: Vec<SanType>| {
        let mut params = person("alice");
        params.subject_alt_names = names;
        let alice = root(authority("root")).issue(params).certificate;
        IdentitySource::from_config(
            "Subject's Alternative Name otherName (UPN)",
            "",
            false,
            false,
        )
        .unwrap()
        .extract(&alice)
    };
    assert_eq!(
        read(vec![
            other(&[1, 2, 3], "x"),
            other(&UPN, "alice@corp"),
            other(&[1, 2, 4], "y")
        ])
        .unwrap(),
        ["alice@corp"]
    );
    assert_eq!(
        read(vec![other(&[1, 2, 3], "x"), other(&[1, 2, 4], "y")]).unwrap(),
        ["y"]
    );
    assert_eq!(read(Vec::new()).unwrap_err().code(), "CERT-NO-IDENTITY");
}

#[test]
fn canonical_names_and_hostile_expressions() {
    let mut params = person("Alice");
    params
        .distinguished_name
        .push(DnType::OrganizationName, "My  Corp");
    let alice = root(authority("Root")).issue(params).certificate;
    let read = |source: &str, expression: &str, canonical: bool| {
        IdentitySource::from_config(source, expression, canonical, false)
            .unwrap()
            .extract(&alice)
    };
    let subject = "Match SubjectDN using regular expression";
    assert_eq!(read(subject, "(.*)", true).unwrap(), ["o=my corp,cn=alice"]);
    assert_eq!(
        read("Certificate Serial Number and IssuerDN", "", true).unwrap()[1],
        "cn=root"
    );
    assert!(read(subject, "OU=(.*)", false).is_err());
    assert!(
        read(subject, "CN=( *)", false).is_err(),
        "blanks name nobody"
    );
    // Exponential where expressions backtrack.
    assert!(read(subject, "^((?:a+)+)$", false).is_err());
    for (source, expression, code) in [
        (subject, "(\\w{1000}){1000}", "CERT-SETTING-EXPRESSION"),
        (subject, "(?=a)(b)", "CERT-SETTING-EXPRESSION"),
        ("Issuer's e-mail", "", "CERT-SETTING-IDENTITY-SOURCE"),
        ("subject's e-mail", "", "CERT-SETTING-IDENTITY-SOURCE"),
    ] {
        let error = IdentitySource::from_config(source, expression, false, false).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
    }
}

#[test]
fn uris_and_spiffe_ids_name_workloads() {
    let read = |source: &str, uris: &[&str]| {
        let mut params = person("alice");
        params.subject_alt_names = uris
            .iter()
            .map(|uri| SanType::URI((*uri).try_into().unwrap()))
            .collect();
        let alice = root(authority("root")).issue(params).certificate;
        let source = IdentitySource::from_config(source, "", false, false).unwrap();
        source.extract(&alice).map(|values| values.join("##"))
    };
    let uri = "Subject's Alternative Name URI";
    let spiffe = "Subject's Alternative Name URI (SPIFFE)";
    let id = "spiffe://td.example/ns/prod/sa/web-1";
    assert_eq!(
        read(uri, &["https://a.example/x", id]).unwrap(),
        "https://a.example/x"
    );
    assert!(read(uri, &[]).unwrap_err().to_string().contains("URI"));
    assert_eq!(read(spiffe, &[id]).unwrap(), id);
    for others in [
        &[][..],
        &[id, id],
        &["https://td.example/x", id],
        &["https://td.example/x"],
        &["spiffe://td.example"],
        &["spiffe://td.example/"],
        &["spiffe://td.example/a//b"],
        &["spiffe://td.example/a/../b"],
        &["spiffe://TD.example/a"],
        &["spiffe://td.example:1/a"],
        &["spiffe://x@td.example/a"],
        &["spiffe://td.example/a%2fb"],
        &["spiffe://td.example/a?b"],
        &["SPIFFE://td.example/a"],
        &["spiffe:///a"],
    ] {
        let error = read(spiffe, others).unwrap_err();
        assert_eq!(error.code(), "CERT-NO-IDENTITY", "{others:?}");
    }
}

#[test]
fn extensions_are_read_by_the_letter() {
    // Each is a value that some libraries read.
    let values: [(u64, &[u8]); 16] = [
        (15, &[3, 2, 7, 0x81]),
        (15, &[3, 2, 8, 0x80]),
        (15, &[4, 2, 7, 0x80]),
        (19, &[0x30, 3, 1, 1, 1]),
        (19, &[0x30, 6, 1, 1, 0xff, 2, 1, 0xff]),
        (19, &[0x30, 7, 1, 1, 0xff, 2, 2, 0, 1]),
        (19, &[0x30, 3, 1, 1, 0xff, 5, 0]),
        (32, &[0x30, 0]),
        (32, &[0x30, 5, 0x30, 3, 4, 1, 0x2a]),
        (32, &[0x30, 6, 0x30, 4, 6, 2, 0x2a, 0x80]),
        (33, &[0x30, 5, 0x30, 3, 6, 1, 0x2a]),
        (35, &[0x30, 4, 0x82, 0, 0x80, 0]),
        (36, &[0x30, 0]),
        (37, &[0x30, 3, 4, 1, 0x2a]),
        (54, &[2, 1, 0x80]),
        (17, &[0x30, 3, 0x89, 1, 0]),
    ];
    for (number, value) in values {
        let mut params = crate::made::params("x");
        params.use_authority_key_identifier_extension = false;
        params.custom_extensions = vec![crate::der::extension(number, false, value.to_vec())];
        let der = params.self_signed(&crate::made::key()).unwrap();
        let error = Certificate::from_der(der.der()).unwrap_err().to_string();
        assert_eq!(
            error,
            format!("extension 2.5.29.{number} is malformed or repeated"),
            "{value:02x?}"
        );
    }
}
