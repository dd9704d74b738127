use super::Other;
use crate::{GroupId, RoleId};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// A right with a name, of the realm or of one client.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Role {
    /// Its key.
    pub id: RoleId,
    /// Its name, unique in its container.
    pub name: String,
    /// For administrators.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether it brings other roles along.
    #[serde(default)]
    pub composite: bool,
    /// Whether a client, not the realm, owns it.
    #[serde(default)]
    pub client_role: bool,
    /// The realm's key, or the key of the client that owns it.
    #[serde(default)]
    pub container_id: String,
    /// Further values.
    #[serde(default)]
    pub attributes: IndexMap<String, Vec<String>>,
    /// Keys of the roles that it brings along directly. Stored here; in files they stand in `composites` by name.
    #[serde(default, rename = "_composites", skip_serializing_if = "Vec::is_empty")]
    pub composite_ids: Vec<RoleId>,
    /// Everything else.
    #[serde(flatten)]
    pub other: Other,
}

/// The roles that a role brings along, by name, as realm files have them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Composites {
    /// Names of realm roles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub realm: Vec<String>,
    /// Names of client roles, by `client_id`.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub client: IndexMap<String, Vec<String>>,
}

/// A group of people; its roles are theirs, and those of the groups above it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    /// Its key.
    pub id: GroupId,
    /// Its name, unique among its siblings.
    pub name: String,
    /// The group above it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<GroupId>,
    /// Further values.
    #[serde(default)]
    pub attributes: IndexMap<String, Vec<String>>,
    /// Keys of the roles that its members have.
    #[serde(default, rename = "_roles", skip_serializing_if = "Vec::is_empty")]
    pub role_ids: Vec<RoleId>,
    /// Everything else.
    #[serde(flatten)]
    pub other: Other,
}
