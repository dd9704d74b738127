//! Which of a person's roles may stand in a client's tokens.

use crate::scopes::GrantedScopes;
use realm::{Client, Realm, RoleSet};
use std::borrow::Cow;

/// Of `held` (a person's roles, composites expanded), those that the client may see with these scopes: all of them when it has full scope,
/// otherwise its own roles and those that the scope mappings of client and scopes name, composites expanded.
pub fn visible<'a>(
    realm: &Realm,
    client: &Client,
    scopes: &GrantedScopes,
    held: &'a RoleSet,
) -> Cow<'a, RoleSet> {
    if client.full_scope_allowed {
        return Cow::Borrowed(held);
    }
    let own = realm
        .roles()
        .filter(|role| role.client_role && role.container_id == client.id.as_str())
        .map(|role| &role.id);
    let mapped = scopes
        .iter()
        .flat_map(|scope| &scope.scope_mappings)
        .chain(&client.scope_mappings);
    Cow::Owned(held.intersection(&realm.effective_roles(own.chain(mapped), [])))
}
