//! A person with a certificate signs in to an application without a question, by each way that is shipped.

use support::application::{Example, Place};
use support::browser::Browser;
use support::postern::demo_realm;
use support::proxy::Kind;
use support::site::Site;

#[tokio::test]
async fn a01_a_certificate_signs_in_through_haproxy() {
    signs_in(Some(Kind::Haproxy)).await;
}

#[tokio::test]
async fn a01_a_certificate_signs_in_through_apache() {
    signs_in(Some(Kind::Apache)).await;
}

#[tokio::test]
async fn a01_a_certificate_signs_in_through_caddy() {
    signs_in(Some(Kind::Caddy)).await;
}

#[tokio::test]
async fn a08_a_certificate_signs_in_without_a_proxy() {
    signs_in(None).await;
}

#[tokio::test]
async fn a33_a_certificate_signs_in_where_tls_is_handed_on() {
    for kind in Kind::PASSING_TLS {
        signs_in(Some(kind)).await;
    }
}

async fn signs_in(kind: Option<Kind>) {
    let mut realm = demo_realm();
    let place = Place::take(Example::Rust, &mut realm);
    let site = Site::dev(kind, &realm);
    let application = place.start(&site.folder, &site.issuer(), &site.ca);
    let browser = Browser::start(&site.ca, Some(&site.person("alice"))).await;
    browser.open(&application.at("/")).await;
    browser.follow("#sign-in").await;
    browser.find("#sign-out").await;
    assert_eq!(browser.url().await, application.at("/me"), "{kind:?}");
    assert_eq!(browser.read("h1").await, "Hello, Alice Archer", "{kind:?}");
    browser.close().await;
}
