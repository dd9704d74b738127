use super::Subject;
use crate::mappers::{Claims, Document, Facts, ResolvedRoles, Rules};
use crate::roles;
use crate::scopes::GrantedScopes;

/// What configuration makes of a subject: worked out once for all documents of a request.
pub(super) struct Evaluation<'a> {
    pub(super) subject: &'a Subject<'a>,
    /// The scopes that take effect.
    pub(super) scopes: GrantedScopes,
    rules: Rules,
    facts: Facts<'a>,
}

impl<'a> Evaluation<'a> {
    pub(super) fn of(subject: &'a Subject<'a>) -> Self {
        let Subject {
            realm,
            client,
            user,
            ..
        } = *subject;
        let held = realm.effective_roles(&user.roles, &user.groups);
        let scopes = subject.scopes.permitted(realm, &held);
        let rules = subject.mappers.rules(realm, client, &scopes);
        let mut roles = ResolvedRoles::of(realm, &roles::visible(realm, client, &scopes, &held));
        rules.change(&mut roles);
        if let Some(only) = subject.audiences() {
            roles.keep_clients(only);
        }
        Self {
            subject,
            scopes,
            rules,
            facts: Facts { subject, roles },
        }
    }

    /// What mappers write into a document.
    pub(super) fn claims(&self, document: Document) -> Claims {
        self.rules.write(document, &self.facts)
    }
}
