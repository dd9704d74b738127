//! What is believed of a request, and what is left of its headers: against forgers.
#![allow(clippy::unwrap_used, missing_docs)]

use edge::{
    Arrival, Channel, ClientCert, EdgeConfig, Lookup, Peer, ProxyHeaders, Refused, TlsClient,
    Trusted,
};
use http::Request;

fn peer(address: &str) -> Peer {
    Peer {
        address: format!("{address}:40000")
            .parse::<std::net::SocketAddr>()
            .unwrap()
            .into(),
        local_port: 8300,
        announced: None,
        channel: Channel::Plain,
    }
}

fn request(headers: &[(&str, &str)]) -> Request<()> {
    let mut request = Request::builder().uri("/realms/edge");
    if !headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("host"))
    {
        request = request.header("host", "localhost:8300");
    }
    for (name, value) in headers {
        request = request.header(*name, value.as_bytes());
    }
    request.body(()).unwrap()
}

fn certificate() -> String {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new(vec![]).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params
        .distinguished_name
        .push(rcgen::DnType::CommonName, "alice");
    params.self_signed(&key).unwrap().pem()
}

/// As nginx writes `$ssl_client_escaped_cert`.
fn escaped(pem: &str) -> String {
    pem.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

fn nginx(trusted: &str) -> EdgeConfig {
    EdgeConfig::new(
        ProxyHeaders::XForwarded,
        Trusted::from_list(trusted).unwrap(),
        Some(Lookup::new("nginx", None).unwrap()),
    )
}

fn outcome(edge: &EdgeConfig, from: &str, headers: &[(&str, &str)]) -> (String, Request<()>) {
    let request = edge.admit(&peer(from), request(headers)).unwrap();
    let arrival = Arrival::of(&request).unwrap();
    let outcome = match arrival.client_cert() {
        ClientCert::Present(chain) => chain.leaf().subject(),
        ClientCert::Absent(reason) => {
            assert!(
                arrival
                    .facts()
                    .iter()
                    .any(|(code, text)| code.as_deref() == Some(reason.code())
                        && *text == reason.to_string())
            );
            reason.code().to_owned()
        }
    };
    (outcome, request)
}

#[test]
fn a_certificate_counts_from_a_trusted_proxy_and_from_nobody_else() {
    let pem = certificate();
    let value = escaped(&pem);
    let edge = nginx("10.0.0.1");
    assert_eq!(
        outcome(&edge, "10.0.0.1", &[("Ssl-Client-Cert", &value)]).0,
        "CN=alice"
    );
    assert_eq!(
        outcome(
            &edge,
            "10.0.0.1",
            &[("ssl-client-cert", &format!("\"{value}\""))]
        )
        .0,
        "CN=alice"
    );
    for forger in ["10.0.0.2", "127.0.0.1", "[::1]"] {
        let (code, request) = outcome(
            &edge,
            forger,
            &[
                ("ssl-client-cert", &value),
                ("ssl-client-verify", "SUCCESS"),
                ("x-forwarded-for", "10.0.0.1"),
            ],
        );
        assert_eq!(code, "EDGE-CERT-PEER-NOT-TRUSTED");
        assert_eq!(
            request
                .headers()
                .keys()
                .map(http::HeaderName::as_str)
                .collect::<Vec<_>>(),
            ["host"],
            "nothing of the forger's is left"
        );
        assert_ne!(
            Arrival::of(&request).unwrap().client_address().to_string(),
            "10.0.0.1"
        );
    }
    let removed: u64 = edge
        .removed_certificate_headers()
        .map(|(.., count)| count)
        .sum();
    assert_eq!(removed, 3);
    let unset = EdgeConfig::new(
        ProxyHeaders::Ignored,
        Trusted::loopback(),
        Some(Lookup::new("nginx", None).unwrap()),
    );
    assert_eq!(
        outcome(&unset, "127.0.0.1", &[("ssl-client-cert", &value)]).0,
        "CN=alice"
    );
    assert_eq!(
        outcome(&unset, "192.168.0.7", &[("ssl-client-cert", &value)]).0,
        "EDGE-CERT-PEER-NOT-TRUSTED"
    );
}

#[test]
fn each_way_to_have_no_certificate_has_its_own_code() {
    let pem = certificate();
    let value = escaped(&pem);
    let edge = nginx("10.0.0.1");
    let folded = pem.trim().replace('\n', "\t");
    let spaced = pem.trim().replace('\n', " ");
    for (headers, expected) in [
        (&[][..], "EDGE-CERT-HEADER-ABSENT"),
        (&[("ssl-client-cert", "")], "EDGE-CERT-HEADER-BLANK"),
        (&[("ssl-client-cert", "  ")], "EDGE-CERT-HEADER-BLANK"),
        (
            &[("ssl-client-cert", &value), ("ssl-client-cert", &value)],
            "EDGE-CERT-SEVERAL-HEADERS",
        ),
        (&[("ssl-client-cert", "garbage")], "EDGE-CERT-UNREADABLE"),
        (&[("ssl-client-cert", "(null)")], "EDGE-CERT-UNREADABLE"),
        (&[("ssl-client-cert", "%2")], "EDGE-CERT-UNREADABLE"),
        (&[("ssl-client-cert", "%ff%fe")], "EDGE-CERT-UNREADABLE"),
        (&[("ssl-client-cert", "MIIB,MIIC")], "EDGE-CERT-UNREADABLE"),
        (&[("ssl-client-cert", ":MIIB:")], "EDGE-CERT-UNREADABLE"),
        (&[("ssl-client-cert", &folded)], "EDGE-CERT-UNREADABLE"),
        (&[("ssl-client-cert", &spaced)], "EDGE-CERT-UNREADABLE"),
    ] {
        let (code, request) = outcome(&edge, "10.0.0.1", headers);
        assert_eq!(code, expected, "{headers:?}");
        assert!(!request.headers().contains_key("ssl-client-cert"));
    }
    let (_, request) = outcome(&edge, "10.0.0.1", &[("ssl-client-cert", &folded)]);
    assert!(
        Arrival::of(&request)
            .unwrap()
            .facts()
            .iter()
            .any(|(_, text)| text.contains("$ssl_client_escaped_cert")),
        "the mend is named"
    );
    let none = EdgeConfig::new(ProxyHeaders::Ignored, Trusted::loopback(), None);
    assert_eq!(
        outcome(&none, "127.0.0.1", &[("ssl-client-cert", &value)]).0,
        "EDGE-CERT-NO-LOOKUP"
    );
}

#[test]
fn the_header_can_have_another_name_and_an_empty_one_is_refused_at_once() {
    let edge = EdgeConfig::new(
        ProxyHeaders::Ignored,
        Trusted::loopback(),
        Some(Lookup::new("nginx", Some("X-Client-Cert")).unwrap()),
    );
    let (name, request) = outcome(
        &edge,
        "127.0.0.1",
        &[
            ("x-client-cert", &escaped(&certificate())),
            ("ssl-client-verify", "SUCCESS"),
        ],
    );
    assert_eq!((name.as_str(), request.headers().len()), ("CN=alice", 1));
    assert!(
        Lookup::new("nginx", Some(""))
            .unwrap_err()
            .to_string()
            .contains("ssl-client-cert")
    );
    assert!(
        Lookup::new("ngnix", None)
            .unwrap_err()
            .to_string()
            .contains("nginx")
    );
}

#[test]
fn every_forwarding_header_is_gone_behind_the_edge() {
    let names = [
        "forwarded",
        "x-forwarded-for",
        "x-forwarded-proto",
        "x-forwarded-host",
        "x-forwarded-port",
        "x-forwarded-prefix",
        "x-forwarded-anything",
        "x-real-ip",
        "x-original-url",
        "ssl-client-subject-dn",
    ];
    for from in ["10.0.0.1", "10.0.0.2"] {
        let headers: Vec<(&str, &str)> = names
            .iter()
            .map(|name| (*name, "x"))
            .chain([("accept", "y")])
            .collect();
        let (_, request) = outcome(&nginx("10.0.0.1"), from, &headers);
        let mut left: Vec<&str> = request
            .headers()
            .keys()
            .map(http::HeaderName::as_str)
            .collect();
        left.sort_unstable();
        assert_eq!(left, ["accept", "host"]);
    }
}

#[test]
fn a_path_or_host_that_can_be_read_in_two_ways_is_refused() {
    let edge = nginx("10.0.0.1");
    let bad_path = Request::builder()
        .uri("/realms/..;/admin")
        .header("host", "a")
        .body(())
        .unwrap();
    assert_eq!(
        edge.admit(&peer("10.0.0.1"), bad_path).unwrap_err().code(),
        "URL-PATH"
    );
    let hostless = Request::builder().uri("/").body(()).unwrap();
    assert_eq!(
        edge.admit(&peer("10.0.0.1"), hostless).unwrap_err(),
        Refused::Host
    );
    let two_hosts = Request::builder()
        .uri("https://id.example/")
        .header("host", "evil.example")
        .body(())
        .unwrap();
    assert_eq!(
        edge.admit(&peer("10.0.0.2"), two_hosts).unwrap_err(),
        Refused::Host
    );
    let second = Request::builder()
        .uri("https://id.example/")
        .body(())
        .unwrap();
    let admitted = edge
        .admit(
            &Peer {
                channel: Channel::Tls(TlsClient::Anonymous),
                ..peer("10.0.0.2")
            },
            second,
        )
        .unwrap();
    assert_eq!(
        Arrival::of(&admitted).unwrap().origin(),
        "https://id.example"
    );
    assert_eq!(
        Arrival::of(&request(&[])).unwrap_err(),
        Refused::NotAdmitted
    );
}
