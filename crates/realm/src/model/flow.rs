use super::{Attributes, Other};
use crate::{AuthenticatorConfigId, ExecutionId, FlowId};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// A tree of steps that proves who somebody is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Flow {
    /// Its key.
    pub id: FlowId,
    /// Its name, unique in the realm.
    pub alias: String,
    /// For administrators.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `basic-flow`, `client-flow` or `form-flow`.
    #[serde(default)]
    pub provider_id: String,
    /// Whether it can be bound by itself.
    #[serde(default)]
    pub top_level: bool,
    /// Made with the realm.
    #[serde(default)]
    pub built_in: bool,
    /// Its steps by priority, lowest first.
    #[serde(default)]
    pub authentication_executions: Vec<Execution>,
    /// Everything else.
    #[serde(flatten)]
    pub other: Other,
}

/// One step of a flow: an authenticator, or a flow below this one.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Execution {
    /// Its key. Stored; not part of realm files.
    #[serde(default = "random_execution", rename = "_id")]
    pub id: ExecutionId,
    /// Alias of the authenticator's configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authenticator_config: Option<String>,
    /// Which authenticator, such as `auth-cookie`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authenticator: Option<String>,
    /// Whether `flow_alias` names the step.
    #[serde(default)]
    pub authenticator_flow: bool,
    /// How it counts.
    pub requirement: Requirement,
    /// Its place: lower comes first.
    #[serde(default)]
    pub priority: i64,
    /// Keycloak's misspelt twin of `authenticatorFlow`, returned beside it.
    #[serde(default, rename = "autheticatorFlow")]
    pub autheticator_flow: bool,
    /// The flow below, by alias.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow_alias: Option<String>,
    /// Whether somebody who lacks the credential may set it up on the way.
    #[serde(default)]
    pub user_setup_allowed: bool,
    /// Everything else.
    #[serde(flatten)]
    pub other: Other,
}

fn random_execution() -> ExecutionId {
    ExecutionId::new(crate::random_key())
}

/// How a step counts in its flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Requirement {
    /// Must succeed.
    Required,
    /// One of these must succeed.
    Alternative,
    /// Left out.
    Disabled,
    /// A sub-flow that is required when its conditions hold.
    Conditional,
}

/// The settings of one execution.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AuthenticatorConfig {
    /// Its key.
    #[serde(default = "random_config")]
    pub id: AuthenticatorConfigId,
    /// Its name, which executions refer to in files.
    pub alias: String,
    /// Its settings.
    #[serde(default)]
    pub config: Attributes,
    /// Everything else.
    #[serde(flatten)]
    pub other: Other,
}

fn random_config() -> AuthenticatorConfigId {
    AuthenticatorConfigId::new(crate::random_key())
}

/// Something that a person must do before a sign-in ends.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequiredAction {
    /// Its name in the realm, such as `UPDATE_PASSWORD`.
    pub alias: String,
    /// Shown to administrators.
    #[serde(default)]
    pub name: String,
    /// Which action.
    #[serde(default)]
    pub provider_id: String,
    /// Whether it is in use.
    #[serde(default)]
    pub enabled: bool,
    /// Whether new people get it.
    #[serde(default)]
    pub default_action: bool,
    /// Its place.
    #[serde(default)]
    pub priority: i64,
    /// Its settings.
    #[serde(default)]
    pub config: Attributes,
    /// Everything else.
    #[serde(flatten)]
    pub other: Other,
}

/// A configured provider: keys, client registration policies, the user profile.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Component {
    /// Its key.
    #[serde(default = "crate::random_key")]
    pub id: String,
    /// Shown to administrators.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Which provider, such as `rsa-generated`.
    #[serde(default)]
    pub provider_id: String,
    /// The provider's class name, such as `org.keycloak.keys.KeyProvider`.
    #[serde(default)]
    pub provider_type: String,
    /// The realm's key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<String>,
    /// `anonymous` or `authenticated` for registration policies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_type: Option<String>,
    /// Its settings. Key material is stored here.
    #[serde(default)]
    pub config: IndexMap<String, Vec<String>>,
    /// Everything else.
    #[serde(flatten)]
    pub other: Other,
}

impl Component {
    /// The first value of a setting.
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.config
            .get(name)
            .and_then(|values| values.first())
            .map(String::as_str)
    }
}
