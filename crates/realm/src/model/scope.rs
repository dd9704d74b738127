use super::{Attributes, Other};
use crate::{RoleId, ScopeId};
use serde::{Deserialize, Serialize};

/// A named bundle of claims and roles that a client can ask for (RFC 6749 §3.3).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientScope {
    /// Its key.
    pub id: ScopeId,
    /// What stands in `scope`.
    pub name: String,
    /// For administrators.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `openid-connect` or `saml`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// `include.in.token.scope`, `display.on.consent.screen`, …
    #[serde(default)]
    pub attributes: Attributes,
    /// Its claims.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub protocol_mappers: Vec<ProtocolMapper>,
    /// Keys of roles that this scope lets into tokens. Stored here; in files they stand in `scopeMappings`.
    #[serde(
        default,
        rename = "_scopeMappings",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub scope_mappings: Vec<RoleId>,
    /// Everything else.
    #[serde(flatten)]
    pub other: Other,
}

/// One claim, or several, and which documents they go into.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProtocolMapper {
    /// Its key.
    #[serde(default = "crate::random_key")]
    pub id: String,
    /// Shown to administrators.
    pub name: String,
    /// `openid-connect` or `saml`.
    #[serde(default)]
    pub protocol: String,
    /// The mapper's type, such as `oidc-usermodel-attribute-mapper`.
    pub protocol_mapper: String,
    /// Legacy, always returned.
    #[serde(default)]
    pub consent_required: bool,
    /// Its settings.
    #[serde(default)]
    pub config: Attributes,
    /// Everything else.
    #[serde(flatten)]
    pub other: Other,
}

impl ProtocolMapper {
    /// A setting; an empty one counts as absent.
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.config
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// Whether a setting is `true`.
    pub fn is_on(&self, name: &str) -> bool {
        self.setting(name) == Some("true")
    }
}
