//! Realm files: what is read, what is completed, what is refused and how that is told.
#![allow(clippy::unwrap_used, missing_docs)]

use realm::{ClientId, NewCredential, Realm, file};
use serde_json::{Value, json};

fn read(value: &Value) -> realm::Import {
    file::read("demo.json", value.to_string().as_bytes()).unwrap()
}

fn refused(value: &Value) -> String {
    file::read("demo.json", value.to_string().as_bytes())
        .unwrap_err()
        .to_string()
}

#[test]
fn a_small_file_becomes_a_whole_realm() {
    let import = read(&json!({
        "realm": "demo", "enabled": true,
        "roles": {"realm": [{"name": "user"}, {"name": "boss", "composites": {"realm": ["user"], "client": {"app": ["read"]}}}], "client": {"app": [{"name": "read"}]}},
        "groups": [{"name": "top", "realmRoles": ["boss"], "subGroups": [{"name": "below"}]}],
        "clients": [{"clientId": "app", "redirectUris": ["https://app.example.com/*"], "somethingNew": {"a": 1}}],
        "users": [
            {"username": "Alice", "email": "Alice@Example.com", "enabled": true, "groups": ["/top/below"], "credentials": [{"type": "password", "value": "secret"}]},
            {"username": "bob", "realmRoles": ["user"], "clientRoles": {"app": ["read"]},
             "credentials": [{"type": "password", "secretData": "{}", "credentialData": "{}"}, {"type": "password", "hashedSaltedValue": "aGFzaA==", "salt": "c2FsdA==", "hashIterations": 27500, "algorithm": "pbkdf2-sha256"}]},
        ],
    }));
    let realm = Realm::build(1, &import.documents).unwrap();
    let app = realm.client(&ClientId::new("app")).unwrap();
    assert_eq!(
        app.other["somethingNew"],
        json!({"a": 1}),
        "what is not understood is kept"
    );
    assert!(app.secret.as_ref().unwrap().len() >= 32 && app.full_scope_allowed);
    assert!(
        app.default_client_scopes.contains(&"profile".to_owned())
            && !app.default_client_scopes.contains(&"role_list".to_owned())
    );
    assert!(realm.client(&ClientId::new("account")).is_some() && realm.flow("browser").is_some());

    let alice = &import.users[0].user;
    assert_eq!(
        (alice.username.as_str(), alice.email.as_deref()),
        ("alice", Some("alice@example.com"))
    );
    assert!(matches!(
        &import.users[0].credentials[0],
        NewCredential::PlainPassword(_)
    ));
    assert!(!format!("{:?}", import.users[0]).contains("secret"));
    let roles = realm.effective_roles(&alice.roles, &alice.groups);
    for name in ["user", "boss", "offline_access", "default-roles-demo"] {
        assert!(
            roles.contains(&realm.realm_role(name).unwrap().id),
            "{name}"
        );
    }
    assert!(
        roles.contains(&realm.client_role(&app.id, "read").unwrap().id),
        "through a group above and a composite"
    );
    let bob = &import.users[1];
    assert_eq!(
        bob.user.roles.len(),
        2,
        "a file that states roles gives no default role"
    );
    match &bob.credentials[1] {
        NewCredential::Stored(credential) => assert!(credential.credential_data.contains("27500")),
        NewCredential::PlainPassword(_) => panic!("a hash is no password"),
    }
    assert_eq!(
        realm.group_path(realm.group(&alice.groups[0]).unwrap()),
        "/top/below"
    );
}

#[test]
fn what_a_file_gives_is_kept_and_not_doubled() {
    let import = read(&json!({
        "realm": "demo", "id": "the-id",
        "clients": [{"clientId": "account", "id": "c1", "enabled": false}],
        "roles": {"realm": [{"name": "offline_access", "id": "r1"}]},
        "authenticationFlows": [{"alias": "mine", "providerId": "basic-flow", "topLevel": true, "authenticationExecutions": [
            {"authenticator": "auth-cookie", "requirement": "ALTERNATIVE", "priority": 20},
            {"authenticator": "auth-x509-client-username-form", "authenticatorConfig": "x", "requirement": "REQUIRED", "priority": 10},
        ]}],
        "authenticatorConfig": [{"alias": "x", "config": {"x509-cert-auth.mapper-selection": "Username or Email"}}],
        "browserFlow": "mine",
    }));
    let realm = Realm::build(1, &import.documents).unwrap();
    assert_eq!(realm.id.as_str(), "the-id");
    let account = realm.client(&ClientId::new("account")).unwrap();
    assert_eq!((account.id.as_str(), account.enabled), ("c1", false));
    assert_eq!(
        realm.realm_role("offline_access").unwrap().id.as_str(),
        "r1"
    );
    let steps: Vec<_> = realm
        .flow("mine")
        .unwrap()
        .authentication_executions
        .iter()
        .map(|step| step.authenticator.clone().unwrap())
        .collect();
    assert_eq!(
        steps,
        ["auth-x509-client-username-form", "auth-cookie"],
        "by priority"
    );
    assert!(
        realm.flow("direct grant").is_some(),
        "flows that the file lacks are a new realm's"
    );
}

#[test]
fn what_has_no_effect_is_named_by_its_path() {
    let import = read(&json!({
        "realm": "demo", "smtpServer": {"host": "mail"}, "registrationAllowed": true, "resetPasswordAllowed": false, "identityProviders": [{"alias": "other"}],
        "clients": [{"clientId": "saml", "protocol": "saml"}],
    }));
    let paths: Vec<_> = import
        .notices
        .iter()
        .map(|notice| notice.path.as_str())
        .collect();
    assert_eq!(
        paths,
        [
            "$.clients[\"saml\"].protocol",
            "$.identityProviders",
            "$.registrationAllowed",
            "$.smtpServer"
        ]
    );
    let realm = Realm::build(1, &import.documents).unwrap();
    assert_eq!(realm.settings.other["smtpServer"], json!({"host": "mail"}));
    assert_eq!(realm.identity_providers(), [json!({"alias": "other"})]);
}

#[test]
fn a_broken_file_is_refused_with_file_place_and_reason() {
    for (value, place, reason) in [
        (json!([]), "$", "object"),
        (json!({}), "$.realm", "name"),
        (json!({"realm": "a/b"}), "$.realm", "URL"),
        (json!({"realm": ".."}), "$.realm", "URL"),
        (
            json!({"realm": "d", "enabled": "maybe"}),
            "$",
            "invalid type",
        ),
        (json!({"realm": "d", "clients": {}}), "$.clients", "list"),
        (
            json!({"realm": "d", "clients": [{}]}),
            "$.clients[0].clientId",
            "clientId",
        ),
        (
            json!({"realm": "d", "clients": [{"clientId": "a"}, {"clientId": "a"}]}),
            "$.clients[1].clientId",
            "twice",
        ),
        (
            json!({"realm": "d", "clients": [{"clientId": "a", "enabled": 3}]}),
            "$.clients[0]",
            "invalid type",
        ),
        (
            json!({"realm": "d", "clients": [{"clientId": "a", "defaultClientScopes": ["nope"]}]}),
            "$.clients[0]",
            "nope",
        ),
        (
            json!({"realm": "d", "roles": {"realm": [{"name": "a", "composites": {"realm": ["nope"]}}]}}),
            "$.roles.realm[0].composites",
            "nope",
        ),
        (
            json!({"realm": "d", "roles": {"client": {"nope": []}}}),
            "$.roles.client[\"nope\"]",
            "no such client",
        ),
        (
            json!({"realm": "d", "users": [{"username": "a"}, {"username": "A"}]}),
            "$.users[1]",
            "twice",
        ),
        (
            json!({"realm": "d", "users": [{"username": "a", "groups": ["/nope"]}]}),
            "$.users[0].groups",
            "/nope",
        ),
        (
            json!({"realm": "d", "users": [{"username": "a", "credentials": [{"type": "otp"}]}]}),
            "$.users[0].credentials[0]",
            "secretData",
        ),
        (
            json!({"realm": "d", "browserFlow": "nope"}),
            "$.browserFlow",
            "nope",
        ),
        (
            json!({"realm": "d", "authenticationFlows": [{"alias": "x", "authenticationExecutions": [{"flowAlias": "nope", "requirement": "REQUIRED"}]}]}),
            "flowAlias",
            "nope",
        ),
        (
            json!({"realm": "d", "authenticationFlows": [{"alias": "x", "authenticationExecutions": [{"authenticator": "a", "requirement": "SOMETIMES"}]}]}),
            "$.authenticationFlows[0]",
            "SOMETIMES",
        ),
        (
            json!({"realm": "d", "scopeMappings": [{"clientScope": "nope", "roles": []}]}),
            "$.scopeMappings",
            "nope",
        ),
        (
            json!({"realm": "d", "components": []}),
            "$.components",
            "object",
        ),
    ] {
        let text = refused(&value);
        assert!(
            text.starts_with("demo.json: ") && text.contains(place) && text.contains(reason),
            "{value} gave {text}"
        );
    }
    let torn = file::read("demo.json", b"{\"realm\": ").unwrap_err();
    assert!(
        torn.to_string().contains("demo.json")
            && std::error::Error::source(&torn)
                .unwrap()
                .to_string()
                .contains("line 1")
    );
}

#[test]
fn a_secret_never_shows_in_an_error() {
    let text = refused(
        &json!({"realm": "d", "users": [{"username": "a", "enabled": 7, "credentials": [{"type": "password", "value": "hunter2"}]}]}),
    );
    assert!(!text.contains("hunter2"), "{text}");
}

#[test]
fn a_client_that_may_ask_for_itself_has_an_account() {
    let file = serde_json::json!({"realm": "demo", "clients": [
        {"clientId": "Svc", "serviceAccountsEnabled": true, "secret": "s"},
        {"clientId": "own", "serviceAccountsEnabled": true, "secret": "s"},
        {"clientId": "web", "secret": "s"},
    ], "users": [{"username": "mine", "enabled": true, "serviceAccountClientId": "own"}]});
    let import = realm::file::read("demo.json", file.to_string().as_bytes()).unwrap();
    let accounts: Vec<_> = import
        .users
        .iter()
        .filter(|person| person.user.service_account_of.is_some())
        .map(|person| (person.user.username.as_str(), person.user.roles.len()))
        .collect();
    assert_eq!(accounts, [("mine", 1), ("service-account-svc", 1)]);
    let realm = realm::Realm::build(1, &import.documents).unwrap();
    let has_scope = |client: &str| {
        let client = realm.client(&client.into()).unwrap();
        client
            .default_client_scopes
            .iter()
            .any(|scope| scope == "service_account")
    };
    assert_eq!((has_scope("Svc"), has_scope("web")), (true, false));
}
