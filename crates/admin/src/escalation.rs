//! Nobody hands out rights over the realm that they lack.

use crate::answer::Refused;
use crate::call::Call;
use realm::fresh::MASTER_REALM;
use realm::{Client, Role};

/// Goes on when the caller may give this role to somebody, or put it into another role: rights of administration only by somebody who has them.
///
/// # Errors
/// [`Refused::Forbidden`].
pub fn may_hand_out(call: &Call, role: &Role, owner: Option<&Client>) -> Result<(), Refused> {
    let is_master = call.target.name.as_str() == MASTER_REALM;
    if !role.client_role {
        let gives_rights = is_master && matches!(role.name.as_str(), "admin" | "create-realm");
        let may = !gives_rights || call.caller.has_master_role("admin");
        return if may && brings_no_more(call, role) {
            Ok(())
        } else {
            Err(Refused::Forbidden)
        };
    }
    if brings_no_more(call, role) && owner.is_some() {
        Ok(())
    } else {
        Err(Refused::Forbidden)
    }
}

/// Whether every right over a realm that the role stands for or brings along is the caller's already.
fn brings_no_more(call: &Call, role: &Role) -> bool {
    let effective = call.target.effective_roles([&role.id], []);
    effective
        .iter()
        .filter_map(|id| call.target.role(id))
        .all(|role| match administered(call, role) {
            Some(realm) => call.caller.has_any(&realm, &[role.name.as_str()]),
            None => true,
        })
}

/// Over which realm this role is a right, if it is one.
fn administered(call: &Call, role: &Role) -> Option<realm::RealmName> {
    let key = realm::ClientKey::new(role.container_id.as_str());
    let client = role
        .client_role
        .then(|| call.target.client_by_key(&key))??;
    let id = client.client_id.as_str();
    if call.target.name.as_str() == MASTER_REALM {
        id.strip_suffix("-realm").map(realm::RealmName::new)
    } else {
        (id == "realm-management").then(|| call.target.name.clone())
    }
}
