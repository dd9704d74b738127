//! Sign-in by certificate at a browser.

use crate::browser::{Browser, action, brief, code, form_url, shown, signed_in};
use crate::pki::Authority;
use crate::world::{Request, World, codes, flow, person, world_trusting};
use authn::login::Progress;
use serde_json::{Value, json};

/// The browser flow with the step before the forms, and its settings.
pub fn browser_flow(requirement: &str, config: &Value) -> Value {
    let step = format!("{requirement}auth-x509-client-username-form=x509");
    json!({
        "authenticationFlows": [flow("mine", if requirement == "+" { vec![step.as_str()] } else { vec!["auth-cookie", step.as_str(), ">forms"] }.as_slice())],
        "authenticatorConfig": [{"alias": "x509", "config": config}],
        "browserFlow": "mine",
    })
}

/// By the address in the alternative name, with the page in between.
fn by_email() -> Value {
    json!({
        "x509-cert-auth.mapping-source-selection": "Subject's Alternative Name E-mail",
        "x509-cert-auth.mapper-selection": "Username or Email",
    })
}

fn without_page(mut config: Value) -> Value {
    config["x509-cert-auth.confirmation-page-disallowed"] = "true".into();
    config
}

async fn trusting(authority: &Authority, requirement: &str, config: &Value) -> World {
    world_trusting(browser_flow(requirement, config), authority.anchors()).await
}

#[tokio::test]
async fn a_certificate_signs_its_person_in_once_they_have_confirmed_it() {
    let root = Authority::new("Root");
    let world = trusting(&root, "", &by_email()).await;
    let mut browser = Browser::with_cert(&root.issue("alice"));
    let page = shown(browser.begin(&world).await);
    assert!(page.page.html.contains("id=\"kc-x509-login-info\""));
    assert!(page.page.html.contains("CN=alice") && page.page.html.contains("name=\"cancel\""));
    assert!(world.events().await.is_empty());

    let done = signed_in(browser.send(&world, &page, &[("login", "login")]).await);
    assert_eq!(
        (done.user.username.as_str(), done.is_new, done.fresh),
        ("alice", true, true)
    );
    assert_eq!(done.session.method, "auth-x509-client-username-form");
    let cx = world.cx().await;
    done.event.record_alone(&cx).await.unwrap();
    let events = world.events().await;
    let details = &events[0].details;
    assert_eq!(events[0].kind, "LOGIN");
    assert_eq!(details["username"], "alice@example.com");
    assert_eq!(details["x509_cert_subject_distinguished_name"], "CN=alice");
    assert_eq!(details["x509_cert_issuer_distinguished_name"], "CN=Root");
    assert!(
        details["x509_cert_serial_number"]
            .bytes()
            .all(|digit| digit.is_ascii_digit())
    );
}

#[tokio::test]
async fn the_page_can_be_passed_over_and_declined() {
    let root = Authority::new("Root");
    let world = trusting(&root, "", &without_page(by_email())).await;
    let mut browser = Browser::with_cert(&root.issue("bob"));
    let done = signed_in(browser.begin(&world).await);
    assert_eq!(done.user.username, "bob");
    assert!(
        browser.jar.contains_key("AUTH_SESSION_ID")
            && browser.jar.contains_key("KEYCLOAK_IDENTITY")
    );

    let world = trusting(&root, "", &by_email()).await;
    let mut browser = Browser::with_cert(&root.issue("bob"));
    let page = shown(browser.begin(&world).await);
    let page = shown(browser.send(&world, &page, &[("cancel", "cancel")]).await);
    assert!(
        page.page.html.contains("id=\"kc-form-login\"")
            && !page.page.html.contains("role=\"alert\"")
    );
    let form = [("username", "alice"), ("password", "pw")];
    let done = signed_in(browser.send(&world, &page, &form).await);
    assert_eq!(done.user.username, "alice");
    let cx = world.cx().await;
    done.event.record_alone(&cx).await.unwrap();
    assert!(
        !world.events().await[0]
            .details
            .contains_key("x509_cert_serial_number")
    );
}

#[tokio::test]
async fn each_way_to_be_refused_has_its_code_and_its_event() {
    let (root, other) = (Authority::new("Root"), Authority::new("Other"));
    let subject = json!({"x509-cert-auth.mapping-source-selection": "Match SubjectDN using regular expression"});
    let strange = json!({"x509-cert-auth.mapping-source-selection": "Subject's shoe size"});
    let upn = json!({"x509-cert-auth.mapping-source-selection": "Subject's Alternative Name otherName (UPN)"});
    let with = |name: &str, value: &str| {
        let mut config = by_email();
        config[format!("x509-cert-auth.{name}")] = value.into();
        config
    };
    for (config, pem, reason, error) in [
        (
            by_email(),
            other.issue("alice"),
            "CERT-NO-PATH",
            "invalid_user_credentials",
        ),
        (
            by_email(),
            root.issue_until("alice", 2026),
            "CERT-EXPIRED",
            "invalid_user_credentials",
        ),
        (
            by_email(),
            root.issue_until("alice", 2028),
            "CERT-NOT-YET-VALID",
            "invalid_user_credentials",
        ),
        (
            by_email(),
            root.pem.clone(),
            "CERT-CA-AS-LEAF",
            "invalid_user_credentials",
        ),
        (
            by_email(),
            "garbage".to_owned(),
            "EDGE-CERT-UNREADABLE",
            "invalid_user_credentials",
        ),
        (
            by_email(),
            root.issue("nobody"),
            "USER-NOT-FOUND",
            "user_not_found",
        ),
        (
            by_email(),
            root.issue("carol"),
            "USER-DISABLED",
            "user_disabled",
        ),
        (
            by_email(),
            root.issue("shared"),
            "USER-AMBIGUOUS",
            "invalid_user_credentials",
        ),
        // The usual expression takes the whole name, and nobody is called that.
        (
            subject,
            root.issue("alice"),
            "USER-NOT-FOUND",
            "user_not_found",
        ),
        (
            upn,
            root.issue("alice"),
            "CERT-NO-IDENTITY",
            "invalid_user_credentials",
        ),
        (
            strange,
            root.issue("alice"),
            "CERT-SETTING-IDENTITY-SOURCE",
            "invalid_user_credentials",
        ),
        (
            with("keyusage", "digitalSignature,keyAgreement"),
            root.issue("alice"),
            "CERT-KEY-USAGE",
            "invalid_user_credentials",
        ),
        (
            with("extendedkeyusage", "1.2.3.4;1.3.6.1.5.5.7.3.2"),
            root.issue("alice"),
            "CERT-EXTENDED-KEY-USAGE",
            "invalid_user_credentials",
        ),
        (
            with("certificate-policy", "1.2.3.4"),
            root.issue("alice"),
            "CERT-POLICY",
            "invalid_user_credentials",
        ),
        (
            with("crl-checking-enabled", "true"),
            root.issue("alice"),
            "CERT-CRL-MISSING",
            "invalid_user_credentials",
        ),
        (
            with("ocsp-checking-enabled", "true"),
            root.issue("alice"),
            "CERT-OCSP-MISSING",
            "invalid_user_credentials",
        ),
    ] {
        let mut members = browser_flow("", &config);
        let (mut carol, mut one, mut two) = (person("carol"), person("one"), person("two"));
        carol["enabled"] = false.into();
        (one["email"], two["email"]) = ("shared@example.com".into(), "shared@example.com".into());
        members["duplicateEmailsAllowed"] = true.into();
        members["loginWithEmailAllowed"] = true.into();
        members["users"] = json!([person("alice"), carol, one, two]);
        let world = world_trusting(members, root.anchors()).await;
        let mut browser = Browser::with_cert(&pem);
        let page = shown(browser.begin(&world).await);
        assert!(
            page.page.html.contains("id=\"kc-form-login\"") && page.status == 200,
            "{reason}"
        );
        assert!(page.page.html.contains("role=\"alert\""), "{reason}");
        assert!(
            !page.page.html.contains(reason),
            "the person sees a code and no reason"
        );
        let trace = world.trace(&code(&page).unwrap()).await;
        assert_eq!(codes(&trace).last().unwrap(), reason);
        let event = world.only_event().await;
        assert_eq!(
            event,
            (
                "LOGIN_ERROR".to_owned(),
                error.to_owned(),
                reason.to_owned()
            )
        );
    }
}

#[tokio::test]
async fn a_browser_without_certificate_sees_the_form_and_a_code() {
    let root = Authority::new("Root");
    let world = trusting(&root, "", &by_email()).await;
    let page = shown(Browser::default().begin(&world).await);
    assert!(!page.page.html.contains("role=\"alert\""));
    let trace = world.trace(&code(&page).unwrap()).await;
    assert!(codes(&trace).contains(&"EDGE-CERT-HEADER-ABSENT".to_owned()));
    assert!(world.events().await.is_empty());

    // A header from somebody who is no proxy of ours is told.
    let mut browser = Browser {
        request: Request {
            cert: Some(root.issue("alice")),
            peer: Some("203.0.113.9:4711"),
            ..Request::default()
        },
        ..Browser::default()
    };
    let page = shown(browser.begin(&world).await);
    assert!(page.page.html.contains("id=\"kc-form-login\""));
    let trace = world.trace(&code(&page).unwrap()).await;
    assert_eq!(codes(&trace).last().unwrap(), "EDGE-CERT-PEER-NOT-TRUSTED");
    assert_eq!(world.only_event().await.2, "EDGE-CERT-PEER-NOT-TRUSTED");
}

#[tokio::test]
async fn a_required_certificate_has_no_other_way() {
    let root = Authority::new("Root");
    let world = trusting(&root, "+", &by_email()).await;
    let page = shown(Browser::default().begin(&world).await);
    assert_eq!(page.status, 400);
    assert_eq!(world.only_event().await.2, "EDGE-CERT-HEADER-ABSENT");
    let page = shown(Browser::with_cert(&root.issue("alice")).begin(&world).await);
    assert!(!page.page.html.contains("name=\"cancel\""));
}

#[tokio::test]
async fn what_was_confirmed_has_to_be_what_was_shown() {
    let root = Authority::new("Root");
    let world = trusting(&root, "", &by_email()).await;
    let alice = root.issue("alice");
    for (pem, reason) in [
        (Some(root.issue("bob")), "CERT-CHANGED"),
        (Some(root.issue("alice")), "CERT-CHANGED"),
        (None, "EDGE-CERT-HEADER-ABSENT"),
    ] {
        let mut browser = Browser::with_cert(&alice);
        let page = shown(browser.begin(&world).await);
        browser.request.cert = pem;
        let page = shown(browser.send(&world, &page, &[("login", "login")]).await);
        assert!(page.page.html.contains("id=\"kc-form-login\""));
        let trace = world.trace(&code(&page).unwrap()).await;
        assert_eq!(codes(&trace).last().unwrap(), reason);
    }
    // Its time may be over by now, too.
    let mut browser = Browser::with_cert(&alice);
    world
        .change_settings(json!({"accessCodeLifespanLogin": 500 * 86_400}))
        .await;
    let page = shown(browser.begin(&world).await);
    world.clock.advance(400 * 86_400);
    let page = shown(browser.send(&world, &page, &[("login", "login")]).await);
    let trace = world.trace(&code(&page).unwrap()).await;
    assert_eq!(codes(&trace).last().unwrap(), "CERT-EXPIRED");
}

#[tokio::test]
async fn people_are_found_as_the_settings_say() {
    let root = Authority::new("Root");
    let attribute = |names: &str, source: &str| {
        json!({
            "x509-cert-auth.mapping-source-selection": source,
            "x509-cert-auth.mapper-selection": "Custom Attribute Mapper",
            "x509-cert-auth.mapper-selection.user-attribute-name": names,
        })
    };
    let cn = "Subject's Common Name";
    let pair = "Certificate Serial Number and IssuerDN";
    let pem = root.issue("alice");
    let serial = x509::Chain::from_pem(&pem).unwrap().leaf().serial_decimal();
    for (config, attributes, expected) in [
        (
            json!({"x509-cert-auth.mapping-source-selection": cn}),
            json!({}),
            "alice",
        ),
        (
            json!({"x509-cert-auth.regular-expression": "cn=(.*?)(?:,|$)"}),
            json!({}),
            "alice",
        ),
        (
            attribute("badge", cn),
            json!({"badge": ["x", "alice"]}),
            "bob",
        ),
        (
            attribute("badge", cn),
            json!({"badge": ["Alice"]}),
            "login 200",
        ),
        (
            attribute("badge", cn),
            json!({"other": ["alice"]}),
            "login 200",
        ),
        (
            attribute("serial##issuer", pair),
            json!({"serial": [serial], "issuer": ["CN=Root"]}),
            "bob",
        ),
        (
            attribute("serial##issuer", pair),
            json!({"serial": [serial], "issuer": ["CN=Else", "CN=Root"]}),
            "login 200",
        ),
        // As many attributes as values, or nobody.
        (
            attribute("serial", pair),
            json!({"serial": [serial]}),
            "login 200",
        ),
    ] {
        let mut members = browser_flow("", &without_page(config.clone()));
        let mut bob = person("bob");
        bob["attributes"] = attributes.clone();
        members["users"] = json!([person("alice"), bob]);
        let world = world_trusting(members, root.anchors()).await;
        let progress = Browser::with_cert(&pem).begin(&world).await;
        assert_eq!(brief(&progress), expected, "{config} {attributes}");
    }
}

#[tokio::test]
async fn a_step_without_settings_says_so() {
    let root = Authority::new("Root");
    let members = json!({
        "authenticationFlows": [flow("mine", &["auth-x509-client-username-form", ">forms"])],
        "browserFlow": "mine",
    });
    let world = world_trusting(members, root.anchors()).await;
    let page = shown(Browser::with_cert(&root.issue("alice")).begin(&world).await);
    let trace = world.trace(&code(&page).unwrap()).await;
    assert_eq!(codes(&trace).last().unwrap(), "FLOW-CERT-NOT-CONFIGURED");
}

#[tokio::test]
async fn a_change_of_settings_counts_at_once() {
    let root = Authority::new("Root");
    let world = trusting(&root, "", &without_page(by_email())).await;
    let pem = root.issue("alice");
    assert_eq!(
        brief(&Browser::with_cert(&pem).begin(&world).await),
        "alice"
    );
    let realm = world.cx().await.realm;
    let mut config = realm.authenticator_config("x509").unwrap().as_ref().clone();
    let source = "x509-cert-auth.mapping-source-selection".to_owned();
    config
        .config
        .insert(source, "Certificate Serial Number".to_owned());
    let document = realm::Document::of(
        realm::Kind::AuthenticatorConfig,
        config.id.as_str(),
        &config,
    );
    world.put(document.unwrap()).await;
    assert_eq!(
        brief(&Browser::with_cert(&pem).begin(&world).await),
        "login 200"
    );
}

#[tokio::test]
async fn the_address_of_the_form_is_keycloaks() {
    let root = Authority::new("Root");
    let world = trusting(&root, "", &by_email()).await;
    let page = shown(Browser::default().begin(&world).await);
    let url = form_url(&page);
    assert!(
        url.starts_with("http://localhost/realms/demo/login-actions/authenticate?session_code=")
    );
    let action = action(&page);
    assert_eq!(
        (action.client_id.as_deref(), action.client_data.as_deref()),
        (Some("app"), Some("cd"))
    );
    assert_eq!(action.tab_id.unwrap().len(), 11);
    assert!(action.session_code.unwrap().len() < 2000);
}

#[tokio::test]
async fn nobody_is_asked_when_nobody_may_be() {
    let root = Authority::new("Root");
    let world = trusting(&root, "", &by_email()).await;
    let mut browser = Browser::with_cert(&root.issue("alice"));
    let ask = crate::browser::Ask {
        prompt: authn::login::Prompt::None,
        ..Default::default()
    };
    let Progress::Refused(refused) = browser.ask(&world, ask).await else {
        panic!("a page for nobody");
    };
    assert_eq!(refused.why, authn::login::Why::LoginRequired);
    assert_eq!(refused.request, json!({"state": "s-1"}));
}
