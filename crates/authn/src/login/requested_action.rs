use serde::{Deserialize, Serialize};

/// A required action that a client asks for (`kc_action`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestedAction {
    /// Its alias. Nobody has looked yet whether the realm has such an action.
    #[serde(rename = "n")]
    pub alias: String,
    /// What stood behind the colon.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
}

/// What became of an action that a client asked for (`kc_action_status`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ActionStatus {
    /// They did it.
    Success,
    /// They did not want to.
    Cancelled,
    /// It can't be done here.
    Error,
}

impl ActionStatus {
    /// Keycloak's word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Cancelled => "cancelled",
            Self::Error => "error",
        }
    }
}
