//! The authorization request (RFC 6749 §4.1.1, §4.1.2.1): what is shown, what is sent back, what neither.

use support::idp::app::CALLBACK;
use support::idp::{Idp, REALM, usual_realm};

#[tokio::test]
async fn what_cant_be_sent_back_is_shown() {
    let idp = Idp::start().await;
    for (client, changes, status, event) in [
        ("web", &[("client_id", "")][..], 400, "invalid_request"),
        ("web", &[("client_id", "nope")], 400, "client_not_found"),
        ("off", &[], 400, "client_disabled"),
        ("bearer", &[], 403, "not_allowed"),
        ("saml-sp", &[], 400, "invalid_client"),
        ("web", &[("redirect_uri", "")], 400, "invalid_redirect_uri"),
        (
            "web",
            &[("redirect_uri", "https://evil.example/")],
            400,
            "invalid_redirect_uri",
        ),
        (
            "web",
            &[("redirect_uri", "http://app.example/../x")],
            400,
            "invalid_redirect_uri",
        ),
        ("web", &[("max_age", "x")], 400, "invalid_request"),
        ("web", &[("prompt", "create")], 400, "registration_disabled"),
        ("web", &[("request", "x")], 400, "invalid_request"),
        ("web", &[("request_uri", "x")], 400, "invalid_request"),
        (
            "web",
            &[(
                "claims",
                r#"{"id_token":{"acr":{"essential":true,"values":["gold"]}}}"#,
            )],
            400,
            "invalid_request",
        ),
    ] {
        let url = idp.app(client).authorize_with(changes);
        let answer = idp.browser().get(&url.address).await;
        assert_eq!(answer.status, status, "{changes:?}");
        assert_eq!(answer.page_id(), "login-error", "{changes:?}");
        assert!(answer.headers.get("location").is_none());
        let told = idp.last_event().await;
        assert_eq!(
            (&told["type"], &told["error"]),
            (&"LOGIN_ERROR".into(), &event.into())
        );
        let reason = told["details"]["reason"].as_str().unwrap();
        assert_eq!(told["details"]["attempt"], answer.attempt_code());
        let trace = idp.trace(&answer.attempt_code()).await;
        assert_eq!(trace, ["EDGE-CERT-HEADER-ABSENT", reason], "{changes:?}");
    }
}

#[tokio::test]
async fn everything_else_goes_back_to_the_application() {
    let idp = Idp::start().await;
    let standard = "Client is not allowed to initiate browser login with given response_type. Standard flow is disabled for the client.";
    let implicit = "Client is not allowed to initiate browser login with given response_type. Implicit flow is disabled for the client.";
    let query = "Response_mode 'query' not allowed for implicit or hybrid flow";
    for (client, changes, error, description) in [
        (
            "web",
            &[("response_type", "")][..],
            "invalid_request",
            Some("Missing parameter: response_type"),
        ),
        (
            "web",
            &[("response_type", "nope")],
            "unsupported_response_type",
            None,
        ),
        (
            "web",
            &[("response_type", "code none")],
            "unsupported_response_type",
            None,
        ),
        (
            "web",
            &[("response_mode", "nope")],
            "invalid_request",
            Some("Invalid parameter: response_mode"),
        ),
        (
            "web",
            &[("response_type", "id_token"), ("response_mode", "query")],
            "invalid_request",
            Some(query),
        ),
        (
            "web",
            &[("scope", "openid nope")],
            "invalid_scope",
            Some("Invalid scopes: openid nope"),
        ),
        (
            "app",
            &[("code_challenge_method", ""), ("code_challenge", "")],
            "invalid_request",
            Some("Missing parameter: code_challenge_method"),
        ),
        (
            "app",
            &[("code_challenge_method", "plain")],
            "invalid_request",
            Some("Invalid parameter: code challenge method is not matching the configured one"),
        ),
        (
            "web",
            &[("code_challenge", "")],
            "invalid_request",
            Some("Missing parameter: code_challenge"),
        ),
        (
            "web",
            &[("code_challenge", "short")],
            "invalid_request",
            Some("Invalid parameter: code_challenge"),
        ),
        (
            "web",
            &[("code_challenge_method", "nope")],
            "invalid_request",
            Some("Invalid parameter: code_challenge_method"),
        ),
        ("web", &[("prompt", "none")], "login_required", None),
        ("web", &[("prompt", "none login")], "login_required", None),
        (
            "svc",
            &[("redirect_uri", "http://svc.example/cb")],
            "unauthorized_client",
            Some(standard),
        ),
    ] {
        let mut realm = usual_realm();
        realm["clients"][3]["redirectUris"] = serde_json::json!(["http://svc.example/cb"]);
        let other;
        let idp = if client == "svc" {
            other = Idp::launch(realm).start().await;
            &other
        } else {
            &idp
        };
        let answer = idp
            .browser()
            .get(&idp.app(client).authorize_with(changes).address)
            .await;
        assert_eq!(answer.param("error").as_deref(), Some(error), "{changes:?}");
        assert_eq!(
            answer.param("error_description").as_deref(),
            description,
            "{changes:?}"
        );
        assert_eq!(answer.param("state").as_deref(), Some("s-1"));
        assert_eq!(
            answer.param("iss").as_deref(),
            Some("http://localhost:8080/realms/test")
        );
        assert!(answer.param("code").is_none());
    }
    let url = idp
        .app("web")
        .authorize_with(&[("response_type", "id_token")]);
    let location = idp.browser().get(&url.address).await.location();
    assert_eq!(location.query(), None);
    let fragment = location.fragment().unwrap();
    let told: Vec<_> = url::form_urlencoded::parse(fragment.as_bytes()).collect();
    assert!(
        told.contains(&("error_description".into(), implicit.into())),
        "{fragment}"
    );
}

#[tokio::test]
async fn a_parameter_twice_goes_back_with_the_first_state() {
    let idp = Idp::start().await;
    let url = idp.app("web").authorize().address + "&state=s-2";
    let answer = idp.browser().get(&url).await;
    assert_eq!(
        answer.param("error_description").as_deref(),
        Some("duplicated parameter")
    );
    assert_eq!(answer.param("state").as_deref(), Some("s-1"));
    let url = idp.app("web").authorize().address + "&client_id=web";
    assert_eq!(idp.browser().get(&url).await.status, 400);
}

#[tokio::test]
async fn the_answer_comes_back_in_the_asked_way() {
    let idp = Idp::start().await;
    let web = idp.app("web");
    let mut browser = idp.browser();
    let query = browser
        .sign_in(&web.authorize(), "alice", "wonderland")
        .await;
    let names: Vec<_> = query
        .location()
        .query_pairs()
        .map(|(name, _)| name.into_owned())
        .collect();
    assert_eq!(names, ["state", "session_state", "iss", "code"]);
    let fragment = browser
        .get(&web.authorize_with(&[("response_mode", "fragment")]).address)
        .await;
    assert!(fragment.location().fragment().unwrap().contains("code="));
    let form = browser
        .get(
            &web.authorize_with(&[("response_mode", "form_post")])
                .address,
        )
        .await
        .ok();
    assert_eq!(form.form_action(), CALLBACK);
    assert!(form.text.contains("name=\"code\"") && form.text.contains("OIDC Form_Post Response"));
}

#[tokio::test]
async fn who_is_signed_in_is_through_at_once_unless_asked_otherwise() {
    let idp = Idp::start().await;
    let web = idp.app("web");
    let mut browser = idp.browser();
    let first = browser
        .sign_in(&web.authorize(), "alice", "wonderland")
        .await;
    let again = browser.get(&web.authorize().address).await;
    assert_eq!(again.param("session_state"), first.param("session_state"));
    let tokens = web.redeem(&again.code()).await.granted();
    assert_eq!(tokens.claims()["acr"], "0");
    browser
        .get(&web.authorize_with(&[("prompt", "none")]).address)
        .await
        .code();

    let asked = browser
        .get(&web.authorize_with(&[("prompt", "login")]).address)
        .await
        .ok();
    assert_eq!(asked.page_id(), "login-login");
    idp.clock.advance(10);
    assert_eq!(
        browser
            .get(&web.authorize_with(&[("max_age", "5")]).address)
            .await
            .page_id(),
        "login-login"
    );
    browser
        .get(&web.authorize_with(&[("max_age", "15")]).address)
        .await
        .code();
    let silent = web.authorize_with(&[("max_age", "5"), ("prompt", "none")]);
    let silent = browser.get(&silent.address).await;
    assert_eq!(silent.param("error").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn an_anonymous_visit_writes_nothing() {
    let idp = Idp::start().await;
    idp.browser()
        .get(&idp.app("web").authorize().address)
        .await
        .ok();
    // The administrator's own sign-in is all there is.
    assert_eq!(idp.admin("events").await.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_form_may_ask_too() {
    let idp = Idp::start().await;
    let address = idp.app("web").authorize().address;
    let (path, query) = address.split_once('?').unwrap();
    let pairs: Vec<_> = url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    let form: Vec<_> = pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(
        idp.browser().post(path, &form).await.ok().page_id(),
        "login-login"
    );
}

#[tokio::test]
async fn a_realm_switched_off_or_for_https_alone_lets_nobody_in() {
    for (member, value, status) in [
        ("enabled", serde_json::json!(false), 403),
        ("sslRequired", "all".into(), 403),
    ] {
        let mut realm = usual_realm();
        realm[member] = value;
        let idp = Idp::launch(realm).start().await;
        let answer = idp.browser().get(&idp.app("web").authorize().address).await;
        assert_eq!(
            (answer.status.as_u16(), answer.page_id()),
            (400, "login-error".to_owned()),
            "{member}"
        );
        let answer = idp.app("web").password("alice", "wonderland").await;
        assert_eq!(answer.status, status, "{member}");
    }
    let idp = Idp::start().await;
    let mut browser = idp.browser();
    let answer = browser
        .get(&idp.app("web").authorize().address.replace(REALM, "nope"))
        .await;
    assert_eq!(answer.status, 404);
    assert_eq!(answer.json()["error"], "Realm does not exist");
}
