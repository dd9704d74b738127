//! Every look-up reads what its proxy sends, and nothing else.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::*;
use edge::{
    EdgeConfig, Encoded, Lookup, LookupError, LookupSettings, ProxyHeaders, ProxyVerification,
    Trusted,
};
use rcgen::SanType;

fn edge(name: &str, settings: &LookupSettings<'_>) -> EdgeConfig {
    let lookup = Lookup::with(name, settings).unwrap();
    EdgeConfig::new(ProxyHeaders::Ignored, Trusted::loopback(), Some(lookup))
}

fn plain(name: &str) -> EdgeConfig {
    edge(name, &LookupSettings::default())
}

fn read(edge: &EdgeConfig, headers: &[(&str, &str)]) -> Outcome {
    admit(edge, &peer("127.0.0.1"), headers)
}

#[track_caller]
fn refused(edge: &EdgeConfig, headers: &[(&str, &str)], code: &str, words: &str) {
    let outcome = read(edge, headers);
    assert_eq!(outcome.certificate, code, "{}", outcome.reason);
    assert!(outcome.reason.contains(words), "{}", outcome.reason);
}

/// Headers of a look-up for a person, as the proxy sends them.
fn sent(name: &str, person: &Person) -> Vec<(String, String)> {
    let own = |name: &str, value: String| (name.to_owned(), value);
    let (leaf, above) = (person.leaf(), &person.ders[1..]);
    match name {
        "nginx" => vec![own("ssl-client-cert", nginx(leaf))],
        "haproxy" => vec![
            own("Client-Cert", base64(leaf)),
            own("Client-Cert-Chain", haproxy_chain(above)),
        ],
        "apache" => {
            let mut headers = vec![own("SSL_CLIENT_CERT", apache(leaf))];
            for (at, der) in above.iter().enumerate() {
                headers.push(own(&format!("SSL_CLIENT_CERT_CHAIN_{at}"), apache(der)));
            }
            headers
        }
        "traefik" => vec![own("X-Forwarded-Tls-Client-Cert", traefik(&person.ders))],
        "envoy" => vec![own("x-forwarded-client-cert", envoy(person))],
        "rfc9440" => {
            let mut headers = vec![own("Client-Cert", rfc9440(leaf))];
            headers.extend(
                above
                    .iter()
                    .map(|der| own("Client-Cert-Chain", rfc9440(der))),
            );
            headers
        }
        "aws-alb" => vec![own("X-Amzn-Mtls-Clientcert", aws_alb(&person.ders))],
        "caddy" => vec![own("Client-Cert", rfc9440(leaf))],
        "azure" => vec![own("X-ARR-ClientCert", base64(leaf))],
        other => panic!("{other}"),
    }
}

fn borrowed(headers: &[(String, String)]) -> Vec<(&str, &str)> {
    headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

#[test]
fn a36_every_proxy_s_chain_is_read_whole_and_more_than_its_length_is_refused() {
    let carry_chains = [
        "haproxy", "apache", "traefik", "envoy", "rfc9440", "aws-alb",
    ];
    for name in Lookup::names().filter(|name| *name != "default") {
        for between in [0, 1, 3] {
            let person = Person::new("alice", between);
            let headers = sent(name, &person);
            let headers = borrowed(&headers);
            let outcome = read(&plain(name), &headers);
            assert_eq!(
                outcome.certificate, "CN=alice",
                "{name}: {}",
                outcome.reason
            );
            let all = if carry_chains.contains(&name) {
                1 + between
            } else {
                1
            };
            assert_eq!(outcome.count, all, "{name}");
            for (length, fits) in [(all - 1, true), (all.saturating_sub(2), all == 1)] {
                let settings = LookupSettings {
                    chain_length: Some(length),
                    ..LookupSettings::default()
                };
                let outcome = read(&edge(name, &settings), &headers);
                if fits {
                    assert_eq!(outcome.count, all, "{name}");
                } else {
                    assert_eq!(outcome.certificate, "EDGE-CERT-CHAIN-TOO-LONG", "{name}");
                    assert!(
                        outcome.reason.contains(&format!("sent {} ", all - 1))
                            && outcome.reason.contains("certificate-chain-length"),
                        "{}",
                        outcome.reason
                    );
                }
            }
        }
        let crowd = Person::new("alice", 11);
        let headers = sent(name, &crowd);
        let outcome = read(&plain(name), &borrowed(&headers));
        if carry_chains.contains(&name) {
            assert_eq!(outcome.certificate, "EDGE-CERT-CHAIN-TOO-LONG", "{name}");
        }
    }
}

#[test]
fn a23_a24_names_of_headers_have_no_case() {
    let person = Person::new("alice", 0);
    let value = nginx(person.leaf());
    for name in ["ssl-client-cert", "Ssl-Client-Cert", "SSL-CLIENT-CERT"] {
        assert_eq!(
            read(&plain("nginx"), &[(name, &value)]).certificate,
            "CN=alice"
        );
    }
}

#[test]
fn a25_nginx_s_folded_variable_is_read_when_told_and_recognised_when_not() {
    let person = Person::new("alice", 0);
    let (folded, escaped) = (nginx_folded(person.leaf()), nginx(person.leaf()));
    let raw = edge(
        "nginx",
        &LookupSettings {
            encoded: Encoded::Plain,
            ..LookupSettings::default()
        },
    );
    // As HTTP/1.1 proxies hand a folded value on: the tab, a blank, or both.
    for value in [
        folded.clone(),
        folded.replace('\t', " "),
        folded.replace('\t', "  "),
        base64(person.leaf()),
    ] {
        assert_eq!(
            read(&raw, &[("ssl-client-cert", &value)]).certificate,
            "CN=alice",
            "{value}"
        );
    }
    refused(
        &raw,
        &[("ssl-client-cert", &escaped)],
        "EDGE-CERT-UNREADABLE",
        "leave cert-is-url-encoded=false out",
    );
    for value in [folded.clone(), folded.replace('\t', " ")] {
        refused(
            &plain("nginx"),
            &[("ssl-client-cert", &value)],
            "EDGE-CERT-UNREADABLE",
            "send $ssl_client_escaped_cert instead",
        );
    }
    let with_returns = percent(&pem(person.leaf()).replace('\n', "\r\n"), "-._~");
    let quoted = format!("\"{escaped}\"");
    let small_digits = ["%2B", "%2F", "%0A", "%3D"]
        .iter()
        .fold(escaped.clone(), |text, code| {
            text.replace(code, &code.to_lowercase())
        });
    for value in [&with_returns, &quoted, &small_digits] {
        let outcome = read(&plain("nginx"), &[("ssl-client-cert", value)]);
        assert_eq!(outcome.certificate, "CN=alice", "{}", outcome.reason);
    }
}

#[test]
fn a37_apache_s_blanks_and_nulls_are_read() {
    let person = Person::new("alice", 2);
    let value = apache(person.leaf());
    let above: Vec<String> = person.ders[1..].iter().map(|der| apache(der)).collect();
    let apache = plain("apache");
    for value in [
        value.clone(),
        value.trim().to_owned(),
        format!("\"{value}\""),
        base64(person.leaf()),
    ] {
        assert_eq!(
            read(&apache, &[("SSL_CLIENT_CERT", &value)]).certificate,
            "CN=alice"
        );
    }
    refused(
        &apache,
        &[("SSL_CLIENT_CERT", "(null)")],
        "EDGE-CERT-HEADER-SAYS-NONE",
        "is (null)",
    );
    let outcome = read(
        &apache,
        &[
            ("SSL_CLIENT_CERT", &value),
            ("SSL_CLIENT_CERT_CHAIN_0", &above[0]),
            ("SSL_CLIENT_CERT_CHAIN_1", &above[1]),
            ("SSL_CLIENT_CERT_CHAIN_2", "(null)"),
            ("SSL_CLIENT_CERT_CHAIN_3", "(null)"),
            ("SSL_CLIENT_VERIFY", "SUCCESS"),
            ("SSL_CLIENT_S_DN", "CN=somebody else"),
        ],
    );
    assert_eq!(
        (outcome.certificate.as_str(), outcome.count),
        ("CN=alice", 3)
    );
    refused(
        &apache,
        &[
            ("SSL_CLIENT_CERT", &value),
            ("SSL_CLIENT_CERT_CHAIN_1", &above[0]),
        ],
        "EDGE-CERT-UNREADABLE",
        "ssl_client_cert_chain_0 is not there",
    );
    refused(
        &apache,
        &[
            ("SSL_CLIENT_CERT", &value),
            ("SSL_CLIENT_CERT_CHAIN_0", "garbage"),
        ],
        "EDGE-CERT-UNREADABLE",
        "the header ssl_client_cert_chain_0 holds",
    );
    // Between httpd and us somebody changed or dropped what has underscores.
    refused(
        &apache,
        &[("SSL-Client-Cert", &value)],
        "EDGE-CERT-OTHER-SPELLING",
        "no header ssl_client_cert, but ssl-client-cert",
    );
    refused(
        &apache,
        &[],
        "EDGE-CERT-HEADER-ABSENT",
        "drop headers with underscores",
    );
    let named = edge(
        "apache",
        &LookupSettings {
            header: Some("X-Cert"),
            chain_prefix: Some("CERT_CHAIN"),
            chain_length: Some(10),
            ..LookupSettings::default()
        },
    );
    let outcome = read(
        &named,
        &[
            ("x-cert", &value),
            ("CERT_CHAIN_0", &above[0]),
            ("CERT_CHAIN_1", &above[1]),
        ],
    );
    assert_eq!(outcome.count, 3, "{}", outcome.reason);
}

#[test]
fn a38_haproxy_s_der_is_read_with_a_chain_in_one_header_or_by_prefix() {
    let person = Person::new("alice", 3);
    let haproxy = plain("haproxy");
    let leaf = base64(person.leaf());
    let one_line = format!("-----BEGIN CERTIFICATE-----  {leaf}  -----END CERTIFICATE-----  ");
    for value in [&leaf, &one_line, &apache(person.leaf())] {
        assert_eq!(
            read(&haproxy, &[("Client-Cert", value)]).certificate,
            "CN=alice"
        );
    }
    // Without a condition HAProxy sends empty headers, and so it does with the chain of a resumed session.
    refused(
        &haproxy,
        &[("Client-Cert", ""), ("Client-Cert-Chain", "")],
        "EDGE-CERT-HEADER-BLANK",
        "",
    );
    assert_eq!(
        read(
            &haproxy,
            &[("Client-Cert", &leaf), ("Client-Cert-Chain", "")]
        )
        .count,
        1
    );
    let mut cut = haproxy_chain(&person.ders[1..]);
    cut.truncate(cut.len() / 4 * 4 - 40);
    refused(
        &haproxy,
        &[("Client-Cert", &leaf), ("Client-Cert-Chain", &cut)],
        "EDGE-CERT-UNREADABLE",
        "the header client-cert-chain holds no certificate as haproxy sends it: it is cut off",
    );
    refused(
        &haproxy,
        &[("Client-Cert", &haproxy_chain(&person.ders))],
        "EDGE-CERT-UNREADABLE",
        "there are 4 certificates in it, and one is expected",
    );
    let by_prefix = edge(
        "haproxy",
        &LookupSettings {
            header: Some("SSL_CLIENT_CERT"),
            chain_prefix: Some("CERT_CHAIN"),
            ..LookupSettings::default()
        },
    );
    let above = base64(&person.ders[1]);
    assert_eq!(
        read(
            &by_prefix,
            &[("SSL_CLIENT_CERT", &leaf), ("CERT_CHAIN_0", &above)]
        )
        .count,
        2
    );
    let both = edge(
        "haproxy",
        &LookupSettings {
            chain_header: Some("X-Chain"),
            chain_prefix: Some("CERT_CHAIN"),
            ..LookupSettings::default()
        },
    );
    assert_eq!(
        read(
            &both,
            &[
                ("Client-Cert", &leaf),
                ("X-Chain", &haproxy_chain(&person.ders[1..]))
            ]
        )
        .count,
        4
    );
}

#[test]
fn traefik_of_both_versions() {
    let person = Person::new("alice", 2);
    let traefik_edge = plain("traefik");
    let header = "X-Forwarded-Tls-Client-Cert";
    for value in [
        traefik(&person.ders),
        traefik2(&person.ders),
        traefik(&person.ders[..1]),
    ] {
        let outcome = read(
            &traefik_edge,
            &[
                (header, &value),
                (
                    "X-Forwarded-Tls-Client-Cert-Info",
                    "Subject%3D%22CN%3Dbob%22",
                ),
            ],
        );
        assert_eq!(outcome.certificate, "CN=alice", "{}", outcome.reason);
    }
    for (value, words) in [
        (traefik(&person.ders) + ",", "item 4"),
        (
            traefik(&person.ders).replacen(',', ", ", 1),
            "item 2: it is not base64",
        ),
        (
            format!(
                "{},{}",
                traefik(&person.ders[..1]),
                traefik2(&person.ders[1..])
            ),
            "percent-encoded in part",
        ),
    ] {
        refused(
            &traefik_edge,
            &[(header, &value)],
            "EDGE-CERT-UNREADABLE",
            words,
        );
    }
}

#[test]
fn rfc_9440_by_its_letter() {
    let person = Person::new("alice", 3);
    let rfc = plain("rfc9440");
    let leaf = rfc9440(person.leaf());
    let above: Vec<String> = person.ders[1..].iter().map(|der| rfc9440(der)).collect();
    for chain in [above.join(", "), above.join(","), above.join(" ,\t")] {
        assert_eq!(
            read(
                &rfc,
                &[("Client-Cert", &leaf), ("Client-Cert-Chain", &chain)]
            )
            .count,
            4
        );
    }
    let two_lines = [above[..1].join(","), above[1..].join(",")];
    assert_eq!(
        read(
            &rfc,
            &[
                ("Client-Cert", &leaf),
                ("Client-Cert-Chain", &two_lines[0]),
                ("Client-Cert-Chain", &two_lines[1])
            ]
        )
        .count,
        4
    );
    refused(
        &rfc,
        &[("Client-Cert", &leaf), ("Client-Cert", &leaf)],
        "EDGE-CERT-SEVERAL-HEADERS",
        "",
    );
    refused(&rfc, &[("Client-Cert", "")], "EDGE-CERT-HEADER-BLANK", "");
    for (value, words) in [
        ("::".to_owned(), "there is no certificate in it"),
        (base64(person.leaf()), "no byte sequence"),
        (format!("\"{}\"", base64(person.leaf())), "no byte sequence"),
        (format!("{leaf};a=1"), "parameters"),
        (format!("{leaf}, {leaf}"), "no structured field"),
        (leaf[..leaf.len() - 1].to_owned(), "cut off"),
        (":AAAA:".to_owned(), "not an x.509 certificate"),
    ] {
        refused(
            &rfc,
            &[("Client-Cert", &value)],
            "EDGE-CERT-UNREADABLE",
            words,
        );
    }
    for (chain, words) in [
        (format!("({})", above[0]), "list inside"),
        (format!("{};a", above[0]), "parameters"),
        (format!("{},", above[0]), "no list"),
    ] {
        refused(
            &rfc,
            &[("Client-Cert", &leaf), ("Client-Cert-Chain", &chain)],
            "EDGE-CERT-UNREADABLE",
            words,
        );
    }
}

#[test]
fn aws_alb_in_both_modes_keeps_its_plus_signs() {
    let person = Person::new("alice", 2);
    let alb = plain("aws-alb");
    let (whole, leaf) = (aws_alb(&person.ders), aws_alb(&person.ders[..1]));
    assert!(leaf.contains('+'));
    assert_eq!(read(&alb, &[("X-Amzn-Mtls-Clientcert", &whole)]).count, 3);
    let verify = [
        ("X-Amzn-Mtls-Clientcert-Leaf", leaf.as_str()),
        ("X-Amzn-Mtls-Clientcert-Serial-Number", "03A5B1"),
        ("X-Amzn-Mtls-Clientcert-Issuer", "CN=root"),
        ("X-Amzn-Mtls-Clientcert-Subject", "CN=bob"),
        (
            "X-Amzn-Mtls-Clientcert-Validity",
            "NotBefore=2023-09-21T01:50:17Z;NotAfter=2024-09-20T01:50:17Z",
        ),
    ];
    assert_eq!(read(&alb, &verify).certificate, "CN=alice");
    refused(
        &alb,
        &[
            ("X-Amzn-Mtls-Clientcert", &whole),
            ("X-Amzn-Mtls-Clientcert-Leaf", &leaf),
        ],
        "EDGE-CERT-UNREADABLE",
        "is there too",
    );
    refused(
        &alb,
        &[("X-Amzn-Mtls-Clientcert", &leaf.replace('+', " "))],
        "EDGE-CERT-UNREADABLE",
        "blanks",
    );
}

#[test]
fn caddy_s_placeholders_and_azure_s_two_forms() {
    let person = Person::new("alice", 0);
    let caddy = plain("caddy");
    for value in [
        rfc9440(person.leaf()),
        base64(person.leaf()),
        apache(person.leaf()),
    ] {
        assert_eq!(
            read(&caddy, &[("Client-Cert", &value)]).certificate,
            "CN=alice"
        );
    }
    refused(
        &caddy,
        &[("Client-Cert", "::")],
        "EDGE-CERT-HEADER-SAYS-NONE",
        "is ::",
    );
    refused(
        &caddy,
        &[("Client-Cert", ":{tls_client_certificate_der_base64}:")],
        "EDGE-CERT-UNREADABLE",
        "not filled in",
    );
    assert_eq!(
        read(
            &plain("azure"),
            &[("X-ARR-ClientCert", &base64(person.leaf()))]
        )
        .certificate,
        "CN=alice"
    );
    let gateway = edge(
        "azure",
        &LookupSettings {
            header: Some("X-Client-Certificate"),
            ..LookupSettings::default()
        },
    );
    assert_eq!(
        read(&gateway, &[("X-Client-Certificate", &nginx(person.leaf()))]).certificate,
        "CN=alice"
    );
}

#[test]
fn envoy_s_last_element_counts_and_names_can_t_pretend_to_be_one() {
    let (alice, bob) = (Person::new("alice", 1), Person::new("bob", 0));
    let envoy_edge = plain("envoy");
    let header = "x-forwarded-client-cert";
    let read = |value: &str| read(&envoy_edge, &[(header, value)]);
    assert_eq!(read(&envoy(&alice)).count, 2);
    let only_cert = format!(
        "Hash={};Cert=\"{}\"",
        alice.hash(),
        envoy_pem(&alice.ders[..1])
    );
    assert_eq!(read(&only_cert).count, 1);
    let only_chain = format!("chain=\"{}\";", envoy_pem(&alice.ders));
    assert_eq!(read(&only_chain).count, 2);
    let hops = format!("{},{}", envoy(&bob), envoy(&alice));
    assert_eq!(
        read(&hops).certificate,
        "CN=alice",
        "our own trusted peer wrote the last"
    );

    let cert = |person: &Person| format!("Cert=\"{}\"", envoy_pem(&person.ders[..1]));
    let (alice_s, bob_s) = (cert(&alice), cert(&bob));
    for (value, words) in [
        (
            format!("Hash={};Subject=\"\"", alice.hash()),
            "neither Cert nor Chain",
        ),
        (
            format!("Hash={};{alice_s}", bob.hash()),
            "Hash is another certificate's",
        ),
        (format!("{alice_s};{bob_s}"), "cert is there twice"),
        (
            format!("{alice_s};URI=a;Chain=\"{}\"", envoy_pem(&bob.ders)),
            "chain stands behind names",
        ),
        (
            format!("{alice_s};Chain=\"{}\"", envoy_pem(&bob.ders)),
            "different certificates",
        ),
        (
            format!("Hash={};URI=a,{bob_s}", alice.hash()),
            "element 1 of 2: it has neither",
        ),
        (
            alice_s[..alice_s.len() - 1].to_owned(),
            "a quote is not closed",
        ),
        (alice_s.replace("%0A", "%0"), "percent"),
        ("Cert=\"x\"".to_owned(), "it is not -----BEGIN"),
    ] {
        let outcome = read(&value);
        assert_eq!(outcome.certificate, "EDGE-CERT-UNREADABLE", "{value}");
        assert!(
            outcome.reason.contains(words),
            "{words}: {}",
            outcome.reason
        );
    }
    // A certificate may say anything in its names that its authority does not look at.
    for (at, name) in [
        (0, format!("http://x,Hash={};{bob_s}", bob.hash())),
        (1, format!("http://x;{bob_s}")),
        (2, "http://x;y".to_owned()),
    ] {
        let forger = Person::with(
            "forger",
            &[SanType::URI(name.clone().try_into().unwrap())],
            0,
        );
        let value = format!(
            "Hash={};{};Subject=\"CN=forger\";URI={name}",
            forger.hash(),
            cert(&forger)
        );
        let outcome = read(&value);
        assert_eq!(
            outcome.certificate, "EDGE-CERT-UNREADABLE",
            "{at}: {}",
            outcome.reason
        );
    }
}

#[test]
fn a35_a_proxy_s_own_verification_is_a_further_signal_and_never_a_replacement() {
    let value = nginx(Person::new("alice", 0).leaf());
    let needs = edge(
        "nginx",
        &LookupSettings {
            verification: ProxyVerification::Needed,
            ..LookupSettings::default()
        },
    );
    let with = |said: &'static str| {
        [
            ("ssl-client-cert", value.as_str()),
            ("ssl-client-verify", said),
        ]
    };
    assert_eq!(read(&needs, &with("SUCCESS")).certificate, "CN=alice");
    for said in [
        "FAILED:unable to verify the first certificate",
        "NONE",
        "",
        "success",
        "SUCCESS,SUCCESS",
    ] {
        refused(
            &needs,
            &with(said),
            "EDGE-CERT-PROXY-DID-NOT-VERIFY",
            &format!("ssl-client-verify is {said:?}"),
        );
    }
    refused(
        &needs,
        &[("ssl-client-cert", &value)],
        "EDGE-CERT-PROXY-DID-NOT-VERIFY",
        "trust-proxy-verification",
    );
    refused(
        &needs,
        &[
            ("ssl-client-cert", &value),
            ("ssl-client-verify", "FAILED"),
            ("ssl-client-verify", "SUCCESS"),
        ],
        "EDGE-CERT-SEVERAL-HEADERS",
        "ssl-client-verify",
    );
    // Without the option it is shown, and whatever it says, the certificate goes to our own judgement.
    let outcome = read(&plain("nginx"), &with("FAILED:expired"));
    assert_eq!(outcome.certificate, "CN=alice");
    assert!(
        outcome
            .facts
            .iter()
            .any(|(_, text)| text.contains("\"FAILED:expired\""))
    );
    // From a stranger it is worth nothing.
    let outcome = admit(&needs, &peer("192.0.2.1"), &with("SUCCESS"));
    assert_eq!(outcome.certificate, "EDGE-CERT-PEER-NOT-TRUSTED");
}

#[test]
fn a10_each_cause_has_a_code_and_a_text_of_its_own() {
    let alice = Person::new("alice", 3);
    let own = nginx(alice.leaf());
    let (leaf, chain) = (base64(alice.leaf()), haproxy_chain(&alice.ders[1..]));
    let short = LookupSettings {
        chain_length: Some(1),
        ..LookupSettings::default()
    };
    let verified = LookupSettings {
        verification: ProxyVerification::Needed,
        ..LookupSettings::default()
    };
    let nothing_set = EdgeConfig::new(ProxyHeaders::Ignored, Trusted::loopback(), None);
    let here = "127.0.0.1";
    type Cause<'a> = (
        &'a str,
        EdgeConfig,
        &'a str,
        &'a [(&'a str, &'a str)],
        &'a str,
    );
    let causes: [Cause<'_>; 9] = [
        (
            "EDGE-CERT-NO-LOOKUP",
            nothing_set,
            here,
            &[],
            "set spi-x509cert-lookup--provider",
        ),
        (
            "EDGE-CERT-PEER-NOT-TRUSTED",
            plain("nginx"),
            "192.0.2.1",
            &[("ssl-client-cert", &own)],
            "proxy-trusted-addresses is not set",
        ),
        (
            "EDGE-CERT-HEADER-ABSENT",
            plain("nginx"),
            here,
            &[],
            "the proxy did not send it",
        ),
        (
            "EDGE-CERT-HEADER-BLANK",
            plain("nginx"),
            here,
            &[("ssl-client-cert", "")],
            "is there and empty",
        ),
        (
            "EDGE-CERT-UNREADABLE",
            plain("nginx"),
            here,
            &[("ssl-client-cert", "garbage")],
            "holds no certificate as nginx sends it",
        ),
        (
            "EDGE-CERT-CHAIN-TOO-LONG",
            edge("haproxy", &short),
            here,
            &[("client-cert", &leaf), ("client-cert-chain", &chain)],
            "certificate-chain-length",
        ),
        (
            "EDGE-CERT-PROXY-DID-NOT-VERIFY",
            edge("nginx", &verified),
            here,
            &[("ssl-client-cert", &own), ("ssl-client-verify", "FAILED")],
            "the proxy did not verify the certificate",
        ),
        (
            "EDGE-CERT-OTHER-SPELLING",
            plain("apache"),
            here,
            &[("ssl-client-cert", "x")],
            "changes or drops names with underscores",
        ),
        // Dropped on the way: nothing is left but the name that is missing.
        (
            "EDGE-CERT-HEADER-ABSENT",
            plain("apache"),
            here,
            &[],
            "drop headers with underscores",
        ),
    ];
    let mut texts = std::collections::HashSet::new();
    for (code, edge, from, headers, words) in causes {
        let outcome = admit(&edge, &peer(from), headers);
        assert_eq!(outcome.certificate, code, "{}", outcome.reason);
        assert!(outcome.reason.contains(words), "{code}: {}", outcome.reason);
        assert!(texts.insert(outcome.reason), "{code}");
    }
    // The option is there and names no header: it never comes to a request.
    let empty = LookupSettings {
        header: Some(""),
        ..LookupSettings::default()
    };
    let refused = Lookup::with("nginx", &empty).unwrap_err().to_string();
    assert_eq!(
        refused,
        "\"\" is no header name (option spi-x509cert-lookup--<provider>--ssl-client-cert)"
    );
    assert!(texts.insert(refused));
}

#[test]
fn a05_a10_what_can_t_be_a_look_up_is_refused_at_once() {
    let with = |name: &str, settings: &LookupSettings<'_>| {
        Lookup::with(name, settings).map(|lookup| lookup.place())
    };
    let header = |header| LookupSettings {
        header: Some(header),
        ..LookupSettings::default()
    };
    assert_eq!(with("nginx", &header("X-A")).unwrap(), "in the header x-a");
    assert_eq!(
        with("default", &header("X-A")).unwrap(),
        "in the TLS connection"
    );
    assert!(matches!(
        with("ngnix", &header("X-A")),
        Err(LookupError::Unknown { .. })
    ));
    for name in ["", " ", "a b", "ä"] {
        assert!(
            matches!(
                with("nginx", &header(name)),
                Err(LookupError::HeaderName { .. })
            ),
            "{name:?}"
        );
    }
    for name in ["cookie", "Host", "X-Forwarded-For"] {
        assert!(
            matches!(with("haproxy", &header(name)), Err(LookupError::Taken(_))),
            "{name}"
        );
    }
    assert!(matches!(
        with("rfc9440", &header("Client-Cert-Chain")),
        Err(LookupError::SameHeader(_))
    ));
    let prefix = LookupSettings {
        chain_prefix: Some(""),
        ..LookupSettings::default()
    };
    assert!(matches!(
        with("apache", &prefix),
        Err(LookupError::HeaderName {
            option: "spi-x509cert-lookup--<provider>--ssl-cert-chain-prefix",
            ..
        })
    ));
}

#[test]
fn a_header_that_is_there_twice_counts_for_nothing() {
    let person = Person::new("alice", 1);
    for name in Lookup::names().filter(|name| *name != "default") {
        let headers = sent(name, &person);
        let headers = borrowed(&headers);
        for at in 0..headers.len() {
            let mut twice = headers.clone();
            twice.push(headers[at]);
            let outcome = read(&plain(name), &twice);
            if name == "rfc9440" && at > 0 {
                assert_eq!(outcome.count, 3, "several lines of a list are one list");
            } else {
                assert_eq!(outcome.certificate, "EDGE-CERT-SEVERAL-HEADERS", "{name}");
            }
        }
    }
}
