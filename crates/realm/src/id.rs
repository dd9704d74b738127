//! The names and keys that cross crates, each its own type so that one can't be handed over as another.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! text_ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the text as it is.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    )*};
}

text_ids! {
    /// A realm's name, as it stands in URLs and issuers.
    RealmName;
    /// A realm's key.
    RealmId;
    /// A client's protocol name, `client_id`.
    ClientId;
    /// The key of a client's row.
    ClientKey;
    /// The key of a client scope.
    ScopeId;
    /// The key of a realm role or client role.
    RoleId;
    /// The key of a group.
    GroupId;
    /// The key of an authentication flow.
    FlowId;
    /// The key of one execution in a flow.
    ExecutionId;
    /// The key of an authenticator's configuration.
    AuthenticatorConfigId;
    /// A person's key, the `sub` of tokens.
    UserId;
    /// The key of a stored credential.
    CredentialId;
    /// The key of a user session, the `sid` of tokens.
    SessionId;
}

/// A fresh random key in the form that Keycloak uses (UUID version 4, lower case).
pub fn random_key() -> String {
    uuid::Uuid::new_v4().to_string()
}
