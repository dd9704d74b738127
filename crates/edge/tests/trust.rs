//! Whose certificate counts: strangers speak for themselves, trusted proxies for others and in their own dialect alone.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::*;
use edge::{
    Channel, EdgeConfig, KeyPin, Lookup, LookupSettings, Peer, PeerAddress, ProxyAuthority,
    ProxyHeaders, RemovedFor, RemovedHeader, TlsClient, Trusted,
};
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, SanType};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use x509::{Certificate, Chain, TrustAnchors};

fn edge(lookup: Option<&str>, trusted: Trusted) -> EdgeConfig {
    let lookup = lookup.map(|name| Lookup::new(name, None).unwrap());
    EdgeConfig::new(ProxyHeaders::Ignored, trusted, lookup)
}

fn addresses(list: &str) -> Trusted {
    Trusted::from_list(list).unwrap()
}

fn count(edge: &EdgeConfig, dialect: &str, reason: RemovedFor) -> u64 {
    let mut counts = edge.removed_certificate_headers();
    counts
        .find(|(known, why, _)| *known == dialect && *why == reason)
        .unwrap()
        .2
}

/// The header of every dialect, with a value as its proxy sends it.
fn every_dialect(person: &Person) -> Vec<(&'static str, &'static str, String)> {
    let leaf = person.leaf();
    vec![
        ("nginx", "ssl-client-cert", nginx(leaf)),
        ("haproxy", "client-cert", base64(leaf)),
        ("apache", "ssl_client_cert", apache(leaf)),
        (
            "traefik",
            "x-forwarded-tls-client-cert",
            traefik(&person.ders),
        ),
        ("envoy", "x-forwarded-client-cert", envoy(person)),
        ("aws-alb", "x-amzn-mtls-clientcert", aws_alb(&person.ders)),
        ("azure", "x-arr-clientcert", base64(leaf)),
        ("other", "x-ssl-client-cert", nginx(leaf)),
        ("other", "X_Client_Cert", nginx(leaf)),
    ]
}

#[test]
fn a34_a_forged_header_of_any_dialect_from_a_stranger_is_removed_and_counted() {
    let person = Person::new("alice", 0);
    for name in Lookup::names() {
        for (dialect, header, value) in every_dialect(&person) {
            let edge = edge(Some(name), addresses("10.0.0.1"));
            for forger in ["10.0.0.2", "127.0.0.1", "[2001:db8::1]"] {
                let outcome = admit(&edge, &peer(forger), &[(header, &value)]);
                assert_eq!(
                    outcome.certificate, "EDGE-CERT-PEER-NOT-TRUSTED",
                    "{name} {header}"
                );
                assert!(
                    outcome.reason.contains("proxy-trusted-addresses"),
                    "{}",
                    outcome.reason
                );
                let removed = outcome.request.extensions().get::<RemovedHeader>().unwrap();
                assert_eq!(removed.reason, RemovedFor::UntrustedPeer);
                assert!(removed.header.eq_ignore_ascii_case(header));
            }
            let all: u64 = edge
                .removed_certificate_headers()
                .map(|(.., count)| count)
                .sum();
            assert_eq!(all, 3);
            if dialect != "haproxy" {
                assert_eq!(
                    count(&edge, dialect, RemovedFor::UntrustedPeer),
                    3,
                    "{name} {header}"
                );
            }
        }
    }
    let nothing = admit(
        &edge(Some("nginx"), addresses("10.0.0.1")),
        &peer("10.0.0.2"),
        &[("accept", "x")],
    );
    assert!(
        nothing
            .request
            .extensions()
            .get::<RemovedHeader>()
            .is_none()
    );
}

#[test]
fn a34_without_any_setting_only_this_machine_is_believed() {
    let value = nginx(Person::new("alice", 0).leaf());
    let edge = edge(Some("nginx"), Trusted::loopback());
    for (from, expected) in [
        ("127.0.0.1", "CN=alice"),
        ("[::1]", "CN=alice"),
        ("10.0.0.1", "EDGE-CERT-PEER-NOT-TRUSTED"),
        ("[2001:db8::1]", "EDGE-CERT-PEER-NOT-TRUSTED"),
    ] {
        assert_eq!(
            admit(&edge, &peer(from), &[("ssl-client-cert", &value)]).certificate,
            expected
        );
    }
}

#[test]
fn a_trusted_proxy_that_forgot_to_strip_makes_no_certificate_count() {
    let (alice, forged) = (Person::new("alice", 0), Person::new("forged", 0));
    let own = nginx(alice.leaf());
    for (dialect, header, value) in every_dialect(&forged) {
        let edge = edge(Some("nginx"), addresses("10.0.0.1"));
        let proxy = peer("10.0.0.1");
        let with_own = admit(
            &edge,
            &proxy,
            &[("ssl-client-cert", &own), (header, &value)],
        );
        let alone = admit(&edge, &proxy, &[(header, &value)]);
        if dialect == "nginx" {
            assert_eq!(with_own.certificate, "EDGE-CERT-SEVERAL-HEADERS");
            continue;
        }
        assert_eq!(with_own.certificate, "EDGE-CERT-FOREIGN-HEADER", "{header}");
        assert!(
            with_own.reason.contains(&header.to_ascii_lowercase()),
            "{}",
            with_own.reason
        );
        let expected = if dialect == "apache" {
            "EDGE-CERT-OTHER-SPELLING"
        } else {
            "EDGE-CERT-FOREIGN-HEADER"
        };
        assert_eq!(alone.certificate, expected, "{header}");
        assert!(
            count(&edge, dialect, RemovedFor::ForeignHeader) >= 1,
            "{header}"
        );
    }
    // The statements of another proxy are foreign too, and those of ingress-nginx belong to nginx.
    let companions = [
        ("ssl-client-verify", "SUCCESS"),
        ("ssl-client-subject-dn", "CN=x"),
        ("ssl-client-issuer-dn", "CN=y"),
    ];
    let haproxy = edge(Some("haproxy"), addresses("10.0.0.1"));
    let nginx_edge = edge(Some("nginx"), addresses("10.0.0.1"));
    let leaf = base64(alice.leaf());
    for companion in companions {
        let outcome = admit(
            &haproxy,
            &peer("10.0.0.1"),
            &[("client-cert", &leaf), companion],
        );
        assert_eq!(outcome.certificate, "EDGE-CERT-FOREIGN-HEADER");
        let outcome = admit(
            &nginx_edge,
            &peer("10.0.0.1"),
            &[("ssl-client-cert", &own), companion],
        );
        assert_eq!(outcome.certificate, "CN=alice");
    }
}

#[test]
fn a_mesh_s_header_can_be_named_and_is_not_read_then() {
    let alice = Person::new("alice", 0);
    let settings = LookupSettings {
        ignored: vec!["X-Forwarded-Client-Cert"],
        ..LookupSettings::default()
    };
    let lookup = Lookup::with("nginx", &settings).unwrap();
    let edge = EdgeConfig::new(ProxyHeaders::Ignored, Trusted::loopback(), Some(lookup));
    let mesh = "By=spiffe://a;Hash=00;Subject=\"\";URI=spiffe://b";
    let outcome = admit(
        &edge,
        &peer("127.0.0.1"),
        &[
            ("ssl-client-cert", &nginx(alice.leaf())),
            ("x-forwarded-client-cert", mesh),
        ],
    );
    assert_eq!(outcome.certificate, "CN=alice");
    assert!(outcome.has_fact("EDGE-CERT-HEADER-IGNORED", "x-forwarded-client-cert"));
}

#[test]
fn a26_self_made_statements_change_nothing_and_are_told() {
    let own = nginx(Person::new("alice", 0).leaf());
    let edge = edge(Some("nginx"), addresses("10.0.0.1"));
    for (name, value) in [
        ("proxy-ssl-client-subject-dn", "CN=admin"),
        ("proxy-ssl-client-issuer-dn", "CN=root"),
        ("proxy-ssl-client-verify", "SUCCESS"),
        ("x-ssl-client-s-dn", "CN=admin"),
    ] {
        let proxy = peer("10.0.0.1");
        let outcome = admit(&edge, &proxy, &[("ssl-client-cert", &own), (name, value)]);
        assert_eq!(outcome.certificate, "CN=alice");
        assert!(
            outcome.has_fact("EDGE-CERT-HEADER-IGNORED", name),
            "{:?}",
            outcome.facts
        );
        assert_eq!(
            admit(&edge, &proxy, &[(name, value)]).certificate,
            "EDGE-CERT-HEADER-ABSENT"
        );
        assert_eq!(
            admit(&edge, &peer("10.0.0.2"), &[(name, value)]).certificate,
            "EDGE-CERT-PEER-NOT-TRUSTED"
        );
    }
}

#[test]
fn a04_nothing_else_of_a_request_is_believed_more_for_a_certificate() {
    let value = nginx(Person::new("alice", 0).leaf());
    let edge = edge(Some("nginx"), Trusted::loopback());
    let with = admit(
        &edge,
        &peer("127.0.0.1"),
        &[
            ("ssl-client-cert", &value),
            ("x-forwarded-host", "evil.example"),
        ],
    );
    let without = admit(
        &edge,
        &peer("127.0.0.1"),
        &[("x-forwarded-host", "evil.example")],
    );
    assert_eq!(
        (with.certificate.as_str(), without.certificate.as_str()),
        ("CN=alice", "EDGE-CERT-HEADER-ABSENT")
    );
    let addresses = [with, without].map(|outcome| {
        let arrival = edge::Arrival::of(&outcome.request).unwrap();
        (arrival.client_address(), arrival.origin())
    });
    assert_eq!(addresses[0], addresses[1]);
}

#[test]
fn who_is_no_proxy_speaks_for_itself_by_tls_whatever_is_configured() {
    let (alice, forged) = (Person::new("alice", 1), Person::new("forged", 0));
    for name in [None, Some("default"), Some("nginx"), Some("envoy")] {
        let edge = edge(name, addresses("10.0.0.1"));
        let direct = shows("10.0.0.2", &alice.chain());
        assert_eq!(admit(&edge, &direct, &[]).certificate, "CN=alice");
        let outcome = admit(
            &edge,
            &direct,
            &[("ssl-client-cert", &nginx(forged.leaf()))],
        );
        assert_eq!(
            (outcome.certificate.as_str(), outcome.count),
            ("CN=alice", 2)
        );
        assert!(outcome.has_fact("EDGE-CERT-PEER-NOT-TRUSTED", "ssl-client-cert"));
        assert_eq!(count(&edge, "nginx", RemovedFor::UntrustedPeer), 1);
        for (client, expected) in [
            (TlsClient::Anonymous, "EDGE-CERT-NOT-SHOWN"),
            (
                TlsClient::Unreadable("no".to_owned()),
                "EDGE-CERT-SHOWN-UNREADABLE",
            ),
        ] {
            let bare = Peer {
                channel: Channel::Tls(client),
                ..peer("10.0.0.2")
            };
            assert_eq!(admit(&edge, &bare, &[]).certificate, expected);
        }
    }
}

#[test]
fn a_trusted_proxy_s_own_certificate_is_never_its_client_s() {
    let (proxy, alice) = (Person::new("proxy", 0), Person::new("alice", 0));
    let ours = shows("10.0.0.1", &proxy.chain());
    let nginx_edge = edge(Some("nginx"), addresses("10.0.0.1"));
    let outcome = admit(&nginx_edge, &ours, &[]);
    assert_eq!(outcome.certificate, "EDGE-CERT-HEADER-ABSENT");
    assert!(outcome.has_fact("EDGE-CERT-PROXYS-OWN", "the proxy's own"));
    assert_eq!(
        admit(
            &nginx_edge,
            &ours,
            &[("ssl-client-cert", &nginx(alice.leaf()))]
        )
        .certificate,
        "CN=alice"
    );
    for name in [None, Some("default")] {
        let edge = edge(name, addresses("10.0.0.1"));
        let outcome = admit(&edge, &ours, &[("ssl-client-cert", &nginx(alice.leaf()))]);
        assert_eq!(
            outcome.certificate, "EDGE-CERT-PROXYS-OWN",
            "no header is read, and it is no client's"
        );
        assert!(outcome.has_fact("EDGE-CERT-HEADER-IGNORED", "ssl-client-cert"));
    }
}

#[test]
fn on_this_machine_a_certificate_by_tls_counts_as_long_as_nothing_is_set() {
    let alice = Person::new("alice", 0);
    for name in [None, Some("default")] {
        let edge = edge(name, Trusted::loopback());
        assert_eq!(
            admit(&edge, &shows("127.0.0.1", &alice.chain()), &[]).certificate,
            "CN=alice"
        );
        assert_eq!(
            admit(&edge, &peer("127.0.0.1"), &[]).certificate,
            "EDGE-CERT-NO-LOOKUP"
        );
    }
}

#[test]
fn behind_a_proxy_preamble_the_client_speaks() {
    let (alice, forged) = (Person::new("alice", 0), Person::new("forged", 0));
    let through = Peer {
        announced: Some("198.51.100.7:5000".parse().unwrap()),
        ..shows("10.0.0.1", &alice.chain())
    };
    for name in [None, Some("nginx")] {
        let edge = edge(name, addresses("10.0.0.1"));
        let outcome = admit(
            &edge,
            &through,
            &[("ssl-client-cert", &nginx(forged.leaf()))],
        );
        assert_eq!(outcome.certificate, "CN=alice");
        let bare = Peer {
            channel: Channel::Plain,
            ..through.clone()
        };
        let outcome = admit(&edge, &bare, &[("ssl-client-cert", &nginx(forged.leaf()))]);
        assert_eq!(outcome.certificate, "EDGE-CERT-PEER-NOT-TRUSTED");
    }
}

#[test]
fn our_own_unix_socket_is_trusted_unless_it_is_said_otherwise() {
    let value = nginx(Person::new("alice", 0).leaf());
    let socket = Peer {
        address: PeerAddress::UnixSocket,
        ..peer("127.0.0.1")
    };
    for (trusted, expected) in [
        (Trusted::loopback(), "CN=alice"),
        (addresses("10.0.0.1"), "CN=alice"),
        (
            addresses("10.0.0.1").with_unix_socket(false),
            "EDGE-CERT-PEER-NOT-TRUSTED",
        ),
    ] {
        let outcome = admit(
            &edge(Some("nginx"), trusted),
            &socket,
            &[("ssl-client-cert", &value)],
        );
        assert_eq!(outcome.certificate, expected);
    }
}

#[test]
fn a_proxy_is_known_by_its_key_and_keys_rotate() {
    let (old, new, other) = (
        Person::new("old", 0),
        Person::new("new", 0),
        Person::new("other", 0),
    );
    let pin = |person: &Person| KeyPin::of(&Certificate::from_der(person.leaf()).unwrap());
    let keys = vec![pin(&old), KeyPin::read(&pin(&new).to_string()).unwrap()];
    let edge = edge(Some("nginx"), Trusted::nobody().with_keys(keys));
    let value = nginx(Person::new("alice", 0).leaf());
    for person in [&old, &new] {
        let outcome = admit(
            &edge,
            &shows("192.0.2.9", &person.chain()),
            &[("ssl-client-cert", &value)],
        );
        assert_eq!(outcome.certificate, "CN=alice");
        assert!(
            outcome
                .facts
                .iter()
                .any(|(_, text)| text.contains("a trusted proxy by its key"))
        );
    }
    let outcome = admit(
        &edge,
        &shows("192.0.2.9", &other.chain()),
        &[("ssl-client-cert", &value)],
    );
    assert_eq!(outcome.certificate, "CN=other", "it speaks for itself");
    assert!(
        outcome.has_fact("EDGE-CERT-PEER-NOT-TRUSTED", &pin(&other).to_string()),
        "the key to pin is named"
    );
    for (from, words) in [
        ("192.0.2.9", "did not come by TLS"),
        ("127.0.0.1", "did not come by TLS"),
    ] {
        let outcome = admit(&edge, &peer(from), &[("ssl-client-cert", &value)]);
        assert_eq!(outcome.certificate, "EDGE-CERT-PEER-NOT-TRUSTED");
        assert!(outcome.reason.contains(words), "{}", outcome.reason);
    }
}

fn proxy_params(name: &str, dns: &str) -> CertificateParams {
    let mut params = params(name, &[SanType::DnsName(dns.try_into().unwrap())]);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(2030, 1, 1);
    params
}

#[test]
fn a_proxy_is_known_by_a_name_that_its_authority_gave_it() {
    let (pem, issuer) = root("authority for proxies");
    let (_, stranger) = root("authority for proxies");
    let mut anchors = TrustAnchors::default();
    anchors.add_pem(&pem).unwrap();
    let now = Arc::new(AtomicI64::new(1_800_000_000));
    let clock = now.clone();
    let names = vec![
        "CN=edge,O=ours".to_owned(),
        "proxy.example".to_owned(),
        "CN=named".to_owned(),
    ];
    let authority = ProxyAuthority::new(anchors, names, move || clock.load(Ordering::Relaxed));
    let authority = Arc::new(authority);
    let trusted = Trusted::nobody().with_authority(authority.clone());
    let edge = edge(Some("nginx"), trusted);
    let value = nginx(Person::new("alice", 0).leaf());
    let chain = |der: Vec<u8>| Arc::new(Chain::from_ders([der.as_slice()]).unwrap());
    let ask = |chain: &Arc<Chain>| {
        admit(
            &edge,
            &shows("192.0.2.9", chain),
            &[("ssl-client-cert", &value)],
        )
    };

    let good = chain(issued(&issuer, &proxy_params("x", "Proxy.Example")));
    for _ in 0..2 {
        let outcome = ask(&good);
        assert_eq!(outcome.certificate, "CN=alice", "{:?}", outcome.facts);
        assert!(
            outcome
                .facts
                .iter()
                .any(|(_, text)| text.contains("by its name proxy.example"))
        );
    }
    let named = chain(issued(&issuer, &proxy_params("named", "x.example")));
    assert_eq!(ask(&named).certificate, "CN=alice");

    let mut server = proxy_params("named", "proxy.example");
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    for (der, words) in [
        (
            issued(&issuer, &proxy_params("x", "other.example")),
            "neither its subject CN=x",
        ),
        (
            issued(&issuer, &proxy_params("proxy.example", "other.example")),
            "neither its subject",
        ),
        (
            issued(&stranger, &proxy_params("named", "proxy.example")),
            "CERT-",
        ),
        (issued(&issuer, &server), "CERT-"),
    ] {
        let outcome = ask(&chain(der));
        assert_ne!(outcome.certificate, "CN=alice");
        assert!(
            outcome.has_fact("EDGE-CERT-PEER-NOT-TRUSTED", words),
            "{words}: {:?}",
            outcome.facts
        );
    }
    // Others in the authority's place count at once, whatever was judged before.
    let ours = authority.anchors();
    authority.replace(TrustAnchors::default());
    assert!(ask(&good).has_fact("EDGE-CERT-PEER-NOT-TRUSTED", "CERT-"));
    authority.replace((*ours).clone());
    assert_eq!(ask(&good).certificate, "CN=alice");
    // A judgement is not kept for ever.
    now.store(2_000_000_000, Ordering::Relaxed);
    let outcome = ask(&good);
    assert_ne!(outcome.certificate, "CN=alice");
    assert!(
        outcome.has_fact("EDGE-CERT-PEER-NOT-TRUSTED", "CERT-EXPIRED"),
        "{:?}",
        outcome.facts
    );
}
