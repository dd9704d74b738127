//! The golden records, case by case.

use crate::record::{cases, opened, same, shown};
use crate::world::{Asked, ISSUER, NOW, World, client_in, mapper};
use authn::bearer::SessionKind;
use oidc::scopes::GrantedScopes;
use oidc::tokens::{self, GrantKind, Refresh};
use serde_json::{Value, json};

/// Clients live as long as the tests.
const CLIENTS: [&str; 12] = [
    "web",
    "api",
    "app",
    "spa",
    "svc",
    "svc-refresh",
    "light",
    "atjwt",
    "signed",
    "narrow",
    "quiet",
    "admin-cli",
];

fn client(name: &str) -> &'static str {
    CLIENTS.into_iter().find(|client| *client == name).unwrap()
}

fn is_granted(case: &Value) -> bool {
    case["body"]["access_token"].is_object()
}

fn name(case: &Value) -> &str {
    case["case"].as_str().unwrap()
}

fn mint(world: &World, asked: &Asked) -> Value {
    let response = tokens::mint(&world.subject(asked), Refresh::Issue).unwrap();
    shown(world, &response)
}

#[test]
fn client_credentials() {
    let world = World::golden();
    for case in cases("tokens-client-credentials.json") {
        let azp = case["body"]["access_token"]["<jwt>"]["claims"]["azp"].as_str();
        let asked = world.service(client(azp.unwrap()), case["request"]["scope"].as_str());
        same(name(&case), &case["body"], &mint(world, &asked));
    }
}

#[test]
fn codes() {
    let world = World::golden();
    for case in cases("tokens-code.json") {
        let (request, body) = (&case["request"], &case["body"]);
        let azp = body["access_token"]["<jwt>"]["claims"]["azp"].as_str();
        // The recorder asks for openid unless the request says what it asks for instead.
        let plain = ["confidential, no scope parameter"].contains(&name(&case));
        let scope = request["scope"].as_str().or((!plain).then_some("openid"));
        let user = request["user"].as_str().unwrap_or("alice");
        let mut asked = world.code(client(azp.unwrap()), user, scope);
        asked.nonce = request["nonce"].as_str().map(str::to_owned);
        if name(&case).contains("SSO") {
            asked.acr = "0".to_owned();
        }
        same(name(&case), body, &mint(world, &asked));
    }
}

#[test]
fn passwords() {
    let world = World::golden();
    for case in cases("tokens-password.json") {
        let azp = case["body"]["access_token"]["<jwt>"]["claims"]["azp"].as_str();
        let scope = case["request"]["scope"].as_str();
        let asked = world.password(client(azp.unwrap()), "alice", scope);
        same(name(&case), &case["body"], &mint(world, &asked));
    }
}

#[test]
fn settings_of_clients() {
    let world = World::golden();
    for case in cases("tokens-client-settings.json") {
        let request = &case["request"];
        let id = client(request["client_id"].as_str().unwrap());
        let asked = match request["grant_type"].as_str() {
            Some(_) => world.password(id, "alice", request["scope"].as_str()),
            None => world.code(id, "alice", Some("openid")),
        };
        let mut body = case["body"].clone();
        if id == "signed" {
            // The recorded server made the keys in between, which took it a second.
            body["expires_in"] = json!(300);
            body["refresh_expires_in"] = json!(1800);
        }
        same(name(&case), &body, &mint(world, &asked));
    }
}

#[test]
fn scopes() {
    let world = World::golden();
    let all = cases("tokens-scopes.json");
    let plain = &all[0]["body"];
    // There are no organizations here; other tests say what happens instead.
    let served = |case: &&Value| !name(case).contains("organization");
    for case in all.iter().filter(served) {
        let scope = case["request"]["scope"].as_str();
        let resolved = GrantedScopes::resolve(&world.realm, world.client("web"), scope);
        if !is_granted(case) {
            let refused = resolved.unwrap_err().to_string();
            let mut words: Vec<&str> = refused
                .strip_prefix("Invalid scopes: ")
                .unwrap()
                .split(' ')
                .collect();
            words.sort_unstable();
            let told = format!("Invalid scopes: {}", words.join(" "));
            assert_eq!(case["body"]["error_description"], told, "{}", name(case));
            continue;
        }
        let mut asked = world.password("web", "alice", scope);
        if asked.scopes.asks_for_offline() {
            asked.kind = SessionKind::Offline;
        }
        same(
            name(case),
            &completed(&case["body"], plain),
            &mint(world, &asked),
        );
        if case["userinfo"]["status"] == 200 {
            let answer = Value::Object(tokens::userinfo_claims(&world.subject(&asked)));
            same(name(case), &case["userinfo"]["body"], &answer);
        }
    }
}

/// A body whose tokens are told by what differs from those of another.
fn completed(body: &Value, plain: &Value) -> Value {
    let mut whole = body.clone();
    for (name, value) in whole.as_object_mut().unwrap() {
        let Some(more) = value.get("claims+").and_then(Value::as_object).cloned() else {
            continue;
        };
        let less = value["claims-"].as_array().unwrap().clone();
        *value = plain[name].clone();
        let claims = value["<jwt>"]["claims"].as_object_mut().unwrap();
        claims.retain(|name, _| !less.contains(&json!(name)));
        claims.extend(more);
    }
    whole
}

#[test]
fn refreshes() {
    let golden = World::golden();
    let rotating = World::with(|realm| realm["revokeRefreshToken"] = json!(true));
    let short = World::with(|realm| {
        realm["ssoSessionIdleTimeout"] = json!(1);
        realm["accessTokenLifespan"] = json!(2);
    });
    let mut seen = 0;
    for case in cases("refresh.json") {
        let name = name(&case);
        if !is_granted(&case) {
            continue;
        }
        seen += 1;
        let world = match name {
            name if name.contains("rotation:") || name.contains("max reuse") => &rotating,
            name if name.contains("ssoSessionIdleTimeout=1") => &short,
            _ => golden,
        };
        let body = &case["body"];
        let claims = &body["access_token"]["<jwt>"]["claims"];
        let mut asked = world.code(
            "web",
            claims["preferred_username"].as_str().unwrap(),
            Some(match name.contains("offline") {
                true => "openid offline_access",
                false => "openid",
            }),
        );
        if asked.scopes.asks_for_offline() {
            asked.kind = SessionKind::Offline;
        }
        if body["not-before-policy"].is_string() {
            asked.user.not_before = NOW.seconds() - 5;
        }
        let first = tokens::mint(&world.subject(&asked), Refresh::Issue).unwrap();
        if claims["jti"].as_str().unwrap()[2..].starts_with("rtac:") {
            same(name, body, &shown(world, &first));
            continue;
        }
        let old =
            tokens::read_refresh(&world.realm, &first.refresh_token.unwrap(), NOW, ISSUER).unwrap();
        let before = GrantedScopes::recall(&world.realm, world.client("web"), &old.scope);
        let wanted = case["request"]["scope"].as_str();
        asked.scopes = before
            .narrow(&world.realm, world.client("web"), wanted)
            .unwrap();
        asked.grant = GrantKind::RefreshToken;
        let second = tokens::mint(&world.subject(&asked), Refresh::Renew(&old)).unwrap();
        same(name, body, &shown(world, &second));
        let new = second.refresh.unwrap();
        assert_eq!(
            (&new.reuse_id, &new.scope),
            (&old.reuse_id, &old.scope),
            "{name}"
        );
        assert_ne!(new.jti, old.jti);
    }
    assert_eq!(seen, 14);
}

#[test]
fn userinfo() {
    let world = World::golden();
    for case in cases("userinfo.json") {
        let body = &case["body"];
        if let Some(token) = body.get("<jwt>") {
            let asked = world.code("signed", "alice", Some("openid"));
            let answer = tokens::userinfo_token(&world.subject(&asked))
                .unwrap()
                .unwrap();
            let (header, claims) = opened(world, &answer);
            same(
                name(&case),
                token,
                &json!({"header": header, "claims": claims}),
            );
        } else if body["sub"].is_string() {
            let asked = match body["preferred_username"].as_str().unwrap() {
                // What a session noted is gone when it was never kept.
                "service-account-svc" => Asked {
                    notes: Default::default(),
                    ..world.service("svc", Some("openid"))
                },
                user => world.code("web", user, Some("openid")),
            };
            assert!(
                tokens::userinfo_token(&world.subject(&asked))
                    .unwrap()
                    .is_none()
            );
            same(
                name(&case),
                body,
                &Value::Object(tokens::userinfo_claims(&world.subject(&asked))),
            );
        }
    }
}

#[test]
fn introspection() {
    let audience = |realm: &mut Value, id: &str| {
        let to_intro = mapper(
            "oidc-audience-mapper",
            &json!({"included.client.audience": "intro"}),
        );
        let own = &mut client_in(realm, id)["protocolMappers"];
        match own.as_array_mut() {
            Some(mappers) => mappers.push(to_intro),
            None => *own = json!([to_intro]),
        }
    };
    let world = World::with(|realm| {
        ["web", "light", "svc"]
            .into_iter()
            .for_each(|id| audience(realm, id))
    });
    let mut seen = 0;
    for case in cases("introspection.json") {
        let mut body = case["body"].clone();
        if body["active"] != true {
            continue;
        }
        seen += 1;
        let asked = match body["azp"].as_str().unwrap() {
            "svc" => world.service("svc", None),
            id => world.password(client(id), "alice", Some("openid")),
        };
        let minted = tokens::mint(&world.subject(&asked), Refresh::None).unwrap();
        let token = tokens::read_access(&world.realm, &minted.access_token, NOW, ISSUER).unwrap();
        // What a session noted is gone when it was never kept.
        let later = Asked {
            notes: Default::default(),
            ..asked
        };
        let subject = world.subject(&later);
        let answer = Value::Object(tokens::introspection_claims(&subject, &token));
        if let Some(jwt) = body.as_object_mut().unwrap().shift_remove("jwt") {
            // The one that asked has no settings that would count here; any such client does.
            let asking = world.client("svc");
            let whole = tokens::introspection_token(&subject, &token, asking).unwrap();
            same(
                name(&case),
                &jwt["<jwt>"]["claims"],
                &opened(&world, &whole).1,
            );
        }
        same(name(&case), &body, &answer);
    }
    assert_eq!(seen, 5);
}
