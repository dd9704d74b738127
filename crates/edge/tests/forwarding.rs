//! Several proxies in a row, and who may speak for whom.
#![allow(clippy::unwrap_used, missing_docs)]

use edge::{
    Arrival, Channel, ClientCert, EdgeConfig, Hostname, Lookup, NoCert, Peer, ProxyHeaders,
    ProxyWord, Refused, RelativePath, Trusted,
};
use http::Request;

fn peer(address: &str) -> Peer {
    Peer {
        address: std::net::SocketAddr::new(address.parse().unwrap(), 40000).into(),
        announced: None,
        local_port: 8080,
        channel: Channel::Plain,
    }
}

fn request(headers: &[(&str, &str)]) -> Request<()> {
    let mut request = Request::builder().uri("/").header("host", "backend:8080");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap()
}

fn edge(family: ProxyHeaders) -> EdgeConfig {
    EdgeConfig::new(family, Trusted::from_list("10.0.0.0/8").unwrap(), None)
}

/// Client and base, or the refusal's code.
fn seen(edge: &EdgeConfig, from: &str, headers: &[(&str, &str)]) -> String {
    match edge.admit(&peer(from), request(headers)) {
        Ok(request) => {
            let arrival = Arrival::of(&request).unwrap();
            let base = Hostname::new(None, false)
                .unwrap()
                .frontend_base(&arrival, None);
            format!("{} {base}", arrival.client_address())
        }
        Err(refused) => refused.code().to_owned(),
    }
}

#[test]
fn a66_forwarded_is_walked_from_the_right_through_trusted_hops() {
    let edge = edge(ProxyHeaders::Forwarded);
    let outer = "for=203.0.113.7;proto=https;host=id.example";
    let inner = "for=10.0.0.2;proto=http;host=backend";
    let forged = "for=127.0.0.1;proto=https;host=evil.example";
    for (lines, expected) in [
        (&[][..], "10.0.0.1 http://backend:8080"),
        (&[outer], "203.0.113.7 https://id.example"),
        // The outermost trusted proxy is the one whose client is not trusted.
        (&[outer, inner], "203.0.113.7 https://id.example"),
        (&[forged, outer, inner], "203.0.113.7 https://id.example"),
        (&[forged, outer], "203.0.113.7 https://id.example"),
        // What it does not state, the next one inwards states.
        (&["for=203.0.113.7", inner], "203.0.113.7 http://backend"),
        (&["proto=https", inner], "10.0.0.2 https://backend"),
        // A hop without an address, or a hidden one, is the last.
        (
            &[forged, "proto=https;host=id.example"],
            "10.0.0.1 https://id.example",
        ),
        (
            &[forged, "for=unknown;proto=https", inner],
            "10.0.0.2 https://backend",
        ),
        (
            &[forged, "for=\"_hidden\";host=id.example"],
            "10.0.0.1 http://id.example",
        ),
        (
            &["for=\"[2001:db8::7]:4711\";proto=HTTPS;host=\"[::1]:8443\""],
            "2001:db8::7 https://[::1]:8443",
        ),
        // A value that can't be read says nothing.
        (
            &["for=203.0.113.7;proto=javascript;host=\"a/b\""],
            "203.0.113.7 http://backend:8080",
        ),
        // An open quote could swallow what the proxy wrote behind it.
        (&["for=\"x, for=203.0.113.7"], "EDGE-FORWARDED-MALFORMED"),
        (&["for=\"x", "for=10.0.0.3"], "EDGE-FORWARDED-MALFORMED"),
        // In a line of its own it harms nobody: it is beyond the last trusted hop.
        (&["for=\"x", outer], "203.0.113.7 https://id.example"),
    ] {
        let lines: Vec<(&str, &str)> = lines.iter().map(|line| ("forwarded", *line)).collect();
        assert_eq!(seen(&edge, "10.0.0.1", &lines), expected, "{lines:?}");
        let joined = lines
            .iter()
            .map(|(_, line)| *line)
            .collect::<Vec<_>>()
            .join(", ");
        if !expected.contains("MALFORMED") && !joined.contains("\"x,") {
            let joined = [("forwarded", joined.as_str())];
            assert_eq!(seen(&edge, "10.0.0.1", &joined), expected, "{joined:?}");
        }
    }
}

#[test]
fn a69_lists_of_x_forwarded_headers_are_read_as_far_as_trust_goes() {
    let edge = edge(ProxyHeaders::XForwarded);
    for (headers, expected) in [
        // One proxy that adds to what the client sent.
        (
            &[
                ("x-forwarded-for", "127.0.0.1, 203.0.113.7"),
                ("x-forwarded-host", "evil.example, id.example"),
                ("x-forwarded-proto", "http,https"),
                ("x-forwarded-port", "80,8443"),
            ][..],
            "203.0.113.7 https://id.example:8443",
        ),
        // Two of them.
        (
            &[
                ("x-forwarded-for", "127.0.0.1, 203.0.113.7, 10.0.0.2"),
                ("x-forwarded-host", "evil.example, id.example, backend"),
                ("x-forwarded-proto", "http, https, http"),
            ],
            "203.0.113.7 https://id.example",
        ),
        // The outer one states the scheme, the inner one passes it on.
        (
            &[
                ("x-forwarded-for", "203.0.113.7, 10.0.0.2"),
                ("x-forwarded-proto", "https"),
            ],
            "203.0.113.7 https://backend",
        ),
        // As lines.
        (
            &[
                ("x-forwarded-for", "127.0.0.1"),
                ("x-forwarded-for", "203.0.113.7:4711"),
                ("x-forwarded-host", "evil.example"),
                ("x-forwarded-host", "id.example"),
            ],
            "203.0.113.7 http://id.example",
        ),
        (
            &[("x-forwarded-for", "10.9.9.9, 10.0.0.3")],
            "10.9.9.9 http://backend:8080",
        ),
        (
            &[("x-forwarded-prefix", "/a"), ("x-forwarded-prefix", "/b")],
            "10.0.0.1 http://backend:8080",
        ),
        (
            &[("x-forwarded-prefix", "/"), ("x-forwarded-prefix", "/")],
            "10.0.0.1 http://backend:8080",
        ),
    ] {
        assert_eq!(seen(&edge, "10.0.0.1", headers), expected, "{headers:?}");
        let direct = seen(&edge, "203.0.113.1", headers);
        assert_eq!(direct, "203.0.113.1 http://backend:8080", "{headers:?}");
    }
}

#[test]
fn a65_the_family_that_is_not_chosen_is_never_read() {
    let forwarded = ("forwarded", "for=203.0.113.7;proto=https;host=f.example");
    let xforwarded = [
        ("x-forwarded-for", "203.0.113.8"),
        ("x-forwarded-host", "x.example"),
    ];
    let both = [forwarded, xforwarded[0], xforwarded[1]];
    for (family, expected) in [
        (ProxyHeaders::Ignored, "10.0.0.1 http://backend:8080"),
        (ProxyHeaders::Forwarded, "203.0.113.7 https://f.example"),
        (ProxyHeaders::XForwarded, "203.0.113.8 http://x.example"),
    ] {
        assert_eq!(seen(&edge(family), "10.0.0.1", &both), expected);
    }
    let broken = [("forwarded", "\""), xforwarded[0]];
    let x = edge(ProxyHeaders::XForwarded);
    assert_eq!(
        seen(&x, "10.0.0.1", &broken),
        "203.0.113.8 http://backend:8080"
    );
    let not_trusted = [("forwarded", "\"")];
    let forwarded = edge(ProxyHeaders::Forwarded);
    assert_eq!(
        seen(&forwarded, "192.0.2.1", &not_trusted),
        "192.0.2.1 http://backend:8080"
    );
}

#[test]
fn a82_behind_a_proxy_preamble_no_header_is_believed() {
    let edge = EdgeConfig::new(
        ProxyHeaders::XForwarded,
        Trusted::from_list("10.0.0.0/8").unwrap(),
        Some(Lookup::new("nginx", None).unwrap()),
    );
    for (announced, client) in [
        ("203.0.113.7:4711", "203.0.113.7"),
        ("10.0.0.1:40000", "10.0.0.1"),
    ] {
        let peer = Peer {
            announced: Some(announced.parse().unwrap()),
            ..peer("10.0.0.1")
        };
        let headers = [
            ("x-forwarded-for", "127.0.0.1"),
            ("x-forwarded-host", "evil.example"),
            ("ssl-client-cert", "-----BEGIN%20CERTIFICATE-----"),
        ];
        let request = edge.admit(&peer, request(&headers)).unwrap();
        let arrival = Arrival::of(&request).unwrap();
        assert_eq!(arrival.client_address().to_string(), client);
        assert_eq!(arrival.origin(), "http://backend:8080");
        assert_eq!(arrival.proxy_word(), ProxyWord::NotTrusted);
        let refused = matches!(
            arrival.client_cert(),
            ClientCert::Absent(NoCert::PeerNotTrusted { .. })
        );
        assert!(refused, "{:?}", arrival.client_cert());
        assert_eq!(request.headers().len(), 1, "{:?}", request.headers());
    }
}

#[test]
fn a72_the_relative_path_is_part_of_our_address_unless_hostname_says_otherwise() {
    let edge = edge(ProxyHeaders::XForwarded).below(&RelativePath::read("/auth").unwrap());
    let request = edge
        .admit(
            &peer("10.0.0.1"),
            request(&[("x-forwarded-prefix", "/id/")]),
        )
        .unwrap();
    let arrival = Arrival::of(&request).unwrap();
    for (hostname, base) in [
        (None, "http://backend:8080/id/auth"),
        (Some("id.example"), "http://id.example:8080/id/auth"),
        (Some("https://id.example"), "https://id.example"),
        (Some("https://id.example/x/"), "https://id.example/x"),
    ] {
        let hostname = Hostname::new(hostname, false).unwrap();
        assert_eq!(hostname.frontend_base(&arrival, None), base);
    }
    let hostname = Hostname::new(None, false).unwrap();
    let realm = hostname.frontend_base(&arrival, Some("https://realm.example/r"));
    assert_eq!(realm, "https://realm.example/r");
    let broken = hostname.frontend_base(&arrival, Some("realm.example"));
    assert_eq!(broken, "http://backend:8080/id/auth");
    assert_eq!(arrival.origin(), "http://backend:8080");
}

#[test]
fn targets_in_every_form_have_one_host_and_a_canonical_path() {
    let edge = edge(ProxyHeaders::Ignored);
    for (target, outcome) in [
        ("http://backend:8080/realms/a", None),
        ("http://backend:8080/realms/%2e%2e/a", Some("URL-PATH")),
        ("http://backend:8080/realms//a", Some("URL-PATH")),
        ("http://backend:8080/auth/realms/a;b", Some("URL-PATH")),
        ("http://evil.example/", Some("URL-HOST")),
        ("/auth/%2f/realms", Some("URL-PATH")),
        ("/auth/..%2frealms", Some("URL-PATH")),
        ("/auth/%0a", Some("URL-PATH")),
        ("/auth/%", Some("URL-PATH")),
        ("backend:8080", Some("URL-PATH")),
    ] {
        let mut request = request(&[]);
        *request.uri_mut() = target.parse().unwrap();
        let refused = edge.admit(&peer("10.0.0.1"), request).err();
        assert_eq!(refused.as_ref().map(Refused::code), outcome, "{target}");
    }
}
