//! The realm's flows, run as Keycloak runs them: a tree of steps, each required, alternative or conditional.
//!
//! [`run`] walks a flow from its first step, passing over what is done already; [`submit`] gives a form to the step whose page it came from,
//! then walks. A step is in `authenticators`, a condition in `conditions`.

mod engine;
mod walk;

pub(crate) use engine::{Ended, find_execution, run, submit};
pub(crate) use walk::{Browser, Door, Form, Walk, value};

use crate::refusal::Refusal;
use crate::{Cx, Fault};
use pages::Page;
use realm::{Client, FlowId};
use std::future::Future;
use std::pin::Pin;

/// How a step ends.
pub(crate) enum Outcome {
    /// It is done.
    Success,
    /// It can't say; another step may. With a reason when there is something to tell.
    Attempted(Option<Refusal>),
    /// The person is asked; the form comes back to the same step.
    Page(Box<Page>),
    /// The sign-in ends here.
    Refused(Refusal),
    /// This step can't be done; an alternative may.
    Impossible(Refusal),
}

/// A step at work.
pub(crate) type Stepping<'s> = Pin<Box<dyn Future<Output = Result<Outcome, Fault>> + Send + 's>>;

/// Why a walk stops.
pub(crate) enum Halt {
    /// The flow around may still have another way.
    Here(Refusal),
    /// There is no other way.
    Everywhere(Refusal),
    /// Our own trouble.
    Fault(Fault),
}

impl From<Fault> for Halt {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<store::Fault> for Halt {
    fn from(fault: store::Fault) -> Self {
        Self::Fault(fault.into())
    }
}

/// The alias of the flow that a client has for this use (`browser`, `direct_grant`), or else of the realm's.
pub(crate) fn alias(
    cx: &Cx,
    client: &Client,
    use_: &str,
    of_the_realm: &str,
) -> Result<String, Refusal> {
    let own = client.authentication_flow_binding_overrides.get(use_);
    match own.filter(|id| !id.is_empty()) {
        None => Ok(of_the_realm.to_owned()),
        Some(id) => {
            let flow = cx.realm.flow_by_id(&FlowId::new(id.as_str()));
            flow.map(|flow| flow.alias.clone())
                .ok_or_else(|| Refusal::FlowBroken(id.clone()))
        }
    }
}
