//! Which client scopes a request gets (RFC 6749 §3.3).

use realm::{Client, ClientScope, Realm, RoleSet};
use std::sync::Arc;

/// The name of the scope that asks for a refresh token that outlives the session (OpenID Connect Core §11).
const OFFLINE_ACCESS: &str = "offline_access";

/// The client scopes that apply to a request: the client's default ones, and those optional ones that it named.
#[derive(Clone, Debug, Default)]
pub struct GrantedScopes {
    openid: bool,
    scopes: Vec<Arc<ClientScope>>,
}

/// A scope was asked for that the client can't have. Holds the whole parameter, which the error's text tells back as Keycloak does, but for control
/// characters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Invalid scopes: {}", .0.replace(char::is_control, ""))]
pub struct InvalidScope(pub String);

impl GrantedScopes {
    /// What a request with this `scope` parameter gets.
    ///
    /// # Errors
    /// [`InvalidScope`] when one of its words is neither `openid` nor a scope of the client. An empty parameter has one word, which is empty.
    pub fn resolve(
        realm: &Realm,
        client: &Client,
        requested: Option<&str>,
    ) -> Result<Self, InvalidScope> {
        let requested = requested.unwrap_or(" ");
        let invalid = || InvalidScope(requested.to_owned());
        if requested.is_empty() {
            return Err(invalid());
        }
        let mut granted = Self::by_default(realm, client);
        for word in words(requested) {
            if !granted.add(realm, client, word) {
                return Err(invalid());
            }
        }
        Ok(granted)
    }

    /// The same for the scopes that a token was once issued for: what the client can't have any more is passed over.
    pub fn recall(realm: &Realm, client: &Client, granted: &str) -> Self {
        let mut recalled = Self::by_default(realm, client);
        for word in words(granted) {
            recalled.add(realm, client, word);
        }
        recalled
    }

    /// What a refresh gets that names scopes: of those granted before, the default ones and the ones that it names again. Words that were not
    /// granted before but could have been are passed over (RFC 6749 §6 forbids to widen; Keycloak does not call it an error).
    ///
    /// # Errors
    /// As [`GrantedScopes::resolve`].
    pub fn narrow(
        &self,
        realm: &Realm,
        client: &Client,
        requested: Option<&str>,
    ) -> Result<Self, InvalidScope> {
        let Some(requested) = requested else {
            return Ok(self.clone());
        };
        let mut narrowed = Self::resolve(realm, client, Some(requested))?;
        narrowed.openid &= self.openid;
        narrowed.scopes.retain(|scope| self.has(&scope.name));
        Ok(narrowed)
    }

    /// The same as an OpenID Connect request.
    #[must_use]
    pub(crate) fn with_openid(mut self) -> Self {
        self.openid = true;
        self
    }

    /// Whether this is an OpenID Connect request, which gets an ID token and may ask for user information.
    pub fn is_openid(&self) -> bool {
        self.openid
    }

    /// Whether a refresh token was asked for that outlives the session.
    pub fn asks_for_offline(&self) -> bool {
        self.has(OFFLINE_ACCESS)
    }

    /// The client scopes: the default ones in the client's order, then the others as they were asked for.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<ClientScope>> {
        self.scopes.iter()
    }

    /// Without the scopes that stand for roles of which the person has none.
    #[must_use]
    pub fn permitted(&self, realm: &Realm, held: &RoleSet) -> Self {
        let permitted = |scope: &&Arc<ClientScope>| {
            scope.scope_mappings.is_empty()
                || realm
                    .effective_roles(&scope.scope_mappings, [])
                    .iter()
                    .any(|role| held.contains(role))
        };
        Self {
            openid: self.openid,
            scopes: self.scopes.iter().filter(permitted).cloned().collect(),
        }
    }

    /// The value of `scope` in tokens and responses: only scopes that want to be seen there.
    pub fn shown(&self) -> String {
        self.join(|scope| {
            let include = scope.attributes.get("include.in.token.scope");
            include.is_none_or(|include| include.eq_ignore_ascii_case("true"))
        })
    }

    /// The value of `scope` in refresh tokens: every scope.
    pub fn all(&self) -> String {
        self.join(|_| true)
    }

    fn join(&self, wanted: impl Fn(&ClientScope) -> bool) -> String {
        let names = self
            .scopes
            .iter()
            .filter(|scope| wanted(scope))
            .map(|scope| scope.name.as_str());
        let mut text = String::with_capacity(96);
        for name in self.openid.then_some("openid").into_iter().chain(names) {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(name);
        }
        text
    }

    fn has(&self, name: &str) -> bool {
        self.scopes.iter().any(|scope| scope.name == name)
    }

    fn by_default(realm: &Realm, client: &Client) -> Self {
        let mut granted = Self {
            openid: false,
            scopes: Vec::with_capacity(client.default_client_scopes.len() + 2),
        };
        for name in &client.default_client_scopes {
            granted.add_scope(realm, name);
        }
        granted
    }

    /// Adds what a word of a scope parameter names; tells whether the client may name it.
    fn add(&mut self, realm: &Realm, client: &Client, word: &str) -> bool {
        if word == "openid" {
            self.openid = true;
            return true;
        }
        if named(&client.default_client_scopes, word) {
            return true;
        }
        if is_organization(word) {
            // There are no organizations, so whoever may ask for one gets none.
            return named(&client.optional_client_scopes, ORGANIZATION);
        }
        let optional = named(&client.optional_client_scopes, word);
        if optional {
            self.add_scope(realm, word);
        }
        optional
    }

    /// Names that mean nothing in this realm any more, and scopes of other protocols, are passed over.
    fn add_scope(&mut self, realm: &Realm, name: &str) {
        let scope = realm.scope(name).filter(|scope| is_oidc(scope));
        if let Some(scope) = scope.filter(|_| !self.has(name)) {
            self.scopes.push(Arc::clone(scope));
        }
    }
}

/// The scope that tells the organizations of a person: all, or the one behind the colon.
const ORGANIZATION: &str = "organization";

fn is_organization(word: &str) -> bool {
    word.strip_prefix(ORGANIZATION)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
}

fn is_oidc(scope: &ClientScope) -> bool {
    let protocol = scope.protocol.as_deref();
    protocol.is_none_or(|protocol| protocol == "openid-connect")
}

/// The words of a scope parameter (RFC 6749 §3.3): one blank divides, so that two make an empty word; those at the end are nothing.
fn words(requested: &str) -> impl Iterator<Item = &str> {
    let requested = requested.trim_end_matches(' ');
    let none = requested.is_empty();
    requested.split(' ').filter(move |_| !none)
}

fn named(names: &[String], word: &str) -> bool {
    names.iter().any(|name| name == word)
}
