//! `direct-grant-validate-password`: the parameter `password` proves it.

use super::{Authenticator, Needs};
use crate::flow::{Outcome, Stepping, Walk};
use crate::refusal::Refusal;
use crate::{brute_force, people};
use realm::Execution;

pub(super) struct DirectPassword;

impl Authenticator for DirectPassword {
    fn id(&self) -> &'static str {
        "direct-grant-validate-password"
    }

    fn needs(&self) -> Needs {
        Needs::User
    }

    fn start<'s>(&'s self, walk: &'s mut Walk<'_>, _: &'s Execution) -> Stepping<'s> {
        Box::pin(async {
            let Some(user) = walk.user.clone() else {
                return Ok(Outcome::Attempted(None));
            };
            let password = walk.direct("password").unwrap_or_default();
            let verified = people::verify_password(walk, &user, password).await?;
            // On a page it is a slip of the hand. Whoever writes requests means it, and it counts as it does for Keycloak.
            if password.is_empty() && verified == Err(Refusal::Password) {
                brute_force::failed(walk, &user.id).await?;
            }
            Ok(match verified {
                Ok(()) => {
                    walk.proven_by(self.id(), "password");
                    Outcome::Success
                }
                Err(refusal) => Outcome::Refused(refusal),
            })
        })
    }
}
