//! What a request asks of the sign-in and of the answer: levels by name, claims by name, actions; as a real Keycloak 26.7.4 answered.

use serde_json::{Value, json};
use support::idp::app::claims;
use support::idp::{Idp, usual_realm};

/// The usual realm where `web` may use the implicit flow and has more.
async fn with(more: &Value) -> Idp {
    let mut realm = usual_realm();
    let web = &mut realm["clients"][0];
    web["implicitFlowEnabled"] = json!(true);
    for (name, value) in more.as_object().unwrap() {
        web[name] = value.clone();
    }
    Idp::launch(realm).start().await
}

/// The ID token that a fresh sign-in ends in.
async fn id_token(idp: &Idp, changes: &[(&str, &str)]) -> Value {
    let mut all = vec![
        ("response_type", "id_token"),
        ("code_challenge", ""),
        ("code_challenge_method", ""),
    ];
    all.extend(changes);
    let url = idp.app("web").authorize_with(&all);
    let answer = idp.browser().sign_in(&url, "alice", "wonderland").await;
    let location = answer.location();
    let fragment = location.fragment().unwrap().as_bytes();
    let token = url::form_urlencoded::parse(fragment).find(|(name, _)| name == "id_token");
    claims(&token.unwrap_or_else(|| panic!("{location}")).1)
}

#[tokio::test]
async fn levels_are_told_by_the_names_that_applications_know() {
    let map = r#"{"silver": 1, "gold": 2}"#;
    for (attributes, asked, acr) in [
        (json!({}), "", "1"),
        (json!({}), "silver", "1"),
        (json!({"acr.loa.map": map}), "", "silver"),
        (json!({"acr.loa.map": map}), "gold", "silver"),
        (json!({"acr.loa.map": map}), "1", "1"),
        (json!({"acr.loa.map": map}), "gold silver", "silver"),
        (json!({"acr.loa.map": map}), "bronze", "silver"),
        (
            json!({"acr.loa.map": map, "minimum.acr.value": "gold"}),
            "1",
            "silver",
        ),
        (
            json!({"acr.loa.map": map, "default.acr.values": "silver"}),
            "",
            "silver",
        ),
        (
            json!({"acr.loa.map": map, "default.acr.values": "silver"}),
            "1",
            "1",
        ),
        (json!({"acr.loa.map": "not json"}), "silver", "1"),
    ] {
        let idp = with(&json!({"attributes": attributes})).await;
        let token = id_token(&idp, &[("acr_values", asked)]).await;
        assert_eq!(token["acr"], acr, "{attributes} {asked}");
    }
}

#[tokio::test]
async fn claims_that_are_asked_for_by_name_come_where_a_mapper_says_so() {
    let mapper = |name: &str, config: Value| json!({"name": name, "protocol": "openid-connect", "protocolMapper": name, "config": config});
    let idp = with(&json!({
        "defaultClientScopes": ["basic"],
        "protocolMappers": [
            mapper("oidc-claims-param-token-mapper", json!({"id.token.claim": "true", "userinfo.token.claim": "true"})),
            mapper("oidc-claims-param-value-idtoken-mapper", json!({"id.token.claim": "true", "claim.name": "foo"})),
        ],
    }))
    .await;
    let asked = json!({"id_token": {
        "given_name": null, "family_name": {"essential": true}, "name": {"essential": true}, "email": {"essential": true},
        "nickname": {"essential": true}, "preferred_username": {"essential": true}, "foo": {"essential": true, "value": "e"},
    }});
    let token = id_token(&idp, &[("claims", &asked.to_string())]).await;
    assert_eq!(token["name"], "Alice Archer");
    assert_eq!(token["family_name"], "Archer");
    assert_eq!(token["email"], "alice@example.com");
    assert_eq!(token["preferred_username"], "alice");
    assert_eq!(token["foo"], "e");
    assert!(token.get("given_name").is_none() && token.get("nickname").is_none());
    let asked = json!({"id_token": {"foo": {"value": "e"}}});
    let token = id_token(&idp, &[("claims", &asked.to_string())]).await;
    assert!(token.get("foo").is_none() && token.get("name").is_none());
}

#[tokio::test]
async fn a_detached_signature_says_nothing_of_the_person() {
    let idp = with(&json!({"attributes": {"id.token.as.detached.signature": "true"}})).await;
    let token = id_token(&idp, &[]).await;
    let names: Vec<&str> = token
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let expected = [
        "exp", "iat", "jti", "iss", "aud", "sub", "typ", "azp", "nonce", "sid", "s_hash",
    ];
    assert_eq!(names, expected);
}

#[tokio::test]
async fn tokens_that_have_to_be_bound_do_not_come_by_way_of_the_browser() {
    for (attribute, response_type, refused) in [
        ("tls.client.certificate.bound.access.tokens", "token", true),
        (
            "tls.client.certificate.bound.access.tokens",
            "id_token",
            false,
        ),
        ("dpop.bound.access.tokens", "token", true),
        ("dpop.bound.access.tokens", "code id_token", true),
    ] {
        let idp = with(&json!({"attributes": {attribute: "true"}})).await;
        let url = idp
            .app("web")
            .authorize_with(&[("response_type", response_type)]);
        let answer = idp.browser().get(&url.address).await;
        let told = answer
            .header("location")
            .contains("error=unauthorized_client");
        assert_eq!(told, refused, "{attribute} {response_type}");
    }
}

#[tokio::test]
async fn an_application_without_an_address_has_its_code_shown() {
    let idp = with(&json!({"redirectUris": ["urn:ietf:wg:oauth:2.0:oob"]})).await;
    let url = idp
        .app("web")
        .authorize_with(&[("redirect_uri", "urn:ietf:wg:oauth:2.0:oob")]);
    let mut browser = idp.browser();
    let answer = browser.sign_in(&url, "alice", "wonderland").await;
    let to = answer.header("location").to_owned();
    assert!(
        to.starts_with("http://localhost:8080/realms/test/protocol/openid-connect/oauth/oob?"),
        "{to}"
    );
    let page = browser.get(&to).await.ok();
    assert_eq!(page.page_id(), "login-code");
    assert!(page.text.contains(&answer.code()));
    assert_eq!(
        idp.get("/protocol/openid-connect/oauth/oob").await.status,
        400
    );
    let page = idp
        .get("/protocol/openid-connect/oauth/oob?error=%3Cb%3E")
        .await
        .ok();
    assert!(!page.text.contains("<b>"));
}

#[tokio::test]
async fn an_answer_in_a_token_is_signed_and_encrypted_for_who_asked() {
    let key = jose::generate_rsa(2048).unwrap();
    let key = jose::DecryptionKey::from_der("k", jose::KeyManagement::RsaOaep, None, key.expose())
        .unwrap();
    let keys = json!({"keys": [key.jwk().unwrap()]}).to_string();
    let idp = with(&json!({"attributes": {
        "use.jwks.string": "true", "jwks.string": keys, "authorization.encrypted.response.alg": "RSA-OAEP",
    }}))
    .await;
    let url = idp.app("web").authorize_with(&[("response_mode", "jwt")]);
    let answer = idp.browser().sign_in(&url, "alice", "wonderland").await;
    let opened = key.decrypt(&answer.param("response").unwrap()).unwrap();
    let token = String::from_utf8(opened.plain).unwrap();
    let store = &idp.server.store;
    let realm = store
        .realm(&realm::RealmName::new("test"))
        .await
        .unwrap()
        .unwrap();
    let verified = realm
        .keys
        .verifying()
        .verify::<Value>(&token)
        .unwrap()
        .claims;
    assert_eq!(verified["aud"], "web");
    let code = verified["code"].as_str().unwrap();
    idp.app("web").redeem(code).await.granted();
}
