//! Other ways to sign in: where a page is one of several alternatives, the person may choose.

use crate::authenticators::{self, Needs};
use crate::flow::{Halt, Walk};
use crate::refusal::Refusal;
use pages::{KnownUser, Message, Page, SelectAuthenticatorPage, Way};
use realm::{Execution, ExecutionId, Flow, Realm, Requirement};
use std::sync::Arc;

/// Flows nest no deeper.
const DEPTH: usize = 16;
/// The field that asks for the choice.
pub(crate) const ANOTHER: &str = "tryAnotherWay";
/// The field that chooses.
pub(crate) const CHOSEN: &str = "authenticationExecution";

/// The steps that could be done in place of this one, itself among them: one alone when there is no choice.
pub(crate) async fn of(walk: &mut Walk<'_>, step: &ExecutionId) -> Result<Vec<Execution>, Halt> {
    let flow = super::browser_flow(walk.cx, walk.client).map_err(Halt::Everywhere)?;
    let realm = walk.cx.realm.clone();
    let Some(top) = realm.flow(&flow) else {
        return Err(Halt::Everywhere(Refusal::FlowBroken(flow)));
    };
    let mut found = Vec::new();
    if let Some(level) = level(&realm, top, step, 0) {
        collect(walk, &realm, &level, step, 0, &mut found);
    }
    let mut able = Vec::new();
    for execution in found {
        if execution.id == *step || can_do(walk, &execution).await? {
            able.push(execution);
        }
    }
    Ok(able)
}

/// The highest flow from which only alternatives, or first steps, lead to this one.
fn level(realm: &Realm, flow: &Arc<Flow>, step: &ExecutionId, depth: usize) -> Option<Arc<Flow>> {
    if depth >= DEPTH {
        return None;
    }
    let steps = || flow.authentication_executions.iter();
    let leading = steps().find(|known| leads_to(realm, known, step, depth))?;
    if leading.requirement == Requirement::Alternative {
        return Some(flow.clone());
    }
    let below = leading
        .flow_alias
        .as_deref()
        .filter(|_| leading.authenticator_flow)?;
    level(realm, realm.flow(below)?, step, depth + 1)
}

/// Whether a step is this one, or a flow with it inside.
pub(crate) fn leads_to(realm: &Realm, known: &Execution, step: &ExecutionId, depth: usize) -> bool {
    if !known.authenticator_flow {
        return known.id == *step;
    }
    let below = known
        .flow_alias
        .as_deref()
        .and_then(|alias| realm.flow(alias));
    below.filter(|_| depth < DEPTH).is_some_and(|below| {
        let mut steps = below.authentication_executions.iter();
        steps.any(|inner| leads_to(realm, inner, step, depth + 1))
    })
}

/// The steps that a flow can begin with: all alternatives, or else the first that is required.
fn collect(
    walk: &Walk<'_>,
    realm: &Realm,
    flow: &Flow,
    step: &ExecutionId,
    depth: usize,
    found: &mut Vec<Execution>,
) {
    if depth >= DEPTH {
        return;
    }
    let steps = flow.authentication_executions.iter();
    let is_open = |known: &&Execution| {
        known.requirement != Requirement::Disabled
            && (walk.found.status(&known.id).is_none() || leads_to(realm, known, step, depth))
    };
    let open: Vec<&Execution> = steps.filter(is_open).collect();
    let binding = open
        .iter()
        .find(|known| known.requirement != Requirement::Alternative);
    let beginnings: Vec<&Execution> = match binding {
        Some(first) => vec![first],
        None => open,
    };
    for known in beginnings {
        match known.flow_alias.as_deref() {
            Some(below) if known.authenticator_flow => {
                if let Some(below) = realm.flow(below) {
                    collect(walk, realm, below, step, depth + 1, found);
                }
            }
            _ => found.push(known.clone()),
        }
    }
}

async fn can_do(walk: &mut Walk<'_>, execution: &Execution) -> Result<bool, Halt> {
    let id = execution.authenticator.as_deref().unwrap_or_default();
    let Some(authenticator) = authenticators::find(id) else {
        return Ok(false);
    };
    if authenticator.name().is_none() {
        return Ok(false);
    }
    Ok(match authenticator.needs() {
        Needs::Nothing => true,
        Needs::User => walk.user.is_some(),
        Needs::Credential(kind) => walk.has_credential(kind).await?,
    })
}

/// The page to choose on; none when its state is too large to travel.
pub(crate) fn page(walk: &mut Walk<'_>, step: &ExecutionId, ways: &[Execution]) -> Option<Page> {
    let username = walk.user.as_ref().map(|user| user.username.clone());
    let restart = walk.restart_url();
    walk.page(step, |walk, frame, action_url| {
        let ways = ways.iter().filter_map(|way| {
            let id = way.authenticator.as_deref()?;
            let name = authenticators::find(id)?.name()?;
            Some(Way {
                execution: way.id.as_str(),
                name: Message::new(format!("{name}-display-name")),
                help: Some(Message::new(format!("{name}-help-text"))),
            })
        });
        let page = SelectAuthenticatorPage {
            action_url,
            known_user: username.as_deref().map(|username| KnownUser {
                username,
                restart_url: restart.as_deref(),
            }),
            ways: ways.collect(),
        };
        walk.cx.server.pages.select_authenticator(frame, &page)
    })
}
