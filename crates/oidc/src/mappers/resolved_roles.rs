use realm::{ClientKey, Realm, RoleSet};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

type Names<'a> = BTreeSet<Cow<'a, str>>;

/// The names of roles, as tokens tell them: sorted, those of clients by `client_id`.
#[derive(Debug, Default)]
pub(crate) struct ResolvedRoles<'a> {
    realm: Names<'a>,
    clients: BTreeMap<Cow<'a, str>, Names<'a>>,
}

impl<'a> ResolvedRoles<'a> {
    /// The names of these roles.
    pub(crate) fn of(realm: &'a Realm, roles: &RoleSet) -> Self {
        let mut named = Self::default();
        for role in roles.iter().filter_map(|id| realm.role(id)) {
            let name = Cow::Borrowed(role.name.as_str());
            if !role.client_role {
                named.realm.insert(name);
            } else if let Some(client) =
                realm.client_by_key(&ClientKey::new(role.container_id.as_str()))
            {
                let client = Cow::Borrowed(client.client_id.as_str());
                named.clients.entry(client).or_default().insert(name);
            }
        }
        named
    }

    /// The names of realm roles.
    pub(super) fn realm(&self) -> impl Iterator<Item = &str> {
        self.realm.iter().map(AsRef::as_ref)
    }

    /// The clients that have roles here.
    pub(super) fn clients(&self) -> impl Iterator<Item = &str> {
        self.clients.keys().map(AsRef::as_ref)
    }

    /// The names of a client's roles.
    pub(super) fn of_client(&self, client_id: &str) -> impl Iterator<Item = &str> {
        self.clients
            .get(client_id)
            .into_iter()
            .flatten()
            .map(AsRef::as_ref)
    }

    /// Without the roles of other clients than these.
    pub(crate) fn keep_clients(&mut self, only: &[String]) {
        self.clients
            .retain(|client, _| only.iter().any(|kept| *kept == **client));
    }

    /// Adds a role.
    pub(super) fn add(&mut self, role: &QualifiedRole) {
        let names = match &role.client_id {
            None => &mut self.realm,
            Some(client) => self.clients.entry(Cow::Owned(client.clone())).or_default(),
        };
        names.insert(Cow::Owned(role.name.clone()));
    }

    /// Takes a role out; tells whether it was there.
    pub(super) fn remove(&mut self, role: &QualifiedRole) -> bool {
        let Some(client) = role.client_id.as_deref() else {
            return self.realm.remove(role.name.as_str());
        };
        let Some(names) = self.clients.get_mut(client) else {
            return false;
        };
        let was_there = names.remove(role.name.as_str());
        if names.is_empty() {
            self.clients.remove(client);
        }
        was_there
    }
}

/// A role as mappers name it: `name`, or `client_id.name`. The last dot divides.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct QualifiedRole {
    client_id: Option<String>,
    name: String,
}

impl QualifiedRole {
    /// Reads the name.
    pub(super) fn read(text: &str) -> Self {
        match text.rsplit_once('.') {
            Some((client_id, name)) => Self {
                client_id: Some(client_id.to_owned()),
                name: name.to_owned(),
            },
            None => Self {
                client_id: None,
                name: text.to_owned(),
            },
        }
    }
}

/// These names, behind a prefix if there is one.
pub(super) fn prefixed<'a>(
    names: impl Iterator<Item = &'a str>,
    prefix: Option<&str>,
) -> Vec<Cow<'a, str>> {
    names
        .map(|name| match prefix {
            Some(prefix) => Cow::Owned([prefix, name].concat()),
            None => Cow::Borrowed(name),
        })
        .collect()
}
