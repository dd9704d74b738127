//! `direct-grant-validate-username`: the parameter `username` says who it is.

use super::Authenticator;
use crate::flow::{Outcome, Stepping, Walk};
use crate::people::{self, Lookup};
use crate::refusal::{By, Refusal};
use realm::Execution;

pub(super) struct DirectName;

impl Authenticator for DirectName {
    fn id(&self) -> &'static str {
        "direct-grant-validate-username"
    }

    fn start<'s>(&'s self, walk: &'s mut Walk<'_>, _: &'s Execution) -> Stepping<'s> {
        Box::pin(async {
            let Some(name) = walk.direct("username") else {
                return Ok(Outcome::Refused(Refusal::UsernameMissing));
            };
            walk.found.username = Some(people::clip(name));
            let refusal = match people::by_name_or_email(walk.cx, name).await? {
                Lookup::One(user) if user.service_account_of.is_none() => {
                    walk.is(*user);
                    return Ok(Outcome::Success);
                }
                Lookup::One(_) => Refusal::UserIsService(By::Name),
                Lookup::Nobody => Refusal::UserNotFound(By::Name),
                Lookup::Several => Refusal::UserAmbiguous(By::Name),
            };
            // The time it takes tells nothing.
            let password = walk.direct("password").unwrap_or_default();
            Ok(Outcome::Refused(
                match people::pretend_to_verify(walk, password).await {
                    Ok(()) => refusal,
                    Err(busy) => busy,
                },
            ))
        })
    }
}
