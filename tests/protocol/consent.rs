//! What people allow applications: the question, its answers, and what is kept of them.

use realm::{ClientId, RealmName, ScopeId};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use support::idp::page::attribute;
use support::idp::{Answer, Browser, Idp, REALM, change_user, usual_realm};

fn cases() -> Vec<Value> {
    let file: Value = serde_json::from_str(include_str!("golden/consent.json")).unwrap();
    file["cases"].as_array().unwrap().clone()
}

fn case(name: &str) -> Value {
    let cases = cases();
    let found = cases.into_iter().find(|case| case["case"] == name);
    found.unwrap_or_else(|| panic!("no case {name}"))
}

/// The hidden field of the question, and its answer by this button.
async fn say(browser: &mut Browser<'_>, page: &Answer, button: &str) -> Answer {
    let code = attribute(&page.text, "<input type=\"hidden\" name=\"code\"", "value").unwrap();
    let action = page.form_action();
    browser
        .post(&action, &[("code", &code), (button, "")])
        .await
}

async fn asked<'a>(idp: &'a Idp, changes: &[(&str, &str)]) -> (Browser<'a>, Answer) {
    let mut browser = idp.browser();
    let url = idp.app("asks").authorize_with(changes);
    let page = browser.sign_in(&url, "alice", "wonderland").await.ok();
    assert_eq!(page.page_id(), "login-login-oauth-grant", "{}", page.text);
    (browser, page)
}

/// The parameters that a recorded redirect has, in order.
#[track_caller]
fn same_redirect(record: &Value, answer: &Answer) {
    let location = answer.location();
    let names: Vec<String> = location
        .query_pairs()
        .map(|(name, _)| name.into_owned())
        .collect();
    let recorded = record["location"]["query"].as_object().unwrap();
    assert_eq!(names, recorded.keys().cloned().collect::<Vec<_>>());
    for name in ["error", "error_description"] {
        let told = answer.param(name);
        assert_eq!(told.as_deref(), recorded.get(name).and_then(Value::as_str));
    }
}

#[tokio::test]
async fn the_question_has_the_form_of_the_record() {
    let idp = Idp::start().await;
    let (browser, page) = asked(&idp, &[]).await;
    let record = &case("consent page")["page"];
    assert_eq!(page.status, record["status"].as_u64().unwrap() as u16);
    let form = &record["forms"][0];
    let action = url::Url::parse(&page.form_action()).unwrap();
    assert!(action.path().ends_with("/login-actions/consent"));
    let names: Vec<String> = action.query_pairs().map(|(name, _)| name.into()).collect();
    let recorded = form["action"]["query"].as_object().unwrap();
    assert_eq!(names, recorded.keys().cloned().collect::<Vec<_>>());
    for input in form["inputs"].as_array().unwrap() {
        let name = input["name"].as_str().unwrap();
        assert!(page.text.contains(&format!("name=\"{name}\"")), "{name}");
        if let Some(id) = input["id"].as_str() {
            assert!(page.text.contains(&format!("id=\"{id}\"")), "{id}");
        }
    }
    // Nobody is signed in before the answer.
    assert!(!browser.cookies.contains_key("KEYCLOAK_IDENTITY"));
}

#[tokio::test]
async fn who_says_no_is_not_signed_in_and_the_client_hears_of_it() {
    let idp = Idp::start().await;
    let (mut browser, page) = asked(&idp, &[]).await;
    let answer = say(&mut browser, &page, "cancel").await;
    same_redirect(&case("denied"), &answer);
    assert!(!browser.cookies.contains_key("KEYCLOAK_IDENTITY"));
    let event = idp.last_event().await;
    assert_eq!(event["type"], "LOGIN_ERROR");
    assert_eq!(event["error"], "rejected_by_user");
    // The no counts: going back and saying yes begins anew.
    let again = say(&mut browser, &page, "accept").await.ok();
    assert_eq!(again.page_id(), "login-login");
}

#[tokio::test]
async fn who_says_yes_is_asked_once() {
    let idp = Idp::start().await;
    let asks = idp.app("asks");
    let (mut browser, page) = asked(&idp, &[]).await;
    let answer = say(&mut browser, &page, "accept").await;
    same_redirect(&case("given"), &answer);
    asks.redeem(&answer.code()).await.granted();
    let login = idp.admin("events?type=LOGIN&client=asks").await;
    assert_eq!(login[0]["details"]["consent"], "consent_granted");

    let quiet = asks.authorize_with(&[("prompt", "none"), ("state", "")]);
    let answer = browser.get(&quiet.address).await;
    same_redirect(&case("prompt=none with stored consent"), &answer);
    let login = idp.admin("events?type=LOGIN&client=asks").await;
    assert_eq!(login[0]["details"]["consent"], "persistent_consent");

    let more = [("prompt", "none"), ("state", ""), ("scope", "openid phone")];
    let answer = browser.get(&asks.authorize_with(&more).address).await;
    same_redirect(&case("prompt=none, one scope more"), &answer);

    // One scope more is asked for alone; what was allowed stays.
    let more = asks.authorize_with(&[("scope", "openid phone")]);
    let page = browser.get(&more.address).await.ok();
    assert_eq!(page.text.matches("<li>").count(), 1, "{}", page.text);
    say(&mut browser, &page, "accept").await.code();
    browser.get(&more.address).await.code();

    let anew = asks.authorize_with(&[("prompt", "consent")]);
    let page = browser.get(&anew.address).await.ok();
    assert_eq!(page.page_id(), "login-login-oauth-grant");
    // Other clients ask for nothing.
    let other = idp.app("web").authorize_with(&[("prompt", "consent")]);
    browser.get(&other.address).await.code();
}

#[tokio::test]
async fn an_answer_counts_once_and_brings_no_ended_session_back() {
    let idp = Idp::start().await;
    let (mut browser, page) = asked(&idp, &[]).await;
    let code = say(&mut browser, &page, "accept").await.code();
    // Twice: who is signed in gets through, in the same session.
    let again = say(&mut browser, &page, "accept").await.code();
    assert_ne!(code, again);
    let sid = |code: &str| code.split('.').nth(1).unwrap().to_owned();
    assert_eq!(sid(&code), sid(&again));

    let tokens = idp.app("asks").redeem(&again).await.granted();
    idp.app("asks")
        .post("logout", &[("refresh_token", &tokens.refresh)])
        .await;
    let answer = say(&mut browser, &page, "accept").await.ok();
    assert_eq!(answer.page_id(), "login-login");
    idp.app("asks").refresh(&tokens.refresh).await.refused(
        400,
        "invalid_grant",
        "Session not active",
    );
}

#[tokio::test]
async fn an_answer_is_of_the_browser_and_the_person_that_were_asked() {
    let idp = Idp::start().await;
    let (mut browser, page) = asked(&idp, &[]).await;
    let mut stranger = idp.browser();
    assert_eq!(say(&mut stranger, &page, "accept").await.status, 400);
    stranger
        .get(&idp.app("asks").authorize().address)
        .await
        .ok();
    let answer = say(&mut stranger, &page, "accept").await.ok();
    assert_eq!(answer.page_id(), "login-login");

    let foreign = page.form_action();
    let mut evil = idp.browser().behind("origin", "https://evil.example");
    evil.cookies.clone_from(&browser.cookies);
    assert_eq!(evil.post(&foreign, &[("code", "x")]).await.status, 403);

    change_user(&idp, "alice", |alice| alice.enabled = false).await;
    let answer = say(&mut browser, &page, "accept").await.ok();
    assert_eq!(answer.page_id(), "login-login");

    change_user(&idp, "alice", |alice| alice.enabled = true).await;
    idp.clock.advance(301);
    let answer = say(&mut browser, &page, "accept").await.ok();
    assert_eq!(answer.page_id(), "login-login");
}

#[tokio::test]
async fn what_was_withdrawn_is_refused_with_the_next_token() {
    let idp = Idp::start().await;
    let asks = idp.app("asks");
    let (mut browser, page) = asked(&idp, &[]).await;
    let code = say(&mut browser, &page, "accept").await.code();
    let tokens = asks.redeem(&code).await.granted();
    let other = browser.get(&asks.authorize().address).await.code();

    let store = &idp.server.store;
    let realm = store.realm(&RealmName::new(REALM)).await.unwrap().unwrap();
    let client = realm.client(&ClientId::new("asks")).unwrap().id.clone();
    let mut reader = store.read().await.unwrap();
    let alice = reader
        .users()
        .by_username(&realm.id, "alice")
        .await
        .unwrap()
        .unwrap();
    drop(reader);
    let mut writer = store.write().await.unwrap();
    let mut consents = writer.consents();
    assert!(
        consents
            .withdraw(&realm.id, &alice.id, &client)
            .await
            .unwrap()
    );
    assert!(
        !consents
            .withdraw(&realm.id, &alice.id, &client)
            .await
            .unwrap()
    );
    writer.commit().await.unwrap();

    let text = "Client no longer has requested consent from user";
    for answer in [
        asks.refresh(&tokens.refresh).await,
        asks.redeem(&other).await,
    ] {
        answer.refused(400, "invalid_scope", text);
    }
}

#[tokio::test]
async fn the_realm_and_the_client_say_what_is_asked_about() {
    let mut realm = usual_realm();
    let asks = realm["clients"].as_array_mut().unwrap().last_mut().unwrap();
    asks["attributes"] = json!({
        "display.on.consent.screen": "true", "consent.screen.text": "Read <your> mail",
        "policyUri": "https://app.example/policy", "tosUri": "javascript:alert(1)",
    });
    let idp = Idp::launch(realm).start().await;
    let (mut browser, page) = asked(&idp, &[]).await;
    assert!(
        page.text.contains("Read &lt;your&gt; mail"),
        "{}",
        page.text
    );
    assert!(page.text.contains("https://app.example/policy"));
    assert!(!page.text.contains("javascript:"));
    say(&mut browser, &page, "accept").await.code();

    let store = &idp.server.store;
    let realm = store.realm(&RealmName::new(REALM)).await.unwrap().unwrap();
    let mut reader = store.read().await.unwrap();
    let alice = reader
        .users()
        .by_username(&realm.id, "alice")
        .await
        .unwrap()
        .unwrap();
    let consents = reader
        .consents()
        .of_user(&realm.id, &alice.id)
        .await
        .unwrap();
    let [consent] = consents.as_slice() else {
        panic!("{consents:?}")
    };
    let shown = realm::representation::consent(&realm, consent).unwrap();
    // As the record has it, and the client itself besides.
    let mut recorded: BTreeSet<String> = ["email", "profile", "roles"].map(str::to_owned).into();
    recorded.insert("asks".to_owned());
    let names: BTreeSet<String> =
        serde_json::from_value(shown["grantedClientScopes"].clone()).unwrap();
    assert_eq!(names, recorded);
    let own: ScopeId = realm.client(&ClientId::new("asks")).unwrap().consent_key();
    assert!(consent.scopes.contains(&own));

    // Into a file and out of it again.
    let mut user = alice.clone();
    realm::representation::put_consents(&realm, &mut user, &consents);
    let gone = json!({"clientId": "gone", "grantedClientScopes": ["email"]});
    user.other["clientConsents"]
        .as_array_mut()
        .unwrap()
        .push(gone.clone());
    assert_eq!(
        realm::representation::take_consents(&realm, &mut user),
        consents
    );
    assert_eq!(user.other["clientConsents"], json!([gone]));
}

#[tokio::test]
async fn a_session_that_ended_during_the_question_stays_ended() {
    let idp = Idp::start().await;
    let (web, asks) = (idp.app("web"), idp.app("asks"));
    let mut browser = idp.browser();
    let first = browser
        .sign_in(&web.authorize(), "alice", "wonderland")
        .await;
    let tokens = web.redeem(&first.code()).await.granted();
    let again = asks.authorize_with(&[("prompt", "login")]);
    let form = [("username", "alice"), ("password", "wonderland")];
    let page = browser.get(&again.address).await.ok();
    let page = browser.submit(&page, &form).await.ok();
    assert_eq!(page.page_id(), "login-login-oauth-grant");
    web.post("logout", &[("refresh_token", &tokens.refresh)])
        .await;
    let answer = say(&mut browser, &page, "accept").await.ok();
    assert_eq!(answer.page_id(), "login-login");
    let over = web.refresh(&tokens.refresh).await;
    over.refused(400, "invalid_grant", "Session not active");
}
