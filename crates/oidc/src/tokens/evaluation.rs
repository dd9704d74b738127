use super::{Subject, TokenSession};
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
        let scopes = match subject.session {
            TokenSession::Transient(_) => scopes,
            // There are no offline sessions, so nobody is told that they got one (OpenID Connect Core §11: such a request is ignored).
            TokenSession::Online(..) => scopes.online(),
        };
        let rules = subject.mappers.rules(realm, client, &scopes);
        let mut roles = ResolvedRoles::of(realm, &roles::visible(realm, client, &scopes, &held));
        rules.change(&mut roles);
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
