//! Protocol mappers, each as a Keycloak 26.7.4 did with the same settings.

use crate::documents::{access, alice, flagged, id, introspection, userinfo};
use crate::record::opened;
use crate::world::{World, client_in, mapper};
use oidc::tokens::{self, Refresh};
use serde_json::{Value, json};

fn attribute(name: &str, claim: &str, more: &Value) -> Value {
    let mut config = json!({"user.attribute": name, "claim.name": claim});
    for (name, value) in more.as_object().unwrap() {
        config[name] = value.clone();
    }
    mapper("oidc-usermodel-attribute-mapper", &config)
}

#[test]
fn each_document_gets_what_is_flagged_for_it() {
    let mappers = [
        flagged("none", &json!({})),
        flagged("access", &json!({"access.token.claim": "true"})),
        flagged("id", &json!({"id.token.claim": "true"})),
        flagged("userinfo", &json!({"userinfo.token.claim": "true"})),
        flagged(
            "introspection",
            &json!({"introspection.token.claim": "true"}),
        ),
        flagged("light", &json!({"lightweight.claim": "true"})),
        flagged(
            "not_userinfo",
            &json!({"id.token.claim": "true", "userinfo.token.claim": "false"}),
        ),
        flagged(
            "not_introspection",
            &json!({"access.token.claim": "true", "introspection.token.claim": "false"}),
        ),
        flagged("upper", &json!({"access.token.claim": "TRUE"})),
        flagged("response", &json!({"access.tokenResponse.claim": "true"})),
        flagged("token_type", &json!({"access.tokenResponse.claim": "true"})),
    ];
    let names: Vec<&str> = mappers
        .iter()
        .map(|mapper| mapper["name"].as_str().unwrap())
        .collect();
    let of = |document: &Value| -> Vec<&str> {
        let has = |name: &&&str| document[**name] == "v";
        names.iter().filter(has).copied().collect()
    };
    let world = World::with_mappers("web", &mappers);
    let asked = alice(&world);
    assert_eq!(of(&access(&world, &asked)), ["access", "not_introspection"]);
    assert_eq!(of(&id(&world, &asked)), ["id", "not_userinfo"]);
    // What says nothing of userinfo follows the ID token; what says nothing of introspection, the access token.
    assert_eq!(of(&userinfo(&world, &asked)), ["id", "userinfo"]);
    assert_eq!(
        of(&introspection(&world, &asked)),
        ["access", "introspection"]
    );
    let response = tokens::mint(&world.subject(&asked), Refresh::Issue).unwrap();
    let response = serde_json::to_value(&response).unwrap();
    assert_eq!(of(&response), ["response"]);
    assert_eq!(response["token_type"], "Bearer");

    let world = World::with(|realm| {
        let web = client_in(realm, "web");
        web["protocolMappers"] = json!(mappers);
        web["attributes"] = json!({"client.use.lightweight.access.token.enabled": "true"});
    });
    let asked = alice(&world);
    let token = access(&world, &asked);
    assert_eq!(of(&token), ["light"]);
    assert!(token["jti"].as_str().unwrap().starts_with("onltro:"));
    assert_eq!(
        of(&introspection(&world, &asked)),
        ["access", "introspection"]
    );
}

#[test]
fn attributes_of_people_and_their_groups() {
    let world = World::with(|realm| {
        realm["users"][0]["attributes"] = json!({"own": ["b", "a", "b"], "num": ["42"]});
        realm["users"][0]["groups"] = json!(["/staff/dev", "/other"]);
        realm["groups"] = json!([
            {"name": "staff", "attributes": {"num": ["100"], "group": ["from-staff"]},
             "subGroups": [{"name": "dev", "attributes": {"group": ["from-dev"]}}]},
            {"name": "other", "attributes": {"group": ["from-other"]}},
        ]);
        let multi = json!({"multivalued": "true"});
        let all = json!({"multivalued": "true", "aggregate.attrs": "true"});
        client_in(realm, "web")["protocolMappers"] = json!([
            attribute("own", "one", &json!({})),
            attribute("own", "all", &multi),
            attribute("num", "num", &json!({"jsonType.label": "long"})),
            attribute("num", "nums", &all),
            attribute("group", "nearest", &multi),
            attribute("group", "everywhere", &all),
            attribute("group", "first", &json!({"aggregate.attrs": "true"})),
            attribute("nothing", "nothing", &multi),
            attribute("lastName", "built.in", &json!({})),
            attribute("emailVerified", "no_attribute", &json!({})),
        ]);
    });
    let token = access(&world, &alice(&world));
    let expected = json!({
        "one": "b", "all": ["b", "a", "b"], "num": 42, "nums": ["42", "100"], "nearest": ["from-dev"],
        "everywhere": ["from-dev", "from-staff", "from-other"], "first": "from-dev", "built": {"in": "Archer"},
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&token[name], value, "{name}");
    }
    assert!(token.get("nothing").is_none() && token.get("no_attribute").is_none());
}

#[test]
fn properties_of_people() {
    let property = |name: &str, claim: &str, label: &str| {
        let config = json!({"user.attribute": name, "claim.name": claim, "jsonType.label": label});
        mapper("oidc-usermodel-property-mapper", &config)
    };
    let world = World::with_mappers(
        "web",
        &[
            property("username", "u", "String"),
            property("FirstName", "f", "String"),
            property("emailVerified", "text", "String"),
            property("emailVerified", "truth", "boolean"),
            property("emailVerified", "json", "JSON"),
            property("emailVerified", "long", "long"),
            property("createdTimestamp", "created", "long"),
            property("enabled", "enabled", ""),
            property("nothing", "nothing", "String"),
        ],
    );
    let mut asked = alice(&world);
    asked.user.created_at = 1_700_000_000_123;
    let token = access(&world, &asked);
    assert_eq!(
        (&token["u"], &token["f"]),
        (&json!("alice"), &json!("Alice"))
    );
    assert_eq!(
        (&token["text"], &token["truth"]),
        (&json!("true"), &json!(true))
    );
    assert_eq!(
        (&token["json"], &token["enabled"]),
        (&json!(true), &json!("true"))
    );
    assert_eq!(token["created"], 1_700_000_000_123_i64);
    assert!(token.get("long").is_none() && token.get("nothing").is_none());
}

#[test]
fn audiences() {
    let to = |config: Value| mapper("oidc-audience-mapper", &config);
    let world = World::with_mappers(
        "web",
        &[
            to(json!({"included.client.audience": "api"})),
            to(json!({"included.custom.audience": "custom"})),
            to(json!({"included.client.audience": "first", "included.custom.audience": "second"})),
            to(json!({"included.client.audience": "web"})),
            to(json!({"included.custom.audience": "not-in-id", "id.token.claim": "false"})),
            to(json!({})),
            mapper(
                "oidc-hardcoded-claim-mapper",
                &json!({"claim.name": "aud", "claim.value": "claimed"}),
            ),
        ],
    );
    let asked = alice(&world);
    assert_eq!(
        access(&world, &asked)["aud"],
        json!([
            "api",
            "custom",
            "first",
            "web",
            "not-in-id",
            "claimed",
            "account"
        ])
    );
    // Whatever mappers add, an ID token is for the client.
    assert_eq!(
        id(&world, &asked)["aud"],
        json!(["web", "api", "custom", "first", "claimed"])
    );
}

#[test]
fn groups_sessions_and_nonces() {
    let note = |note: &str, claim: &str, label: &str| {
        let config =
            json!({"user.session.note": note, "claim.name": claim, "jsonType.label": label});
        mapper("oidc-usersessionmodel-note-mapper", &config)
    };
    let world = World::with_mappers(
        "web",
        &[
            mapper(
                "oidc-group-membership-mapper",
                &json!({"claim.name": "names"}),
            ),
            mapper(
                "oidc-group-membership-mapper",
                &json!({"claim.name": "paths", "full.path": "true"}),
            ),
            note("AUTH_TIME", "at", "String"),
            note("colour", "colour", "String"),
            note("nothing", "nothing", "String"),
            mapper("oidc-session-state-mapper", &json!({})),
            mapper("oidc-nonce-backwards-compatible-mapper", &json!({})),
            mapper("oidc-amr-mapper", &json!({})),
            mapper(
                "oidc-organization-membership-mapper",
                &json!({"claim.name": "organization"}),
            ),
        ],
    );
    let mut asked = world.code("web", "alice", Some("openid"));
    asked.nonce = Some("n-1".to_owned());
    let session = &mut asked.held.as_mut().unwrap().0;
    session.notes.insert("colour".to_owned(), "blue".to_owned());
    let token = access(&world, &asked);
    assert_eq!(
        (&token["names"], &token["paths"]),
        (&json!(["dev"]), &json!(["/staff/dev"]))
    );
    assert_eq!(
        (&token["at"], &token["colour"]),
        (&json!("1790000000"), &json!("blue"))
    );
    assert_eq!(token["auth_time"], 1_790_000_000);
    assert_eq!(
        (&token["session_state"], &token["nonce"]),
        (&token["sid"], &json!("n-1"))
    );
    assert_eq!(token["amr"], json!([]));
    assert!(token.get("nothing").is_none() && token.get("organization").is_none());
    assert_eq!(introspection(&world, &asked)["nonce"], "n-1");
    assert!(userinfo(&world, &asked).get("amr").is_none());
    // What stands in the access token, the refresh token hands on.
    let response = tokens::mint(&world.subject(&asked), Refresh::Issue).unwrap();
    assert_eq!(response.refresh.unwrap().nonce.as_deref(), Some("n-1"));
}

#[test]
fn pairwise_subjects_are_those_that_keycloak_made() {
    let pairwise = mapper(
        "oidc-sha256-pairwise-sub-mapper",
        &json!({"pairwiseSubAlgorithmSalt": "salt"}),
    );
    let world = World::with_mappers("web", &[pairwise]);
    let mut asked = alice(&world);
    asked.user.id = "a273696a-0a78-44cc-87a0-9ed6e29ffc23".into();
    let known = "20217de4-e5e7-3843-9054-61c2a303993e";
    for document in [access, id, userinfo, introspection] {
        assert_eq!(document(&world, &asked)["sub"], known);
    }
    let response = tokens::mint(&world.subject(&asked), Refresh::Issue).unwrap();
    assert_eq!(response.refresh.unwrap().sub.as_deref(), Some(known));
    let settings = json!({"pairwiseSubAlgorithmSalt": "salt", "sectorIdentifierUri": "https://elsewhere.example.com/s.json"});
    let world = World::with_mappers(
        "web",
        &[mapper("oidc-sha256-pairwise-sub-mapper", &settings)],
    );
    assert_ne!(access(&world, &asked)["sub"], known, "another sector");
}

#[test]
fn mappers_can_name_the_subject_but_not_the_session() {
    let hard = |claim: &str| {
        mapper(
            "oidc-hardcoded-claim-mapper",
            &json!({"claim.name": claim, "claim.value": "7", "lightweight.claim": "true"}),
        )
    };
    let names = [
        "sub",
        "exp",
        "iat",
        "jti",
        "iss",
        "typ",
        "azp",
        "sid",
        "acr",
        "scope",
        "nonce",
        "session_state",
    ];
    let world = World::with_mappers("web", &names.map(hard));
    let plain = World::golden();
    let asked = alice(&world);
    let (token, known) = (access(&world, &asked), access(plain, &alice(plain)));
    assert_eq!(
        (&token["sub"], &id(&world, &asked)["sub"]),
        (&json!("7"), &json!("7"))
    );
    for name in &names[1..] {
        assert_eq!(
            token.get(*name).is_some(),
            known.get(*name).is_some(),
            "{name}"
        );
        assert_ne!(token[*name], "7", "{name}");
    }
}

#[test]
fn mappers_of_unknown_types_and_other_protocols_are_left_out() {
    let unknown = mapper(
        "oidc-script-based-protocol-mapper",
        &json!({"claim.name": "x"}),
    );
    let mut saml = flagged("saml", &json!({"access.token.claim": "true"}));
    saml["protocol"] = json!("saml");
    let world = World::with_mappers(
        "web",
        &[
            unknown,
            saml,
            flagged("y", &json!({"access.token.claim": "true"})),
        ],
    );
    let token = access(&world, &alice(&world));
    assert_eq!(token["y"], "v");
    assert!(token.get("x").is_none() && token.get("saml").is_none());
}

#[test]
fn a_realm_made_again_is_another() {
    let mut world = World::with(|_| ());
    let asked = alice(&world);
    assert!(access(&world, &asked).get("new").is_none());
    let changed = World::with_mappers(
        "web",
        &[flagged("new", &json!({"access.token.claim": "true"}))],
    );
    let id = world.realm.id.clone();
    world.realm = changed.realm;
    world.realm.id = id;
    assert_eq!(access(&world, &asked)["new"], "v");
}

#[test]
fn tokens_of_service_accounts_always_have_a_subject() {
    let world = World::with(|realm| {
        let light = json!({"client.use.lightweight.access.token.enabled": "true"});
        client_in(realm, "svc")["attributes"] = light;
    });
    let asked = world.service("svc", None);
    let response = tokens::mint(&world.subject(&asked), Refresh::None).unwrap();
    let (_, claims) = opened(&world, &response.access_token);
    assert_eq!(claims["sub"], asked.user.id.as_str());
    assert!(claims["jti"].as_str().unwrap().starts_with("trltcc:"));
    assert!(claims.get("realm_access").is_none() && claims.get("client_id").is_none());
}
