use super::{Halt, Outcome, Walk, value};
use crate::authenticators::{self, Authenticator, Needs};
use crate::conditions;
use crate::level;
use crate::login::ways;
use crate::refusal::Refusal;
use crate::sealed::Status;
use pages::Page;
use realm::{Execution, ExecutionId, Flow, Realm, Requirement};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// Where the log tells of steps, in the lines that people look for.
const TARGET: &str = "org.keycloak.authentication.DefaultAuthenticationFlow";
/// Flows nest no deeper: one that does contains itself.
const DEPTH: usize = 16;

/// How a walk through a flow ends.
pub(crate) enum Ended {
    /// It is satisfied.
    Successful,
    /// It is not.
    Unsuccessful,
    /// A page has to be shown first.
    Page(Box<Page>),
}

type Walking<'s> = Pin<Box<dyn Future<Output = Result<Ended, Halt>> + Send + 's>>;

/// Walks the flow of this name from its first step.
pub(crate) async fn run(walk: &mut Walk<'_>, flow: &str) -> Result<Ended, Halt> {
    let flow = find_flow(&walk.cx.realm, flow)?;
    level(walk, flow, 0).await
}

/// Gives a form to a step, then walks from the first.
pub(crate) async fn submit(
    walk: &mut Walk<'_>,
    flow: &str,
    execution: &Execution,
    form: &[(String, String)],
) -> Result<Ended, Halt> {
    if let Some(ended) = another_way(walk, flow, execution, form).await? {
        return Ok(ended);
    }
    let authenticator = authenticator(execution)?;
    tracing::debug!(target: TARGET, "invoke authenticator.action: {}", authenticator.id());
    walk.has_other_way = ways::of(walk, &execution.id).await?.len() > 1;
    let outcome = authenticator.submit(walk, execution, form).await?;
    match settle(walk, execution, outcome)? {
        Some(page) => Ok(Ended::Page(page)),
        None => run(walk, flow).await,
    }
}

/// Shows the other ways, or takes the one that was chosen; none when the form is about neither.
async fn another_way(
    walk: &mut Walk<'_>,
    flow: &str,
    execution: &Execution,
    form: &[(String, String)],
) -> Result<Option<Ended>, Halt> {
    let chosen = value(form, ways::CHOSEN);
    if chosen.is_none() && value(form, ways::ANOTHER).is_none() {
        return Ok(None);
    }
    let all = ways::of(walk, &execution.id).await?;
    if let Some(chosen) = chosen {
        let way = all.iter().find(|way| way.id.as_str() == chosen);
        walk.found.chosen = way.map(|way| way.id.clone());
        return run(walk, flow).await.map(Some);
    }
    Ok(match ways::page(walk, &execution.id, &all) {
        Some(page) => Some(Ended::Page(Box::new(page))),
        None => return Err(Halt::Everywhere(Refusal::TooLarge)),
    })
}

/// The enabled execution with this key in the flow or those below it.
pub(crate) fn find_execution(
    realm: &Realm,
    flow: &str,
    execution: &ExecutionId,
) -> Option<Execution> {
    fn find(realm: &Realm, flow: &str, execution: &ExecutionId, depth: usize) -> Option<Execution> {
        let flow = realm.flow(flow).filter(|_| depth < DEPTH)?;
        let enabled = enabled(flow);
        enabled.into_iter().find_map(|step| match &step.flow_alias {
            Some(below) if step.authenticator_flow => find(realm, below, execution, depth + 1),
            _ => Some(step).filter(|step| step.id == *execution).cloned(),
        })
    }
    find(realm, flow, execution, 0)
}

fn find_flow(realm: &Realm, alias: &str) -> Result<Arc<Flow>, Halt> {
    realm
        .flow(alias)
        .cloned()
        .ok_or_else(|| Halt::Everywhere(Refusal::FlowBroken(alias.to_owned())))
}

fn enabled(flow: &Flow) -> Vec<&Execution> {
    let executions = flow.authentication_executions.iter();
    executions
        .filter(|step| step.requirement != Requirement::Disabled)
        .collect()
}

fn is_condition(execution: &Execution) -> bool {
    execution
        .authenticator
        .as_deref()
        .is_some_and(conditions::is_condition)
}

fn is_done(walk: &Walk<'_>, execution: &Execution) -> bool {
    let status = walk.found.status(&execution.id);
    matches!(status, Some(Status::Success | Status::Attempted))
}

fn succeeded(walk: &Walk<'_>, execution: &Execution) -> bool {
    walk.found.status(&execution.id) == Some(Status::Success)
}

/// One flow: where anything is required or conditional, alternatives don't count.
fn level<'s>(walk: &'s mut Walk<'_>, flow: Arc<Flow>, depth: usize) -> Walking<'s> {
    Box::pin(async move {
        if depth >= DEPTH {
            return Err(Halt::Everywhere(Refusal::FlowBroken(flow.alias.clone())));
        }
        let steps = enabled(&flow)
            .into_iter()
            .filter(|step| !is_condition(step));
        let (alternatives, binding): (Vec<&Execution>, Vec<&Execution>) =
            steps.partition(|step| step.requirement == Requirement::Alternative);
        if binding.is_empty() {
            return any_of(walk, &alternatives, depth).await;
        }
        let mut counted = 0;
        for step in binding {
            if step.requirement == Requirement::Conditional
                && !is_done(walk, step)
                && !conditions_hold(walk, step).await?
            {
                continue;
            }
            counted += 1;
            if let Some(page) = execute(walk, step, depth).await? {
                return Ok(Ended::Page(page));
            }
            if !succeeded(walk, step) {
                return Ok(Ended::Unsuccessful);
            }
        }
        // Conditional flows alone, none of which applies, prove nothing.
        Ok(if counted > 0 {
            Ended::Successful
        } else {
            Ended::Unsuccessful
        })
    })
}

/// The first alternative that is satisfied is enough.
async fn any_of(
    walk: &mut Walk<'_>,
    alternatives: &[&Execution],
    depth: usize,
) -> Result<Ended, Halt> {
    // One that succeeded on a page before.
    if alternatives.iter().any(|step| succeeded(walk, step)) {
        return Ok(Ended::Successful);
    }
    for step in in_order(walk, alternatives) {
        match execute(walk, step, depth).await {
            Ok(Some(page)) => return Ok(Ended::Page(page)),
            Ok(None) if succeeded(walk, step) => return Ok(Ended::Successful),
            Ok(None) => {}
            Err(Halt::Here(refusal)) => {
                walk.passed_over(refusal);
                walk.found.set(&step.id, Status::Attempted);
            }
            Err(halt) => return Err(halt),
        }
    }
    Ok(Ended::Unsuccessful)
}

/// Alternatives, what the person chose first.
fn in_order<'s>(walk: &Walk<'_>, alternatives: &[&'s Execution]) -> Vec<&'s Execution> {
    let mut steps = alternatives.to_vec();
    if let Some(chosen) = &walk.found.chosen {
        steps.sort_by_key(|step| !ways::leads_to(&walk.cx.realm, step, chosen, 0));
    }
    steps
}

/// One step or the flow that it names; gives the page that has to be shown first.
async fn execute(
    walk: &mut Walk<'_>,
    execution: &Execution,
    depth: usize,
) -> Result<Option<Box<Page>>, Halt> {
    if is_done(walk, execution) {
        return Ok(None);
    }
    if execution.authenticator_flow {
        let alias = execution.flow_alias.as_deref().unwrap_or_default();
        let below = find_flow(&walk.cx.realm, alias)?;
        let status = match level(walk, below, depth + 1).await? {
            Ended::Page(page) => return Ok(Some(page)),
            Ended::Successful => {
                reach(walk, alias, execution);
                Status::Success
            }
            Ended::Unsuccessful => Status::Failed,
        };
        walk.found.set(&execution.id, status);
        return Ok(None);
    }
    let authenticator = authenticator(execution)?;
    match authenticator.needs() {
        Needs::Nothing => {}
        Needs::User if walk.user.is_some() => {}
        Needs::Credential(kind) if walk.user.is_some() => {
            if !walk.has_credential(kind).await? {
                let step = authenticator.id().to_owned();
                return Err(Halt::Here(Refusal::CredentialMissing { step, kind }));
            }
        }
        Needs::User | Needs::Credential(_) => {
            let refusal = Refusal::UserUnknown(authenticator.id().to_owned());
            return Err(Halt::Here(refusal));
        }
    }
    tracing::debug!(target: TARGET, "invoke authenticator.authenticate: {}", authenticator.id());
    if authenticator.name().is_some() {
        walk.has_other_way = ways::of(walk, &execution.id).await?.len() > 1;
    }
    let outcome = authenticator.start(walk, execution).await?;
    settle(walk, execution, outcome)
}

/// What a step's end means for the flow.
fn settle(
    walk: &mut Walk<'_>,
    execution: &Execution,
    outcome: Outcome,
) -> Result<Option<Box<Page>>, Halt> {
    let is_required = execution.requirement == Requirement::Required;
    let word = match &outcome {
        Outcome::Success => "SUCCESS",
        Outcome::Page(_) => "CHALLENGE",
        Outcome::Attempted(_) => "ATTEMPTED",
        Outcome::Refused(_) | Outcome::Impossible(_) => "FAILED",
    };
    let id = execution.authenticator.as_deref().unwrap_or_default();
    tracing::debug!(target: TARGET, "authenticator {word}: {id}");
    match outcome {
        Outcome::Success => walk.found.set(&execution.id, Status::Success),
        Outcome::Page(page) => return Ok(Some(page)),
        Outcome::Attempted(reason) if is_required => {
            return Err(Halt::Here(reason.unwrap_or(Refusal::NothingSucceeded)));
        }
        Outcome::Attempted(reason) => {
            walk.found.set(&execution.id, Status::Attempted);
            if let Some(reason) = reason {
                walk.passed_over(reason);
            }
        }
        Outcome::Refused(refusal) => return Err(Halt::Everywhere(refusal)),
        Outcome::Impossible(refusal) => return Err(Halt::Here(refusal)),
    }
    Ok(None)
}

/// Whether a conditional flow applies: it has conditions, and each of them holds. What was found once stays.
async fn conditions_hold(walk: &mut Walk<'_>, execution: &Execution) -> Result<bool, Halt> {
    let alias = execution.flow_alias.as_deref().unwrap_or_default();
    let flow = find_flow(&walk.cx.realm, alias)?;
    let conditions: Vec<&Execution> = enabled(&flow)
        .into_iter()
        .filter(|s| is_condition(s))
        .collect();
    for condition in &conditions {
        let holds = match walk.found.status(&condition.id) {
            Some(Status::Holds) => true,
            Some(Status::HoldsNot) => false,
            _ => {
                let holds = conditions::holds(walk, &flow, condition).await?;
                // Before anybody is known nothing is settled.
                if holds {
                    walk.found.set(&condition.id, Status::Holds);
                } else if walk.user.is_some() {
                    walk.found.set(&condition.id, Status::HoldsNot);
                }
                holds
            }
        };
        if !holds {
            return Ok(false);
        }
    }
    Ok(!conditions.is_empty())
}

/// A conditional flow for a level of authentication was gone through: the level is reached.
fn reach(walk: &mut Walk<'_>, alias: &str, execution: &Execution) {
    if execution.requirement != Requirement::Conditional {
        return;
    }
    let realm = walk.cx.realm.clone();
    let steps = realm.flow(alias).map(|flow| enabled(flow));
    for condition in steps.into_iter().flatten() {
        if condition.authenticator.as_deref() == Some(level::CONDITION) {
            let config = condition.authenticator_config.as_deref();
            let (reached, _) = level::setting(&realm, config);
            walk.reach(reached);
        }
    }
}

fn authenticator(execution: &Execution) -> Result<&'static dyn Authenticator, Halt> {
    let id = execution.authenticator.as_deref().unwrap_or_default();
    authenticators::find(id).ok_or_else(|| Halt::Here(Refusal::StepNotServed(id.to_owned())))
}
