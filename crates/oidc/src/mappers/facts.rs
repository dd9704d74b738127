use super::ResolvedRoles;
use crate::tokens::{Subject, TokenSession};
use realm::{Group, Realm, User};
use std::borrow::Cow;
use std::collections::HashSet;
use std::slice;

/// What mappers may know.
pub(crate) struct Facts<'a> {
    /// Whom the document is about, and for whom it is.
    pub(crate) subject: &'a Subject<'a>,
    /// Their roles, as far as the client may see them.
    pub(crate) roles: ResolvedRoles<'a>,
}

impl Facts<'_> {
    /// What the session notes under this name.
    pub(super) fn note(&self, name: &str) -> Option<Cow<'_, str>> {
        if name == "AUTH_TIME" {
            return self
                .subject
                .auth_time
                .map(|time| Cow::Owned(time.to_string()));
        }
        let notes = match self.subject.session {
            TokenSession::Transient(notes) => notes,
            TokenSession::Online(session, _)
            | TokenSession::Offline(session, _)
            | TokenSession::Guest(session, ..) => &session.notes,
        };
        notes.get(name).map(|note| Cow::Borrowed(note.as_str()))
    }

    /// The values of a person's attribute: their own, otherwise those of the first of their groups that has some.
    pub(super) fn attribute(&self, name: &str) -> &[String] {
        let own = own_attribute(self.subject.user, name);
        if !own.is_empty() {
            return own;
        }
        lineages(self.subject)
            .filter_map(|group| group.attributes.get(name))
            .find(|values| !values.is_empty())
            .map_or(&[], Vec::as_slice)
    }

    /// The values of a person's attribute and those of all their groups, each once.
    pub(super) fn attribute_everywhere(&self, name: &str) -> Vec<&str> {
        let mut seen = HashSet::new();
        own_attribute(self.subject.user, name)
            .iter()
            .chain(
                lineages(self.subject)
                    .filter_map(|group| group.attributes.get(name))
                    .flatten(),
            )
            .map(String::as_str)
            .filter(|value| seen.insert(*value))
            .collect()
    }
}

fn own_attribute<'a>(user: &'a User, name: &str) -> &'a [String] {
    match name {
        "username" => slice::from_ref(&user.username),
        "email" => user.email.as_slice(),
        "firstName" => user.first_name.as_slice(),
        "lastName" => user.last_name.as_slice(),
        _ => user.attributes.get(name).map_or(&[], Vec::as_slice),
    }
}

/// A person's groups, each followed by the groups above it.
fn lineages<'a>(subject: &'a Subject<'_>) -> impl Iterator<Item = &'a Group> {
    let realm = subject.realm;
    subject
        .user
        .groups
        .iter()
        .filter_map(|id| realm.group(id))
        .flat_map(|group| upwards(realm, group))
}

fn upwards<'a>(realm: &'a Realm, group: &'a Group) -> impl Iterator<Item = &'a Group> {
    /// Deeper is a cycle in what was stored.
    const DEEPEST: usize = 1000;
    std::iter::successors(Some(group), |group| {
        realm
            .group(group.parent_id.as_ref()?)
            .map(std::convert::AsRef::as_ref)
    })
    .take(DEEPEST)
}
