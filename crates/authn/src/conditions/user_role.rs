//! `conditional-user-role`: whether the person has a role, be it by a group or another role.

use super::{is_on, setting};
use crate::flow::Walk;
use realm::{ClientId, Execution, Realm, Role};

pub(super) fn holds(walk: &Walk<'_>, condition: &Execution) -> bool {
    let Some(user) = &walk.user else {
        return false;
    };
    let realm = &walk.cx.realm;
    let name = setting(walk, condition, "condUserRole").unwrap_or_default();
    let has = find(realm, &name).is_some_and(|role| {
        realm
            .effective_roles(&user.roles, &user.groups)
            .contains(&role.id)
    });
    has != is_on(walk, condition, "negate")
}

/// A role as administrators write it: `name`, or `client.name` where both may have dots.
fn find<'r>(realm: &'r Realm, name: &str) -> Option<&'r Role> {
    let splits = name.rmatch_indices('.').take(10);
    for (at, _) in splits {
        if let Some(client) = realm.client(&ClientId::new(&name[..at])) {
            return realm
                .client_role(&client.id, &name[at + 1..])
                .map(AsRef::as_ref);
        }
    }
    realm.realm_role(name).map(AsRef::as_ref)
}
