//! A new realm equals what a real Keycloak puts into one (records in `golden/`; ids and texts for people aside).
#![allow(clippy::unwrap_used, missing_docs)]

use realm::representation::{self, Secrets};
use realm::{Document, Kind, Realm, RealmName, Role, fresh};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

fn golden(realm: &str, what: &str) -> Value {
    let path = format!(
        "{}/tests/golden/{realm}-{what}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn new_realm(name: &str) -> (Vec<Document>, Realm) {
    let import = fresh::realm(&RealmName::new(name)).unwrap();
    assert!(import.notices.is_empty() && import.users.is_empty());
    let realm = Realm::build(1, &import.documents).unwrap();
    (import.documents, realm)
}

fn bodies(documents: &[Document], kind: Kind) -> impl Iterator<Item = &Value> {
    documents
        .iter()
        .filter(move |document| document.kind == kind)
        .map(|document| &document.body)
}

/// Without ids, which are random, and texts, which are ours.
fn plain(value: &Value) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .filter(|(name, _)| {
                !matches!(
                    name.as_str(),
                    "id" | "_id" | "containerId" | "parentId" | "access" | "description"
                ) && !name.starts_with(['<', '_'])
            })
            .map(|(name, value)| (name.clone(), plain(value)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(items) => items.iter().map(plain).collect(),
        other => other.clone(),
    }
}

fn sorted_lists(mut value: Value, names: &[&str]) -> Value {
    for name in names {
        if let Some(Value::Array(items)) = value.get_mut(*name) {
            items.sort_by_key(ToString::to_string);
        }
    }
    value
}

fn by<'a>(items: impl IntoIterator<Item = &'a Value>, name: &str) -> BTreeMap<String, Value> {
    items
        .into_iter()
        .map(|item| (item[name].as_str().unwrap().to_owned(), plain(item)))
        .collect()
}

#[test]
fn settings_are_those_of_the_record() {
    for name in ["fresh", "master"] {
        let (documents, _) = new_realm(name);
        let mut ours = plain(bodies(&documents, Kind::Realm).next().unwrap());
        let mut theirs = plain(&golden(name, "representation"));
        theirs.as_object_mut().unwrap().remove("defaultRole");
        for only_in_exports in [
            "defaultDefaultClientScopes",
            "defaultOptionalClientScopes",
            "localizationTexts",
        ] {
            ours.as_object_mut().unwrap().remove(only_in_exports);
        }
        for (member, value) in theirs.as_object().unwrap() {
            assert_eq!(&ours[member], value, "{name}: {member}");
        }
        let surplus: Vec<_> = ours
            .as_object()
            .unwrap()
            .keys()
            .filter(|member| theirs.get(*member).is_none())
            .collect();
        assert!(surplus.is_empty(), "{name}: {surplus:?}");
    }
}

#[test]
fn clients_are_those_of_the_record() {
    let lists = [
        "defaultClientScopes",
        "optionalClientScopes",
        "redirectUris",
        "webOrigins",
    ];
    for name in ["fresh", "master"] {
        let (documents, realm) = new_realm(name);
        let record = golden(name, "clients");
        let theirs = record["clients"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|client| client["clientId"] != "fresh-realm");
        let ours = by(bodies(&documents, Kind::Client), "clientId");
        let wanted = by(theirs.clone(), "clientId");
        assert_eq!(
            ours.keys().collect::<Vec<_>>(),
            wanted.keys().collect::<Vec<_>>()
        );
        for (id, client) in wanted {
            assert_eq!(
                sorted_lists(ours[&id].clone(), &lists),
                sorted_lists(client, &lists),
                "{name}: {id}"
            );
        }
        for client in theirs {
            let mut wanted = BTreeSet::new();
            for (owner, mapping) in client["<scope-mappings>"]["clientMappings"]
                .as_object()
                .into_iter()
                .flatten()
            {
                wanted.extend(
                    mapping["mappings"]
                        .as_array()
                        .unwrap()
                        .iter()
                        .map(|role| format!("{owner}:{}", role["name"].as_str().unwrap())),
                );
            }
            let client = realm
                .client(&client["clientId"].as_str().unwrap().into())
                .unwrap();
            assert_eq!(
                client
                    .scope_mappings
                    .iter()
                    .map(|id| full_name(&realm, realm.role(id).unwrap()))
                    .collect::<BTreeSet<_>>(),
                wanted
            );
        }
    }
}

#[test]
fn client_scopes_are_those_of_the_record() {
    for name in ["fresh", "master"] {
        let (documents, _) = new_realm(name);
        let record = golden(name, "client-scopes");
        let theirs = record
            .get("client-scopes")
            .or(record.get("clientScopes"))
            .or(record.get("scopes"))
            .unwrap()
            .as_array()
            .unwrap();
        let ours = by(bodies(&documents, Kind::ClientScope), "name");
        assert_eq!((ours.len(), theirs.len()), (15, 15));
        for (scope, wanted) in by(theirs, "name") {
            let mappers = |value: &Value| {
                by(
                    value
                        .get("protocolMappers")
                        .and_then(Value::as_array)
                        .into_iter()
                        .flatten(),
                    "name",
                )
            };
            assert_eq!(mappers(&ours[&scope]), mappers(&wanted), "{name}: {scope}");
            assert_eq!(
                (&ours[&scope]["protocol"], &ours[&scope]["attributes"]),
                (&wanted["protocol"], &wanted["attributes"]),
                "{name}: {scope}"
            );
        }
    }
}

fn full_name(realm: &Realm, role: &Role) -> String {
    let owner = if role.client_role {
        realm
            .client_by_key(&role.container_id.as_str().into())
            .unwrap()
            .client_id
            .to_string()
    } else {
        "realm".to_owned()
    };
    format!("{owner}:{}", role.name)
}

fn roles_of(realm: &Realm) -> BTreeMap<String, BTreeSet<String>> {
    let composites = |role: &Role| {
        role.composite_ids
            .iter()
            .map(|id| full_name(realm, realm.role(id).unwrap()))
            .collect()
    };
    realm
        .roles()
        .map(|role| (full_name(realm, role), composites(role)))
        .collect()
}

fn roles_of_record(record: &Value, leave_out: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut roles = BTreeMap::new();
    let lists = record["client"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(client, list)| (client.as_str(), list))
        .chain([("realm", &record["realm"])]);
    for (owner, list) in lists.filter(|(owner, _)| *owner != leave_out) {
        for role in list.as_array().unwrap() {
            let composites = role
                .get("<composites>")
                .and_then(Value::as_array)
                .into_iter()
                .flatten();
            let composites = composites
                .map(|name| name.as_str().unwrap().to_owned())
                .filter(|name| !name.starts_with(&format!("{leave_out}:")))
                .collect();
            roles.insert(
                format!("{owner}:{}", role["name"].as_str().unwrap()),
                composites,
            );
        }
    }
    roles
}

#[test]
fn roles_are_those_of_the_record() {
    let (_, realm) = new_realm("fresh");
    assert_eq!(
        roles_of(&realm),
        roles_of_record(&golden("fresh", "roles"), "-")
    );
    let (_, master) = new_realm("master");
    assert_eq!(
        roles_of(&master),
        roles_of_record(&golden("master", "roles"), "fresh-realm")
    );
}

#[test]
fn a_further_realm_gives_master_its_client_and_admin_its_rights() {
    let (mut documents, master) = new_realm("master");
    for addition in fresh::additions_to_master(&master, &RealmName::new("fresh")).unwrap() {
        documents.retain(|known| (known.kind, &known.id) != (addition.kind, &addition.id));
        documents.push(addition);
    }
    let grown = Realm::build(2, &documents).unwrap();
    assert_eq!(
        roles_of(&grown),
        roles_of_record(&golden("master", "roles"), "-")
    );
    let record = golden("master", "clients");
    let wanted = record["clients"]
        .as_array()
        .unwrap()
        .iter()
        .find(|client| client["clientId"] == "fresh-realm")
        .unwrap();
    let client = bodies(&documents, Kind::Client)
        .find(|client| client["clientId"] == "fresh-realm")
        .unwrap();
    let lists = ["defaultClientScopes", "optionalClientScopes"];
    assert_eq!(
        sorted_lists(plain(client), &lists),
        sorted_lists(plain(wanted), &lists)
    );
}

#[test]
fn flows_are_those_of_the_record() {
    for name in ["fresh", "master"] {
        let (documents, realm) = new_realm(name);
        let record = golden(name, "flows");
        for entry in record["flows"].as_array().unwrap() {
            let alias = entry["flow"]["alias"].as_str().unwrap();
            let ours = bodies(&documents, Kind::Flow)
                .find(|flow| flow["alias"] == alias)
                .unwrap();
            // Of the flow that is in no list the record has the executions alone.
            if entry["flow"].get("authenticationExecutions").is_some() {
                assert_eq!(plain(ours), plain(&entry["flow"]), "{name}: {alias}");
            }
            let mut flat = Vec::new();
            flatten(&realm, alias, 0, &mut flat);
            let wanted: Vec<Value> = entry["executions"]
                .as_array()
                .unwrap()
                .iter()
                .map(|step| {
                    let what = if step["authenticationFlow"] == true {
                        &step["displayName"]
                    } else {
                        &step["providerId"]
                    };
                    json!([
                        what,
                        step["requirement"],
                        step["level"],
                        step["index"],
                        step["priority"],
                        step["authenticationConfig<resolved>"]["config"]
                    ])
                })
                .collect();
            assert_eq!(flat, wanted, "{name}: {alias}");
        }
    }
}

fn flatten(realm: &Realm, alias: &str, level: usize, into: &mut Vec<Value>) {
    for (index, step) in realm
        .flow(alias)
        .unwrap()
        .authentication_executions
        .iter()
        .enumerate()
    {
        let config = step
            .authenticator_config
            .as_ref()
            .map(|alias| json!(realm.authenticator_config(alias).unwrap().config));
        into.push(json!([
            step.flow_alias.as_ref().or(step.authenticator.as_ref()),
            step.requirement,
            level,
            index,
            step.priority,
            config
        ]));
        if let Some(below) = &step.flow_alias {
            flatten(realm, below, level + 1, into);
        }
    }
}

#[test]
fn required_actions_and_components_are_those_of_the_record() {
    for name in ["fresh", "master"] {
        let (_, realm) = new_realm(name);
        let actions: Vec<Value> = realm
            .required_actions()
            .iter()
            .map(|action| json!(action))
            .collect();
        assert_eq!(
            json!(actions),
            golden(name, "required-actions")["required-actions"]
        );
        let mut ours: Vec<Value> = realm
            .components()
            .iter()
            .map(|component| plain(&representation::component(component, Secrets::Masked).into()))
            .collect();
        let mut wanted: Vec<Value> = golden(name, "components")["components"]
            .as_array()
            .unwrap()
            .iter()
            .map(plain)
            .collect();
        for list in [&mut ours, &mut wanted] {
            list.iter_mut()
                .for_each(|component| component.sort_all_objects());
            list.sort_by_key(ToString::to_string);
        }
        assert_eq!(ours, wanted, "{name}");
    }
}

#[test]
fn a_new_realm_signs_and_publishes_two_keys() {
    let (_, realm) = new_realm("fresh");
    let key = realm.keys.active_default().unwrap();
    let token = key.sign("JWT", &json!({"sub": "x"})).unwrap();
    assert_eq!(
        realm
            .keys
            .verifying()
            .verify::<Value>(&token)
            .unwrap()
            .claims["sub"],
        "x"
    );
    assert_eq!(
        key.kid(),
        jose::sha256_base64url(&key.public_der().unwrap())
    );
    let published: Value = serde_json::from_str(realm.keys.published()).unwrap();
    let uses: BTreeSet<_> = published["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| (key["alg"].as_str().unwrap(), key["use"].as_str().unwrap()))
        .collect();
    assert_eq!(uses, [("RS256", "sig"), ("RSA-OAEP", "enc")].into());
    assert!(!realm.keys.published().contains("\"d\""));
}
