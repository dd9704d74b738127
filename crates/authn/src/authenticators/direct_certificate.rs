//! `direct-grant-auth-x509-username`: the client certificate of the request proves it.

use super::Authenticator;
use crate::certificate;
use crate::flow::{Outcome, Stepping, Walk};
use realm::Execution;

pub(super) const ID: &str = "direct-grant-auth-x509-username";

pub(super) struct DirectCertificate;

impl Authenticator for DirectCertificate {
    fn id(&self) -> &'static str {
        ID
    }

    fn start<'s>(&'s self, walk: &'s mut Walk<'_>, execution: &'s Execution) -> Stepping<'s> {
        Box::pin(async {
            Ok(match certificate::identify(walk, execution).await? {
                Ok(holder) => {
                    walk.found.username = Some(holder.identity);
                    walk.found.notes.extend(holder.notes);
                    walk.is(holder.user);
                    walk.proven_by(ID, "cert");
                    Outcome::Success
                }
                Err(refused) => {
                    walk.found.username = refused.identity;
                    walk.found.user = refused.user;
                    Outcome::Refused(refused.why)
                }
            })
        })
    }
}
