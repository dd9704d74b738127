//! Steps and required actions as a real Keycloak shows them (`golden/pages/steps.json`): pages, forms, fields, and where it ends.

use serde_json::{Value, json};
use support::idp::{Answer, Browser, Idp};

const PASSWORD: &str = "wonderland";

fn record() -> Value {
    let path = format!("{}/golden/pages/steps.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn person(name: &str, actions: &[&str]) -> Value {
    json!({
        "username": name, "enabled": true, "email": format!("{name}@example.com"), "firstName": "F", "lastName": "L",
        "requiredActions": actions, "credentials": [{"type": "password", "value": PASSWORD}]
    })
}

async fn idp(members: Value) -> Idp {
    let mut incomplete = person("incomplete", &[]);
    incomplete["firstName"] = json!("");
    incomplete["lastName"] = json!("");
    incomplete.as_object_mut().unwrap().remove("email");
    let mut realm = json!({
        "realm": "test", "enabled": true, "sslRequired": "none", "rememberMe": true, "passwordPolicy": "length(8)",
        "clients": [{"clientId": "web", "publicClient": true, "redirectUris": ["http://app.example/*"]}],
        "users": [
            person("ann", &[]), person("pass", &["UPDATE_PASSWORD"]), person("prof", &["UPDATE_PROFILE"]), incomplete,
            person("both", &["UPDATE_PASSWORD", "UPDATE_PROFILE"]), person("terms", &["TERMS_AND_CONDITIONS"]),
        ],
    });
    for (name, value) in members.as_object().unwrap() {
        realm[name] = value.clone();
    }
    Idp::launch(realm).start().await
}

/// Compares an answer with the record of this name.
#[track_caller]
fn is_recorded(name: &str, answer: &Answer) {
    let recorded = record()[name].clone();
    assert_eq!(json!(answer.status.as_u16()), recorded["status"], "{name}");
    if let Some(to) = recorded.get("location") {
        let mut wanted: Vec<&str> = to["query"]
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        let url = answer.location();
        let mut found: Vec<String> = url
            .query_pairs()
            .map(|(name, _)| name.into_owned())
            .collect();
        wanted.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, wanted, "{name}");
        for fixed in ["error", "error_description", "kc_action_status"] {
            let wanted = to["query"].get(fixed).and_then(Value::as_str);
            assert_eq!(answer.param(fixed).as_deref(), wanted, "{name}: {fixed}");
        }
        return;
    }
    assert_eq!(recorded["page"], answer.page_id(), "{name}");
    let html = &answer.text;
    let form = recorded["forms"][0].clone();
    assert!(
        form["id"].is_null() || html.contains(&format!("id=\"{}\"", form["id"].as_str().unwrap())),
        "{name}: {html}"
    );
    let action = answer.form_action();
    let (to, query) = action.split_once('?').unwrap();
    let end = |text: &str| text.rsplit('/').next().unwrap().to_owned();
    assert_eq!(end(to), end(form["to"].as_str().unwrap()), "{name}");
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    let names: Vec<&str> = pairs.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(json!(names), form["query"], "{name}");
    let execution = &pairs
        .iter()
        .find(|(name, _)| name == "execution")
        .unwrap()
        .1;
    assert!(
        form["execution"] == "<uuid>" || form["execution"] == *execution,
        "{name}: {execution}"
    );
    let body = html
        .split("<form")
        .nth(1)
        .unwrap()
        .split("</form>")
        .next()
        .unwrap();
    let fields: Vec<&str> = body
        .split('<')
        .filter(|element| {
            ["input ", "button ", "select "]
                .iter()
                .any(|kind| element.starts_with(kind))
        })
        .filter_map(|element| element.split(" name=\"").nth(1)?.split('"').next())
        .collect();
    assert_eq!(json!(fields), form["names"], "{name}");
    for error in recorded["errors"].as_array().unwrap() {
        let id = format!("id=\"{}\"", error.as_str().unwrap());
        assert!(html.contains(&id), "{name}: {id} in {html}");
    }
}

async fn sign_in(
    browser: &mut Browser<'_>,
    idp: &Idp,
    name: &str,
    changes: &[(&str, &str)],
) -> Answer {
    let url = idp.app("web").authorize_with(changes);
    browser.sign_in(&url, name, PASSWORD).await
}

fn new<'a>(password: &'a str, again: &'a str) -> [(&'a str, &'a str); 2] {
    [("password-new", password), ("password-confirm", again)]
}

#[tokio::test]
async fn a_new_password() {
    let idp = idp(json!({})).await;
    let mut browser = idp.browser();
    let page = sign_in(&mut browser, &idp, "pass", &[]).await;
    is_recorded("update password (required action)", &page);
    for (case, form) in [
        ("update password, nothing filled in", new("", "")),
        ("update password, mismatch", new("long enough", "other")),
        ("update password, against the policy", new("short", "short")),
        ("update password, right", new("long enough", "long enough")),
    ] {
        let answer = browser.submit(&page, &form).await;
        is_recorded(case, &answer);
    }
}

#[tokio::test]
async fn a_profile() {
    let idp = idp(json!({})).await;
    let mut browser = idp.browser();
    let page = sign_in(&mut browser, &idp, "prof", &[]).await;
    is_recorded("update profile (required action)", &page);
    let form = [("email", "x"), ("firstName", ""), ("lastName", "L")];
    is_recorded(
        "update profile, bad e-mail",
        &browser.submit(&page, &form).await,
    );
    let page = sign_in(&mut idp.browser(), &idp, "incomplete", &[]).await;
    is_recorded("verify profile (incomplete user)", &page);
    let page = sign_in(&mut idp.browser(), &idp, "both", &[]).await;
    is_recorded("two required actions: the first", &page);
}

#[tokio::test]
async fn what_a_client_asks_for() {
    let idp = idp(json!({})).await;
    for (action, case) in [
        (
            "UPDATE_PASSWORD",
            "kc_action=UPDATE_PASSWORD (re-authentication or page)",
        ),
        ("UPDATE_PROFILE", "kc_action=UPDATE_PROFILE"),
    ] {
        let page = sign_in(&mut idp.browser(), &idp, "ann", &[("kc_action", action)]).await;
        is_recorded(case, &page);
    }
    let mut browser = idp.browser();
    let page = sign_in(
        &mut browser,
        &idp,
        "ann",
        &[("kc_action", "UPDATE_PASSWORD")],
    )
    .await;
    let done = browser.submit(&page, &[("cancel-aia", "true")]).await;
    assert_eq!(done.param("kc_action").as_deref(), Some("UPDATE_PASSWORD"));
    assert_eq!(done.param("kc_action_status").as_deref(), Some("cancelled"));
    let page = idp.app("web").authorize_with(&[("prompt", "login")]);
    is_recorded(
        "re-authentication (prompt=login)",
        &browser.get(&page.address).await,
    );
}

#[tokio::test]
async fn name_and_password_on_pages_of_their_own() {
    let step = |name: &str, at: i64| json!({"authenticator": name, "requirement": "REQUIRED", "priority": at});
    let flow = json!([{
        "alias": "steps", "providerId": "basic-flow", "topLevel": true, "builtIn": false,
        "authenticationExecutions": [step("auth-username-form", 10), step("auth-password-form", 20)]
    }]);
    let idp = idp(json!({"authenticationFlows": flow, "browserFlow": "steps"})).await;
    let mut browser = idp.browser();
    let page = browser.get(&idp.app("web").authorize().address).await;
    is_recorded("user name page", &page);
    is_recorded(
        "user name page, unknown user",
        &browser.submit(&page, &[("username", "nobody")]).await,
    );
    let page = browser.submit(&page, &[("username", "ann")]).await;
    is_recorded("password page", &page);
    is_recorded(
        "password page, wrong",
        &browser.submit(&page, &[("password", "x")]).await,
    );
    let done = browser.submit(&page, &[("password", PASSWORD)]).await;
    idp.app("web").redeem(&done.code()).await.granted();
}

#[tokio::test]
async fn terms() {
    let actions = json!([{"alias": "TERMS_AND_CONDITIONS", "providerId": "TERMS_AND_CONDITIONS", "enabled": true}]);
    let idp = idp(json!({"requiredActions": actions})).await;
    let mut browser = idp.browser();
    let page = sign_in(&mut browser, &idp, "terms", &[]).await;
    is_recorded("terms and conditions", &page);
    is_recorded(
        "terms refused",
        &browser.submit(&page, &[("cancel", "")]).await,
    );
}
