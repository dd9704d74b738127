//! `conditional-user-configured`: whether the person could do the steps beside it: all that are required, or else one of the alternatives.

use crate::authenticators::{self, Needs};
use crate::flow::{Halt, Walk};
use crate::refusal::Refusal;
use realm::{Execution, Flow, Requirement};
use std::future::Future;
use std::pin::Pin;

/// Flows nest no deeper.
const DEPTH: usize = 16;

pub(super) async fn holds(walk: &mut Walk<'_>, flow: &Flow) -> Result<bool, Halt> {
    within(walk, flow, 0).await
}

fn within<'s>(
    walk: &'s mut Walk<'_>,
    flow: &'s Flow,
    depth: usize,
) -> Pin<Box<dyn Future<Output = Result<bool, Halt>> + Send + 's>> {
    Box::pin(async move {
        if depth >= DEPTH {
            return Err(Halt::Everywhere(Refusal::FlowBroken(flow.alias.clone())));
        }
        let of = |requirement| {
            let steps = flow.authentication_executions.iter();
            steps.filter(move |step| step.requirement == requirement && !is_condition(step))
        };
        let mut has_required = false;
        for step in of(Requirement::Required) {
            has_required = true;
            if !can_do(walk, step, depth).await? {
                return Ok(false);
            }
        }
        if has_required {
            return Ok(true);
        }
        let mut has_alternatives = false;
        for step in of(Requirement::Alternative) {
            has_alternatives = true;
            if can_do(walk, step, depth).await? {
                return Ok(true);
            }
        }
        Ok(!has_alternatives)
    })
}

fn is_condition(execution: &Execution) -> bool {
    let authenticator = execution.authenticator.as_deref();
    authenticator.is_some_and(super::is_condition)
}

async fn can_do(walk: &mut Walk<'_>, execution: &Execution, depth: usize) -> Result<bool, Halt> {
    if execution.authenticator_flow {
        let alias = execution.flow_alias.as_deref().unwrap_or_default();
        let below = walk.cx.realm.flow(alias).cloned();
        let below = below.ok_or_else(|| Halt::Everywhere(Refusal::FlowBroken(alias.to_owned())))?;
        return within(walk, &below, depth + 1).await;
    }
    let id = execution.authenticator.as_deref().unwrap_or_default();
    // Of a step that we have never heard of nobody can say who could do it.
    let authenticator = authenticators::find(id)
        .ok_or_else(|| Halt::Here(Refusal::StepNotServed(id.to_owned())))?;
    if !authenticator.in_use(&walk.cx.realm) {
        return Ok(false);
    }
    match authenticator.needs() {
        Needs::Nothing | Needs::User => Ok(true),
        Needs::Credential(kind) => Ok(walk.has_credential(kind).await?),
    }
}
