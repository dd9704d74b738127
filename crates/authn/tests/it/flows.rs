//! The engine's rules, on realms made for them.

use crate::browser::{Browser, brief, code, shown};
use crate::world::{World, codes, flow, person, world};
use serde_json::json;

const FORM: &str = "auth-username-password-form";

async fn with_flows(flows: &[serde_json::Value]) -> World {
    world(json!({"authenticationFlows": flows, "browserFlow": "mine"})).await
}

/// What the flow `mine` comes to: at once, and once alice has given her password where she is asked.
async fn outcome(world: &World) -> String {
    let mut browser = Browser::default();
    let mut progress = browser.begin(world).await;
    if brief(&progress) == "login 200" {
        let form = [("username", "alice"), ("password", "pw")];
        let page = shown(progress);
        progress = browser.send(world, &page, &form).await;
    }
    match &progress {
        authn::login::Progress::Show(page) if page.status != 200 => {
            let trace = world.trace(&code(page).unwrap()).await;
            codes(&trace).last().unwrap().clone()
        }
        progress => brief(progress),
    }
}

#[tokio::test]
async fn required_steps_count_and_alternatives_beside_them_do_not() {
    for (steps, expected) in [
        (vec![FORM], "alice"),
        (vec!["+auth-username-password-form"], "alice"),
        (vec!["-auth-cookie", FORM], "alice"),
        // The first alternative that succeeds is enough; with nobody known at the end nobody is signed in.
        (
            vec!["allow-access-authenticator", FORM],
            "FLOW-USER-UNKNOWN",
        ),
        (vec!["auth-cookie"], "FLOW-NOTHING-SUCCEEDED"),
        (vec![], "FLOW-NOTHING-SUCCEEDED"),
        (
            vec!["-auth-username-password-form"],
            "FLOW-NOTHING-SUCCEEDED",
        ),
        // Attempted is not enough for what is required.
        (vec!["+auth-cookie", FORM], "FLOW-NOTHING-SUCCEEDED"),
        (
            vec!["deny-access-authenticator", "+auth-username-password-form"],
            "alice",
        ),
        (
            vec!["+auth-username-password-form", "+deny-access-authenticator"],
            "FLOW-DENIED",
        ),
        (
            vec![
                "+auth-username-password-form",
                "+allow-access-authenticator",
            ],
            "alice",
        ),
    ] {
        let world = with_flows(&[flow("mine", &steps)]).await;
        assert_eq!(outcome(&world).await, expected, "{steps:?}");
    }
}

#[tokio::test]
async fn flows_below_succeed_or_fail_as_a_whole() {
    for (flows, expected) in [
        (vec![flow("mine", &["auth-cookie", ">forms"])], "alice"),
        (
            vec![
                flow("mine", &[">first", ">second"]),
                flow("first", &["auth-cookie"]),
                flow("second", &["+auth-username-password-form"]),
            ],
            "alice",
        ),
        (
            vec![
                flow("mine", &["+>first", "+>second"]),
                flow("first", &[FORM]),
                flow("second", &["auth-cookie"]),
            ],
            "FLOW-NOTHING-SUCCEEDED",
        ),
        (vec![flow("mine", &[">mine"])], "FLOW-BROKEN"),
    ] {
        let world = with_flows(&flows).await;
        assert_eq!(outcome(&world).await, expected, "{flows:?}");
    }
}

#[tokio::test]
async fn conditional_flows_run_when_every_condition_holds() {
    let second = |name: &str, steps: &[&str]| flow(name, steps);
    for (flows, expected) in [
        // Nobody has a one-time password here, so the default shape passes.
        (
            vec![
                flow("mine", &["+auth-username-password-form", "?>second"]),
                second("second", &["+conditional-user-configured", "auth-otp-form"]),
            ],
            "alice",
        ),
        // No condition at all: as if it were not there.
        (
            vec![
                flow("mine", &["+auth-username-password-form", "?>second"]),
                second("second", &["+deny-access-authenticator"]),
            ],
            "alice",
        ),
        (
            vec![
                flow("mine", &["+auth-username-password-form", "?>second"]),
                second(
                    "second",
                    &["+conditional-user-configured", "+deny-access-authenticator"],
                ),
            ],
            "FLOW-DENIED",
        ),
        (
            vec![
                flow("mine", &["+auth-username-password-form", "?>second"]),
                second(
                    "second",
                    &[
                        "+conditional-user-configured",
                        "-conditional-made-up",
                        "+deny-access-authenticator",
                    ],
                ),
            ],
            "FLOW-DENIED",
        ),
        // What is conditional makes alternatives count for nothing, even when it does not apply.
        (
            vec![
                flow("mine", &[FORM, "?>second"]),
                second("second", &["+conditional-user-configured", "organization"]),
            ],
            "FLOW-NOTHING-SUCCEEDED",
        ),
        // A condition that is not served is never guessed.
        (
            vec![
                flow("mine", &["+auth-username-password-form", "?>second"]),
                second(
                    "second",
                    &["+conditional-made-up", "+allow-access-authenticator"],
                ),
            ],
            "FLOW-STEP-NOT-SERVED",
        ),
    ] {
        let world = with_flows(&flows).await;
        assert_eq!(outcome(&world).await, expected, "{flows:?}");
    }
}

#[tokio::test]
async fn a_step_that_is_not_served_and_matters_refuses_the_sign_in() {
    for (steps, expected) in [
        (
            vec!["+auth-username-password-form", "+made-up"],
            "FLOW-STEP-NOT-SERVED",
        ),
        (vec!["made-up", FORM], "alice"),
        (vec!["auth-spnego", FORM], "alice"),
        (
            vec!["identity-provider-redirector", "organization", FORM],
            "alice",
        ),
        (vec!["made-up", "auth-cookie"], "FLOW-STEP-NOT-SERVED"),
        (
            vec!["+auth-username-password-form", "+auth-otp-form"],
            "FLOW-CREDENTIAL-MISSING",
        ),
        (vec!["+auth-otp-form"], "FLOW-USER-UNKNOWN"),
    ] {
        let world = with_flows(&[flow("mine", &steps)]).await;
        assert_eq!(outcome(&world).await, expected, "{steps:?}");
    }
}

#[tokio::test]
async fn who_has_a_second_factor_is_not_let_in_without_it() {
    let world = world(json!({"browserFlow": "browser"})).await;
    let mut browser = Browser::default();
    browser.sign_in(&world, "alice").await;

    world.give_credential("alice", "otp").await;
    let mut browser = Browser::default();
    let page = shown(browser.begin(&world).await);
    let form = [("username", "alice"), ("password", "pw")];
    let refused = browser.send(&world, &page, &form).await;
    assert_eq!(brief(&refused), "error 400");
    assert!(!browser.jar.contains_key("KEYCLOAK_IDENTITY"));
    let event = world.only_event().await;
    assert_eq!(
        (event.1.as_str(), event.2.as_str()),
        ("invalid_config", "FLOW-STEP-NOT-SERVED")
    );
}

#[tokio::test]
async fn a_client_may_have_a_flow_of_its_own() {
    let mut own = flow("own", &["+deny-access-authenticator"]);
    own["id"] = "own-id".into();
    for (id, expected) in [
        ("own-id", "FLOW-DENIED"),
        ("nothing", "FLOW-BROKEN"),
        ("", "alice"),
    ] {
        let world = world(json!({
            "authenticationFlows": [own],
            "clients": [{"clientId": "app", "publicClient": true, "authenticationFlowBindingOverrides": {"browser": id}}],
            "users": [person("alice")],
        }))
        .await;
        assert_eq!(outcome(&world).await, expected, "{id}");
    }
}

#[tokio::test]
async fn what_is_due_first_refuses_the_sign_in() {
    for (members, expected) in [
        (
            json!({"requiredActions": ["VERIFY_EMAIL"]}),
            "FLOW-ACTION-NOT-SERVED",
        ),
        // Not enabled in the realm, so the browser is not held up.
        (
            json!({"requiredActions": ["TERMS_AND_CONDITIONS"]}),
            "alice",
        ),
    ] {
        let mut alice = person("alice");
        for (name, value) in members.as_object().unwrap() {
            alice[name] = value.clone();
        }
        let world = world(json!({"users": [alice]})).await;
        assert_eq!(outcome(&world).await, expected, "{members}");
        if expected != "alice" {
            let event = world.only_event().await;
            assert_eq!(
                (event.1.as_str(), event.2.as_str()),
                ("resolve_required_actions", expected)
            );
        }
    }
    for (settings, expected) in [
        (json!({"verifyEmail": true}), "FLOW-ACTION-NOT-SERVED"),
        (
            json!({"passwordPolicy": "length(1) and forceExpiredPasswordChange(30)"}),
            "alice",
        ),
    ] {
        let world = world(settings.clone()).await;
        assert_eq!(outcome(&world).await, expected, "{settings}");
    }
    let world = world(json!({"passwordPolicy": "forceExpiredPasswordChange(30)"})).await;
    world.clock.advance(31 * 86_400);
    assert_eq!(outcome(&world).await, "login-update-password 200");
}
