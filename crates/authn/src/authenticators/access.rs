//! `allow-access-authenticator` and `deny-access-authenticator`: an answer without a question.

use super::Authenticator;
use crate::flow::{Outcome, Stepping, Walk};
use crate::refusal::Refusal;
use realm::Execution;

pub(super) struct Allow;

impl Authenticator for Allow {
    fn id(&self) -> &'static str {
        "allow-access-authenticator"
    }

    fn start<'s>(&'s self, _: &'s mut Walk<'_>, _: &'s Execution) -> Stepping<'s> {
        Box::pin(async { Ok(Outcome::Success) })
    }
}

pub(super) struct Deny;

impl Authenticator for Deny {
    fn id(&self) -> &'static str {
        "deny-access-authenticator"
    }

    fn start<'s>(&'s self, walk: &'s mut Walk<'_>, execution: &'s Execution) -> Stepping<'s> {
        Box::pin(async {
            let config = walk.config(execution);
            let message = config.and_then(|config| config.config.get("denyErrorMessage").cloned());
            Ok(Outcome::Refused(Refusal::Denied {
                message: message.filter(|text| !text.trim().is_empty()),
            }))
        })
    }
}
