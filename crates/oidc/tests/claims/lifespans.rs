//! When tokens expire: the spans that a Keycloak 26.7.4 gave for the same settings.

use crate::record::opened;
use crate::world::{Asked, NOW, World, client_in};
use authn::bearer::SessionKind;
use oidc::tokens::{self, Refresh};
use serde_json::{Value, json};

/// Spans of access and refresh token, and how they are told.
fn spans(world: &World, asked: &Asked) -> (i64, i64) {
    let response = tokens::mint(&world.subject(asked), Refresh::Issue).unwrap();
    let span = |token: &str| {
        let (_, claims) = opened(world, token);
        claims["exp"].as_i64().unwrap() - asked.now.seconds()
    };
    let spans = (
        span(&response.access_token),
        span(response.refresh_token.as_ref().unwrap()),
    );
    assert_eq!(spans, (response.expires_in, response.refresh_expires_in));
    assert_eq!(span(response.id_token.as_ref().unwrap()), spans.0);
    spans
}

fn world(realm: &Value, client: &Value) -> World {
    World::with(|file| {
        for (name, value) in realm.as_object().unwrap() {
            file[name] = value.clone();
        }
        client_in(file, "web")["attributes"] = client.clone();
    })
}

#[test]
fn spans_of_realm_and_client() {
    let rows = [
        (json!({}), json!({}), (300, 1800)),
        (
            json!({}),
            json!({"access.token.lifespan": "10"}),
            (10, 1800),
        ),
        (
            json!({}),
            json!({"access.token.lifespan": "-1"}),
            (36000, 1800),
        ),
        (json!({}), json!({"access.token.lifespan": "0"}), (0, 1800)),
        (
            json!({}),
            json!({"access.token.lifespan": "soon"}),
            (300, 1800),
        ),
        (json!({"accessTokenLifespan": -1}), json!({}), (36000, 1800)),
        (json!({"ssoSessionMaxLifespan": 100}), json!({}), (100, 100)),
        (
            json!({"ssoSessionMaxLifespan": 2000, "ssoSessionIdleTimeout": 3000}),
            json!({}),
            (300, 2000),
        ),
        (
            json!({"ssoSessionMaxLifespan": 100}),
            json!({"access.token.lifespan": "-1"}),
            (100, 100),
        ),
        (
            json!({"clientSessionIdleTimeout": 500, "clientSessionMaxLifespan": 700}),
            json!({}),
            (300, 500),
        ),
        (
            json!({"clientSessionIdleTimeout": 500, "clientSessionMaxLifespan": 200}),
            json!({}),
            (200, 200),
        ),
        (
            json!({}),
            json!({"client.session.max.lifespan": "150", "client.session.idle.timeout": "60"}),
            (150, 60),
        ),
        (
            json!({"clientSessionIdleTimeout": 500, "clientSessionMaxLifespan": 700}),
            json!({"client.session.max.lifespan": "900", "client.session.idle.timeout": "800"}),
            (300, 800),
        ),
        (
            json!({}),
            json!({"client.session.max.lifespan": "-1", "client.session.idle.timeout": "-1"}),
            (300, 1800),
        ),
    ];
    for (realm, client, expected) in rows {
        let world = world(&realm, &client);
        let asked = world.code("web", "alice", Some("openid"));
        assert_eq!(spans(&world, &asked), expected, "{realm} {client}");
    }
}

#[test]
fn nothing_outlives_its_session() {
    let world = world(&json!({"ssoSessionMaxLifespan": 1000}), &json!({}));
    let mut asked = world.code("web", "alice", Some("openid"));
    asked.now = NOW.plus_seconds(900);
    assert_eq!(spans(&world, &asked), (100, 100));
    // Without a session there is none to outlive but the one that a service account would have.
    let world = self::world(&json!({"ssoSessionMaxLifespan": 100}), &json!({}));
    let asked = world.service("svc", None);
    let response = tokens::mint(&world.subject(&asked), Refresh::Issue).unwrap();
    assert_eq!((response.expires_in, response.refresh_expires_in), (100, 0));
    assert_eq!(
        (&response.refresh_token, &response.session_state),
        (&None, &None)
    );
}

#[test]
fn sessions_that_are_remembered() {
    let rows = [
        (
            json!({"ssoSessionIdleTimeoutRememberMe": 600, "ssoSessionMaxLifespanRememberMe": 700}),
            (700, 1800),
        ),
        (
            json!({"ssoSessionIdleTimeoutRememberMe": 7200, "ssoSessionMaxLifespanRememberMe": 80000}),
            (80000, 7200),
        ),
        (json!({}), (36000, 1800)),
    ];
    for (realm, expected) in rows {
        let world = world(&realm, &json!({"access.token.lifespan": "-1"}));
        let mut asked = world.code("web", "alice", Some("openid"));
        assert_eq!(spans(&world, &asked), (36000, 1800), "{realm}");
        asked.held.as_mut().unwrap().0.remember_me = true;
        assert_eq!(spans(&world, &asked), expected, "{realm}");
    }
}

#[test]
fn spans_of_offline_sessions() {
    let on = json!({"offlineSessionMaxLifespanEnabled": true, "offlineSessionMaxLifespan": 5000, "offlineSessionIdleTimeout": 2000});
    let and = |more: Value| {
        let mut whole = on.clone();
        for (name, value) in more.as_object().unwrap() {
            whole[name] = value.clone();
        }
        whole
    };
    let of_client = json!({"offlineSessionIdleTimeout": 8000, "clientOfflineSessionIdleTimeout": 70, "clientOfflineSessionMaxLifespan": 60});
    let long = json!({"accessTokenLifespan": 100_000});
    let idle = json!({"client.offline.session.idle.timeout": "100"});
    let rows = [
        (json!({}), json!({}), (300, None)),
        (json!({}), idle.clone(), (300, None)),
        (on.clone(), json!({}), (300, Some(2000))),
        (on.clone(), idle, (300, Some(100))),
        (and(of_client), json!({}), (60, Some(60))),
        (long.clone(), json!({}), (100_000, None)),
        (and(long), json!({}), (5000, Some(2000))),
        (json!({"accessTokenLifespan": -1}), json!({}), (36000, None)),
    ];
    for (realm, client, expected) in rows {
        let world = world(&realm, &client);
        let mut asked = world.code("web", "alice", Some("openid offline_access"));
        asked.kind = SessionKind::Offline;
        let response = tokens::mint(&world.subject(&asked), Refresh::Issue).unwrap();
        let refresh = response.refresh.unwrap();
        assert_eq!(refresh.typ, "Offline");
        let span = refresh.exp.map(|exp| exp - asked.now.seconds());
        assert_eq!((response.expires_in, span), expected, "{realm} {client}");
        assert_eq!(response.refresh_expires_in, span.unwrap_or(0));
        // However old the session is, its tokens are not born dead.
        asked.now = NOW.plus_seconds(40_000);
        let later = tokens::mint(&world.subject(&asked), Refresh::Issue).unwrap();
        let has_greatest_age = realm["offlineSessionMaxLifespanEnabled"] == true;
        assert_eq!(later.expires_in > 0, !has_greatest_age, "{realm} {client}");
    }
}
