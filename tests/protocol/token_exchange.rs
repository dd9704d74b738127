//! Standard token exchange (RFC 8693), as a Keycloak 26.7.4 answers it.

use serde_json::{Value, json};
use support::idp::record::Record;
use support::idp::{Answer, Idp, Tokens, golden_realm};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS: &str = "urn:ietf:params:oauth:token-type:access_token";
const REFRESH: &str = "urn:ietf:params:oauth:token-type:refresh_token";
const ID: &str = "urn:ietf:params:oauth:token-type:id_token";

/// The realm of the records, where tokens of `web` are for `xchg` too, and `xchg` is changed so.
async fn idp(change: impl FnOnce(&mut Value)) -> Idp {
    let mut realm = golden_realm();
    let clients = realm["clients"].as_array_mut().unwrap();
    let web = clients
        .iter_mut()
        .find(|client| client["clientId"] == "web");
    web.unwrap()["protocolMappers"].as_array_mut().unwrap().push(json!({
        "name": "for xchg", "protocol": "openid-connect", "protocolMapper": "oidc-audience-mapper",
        "config": {"included.client.audience": "xchg", "access.token.claim": "true", "introspection.token.claim": "true"}
    }));
    change(&mut realm);
    Idp::launch(realm).start().await
}

/// A client of a realm file.
fn client<'a>(realm: &'a mut Value, id: &str) -> &'a mut Value {
    let clients = realm["clients"].as_array_mut().unwrap();
    clients
        .iter_mut()
        .find(|client| client["clientId"] == id)
        .unwrap()
}

/// Exchanges with these parameters besides the usual ones; an empty value leaves one out.
async fn exchange(idp: &Idp, app: &str, token: &str, more: &[(&str, &str)]) -> Answer {
    let usual = [
        ("grant_type", GRANT),
        ("subject_token", token),
        ("subject_token_type", ACCESS),
    ];
    let mut form: Vec<_> = usual
        .into_iter()
        .filter(|(name, _)| !more.iter().any(|(known, _)| known == name))
        .collect();
    form.extend(more.iter().filter(|(_, value)| !value.is_empty()));
    idp.app(app).token(&form).await
}

async fn alice(idp: &Idp, app: &str) -> Tokens {
    idp.app(app)
        .password("alice", "alice-password-1")
        .await
        .granted()
}

#[tokio::test]
async fn each_recorded_case() {
    let idp = idp(|_| ()).await;
    let mut record = Record::read("token-exchange.json");
    let web = alice(&idp, "web").await;
    let subject = record.case("subject token");
    support::idp::record::same("subject token", &subject["claims"], &web.claims());

    let token = web.access.as_str();
    for (name, app, more) in [
        ("plain", "xchg", vec![]),
        (
            "requested_token_type access_token",
            "xchg",
            vec![("requested_token_type", ACCESS)],
        ),
        (
            "requested_token_type refresh_token",
            "xchg",
            vec![("requested_token_type", REFRESH)],
        ),
        (
            "requested_token_type id_token",
            "xchg",
            vec![("requested_token_type", ID), ("scope", "openid")],
        ),
        (
            "requested_token_type id_token without openid",
            "xchg",
            vec![("requested_token_type", ID)],
        ),
        (
            "requested_token_type jwt",
            "xchg",
            vec![(
                "requested_token_type",
                "urn:ietf:params:oauth:token-type:jwt",
            )],
        ),
        (
            "requested_token_type nope",
            "xchg",
            vec![("requested_token_type", "nope")],
        ),
        ("audience unknown", "xchg", vec![("audience", "nope")]),
        (
            "audience svc, not available",
            "xchg",
            vec![("audience", "svc")],
        ),
        ("scope openid", "xchg", vec![("scope", "openid")]),
        ("scope unknown", "xchg", vec![("scope", "nope")]),
        ("own token of the client", "web", vec![]),
        ("client outside the audience", "api", vec![]),
        ("public client", "app", vec![]),
        (
            "subject token garbage",
            "xchg",
            vec![("subject_token", "garbage")],
        ),
        ("subject token missing", "xchg", vec![("subject_token", "")]),
        (
            "subject token type missing",
            "xchg",
            vec![("subject_token_type", "")],
        ),
        (
            "subject token type id_token",
            "xchg",
            vec![("subject_token_type", ID)],
        ),
        (
            "refresh token as subject",
            "xchg",
            vec![("subject_token", web.refresh.as_str())],
        ),
        (
            "actor token",
            "xchg",
            vec![("actor_token", token), ("actor_token_type", ACCESS)],
        ),
        (
            "requested_subject",
            "xchg",
            vec![("requested_subject", "bob")],
        ),
    ] {
        let answer = exchange(&idp, app, token, &more).await;
        record.check(name, &answer);
    }
    // The recorded server keeps `openid` from the exchange before, though nobody asks for it here.
    for (name, audiences) in [
        ("audience api", vec!["api"]),
        ("audience api and account", vec!["api", "account"]),
    ] {
        let more: Vec<_> = audiences.iter().map(|name| ("audience", *name)).collect();
        let answer = exchange(&idp, "xchg", token, &more).await;
        let mut case = record.case(name);
        for scope in ["/body/scope", "/body/access_token/<jwt>/claims/scope"] {
            *case.pointer_mut(scope).unwrap() = json!("email profile");
        }
        support::idp::record::same_answer(name, &case, &answer);
    }
    // It calls the session of this one offline, which it is not.
    let answer = exchange(&idp, "xchg", token, &[("scope", "offline_access")]).await;
    let mut case = record.case("scope offline_access");
    case["body"]["access_token"]["<jwt>"]["claims"]["jti"] = json!("onrtte:<uuid>");
    support::idp::record::same_answer("scope offline_access", &case, &answer);

    let wrong = idp.app("xchg").with_secret("wrong");
    let form = [
        ("grant_type", GRANT),
        ("subject_token", token),
        ("subject_token_type", ACCESS),
    ];
    record.check("wrong secret", &wrong.token(&form).await);
    idp.app("web")
        .post("logout", &[("refresh_token", &web.refresh)])
        .await;
    let answer = exchange(&idp, "xchg", token, &[]).await;
    record.check("subject session ended", &answer);
    record.done(&[]);
}

#[tokio::test]
async fn exchanged_tokens_count_as_long_as_the_session() {
    let idp = idp(|_| ()).await;
    let web = alice(&idp, "web").await;
    let tokens = exchange(&idp, "xchg", &web.access, &[("scope", "openid")])
        .await
        .granted();
    let xchg = idp.app("xchg");
    assert!(
        tokens.claims()["jti"]
            .as_str()
            .unwrap()
            .starts_with("ntrtte:")
    );
    xchg.userinfo(&tokens.access).await.ok();
    // Its own token can be exchanged again, and be revoked.
    let again = exchange(&idp, "xchg", &tokens.access, &[]).await.granted();
    xchg.post("revoke", &[("token", &again.access)]).await.ok();
    exchange(&idp, "xchg", &again.access, &[]).await.refused(
        400,
        "invalid_request",
        "Invalid token",
    );
    idp.app("web")
        .post("logout", &[("refresh_token", &web.refresh)])
        .await;
    assert_eq!(xchg.userinfo(&tokens.access).await.status, 401);
}

#[tokio::test]
async fn a_refresh_token_is_given_in_the_same_session_where_the_client_may() {
    let idp = idp(|realm| {
        client(realm, "api")["attributes"] = json!({"standard.token.exchange.enabled": "true"});
    })
    .await;
    let web = alice(&idp, "web").await;
    let wants = [("requested_token_type", REFRESH)];
    exchange(&idp, "api", &web.access, &wants).await.refused(
        400,
        "invalid_request",
        "requested_token_type unsupported",
    );
    let tokens = exchange(&idp, "xchg", &web.access, &wants).await.granted();
    let xchg = idp.app("xchg");
    let next = xchg.refresh(&tokens.refresh).await.granted();
    assert_eq!(next.claims()["sid"], web.claims()["sid"]);
    let scoped = [wants[0], ("scope", "offline_access")];
    exchange(&idp, "xchg", &web.access, &scoped).await.refused(
        400,
        "invalid_request",
        "Scope offline_access not allowed for token exchange",
    );
    idp.app("web")
        .post("logout", &[("refresh_token", &web.refresh)])
        .await;
    xchg.refresh(&next.refresh)
        .await
        .refused(400, "invalid_grant", "Session not active");
}

#[tokio::test]
async fn who_may_exchange_and_what() {
    let idp = idp(|realm| {
        let on = json!({"standard.token.exchange.enabled": "true"});
        for id in ["hyb", "app"] {
            client(realm, id)["attributes"] = on.clone();
        }
    })
    .await;
    let web = alice(&idp, "web").await;
    exchange(&idp, "hyb", &web.access, &[]).await.refused(
        403,
        "access_denied",
        "Client is not within the token audience",
    );
    exchange(&idp, "app", &web.access, &[]).await.refused(
        400,
        "invalid_client",
        "Public client is not allowed to exchange token",
    );
    let text = "Parameter 'subject_issuer' is not supported for standard token exchange";
    exchange(&idp, "xchg", &web.access, &[("subject_issuer", "x")])
        .await
        .refused(400, "invalid_request", text);
    let two = [("scope", "a"), ("scope", "b")];
    exchange(&idp, "xchg", &web.access, &two).await.refused(
        400,
        "invalid_request",
        "duplicated parameter",
    );
    // A client's own account has no session that a refresh token could belong to.
    let own = idp.app("xchg");
    let own = own.token(&[("grant_type", "client_credentials")]).await;
    let own = own.granted();
    let tokens = exchange(&idp, "xchg", &own.access, &[]).await.granted();
    assert!(
        tokens.claims()["jti"]
            .as_str()
            .unwrap()
            .starts_with("trrtte:")
    );
    assert_eq!(tokens.json.get("session_state"), None);
    let text =
        "Refresh token not valid as requested_token_type because creating a new session is needed";
    exchange(
        &idp,
        "xchg",
        &own.access,
        &[("requested_token_type", REFRESH)],
    )
    .await
    .refused(400, "invalid_request", text);
}

#[tokio::test]
async fn a_client_that_asks_people_has_to_have_asked() {
    let idp = idp(|realm| client(realm, "xchg")["consentRequired"] = json!(true)).await;
    let web = alice(&idp, "web").await;
    exchange(&idp, "xchg", &web.access, &[]).await.refused(
        400,
        "invalid_scope",
        "Missing consents for Token Exchange in client xchg",
    );
}

#[tokio::test]
async fn an_offline_session_can_be_exchanged_but_not_renewed() {
    let idp = idp(|_| ()).await;
    let form = [
        ("grant_type", "password"),
        ("username", "alice"),
        ("password", "alice-password-1"),
        ("scope", "offline_access"),
    ];
    let offline = idp.app("web").token(&form).await.granted();
    let tokens = exchange(&idp, "xchg", &offline.access, &[("scope", "openid")])
        .await
        .granted();
    assert!(
        tokens.claims()["jti"]
            .as_str()
            .unwrap()
            .starts_with("ftrtte:")
    );
    idp.app("xchg").userinfo(&tokens.access).await.ok();
    let text =
        "Refresh token not valid as requested_token_type because creating a new session is needed";
    let wants = [("requested_token_type", REFRESH)];
    exchange(&idp, "xchg", &offline.access, &wants)
        .await
        .refused(400, "invalid_request", text);
    idp.app("web")
        .post("revoke", &[("token", &offline.refresh)])
        .await
        .ok();
    assert_eq!(idp.app("xchg").userinfo(&tokens.access).await.status, 401);
}
