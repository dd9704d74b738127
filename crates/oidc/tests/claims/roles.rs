//! Which roles stand in tokens, and under what names.

use crate::documents::{access, alice, flagged, id};
use crate::world::{World, mapper};
use realm::{Document, Kind};
use serde_json::{Value, json};

#[test]
fn role_claims() {
    let realm_roles = |config: Value| mapper("oidc-usermodel-realm-role-mapper", &config);
    let client_roles = |config: Value| mapper("oidc-usermodel-client-role-mapper", &config);
    let multi = |claim: &str| json!({"claim.name": claim, "multivalued": "true"});
    let mut prefixed = multi("prefixed");
    prefixed["usermodel.realmRoleMapping.rolePrefix"] = json!("ROLE_");
    let mut of_api = multi("of_api");
    of_api["usermodel.clientRoleMapping.clientId"] = json!("api");
    of_api["usermodel.clientRoleMapping.rolePrefix"] = json!("A-");
    let mut of_nobody = multi("of_nobody");
    of_nobody["usermodel.clientRoleMapping.clientId"] = json!("nobody");
    let world = World::with_mappers(
        "web",
        &[
            realm_roles(multi("all")),
            realm_roles(json!({"claim.name": "one"})),
            realm_roles(prefixed),
            client_roles(of_api),
            client_roles(of_nobody),
            client_roles(multi("each.${client_id}.x")),
            client_roles(multi("together")),
            realm_roles(multi("together")),
        ],
    );
    let asked = alice(&world);
    let (token, id) = (access(&world, &asked), id(&world, &asked));
    let realm = [
        "default-roles-golden",
        "manager",
        "offline_access",
        "uma_authorization",
    ];
    let account = ["manage-account", "manage-account-links", "view-profile"];
    assert_eq!(token["all"], json!(realm));
    assert_eq!(token["one"], realm[0]);
    assert_eq!(
        token["prefixed"],
        json!(realm.map(|name| format!("ROLE_{name}")))
    );
    assert_eq!(token["of_api"], json!(["A-call"]));
    assert!(token.get("of_nobody").is_none());
    let each = json!({"account": {"x": account}, "api": {"x": ["call"]}, "web": {"x": ["editor"]}});
    assert_eq!(token["each"], each);
    assert_eq!(id["each"], each);
    assert_eq!(token["together"].as_array().unwrap().len(), 9);
    assert!(id.get("realm_access").is_none() && id.get("resource_access").is_none());
}

#[test]
fn roles_that_are_added_and_renamed() {
    let hard = |role: &str| mapper("oidc-hardcoded-role-mapper", &json!({"role": role}));
    let named = |old: &str, new: &str| {
        mapper(
            "oidc-role-name-mapper",
            &json!({"role": old, "new.role.name": new}),
        )
    };
    let world = World::with_mappers(
        "web",
        &[
            hard("added"),
            hard("dot.client.added"),
            named("added", "renamed too early"),
            named("manager", "boss"),
            named("web.editor", "editor"),
            named("api.call", "web.moved"),
            named("uma_authorization", "newclient.uma"),
            named("nobody has it", "never"),
        ],
    );
    let token = access(&world, &alice(&world));
    assert_eq!(
        token["realm_access"]["roles"],
        json!([
            "added",
            "boss",
            "default-roles-golden",
            "editor",
            "offline_access"
        ])
    );
    let clients = &token["resource_access"];
    assert_eq!(clients["web"]["roles"], json!(["moved"]));
    assert_eq!(clients["newclient"]["roles"], json!(["uma"]));
    assert_eq!(clients["dot.client"]["roles"], json!(["added"]));
    assert!(clients.get("api").is_none());
    assert_eq!(token["aud"], json!(["account", "dot.client", "newclient"]));
}

#[test]
fn a_narrow_client_sees_its_own_roles_and_mapped_ones() {
    let change = |realm: &mut Value| {
        realm["roles"]["realm"] = json!([
            {"name": "manager"}, {"name": "mapped", "composites": {"client": {"api": ["call"]}}}, {"name": "of-scope"}, {"name": "lacking"},
        ]);
        realm["roles"]["client"]["narrow"] =
            json!([{"name": "own", "composites": {"realm": ["manager"]}}, {"name": "not-held"}]);
        realm["scopeMappings"] = json!([{"client": "narrow", "roles": ["mapped"]}]);
        realm["users"][0]["realmRoles"] =
            json!(["manager", "mapped", "of-scope", "default-roles-golden"]);
        realm["users"][0]["clientRoles"] = json!({"narrow": ["own"], "web": ["editor"]});
    };
    let world = World::with_documents(change, |documents| {
        for (name, role) in [("held", "of-scope"), ("unheld", "lacking")] {
            let mut scope = json!({"id": name, "name": name, "protocol": "openid-connect"});
            scope["protocolMappers"] =
                json!([flagged(name, &json!({"access.token.claim": "true"}))]);
            let of_role = |document: &&Document| document.body["name"] == role;
            let role = documents.iter().find(of_role).unwrap();
            scope["_scopeMappings"] = json!([role.id]);
            documents.push(Document::of(Kind::ClientScope, name, &scope).unwrap());
        }
        for document in documents {
            if document.body["clientId"] == "narrow" {
                let scopes = document.body["defaultClientScopes"].as_array_mut().unwrap();
                scopes.extend([json!("held"), json!("unheld")]);
            }
        }
    });
    let token = access(&world, &world.password("narrow", "alice", None));
    assert_eq!(
        token["realm_access"]["roles"],
        json!(["manager", "mapped", "of-scope"])
    );
    assert_eq!(
        token["resource_access"],
        json!({"api": {"roles": ["call"]}, "narrow": {"roles": ["own"]}})
    );
    // A scope that stands for roles is for those who have one of them.
    assert_eq!(token["held"], "v");
    assert!(token.get("unheld").is_none());
    assert_eq!(token["scope"], "email profile held");
}
