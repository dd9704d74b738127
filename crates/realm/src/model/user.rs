use super::Other;
use crate::{ClientKey, CredentialId, GroupId, RoleId, UserId};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// A person, or the account of a service, as its row has it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct User {
    /// The key, `sub` of tokens.
    pub id: UserId,
    /// Unique in the realm, lower case.
    pub username: String,
    /// Lower case; unique unless the realm allows duplicates.
    pub email: Option<String>,
    /// Whether somebody showed that the address is theirs.
    pub email_verified: bool,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// A disabled person gets nothing.
    pub enabled: bool,
    /// Epoch milliseconds.
    pub created_at: i64,
    /// Tokens issued before this instant (epoch seconds) are void.
    pub not_before: i64,
    /// Aliases of required actions that are due.
    pub required_actions: Vec<String>,
    /// Further values.
    pub attributes: IndexMap<String, Vec<String>>,
    /// The client whose service account this is.
    pub service_account_of: Option<ClientKey>,
    /// Keys of the roles given directly.
    pub roles: Vec<RoleId>,
    /// Keys of the groups joined directly.
    pub groups: Vec<GroupId>,
    /// Members of the representation that have no field (consents, federated identities), kept for export.
    pub other: Other,
}

impl User {
    /// First and last name with one blank between, or nothing when there is neither.
    pub fn full_name(&self) -> Option<String> {
        let mut parts = [&self.first_name, &self.last_name]
            .into_iter()
            .flatten()
            .map(|part| part.trim())
            .filter(|part| !part.is_empty());
        let first = parts.next()?;
        Some(parts.fold(first.to_owned(), |name, part| name + " " + part))
    }
}

/// Something stored that a person can prove: a password's hash, and later one-time password keys and passkeys.
///
/// `secret_data` and `credential_data` are JSON texts in Keycloak's form.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Credential {
    /// Its key.
    pub id: CredentialId,
    /// `password`, `otp`, `webauthn`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// Named by its owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_label: Option<String>,
    /// Epoch milliseconds.
    #[serde(default)]
    pub created_date: i64,
    /// The part that must stay secret.
    #[serde(default)]
    pub secret_data: String,
    /// How the secret is used.
    #[serde(default)]
    pub credential_data: String,
    /// Lower is preferred.
    #[serde(default)]
    pub priority: i64,
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credential")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}
