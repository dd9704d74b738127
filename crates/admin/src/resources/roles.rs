//! Roles: of the realm, of a client, and by their keys.

use crate::answer::{self, Refused};
use crate::call::Call;
use crate::deed::{Deed, Operation};
use crate::draft::Draft;
use crate::escalation;
use crate::rights;
use crate::route::Route;
use axum::response::Response;
use http::Method;
use indexmap::IndexMap;
use realm::representation;
use realm::{Client, ClientId, ClientKey, Group, Kind, Realm, Role, RoleId};
use serde_json::{Map, Value};
use std::sync::Arc;

const MEMBERS: &[&str] = &[
    "id",
    "name",
    "description",
    "scopeParamRequired",
    "composite",
    "composites",
    "clientRole",
    "containerId",
    "attributes",
];

/// Whose roles are meant, by the path: the realm's, or those of the client in it.
struct Owner {
    client: Option<Arc<Client>>,
}

pub fn routes() -> Vec<Route> {
    use rights::{ANY, MANAGE_CLIENTS, MANAGE_REALM, VIEW_CLIENTS, VIEW_REALM};
    const LIST: &[&str] = &["view-realm", "manage-realm", "manage-identity-providers"];
    let (get, post, put, delete) = (Method::GET, Method::POST, Method::PUT, Method::DELETE);
    let mut routes = vec![
        Route::new(get.clone(), "/roles", LIST, list),
        Route::new(post.clone(), "/roles", MANAGE_REALM, create),
        Route::new(get.clone(), "/roles/{name}", VIEW_REALM, show),
        Route::new(put.clone(), "/roles/{name}", MANAGE_REALM, update),
        Route::new(delete.clone(), "/roles/{name}", MANAGE_REALM, remove),
        Route::new(get.clone(), "/clients/{client}/roles", VIEW_CLIENTS, list),
        Route::new(
            post.clone(),
            "/clients/{client}/roles",
            MANAGE_CLIENTS,
            create,
        ),
        Route::new(
            get.clone(),
            "/clients/{client}/roles/{name}",
            VIEW_CLIENTS,
            show,
        ),
        Route::new(
            put.clone(),
            "/clients/{client}/roles/{name}",
            MANAGE_CLIENTS,
            update,
        ),
        Route::new(
            delete.clone(),
            "/clients/{client}/roles/{name}",
            MANAGE_CLIENTS,
            remove,
        ),
        Route::new(get.clone(), "/roles-by-id/{role}", ANY, show),
        Route::new(put, "/roles-by-id/{role}", ANY, update),
        Route::new(delete.clone(), "/roles-by-id/{role}", ANY, remove),
    ];
    for (path, view, manage) in [
        ("/roles/{name}/composites", VIEW_REALM, MANAGE_REALM),
        (
            "/clients/{client}/roles/{name}/composites",
            VIEW_CLIENTS,
            MANAGE_CLIENTS,
        ),
        ("/roles-by-id/{role}/composites", ANY, ANY),
    ] {
        routes.push(Route::new(get.clone(), path, view, composites));
        routes.push(Route::new(post.clone(), path, manage, add_composites));
        routes.push(Route::new(delete.clone(), path, manage, remove_composites));
    }
    for (path, view) in [
        ("/roles/{name}/composites/realm", VIEW_REALM),
        (
            "/clients/{client}/roles/{name}/composites/realm",
            VIEW_CLIENTS,
        ),
        ("/roles-by-id/{role}/composites/realm", ANY),
    ] {
        routes.push(Route::new(get.clone(), path, view, composites_of_realm));
    }
    for (path, view) in [
        ("/roles/{name}/composites/clients/{of}", VIEW_REALM),
        (
            "/clients/{client}/roles/{name}/composites/clients/{of}",
            VIEW_CLIENTS,
        ),
        ("/roles-by-id/{role}/composites/clients/{of}", ANY),
    ] {
        routes.push(Route::new(get.clone(), path, view, composites_of_client));
    }
    for (path, view) in [
        ("/roles/{name}/groups", VIEW_REALM),
        ("/clients/{client}/roles/{name}/groups", VIEW_CLIENTS),
    ] {
        routes.push(Route::new(get.clone(), path, view, groups));
    }
    routes
}

/// `GET roles`, `GET clients/{client}/roles`: `search` narrows, `first` and `max` page where both are given or `search` is.
async fn list(call: Call) -> Result<Response, Refused> {
    let owner = owner(&call, &call.target)?;
    let mut roles: Vec<&Arc<Role>> = owner.roles(&call.target).collect();
    roles.sort_by(|one, other| one.name.cmp(&other.name));
    let search = call
        .query("search")
        .unwrap_or_default()
        .trim()
        .to_lowercase();
    if !search.is_empty() {
        roles.retain(|role| {
            let description = role.description.as_deref().unwrap_or_default();
            role.name.to_lowercase().contains(&search)
                || description.to_lowercase().contains(&search)
        });
    }
    let (first, max) = (call.number("first")?, call.number("max")?);
    if !search.is_empty() || (first.is_some() && max.is_some()) {
        roles = page(roles, first, max);
    }
    let brief = call.flag("briefRepresentation", true);
    let list: Vec<_> = roles.iter().map(|role| represent(role, brief)).collect();
    Ok(answer::ok(&list))
}

/// `POST roles`, `POST clients/{client}/roles`.
async fn create(call: Call) -> Result<Response, Refused> {
    owner(&call, &call.target)?;
    let sent = call.strict("RoleRepresentation", MEMBERS)?;
    let name = name_of(&sent)?;
    let made = call
        .edit(|draft| {
            let owner = owner(&call, &draft.before)?;
            if owner.role(&draft.before, &name).is_some() {
                return Err(Refused::exists(format!(
                    "Role with name {name} already exists"
                )));
            }
            escalation::may_add(&call, &draft.before, owner.client.as_deref())?;
            let composite_ids = named(&draft.before, sent.get("composites"));
            for role in composite_ids.iter().filter_map(|id| draft.before.role(id)) {
                escalation::may_hand_out(&call, &draft.before, role)?;
            }
            let mut role = Role {
                id: RoleId::new(realm::random_key()),
                name: name.clone(),
                description: None,
                composite: false,
                client_role: owner.client.is_some(),
                container_id: owner.container(&draft.before),
                attributes: IndexMap::new(),
                composite_ids,
                other: Map::new(),
            };
            take(&mut role, &sent);
            role.composite = !role.composite_ids.is_empty();
            draft.put(Kind::Role, role.id.as_str(), &role)?;
            draft.record(deed(Operation::Create, &owner, &role, Some(&sent)));
            Ok(owner.segments(&role.name))
        })
        .await?;
    let segments: Vec<&str> = made.iter().map(String::as_str).collect();
    Ok(answer::created(&call.location(&segments)))
}

/// `GET roles/{name}`, `GET clients/{client}/roles/{name}`, `GET roles-by-id/{role}`.
async fn show(call: Call) -> Result<Response, Refused> {
    let role = find(&call, &call.target, Access::View)?;
    Ok(answer::ok(&represent(&role, false)))
}

/// `PUT` of a role: an absent description is cleared, absent attributes stay.
async fn update(call: Call) -> Result<Response, Refused> {
    find(&call, &call.target, Access::Manage)?;
    let sent = call.strict("RoleRepresentation", MEMBERS)?;
    let name = name_of(&sent)?;
    call.edit(|draft| {
        let mut role = Role::clone(&*find(&call, &draft.before, Access::Manage)?);
        escalation::may_change(&call, &draft.before, &role)?;
        name.clone_into(&mut role.name);
        role.description = None;
        take(&mut role, &sent);
        draft.put(Kind::Role, role.id.as_str(), &role)?;
        let owner = Owner::of(&role, &draft.before);
        draft.record(deed(Operation::Update, &owner, &role, Some(&sent)));
        Ok(())
    })
    .await?;
    Ok(answer::no_content())
}

/// `DELETE` of a role: it goes from everything that refers to it.
async fn remove(call: Call) -> Result<Response, Refused> {
    call.edit(|draft| {
        let role = find(&call, &draft.before, Access::Manage)?;
        let default = draft.before.default_role();
        if default.is_some_and(|default| default.id == role.id) {
            return Err(Refused::wrong(format!(
                "{} is default role of the realm and cannot be removed.",
                role.name
            )));
        }
        escalation::may_change(&call, &draft.before, &role)?;
        forget(draft, &role.id)?;
        let owner = Owner::of(&role, &draft.before);
        draft.record(deed(Operation::Delete, &owner, &role, None));
        Ok(())
    })
    .await?;
    Ok(answer::no_content())
}

/// Removes a role and what refers to it. People keep its key, which then names nothing.
pub(super) fn forget(draft: &mut Draft, id: &RoleId) -> Result<(), Refused> {
    draft.remove(Kind::Role, id.as_str());
    for mut role in draft.all::<Role>(Kind::Role) {
        if role.composite_ids.contains(id) {
            role.composite_ids.retain(|other| other != id);
            role.composite = !role.composite_ids.is_empty();
            draft.put(Kind::Role, role.id.as_str(), &role)?;
        }
    }
    for mut group in draft.all::<Group>(Kind::Group) {
        if group.role_ids.contains(id) {
            group.role_ids.retain(|other| other != id);
            draft.put(Kind::Group, group.id.as_str(), &group)?;
        }
    }
    for mut client in draft.all::<Client>(Kind::Client) {
        if client.scope_mappings.contains(id) {
            client.scope_mappings.retain(|other| other != id);
            draft.put(Kind::Client, client.id.as_str(), &client)?;
        }
    }
    for mut scope in draft.all::<realm::ClientScope>(Kind::ClientScope) {
        if scope.scope_mappings.contains(id) {
            scope.scope_mappings.retain(|other| other != id);
            draft.put(Kind::ClientScope, scope.id.as_str(), &scope)?;
        }
    }
    Ok(())
}

/// `GET …/composites`: the roles that it brings along directly.
async fn composites(call: Call) -> Result<Response, Refused> {
    brought(&call, |_| true)
}

/// `GET …/composites/realm`.
async fn composites_of_realm(call: Call) -> Result<Response, Refused> {
    brought(&call, |role| !role.client_role)
}

/// `GET …/composites/clients/{of}`.
async fn composites_of_client(call: Call) -> Result<Response, Refused> {
    let of = client(&call.target, call.param("of"))?;
    brought(&call, |role| {
        role.client_role && role.container_id == of.id.as_str()
    })
}

fn brought(call: &Call, wanted: impl Fn(&Role) -> bool) -> Result<Response, Refused> {
    let role = find(call, &call.target, Access::View)?;
    let mut roles: Vec<&Arc<Role>> = role
        .composite_ids
        .iter()
        .filter_map(|id| call.target.role(id))
        .filter(|role| wanted(role))
        .collect();
    roles.sort_by(|one, other| one.name.cmp(&other.name));
    let list: Vec<_> = roles.iter().map(|role| represent(role, true)).collect();
    Ok(answer::ok(&list))
}

/// `POST …/composites`: roles by their keys.
async fn add_composites(call: Call) -> Result<Response, Refused> {
    change_composites(&call, Operation::Create, |role, named| {
        if !role.composite_ids.contains(&named) {
            role.composite_ids.push(named);
        }
    })
    .await
}

/// `DELETE …/composites`: the roles of the body, by their keys.
async fn remove_composites(call: Call) -> Result<Response, Refused> {
    change_composites(&call, Operation::Delete, |role, named| {
        role.composite_ids.retain(|own| *own != named);
    })
    .await
}

async fn change_composites(
    call: &Call,
    operation: Operation,
    change: impl Fn(&mut Role, RoleId),
) -> Result<Response, Refused> {
    find(call, &call.target, Access::Manage)?;
    let sent = call.objects()?;
    call.edit(|draft| {
        let mut role = Role::clone(&*find(call, &draft.before, Access::Manage)?);
        for one in &sent {
            let id = one.get("id").and_then(Value::as_str).map(RoleId::new);
            let named = id.and_then(|id| draft.before.role(&id));
            let named = named.ok_or(Refused::NotFound("Could not find composite role"))?;
            escalation::may_hand_out(call, &draft.before, named)?;
            change(&mut role, named.id.clone());
        }
        role.composite = !role.composite_ids.is_empty();
        draft.put(Kind::Role, role.id.as_str(), &role)?;
        let owner = Owner::of(&role, &draft.before);
        let mut deed = deed(operation, &owner, &role, None);
        deed.path.push_str("/composites");
        deed.representation = Some(sent.iter().cloned().map(Value::Object).collect());
        draft.record(deed);
        Ok(())
    })
    .await?;
    Ok(answer::no_content())
}

/// `GET …/groups`: the groups whose members have it.
async fn groups(call: Call) -> Result<Response, Refused> {
    let role = find(&call, &call.target, Access::View)?;
    let mut groups: Vec<&Arc<Group>> = call
        .target
        .groups()
        .filter(|group| group.role_ids.contains(&role.id))
        .collect();
    groups.sort_by(|one, other| one.name.cmp(&other.name));
    let groups = page(groups, call.number("first")?, call.number("max")?);
    let brief = call.flag("briefRepresentation", true);
    let list: Vec<_> = groups
        .iter()
        .map(|group| {
            let mut own = representation::group(&call.target, group);
            if brief {
                own.shift_remove("attributes");
            }
            own.entry("subGroups")
                .or_insert_with(|| Value::Array(Vec::new()));
            own
        })
        .collect();
    Ok(answer::ok(&list))
}

/// What somebody is about to do with a role found by its key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    View,
    Manage,
}

/// The role that the path names.
fn find(call: &Call, realm: &Realm, access: Access) -> Result<Arc<Role>, Refused> {
    let id = call.param("role");
    if id.is_empty() {
        let owner = owner(call, realm)?;
        let role = owner.role(realm, call.param("name"));
        return role
            .cloned()
            .ok_or(Refused::NotFound("Could not find role"));
    }
    let role = realm.role(&RoleId::new(id));
    let role = role.ok_or(Refused::NotFound("Could not find role with id"))?;
    call.require(match (role.client_role, access) {
        (false, Access::View) => rights::VIEW_REALM,
        (false, Access::Manage) => rights::MANAGE_REALM,
        (true, Access::View) => rights::VIEW_CLIENTS,
        (true, Access::Manage) => rights::MANAGE_CLIENTS,
    })?;
    Ok(role.clone())
}

fn owner(call: &Call, realm: &Realm) -> Result<Owner, Refused> {
    let key = call.param("client");
    let client = if key.is_empty() {
        None
    } else {
        Some(client(realm, key)?.clone())
    };
    Ok(Owner { client })
}

pub(super) fn client<'a>(realm: &'a Realm, key: &str) -> Result<&'a Arc<Client>, Refused> {
    realm
        .client_by_key(&ClientKey::new(key))
        .ok_or(Refused::NotFound("Could not find client"))
}

impl Owner {
    fn of(role: &Role, realm: &Realm) -> Self {
        let key = ClientKey::new(role.container_id.as_str());
        let client = role.client_role.then(|| realm.client_by_key(&key));
        Self {
            client: client.flatten().cloned(),
        }
    }

    fn container(&self, realm: &Realm) -> String {
        match &self.client {
            Some(client) => client.id.as_str().to_owned(),
            None => realm.id.as_str().to_owned(),
        }
    }

    fn role<'a>(&self, realm: &'a Realm, name: &str) -> Option<&'a Arc<Role>> {
        match &self.client {
            Some(client) => realm.client_role(&client.id, name),
            None => realm.realm_role(name),
        }
    }

    fn roles<'a>(&self, realm: &'a Realm) -> impl Iterator<Item = &'a Arc<Role>> {
        let client = self.client.as_ref().map(|client| client.id.clone());
        realm.roles().filter(move |role| match &client {
            Some(client) => role.client_role && role.container_id == client.as_str(),
            None => !role.client_role,
        })
    }

    fn segments(&self, name: &str) -> Vec<String> {
        let mut segments = match &self.client {
            Some(client) => vec!["clients".to_owned(), client.id.as_str().to_owned()],
            None => Vec::new(),
        };
        segments.extend(["roles".to_owned(), name.to_owned()]);
        segments
    }
}

fn deed(
    operation: Operation,
    owner: &Owner,
    role: &Role,
    sent: Option<&Map<String, Value>>,
) -> Deed {
    Deed {
        operation,
        resource: match owner.client {
            Some(_) => "CLIENT_ROLE",
            None => "REALM_ROLE",
        },
        path: owner.segments(&role.name).join("/"),
        representation: sent.cloned().map(Value::Object),
    }
}

fn name_of(sent: &Map<String, Value>) -> Result<String, Refused> {
    match sent.get("name").and_then(Value::as_str) {
        Some(name) => Ok(name.to_owned()),
        None => Err(Refused::BadRequest("role has no name".to_owned())),
    }
}

/// Takes what was sent besides the name.
fn take(role: &mut Role, sent: &Map<String, Value>) {
    let description = sent.get("description").and_then(Value::as_str);
    role.description = description.map(str::to_owned).or(role.description.take());
    if let Some(attributes) = sent.get("attributes")
        && let Ok(attributes) = serde_json::from_value(attributes.clone())
    {
        role.attributes = attributes;
    }
}

/// The roles that a representation's `composites` name. What names nothing is left out, as Keycloak does.
fn named(realm: &Realm, composites: Option<&Value>) -> Vec<RoleId> {
    let composites: realm::Composites = composites
        .and_then(|value| serde_json::from_value(value.clone()).ok())
        .unwrap_or_default();
    let of_realm = composites
        .realm
        .iter()
        .filter_map(|name| realm.realm_role(name));
    let of_clients = composites.client.iter().flat_map(|(client, names)| {
        let client = realm.client(&ClientId::new(client.as_str()));
        names
            .iter()
            .filter_map(move |name| realm.client_role(&client?.id, name))
    });
    of_realm
        .chain(of_clients)
        .map(|role| role.id.clone())
        .collect()
}

/// A role as administrators see it; brief without its attributes.
pub(super) fn represent(role: &Role, brief: bool) -> Map<String, Value> {
    let mut own = representation::role(role);
    if brief {
        own.shift_remove("attributes");
    }
    own
}

/// A page of a list. A negative bound is none.
pub(super) fn page<T>(items: Vec<T>, first: Option<i64>, max: Option<i64>) -> Vec<T> {
    let skip = usize::try_from(first.unwrap_or(0)).unwrap_or(0);
    let take = max.map_or(usize::MAX, |max| usize::try_from(max).unwrap_or(usize::MAX));
    items.into_iter().skip(skip).take(take).collect()
}
