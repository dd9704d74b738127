//! What administrators read: Keycloak's representations, their members in Keycloak's order.
//!
//! Members that have no field follow in the order in which they were given. Nothing here is a rule: a representation shows what
//! is stored, with what derives from it.

mod client;
mod component;
mod consent;
mod flow;
mod realm;
mod role;
mod user;

pub use client::{client, client_scope};
pub use component::{component, identity_provider};
pub use consent::{consent, put_consents, take_consents};
pub use flow::flow;
pub(crate) use realm::order as realm_order;
pub use realm::realm;
pub use role::{group, named, role};
pub(crate) use user::order as user_order;
pub use user::{credential, user};

use serde::Serialize;
use serde_json::{Map, Value};

/// What stands in place of a secret that is not shown. Sent back, it means "as it was".
pub const MASK: &str = "**********";

/// Whether secrets are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secrets {
    /// As they are stored: for a file that is a copy of the realm.
    Clear,
    /// Secrets as [`MASK`], generated keys left out.
    Masked,
}

/// The members of a value that serializes to an object.
pub(crate) fn members(value: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(value) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

/// The members named in `order`, in that order, then the others.
pub(crate) fn ordered(mut members: Map<String, Value>, order: &[&str]) -> Map<String, Value> {
    let mut sorted = Map::with_capacity(members.len());
    for name in order {
        if let Some(value) = members.shift_remove(*name) {
            sorted.insert((*name).to_owned(), value);
        }
    }
    sorted.extend(members);
    sorted
}

fn mask(members: &mut Map<String, Value>, name: &str) {
    if let Some(value) = members.get_mut(name).filter(|value| !value.is_null()) {
        *value = Value::String(MASK.to_owned());
    }
}
