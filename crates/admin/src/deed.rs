//! What an administrator did, for the record of administration.

use crate::answer::Refused;
use crate::call::Call;
use serde_json::Value;

/// Keycloak's operation types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Something was made.
    Create,
    /// Something was changed.
    Update,
    /// Something was removed.
    Delete,
    /// Something was done.
    Action,
}

impl Operation {
    /// The name in events.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "CREATE",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Action => "ACTION",
        }
    }
}

/// One thing that was done.
#[derive(Clone, Debug)]
pub struct Deed {
    /// What was done.
    pub operation: Operation,
    /// To what kind of thing: Keycloak's resource types (`USER`, `REALM_ROLE`, …).
    pub resource: &'static str,
    /// To which one: its path below the realm, such as `users/<id>`.
    pub path: String,
    /// As it was sent, without secrets.
    pub representation: Option<Value>,
}

impl Deed {
    /// Records it together with the change. Today that is a line in the log.
    pub(crate) async fn record(
        &self,
        call: &Call,
        _writer: &mut store::Writer,
    ) -> Result<(), Refused> {
        tracing::info!(
            target: "postern::administration",
            operation = self.operation.as_str(),
            resource = self.resource,
            path = self.path,
            realm = %call.target.name,
            by = %call.caller.identity.user.id,
            by_realm = %call.caller.home.realm.name,
            client = %call.caller.identity.client.client_id,
            "administration"
        );
        Ok(())
    }
}
