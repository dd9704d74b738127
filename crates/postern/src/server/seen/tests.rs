use super::*;
use crate::server::Form;
use edge::{EdgeConfig, Hostname, Lookup, ProxyHeaders, Trusted};

fn seen(headers: &[(&str, &str)]) -> Seen {
    let lookup = Lookup::new("nginx", None).unwrap();
    let dump = Dump {
        edge: EdgeConfig::new(ProxyHeaders::XForwarded, Trusted::loopback(), Some(lookup)),
        hostname: Hostname::new(None, false).unwrap(),
        trust: authn::Trust::default(),
        provider: "nginx".to_owned(),
        form: Form::Text,
        word: None,
        tell: |_| {},
    };
    let peer = Peer {
        address: std::net::SocketAddr::from(([127, 0, 0, 1], 4)).into(),
        announced: None,
        local_port: 80,
        channel: Channel::Plain,
    };
    let mut request = Request::get("/realms/a?code=secret-1");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Seen::of(&dump, &peer, request.body(()).unwrap())
}

#[test]
fn a54_what_could_be_secret_is_never_shown() {
    let seen = seen(&[
        ("host", "id.example.com"),
        ("cookie", "secret-2"),
        ("authorization", "Bearer secret-3"),
        ("x-forwarded-access-token", "secret-4"),
        ("x-original-url", "/a?code=secret-5"),
        ("x-api-key", "secret-6"),
        ("x-forwarded-proto", "https"),
    ]);
    for text in [seen.text(), seen.json()] {
        assert!(!text.contains("secret"), "{text}");
        assert!(text.contains("authorization") && text.contains("cookie"));
        assert!(text.contains("https://id.example.com"), "{text}");
    }
    assert_eq!(
        seen.no_certificate.unwrap().code.as_deref(),
        Some("EDGE-CERT-HEADER-ABSENT")
    );
}

#[test]
fn nothing_reaches_a_terminal_as_a_command_and_long_values_are_cut() {
    let long = "A".repeat(10_000);
    let seen = seen(&[
        ("host", "a"),
        ("ssl-client-cert", "\u{9b}31m\t"),
        ("x-forwarded-for", &long),
        ("x-my-own", "-----BEGIN CERTIFICATE-----"),
    ]);
    let text = seen.text();
    assert!(
        text.chars().all(|it| it == '\n' || !it.is_control()),
        "{text}"
    );
    assert!(
        text.contains("… (10000 bytes)") && text.len() < 2000,
        "{text}"
    );
    assert_eq!(seen.unknown_certificates[0].name, "x-my-own");
    assert_eq!(printable("a\u{1b}[31m\u{202e}é"), "a\\u{1b}[31m\\u{202e}é");
}

#[test]
fn a_request_that_is_not_let_in_is_told_too() {
    let seen = seen(&[("x-ssl-client-cert", "x")]);
    assert_eq!(
        seen.refused.as_ref().unwrap().code.as_deref(),
        Some("URL-HOST")
    );
    assert_eq!(seen.certificate_headers.len(), 1);
    assert!(seen.text().contains("URL-HOST"));
}
