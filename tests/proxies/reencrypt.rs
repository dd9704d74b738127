//! nginx speaks TLS to Postern and shows a certificate of its own, which is what makes its word count. People who come to Postern's own port
//! speak for themselves.

use std::fmt::Write as _;
use std::path::Path;
use support::folder::Folder;
use support::person::Person;
use support::pki::{self, Authority, Identity, Valid};
use support::ports;
use support::postern::{Launch, demo_realm};
use support::proxy::{Kind, Proxy};
use support::site::Site;
use support::wait;
use x509::Chain;

/// SHA-256 of a certificate's key, in hexadecimal digits.
fn key_pin(identity: &Identity) -> String {
    let chain = Chain::from_pem(&identity.pem()).unwrap();
    let mut digits = String::new();
    for byte in chain.leaf().public_key_sha256() {
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

/// Postern behind the shipped nginx, and with TLS of its own.
fn site(trust: impl FnOnce(Launch, &Path, &Identity) -> Launch) -> (Site, Identity) {
    let folder = Folder::new("reencrypt");
    let pki = pki::dev(&folder);
    let proxies = Authority::new("Proxies");
    let authority = folder.write("proxies.pem", proxies.pem());
    let proxy = proxies.person(&folder, "proxy", "edge-proxy", Valid::Now);
    let mut realm = demo_realm();
    realm["eventsEnabled"] = true.into();
    let with_tls = pki.clone();
    let site = Site::with(folder, pki, &realm, |launch| {
        trust(launch.with_tls(&with_tls), &authority, &proxy)
    });
    (site, proxy)
}

/// nginx that speaks TLS to Postern, with this certificate or none.
fn nginx(site: &Site, own: Option<&Identity>) -> Proxy {
    let port = ports::free();
    let mut tls = format!(
        "proxy_ssl_verify on; proxy_ssl_name localhost; proxy_ssl_trusted_certificate {};",
        site.ca.display()
    );
    if let Some(Identity { certificate, key }) = own {
        let _ = write!(
            tls,
            "proxy_ssl_certificate {}; proxy_ssl_certificate_key {};",
            certificate.display(),
            key.display()
        );
    }
    let conf = Kind::Nginx
        .configuration(&site.pki, port, site.postern.https_port())
        .replace("proxy_pass http://postern;", "proxy_pass https://postern;")
        .replace(
            "proxy_http_version 1.1;",
            &format!("proxy_http_version 1.1; {tls}"),
        );
    Kind::Nginx.start(&site.folder, port, &conf)
}

fn by(site: &Site, base: &str) -> Person {
    Person::new(base, &site.ca, &site.folder.at("cookies"))
}

#[test]
fn a71_a_proxy_is_known_by_its_key() {
    a_proxy_is_known(site(|launch, _, proxy| {
        let pins = format!("{},{}", "0".repeat(64), key_pin(proxy));
        launch.option("proxy-trusted-tls-keys", &pins)
    }));
}

#[test]
fn a71_a_proxy_is_known_by_its_name_and_who_vouches_for_it() {
    a_proxy_is_known(site(|launch, authority, _| {
        launch
            .option("proxy-trusted-tls-ca-file", authority.to_str().unwrap())
            .option("proxy-trusted-tls-names", "CN=edge-proxy")
    }));
}

#[test]
fn a71_the_authority_for_proxies_is_read_again_when_its_file_changes() {
    let mut file = None;
    let (site, proxy) = site(|launch, authority, _| {
        file = Some(authority.to_owned());
        launch
            .option("proxy-trusted-tls-ca-file", authority.to_str().unwrap())
            .option("proxy-trusted-tls-names", "CN=edge-proxy")
    });
    let file = file.unwrap();
    let ours = nginx(&site, Some(&proxy));
    let alice = site.person("alice");
    let ask = || by(&site, &ours.base()).with(&alice).direct_grant();
    assert_eq!(ask().status, 200);
    let before = std::fs::read(&file).unwrap();
    let until = |text: &str| wait::until(text, || site.postern.log().contains(text));

    std::fs::write(&file, "nothing").unwrap();
    until("the old one stays");
    assert_eq!(ask().status, 200);
    std::fs::write(&file, Authority::new("Others").pem()).unwrap();
    until("the authority for proxies was read anew");
    // Its certificate counts no more, though its connection may be the same: it is a person now, whom nobody knows.
    assert_ne!(ask().status, 200);
    std::fs::write(&file, before).unwrap();
    wait::until("believed again", || ask().status == 200);
}

fn a_proxy_is_known((site, proxy): (Site, Identity)) {
    let (alice, bob) = (site.person("alice"), site.person("bob"));
    let ours = nginx(&site, Some(&proxy));
    let answer = by(&site, &ours.base()).with(&alice).direct_grant();
    assert_eq!(answer.status, 200, "{answer:?} {}", ours.log());
    let login = site.postern.admin("demo/events?type=LOGIN&max=1");
    assert_eq!(login[0]["details"]["username"], "alice@example.com");
    // Its own certificate is nobody's sign-in.
    let answer = by(&site, &ours.base()).direct_grant();
    site.because(&answer, "no person's", "EDGE-CERT-HEADER-ABSENT");

    // The same nginx without a certificate is nobody.
    let nobody = nginx(&site, None);
    let answer = by(&site, &nobody.base()).with(&alice).direct_grant();
    site.because(&answer, "none", "EDGE-CERT-PEER-NOT-TRUSTED");
    // With a person's it is that person, whatever it says of others: so is everybody who comes by TLS and is no proxy of ours.
    let as_bob = nginx(&site, Some(&bob));
    let answer = by(&site, &as_bob.base()).with(&alice).direct_grant();
    assert_eq!(answer.status, 200, "{answer:?}");
    let login = site.postern.admin("demo/events?type=LOGIN&max=1");
    assert_eq!(login[0]["details"]["username"], "bob@example.com");
    // By plain HTTP from a place that counts only where no other way to know proxies is set.
    let answer = site.direct_grant(Some(&alice));
    site.because(&answer, "plain", "EDGE-CERT-PEER-NOT-TRUSTED");

    // People who come without a proxy show their own.
    let own = format!("https://localhost:{}", site.postern.https_port());
    let answer = by(&site, &own).with(&bob).direct_grant();
    assert_eq!(answer.status, 200, "{answer:?}");
    let login = site.postern.admin("demo/events?type=LOGIN&max=1");
    assert_eq!(login[0]["details"]["username"], "bob@example.com");
}
