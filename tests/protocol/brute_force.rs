//! Who guesses too often is locked out.

use serde_json::{Value, json};
use support::idp::{Answer, Idp, usual_realm};

const WRONG: &str = "Invalid user credentials";

async fn protected(settings: &[(&str, Value)]) -> Idp {
    let mut realm = usual_realm();
    realm["bruteForceProtected"] = json!(true);
    realm["failureFactor"] = json!(3);
    realm["waitIncrementSeconds"] = json!(60);
    realm["quickLoginCheckMilliSeconds"] = json!(0);
    for (name, value) in settings {
        realm[name] = value.clone();
    }
    Idp::launch(realm).start().await
}

async fn guess(idp: &Idp, password: &str) -> Answer {
    idp.app("app").password("alice", password).await
}

async fn fail(idp: &Idp, times: usize) {
    for _ in 0..times {
        let answer = guess(idp, "wrong").await;
        answer.refused(400, "invalid_grant", WRONG);
    }
}

/// Checks that not even the right password is any good, and that nobody can tell.
async fn is_locked(idp: &Idp, event: &str, reason: &str) {
    let answer = guess(idp, "wonderland").await;
    answer.refused(400, "invalid_grant", WRONG);
    let last = idp.last_event().await;
    assert_eq!(last["error"], event);
    assert_eq!(last["details"]["reason"], reason);
    let web = idp.app("web");
    let mut browser = idp.browser();
    let page = browser.get(&web.authorize().address).await.ok();
    let form = [("username", "bob"), ("password", "wrong")];
    let wrong = browser.submit(&page, &form).await.ok();
    let form = [("username", "alice"), ("password", "wonderland")];
    let locked = browser.submit(&page, &form).await.ok();
    assert_eq!(locked.page_id(), wrong.page_id());
    let text = "That user name and password don";
    assert!(wrong.text.contains(text) && locked.text.contains(text));
    assert_eq!(idp.last_event().await["error"], event);
}

/// The events of this type, newest first.
async fn events(idp: &Idp, kind: &str) -> Vec<Value> {
    let events = idp.admin("events?max=100").await;
    let events = events.as_array().unwrap().iter();
    events
        .filter(|event| event["type"] == kind)
        .cloned()
        .collect()
}

const TEMPORARY: &str = "user_temporarily_disabled";

#[tokio::test]
async fn guesses_at_the_token_endpoint_lock_out_for_a_while() {
    let idp = protected(&[]).await;
    fail(&idp, 3).await;
    is_locked(&idp, TEMPORARY, "USER-LOCKED").await;
    let told = events(&idp, "USER_DISABLED_BY_TEMPORARY_LOCKOUT").await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["details"]["num_failures"], "3");
    assert_eq!(told[0]["ipAddress"], "127.0.0.1");
    // Others are not locked out.
    idp.app("app").password("bob", "builder").await.granted();
    idp.clock.advance(61);
    guess(&idp, "wonderland").await.granted();
    // A success forgets what was counted.
    fail(&idp, 2).await;
    guess(&idp, "wonderland").await.granted();
}

#[tokio::test]
async fn guesses_at_the_login_page_count_as_well_and_an_empty_password_is_no_guess() {
    let idp = protected(&[]).await;
    let web = idp.app("web");
    let mut browser = idp.browser();
    let page = browser.get(&web.authorize().address).await.ok();
    for password in ["", "", "", "a", "b"] {
        let form = [("username", "alice"), ("password", password)];
        browser.submit(&page, &form).await.ok();
    }
    let answer = browser.sign_in(&web.authorize(), "alice", "c").await;
    assert_eq!(answer.page_id(), "login-login");
    is_locked(&idp, TEMPORARY, "USER-LOCKED").await;
    idp.clock.advance(61);
    let url = web.authorize();
    let answer = browser.sign_in(&url, "alice", "wonderland").await;
    web.redeem(&answer.code()).await.granted();
}

#[tokio::test]
async fn what_is_tried_while_locked_out_does_not_count_and_failures_are_forgotten() {
    let idp = protected(&[("maxDeltaTimeSeconds", json!(600))]).await;
    fail(&idp, 3).await;
    fail(&idp, 5).await;
    idp.clock.advance(61);
    // The fourth failure locks out again, and for as long: it is no further multiple.
    fail(&idp, 1).await;
    is_locked(&idp, TEMPORARY, "USER-LOCKED").await;
    let told = events(&idp, "USER_DISABLED_BY_TEMPORARY_LOCKOUT").await;
    assert_eq!(told[0]["details"]["num_failures"], "4");
    idp.clock.advance(601);
    fail(&idp, 2).await;
    guess(&idp, "wonderland").await.granted();
}

#[tokio::test]
async fn two_failures_in_quick_succession_lock_out() {
    let idp = protected(&[
        ("quickLoginCheckMilliSeconds", json!(1000)),
        ("minimumQuickLoginWaitSeconds", json!(7)),
    ])
    .await;
    fail(&idp, 1).await;
    idp.clock.advance(2);
    fail(&idp, 1).await;
    guess(&idp, "wonderland").await.granted();
    fail(&idp, 2).await;
    is_locked(&idp, TEMPORARY, "USER-LOCKED").await;
    idp.clock.advance(8);
    guess(&idp, "wonderland").await.granted();
}

#[tokio::test]
async fn lockouts_for_good_stay_and_look_like_any_other() {
    let at_once = protected(&[("permanentLockout", json!(true))]).await;
    fail(&at_once, 3).await;
    is_locked(&at_once, "user_disabled", "USER-LOCKED-FOR-GOOD").await;
    at_once.clock.advance(100_000);
    is_locked(&at_once, "user_disabled", "USER-LOCKED-FOR-GOOD").await;
    let told = events(&at_once, "USER_DISABLED_BY_PERMANENT_LOCKOUT").await;
    assert_eq!(told.len(), 1);

    let later = protected(&[
        ("permanentLockout", json!(true)),
        ("maxTemporaryLockouts", json!(1)),
        ("bruteForceStrategy", json!("LINEAR")),
    ])
    .await;
    fail(&later, 3).await;
    is_locked(&later, TEMPORARY, "USER-LOCKED").await;
    later.clock.advance(61);
    fail(&later, 1).await;
    later.clock.advance(100_000);
    is_locked(&later, "user_disabled", "USER-LOCKED-FOR-GOOD").await;
}

#[tokio::test]
async fn a_session_outlives_a_lockout_for_a_while_and_not_one_for_good() {
    for (permanent, expected) in [(false, 200), (true, 400)] {
        let idp = protected(&[("permanentLockout", json!(permanent))]).await;
        let tokens = guess(&idp, "wonderland").await.granted();
        fail(&idp, 3).await;
        let answer = idp.app("app").refresh(&tokens.refresh).await;
        assert_eq!(answer.status, expected);
    }
}

#[tokio::test]
async fn a_realm_that_does_not_ask_for_it_locks_nobody_out() {
    let idp = protected(&[("bruteForceProtected", json!(false))]).await;
    fail(&idp, 10).await;
    guess(&idp, "wonderland").await.granted();
}

#[tokio::test]
async fn a69_failures_count_where_the_client_is_not_where_its_proxy_is() {
    let mut realm = usual_realm();
    realm["bruteForceProtected"] = json!(true);
    realm["quickLoginCheckMilliSeconds"] = json!(0);
    let idp = Idp::launch(realm).trusted("127.0.0.1").start().await;
    let headers = [("x-forwarded-for", "203.0.113.9, 198.51.100.7")];
    let app = idp.app("app").with(&headers);
    let answer = app.password("alice", "wrong").await;
    answer.refused(400, "invalid_grant", WRONG);
    let store = &idp.server.store;
    let name = realm::RealmName::new(support::idp::REALM);
    let realm = store.realm(&name).await.unwrap().unwrap();
    let mut reader = store.read().await.unwrap();
    let alice = reader.users().by_username(&realm.id, "alice").await;
    let alice = alice.unwrap().unwrap();
    let known = reader.login_failures().find(&realm.id, &alice.id).await;
    assert_eq!(known.unwrap().unwrap().last_address, "198.51.100.7");
}
