//! Levels of authentication: the first sign-in reaches what is asked for, and later ones do only what is missing.

use crate::browser::{Ask, Browser, brief, shown, signed_in};
use crate::world::{World, flow, world};
use authn::level::{Demand, RequestedLevel};
use serde_json::json;

/// Level 1 by password, level 2 by the password once more, for 60 seconds; level 3 never.
async fn levels() -> World {
    let condition = |level: &str| format!("+conditional-level-of-authentication=l{level}");
    world(json!({
        "authenticationFlows": [
            flow("mine", &["auth-cookie", ">forms"]),
            flow("forms", &["?>one", "?>two"]),
            flow("one", &[&condition("1"), "+auth-username-password-form"]),
            flow("two", &[&condition("2"), "+auth-username-password-form"]),
        ],
        "authenticatorConfig": [
            {"alias": "l1", "config": {"loa-condition-level": "1", "loa-max-age": "300"}},
            {"alias": "l2", "config": {"loa-condition-level": "2", "loa-max-age": "60"}},
        ],
        "browserFlow": "mine",
    }))
    .await
}

fn asking(level: i64, demand: Demand) -> Ask {
    Ask {
        level: Some(RequestedLevel { level, demand }),
        ..Ask::default()
    }
}

const WISHED: Demand = Demand::Wished;

#[tokio::test]
async fn what_is_asked_for_is_reached_step_by_step() {
    let world = levels().await;
    let mut browser = Browser::default();
    let page = shown(browser.ask(&world, asking(2, WISHED)).await);
    let form = [("username", "alice"), ("password", "pw")];
    let page = shown(browser.send(&world, &page, &form).await);
    let done = signed_in(browser.send(&world, &page, &form).await);
    assert_eq!((done.level, done.fresh), (Some(2), true));
}

#[tokio::test]
async fn somebody_signed_in_does_only_what_is_missing() {
    let world = levels().await;
    let mut browser = Browser::default();
    let done = browser.sign_in(&world, "alice").await;
    assert_eq!(done.level, Some(1));
    // As sure as before is enough.
    for asked in [None, Some(1)] {
        let ask = Ask {
            level: asked.map(|level| RequestedLevel {
                level,
                demand: WISHED,
            }),
            ..Ask::default()
        };
        let done = signed_in(browser.ask(&world, ask).await);
        assert_eq!((done.level, done.fresh), (Some(1), false), "{asked:?}");
    }
    // The second level alone is missing: one page, without a name.
    let page = shown(browser.ask(&world, asking(2, WISHED)).await);
    let done = signed_in(browser.send(&world, &page, &[("password", "pw")]).await);
    assert_eq!(
        (done.level, done.fresh, done.is_new),
        (Some(2), true, false)
    );
    browser.keep(&world, &done).await;
    world.clock.advance(60);
    let done = signed_in(browser.ask(&world, asking(2, WISHED)).await);
    assert_eq!((done.level, done.fresh), (Some(2), false));
    // It counts for so long only; the first counts longer.
    world.clock.advance(1);
    let done = signed_in(browser.ask(&world, asking(1, WISHED)).await);
    assert_eq!((done.level, done.fresh), (Some(1), false));
    let page = shown(browser.ask(&world, asking(2, WISHED)).await);
    let done = signed_in(browser.send(&world, &page, &[("password", "pw")]).await);
    assert_eq!(done.level, Some(2));
    // Both ran out: both are asked for again.
    browser.keep(&world, &done).await;
    world.clock.advance(301);
    let page = shown(browser.ask(&world, asking(2, WISHED)).await);
    let page = shown(browser.send(&world, &page, &[("password", "pw")]).await);
    let done = signed_in(browser.send(&world, &page, &[("password", "pw")]).await);
    assert_eq!(done.level, Some(2));
}

#[tokio::test]
async fn a_flow_that_falls_short_is_enough_for_a_wish_only() {
    for (demand, end) in [(WISHED, "alice"), (Demand::Essential, "error 400")] {
        let world = levels().await;
        let mut browser = Browser::default();
        let page = shown(browser.ask(&world, asking(3, demand)).await);
        let form = [("username", "alice"), ("password", "pw")];
        let page = shown(browser.send(&world, &page, &form).await);
        let progress = browser.send(&world, &page, &form).await;
        assert_eq!(brief(&progress), end);
    }
}

#[tokio::test]
async fn a_flow_without_levels_reaches_none() {
    let world = world(json!({})).await;
    let done = Browser::default().sign_in(&world, "alice").await;
    assert_eq!(done.level, None);
}
