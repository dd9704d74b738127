//! A value that can't be read is recognised, whatever is configured.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::*;
use edge::{EdgeConfig, Lookup, LookupSettings, ProxyHeaders, Trusted};

fn read(name: &str, value: &str) -> Outcome {
    let settings = LookupSettings {
        header: Some("x-any"),
        ..LookupSettings::default()
    };
    let lookup = Lookup::with(name, &settings).unwrap();
    let edge = EdgeConfig::new(ProxyHeaders::Ignored, Trusted::loopback(), Some(lookup));
    admit(&edge, &peer("127.0.0.1"), &[("x-any", value)])
}

/// Each real value: what it is, the look-ups that read it as it is, and what the others say of it.
fn values() -> Vec<(String, &'static [&'static str], &'static str)> {
    let person = Person::new("alice", 1);
    let leaf = person.leaf();
    vec![
        (
            nginx(leaf),
            &["nginx", "aws-alb", "azure"],
            "nginx's $ssl_client_escaped_cert",
        ),
        (
            aws_alb(&person.ders),
            &["nginx", "aws-alb", "azure"],
            "as AWS ALB sends it",
        ),
        (
            nginx_folded(leaf),
            &["haproxy", "apache", "caddy"],
            "nginx's $ssl_client_cert",
        ),
        (
            apache(leaf),
            &["haproxy", "apache", "caddy"],
            "as Apache httpd and Caddy send it",
        ),
        (
            base64(leaf),
            &["haproxy", "apache", "traefik", "caddy", "azure"],
            "base64 of one certificate",
        ),
        (
            haproxy_chain(&person.ders),
            &[],
            "HAProxy's ssl_c_chain_der",
        ),
        (traefik(&person.ders), &["traefik"], "Traefik's list"),
        (
            traefik2(&person.ders[..1]),
            &["traefik"],
            "as Traefik 2 sends it",
        ),
        (
            envoy(&person),
            &["envoy"],
            "Envoy's x-forwarded-client-cert",
        ),
        (
            rfc9440(leaf),
            &["rfc9440", "caddy"],
            "RFC 9440, which is base64 between colons",
        ),
    ]
}

#[test]
fn all_pairs_of_what_is_sent_and_what_is_configured() {
    let mut pairs = 0;
    for (value, readers, look) in values() {
        for name in Lookup::names().filter(|name| *name != "default") {
            let outcome = read(name, &value);
            if readers.contains(&name) {
                assert_eq!(
                    outcome.certificate, "CN=alice",
                    "{name}: {}\n{value}",
                    outcome.reason
                );
            } else {
                assert_eq!(
                    outcome.certificate, "EDGE-CERT-UNREADABLE",
                    "{name}\n{value}"
                );
                assert!(
                    outcome.reason.contains(&format!("as {name} sends it"))
                        && outcome.reason.contains(look),
                    "{name}: {}\n{value}",
                    outcome.reason
                );
            }
            pairs += 1;
        }
    }
    assert_eq!(pairs, 90);
}

#[test]
fn what_holds_no_certificate_is_recognised_by_every_look_up() {
    let person = Person::new("alice", 1);
    let (leaf, pem_text) = (person.leaf(), pem(person.leaf()));
    let bare = base64(leaf);
    let encoded = nginx(leaf);
    let lost = |text: &str| text.replace('+', " ");
    for (value, look) in [
        ("(null)", "(null), which Apache httpd writes"),
        ("-", "a dash"),
        ("SUCCESS", "the outcome of a verification"),
        (
            "FAILED:self signed certificate",
            "the outcome of a verification",
        ),
        ("$ssl_client_escaped_cert", "not filled in"),
        ("%{SSL_CLIENT_CERT}s", "not filled in"),
        ("%[ssl_c_der,base64]", "not filled in"),
        ("{tls_client_certificate_der_base64}", "not filled in"),
        ("CN=alice,O=example", "a name out of a certificate"),
        ("/C=US/CN=alice", "a name out of a certificate"),
        (
            "-----BEGIN PRIVATE KEY----- AAAA -----END PRIVATE KEY-----",
            "a private key",
        ),
        (
            "-----BEGIN CERTIFICATE REQUEST----- AAAA -----END CERTIFICATE REQUEST-----",
            "no certificate",
        ),
        (&encoded.replace('%', "%25"), "percent-encoded twice"),
        (&encoded.replace("%20", "+"), "encoded as a form"),
        (&encoded.replace("%20", " "), "whose blanks were decoded"),
        (&pem_text.replace('\n', "\\n"), "backslash and n"),
        (
            &lost(&pem_text.replace('\n', " ")),
            "blanks stand where + was",
        ),
        (&lost(&bare), "blanks stand where + was"),
        (
            &bare.replace('+', "-").replace('/', "_"),
            "alphabet for URLs",
        ),
        (
            &leaf
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>(),
            "hexadecimal",
        ),
        (&bare[..bare.len() - 101], "is cut off"),
        (&encoded[..encoded.len() / 2], "cut off after"),
        (
            &rfc9440(leaf)[..100],
            "RFC 9440, which is base64 between colons, and it is cut off",
        ),
    ] {
        for name in Lookup::names().filter(|name| *name != "default") {
            let outcome = read(name, value);
            if value == "(null)" && name == "apache" {
                assert_eq!(outcome.certificate, "EDGE-CERT-HEADER-SAYS-NONE");
                continue;
            }
            assert_eq!(
                outcome.certificate, "EDGE-CERT-UNREADABLE",
                "{name}\n{value}"
            );
            assert!(
                outcome.reason.contains(look),
                "{name}: {}\n{value}",
                outcome.reason
            );
        }
    }
}

#[test]
fn a_reason_never_repeats_what_was_sent() {
    for value in [
        "<script>alert(1)</script>",
        "secret-looking-value",
        "MIIBsecret",
    ] {
        for name in Lookup::names().filter(|name| *name != "default") {
            let outcome = read(name, value);
            assert_eq!(outcome.certificate, "EDGE-CERT-UNREADABLE");
            assert!(!outcome.reason.contains(value), "{}", outcome.reason);
        }
    }
}
