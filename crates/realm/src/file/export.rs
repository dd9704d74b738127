//! A realm written as a realm file.

use crate::representation::{self, Secrets, named, realm_order};
use crate::{Composites, Credential, Group, GroupId, Realm, RoleId, User};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashMap};

/// The version of Keycloak whose form files have.
pub const KEYCLOAK_VERSION: &str = "26.7.4";

/// What of a realm goes into a file. The default is everything, as it is.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Whether secrets, keys and credentials go in.
    pub secrets: Secrets,
    /// Whether clients go in.
    pub clients: bool,
    /// Whether groups and roles go in; client roles only when clients do.
    pub groups_and_roles: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            secrets: Secrets::Clear,
            clients: true,
            groups_and_roles: true,
        }
    }
}

/// The realm and these people as a realm file, members in Keycloak's order, lists by name. Reading it gives the same realm.
pub fn export(
    realm: &Realm,
    users: impl IntoIterator<Item = (User, Vec<Credential>)>,
    options: Options,
) -> Value {
    let mut file = representation::realm(realm, options.secrets);
    let mut put = |name: &str, value: Value| file.insert(name.to_owned(), value);
    let settings = &realm.settings;
    let texts = settings.other.get("localizationTexts");
    put(
        "localizationTexts",
        texts.cloned().unwrap_or_else(|| json!({})),
    );
    put(
        "defaultDefaultClientScopes",
        json!(settings.default_default_client_scopes),
    );
    put(
        "defaultOptionalClientScopes",
        json!(settings.default_optional_client_scopes),
    );
    if options.groups_and_roles {
        put("roles", roles(realm, options));
        put("groups", groups(realm));
    }
    let users: Vec<Value> = users
        .into_iter()
        .map(|(user, credentials)| person(realm, &user, &credentials, options.secrets))
        .collect();
    if !users.is_empty() {
        put("users", users.into());
    }
    let (realm_mappings, client_mappings) = scope_mappings(realm, options);
    put("scopeMappings", realm_mappings);
    put(
        "clientScopes",
        sorted(realm.scopes(), |scope| {
            (
                scope.name.clone(),
                representation::client_scope(scope).into(),
            )
        }),
    );
    if options.clients {
        put("clientScopeMappings", client_mappings);
        put(
            "clients",
            sorted(realm.clients(), |client| {
                let value = representation::client(client, options.secrets);
                (client.client_id.to_string(), value.into())
            }),
        );
    }
    let providers = realm
        .identity_providers()
        .iter()
        .map(|provider| representation::identity_provider(provider, options.secrets));
    put("identityProviders", providers.collect());
    put(
        "identityProviderMappers",
        realm.identity_provider_mappers().into(),
    );
    put(
        "components",
        components(realm, realm.id.as_str(), options.secrets),
    );
    put(
        "authenticationFlows",
        sorted(realm.flows(), |flow| {
            (flow.alias.clone(), representation::flow(flow).into())
        }),
    );
    put(
        "authenticatorConfig",
        sorted(realm.authenticator_configs(), |config| {
            (config.alias.clone(), json!(config.as_ref()))
        }),
    );
    put("requiredActions", json!(realm.required_actions()));
    put("keycloakVersion", KEYCLOAK_VERSION.into());
    realm_order(file).into()
}

fn sorted<T>(items: impl Iterator<Item = T>, value: impl Fn(T) -> (String, Value)) -> Value {
    let mut items: Vec<(String, Value)> = items.map(value).collect();
    items.sort_by(|a, b| a.0.cmp(&b.0));
    items.into_iter().map(|(_, value)| value).collect()
}

fn roles(realm: &Realm, options: Options) -> Value {
    let mut own = Vec::new();
    let mut by_client: BTreeMap<String, Vec<(String, Value)>> = realm
        .clients()
        .map(|client| (client.client_id.to_string(), Vec::new()))
        .collect();
    for role in realm.roles() {
        let mut value = representation::role(role);
        if !role.composite_ids.is_empty() {
            let at = value.keys().position(|name| name == "clientRole");
            value.shift_insert(
                at.unwrap_or(value.len()),
                "composites".to_owned(),
                json!(named(realm, &role.composite_ids)),
            );
        }
        let entry = (role.name.clone(), Value::Object(value));
        if !role.client_role {
            own.push(entry);
        } else if let Some(client) = realm.client_by_key(&role.container_id.as_str().into()) {
            by_client
                .entry(client.client_id.to_string())
                .or_default()
                .push(entry);
        }
    }
    let list = |entries: Vec<(String, Value)>| sorted(entries.into_iter(), |entry| entry);
    let mut file = Map::from_iter([("realm".to_owned(), list(own))]);
    if options.clients {
        let by_client: Map<String, Value> = by_client
            .into_iter()
            .map(|(client, entries)| (client, list(entries)))
            .collect();
        file.insert("client".to_owned(), by_client.into());
    }
    file.into()
}

fn groups(realm: &Realm) -> Value {
    let mut below: HashMap<Option<&GroupId>, Vec<&Group>> = HashMap::new();
    for group in realm.groups() {
        let parent = group.parent_id.as_ref();
        below
            .entry(parent.filter(|id| realm.group(id).is_some()))
            .or_default()
            .push(group);
    }
    tree(realm, &below, None)
}

fn tree(
    realm: &Realm,
    below: &HashMap<Option<&GroupId>, Vec<&Group>>,
    parent: Option<&GroupId>,
) -> Value {
    let siblings = below.get(&parent).into_iter().flatten();
    sorted(siblings, |group| {
        let mut value = representation::group(realm, group);
        let names = named(realm, &group.role_ids);
        let at = value.keys().position(|name| name == "attributes");
        value.shift_insert(
            at.unwrap_or(value.len()),
            "subGroups".to_owned(),
            tree(realm, below, Some(&group.id)),
        );
        value.insert("realmRoles".to_owned(), json!(names.realm));
        value.insert("clientRoles".to_owned(), json!(names.client));
        (group.name.clone(), value.into())
    })
}

fn person(realm: &Realm, user: &User, credentials: &[Credential], secrets: Secrets) -> Value {
    let mut value = representation::user(realm, user);
    let mut put = |name: &str, member: Value| value.insert(name.to_owned(), member);
    put(
        "totp",
        credentials.iter().any(|known| known.kind == "otp").into(),
    );
    if secrets == Secrets::Clear {
        let mut credentials: Vec<&Credential> = credentials.iter().collect();
        credentials.sort_by_key(|credential| credential.priority);
        let credentials = credentials.into_iter().map(representation::credential);
        put("credentials", credentials.collect());
    }
    let names = named(realm, &user.roles);
    put("realmRoles", json!(names.realm));
    if !names.client.is_empty() {
        put("clientRoles", json!(names.client));
    }
    let groups = user.groups.iter().filter_map(|id| realm.group(id));
    let mut paths: Vec<String> = groups.map(|group| realm.group_path(group)).collect();
    paths.sort();
    put("groups", json!(paths));
    representation::user_order(value).into()
}

/// Which realm roles, and which client roles by their client, the clients and client scopes let into tokens.
fn scope_mappings(realm: &Realm, options: Options) -> (Value, Value) {
    let mut own = Vec::new();
    let mut by_client: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let mut add = |member: &str, name: &str, ids: &[RoleId]| {
        let Composites {
            realm: roles,
            client,
        } = named(realm, ids);
        if !roles.is_empty() {
            own.push(json!({member: name, "roles": roles}));
        }
        for (owner, roles) in client {
            let mapping = json!({member: name, "roles": roles});
            by_client.entry(owner).or_default().push(mapping);
        }
    };
    let mut clients: Vec<_> = realm.clients().filter(|_| options.clients).collect();
    clients.sort_by(|a, b| a.client_id.cmp(&b.client_id));
    for client in clients {
        add("client", client.client_id.as_str(), &client.scope_mappings);
    }
    let mut scopes: Vec<_> = realm.scopes().collect();
    scopes.sort_by(|a, b| a.name.cmp(&b.name));
    for scope in scopes {
        add("clientScope", &scope.name, &scope.scope_mappings);
    }
    (own.into(), json!(by_client))
}

/// The components below this parent by type, those below them inside.
fn components(realm: &Realm, parent: &str, secrets: Secrets) -> Value {
    let mut list: Vec<_> = realm
        .components()
        .iter()
        .filter(|component| component.parent_id.as_deref().unwrap_or(realm.id.as_str()) == parent)
        .collect();
    list.sort_by(|a, b| {
        let key = |c: &'_ crate::Component| (c.name.clone(), c.sub_type.clone(), c.id.clone());
        key(a).cmp(&key(b))
    });
    let mut types: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for component in list {
        let mut value = representation::component(component, secrets);
        value.shift_remove("providerType");
        value.shift_remove("parentId");
        let at = value.keys().position(|name| name == "config");
        value.shift_insert(
            at.unwrap_or(value.len()),
            "subComponents".to_owned(),
            components(realm, &component.id, secrets),
        );
        types
            .entry(&component.provider_type)
            .or_default()
            .push(value.into());
    }
    json!(types)
}
