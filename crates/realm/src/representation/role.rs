use super::{members, ordered};
use crate::{Composites, Group, Realm, Role, RoleId};
use serde_json::{Map, Value};

/// A role, without the names of what it brings along.
pub fn role(role: &Role) -> Map<String, Value> {
    let mut own = members(role);
    own.shift_remove("_composites");
    own.insert(
        "composite".to_owned(),
        (!role.composite_ids.is_empty()).into(),
    );
    own
}

/// A group, without its roles and the groups below it.
pub fn group(realm: &Realm, group: &Group) -> Map<String, Value> {
    let mut own = members(group);
    own.shift_remove("_roles");
    own.insert("path".to_owned(), realm.group_path(group).into());
    let order = [
        "id",
        "name",
        "description",
        "path",
        "parentId",
        "subGroups",
        "attributes",
        "realmRoles",
        "clientRoles",
    ];
    ordered(own, &order)
}

/// The names of these roles, sorted. Keys that name nothing are left out.
pub fn named(realm: &Realm, ids: &[RoleId]) -> Composites {
    let mut names = Composites::default();
    for role in ids.iter().filter_map(|id| realm.role(id)) {
        if !role.client_role {
            names.realm.push(role.name.clone());
        } else if let Some(client) = realm.client_by_key(&role.container_id.as_str().into()) {
            names
                .client
                .entry(client.client_id.to_string())
                .or_default()
                .push(role.name.clone());
        }
    }
    names.realm.sort();
    names.client.values_mut().for_each(|names| names.sort());
    names.client.sort_keys();
    names
}
