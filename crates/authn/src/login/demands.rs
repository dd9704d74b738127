use serde::{Deserialize, Serialize};

/// What a request asks of a sign-in besides that it happens. It travels with the sign-in, sealed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Demands {
    /// How strongly they have to prove who they are.
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    pub level: Option<RequestedLevel>,
    /// What they are to do before the client gets its answer.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub action: Option<RequestedAction>,
}

impl Demands {
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The level of authentication that a client asks for (`acr_values`, the claim `acr`), as the number that its name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestedLevel {
    /// At least this one.
    #[serde(rename = "n")]
    pub level: i32,
    /// Whether the sign-in fails without it. Otherwise it is a wish, and the answer says what was reached.
    #[serde(rename = "e", default, skip_serializing_if = "std::ops::Not::not")]
    pub essential: bool,
}

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
