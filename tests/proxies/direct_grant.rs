//! `curl --cert`: tokens for a certificate, without a browser and without a password.

use support::application::{Example, Place};
use support::postern::demo_realm;
use support::site::Site;

#[test]
fn a_certificate_alone_gives_tokens_that_a_backend_accepts() {
    let mut realm = demo_realm();
    let place = Place::take(Example::Rust, &mut realm);
    let site = Site::start(&realm);
    let backend = place.start(&site.folder, &site.issuer(), &site.ca);

    for (name, greeting) in [
        ("alice", "Hello, Alice Archer"),
        ("bob", "Hello, Bob Baker"),
    ] {
        let answer = site.direct_grant(Some(&site.person(name)));
        assert_eq!(answer.status, 200, "{answer:?}");
        let tokens = answer.json();
        let api = |token: &str| {
            let token = tokens[token].as_str().unwrap();
            site.curl().bearer(token).get(&backend.at("/api/greeting"))
        };
        assert_eq!(api("access_token").json()["message"], greeting);
        assert_eq!(api("id_token").status, 401, "an ID token opens no door");
    }
    assert_eq!(site.curl().get(&backend.at("/api/greeting")).status, 401);
}
