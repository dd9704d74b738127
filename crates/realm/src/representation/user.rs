use super::{members, ordered};
use crate::{Credential, Realm, User};
use serde_json::{Map, Value, json};

/// A person, without credentials, roles and groups.
pub fn user(realm: &Realm, user: &User) -> Map<String, Value> {
    let mut own = user.other.clone();
    let texts = [
        ("id", Some(user.id.as_str())),
        ("username", Some(user.username.as_str())),
        ("firstName", user.first_name.as_deref()),
        ("lastName", user.last_name.as_deref()),
        ("email", user.email.as_deref()),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            own.insert(name.to_owned(), text.into());
        }
    }
    let service = user.service_account_of.as_ref();
    if let Some(client) = service.and_then(|key| realm.client_by_key(key)) {
        own.insert("serviceAccountClientId".to_owned(), json!(client.client_id));
    }
    if !user.attributes.is_empty() {
        own.insert("attributes".to_owned(), json!(user.attributes));
    }
    for (name, value) in [
        ("emailVerified", json!(user.email_verified)),
        ("enabled", json!(user.enabled)),
        ("createdTimestamp", json!(user.created_at)),
        ("totp", json!(false)),
        ("disableableCredentialTypes", json!([])),
        ("requiredActions", json!(user.required_actions)),
        ("notBefore", json!(user.not_before)),
    ] {
        own.entry(name).or_insert(value);
    }
    order(own)
}

/// A stored credential, its secret part included.
pub fn credential(credential: &Credential) -> Map<String, Value> {
    let mut own = members(credential);
    own.shift_remove("priority");
    own
}

/// The members of a person in their order.
pub(crate) fn order(user: Map<String, Value>) -> Map<String, Value> {
    ordered(user, ORDER)
}

const ORDER: &[&str] = &[
    "id",
    "username",
    "firstName",
    "lastName",
    "email",
    "emailVerified",
    "attributes",
    "enabled",
    "createdTimestamp",
    "totp",
    "federationLink",
    "serviceAccountClientId",
    "credentials",
    "disableableCredentialTypes",
    "requiredActions",
    "federatedIdentities",
    "realmRoles",
    "clientRoles",
    "clientConsents",
    "notBefore",
    "groups",
];
