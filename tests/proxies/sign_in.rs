//! A person at a browser signs in to an application, through nginx.

use serde_json::Value;
use support::application::{Application, Example, Place};
use support::browser::Browser;
use support::postern::demo_realm;
use support::site::Site;

fn site(example: Example, change: impl FnOnce(&mut Value)) -> (Site, Application) {
    let mut realm = demo_realm();
    change(&mut realm);
    let place = Place::take(example, &mut realm);
    let site = Site::start(&realm);
    let application = place.start(&site.folder, &site.issuer(), &site.ca);
    (site, application)
}

#[tokio::test]
async fn a01_a_certificate_signs_in_and_out_without_a_question() {
    let (site, application) = site(Example::Rust, |_| ());
    let alice = site.person("alice");
    let browser = Browser::start(&site.ca, Some(&alice)).await;

    browser.open(&application.at("/")).await;
    browser.follow("#sign-in").await;
    browser.find("#sign-out").await;
    assert_eq!(browser.url().await, application.at("/me"));
    assert_eq!(browser.read("h1").await, "Hello, Alice Archer");

    browser.follow("#sign-out").await;
    browser.find("#sign-in").await;
    assert_eq!(browser.url().await, application.at("/"));
    browser.close().await;
}

#[tokio::test]
async fn a_realm_that_asks_shows_whose_certificate_it_is() {
    let (site, application) = site(Example::Rust, |realm| {
        realm["authenticatorConfig"][0]["config"]["x509-cert-auth.confirmation-page-disallowed"] =
            "false".into();
    });
    let bob = site.person("bob");
    let browser = Browser::start(&site.ca, Some(&bob)).await;

    browser.open(&application.at("/login")).await;
    let subject = browser.read("#certificate_subjectDN").await;
    assert!(subject.contains("CN=bob"), "{subject}");
    assert_eq!(browser.read("#username").await, "bob");
    browser.follow("#kc-login").await;
    browser.find("#sign-out").await;
    assert_eq!(browser.read("h1").await, "Hello, Bob Baker");

    // Who does not want to be Bob today signs in by password.
    browser.follow("#sign-out").await;
    browser.follow("#sign-in").await;
    browser.follow("#kc-cancel").await;
    browser.fill("#username", "alice").await;
    browser.fill("#password", "alice").await;
    browser.follow("#kc-login").await;
    browser.find("#sign-out").await;
    assert_eq!(browser.read("h1").await, "Hello, Alice Archer");
    browser.close().await;
}

#[tokio::test]
async fn without_a_certificate_a_password_signs_in_and_a_wrong_one_does_not() {
    let (site, application) = site(Example::Rust, |_| ());
    let browser = Browser::start(&site.ca, None).await;

    browser.open(&application.at("/login")).await;
    browser.fill("#username", "alice").await;
    browser.fill("#password", "wrong").await;
    browser.follow("#kc-login").await;
    let error = browser.read("#input-error-username").await;
    assert_eq!(error, "That user name and password don't match.");
    let code = browser.read("#attempt-code").await;
    let attempt = site.postern.admin(&format!("demo/attempts/{code}"));
    let steps = attempt["steps"].as_array().unwrap();
    assert!(
        steps.iter().any(|step| step["code"] == "USER-PASSWORD"),
        "{attempt}"
    );

    browser.fill("#password", "alice").await;
    browser.follow("#kc-login").await;
    browser.find("#sign-out").await;
    assert_eq!(browser.read("h1").await, "Hello, Alice Archer");

    // Signed in at Postern, so another sign-in asks for nothing; until she signs out.
    browser.open(&application.at("/login")).await;
    browser.find("#sign-out").await;
    browser.follow("#sign-out").await;
    browser.follow("#sign-in").await;
    browser.find("#kc-form-login").await;
    browser.close().await;
}

#[tokio::test]
async fn the_example_in_node_greets_too() {
    let (site, application) = site(Example::Node, |_| ());
    let alice = site.person("alice");
    let page = site
        .curl()
        .certificate(&alice)
        .browsing(&site.folder.at("cookies"))
        .get(&application.at("/login"));
    assert_eq!(page.url, application.at("/me"));
    assert!(page.body.contains("Hello, Alice Archer"), "{}", page.body);

    let tokens = site.direct_grant(Some(&alice)).json();
    let greeting = site
        .curl()
        .bearer(tokens["access_token"].as_str().unwrap())
        .get(&application.at("/api/greeting"));
    assert_eq!(greeting.json()["message"], "Hello, Alice Archer");
}
