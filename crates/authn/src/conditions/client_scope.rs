//! `conditional-client-scope`: whether the client asks for a client scope, or has it by default.

use super::{is_on, setting};
use crate::flow::Walk;
use realm::Execution;

pub(super) fn holds(walk: &Walk<'_>, condition: &Execution) -> bool {
    let name = setting(walk, condition, "client_scope").unwrap_or_default();
    let has = walk.requested_scopes().contains(&name);
    has != is_on(walk, condition, "negate")
}
