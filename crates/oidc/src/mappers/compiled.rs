//! Mappers made ready to run, kept as long as their realm does not change.

use super::{ClaimRule, Claims, Document, Effect, Facts, MapperType, ResolvedRoles, RoleRule};
use super::{TYPES, Writes};
use crate::scopes::GrantedScopes;
use realm::{Client, ClientKey, ProtocolMapper, Realm, RealmId};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// So many realms are kept ready.
const REALMS: usize = 4096;

/// The compiled protocol mappers of realms: cheap to clone, shared by all requests.
#[derive(Clone, Default)]
pub struct Mappers(Arc<Mutex<HashMap<RealmId, Arc<OfRealm>>>>);

impl fmt::Debug for Mappers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mappers").finish_non_exhaustive()
    }
}

struct OfRealm {
    version: i64,
    /// Part of the snapshot that this was made of. As long as it is held here, no other snapshot has it at this address: a realm that was deleted
    /// and made again may have the same key and version.
    made_of: Arc<str>,
    scopes: HashMap<String, Arc<[Compiled]>>,
    /// Of those clients that have mappers, when they were first asked for.
    clients: Mutex<HashMap<ClientKey, Arc<[Compiled]>>>,
}

struct Compiled {
    priority: i8,
    documents: u8,
    action: Action,
}

enum Action {
    Claims(ClaimRule),
    Roles(RoleRule),
}

impl Mappers {
    /// The mappers that apply to a client with these scopes, in the order in which they run.
    pub(crate) fn rules(&self, realm: &Realm, client: &Client, scopes: &GrantedScopes) -> Rules {
        let ready = self.of(realm);
        let mut sources: Vec<Arc<[Compiled]>> = scopes
            .iter()
            .filter_map(|scope| ready.scopes.get(&scope.name).map(Arc::clone))
            .collect();
        if !client.protocol_mappers.is_empty() {
            let mut clients = locked(&ready.clients);
            let own = clients
                .entry(client.id.clone())
                .or_insert_with(|| compile(realm, &client.protocol_mappers));
            sources.push(Arc::clone(own));
        }
        let mut order: Vec<(i8, usize, usize)> = Vec::with_capacity(40);
        for (source, mappers) in sources.iter().enumerate() {
            order.extend(
                mappers
                    .iter()
                    .enumerate()
                    .map(|(index, mapper)| (mapper.priority, source, index)),
            );
        }
        order.sort_unstable();
        Rules { sources, order }
    }

    fn of(&self, realm: &Realm) -> Arc<OfRealm> {
        let mut realms = locked(&self.0);
        if let Some(ready) = realms.get(&realm.id)
            && ready.version == realm.version
            && Arc::ptr_eq(&ready.made_of, realm.keys.published())
        {
            return Arc::clone(ready);
        }
        if realms.len() >= REALMS {
            realms.clear();
        }
        let ready = Arc::new(OfRealm {
            version: realm.version,
            made_of: Arc::clone(realm.keys.published()),
            scopes: realm
                .scopes()
                .map(|scope| (scope.name.clone(), compile(realm, &scope.protocol_mappers)))
                .collect(),
            clients: Mutex::default(),
        });
        realms.insert(realm.id.clone(), Arc::clone(&ready));
        ready
    }
}

/// What a panic under the lock can leave behind is a cache with an entry less.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The mappers of one request, in order.
pub(crate) struct Rules {
    sources: Vec<Arc<[Compiled]>>,
    order: Vec<(i8, usize, usize)>,
}

impl Rules {
    /// Lets the mappers change the roles that may be seen.
    pub(crate) fn change(&self, roles: &mut ResolvedRoles<'_>) {
        for mapper in self.iter() {
            if let Action::Roles(rule) = &mapper.action {
                rule(roles);
            }
        }
    }

    /// What the mappers write into a document.
    pub(crate) fn write(&self, document: Document, facts: &Facts<'_>) -> Claims {
        let mut claims = Claims::default();
        for mapper in self.iter() {
            if let Action::Claims(rule) = &mapper.action
                && mapper.documents & bit(document) != 0
            {
                rule(document, facts, &mut claims);
            }
        }
        claims
    }

    fn iter(&self) -> impl Iterator<Item = &Compiled> {
        self.order
            .iter()
            .filter_map(|(_, source, index)| self.sources.get(*source)?.get(*index))
    }
}

fn compile(realm: &Realm, mappers: &[ProtocolMapper]) -> Arc<[Compiled]> {
    mappers
        .iter()
        .filter(|mapper| matches!(mapper.protocol.as_str(), "openid-connect" | ""))
        .filter_map(|mapper| {
            let id = mapper.protocol_mapper.as_str();
            let Some(kind) = TYPES.iter().find(|kind| kind.id == id) else {
                tracing::warn!(realm = %realm.name, mapper = mapper.name, r#type = id, "protocol mapper of a type that is not served: left out");
                return None;
            };
            Some(Compiled {
                priority: kind.priority,
                documents: documents(kind, mapper),
                action: match (kind.compile)(mapper) {
                    Effect::Claims(rule) => Action::Claims(rule),
                    Effect::Roles(rule) => Action::Roles(rule),
                    Effect::Nothing => return None,
                },
            })
        })
        .collect()
}

fn bit(document: Document) -> u8 {
    1 << document as u8
}

fn documents(kind: &MapperType, mapper: &ProtocolMapper) -> u8 {
    let bits = |wanted: &dyn Fn(Document) -> bool, of: &[Document]| {
        of.iter()
            .filter(|document| wanted(**document))
            .fold(0, |bits, document| bits | bit(*document))
    };
    match kind.writes {
        Writes::Always(of) => bits(&|_| true, of),
        Writes::Where(of) => bits(&|document| wants(mapper, document), of),
    }
}

/// Whether a mapper's settings name a document. Two of them are younger than the others; mappers from before follow an older one.
fn wants(mapper: &ProtocolMapper, document: Document) -> bool {
    let setting = |name: &str| mapper.setting(name).map(|value| value == "true");
    match document {
        Document::Access => setting("access.token.claim"),
        Document::Lightweight => setting("lightweight.claim"),
        Document::Id => setting("id.token.claim"),
        Document::Userinfo => setting("userinfo.token.claim").or_else(|| setting("id.token.claim")),
        Document::Introspection => {
            setting("introspection.token.claim").or_else(|| setting("access.token.claim"))
        }
        Document::Response => setting("access.tokenResponse.claim"),
    }
    .unwrap_or(false)
}
