//! The immutable picture of a realm that requests read.

use crate::{
    AuthenticatorConfig, Client, ClientId, ClientKey, ClientScope, Component, Document, Flow,
    FlowId, Group, GroupId, Kind, PasswordPolicy, RealmId, RealmKeys, RealmName, RequiredAction,
    Role, RoleId, Settings, UserProfile, keys::KeyError,
};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// A realm as it was at one version: every look-up that a request needs, none of it changing.
#[derive(Debug)]
pub struct Realm {
    /// Its key.
    pub id: RealmId,
    /// Its name.
    pub name: RealmName,
    /// Grows with every change.
    pub version: i64,
    /// Its own settings.
    pub settings: Settings,
    /// Its keys.
    pub keys: RealmKeys,
    /// What it asks of passwords. Rules that make no sense are left out.
    pub password_policy: PasswordPolicy,
    /// Which attributes people have.
    pub profile: UserProfile,
    clients: HashMap<ClientKey, Arc<Client>>,
    client_keys: HashMap<ClientId, ClientKey>,
    scopes: HashMap<String, Arc<ClientScope>>,
    roles: HashMap<RoleId, Arc<Role>>,
    realm_roles: HashMap<String, RoleId>,
    client_roles: HashMap<ClientKey, HashMap<String, RoleId>>,
    groups: HashMap<GroupId, Arc<Group>>,
    flows: HashMap<String, Arc<Flow>>,
    flow_aliases: HashMap<FlowId, String>,
    configs: HashMap<String, Arc<AuthenticatorConfig>>,
    required_actions: Vec<RequiredAction>,
    components: Vec<Component>,
    identity_providers: Vec<serde_json::Value>,
    identity_provider_mappers: Vec<serde_json::Value>,
}

/// Why documents make no realm.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A document is not what its kind says.
    #[error("{kind:?} {id} is not readable")]
    Document {
        /// What it should be.
        kind: Kind,
        /// Its key.
        id: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// There is no document of kind realm, or more than one.
    #[error("a realm has exactly one settings document, found {0}")]
    SettingsDocuments(usize),
    /// Two things of a kind have the same name.
    #[error("{kind:?} {name} exists twice")]
    Twice {
        /// What it is.
        kind: Kind,
        /// The name.
        name: String,
    },
    /// The realm lacks a key that it can't do without.
    #[error("the realm has no active key of a component {0}")]
    NoKey(&'static str),
    /// A key can't be used.
    #[error("key component {component} can't be used")]
    Key {
        /// The component's name or key.
        component: String,
        /// What is wrong with it.
        source: KeyError,
    },
}

impl Realm {
    /// The snapshot that these documents describe.
    ///
    /// # Errors
    /// [`BuildError`] names the first document that makes no sense.
    pub fn build(version: i64, documents: &[Document]) -> Result<Self, BuildError> {
        let mut settings = read_all::<Settings>(documents, Kind::Realm)?;
        if settings.len() != 1 {
            return Err(BuildError::SettingsDocuments(settings.len()));
        }
        let settings = settings.swap_remove(0);
        let components: Vec<Component> = read_all(documents, Kind::Component)?;
        let keys = RealmKeys::from_components(&components, &settings.default_signature_algorithm)?;
        let clients: Vec<Client> = read_all(documents, Kind::Client)?;
        let mut client_keys = HashMap::with_capacity(clients.len());
        for client in &clients {
            if client_keys
                .insert(client.client_id.clone(), client.id.clone())
                .is_some()
            {
                return Err(BuildError::Twice {
                    kind: Kind::Client,
                    name: client.client_id.to_string(),
                });
            }
        }
        let roles: Vec<Role> = read_all(documents, Kind::Role)?;
        let mut realm_roles = HashMap::new();
        let mut client_roles: HashMap<ClientKey, HashMap<String, RoleId>> = HashMap::new();
        for role in &roles {
            let names = if role.client_role {
                let owner = ClientKey::new(role.container_id.clone());
                client_roles.entry(owner).or_default()
            } else {
                &mut realm_roles
            };
            if names.insert(role.name.clone(), role.id.clone()).is_some() {
                return Err(BuildError::Twice {
                    kind: Kind::Role,
                    name: role.name.clone(),
                });
            }
        }
        let flows: Vec<Flow> = read_all(documents, Kind::Flow)?;
        let mut required_actions: Vec<RequiredAction> = read_all(documents, Kind::RequiredAction)?;
        required_actions.sort_by_key(|action| action.priority);
        Ok(Self {
            id: RealmId::new(settings.id.clone()),
            name: RealmName::new(settings.realm.clone()),
            version,
            keys,
            password_policy: password_policy(&settings),
            profile: UserProfile::of(&components),
            client_keys,
            clients: clients
                .into_iter()
                .map(|client| (client.id.clone(), Arc::new(client)))
                .collect(),
            scopes: unique(
                Kind::ClientScope,
                read_all::<ClientScope>(documents, Kind::ClientScope)?,
                |scope| scope.name.clone(),
            )?,
            realm_roles,
            client_roles,
            roles: roles
                .into_iter()
                .map(|role| (role.id.clone(), Arc::new(role)))
                .collect(),
            groups: read_all::<Group>(documents, Kind::Group)?
                .into_iter()
                .map(|group| (group.id.clone(), Arc::new(group)))
                .collect(),
            flow_aliases: flows
                .iter()
                .map(|flow| (flow.id.clone(), flow.alias.clone()))
                .collect(),
            flows: unique(
                Kind::Flow,
                flows.into_iter().map(sorted).collect(),
                |flow| flow.alias.clone(),
            )?,
            configs: unique(
                Kind::AuthenticatorConfig,
                read_all::<AuthenticatorConfig>(documents, Kind::AuthenticatorConfig)?,
                |config| config.alias.clone(),
            )?,
            required_actions,
            components,
            identity_providers: bodies(documents, Kind::IdentityProvider),
            identity_provider_mappers: bodies(documents, Kind::IdentityProviderMapper),
            settings,
        })
    }

    /// The client with this `client_id`.
    pub fn client(&self, id: &ClientId) -> Option<&Arc<Client>> {
        self.client_by_key(self.client_keys.get(id)?)
    }

    /// The client with this key.
    pub fn client_by_key(&self, key: &ClientKey) -> Option<&Arc<Client>> {
        self.clients.get(key)
    }

    /// All clients, in no order.
    pub fn clients(&self) -> impl Iterator<Item = &Arc<Client>> {
        self.clients.values()
    }

    /// The client scope with this name.
    pub fn scope(&self, name: &str) -> Option<&Arc<ClientScope>> {
        self.scopes.get(name)
    }

    /// All client scopes, in no order.
    pub fn scopes(&self) -> impl Iterator<Item = &Arc<ClientScope>> {
        self.scopes.values()
    }

    /// The role with this key.
    pub fn role(&self, id: &RoleId) -> Option<&Arc<Role>> {
        self.roles.get(id)
    }

    /// The realm role with this name.
    pub fn realm_role(&self, name: &str) -> Option<&Arc<Role>> {
        self.role(self.realm_roles.get(name)?)
    }

    /// The role that everybody has.
    pub fn default_role(&self) -> Option<&Arc<Role>> {
        match &self.settings.default_role {
            Some(id) => self.role(id),
            None => self.realm_role(&format!("default-roles-{}", self.name)),
        }
    }

    /// The role of this client with this name.
    pub fn client_role(&self, client: &ClientKey, name: &str) -> Option<&Arc<Role>> {
        self.role(self.client_roles.get(client)?.get(name)?)
    }

    /// All roles, in no order.
    pub fn roles(&self) -> impl Iterator<Item = &Arc<Role>> {
        self.roles.values()
    }

    /// The group with this key.
    pub fn group(&self, id: &GroupId) -> Option<&Arc<Group>> {
        self.groups.get(id)
    }

    /// All groups, in no order.
    pub fn groups(&self) -> impl Iterator<Item = &Arc<Group>> {
        self.groups.values()
    }

    /// A group's path, such as `/parent/name`.
    pub fn group_path(&self, group: &Group) -> String {
        let mut names = vec![group.name.as_str()];
        let mut above = group.parent_id.as_ref();
        while let Some(parent) = above.and_then(|id| self.groups.get(id)) {
            if names.len() > self.groups.len() {
                break; // a cycle in what was stored
            }
            names.push(&parent.name);
            above = parent.parent_id.as_ref();
        }
        names
            .iter()
            .rev()
            .fold(String::new(), |path, name| path + "/" + name)
    }

    /// The flow with this alias, its executions by priority.
    pub fn flow(&self, alias: &str) -> Option<&Arc<Flow>> {
        self.flows.get(alias)
    }

    /// The flow with this key.
    pub fn flow_by_id(&self, id: &FlowId) -> Option<&Arc<Flow>> {
        self.flow(self.flow_aliases.get(id)?)
    }

    /// All flows, in no order.
    pub fn flows(&self) -> impl Iterator<Item = &Arc<Flow>> {
        self.flows.values()
    }

    /// The authenticator configuration with this alias.
    pub fn authenticator_config(&self, alias: &str) -> Option<&Arc<AuthenticatorConfig>> {
        self.configs.get(alias)
    }

    /// All authenticator configurations, in no order.
    pub fn authenticator_configs(&self) -> impl Iterator<Item = &Arc<AuthenticatorConfig>> {
        self.configs.values()
    }

    /// The required actions by priority.
    pub fn required_actions(&self) -> &[RequiredAction] {
        &self.required_actions
    }

    /// The components, as stored: key material included.
    pub fn components(&self) -> &[Component] {
        &self.components
    }

    /// The identity providers, as stored.
    pub fn identity_providers(&self) -> &[serde_json::Value] {
        &self.identity_providers
    }

    /// The identity providers' mappers, as stored.
    pub fn identity_provider_mappers(&self) -> &[serde_json::Value] {
        &self.identity_provider_mappers
    }

    /// These roles and all that they bring along, the groups' roles (and those of the groups above) included.
    ///
    /// Keys that name nothing are left out; cycles end.
    pub fn effective_roles<'a>(
        &self,
        roles: impl IntoIterator<Item = &'a RoleId>,
        groups: impl IntoIterator<Item = &'a GroupId>,
    ) -> RoleSet {
        let mut open: Vec<RoleId> = roles.into_iter().cloned().collect();
        let mut seen_groups = HashSet::new();
        let mut next: Vec<&GroupId> = groups.into_iter().collect();
        while let Some(id) = next.pop() {
            let Some(group) = self.groups.get(id).filter(|_| seen_groups.insert(id)) else {
                continue;
            };
            open.extend(group.role_ids.iter().cloned());
            next.extend(group.parent_id.as_ref());
        }
        let mut set = BTreeSet::new();
        while let Some(id) = open.pop() {
            let Some(role) = self.roles.get(&id) else {
                continue;
            };
            if set.insert(id) {
                open.extend(role.composite_ids.iter().cloned());
            }
        }
        RoleSet(set)
    }
}

/// Keys of roles, composites expanded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoleSet(BTreeSet<RoleId>);

impl RoleSet {
    /// Whether the role is in it.
    pub fn contains(&self, role: &RoleId) -> bool {
        self.0.contains(role)
    }

    /// The keys, in order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = &RoleId> {
        self.0.iter()
    }

    /// What is in both.
    #[must_use]
    pub fn intersection(&self, other: &RoleSet) -> RoleSet {
        RoleSet(self.0.intersection(&other.0).cloned().collect())
    }
}

fn password_policy(settings: &Settings) -> PasswordPolicy {
    let text = settings.other.get("passwordPolicy");
    let text = text.and_then(serde_json::Value::as_str);
    PasswordPolicy::read(text.unwrap_or_default()).0
}

fn sorted(mut flow: Flow) -> Flow {
    flow.authentication_executions
        .sort_by_key(|execution| execution.priority);
    flow
}

fn bodies(documents: &[Document], kind: Kind) -> Vec<serde_json::Value> {
    documents
        .iter()
        .filter(|document| document.kind == kind)
        .map(|document| document.body.clone())
        .collect()
}

fn read_all<T: serde::de::DeserializeOwned>(
    documents: &[Document],
    kind: Kind,
) -> Result<Vec<T>, BuildError> {
    documents
        .iter()
        .filter(|document| document.kind == kind)
        .map(|document| {
            serde::Deserialize::deserialize(&document.body).map_err(|source| BuildError::Document {
                kind,
                id: document.id.clone(),
                source,
            })
        })
        .collect()
}

fn unique<T>(
    kind: Kind,
    items: Vec<T>,
    name: impl Fn(&T) -> String,
) -> Result<HashMap<String, Arc<T>>, BuildError> {
    let mut map = HashMap::with_capacity(items.len());
    for item in items {
        let name = name(&item);
        if map.insert(name.clone(), Arc::new(item)).is_some() {
            return Err(BuildError::Twice { kind, name });
        }
    }
    Ok(map)
}
