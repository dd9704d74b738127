//! Name and password as pages of their own, other ways, and what conditions say.

use crate::browser::{Ask, Browser, action, brief, form_url, shown, signed_in};
use crate::world::{World, flow, world};
use authn::login::Prompt;
use serde_json::{Value, json};

async fn with(flows: Vec<Value>, members: Value) -> World {
    let mut all = json!({"authenticationFlows": flows, "browserFlow": "mine"});
    all.as_object_mut()
        .unwrap()
        .extend(members.as_object().unwrap().clone());
    world(all).await
}

async fn in_steps(members: Value) -> World {
    let flows = vec![
        flow("mine", &["auth-cookie", ">forms"]),
        flow("forms", &["+auth-username-form", "+auth-password-form"]),
    ];
    with(flows, members).await
}

#[tokio::test]
async fn a_name_then_a_password() {
    let world = in_steps(json!({})).await;
    let mut browser = Browser::default();
    let first = shown(browser.begin(&world).await);
    assert!(
        first
            .page
            .html
            .contains("data-page-id=\"login-login-username\"")
    );
    let second = shown(
        browser
            .send(&world, &first, &[("username", "Alice@example.com")])
            .await,
    );
    let html = &second.page.html;
    assert!(
        html.contains("data-page-id=\"login-login-password\""),
        "{html}"
    );
    // The name that was given stands there, with a way to give another.
    assert!(
        html.contains("Alice@example.com") && html.contains("login-actions/restart"),
        "{html}"
    );
    let wrong = shown(browser.send(&world, &second, &[("password", "no")]).await);
    assert!(wrong.page.html.contains("id=\"input-error-password\""));
    // The page of before goes on too: its back button works.
    let done = signed_in(browser.send(&world, &second, &[("password", "pw")]).await);
    assert_eq!(
        (done.user.username.as_str(), done.session.method.as_str()),
        ("alice", "auth-password-form")
    );
}

#[tokio::test]
async fn the_first_page_can_be_sent_again_with_another_name() {
    let world = in_steps(json!({})).await;
    let mut browser = Browser::default();
    let first = shown(browser.begin(&world).await);
    shown(browser.send(&world, &first, &[("username", "alice")]).await);
    let second = shown(browser.send(&world, &first, &[("username", "bob")]).await);
    let done = signed_in(browser.send(&world, &second, &[("password", "pw")]).await);
    assert_eq!(done.user.username, "bob");
}

#[tokio::test]
async fn names_that_nobody_has_stay_on_the_first_page() {
    let world = in_steps(json!({"loginWithEmailAllowed": false})).await;
    for name in ["nobody", "", "alice@example.com", "x@y.z"] {
        let mut browser = Browser::default();
        let first = shown(browser.begin(&world).await);
        let page = shown(browser.send(&world, &first, &[("username", name)]).await);
        let html = &page.page.html;
        assert!(
            html.contains("data-page-id=\"login-login-username\""),
            "{html}"
        );
        assert!(html.contains("id=\"input-error-username\""), "{html}");
    }
}

#[tokio::test]
async fn failures_of_the_second_page_lock_out() {
    let members =
        json!({"bruteForceProtected": true, "failureFactor": 2, "quickLoginCheckMilliSeconds": 0});
    let world = in_steps(members).await;
    let mut browser = Browser::default();
    let first = shown(browser.begin(&world).await);
    let mut page = shown(browser.send(&world, &first, &[("username", "alice")]).await);
    for password in ["a", "b", "pw"] {
        page = shown(browser.send(&world, &page, &[("password", password)]).await);
        assert!(page.page.html.contains("id=\"input-error-password\""));
    }
}

#[tokio::test]
async fn a_disabled_account_is_told_of_after_the_password_alone() {
    let world = in_steps(json!({})).await;
    world
        .change_user("alice", |user| user.enabled = false)
        .await;
    let mut browser = Browser::default();
    let first = shown(browser.begin(&world).await);
    let second = shown(browser.send(&world, &first, &[("username", "alice")]).await);
    let told = |html: &str| html.contains("disabled") || html.contains("switched off");
    let wrong = shown(browser.send(&world, &second, &[("password", "no")]).await);
    assert!(!told(&wrong.page.html));
    let right = shown(browser.send(&world, &second, &[("password", "pw")]).await);
    assert!(told(&right.page.html), "{}", right.page.html);
}

#[tokio::test]
async fn once_more_asks_for_the_password_alone() {
    let world = in_steps(json!({})).await;
    let mut browser = Browser::default();
    let first = shown(browser.begin(&world).await);
    let second = shown(browser.send(&world, &first, &[("username", "alice")]).await);
    let done = signed_in(browser.send(&world, &second, &[("password", "pw")]).await);
    browser.keep(&world, &done).await;
    let ask = Ask {
        prompt: Prompt::Login,
        ..Ask::default()
    };
    let page = shown(browser.ask(&world, ask).await);
    let html = &page.page.html;
    assert!(
        html.contains("data-page-id=\"login-login-password\""),
        "{html}"
    );
    assert!(!html.contains("login-actions/restart"), "{html}");
    let again = signed_in(browser.send(&world, &page, &[("password", "pw")]).await);
    assert_eq!((again.session.id, again.fresh), (done.session.id, true));
}

#[tokio::test]
async fn another_way_may_be_chosen() {
    let flows = vec![flow(
        "mine",
        &[
            "auth-cookie",
            "auth-username-form",
            "auth-username-password-form",
        ],
    )];
    let world = with(flows, json!({})).await;
    let mut browser = Browser::default();
    let page = shown(browser.begin(&world).await);
    assert!(page.page.html.contains("kc-select-try-another-way-form"));
    let choice = shown(
        browser
            .send(&world, &page, &[("tryAnotherWay", "on")])
            .await,
    );
    let html = &choice.page.html;
    assert!(
        html.contains("data-page-id=\"login-select-authenticator\""),
        "{html}"
    );
    let ways: Vec<&str> = html
        .split("name=\"authenticationExecution\" value=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    assert_eq!(ways.len(), 2);
    // One that is none of them changes nothing.
    let same = shown(
        browser
            .send(&world, &choice, &[("authenticationExecution", "x")])
            .await,
    );
    assert!(same.page.html.contains("login-login-username"));
    let other = shown(
        browser
            .send(&world, &choice, &[("authenticationExecution", ways[1])])
            .await,
    );
    assert!(
        other.page.html.contains("data-page-id=\"login-login\""),
        "{}",
        other.page.html
    );
    assert!(form_url(&other).contains(ways[1]));
    let form = [("username", "alice"), ("password", "pw")];
    assert_eq!(brief(&browser.send(&world, &other, &form).await), "alice");
}

#[tokio::test]
async fn where_there_is_no_other_way_none_is_offered() {
    let world = world(json!({})).await;
    let mut browser = Browser::default();
    let page = shown(browser.begin(&world).await);
    assert!(!page.page.html.contains("kc-select-try-another-way-form"));
    let again = shown(
        browser
            .send(&world, &page, &[("authenticationExecution", "x")])
            .await,
    );
    assert_eq!(action(&again).execution, action(&page).execution);
}

/// Whether alice is denied by a flow with this condition, asking for this scope.
async fn holds(condition: &str, config: Value, scope: Option<&str>) -> bool {
    let condition = format!("+{condition}=c");
    let flows = vec![
        flow(
            "mine",
            &[
                "+auth-username-password-form",
                "?>first",
                "?>never",
                "?>second",
            ],
        ),
        flow(
            "first",
            &[
                "+conditional-user-configured",
                "+allow-access-authenticator",
            ],
        ),
        flow(
            "never",
            &["+conditional-user-role=r", "+allow-access-authenticator"],
        ),
        flow(
            "second",
            &[condition.as_str(), "+deny-access-authenticator"],
        ),
    ];
    let members = json!({
        "authenticatorConfig": [
            {"alias": "c", "config": config}, {"alias": "r", "config": {"condUserRole": "nobody-has-it"}}
        ],
        "users": [{
            "username": "alice", "enabled": true, "email": "a@x.org", "firstName": "A", "lastName": "B",
            "attributes": {"tag": ["blue-7"]}, "credentials": [{"type": "password", "value": "pw"}]
        }],
    });
    let world = with(flows, members).await;
    let mut browser = Browser::default();
    let ask = Ask {
        scope: scope.map(str::to_owned),
        ..Ask::default()
    };
    let page = shown(browser.ask(&world, ask).await);
    let form = [("username", "alice"), ("password", "pw")];
    match brief(&browser.send(&world, &page, &form).await).as_str() {
        "error 401" => true,
        "alice" => false,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_client_scope_is_one_by_default_or_one_asked_for() {
    for (name, scope, expected) in [
        ("profile", None, true),
        ("phone", None, false),
        ("phone", Some("openid phone"), true),
        ("made-up", Some("made-up"), false),
    ] {
        for negate in [false, true] {
            let config = json!({"client_scope": name, "negate": negate.to_string()});
            let found = holds("conditional-client-scope", config, scope).await;
            assert_eq!(found, expected != negate, "{name} {scope:?} {negate}");
        }
    }
}

#[tokio::test]
async fn another_flow_was_gone_through_or_was_not() {
    for (flow, result, expected) in [
        ("first", "executed", true),
        ("first", "not-executed", false),
        ("never", "executed", false),
        ("never", "not-executed", true),
        ("gone", "executed", false),
    ] {
        let config = json!({"flow_to_check": flow, "check_result": result});
        let found = holds("conditional-sub-flow-executed", config, None).await;
        assert_eq!(found, expected, "{flow} {result}");
    }
}

#[tokio::test]
async fn an_attribute_may_be_matched_whole_by_an_expression() {
    for (expression, expected) in [("blue-[0-9]", true), ("blue", false), (".*7", true)] {
        let config = json!({"attribute_name": "tag", "attribute_expected_value": expression, "regex": "true"});
        let found = holds("conditional-user-attribute", config, None).await;
        assert_eq!(found, expected, "{expression}");
    }
}
