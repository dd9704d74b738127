//! Something that counts once, or as one kind of thing, is not taken for another kind: all pairs.

use realm::RealmName;
use serde_json::json;
use support::idp::app::{CALLBACK, VERIFIER};
use support::idp::page::attribute;
use support::idp::{Answer, Browser, Idp, REALM};

/// Things that are handed out. Each has one place where it counts.
const KINDS: [&str; 10] = [
    "code",
    "access token",
    "ID token",
    "refresh token",
    "device code",
    "user code",
    "login state",
    "consent question",
    "sign-out question",
    "identity cookie",
];

async fn idp() -> Idp {
    let mut realm = support::idp::usual_realm();
    for client in realm["clients"].as_array_mut().unwrap() {
        if client["clientId"] == "web" {
            client["attributes"] = json!({"oauth2.device.authorization.grant.enabled": "true", "standard.token.exchange.enabled": "true"});
        }
    }
    Idp::launch(realm).start().await
}

/// One of each, fresh, and the browser that has them.
async fn handed_out(idp: &Idp) -> (Browser<'_>, Vec<String>, String) {
    let (web, asks) = (idp.app("web"), idp.app("asks"));
    let mut browser = idp.browser().behind("accept", "text/html");
    let first = browser
        .sign_in(&web.authorize(), "alice", "wonderland")
        .await;
    let tokens = web.redeem(&first.code()).await.granted();
    let code = browser.get(&web.authorize().address).await.code();
    let device = web.post("auth/device", &[]).await.ok().json();
    let again = web.authorize_with(&[("prompt", "login")]);
    let page = browser.get(&again.address).await.ok();
    let action = page.form_action();
    let state = url::Url::parse(&action).unwrap();
    let state = state.query_pairs().find(|(name, _)| name == "session_code");
    let page = browser.get(&asks.authorize().address).await.ok();
    let hidden = |page: &Answer, name: &str| {
        let start = format!("<input type=\"hidden\" name=\"{name}\"");
        attribute(&page.text, &start, "value").unwrap()
    };
    let consent = hidden(&page, "code");
    let logout = format!("/realms/{REALM}/protocol/openid-connect/logout");
    let page = browser.get(&logout).await.ok();
    let question = hidden(&page, "session_code");
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let identity = browser.cookies["KEYCLOAK_IDENTITY"].clone();
    let things = vec![
        code,
        tokens.access.clone(),
        text(&tokens.json["id_token"]),
        tokens.refresh.clone(),
        text(&device["device_code"]),
        text(&device["user_code"]),
        state.unwrap().1.into_owned(),
        consent,
        question,
        identity,
    ];
    assert_eq!(things.len(), KINDS.len());
    (browser, things, action)
}

/// Shows a thing where this kind counts.
async fn show(
    idp: &Idp,
    browser: &mut Browser<'_>,
    action: &str,
    kind: &str,
    thing: &str,
) -> Answer {
    let web = idp.app("web");
    let realm = format!("/realms/{REALM}");
    match kind {
        "code" => {
            let form = [
                ("grant_type", "authorization_code"),
                ("code", thing),
                ("redirect_uri", CALLBACK),
                ("code_verifier", VERIFIER),
            ];
            web.token(&form).await
        }
        "access token" => web.userinfo(thing).await,
        "ID token" => {
            let query = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("id_token_hint", thing)
                .finish();
            let logout = format!("{realm}/protocol/openid-connect/logout?{query}");
            browser.get(&logout).await
        }
        "refresh token" => web.refresh(thing).await,
        "device code" => {
            let grant = "urn:ietf:params:oauth:grant-type:device_code";
            web.token(&[("grant_type", grant), ("device_code", thing)])
                .await
        }
        "user code" => {
            let device = format!("{realm}/device");
            browser.post(&device, &[("device_user_code", thing)]).await
        }
        "login state" => {
            let mut action = url::Url::parse(action).unwrap();
            let pairs: Vec<(String, String)> = action
                .query_pairs()
                .into_owned()
                .map(|(name, value)| match name.as_str() {
                    "session_code" => (name, thing.to_owned()),
                    _ => (name, value),
                })
                .collect();
            action.query_pairs_mut().clear().extend_pairs(pairs);
            let form = [("username", "alice"), ("password", "wonderland")];
            browser.post(action.as_str(), &form).await
        }
        "consent question" => {
            let consent = format!("{realm}/login-actions/consent");
            browser
                .post(&consent, &[("code", thing), ("accept", "x")])
                .await
        }
        "sign-out question" => {
            let confirm = format!("{realm}/protocol/openid-connect/logout/logout-confirm");
            browser.post(&confirm, &[("session_code", thing)]).await
        }
        "identity cookie" => {
            let mut other = idp.browser();
            let name = "KEYCLOAK_IDENTITY".to_owned();
            other.cookies.insert(name, thing.to_owned());
            other
                .get(&web.authorize_with(&[("prompt", "none")]).address)
                .await
        }
        other => panic!("where does {other} count"),
    }
}

/// Whether what was shown was taken for what counts there.
async fn is_taken(idp: &Idp, kind: &str, answer: &Answer) -> bool {
    let to = answer.header("location");
    let has_code = to.starts_with(CALLBACK) && to.contains("code=");
    match kind {
        "code" | "refresh token" | "access token" => answer.status == 200,
        // An approved one would be granted, one that waits is asked for again.
        "device code" => answer.status == 200 || answer.text.contains("authorization_pending"),
        "user code" => {
            answer.page_id() == "login-login" || answer.page_id() == "login-login-oauth-grant"
        }
        "ID token" => answer.page_id() == "login-info",
        "sign-out question" => answer.status == 200,
        "login state" | "identity cookie" => has_code,
        // Any other answer begins the sign-in again, which somebody who is signed in gets through.
        "consent question" => has_consented(idp).await,
        other => panic!("when is {other} taken"),
    }
}

async fn has_consented(idp: &Idp) -> bool {
    let store = &idp.server.store;
    let realm = store.realm(&RealmName::new(REALM)).await.unwrap().unwrap();
    let mut reader = store.read().await.unwrap();
    let mut users = reader.users();
    let alice = users.by_username(&realm.id, "alice").await.unwrap();
    let mut consents = reader.consents();
    let all = consents.of_user(&realm.id, &alice.unwrap().id).await;
    !all.unwrap().is_empty()
}

#[tokio::test]
async fn a_thing_counts_as_what_it_is_and_as_nothing_else() {
    for (place, kind) in KINDS.into_iter().enumerate() {
        let idp = idp().await;
        let (mut browser, things, action) = handed_out(&idp).await;
        for (at, thing) in things.iter().enumerate().filter(|(at, _)| *at != place) {
            let answer = show(&idp, &mut browser, &action, kind, thing).await;
            let taken = is_taken(&idp, kind, &answer).await;
            assert!(!taken, "{} as {kind}: {}", KINDS[at], answer.text);
        }
        let own = show(&idp, &mut browser, &action, kind, &things[place]).await;
        let taken = is_taken(&idp, kind, &own).await;
        assert!(taken, "{kind}: {} {}", own.status, own.text);
    }
}
