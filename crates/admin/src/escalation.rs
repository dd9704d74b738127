//! Nobody hands out rights over a realm that they lack, and nobody but who has all of them changes what a right is.

use crate::answer::Refused;
use crate::call::Call;
use realm::fresh::MASTER_REALM;
use realm::{Client, ClientKey, Realm, RealmName, Role};

/// The realm roles of `master` that are rights themselves.
const OF_MASTER: [&str; 2] = ["admin", "create-realm"];

/// Goes on when the caller may give this role to somebody, or put it into another role: every right that it stands for or brings along is theirs
/// already.
///
/// # Errors
/// [`Refused::Forbidden`].
pub fn may_hand_out(call: &Call, realm: &Realm, role: &Role) -> Result<(), Refused> {
    let effective = realm.effective_roles([&role.id], []);
    let mut roles = effective.iter().filter_map(|id| realm.role(id));
    let is_theirs = |role: &Role| match right(realm, role) {
        Right::None => true,
        Right::OfMaster => call.caller.has_master_role("admin"),
        Right::Over(target) => call.caller.has_any(&target, &[role.name.as_str()]),
    };
    match roles.all(|role| is_theirs(role)) {
        true => Ok(()),
        false => Err(Refused::Forbidden),
    }
}

/// Goes on when the caller may change or remove this role: rights are known by their names, so whoever renames one could make it another.
///
/// # Errors
/// [`Refused::Forbidden`].
pub fn may_change(call: &Call, realm: &Realm, role: &Role) -> Result<(), Refused> {
    match right(realm, role) {
        Right::None => Ok(()),
        Right::OfMaster => has_all(call, None),
        Right::Over(target) => has_all(call, Some(&target)),
    }
}

/// Goes on when the caller may add a role to this client, or to the realm itself: what is added to a client of administration is a right.
///
/// # Errors
/// [`Refused::Forbidden`].
pub fn may_add(call: &Call, realm: &Realm, client: Option<&Client>) -> Result<(), Refused> {
    match client.and_then(|client| administered(realm, client)) {
        None => Ok(()),
        Some(target) => has_all(call, Some(&target)),
    }
}

fn has_all(call: &Call, target: Option<&RealmName>) -> Result<(), Refused> {
    let is_administrator = call.caller.has_master_role("admin")
        || target.is_some_and(|target| call.caller.has_any(target, &["realm-admin"]));
    match is_administrator {
        true => Ok(()),
        false => Err(Refused::Forbidden),
    }
}

enum Right {
    None,
    /// One of [`OF_MASTER`].
    OfMaster,
    /// Over this realm.
    Over(RealmName),
}

fn right(realm: &Realm, role: &Role) -> Right {
    if !role.client_role {
        let is_master = realm.name.as_str() == MASTER_REALM;
        return match is_master && OF_MASTER.contains(&role.name.as_str()) {
            true => Right::OfMaster,
            false => Right::None,
        };
    }
    let owner = realm.client_by_key(&ClientKey::new(role.container_id.as_str()));
    match owner.and_then(|client| administered(realm, client)) {
        Some(target) => Right::Over(target),
        None => Right::None,
    }
}

/// Over which realm this client's roles are rights, if they are.
fn administered(realm: &Realm, client: &Client) -> Option<RealmName> {
    let id = client.client_id.as_str();
    if realm.name.as_str() == MASTER_REALM {
        id.strip_suffix("-realm").map(RealmName::new)
    } else {
        (id == "realm-management").then(|| realm.name.clone())
    }
}
