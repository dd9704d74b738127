//! What a realm is made of, at rest: one JSON document for each thing that an administrator can change by itself.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a document describes. The text form is stored and must not change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The realm's own settings: exactly one, its key is the realm's.
    Realm,
    /// A client with its protocol mappers.
    Client,
    /// A client scope with its protocol mappers.
    ClientScope,
    /// A realm role or client role.
    Role,
    /// A group with its role mappings.
    Group,
    /// An authentication flow with its executions.
    Flow,
    /// The settings of one execution.
    AuthenticatorConfig,
    /// A required action.
    RequiredAction,
    /// A component: key providers, client registration policies, the user profile.
    Component,
    /// An identity provider, kept for export.
    IdentityProvider,
    /// An identity provider's mapper, kept for export.
    IdentityProviderMapper,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 11] = [
        Kind::Realm,
        Kind::Client,
        Kind::ClientScope,
        Kind::Role,
        Kind::Group,
        Kind::Flow,
        Kind::AuthenticatorConfig,
        Kind::RequiredAction,
        Kind::Component,
        Kind::IdentityProvider,
        Kind::IdentityProviderMapper,
    ];

    /// The stored text.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Realm => "realm",
            Kind::Client => "client",
            Kind::ClientScope => "client-scope",
            Kind::Role => "role",
            Kind::Group => "group",
            Kind::Flow => "flow",
            Kind::AuthenticatorConfig => "authenticator-config",
            Kind::RequiredAction => "required-action",
            Kind::Component => "component",
            Kind::IdentityProvider => "identity-provider",
            Kind::IdentityProviderMapper => "identity-provider-mapper",
        }
    }

    /// The kind with this stored text.
    pub fn from_text(text: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// One thing of a realm's configuration, as it is stored.
///
/// `body` is the thing's representation; what this release does not understand in it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// What it describes.
    pub kind: Kind,
    /// Its key, unique in its realm and kind.
    pub id: String,
    /// Its representation.
    pub body: Value,
}

impl Document {
    /// The document of a value that serializes to its representation.
    ///
    /// # Errors
    /// When the value can't be written as JSON, which no value of [`crate::model`] can cause.
    pub fn of(
        kind: Kind,
        id: impl Into<String>,
        value: &impl Serialize,
    ) -> Result<Self, serde_json::Error> {
        Ok(Self {
            kind,
            id: id.into(),
            body: serde_json::to_value(value)?,
        })
    }
}
