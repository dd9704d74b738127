//! Certificates that want us busy, each with what must become of it. Tests count the work; `bench/` measures the time.

use crate::der::{element, extension, mappings, name_constraints, oid, policies, with_signature};
use crate::made::{NOW, Party, authority, key, person, root};
use rcgen::{
    CertificateParams, CustomExtension, DnType, KeyPair, PublicKeyData, SanType, SignatureAlgorithm,
};
use x509::{Certificate, Chain, Policy, TrustAnchors, Work, judge};

/// Something that was sent, and whom we trust.
pub struct Case {
    pub name: &'static str,
    sent: Vec<Vec<u8>>,
    anchors: TrustAnchors,
    /// The code of the refusal, or `accepted`.
    pub expected: &'static str,
}

impl Case {
    fn new(
        name: &'static str,
        expected: &'static str,
        sent: &[&Party],
        trusted: &[&Party],
    ) -> Self {
        let sent = sent.iter().map(|party| party.certificate.der().to_vec());
        Self {
            name,
            sent: sent.collect(),
            anchors: TrustAnchors::new(trusted.iter().map(|party| party.certificate.clone())),
            expected,
        }
    }

    /// Reads and judges what was sent.
    pub fn run(&self) -> (&'static str, Work) {
        let chain = match Chain::from_ders(self.sent.iter().map(Vec::as_slice)) {
            Ok(chain) => chain,
            Err(error) => return (error.code(), Work::default()),
        };
        let judgement = judge(&chain, &self.anchors, &Policy::default(), NOW);
        let outcome = judgement.outcome.map(|_| "accepted");
        (
            outcome.unwrap_or_else(|rejection| rejection.code()),
            judgement.work,
        )
    }
}

/// An honest chain of three certificates with RSA keys of 2048 bits.
pub fn plain() -> Case {
    let rsa = || KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
    let root_key = rsa();
    let params = authority("root");
    let root = Party {
        certificate: Certificate::from_der(params.self_signed(&root_key).unwrap().der()).unwrap(),
        issuer: rcgen::Issuer::new(params, root_key),
    };
    let middle = root.issue_with(authority("middle"), rsa());
    let alice = middle.issue_with(person("alice"), rsa());
    Case::new(
        "three certificates",
        "accepted",
        &[&alice, &middle],
        &[&root],
    )
}

/// All of them.
pub fn hostile() -> Vec<Case> {
    let mut cases = Vec::new();
    long_chains(&mut cases);
    cycles(&mut cases);
    large_extensions(&mut cases);
    large_keys(&mut cases);
    many_policies(&mut cases);
    many_names(&mut cases);
    cases
}

fn long_chains(cases: &mut Vec<Case>) {
    let root = root(authority("root"));
    let mut line = vec![root.issue(authority("a0"))];
    for at in 1..200 {
        let next = line[at - 1].issue(authority(&format!("a{at}")));
        line.push(next);
    }
    let alice = line[199].issue(person("alice"));
    let sent: Vec<&Party> = std::iter::once(&alice).chain(line.iter().rev()).collect();
    cases.push(Case::new(
        "200 certificates sent",
        "CERT-TOO-LARGE",
        &sent,
        &[&root],
    ));
    let kept: Vec<&Party> = std::iter::once(&root).chain(&line).collect();
    cases.push(Case::new(
        "200 authorities one above the other",
        "CERT-PATH-TOO-LONG",
        &[&alice],
        &kept,
    ));
}

fn cycles(cases: &mut Vec<Case>) {
    let trusted = root(authority("root"));
    let circle = |count: usize| {
        let own: Vec<Party> = (0..count)
            .map(|at| root(authority(&format!("c{at}"))))
            .collect();
        let mut crossed = Vec::new();
        for (above, issuer) in own.iter().enumerate() {
            for (below, subject) in own.iter().enumerate().filter(|(below, _)| *below != above) {
                let key = KeyPair::try_from(subject.issuer.key().serialize_der()).unwrap();
                crossed.push(issuer.issue_with(authority(&format!("c{below}")), key));
            }
        }
        (own[0].issue(person("alice")), crossed)
    };
    let (alice, crossed) = circle(3);
    let sent: Vec<&Party> = std::iter::once(&alice).chain(&crossed).collect();
    cases.push(Case::new(
        "three authorities that certify each other",
        "CERT-NO-PATH",
        &sent,
        &[&trusted],
    ));
    let (alice, crossed) = circle(12);
    let kept: Vec<&Party> = std::iter::once(&trusted).chain(&crossed).collect();
    cases.push(Case::new(
        "twelve authorities that certify each other, kept",
        "CERT-PATH-TOO-LONG",
        &[&alice],
        &kept,
    ));
    let namesakes: Vec<Party> = (0..2000)
        .map(|_| trusted.issue(authority("middle")))
        .collect();
    let alice = root(authority("middle")).issue(person("alice"));
    let kept: Vec<&Party> = std::iter::once(&trusted).chain(&namesakes).collect();
    cases.push(Case::new(
        "2000 authorities of one name",
        "CERT-TOO-MUCH-WORK",
        &[&alice],
        &kept,
    ));
}

fn large_extensions(cases: &mut Vec<Case>) {
    let root = root(authority("root"));
    let with = |bytes: usize| {
        let mut params = person("alice");
        params.custom_extensions = vec![CustomExtension::from_oid_content(
            &[1, 3, 6, 1, 4, 1, 99999, 1],
            element(4, &vec![7; bytes]),
        )];
        params
    };
    let extension_of = |bytes| root_issue_raw(&root, with(bytes), &key());
    for (name, expected, bytes) in [
        ("an extension of 1 MiB", "CERT-TOO-LARGE", 1 << 20),
        ("an extension of 60 KiB", "accepted", 60 << 10),
    ] {
        cases.push(Case {
            name,
            sent: vec![extension_of(bytes)],
            anchors: TrustAnchors::new([root.certificate.clone()]),
            expected,
        });
    }
    let mut serial = person("alice");
    serial.serial_number = Some(vec![0x77; 60 << 10].into());
    let mut subject = person("alice");
    subject
        .distinguished_name
        .push(DnType::OrganizationName, "x".repeat(30 << 10));
    for (name, expected, params) in [
        ("a serial number of 60 KiB", "CERT-MALFORMED", serial),
        ("a name of 30 KiB", "accepted", subject),
    ] {
        cases.push(Case {
            name,
            sent: vec![root_issue_raw(&root, params, &key())],
            anchors: TrustAnchors::new([root.certificate.clone()]),
            expected,
        });
    }
}

/// The DER, read by nobody yet.
fn root_issue_raw(root: &Party, params: CertificateParams, key: &impl PublicKeyData) -> Vec<u8> {
    params.signed_by(key, &root.issuer).unwrap().der().to_vec()
}

/// A number of so many bits in place of a modulus: nobody knows its factors, and verifying takes as long.
struct Modulus(Vec<u8>);

impl Modulus {
    fn of(bits: usize) -> Self {
        let mut number = vec![0xa5; bits / 8];
        number.insert(0, 0);
        let exponent = element(2, &[1, 0, 1]);
        Self(crate::der::sequence([element(2, &number), exponent]))
    }
}

impl PublicKeyData for Modulus {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &rcgen::PKCS_RSA_SHA256
    }
}

fn large_keys(cases: &mut Vec<Case>) {
    let root = root(authority("root"));
    let anchors = TrustAnchors::new([root.certificate.clone()]);
    let rsa = KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
    let mut silent = person("alice");
    silent.use_authority_key_identifier_extension = false;
    let alice = silent
        .signed_by(&key(), &rcgen::Issuer::new(authority("middle"), rsa))
        .unwrap();
    let alice = alice.der().to_vec();
    let middle = |bits| {
        let mut params = authority("middle");
        params.key_identifier_method = rcgen::KeyIdMethod::PreSpecified(vec![1]);
        root_issue_raw(&root, params, &Modulus::of(bits))
    };
    cases.push(Case {
        name: "an authority with an RSA key of 16,384 bits",
        sent: vec![alice.clone(), middle(16_384)],
        anchors: anchors.clone(),
        expected: "CERT-WEAK-KEY",
    });
    cases.push(Case {
        name: "a person with an RSA key of 16,384 bits",
        sent: vec![root_issue_raw(&root, person("alice"), &Modulus::of(16_384))],
        anchors: anchors.clone(),
        expected: "CERT-WEAK-KEY",
    });
    // A signature of the length that such a key makes.
    let alice = with_signature(&alice, &[0x11; 1024]);
    let kept = (0..40).map(|_| Certificate::from_der(&middle(8192)).unwrap());
    cases.push(Case {
        name: "40 authorities of one name with RSA keys of 8192 bits",
        sent: vec![alice],
        anchors: TrustAnchors::new(kept.chain([root.certificate.clone()])),
        expected: "CERT-TOO-MUCH-WORK",
    });
}

fn many_policies(cases: &mut Vec<Case>) {
    let with = |mut params: CertificateParams, extensions| {
        params.custom_extensions = extensions;
        params
    };
    let all = |count| policies((0..count).map(oid));
    // A tree of these would have 40 to the power of five leaves.
    let crossed = || {
        mappings((0..40).flat_map(|issuer| (0..40).map(move |subject| (oid(issuer), oid(subject)))))
    };
    let tower = |extensions: &dyn Fn() -> Vec<CustomExtension>, last: CustomExtension| {
        let top = root(authority("root"));
        let mut line = vec![top.issue(with(authority("a0"), extensions()))];
        for at in 1..5 {
            let next = line[at - 1].issue(with(authority(&format!("a{at}")), extensions()));
            line.push(next);
        }
        let alice = line[4].issue(with(person("alice"), vec![last]));
        (top, line, alice)
    };
    for (name, expected, (top, line, alice)) in [
        (
            "40 policies, each mapped to all, five times",
            "accepted",
            tower(&|| vec![all(40), crossed()], all(40)),
        ),
        (
            "5000 policies in each of six certificates",
            "accepted",
            tower(&|| vec![all(5000)], all(5000)),
        ),
        (
            "2000 policies and 2500 mappings in each of six certificates",
            "accepted",
            tower(
                &|| {
                    let pairs = (0..2500).map(|at| (oid(at % 50), oid(at / 2)));
                    vec![all(2000), mappings(pairs)]
                },
                all(2000),
            ),
        ),
    ] {
        let sent: Vec<&Party> = std::iter::once(&alice).chain(&line).collect();
        cases.push(Case::new(name, expected, &sent, &[&top]));
    }
}

fn many_names(cases: &mut Vec<Case>) {
    let hosts = |count: usize, length: usize| {
        let mut params = person("alice");
        params.subject_alt_names = (0..count)
            .map(|at| {
                let name = format!("{at}.{}.com", "x".repeat(length));
                SanType::DnsName(name.as_str().try_into().unwrap())
            })
            .collect();
        params
    };
    let bound = |count: usize, length: usize| {
        let bases: Vec<String> = (0..count)
            .map(|at| format!("{at}.{}.org", "x".repeat(length)))
            .collect();
        let bases: Vec<(u8, &[u8])> = bases.iter().map(|base| (0x82, base.as_bytes())).collect();
        let mut params = authority("middle");
        params.custom_extensions = vec![name_constraints(&[], &bases)];
        params
    };
    let root = root(authority("root"));
    for (name, expected, limits, leaf) in [
        (
            "2000 names below 2000 constraints",
            "CERT-TOO-MUCH-WORK",
            bound(2000, 4),
            hosts(2000, 4),
        ),
        (
            "300 long names below 300 long constraints",
            "accepted",
            bound(300, 150),
            hosts(300, 150),
        ),
        (
            "4000 names",
            "accepted",
            authority("middle"),
            hosts(4000, 2),
        ),
    ] {
        let middle = root.issue(limits);
        let alice = middle.issue(leaf);
        cases.push(Case::new(name, expected, &[&alice, &middle], &[&root]));
    }
    // Nothing but empty parts of names: as many elements as fit.
    let names = vec![element(0x82, &[]); 20_000].concat();
    let mut params = person("alice");
    params.subject_alt_names = Vec::new();
    params.custom_extensions = vec![extension(17, false, element(0x30, &names))];
    let alice = root.issue(params);
    // A name in wrappers: the innermost is made first.
    let mut nested = element(0x0c, b"x");
    while nested.len() < 60 << 10 {
        nested = element(0xa0, &nested);
    }
    let name = [element(6, &[0x2a, 3]), nested].concat();
    let mut wrapped = person("alice");
    wrapped.subject_alt_names = Vec::new();
    let name = element(0x30, &element(0xa0, &name));
    wrapped.custom_extensions = vec![extension(17, false, name)];
    let wrapped = root.issue(wrapped);
    cases.push(Case::new(
        "a name in 15,000 wrappers",
        "accepted",
        &[&wrapped],
        &[&root],
    ));
    cases.push(Case::new(
        "20,000 empty names",
        "accepted",
        &[&alice],
        &[&root],
    ));
}
