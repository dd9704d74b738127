//! `direct-grant-validate-password`: the parameter `password` proves it.

use super::{Authenticator, Needs};
use crate::flow::{Outcome, Stepping, Walk};
use crate::people;
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
            Ok(
                match people::verify_password(walk, &user, password).await? {
                    Ok(()) => {
                        walk.proven_by(self.id(), "password");
                        Outcome::Success
                    }
                    Err(refusal) => Outcome::Refused(refusal),
                },
            )
        })
    }
}
