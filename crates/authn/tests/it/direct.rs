//! The direct grant flow.

use crate::pki::Authority;
use crate::world::{Request, World, codes, flow, person, world, world_trusting};
use authn::direct::{DirectRefusal, direct_grant};
use authn::login::SignedIn;
use serde_json::{Value, json};

async fn grant(
    world: &World,
    request: &Request,
    form: &[(&str, &str)],
) -> Result<SignedIn, DirectRefusal> {
    let cx = world.cx_of(request).await;
    let client = world.client().await;
    let form: Vec<(String, String)> = form
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let event = cx.event("LOGIN").detail("grant_type", "password");
    direct_grant(&cx, &client, &form, event).await.unwrap()
}

/// Status, error, description, and the reason in trace and event.
async fn refused(
    world: &World,
    request: &Request,
    form: &[(&str, &str)],
) -> (u16, &'static str, String, String) {
    // Events of one instant have no order.
    world.clock.advance(1);
    let Err(refusal) = grant(world, request, form).await else {
        panic!("signed in: {form:?}");
    };
    let trace = world.trace(&refusal.attempt_code).await;
    let reason = codes(&trace).last().unwrap().clone();
    let events = world.events().await;
    let event = events.last().unwrap();
    assert_eq!(
        (event.kind.as_str(), &event.details["reason"]),
        ("LOGIN_ERROR", &reason)
    );
    assert_eq!(event.details["grant_type"], "password");
    (refusal.status, refusal.error, refusal.description, reason)
}

fn keycloaks(
    status: u16,
    error: &'static str,
    description: &str,
    reason: &str,
) -> (u16, &'static str, String, String) {
    (status, error, description.to_owned(), reason.to_owned())
}

#[tokio::test]
async fn a_password_signs_in() {
    let world = world(json!({})).await;
    for name in ["alice", "ALICE", "alice@example.com"] {
        let form = [("username", name), ("password", "pw")];
        let done = grant(&world, &Request::default(), &form).await.unwrap();
        assert_eq!(
            (done.user.username.as_str(), done.is_new, done.fresh),
            ("alice", true, true)
        );
        assert_eq!(done.session.id.as_str().len(), 24);
        assert!(done.set_cookies.is_empty());
    }
}

#[tokio::test]
async fn each_refusal_is_keycloaks_and_has_a_reason() {
    let (mut carol, mut dave, mut erin) = (person("carol"), person("dave"), person("erin"));
    carol["enabled"] = false.into();
    dave["requiredActions"] = json!(["TERMS_AND_CONDITIONS"]);
    erin.as_object_mut().unwrap().remove("email");
    let mut frank = person("frank");
    frank["credentials"] = json!([]);
    let world = world(json!({"users": [person("alice"), carol, dave, erin, frank]})).await;
    let credentials = "Invalid user credentials";
    let not_set_up = "Account is not fully set up";
    for (form, expected) in [
        (
            vec![("password", "pw")],
            keycloaks(
                401,
                "invalid_request",
                "Missing parameter: username",
                "USER-NAME-MISSING",
            ),
        ),
        (
            vec![("username", "alice"), ("password", "no")],
            keycloaks(400, "invalid_grant", credentials, "USER-PASSWORD"),
        ),
        (
            vec![("username", "alice"), ("password", "")],
            keycloaks(400, "invalid_grant", credentials, "USER-PASSWORD"),
        ),
        (
            vec![("username", "alice")],
            keycloaks(400, "invalid_grant", credentials, "USER-PASSWORD"),
        ),
        (
            vec![("username", " alice "), ("password", "pw")],
            keycloaks(400, "invalid_grant", credentials, "USER-NOT-FOUND"),
        ),
        (
            vec![("username", "nobody"), ("password", "pw")],
            keycloaks(400, "invalid_grant", credentials, "USER-NOT-FOUND"),
        ),
        (
            vec![("username", ""), ("password", "pw")],
            keycloaks(400, "invalid_grant", credentials, "USER-NOT-FOUND"),
        ),
        (
            vec![("username", "frank"), ("password", "pw")],
            keycloaks(400, "invalid_grant", credentials, "USER-PASSWORD-NONE"),
        ),
        (
            vec![("username", "carol"), ("password", "pw")],
            keycloaks(400, "invalid_grant", "Account disabled", "USER-DISABLED"),
        ),
        (
            vec![("username", "carol"), ("password", "no")],
            keycloaks(400, "invalid_grant", credentials, "USER-PASSWORD"),
        ),
        (
            vec![("username", "dave"), ("password", "pw")],
            keycloaks(400, "invalid_grant", not_set_up, "FLOW-ACTION-NOT-SERVED"),
        ),
        (
            vec![("username", "erin"), ("password", "pw")],
            keycloaks(400, "invalid_grant", not_set_up, "FLOW-PROFILE-INCOMPLETE"),
        ),
    ] {
        assert_eq!(
            refused(&world, &Request::default(), &form).await,
            expected,
            "{form:?}"
        );
    }
    let long = "x".repeat(2000);
    for form in [
        [("username", "alice"), ("password", long.as_str())],
        [("username", long.as_str()), ("password", "pw")],
    ] {
        assert_eq!(
            refused(&world, &Request::default(), &form).await.2,
            credentials
        );
    }
}

#[tokio::test]
async fn a_second_factor_is_asked_of_who_has_one() {
    let world = world(json!({})).await;
    let form = [("username", "alice"), ("password", "pw"), ("otp", "123456")];
    assert!(grant(&world, &Request::default(), &form).await.is_ok());
    world.give_credential("alice", "otp").await;
    let refused = refused(&world, &Request::default(), &form).await;
    assert_eq!(
        (refused.0, refused.1, refused.3.as_str()),
        (400, "invalid_grant", "FLOW-STEP-NOT-SERVED")
    );
}

#[tokio::test]
async fn an_old_hash_is_made_anew_and_a_client_account_is_nobodys() {
    let old = json!([{
        "type": "password",
        // PBKDF2-SHA256 of "password" with the salt "0123456789abcdef" and 1000 rounds.
        "secretData": "{\"value\":\"hRRjgXWkW8ResfIvBP99J/T4vkgEmMRV/0tJTOjR59I=\",\"salt\":\"MDEyMzQ1Njc4OWFiY2RlZg==\"}",
        "credentialData": "{\"hashIterations\":1000,\"algorithm\":\"pbkdf2-sha256\"}"
    }]);
    let mut alice = person("alice");
    alice["credentials"] = old;
    let world = world(json!({"users": [alice]})).await;
    let stored = || async {
        let alice = world.user("alice").await;
        let mut reader = world.server.store.read().await.unwrap();
        let mut users = reader.users();
        users.credentials(&world.id, &alice.id).await.unwrap()[0]
            .credential_data
            .clone()
    };
    for password in ["Password", "password", "password"] {
        let form = [("username", "alice"), ("password", password)];
        let is_in = grant(&world, &Request::default(), &form).await.is_ok();
        assert_eq!(is_in, password == "password");
        assert_eq!(stored().await.contains("argon2"), is_in);
    }
    world
        .change_user("alice", |alice| alice.service_account_of = Some("c".into()))
        .await;
    let form = [("username", "alice"), ("password", "password")];
    assert_eq!(
        refused(&world, &Request::default(), &form).await.3,
        "USER-IS-SERVICE"
    );
}

fn by_certificate(config: &Value) -> Value {
    json!({
        "authenticationFlows": [flow("x509 direct", &["+direct-grant-auth-x509-username=x509"])],
        "authenticatorConfig": [{"alias": "x509", "config": config}],
        "directGrantFlow": "x509 direct",
    })
}

#[tokio::test]
async fn a_certificate_alone_signs_in_or_is_refused_as_keycloak_does() {
    let (root, other) = (Authority::new("Root"), Authority::new("Other"));
    let config =
        json!({"x509-cert-auth.mapping-source-selection": "Subject's Alternative Name E-mail"});
    let world = world_trusting(by_certificate(&config), root.anchors()).await;
    let with = |pem: String| Request {
        cert: Some(pem),
        ..Request::default()
    };
    let done = grant(&world, &with(root.issue("alice")), &[])
        .await
        .unwrap();
    assert_eq!(
        (done.user.username.as_str(), done.session.method.as_str()),
        ("alice", "direct-grant-auth-x509-username")
    );
    let not_accepted = "X509 client certificate was not accepted.";
    for (request, expected) in [
        (
            Request::default(),
            keycloaks(
                401,
                "invalid_request",
                "X509 client certificate is missing.",
                "EDGE-CERT-HEADER-ABSENT",
            ),
        ),
        (
            with("garbage".to_owned()),
            keycloaks(
                401,
                "invalid_request",
                "X509 client certificate is missing.",
                "EDGE-CERT-UNREADABLE",
            ),
        ),
        (
            with(other.issue("alice")),
            keycloaks(401, "invalid_request", not_accepted, "CERT-NO-PATH"),
        ),
        (
            with(root.issue_until("alice", 2026)),
            keycloaks(
                401,
                "invalid_request",
                "CN=alice expired at 2026-01-01T00:00:00Z",
                "CERT-EXPIRED",
            ),
        ),
        (
            with(root.issue("nobody")),
            keycloaks(
                400,
                "invalid_grant",
                "Invalid user credentials",
                "USER-NOT-FOUND",
            ),
        ),
    ] {
        assert_eq!(refused(&world, &request, &[]).await, expected);
    }
    world
        .change_user("alice", |alice| alice.enabled = false)
        .await;
    let refused_now = refused(&world, &with(root.issue("alice")), &[]).await;
    assert_eq!(
        refused_now,
        keycloaks(400, "invalid_grant", "Account disabled", "USER-DISABLED")
    );

    let missing = world_trusting(by_certificate(&json!({})), root.anchors()).await;
    let mut realm = missing
        .cx()
        .await
        .realm
        .flow("x509 direct")
        .unwrap()
        .as_ref()
        .clone();
    realm.authentication_executions[0].authenticator_config = None;
    missing
        .put(realm::Document::of(realm::Kind::Flow, realm.id.as_str(), &realm).unwrap())
        .await;
    let expected = keycloaks(
        401,
        "invalid_request",
        "Configuration is missing.",
        "FLOW-CERT-NOT-CONFIGURED",
    );
    assert_eq!(
        refused(&missing, &with(root.issue("alice")), &[]).await,
        expected
    );
}

#[tokio::test]
async fn a_flow_for_browsers_has_nobody_to_show_a_page_to() {
    let world = world(json!({"directGrantFlow": "browser"})).await;
    let form = [("username", "alice"), ("password", "pw")];
    assert!(grant(&world, &Request::default(), &form).await.is_err());
    for (step, expected) in [
        ("+deny-access-authenticator", (401, "access_denied")),
        ("+made-up", (400, "invalid_grant")),
    ] {
        let members =
            json!({"authenticationFlows": [flow("mine", &[step])], "directGrantFlow": "mine"});
        let world = crate::world::world(members).await;
        let refused = refused(&world, &Request::default(), &form).await;
        assert_eq!((refused.0, refused.1), expected);
    }
}

#[tokio::test]
async fn too_many_at_once_are_told_to_come_back() {
    let world = crate::world::busy_world().await;
    for name in ["alice", "nobody"] {
        let form = [("username", name), ("password", "pw")];
        let refused = refused(&world, &Request::default(), &form).await;
        assert_eq!(
            (refused.0, refused.1, refused.3.as_str()),
            (503, "temporarily_unavailable", "FLOW-BUSY")
        );
    }
    let mut browser = crate::browser::Browser::default();
    let page = crate::browser::shown(browser.begin(&world).await);
    let form = [("username", "alice"), ("password", "pw")];
    let progress = browser.send(&world, &page, &form).await;
    assert_eq!(crate::browser::brief(&progress), "error 503");
}
