//! Requests, and what comes before them on a connection.

use edge::{
    Arrival, Channel, ClientCert, EdgeConfig, Hostname, Lookup, LookupSettings, Peer, ProxyHeaders,
    Trusted, proxy_protocol,
};
use http::{HeaderName, HeaderValue, Request};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use x509::Certificate;

const PROXY: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const STRANGER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));

/// Certificates in headers. The first byte chooses the kind of proxy, lines `name: value` follow: from a stranger nothing is believed, from
/// the proxy what is believed is a certificate, and behind the edge no such header is left.
pub(crate) fn client_cert(input: &[u8]) {
    let Some((choice, lines)) = input.split_first() else {
        return;
    };
    let names: Vec<&str> = Lookup::names().collect();
    let settings = LookupSettings {
        chain_prefix: (choice & 0x80 != 0).then_some("x-chain"),
        ..LookupSettings::default()
    };
    let Ok(lookup) = Lookup::with(names[usize::from(choice & 0x7f) % names.len()], &settings)
    else {
        return;
    };
    let edge = EdgeConfig::new(ProxyHeaders::Ignored, Trusted::loopback(), Some(lookup));
    let Some(request) = request("/", lines) else {
        return;
    };
    if let Ok(admitted) = edge.admit(&peer(STRANGER), clone(&request)) {
        let arrival = arrival(&admitted);
        assert!(matches!(arrival.client_cert(), ClientCert::Absent(_)));
    }
    let Ok(admitted) = edge.admit(&peer(PROXY), request) else {
        return;
    };
    if let ClientCert::Present(chain) = arrival(&admitted).client_cert() {
        for certificate in std::iter::once(chain.leaf()).chain(chain.rest()) {
            let read = Certificate::from_der(certificate.der());
            assert_eq!(read.as_ref(), Ok(&**certificate));
        }
    }
    for name in [
        "ssl-client-cert",
        "ssl-client-verify",
        "client-cert",
        "client-cert-chain",
        "x-forwarded-client-cert",
        "x-forwarded-tls-client-cert",
        "x-amzn-mtls-clientcert",
        "x-arr-clientcert",
    ] {
        assert!(!admitted.headers().contains_key(name), "{name} is left");
    }
}

/// Forwarding headers. The first byte chooses the family: a stranger's say nothing, and our own address stays one, whatever a proxy says.
pub(crate) fn forwarding(input: &[u8]) {
    let Some((choice, lines)) = input.split_first() else {
        return;
    };
    let family = match choice % 3 {
        0 => ProxyHeaders::XForwarded,
        1 => ProxyHeaders::Forwarded,
        _ => ProxyHeaders::Ignored,
    };
    let Ok(trusted) = Trusted::from_list("127.0.0.1,10.0.0.0/8,::1") else {
        panic!("the list of this target");
    };
    let edge = EdgeConfig::new(family, trusted, None);
    let Some(request) = request("/", lines) else {
        return;
    };
    let Ok(dynamic) = Hostname::new(None, false) else {
        panic!("a host name need not be set");
    };
    if let Ok(admitted) = edge.admit(&peer(STRANGER), clone(&request)) {
        let arrival = arrival(&admitted);
        assert_eq!(arrival.client_address(), STRANGER);
        assert!(dynamic.frontend_base(&arrival, None).starts_with("http://"));
    }
    let Ok(admitted) = edge.admit(&peer(PROXY), request) else {
        return;
    };
    let base = dynamic.frontend_base(&arrival(&admitted), None);
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-._~:/[]".contains(letter);
    assert!(base.chars().all(plain), "{base}");
    assert!(
        !base.ends_with('/') && base.matches("//").count() == 1,
        "{base}"
    );
    let left = admitted.headers().keys();
    assert!(
        !left
            .into_iter()
            .any(|name| name == "forwarded" || name.as_str().starts_with("x-forwarded-"))
    );
}

/// A request's target and, behind a line feed, its host: what is let in is read in one way.
pub(crate) fn target(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let (target, host) = text.split_once('\n').unwrap_or((text, "id.example"));
    let edge = EdgeConfig::new(ProxyHeaders::Ignored, Trusted::loopback(), None);
    let Some(request) = request(target, format!("host: {host}").as_bytes()) else {
        return;
    };
    let Ok(admitted) = edge.admit(&peer(PROXY), request) else {
        return;
    };
    let path = admitted.uri().path();
    let forbidden = [
        "//", ";", "\\", "%2f", "%5c", "%3b", "%2e", "%00", "%0a", "%0d",
    ];
    let lower = path.to_ascii_lowercase();
    assert!(!forbidden.iter().any(|part| lower.contains(part)), "{path}");
    assert!(
        !lower.split('/').any(|part| part == "." || part == ".."),
        "{path}"
    );
    let origin = arrival(&admitted).origin();
    assert!(
        origin
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"<>\"'@\\".contains(&byte)),
        "{origin}"
    );
}

/// The beginning of a connection that a PROXY preamble may be: read as it comes, it takes exactly its own bytes and always ends.
pub(crate) fn preamble(input: &[u8]) {
    let mut have = 0;
    loop {
        match proxy_protocol::read(&input[..have]) {
            Ok(proxy_protocol::Preamble::Whole(announced)) => {
                let again = proxy_protocol::read(&input[..have]);
                assert_eq!(again, Ok(proxy_protocol::Preamble::Whole(announced)));
                return;
            }
            Ok(proxy_protocol::Preamble::Wants(more)) => {
                assert!((1..=8 * 1024 + 16).contains(&more), "wants {more}");
                have += more;
                if have > input.len() {
                    return;
                }
            }
            Err(_) => return,
        }
    }
}

fn peer(address: IpAddr) -> Peer {
    Peer {
        address: SocketAddr::new(address, 40_000).into(),
        announced: None,
        local_port: 8080,
        channel: Channel::Plain,
    }
}

fn arrival(request: &Request<()>) -> Arrival {
    Arrival::of(request).unwrap_or_else(|error| panic!("what is admitted has arrived: {error}"))
}

/// `None` where HTTP itself would not let it through.
fn request(target: &str, lines: &[u8]) -> Option<Request<()>> {
    let mut request = Request::builder().uri(target).body(()).ok()?;
    let mut host = false;
    for line in lines.split(|byte| *byte == b'\n') {
        let Some(at) = line.iter().position(|byte| *byte == b':') else {
            continue;
        };
        let name = HeaderName::from_bytes(&line[..at]).ok()?;
        let value = HeaderValue::from_bytes(line[at + 1..].trim_ascii()).ok()?;
        host |= name == http::header::HOST;
        request.headers_mut().append(name, value);
    }
    if !host {
        let value = HeaderValue::from_static("id.example");
        request.headers_mut().insert(http::header::HOST, value);
    }
    Some(request)
}

fn clone(request: &Request<()>) -> Request<()> {
    let mut copy = Request::new(());
    *copy.uri_mut() = request.uri().clone();
    *copy.headers_mut() = request.headers().clone();
    copy
}
