//! People of a realm file and what they prove themselves with.

use super::import::{Reading, array};
use super::roles::Roles;
use super::{FileError, NewCredential, NewUser};
use crate::{
    ClientKey, Composites, Credential, CredentialId, GroupId, Kind, Other, RealmName, User, UserId,
};
use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Person {
    id: Option<String>,
    username: Option<String>,
    email: Option<String>,
    #[serde(default)]
    email_verified: bool,
    first_name: Option<String>,
    last_name: Option<String>,
    #[serde(default)]
    enabled: bool,
    #[serde(default)]
    created_timestamp: i64,
    #[serde(default)]
    not_before: i64,
    #[serde(default)]
    required_actions: Vec<String>,
    #[serde(default)]
    attributes: IndexMap<String, OneOrMore>,
    #[serde(default)]
    credentials: Vec<Value>,
    realm_roles: Option<Vec<String>>,
    #[serde(default)]
    client_roles: IndexMap<String, Vec<String>>,
    #[serde(default)]
    groups: Vec<String>,
    service_account_client_id: Option<String>,
    #[serde(flatten)]
    other: Other,
}

/// The values of an attribute, which older files give as a single text.
#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    More(Vec<String>),
    One(String),
}

/// Reads `users`.
pub(super) fn read(
    reading: &mut Reading<'_>,
    realm: &RealmName,
    users: Option<Value>,
    roles: &Roles,
    groups: &HashMap<String, GroupId>,
    clients: &HashMap<String, String>,
) -> Result<Vec<NewUser>, FileError> {
    let mut names = HashSet::new();
    let mut people = Vec::new();
    let known = Known {
        roles,
        groups,
        clients,
    };
    for (at, value) in array(reading, "users", users)?.into_iter().enumerate() {
        let path = format!("$.users[{at}]");
        let person = person(reading, &path, value, &known).and_then(|person| {
            let username = &person.user.username;
            if names.insert(username.clone()) {
                people.push(person);
                return Ok(());
            }
            let reason = format!("the user {username:?} stands in {realm} twice");
            Err(reading.wrong(path, reason))
        });
        reading.go_on(person)?;
    }
    add_service_accounts(reading, roles, &mut people);
    Ok(people)
}

/// Gives each client that may ask for itself the account that it lacks, as Keycloak does when it imports a file.
fn add_service_accounts(reading: &Reading<'_>, roles: &Roles, people: &mut Vec<NewUser>) {
    for client in reading.documents.iter().filter(|document| {
        document.kind == Kind::Client && document.body["serviceAccountsEnabled"] == true
    }) {
        let key = ClientKey::new(client.id.as_str());
        let name = client.body["clientId"].as_str().unwrap_or_default();
        let has_account = |known: &NewUser| known.user.service_account_of.as_ref() == Some(&key);
        if people.iter().any(has_account) {
            continue;
        }
        people.push(NewUser {
            user: User {
                id: UserId::new(crate::random_key()),
                username: format!("service-account-{}", name.to_lowercase()),
                enabled: true,
                roles: vec![roles.default.clone()],
                service_account_of: Some(key),
                ..User::default()
            },
            credentials: Vec::new(),
        });
    }
}

/// What people refer to.
struct Known<'a> {
    roles: &'a Roles,
    groups: &'a HashMap<String, GroupId>,
    clients: &'a HashMap<String, String>,
}

fn person(
    reading: &mut Reading<'_>,
    path: &str,
    mut value: Value,
    known: &Known<'_>,
) -> Result<NewUser, FileError> {
    let Known {
        roles,
        groups,
        clients,
    } = *known;
    if let Value::Object(members) = &mut value {
        members.retain(|_, value| !value.is_null());
    }
    let mut person: Person = reading.parse(path, value)?;
    let username = person
        .username
        .take()
        .or_else(|| person.email.clone())
        .ok_or_else(|| reading.wrong(path, "a user needs a username"))?
        .to_lowercase();
    let mut credentials = Vec::new();
    for (at, value) in std::mem::take(&mut person.credentials)
        .into_iter()
        .enumerate()
    {
        let path = format!("{path}.credentials[{at}]");
        let temporary = value.get("temporary").and_then(Value::as_bool);
        let update = "UPDATE_PASSWORD".to_owned();
        if temporary == Some(true) && !person.required_actions.contains(&update) {
            person.required_actions.push(update);
        }
        let mut credential = credential(reading, &path, value)?;
        if let NewCredential::Stored(credential) = &mut credential {
            if credential.kind != "password" {
                let what = format!(
                    "credentials of type {:?} are not asked for",
                    credential.kind
                );
                reading.note("$.users[*].credentials", what);
            }
            // Files have no priorities: the order of the list is the order of preference.
            credential.priority = (at as i64 + 1) * 10;
        }
        credentials.push(credential);
    }
    let mut own_groups = Vec::new();
    for group in &person.groups {
        own_groups.push(
            groups
                .get(group)
                .ok_or_else(|| {
                    reading.wrong(
                        format!("{path}.groups"),
                        format!("there is no group {group:?}"),
                    )
                })?
                .clone(),
        );
    }
    let mut own_roles = match person.realm_roles.take() {
        Some(realm) => roles.resolve(
            reading,
            path,
            &Composites {
                realm,
                client: person.client_roles,
            },
        )?,
        None => {
            let mut own = roles.resolve(
                reading,
                path,
                &Composites {
                    realm: Vec::new(),
                    client: person.client_roles,
                },
            )?;
            own.push(roles.default.clone());
            own
        }
    };
    own_roles.sort();
    own_roles.dedup();
    let service_account_of = match &person.service_account_client_id {
        Some(client) => Some(ClientKey::new(
            clients
                .get(client)
                .ok_or_else(|| reading.wrong(path, format!("there is no client {client:?}")))?
                .clone(),
        )),
        None => None,
    };
    person.other.retain(|name, value| {
        !value.is_null()
            && !matches!(
                name.as_str(),
                "access" | "totp" | "disableableCredentialTypes" | "self" | "origin"
            )
    });
    let user = User {
        id: UserId::new(person.id.unwrap_or_else(crate::random_key)),
        username,
        email: person
            .email
            .map(|email| email.to_lowercase())
            .filter(|email| !email.is_empty()),
        email_verified: person.email_verified,
        first_name: person.first_name,
        last_name: person.last_name,
        enabled: person.enabled,
        created_at: person.created_timestamp,
        not_before: person.not_before,
        required_actions: person.required_actions,
        attributes: person
            .attributes
            .into_iter()
            .map(|(name, values)| match values {
                OneOrMore::More(values) => (name, values),
                OneOrMore::One(value) => (name, vec![value]),
            })
            .collect(),
        service_account_of,
        roles: own_roles,
        groups: own_groups,
        other: person.other,
    };
    Ok(NewUser { user, credentials })
}

/// A credential in today's form, in the form of before Keycloak 8 (`hashedSaltedValue`), or a password in plain text (`value`).
fn credential(reading: &Reading<'_>, path: &str, value: Value) -> Result<NewCredential, FileError> {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let kind = text("type").unwrap_or("password");
    if let (Some(plain), "password") = (text("value"), kind) {
        return Ok(NewCredential::PlainPassword(jose::Secret::from(plain)));
    }
    if let (Some(hash), "password") = (text("hashedSaltedValue"), kind) {
        let iterations = value
            .get("hashIterations")
            .and_then(Value::as_i64)
            .unwrap_or(1);
        let secret = json!({"value": hash, "salt": text("salt").unwrap_or_default(), "additionalParameters": {}});
        let data = json!({"hashIterations": iterations, "algorithm": text("algorithm").unwrap_or("pbkdf2"), "additionalParameters": {}});
        return Ok(NewCredential::Stored(Credential {
            id: CredentialId::new(crate::random_key()),
            kind: kind.to_owned(),
            user_label: None,
            created_date: value
                .get("createdDate")
                .and_then(Value::as_i64)
                .unwrap_or(0),
            secret_data: secret.to_string(),
            credential_data: data.to_string(),
            priority: 10,
        }));
    }
    if text("secretData").is_none() {
        return Err(reading.wrong(
            path,
            "a credential needs value, secretData or hashedSaltedValue",
        ));
    }
    let mut value = value;
    super::import::ensure_id(&mut value);
    if let Value::Object(members) = &mut value {
        members.retain(|_, value| !value.is_null());
    }
    Ok(NewCredential::Stored(reading.parse(path, value)?))
}
