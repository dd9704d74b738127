//! Who is not the proxy can say nothing of certificates, in no proxy's words; and a proxy that lets such words pass is not believed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use support::curl::Curl;
use support::folder::Folder;
use support::pki::{self, Identity};
use support::ports;
use support::postern::demo_realm;
use support::proxy::Kind;
use support::site::{DIRECT_GRANT, Site};
use x509::Chain;

/// Bob's certificate as each proxy would send it: all that an attacker needs, since certificates are no secret.
fn dialects(stolen: &Identity) -> Vec<(&'static str, String)> {
    let pem = stolen.pem();
    let der = STANDARD.encode(Chain::from_pem(&pem).unwrap().leaf().der());
    let escaped = stolen.escaped();
    vec![
        ("ssl-client-cert", escaped.clone()),
        ("client-cert", der.clone()),
        ("Client-Cert", format!(":{der}:")),
        ("SSL_CLIENT_CERT", pem.replace('\n', " ")),
        ("X-Forwarded-Tls-Client-Cert", der.clone()),
        ("X-Forwarded-Client-Cert", format!("Cert=\"{escaped}\"")),
        ("X-Amzn-Mtls-Clientcert", escaped.clone()),
        ("X-Amzn-Mtls-Clientcert-Leaf", escaped),
        ("X-ARR-ClientCert", der),
    ]
}

fn realm() -> serde_json::Value {
    let mut realm = demo_realm();
    realm["eventsEnabled"] = true.into();
    realm
}

#[test]
fn a34_a_forged_header_of_any_dialect_signs_nobody_in() {
    let folder = Folder::new("forged");
    let pki = pki::dev(&folder);
    let site = Site::with(folder, pki, &realm(), |launch| {
        launch
            .option("proxy-trusted-addresses", "127.0.0.1")
            .option("metrics-enabled", "true")
    });
    let counted = || {
        site.postern
            .counted("postern_removed_certificate_headers", &[])
    };
    let bob = site.person("bob");
    for (name, value) in dialects(&bob) {
        let before = counted();
        let answer = site.header("127.0.0.2", name, &value);
        let event = site.because(&answer, name, "EDGE-CERT-PEER-NOT-TRUSTED");
        assert_eq!(event["error"], "client_cert_header_untrusted", "{event}");
        assert_eq!(event["ipAddress"], "127.0.0.2", "{event}");
        assert_eq!(counted(), before + 1, "{name}");
    }
    // What is forged is the header alone: the same certificate from the proxy signs in.
    let answer = site.direct_grant(Some(&bob));
    assert_eq!(answer.status, 200, "{answer:?}");
}

#[test]
fn a34_nginx_that_forgets_to_strip_is_not_believed() {
    forgets(
        Kind::Nginx,
        |line| line.contains("proxy_set_header") && line.ends_with("\"\";"),
        &["ssl-client-cert", "SSL_CLIENT_CERT"],
    );
}

#[test]
fn a34_haproxy_that_forgets_to_strip_is_not_believed() {
    // Its own header is set anew for a person with a certificate, and nothing tells it from a forged one for a person without.
    forgets(
        Kind::Haproxy,
        |line| line.contains("del-header"),
        &["client-cert", "Client-Cert"],
    );
}

/// The shipped configuration without the lines that strip. `passed_over` are the headers that it sets itself, or drops by itself.
fn forgets(kind: Kind, strips: impl Fn(&str) -> bool, passed_over: &[&str]) {
    let folder = Folder::new("forgets");
    let pki = pki::dev(&folder);
    let site = Site::behind(Some(kind), folder, pki, &realm(), |launch| launch);
    let port = ports::free();
    let shipped = kind.configuration(&site.pki, port, site.postern.port());
    let lines = shipped.lines().filter(|line| !strips(line));
    let broken: String = lines.flat_map(|line| [line, "\n"]).collect();
    assert!(broken.len() < shipped.len());
    let proxy = kind.start(&site.folder, port, &broken);
    let token = site.token_endpoint().replace(&site.base(), &proxy.base());

    let (alice, bob) = (site.person("alice"), site.person("bob"));
    for (name, value) in dialects(&bob) {
        if passed_over.contains(&name) {
            continue;
        }
        for certificate in [None, Some(&alice)] {
            let curl = Curl::new(&site.ca).header(name, &value).form(&DIRECT_GRANT);
            let curl = match certificate {
                Some(identity) => curl.certificate(identity),
                None => curl,
            };
            let answer = curl.get(&token);
            let case = format!("{kind:?} {name} {}", certificate.is_some());
            site.because(&answer, &case, "EDGE-CERT-FOREIGN-HEADER");
        }
    }
    // By the shipped one alice is alice, whatever she says besides.
    for (name, value) in dialects(&bob) {
        let answer = site
            .curl()
            .certificate(&alice)
            .header(name, &value)
            .form(&DIRECT_GRANT)
            .get(&site.token_endpoint());
        assert_eq!(answer.status, 200, "{kind:?} {name}: {answer:?}");
        let token = answer.json()["access_token"].as_str().unwrap().to_owned();
        let person = site.curl().bearer(&token);
        let person = person.get(&site.token_endpoint().replace("/token", "/userinfo"));
        assert_eq!(
            person.json()["preferred_username"],
            "alice",
            "{kind:?} {name}"
        );
    }
}
