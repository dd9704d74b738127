//! `conditional-sub-flow-executed`: whether another flow was gone through before.

use super::setting;
use crate::flow::Walk;
use crate::sealed::Status;
use realm::{Execution, Flow, Realm};

/// Flows nest no deeper.
const DEPTH: usize = 16;

pub(super) fn holds(walk: &Walk<'_>, condition: &Execution) -> bool {
    let alias = setting(walk, condition, "flow_to_check").unwrap_or_default();
    let realm = &walk.cx.realm;
    let top = crate::login::browser_flow(walk.cx, walk.client);
    let top = top.ok().and_then(|top| realm.flow(&top).cloned());
    let step = top.and_then(|top| find(realm, &top, &alias, 0));
    let was_executed =
        step.is_some_and(|step| walk.found.status(&step.id) == Some(Status::Success));
    let result = setting(walk, condition, "check_result");
    was_executed != (result.as_deref() == Some("not-executed"))
}

/// The step that names this flow.
fn find(realm: &Realm, flow: &Flow, alias: &str, depth: usize) -> Option<Execution> {
    let mut steps = flow.authentication_executions.iter();
    steps.find_map(|step| {
        let below = step
            .flow_alias
            .as_deref()
            .filter(|_| step.authenticator_flow)?;
        if below == alias {
            return Some(step.clone());
        }
        let below = realm.flow(below).filter(|_| depth < DEPTH)?;
        find(realm, below, alias, depth + 1)
    })
}
