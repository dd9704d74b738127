//! The token endpoint and those beside it, case by case against records of a Keycloak 26.7.4.

use axum::body::Body;
use serde_json::{Value, json};
use support::idp::app::{CALLBACK, VERIFIER};
use support::idp::record::{Record, same_answer};
use support::idp::{Answer, Idp, Tokens, change_user, golden_realm, request};

const OTHER_VERIFIER: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

async fn idp() -> Idp {
    Idp::launch(golden_realm()).start().await
}

async fn alice(idp: &Idp, app: &str) -> Tokens {
    let answer = idp.app(app).password("alice", "alice-password-1").await;
    answer.granted()
}

/// A code for `web`, asked for with these changes.
async fn code(idp: &Idp, user: &str, changes: &[(&str, &str)]) -> String {
    let without = [("code_challenge", ""), ("code_challenge_method", "")];
    let changes = match changes.is_empty() {
        true => &without[..],
        false => changes,
    };
    let url = idp.app("web").authorize_with(changes);
    let mut browser = idp.browser();
    let secret = format!("{user}-password-1");
    browser.sign_in(&url, user, &secret).await.code()
}

async fn redeem(idp: &Idp, app: &str, code: &str, more: &[(&str, &str)]) -> Answer {
    let usual = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
    ];
    let mut form: Vec<_> = usual
        .into_iter()
        .filter(|(name, _)| !more.iter().any(|(known, _)| known == name))
        .collect();
    form.extend(more.iter().filter(|(_, value)| *value != "-"));
    idp.app(app).token(&form).await
}

#[tokio::test]
async fn each_recorded_code() {
    let idp = idp().await;
    let mut record = Record::read("code.json");
    let first = code(&idp, "alice", &[]).await;
    let answer = redeem(&idp, "web", &first, &[]).await;
    record.check("first use", &answer);
    let tokens = answer.granted();
    record.check("second use", &redeem(&idp, "web", &first, &[]).await);
    let web = idp.app("web");
    record.check(
        "userinfo with the token of a code used twice",
        &web.userinfo(&tokens.access).await,
    );
    record.check(
        "refresh with the token of a code used twice",
        &web.refresh(&tokens.refresh).await,
    );
    let told = idp.app("intro");
    let form = [("token", tokens.access.as_str())];
    let told = told.post("token/introspect", &form).await;
    record.check("introspection of the token of a code used twice", &told);
    let right_form = format!("{0}.{1}.{0}", realm::random_key(), "a".repeat(24));
    for (name, text, more) in [
        ("unknown code, right form", right_form.as_str(), vec![]),
        ("garbage code", "garbage", vec![]),
        ("missing code", "", vec![("code", "-")]),
        ("empty code", "", vec![]),
    ] {
        record.check(name, &redeem(&idp, "web", text, &more).await);
    }
    let fresh = code(&idp, "alice", &[]).await;
    let elsewhere = [("redirect_uri", "http://app.example/other")];
    record.check(
        "wrong redirect_uri",
        &redeem(&idp, "web", &fresh, &elsewhere).await,
    );
    record.check(
        "after a wrong redirect_uri, right one",
        &redeem(&idp, "web", &fresh, &[]).await,
    );
    let fresh = code(&idp, "alice", &[]).await;
    let none = [("redirect_uri", "-")];
    record.check(
        "missing redirect_uri",
        &redeem(&idp, "web", &fresh, &none).await,
    );
    let fresh = code(&idp, "alice", &[]).await;
    record.check(
        "other client's code",
        &redeem(&idp, "api", &fresh, &[]).await,
    );
    let fresh = code(&idp, "alice", &[]).await;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", fresh.as_str()),
        ("redirect_uri", CALLBACK),
    ];
    let wrong = idp.app("web").with_secret("wrong");
    record.check("wrong secret", &wrong.token(&form).await);
    record.check(
        "right secret after a wrong one",
        &redeem(&idp, "web", &fresh, &[]).await,
    );
    let fresh = code(&idp, "alice", &[]).await;
    let unasked = [("code_verifier", &"a".repeat(43)[..])];
    record.check(
        "code_verifier without challenge",
        &redeem(&idp, "web", &fresh, &unasked).await,
    );
    let s256 = [("state", "s-1")];
    let challenge = jose::sha256_base64url(VERIFIER.as_bytes());
    let no_method = [("code_challenge_method", ""), ("code_challenge", VERIFIER)];
    let plain = [
        ("code_challenge_method", "plain"),
        ("code_challenge", challenge.as_str()),
    ];
    for (name, asked, sent) in [
        (
            "PKCE S256 on a confidential client: missing verifier",
            &s256[..],
            None,
        ),
        (
            "PKCE S256 on a confidential client: wrong verifier",
            &s256[..],
            Some(OTHER_VERIFIER),
        ),
        (
            "PKCE S256 on a confidential client: short verifier",
            &s256[..],
            Some("bbbbb"),
        ),
        (
            "PKCE S256 on a confidential client: right verifier",
            &s256[..],
            Some(VERIFIER),
        ),
        (
            "PKCE without method (plain), right verifier",
            &no_method[..],
            Some(VERIFIER),
        ),
        ("PKCE plain, S256 verifier", &plain[..], Some(VERIFIER)),
    ] {
        let fresh = code(&idp, "alice", asked).await;
        let sent: Vec<_> = sent
            .map(|sent| ("code_verifier", sent))
            .into_iter()
            .collect();
        record.check(name, &redeem(&idp, "web", &fresh, &sent).await);
    }
    let fresh = code(&idp, "frank", &[]).await;
    change_user(&idp, "frank", |user| user.enabled = false).await;
    record.check(
        "user disabled since",
        &redeem(&idp, "web", &fresh, &[]).await,
    );
    let fresh = code(&idp, "alice", &[]).await;
    let scope = [("scope", "address")];
    record.check(
        "scope parameter at the token endpoint is ignored",
        &redeem(&idp, "web", &fresh, &scope).await,
    );
    // Codes are kept for an hour so that a replay is known for one, and whoever comes late is told that they are late.
    let late = code(&idp, "alice", &[]).await;
    idp.clock.advance(61);
    let answer = redeem(&idp, "web", &late, &[]).await;
    answer.refused(400, "invalid_grant", "Code is expired");
    record.done(&[
        (
            "expired code",
            "a late code is told from an unknown one, as Keycloak's own text for it has it",
        ),
        (
            "user logged out by the administrator since",
            "administrators have no such route here yet",
        ),
    ]);
}

#[tokio::test]
async fn each_recorded_refresh_that_is_refused() {
    let idp = idp().await;
    let mut record = Record::read("refresh.json");
    let tokens = alice(&idp, "web").await;
    let web = idp.app("web");
    let refresh = async |token: &str, more: &[(&str, &str)]| {
        let mut form = vec![("grant_type", "refresh_token"), ("refresh_token", token)];
        form.extend(more);
        web.token(&form).await
    };
    let scope = [("scope", "openid nope")];
    record.check("unknown scope", &refresh(&tokens.refresh, &scope).await);
    let id_token = tokens.json["id_token"].as_str().unwrap();
    let mut changed = tokens.refresh.clone();
    changed.replace_range(changed.len() - 5..changed.len() - 4, "_");
    for (name, token) in [
        ("access token as refresh token", tokens.access.as_str()),
        ("id token as refresh token", id_token),
        ("garbage", "garbage"),
        ("empty", ""),
        ("signature changed", &changed),
    ] {
        record.check(name, &refresh(token, &[]).await);
    }
    let missing = [("grant_type", "refresh_token")];
    record.check("missing", &web.token(&missing).await);
    let other = idp.app("api").refresh(&tokens.refresh).await;
    record.check("other client", &other);
    change_user(&idp, "alice", |user| user.enabled = false).await;
    record.check("user disabled", &refresh(&tokens.refresh, &[]).await);
    change_user(&idp, "alice", |user| {
        user.enabled = true;
        user.not_before = idp.clock.now().seconds() + 5;
    })
    .await;
    record.check(
        "client not-before later than the token",
        &refresh(&tokens.refresh, &[]).await,
    );
    change_user(&idp, "alice", |user| user.not_before = 0).await;
    let next = alice(&idp, "web").await;
    let out = web
        .post("logout", &[("refresh_token", &next.refresh)])
        .await;
    assert_eq!(out.status, 204);
    record.check(
        "after admin logout of the user",
        &refresh(&next.refresh, &[]).await,
    );
    idp.clock.advance(1801);
    record.check(
        "expired refresh token",
        &refresh(&tokens.refresh, &[]).await,
    );
    record.check(
        "userinfo with an expired access token",
        &web.userinfo(&tokens.access).await,
    );
    let told = idp.app("intro");
    let form = [("token", tokens.access.as_str())];
    let told = told.post("token/introspect", &form).await;
    record.check("introspection of an expired access token", &told);
}

#[tokio::test]
async fn each_recorded_revocation() {
    let idp = idp().await;
    let mut record = Record::read("revocation.json");
    let web = idp.app("web");
    let tokens = alice(&idp, "web").await;
    let revoke = async |token: &str, more: &[(&str, &str)]| {
        let mut form = vec![("token", token)];
        form.extend(more);
        web.post("revoke", &form).await
    };
    let hint = [("token_type_hint", "access_token")];
    record.check("access token", &revoke(&tokens.access, &hint).await);
    let refused = web.userinfo(&tokens.access).await;
    assert_eq!(refused.status, 401);
    let tokens = web.refresh(&tokens.refresh).await.granted();
    record.check("access token again", &revoke(&tokens.access, &[]).await);
    record.check("refresh token", &revoke(&tokens.refresh, &[]).await);
    web.refresh(&tokens.refresh)
        .await
        .refused(400, "invalid_grant", "Session not active");
    record.check("refresh token again", &revoke(&tokens.refresh, &[]).await);
    let tokens = alice(&idp, "web").await;
    let id_token = tokens.json["id_token"].as_str().unwrap();
    for (name, token) in [
        ("id token", id_token),
        ("garbage", "garbage"),
        ("empty", ""),
    ] {
        record.check(name, &revoke(token, &[]).await);
    }
    record.check("missing", &web.post("revoke", &[]).await);
    let other = alice(&idp, "api").await;
    record.check(
        "other client's refresh token",
        &revoke(&other.refresh, &[]).await,
    );
    let wrong = [("token_type_hint", "access_token")];
    record.check("wrong hint", &revoke(&tokens.refresh, &wrong).await);
    let own = alice(&idp, "app").await;
    let own = [("token", own.refresh.as_str())];
    record.check(
        "public client, own token",
        &idp.app("app").post("revoke", &own).await,
    );
    let tokens = alice(&idp, "web").await;
    let twice = [("token", tokens.access.as_str())];
    record.check("token twice", &revoke(&tokens.access, &twice).await);
    let nobody = web.as_nobody();
    record.check("no client", &nobody.post("revoke", &twice).await);
    let wrong = web.with_secret("wrong");
    record.check("wrong secret", &wrong.post("revoke", &twice).await);
    let get = idp.get("/protocol/openid-connect/revoke").await;
    record.check("GET", &get);
    record.done(&[]);
}

/// A request to the token endpoint as recorded: the form, and the client that sends it.
async fn send(idp: &Idp, case: &Value, method: &str, path: &str) -> Answer {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    let long = "x".repeat(3 * 1024 * 1024);
    for (name, value) in case["request"].as_object().into_iter().flatten() {
        let value = value.as_str().unwrap();
        form.append_pair(name, if value == "<long>" { &long } else { value });
    }
    let form = match case["case"].as_str().unwrap() {
        "grant_type twice" => form.append_pair("grant_type", "password").finish(),
        "username twice" => form.append_pair("username", "alice").finish(),
        "unknown parameter twice" => form.append_pair("x", "1").finish(),
        _ => form.finish(),
    };
    let mut builder = request(method, path);
    if let Some(client) = case["client"].as_str() {
        use base64::Engine as _;
        let wrong = case["case"].as_str().unwrap().contains("wrong secret");
        let secret = if wrong {
            "wrong".to_owned()
        } else {
            format!("{client}-secret")
        };
        let basic = base64::engine::general_purpose::STANDARD.encode(format!("{client}:{secret}"));
        builder = builder.header("authorization", format!("Basic {basic}"));
    }
    let (kind, body) = match &case["request"] {
        Value::String(text) => {
            let kind = match case["case"].as_str().unwrap() {
                "JSON body" => "application/json",
                "text/plain" => "text/plain",
                _ => "application/x-www-form-urlencoded; charset=utf-8",
            };
            (kind, text.clone())
        }
        _ => ("application/x-www-form-urlencoded", form),
    };
    let request = builder.header("content-type", kind).body(Body::from(body));
    idp.send(request.unwrap()).await
}

#[tokio::test]
async fn each_recorded_error_of_the_token_endpoint() {
    /// Where we differ, and why.
    const DIFFERING: [(&str, &str); 7] = [
        (
            "no content type",
            "a body of no known type is an empty form, and no fault of ours",
        ),
        ("multipart", "forms of several parts are not read"),
        (
            "uma-ticket: no audience",
            "authorization services are not served",
        ),
        (
            "uma-ticket: audience without authorization services",
            "authorization services are not served",
        ),
        (
            "ciba: no auth_req_id",
            "back-channel authentication is not served",
        ),
        (
            "password: long password",
            "recorded without its length; what is too long is refused the same way",
        ),
        (
            "client_credentials: service account user disabled",
            "looked at by itself below",
        ),
    ];
    let idp = idp().await;
    let record = Record::read("errors-token.json");
    let usual = "/realms/test/protocol/openid-connect/token";
    let mut seen = 0;
    for case in record.all() {
        let name = case["case"].as_str().unwrap();
        if DIFFERING.iter().any(|(known, _)| *known == name) {
            continue;
        }
        let (method, path) = match name {
            "GET" => ("GET", usual.to_owned()),
            "PUT" => ("PUT", usual.to_owned()),
            "trailing slash" => ("POST", format!("{usual}/")),
            "unknown realm" => ("POST", usual.replace("test", "nope")),
            "realm name in another case" => ("POST", usual.replace("test", "Test")),
            _ => ("POST", usual.to_owned()),
        };
        let answer = send(&idp, &case, method, &path).await;
        same_answer(name, &case, &answer);
        seen += 1;
    }
    assert_eq!(seen, record.all().len() - DIFFERING.len());
    change_user(&idp, "service-account-svc", |user| user.enabled = false).await;
    let mut record = record;
    let case = record.case("client_credentials: service account user disabled");
    let answer = send(&idp, &case, "POST", usual).await;
    same_answer("service account disabled", &case, &answer);
    let gone =
        json!({"error": "unsupported_grant_type", "error_description": "Unsupported grant_type"});
    let ciba = [("grant_type", "urn:openid:params:grant-type:ciba")];
    assert_eq!(idp.app("web").token(&ciba).await.json(), gone);
}

#[tokio::test]
async fn each_recorded_refusal_to_introspect() {
    let mut realm = golden_realm();
    let to_intro = json!({
        "name": "for intro", "protocol": "openid-connect", "protocolMapper": "oidc-audience-mapper",
        "config": {"included.client.audience": "intro", "access.token.claim": "true", "introspection.token.claim": "true"}
    });
    for client in realm["clients"].as_array_mut().unwrap() {
        if ["web", "light", "svc"]
            .iter()
            .any(|id| client["clientId"] == *id)
        {
            match client["protocolMappers"].as_array_mut() {
                Some(mappers) => mappers.push(to_intro.clone()),
                None => client["protocolMappers"] = json!([to_intro]),
            }
        }
    }
    let idp = Idp::launch(realm).start().await;
    let mut record = Record::read("introspection.json");
    let web = alice(&idp, "web").await;
    let introspect = async |app: &str, token: &str, more: &[(&str, &str)]| {
        let mut form = vec![("token", token)];
        form.extend(more);
        idp.app(app).post("token/introspect", &form).await
    };
    let id_token = web.json["id_token"].as_str().unwrap();
    let mut changed = web.access.clone();
    changed.replace_range(changed.len() - 5..changed.len() - 4, "_");
    let (refresh_hint, other_hint) = (
        [("token_type_hint", "refresh_token")],
        [("token_type_hint", "nope")],
    );
    let light = alice(&idp, "light").await;
    let svc = idp.app("svc");
    let svc = svc
        .token(&[("grant_type", "client_credentials")])
        .await
        .granted();
    let api = alice(&idp, "api").await;
    let form = [
        ("grant_type", "password"),
        ("username", "alice"),
        ("password", "alice-password-1"),
        ("scope", "offline_access"),
    ];
    let offline = idp.app("web").token(&form).await.granted();
    let twice = [("token", web.access.as_str())];
    for (name, app, token, more) in [
        (
            "access token, introspecting client is in aud",
            "intro",
            web.access.as_str(),
            &[][..],
        ),
        (
            "access token, by its own client (azp) that is not in aud",
            "web",
            &web.access,
            &[],
        ),
        (
            "access token, by a client not in aud",
            "svc",
            &web.access,
            &[],
        ),
        (
            "access token without that audience",
            "intro",
            &api.access,
            &[],
        ),
        (
            "client credentials token by its own client",
            "svc",
            &svc.access,
            &[],
        ),
        ("lightweight access token", "intro", &light.access, &[]),
        ("refresh token, no hint", "intro", &web.refresh, &[]),
        (
            "refresh token, hint refresh_token",
            "intro",
            &web.refresh,
            &refresh_hint,
        ),
        (
            "access token, hint refresh_token",
            "intro",
            &web.access,
            &refresh_hint,
        ),
        ("refresh token by its own client", "web", &web.refresh, &[]),
        ("id token", "intro", id_token, &[]),
        ("client credentials token", "intro", &svc.access, &[]),
        ("offline token", "intro", &offline.refresh, &[]),
        ("unknown token", "intro", "unknown", &[]),
        ("signature changed", "intro", &changed, &[]),
        ("empty token", "intro", "", &[]),
        ("unknown hint", "intro", &web.access, &other_hint),
        ("token twice", "intro", &web.access, &twice),
        ("public client", "app", &web.access, &[]),
    ] {
        record.check(name, &introspect(app, token, more).await);
    }
    let own = [("token", web.access.as_str())];
    let intro = idp.app("intro");
    record.check("missing token", &intro.post("token/introspect", &[]).await);
    let nobody = intro.as_nobody().post("token/introspect", &own).await;
    record.check("no client authentication", &nobody);
    let wrong = intro.with_secret("wrong");
    let wrong = wrong.post("token/introspect", &own).await;
    record.check("wrong secret", &wrong);
    let bearer = idp.app("bearer").with_secret("wrong");
    let bearer = bearer.post("token/introspect", &own).await;
    record.check("bearer-only client", &bearer);
    let unknown = [("client_id", "nope"), ("token", web.access.as_str())];
    let unknown = intro.as_nobody().post("token/introspect", &unknown).await;
    record.check("unknown client", &unknown);
    let get = idp.get("/protocol/openid-connect/token/introspect").await;
    record.check("GET", &get);
    let out = idp.app("web");
    out.post("logout", &[("refresh_token", &web.refresh)]).await;
    record.check(
        "session ended",
        &introspect("intro", &web.access, &[]).await,
    );
    record.done(&[
        (
            "Accept: application/jwt, client allows the jwt claim",
            "looked at where answers are signed",
        ),
        (
            "Accept: application/jwt, client does not",
            "looked at where answers are signed",
        ),
        (
            "Accept: application/token-introspection+jwt",
            "looked at where answers are signed",
        ),
        (
            "token of another realm",
            "there is one realm here; keys of another are unknown keys",
        ),
    ]);
}
