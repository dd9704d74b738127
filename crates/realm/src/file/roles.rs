//! Roles, groups and scope mappings of a realm file: names become keys.

use super::FileError;
use super::import::{Missing, Reading, array, ensure_id, list};
use crate::{Composites, Group, GroupId, Kind, RealmName, Role, RoleId};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// Keys of the realm's roles by name.
pub(super) struct Roles {
    realm: HashMap<String, RoleId>,
    client: HashMap<String, HashMap<String, RoleId>>,
    /// The role that everybody has.
    pub default: RoleId,
}

impl Roles {
    pub fn realm(&self, name: &str) -> Option<&RoleId> {
        self.realm.get(name)
    }

    pub fn client(&self, client: &str, name: &str) -> Option<&RoleId> {
        self.client.get(client)?.get(name)
    }

    /// Keys of the named realm roles and client roles.
    pub fn resolve(
        &self,
        reading: &Reading<'_>,
        path: &str,
        names: &Composites,
    ) -> Result<Vec<RoleId>, FileError> {
        let mut ids = Vec::new();
        for name in &names.realm {
            ids.push(
                self.realm(name)
                    .ok_or_else(|| reading.wrong(path, format!("there is no realm role {name:?}")))?
                    .clone(),
            );
        }
        for (client, names) in &names.client {
            for name in names {
                let role = self.client(client, name);
                ids.push(
                    role.ok_or_else(|| {
                        reading.wrong(path, format!("the client {client:?} has no role {name:?}"))
                    })?
                    .clone(),
                );
            }
        }
        Ok(ids)
    }
}

struct Unresolved {
    path: String,
    role: Role,
    composites: Composites,
}

/// Reads `roles`, completes them from a new realm's, and puts their documents.
pub(super) fn read(
    reading: &mut Reading<'_>,
    realm: &RealmName,
    members: &mut Map<String, Value>,
    model: &mut Map<String, Value>,
    clients: &HashMap<String, String>,
) -> Result<Roles, FileError> {
    let mut given = object(reading, "roles", members.remove("roles"))?;
    let mut defaults = object(reading, "roles", model.remove("roles"))?;
    let realm_id = reading.realm_id.clone();
    let mut open = Vec::new();
    for (at, value) in list(
        reading,
        &mut given,
        &mut defaults,
        "realm",
        Missing::ByName("name"),
    )?
    .into_iter()
    .enumerate()
    {
        open.push(unresolved(
            reading,
            format!("$.roles.realm[{at}]"),
            value,
            &realm_id,
            false,
        )?);
    }
    let mut by_client = object(reading, "roles.client", given.remove("client"))?;
    let mut default_by_client = object(reading, "roles.client", defaults.remove("client"))?;
    let names: Vec<String> = by_client
        .keys()
        .chain(
            default_by_client
                .keys()
                .filter(|name| !by_client.contains_key(*name)),
        )
        .cloned()
        .collect();
    for client in names {
        let key = clients.get(&client).ok_or_else(|| {
            reading.wrong(
                format!("$.roles.client[{client:?}]"),
                "there is no such client",
            )
        })?;
        for (at, value) in list(
            reading,
            &mut by_client,
            &mut default_by_client,
            &client,
            Missing::ByName("name"),
        )?
        .into_iter()
        .enumerate()
        {
            open.push(unresolved(
                reading,
                format!("$.roles.client[{client:?}][{at}]"),
                value,
                key,
                true,
            )?);
        }
    }
    let default_name = members
        .get("defaultRole")
        .and_then(|role| role.get("name"))
        .and_then(Value::as_str)
        .map_or_else(|| format!("default-roles-{realm}"), str::to_owned);
    let mut roles = Roles {
        realm: HashMap::new(),
        client: HashMap::new(),
        default: RoleId::default(),
    };
    let client_names: HashMap<&String, &String> =
        clients.iter().map(|(name, key)| (key, name)).collect();
    for Unresolved { path, role, .. } in &open {
        let map = match client_names
            .get(&role.container_id)
            .filter(|_| role.client_role)
        {
            Some(client) => roles.client.entry((*client).clone()).or_default(),
            None => &mut roles.realm,
        };
        if map.insert(role.name.clone(), role.id.clone()).is_some() {
            return Err(reading.wrong(path, format!("the role {:?} stands here twice", role.name)));
        }
    }
    roles.default = roles.realm(&default_name).cloned().ok_or_else(|| {
        reading.wrong(
            "$.defaultRole",
            format!("there is no realm role {default_name:?}"),
        )
    })?;
    for Unresolved {
        path,
        mut role,
        composites,
    } in open
    {
        let path = format!("{path}.composites");
        let resolved = roles.resolve(reading, &path, &composites).and_then(|ids| {
            role.composite = !ids.is_empty();
            role.composite_ids = ids;
            reading.put(Kind::Role, role.id.clone().as_str(), &role)
        });
        reading.go_on(resolved)?;
    }
    Ok(roles)
}

fn unresolved(
    reading: &Reading<'_>,
    path: String,
    mut value: Value,
    container: &str,
    client_role: bool,
) -> Result<Unresolved, FileError> {
    ensure_id(&mut value);
    let composites = value
        .as_object_mut()
        .and_then(|members| members.remove("composites"))
        .filter(|composites| !composites.is_null());
    let composites = composites.map_or(Ok(Composites::default()), |value| {
        reading.parse(&format!("{path}.composites"), value)
    })?;
    let mut role: Role = reading.parse(&path, value)?;
    role.client_role = client_role;
    container.clone_into(&mut role.container_id);
    Ok(Unresolved {
        path,
        role,
        composites,
    })
}

/// Reads the tree of groups and puts their documents; gives their keys by path.
pub(super) fn read_groups(
    reading: &mut Reading<'_>,
    groups: Option<Value>,
    roles: &Roles,
) -> Result<HashMap<String, GroupId>, FileError> {
    let mut by_path = HashMap::new();
    let mut open: Vec<(String, Option<GroupId>, Value)> = array(reading, "groups", groups)?
        .into_iter()
        .map(|group| (String::new(), None, group))
        .collect();
    while let Some((above, parent, mut value)) = open.pop() {
        let place = format!("$.groups[{above:?}]");
        let id = GroupId::new(ensure_id(&mut value));
        let (subgroups, own) = match &mut value {
            Value::Object(members) => {
                let own = Composites {
                    realm: reading.parse(
                        &place,
                        members
                            .remove("realmRoles")
                            .unwrap_or_else(|| Value::Array(Vec::new())),
                    )?,
                    client: reading.parse(
                        &place,
                        members
                            .remove("clientRoles")
                            .unwrap_or_else(|| Value::Object(Map::new())),
                    )?,
                };
                members.retain(|name, value| {
                    !value.is_null()
                        && !matches!(name.as_str(), "path" | "subGroupCount" | "access")
                });
                (members.remove("subGroups"), own)
            }
            _ => return Err(reading.wrong(place, "a group is an object")),
        };
        let mut group: Group = reading.parse(&place, value)?;
        let path = format!("{above}/{}", group.name);
        group.role_ids = roles.resolve(reading, &format!("$.groups[{path:?}]"), &own)?;
        group.parent_id = parent;
        if by_path.insert(path.clone(), id.clone()).is_some() {
            return Err(reading.wrong(place, format!("the group {path:?} stands here twice")));
        }
        reading.put(Kind::Group, id.as_str(), &group)?;
        open.extend(
            array(reading, "groups", subgroups)?
                .into_iter()
                .map(|below| (path.clone(), Some(id.clone()), below)),
        );
    }
    Ok(by_path)
}

/// Which roles clients and client scopes let into tokens.
#[derive(Default)]
pub(super) struct ScopeMappings {
    clients: HashMap<String, Vec<RoleId>>,
    scopes: HashMap<String, Vec<RoleId>>,
}

impl ScopeMappings {
    pub fn of_client(&self, client_id: &str) -> Vec<RoleId> {
        self.clients.get(client_id).cloned().unwrap_or_default()
    }

    pub fn of_scope(&self, name: &str) -> Vec<RoleId> {
        self.scopes.get(name).cloned().unwrap_or_default()
    }

    pub fn scopes(&self) -> impl Iterator<Item = &String> {
        self.scopes.keys()
    }
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mapping {
    #[serde(default)]
    client: Option<String>,
    #[serde(default)]
    client_scope: Option<String>,
    #[serde(default)]
    roles: Vec<String>,
}

/// Reads `scopeMappings` (realm roles) and `clientScopeMappings` (client roles, by the client that owns them).
pub(super) fn scope_mappings(
    reading: &Reading<'_>,
    members: &mut Map<String, Value>,
    model: &mut Map<String, Value>,
    roles: &Roles,
) -> Result<ScopeMappings, FileError> {
    let mut mappings = ScopeMappings::default();
    let own = |members: &mut Map<String, Value>, model: &mut Map<String, Value>, name: &str| {
        members.remove(name).or_else(|| model.remove(name))
    };
    let mut add = |path: &str, value: Value, owner: Option<&str>| -> Result<(), FileError> {
        let mapping: Mapping = reading.parse(path, value)?;
        let names = match owner {
            Some(owner) => Composites {
                client: [(owner.to_owned(), mapping.roles)].into_iter().collect(),
                ..Composites::default()
            },
            None => Composites {
                realm: mapping.roles,
                ..Composites::default()
            },
        };
        let ids = roles.resolve(reading, path, &names)?;
        match (mapping.client, mapping.client_scope) {
            (Some(client), _) => mappings.clients.entry(client).or_default().extend(ids),
            (None, Some(scope)) => mappings.scopes.entry(scope).or_default().extend(ids),
            (None, None) => return Err(reading.wrong(path, "client or clientScope is needed here")),
        }
        Ok(())
    };
    for (at, value) in array(
        reading,
        "scopeMappings",
        own(members, model, "scopeMappings"),
    )?
    .into_iter()
    .enumerate()
    {
        add(&format!("$.scopeMappings[{at}]"), value, None)?;
    }
    for (owner, list) in object(
        reading,
        "clientScopeMappings",
        own(members, model, "clientScopeMappings"),
    )? {
        for (at, value) in array(
            reading,
            &format!("clientScopeMappings[{owner:?}]"),
            Some(list),
        )?
        .into_iter()
        .enumerate()
        {
            add(
                &format!("$.clientScopeMappings[{owner:?}][{at}]"),
                value,
                Some(&owner),
            )?;
        }
    }
    Ok(mappings)
}

fn object(
    reading: &Reading<'_>,
    name: &str,
    value: Option<Value>,
) -> Result<Map<String, Value>, FileError> {
    match value {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(members)) => Ok(members),
        Some(_) => Err(reading.wrong(format!("$.{name}"), "an object is needed here")),
    }
}
