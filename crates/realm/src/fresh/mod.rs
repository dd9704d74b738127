//! A new realm: what Keycloak puts into one. The contents are data, in the form of a realm file, and come in by the same way as any
//! realm file.

use crate::file::{self, FileError};
use crate::{Component, Document, Import, Kind, RealmName, Role, RoleId, User, UserId};
use serde_json::{Map, Value};

const MASTER: &str = include_str!("master.json");
const OTHER: &str = include_str!("other.json");

/// The realm that administers the others.
pub const MASTER_REALM: &str = "master";

/// Why no key material could be made.
#[derive(Debug, thiserror::Error)]
pub enum KeyMaterialError {
    /// The generator failed.
    #[error(transparent)]
    Key(#[from] jose::KeyError),
    /// The certificate of a key could not be written.
    #[error("the certificate of a key could not be written")]
    Certificate,
    /// A setting names a curve that is not served.
    #[error("the curve is not served: P-256, P-384 or P-521")]
    Curve,
}

/// The contents of a new realm of this name, as a realm file has them, without keys and ids.
pub(crate) fn contents(name: &RealmName) -> Map<String, Value> {
    let template = if name.as_str() == MASTER_REALM {
        MASTER
    } else {
        OTHER
    };
    let mut value: Value = serde_json::from_str(template).unwrap_or_default();
    fill(&mut value, name.as_str());
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// Puts the realm's name in its places, inside values so that no letter of it can break the JSON.
fn fill(value: &mut Value, name: &str) {
    match value {
        Value::String(text) if text.contains("{realm}") => *text = text.replace("{realm}", name),
        Value::Array(items) => items.iter_mut().for_each(|item| fill(item, name)),
        Value::Object(members) => members.values_mut().for_each(|member| fill(member, name)),
        _ => {}
    }
}

/// A new realm with fresh keys and ids.
///
/// # Errors
/// [`FileError`] when keys can't be made.
pub fn realm(name: &RealmName) -> Result<Import, FileError> {
    file::import("(new realm)", contents(name))
}

/// The first administrator of a `master` realm: all rights, marked as temporary. The caller stores the credential.
pub fn bootstrap_admin(master: &crate::Realm, username: &str, created_at: i64) -> User {
    let role = |name: &str| master.realm_role(name).map(|role| role.id.clone());
    User {
        id: UserId::new(crate::random_key()),
        username: username.to_lowercase(),
        enabled: true,
        created_at,
        attributes: [("is_temporary_admin".to_owned(), vec!["true".to_owned()])]
            .into_iter()
            .collect(),
        roles: ["admin", "default-roles-master"]
            .into_iter()
            .filter_map(role)
            .collect(),
        ..User::default()
    }
}

/// What a new realm adds to `master`: its client `<realm>-realm` with the rights over it, all of them brought along by `admin`.
///
/// # Errors
/// When a value can't be written as JSON, which none of these can cause.
pub fn additions_to_master(
    master: &crate::Realm,
    name: &RealmName,
) -> Result<Vec<Document>, serde_json::Error> {
    let Some(model) = master.client(&crate::ClientId::new("master-realm")) else {
        return Ok(Vec::new());
    };
    let mut client = model.as_ref().clone();
    client.id = crate::ClientKey::new(crate::random_key());
    client.client_id = crate::ClientId::new(format!("{name}-realm"));
    client.name = Some(format!("{name} Realm"));
    client.default_client_scopes.clear();
    client.optional_client_scopes.clear();
    let rights: Vec<&Role> = master
        .roles()
        .map(AsRef::as_ref)
        .filter(|role| role.client_role && role.container_id == model.id.as_str())
        .collect();
    let renamed: Vec<(RoleId, RoleId)> = rights
        .iter()
        .map(|role| (role.id.clone(), RoleId::new(crate::random_key())))
        .collect();
    let new_id = |old: &RoleId| {
        renamed
            .iter()
            .find(|(known, _)| known == old)
            .map(|(_, new)| new.clone())
    };
    let mut documents = vec![Document::of(Kind::Client, client.id.as_str(), &client)?];
    for right in rights {
        let mut role = right.clone();
        role.id = new_id(&right.id).unwrap_or_default();
        role.container_id = client.id.as_str().to_owned();
        role.composite_ids = right.composite_ids.iter().filter_map(new_id).collect();
        documents.push(Document::of(Kind::Role, role.id.as_str(), &role)?);
    }
    if let Some(admin) = master.realm_role("admin") {
        let mut admin = admin.as_ref().clone();
        admin
            .composite_ids
            .extend(renamed.into_iter().map(|(_, new)| new));
        documents.push(Document::of(Kind::Role, admin.id.as_str(), &admin)?);
    }
    Ok(documents)
}

/// The key components that a new realm has, without key material.
pub(crate) fn key_components(contents: &Map<String, Value>) -> Vec<Component> {
    let list = contents
        .get("components")
        .and_then(|components| components.get(crate::keys::KEY_PROVIDER))
        .and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(|component| serde_json::from_value(component.clone()).ok())
        .collect()
}
