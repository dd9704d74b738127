//! The same twelve certificates name the same people, by whatever way they come: in the header of each proxy, by TLS, and by TLS that a proxy
//! hands on.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use support::curl::Curl;
use support::folder::Folder;
use support::http::Connection;
use support::person::Person;
use support::pki::Identity;
use support::ports;
use support::proxy::Kind;
use support::site::{DIRECT_GRANT, Site};
use support::twelve::{self, CASES, Twelve, name};
use x509::Chain;

/// Where people come from, as far as the proxy sees.
const FROM: &str = "127.0.0.5";

#[test]
fn a02_twelve_certificates_by_nginx() {
    twelve_people(Some(Kind::Nginx));
}

#[test]
fn a38_twelve_certificates_by_haproxy() {
    twelve_people(Some(Kind::Haproxy));
}

#[test]
fn a37_twelve_certificates_by_apache() {
    twelve_people(Some(Kind::Apache));
}

#[test]
fn a27_twelve_certificates_by_caddy() {
    twelve_people(Some(Kind::Caddy));
}

#[test]
fn a08_twelve_certificates_by_tls() {
    twelve_people(None);
}

#[test]
fn a33_twelve_certificates_by_tls_through_haproxy() {
    twelve_people(Some(Kind::HaproxyPassthrough));
}

#[test]
fn a33_twelve_certificates_by_tls_through_nginx() {
    twelve_people(Some(Kind::NginxStream));
}

#[test]
fn a82_both_versions_of_the_proxy_protocol_and_nobody_without() {
    let folder = Folder::new("preamble");
    let twelve = Twelve::make(&folder);
    let kind = Kind::HaproxyPassthrough;
    let pki = twelve.folder.clone();
    let site = Site::behind(Some(kind), folder, pki, &twelve::realm(), |launch| launch);
    let port = ports::free();
    let second = kind.configuration(&site.pki, port, site.postern.https_port());
    let first = second.replace("send-proxy-v2", "send-proxy");
    assert_ne!(first, second);
    let first = kind.start(&site.folder, port, &first);
    for base in [site.base(), first.base()] {
        // What clients put into headers here is their own word, and nobody's.
        let person = Person::new(&base, &twelve.server_root(), &site.folder.at("cookies"))
            .with(&twelve.identity("ec"))
            .arguments(&[
                "--interface",
                FROM,
                "--header",
                "X-Forwarded-For: 192.0.2.7",
            ]);
        let answer = person.direct_grant();
        assert_eq!(answer.status, 200, "{answer:?}");
        let events = site.postern.admin("demo/events?type=LOGIN&max=1");
        assert_eq!(events[0]["ipAddress"], FROM, "{base}: {events}");
    }
    let mut direct = Connection::open(site.postern.port()).unwrap();
    assert!(direct.get("/realms/demo", &[]).is_err());
}

fn twelve_people(kind: Option<Kind>) {
    let folder = Folder::new("identity");
    let twelve = Twelve::make(&folder);
    let site = Site::behind(
        kind,
        folder,
        twelve.folder.clone(),
        &twelve::realm(),
        |launch| launch,
    );
    let ask = |identity: &Identity| {
        Curl::new(&twelve.server_root())
            .arguments(&["--interface", FROM])
            .certificate(identity)
            .form(&DIRECT_GRANT)
            .get(&site.token_endpoint())
    };
    for case in CASES {
        let identity = twelve.identity(case);
        let answer = ask(&identity);
        assert_eq!(answer.status, 200, "{kind:?} {case}: {answer:?}");
        let token = answer.json()["access_token"].as_str().unwrap().to_owned();
        assert_eq!(claims(&token)["preferred_username"], name(case), "{kind:?}");

        // What is on record of it is what the certificate says.
        let events = site.postern.admin("demo/events?type=LOGIN&max=1");
        let (event, details) = (&events[0], &events[0]["details"]);
        let chain = Chain::from_pem(&identity.pem()).unwrap();
        let leaf = chain.leaf();
        assert_eq!(event["ipAddress"], FROM, "{kind:?} {case}: {event}");
        for (detail, said) in [
            ("x509_cert_subject_distinguished_name", leaf.subject()),
            ("x509_cert_issuer_distinguished_name", leaf.issuer()),
            ("x509_cert_serial_number", leaf.serial_decimal()),
        ] {
            assert_eq!(details[detail], said, "{kind:?} {case}: {event}");
        }
    }
    // Whoever sends the root along is the same person.
    let answer = ask(&twelve.with_the_root());
    assert_eq!(answer.status, 200, "{kind:?}: {answer:?}");
}

fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}
