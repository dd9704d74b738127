//! The shipped configurations let through what they should, and no word of an outsider about who he is.

use support::curl::Curl;
use support::dump::Dump;
use support::folder::Folder;
use support::proxy::{Kind, Proxy};
use support::twelve::Twelve;

/// What outsiders may want to say: certificates in the headers of every kind of proxy, and where they come from.
const CLAIMS: [&str; 39] = [
    "ssl-client-cert",
    "SSL-Client-Cert",
    "ssl-client-verify",
    "ssl-client-subject-dn",
    "ssl-client-issuer-dn",
    "SSL_CLIENT_CERT",
    "SSL_CLIENT_CERT_CHAIN_0",
    "SSL_CLIENT_CERT_CHAIN_2",
    "SSL_CLIENT_CERT_CHAIN_9",
    "SSL_CLIENT_VERIFY",
    "SSL_CLIENT_S_DN",
    "Client-Cert",
    "client-cert",
    "Client-Cert-Chain",
    "X-Client-Cert",
    "X-SSL-Client-Cert",
    "X-SSL-Cert",
    "X-Forwarded-Client-Cert",
    "x-forwarded-client-cert",
    "X-Forwarded-Tls-Client-Cert",
    "X-Forwarded-Tls-Client-Cert-Info",
    "X-Amzn-Mtls-Clientcert",
    "X-Amzn-Mtls-Clientcert-Leaf",
    "X-Amzn-Mtls-Clientcert-Subject",
    "X-Amzn-Mtls-Clientcert-Issuer",
    "X-Amzn-Mtls-Clientcert-Serial-Number",
    "X-Amzn-Mtls-Clientcert-Validity",
    "X-ARR-ClientCert",
    "Forwarded",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Port",
    "X-Forwarded-Prefix",
    "X-Forwarded-Proto",
    "X-Forwarded-Server",
    "X-Forwarded-Ssl",
    "X-Original-URL",
    "X-Real-IP",
    "x-real-ip",
];
const CLAIM: &str = "192.0.2.66";

fn start(kind: Kind) -> (Folder, Twelve, Dump, Proxy) {
    let folder = Folder::new("shipped");
    let (twelve, dump) = (Twelve::make(&folder), Dump::start());
    let proxy = kind.shipped(&folder, &twelve.folder, dump.port());
    (folder, twelve, dump, proxy)
}

#[test]
fn a69_no_claim_of_an_outsider_passes_nginx() {
    no_claim_passes(Kind::Nginx);
}

#[test]
fn a69_no_claim_of_an_outsider_passes_haproxy() {
    no_claim_passes(Kind::Haproxy);
}

#[test]
fn a69_no_claim_of_an_outsider_passes_apache() {
    no_claim_passes(Kind::Apache);
}

#[test]
fn a69_no_claim_of_an_outsider_passes_caddy() {
    no_claim_passes(Kind::Caddy);
}

fn no_claim_passes(kind: Kind) {
    let (_folder, twelve, dump, proxy) = start(kind);
    let address = format!("{}/realms/demo", proxy.base());
    for certificate in [None, Some(twelve.identity("ec"))] {
        let curl = || {
            let curl = Curl::new(&twelve.server_root());
            match &certificate {
                Some(identity) => curl.certificate(identity),
                None => curl,
            }
        };
        curl().get(&address);
        let honest = names(&dump.head());
        for claim in CLAIMS {
            // Once alone, since a list may hide behind another.
            curl().header(claim, CLAIM).get(&address);
            let head = dump.head();
            let text = String::from_utf8_lossy(&head);
            assert!(!text.contains(CLAIM), "{kind:?} {claim}: {text}");
            assert_eq!(names(&head), honest, "{kind:?} {claim}");
        }
        // In one request of several lines, over HTTP/2 where the proxy speaks it.
        let lines = CLAIMS
            .iter()
            .chain(&CLAIMS)
            .map(|claim| format!("{claim}: {CLAIM}"));
        let all = lines.fold(curl(), |curl, line| curl.arguments(&["--header", &line]));
        all.get(&address);
        let head = dump.head();
        let text = String::from_utf8_lossy(&head);
        assert!(!text.contains(CLAIM), "{kind:?}: {text}");
        assert_eq!(names(&head), honest, "{kind:?}");
    }
}

/// The names of the headers, in order.
fn names(head: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(head).into_owned();
    let mut names: Vec<String> = text
        .lines()
        .skip(1)
        .filter_map(|line| Some(line.split_once(':')?.0.to_ascii_lowercase()))
        .collect();
    names.sort();
    names
}

#[test]
fn a78_three_folders_are_let_through_and_nothing_else() {
    for kind in Kind::ENDING_TLS {
        let (_folder, twelve, dump, proxy) = start(kind);
        let ask = |path: &str| {
            Curl::new(&twelve.server_root())
                .arguments(&["--path-as-is"])
                .get(&format!("{}{path}", proxy.base()))
        };
        for path in [
            "/realms/demo",
            "/resources/1/x.css",
            "/.well-known/openid-configuration/realms/demo",
        ] {
            assert_eq!(ask(path).status, 200, "{kind:?} {path}");
            let line = format!("GET {path} HTTP/1.1\r\n");
            assert!(dump.head().starts_with(line.as_bytes()), "{kind:?} {path}");
        }
        for path in [
            "/",
            "/admin/",
            "/admin/realms/demo",
            "/metrics",
            "/health",
            "/health/ready",
            "/robots.txt",
            "//realms/demo/../../admin/",
            "/?/realms/",
        ] {
            assert_eq!(ask(path).status, 404, "{kind:?} {path}");
            assert!(dump.is_quiet(), "{kind:?} {path}");
        }
        // Whoever climbs out is stopped, here or by Postern, which takes no path that can be read in two ways.
        for path in ["/realms/../admin/", "/realms/%2e%2e/admin/"] {
            match ask(path).status {
                400 | 404 => assert!(dump.is_quiet(), "{kind:?} {path}"),
                _ => {
                    let line = format!("GET {path} HTTP/1.1\r\n");
                    assert!(dump.head().starts_with(line.as_bytes()), "{kind:?} {path}");
                }
            }
        }
    }
}
