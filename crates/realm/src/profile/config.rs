//! The user profile as it is stored: Keycloak's document.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The whole document.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProfileConfig {
    /// The attributes, in their order.
    #[serde(default)]
    pub attributes: Vec<AttributeConfig>,
    /// What attributes are shown under.
    #[serde(default)]
    pub groups: Vec<GroupConfig>,
    /// What becomes of attributes that the document does not name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unmanaged_attribute_policy: Option<Unmanaged>,
}

/// One attribute.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AttributeConfig {
    /// Its name; `username`, `email`, `firstName` and `lastName` are the person's own fields.
    #[serde(default)]
    pub name: String,
    /// What people call it: text, with `${key}` for a message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Validators by their names, with their settings.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub validations: IndexMap<String, Map<String, Value>>,
    /// Hints for pages (`inputType`, …).
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub annotations: Map<String, Value>,
    /// When it has to be there; never without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required: Option<Required>,
    /// Who may see and change it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Permissions>,
    /// When there is such an attribute at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selector: Option<Selector>,
    /// The group it is shown under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Whether it may have several values.
    #[serde(default)]
    pub multivalued: bool,
    /// What stands in a form where nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_value: Option<String>,
}

/// When an attribute has to be there: for everybody when nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Required {
    /// `user`, `admin`: when one of these changes it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// When one of these client scopes is asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
}

/// Who may see and change an attribute: `user`, `admin`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permissions {
    /// These see it.
    #[serde(default)]
    pub view: Vec<String>,
    /// These change it, and see it too.
    #[serde(default)]
    pub edit: Vec<String>,
}

/// When there is such an attribute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selector {
    /// When one of these client scopes is asked for.
    #[serde(default)]
    pub scopes: Vec<String>,
}

/// What attributes are shown under.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupConfig {
    /// Its name.
    pub name: String,
    /// Its heading.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_header: Option<String>,
    /// What stands below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_description: Option<String>,
    /// Hints for pages.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub annotations: Map<String, Value>,
}

/// What becomes of attributes that the document does not name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Unmanaged {
    /// People and administrators change them.
    Enabled,
    /// Administrators see them.
    AdminView,
    /// Administrators change them.
    AdminEdit,
}

/// A new realm's profile.
pub(super) const USUAL: &str = r#"{"attributes":[
 {"name":"username","displayName":"${username}","validations":{"length":{"min":3,"max":255},"username-prohibited-characters":{},"up-username-not-idn-homograph":{}},
  "permissions":{"view":["admin","user"],"edit":["admin","user"]},"multivalued":false},
 {"name":"email","displayName":"${email}","validations":{"email":{},"length":{"max":255}},"required":{"roles":["user"]},
  "permissions":{"view":["admin","user"],"edit":["admin","user"]},"multivalued":false},
 {"name":"firstName","displayName":"${firstName}","validations":{"length":{"max":255},"person-name-prohibited-characters":{}},"required":{"roles":["user"]},
  "permissions":{"view":["admin","user"],"edit":["admin","user"]},"multivalued":false},
 {"name":"lastName","displayName":"${lastName}","validations":{"length":{"max":255},"person-name-prohibited-characters":{}},"required":{"roles":["user"]},
  "permissions":{"view":["admin","user"],"edit":["admin","user"]},"multivalued":false}],
 "groups":[{"name":"user-metadata","displayHeader":"User metadata","displayDescription":"Attributes, which refer to user metadata"}]}"#;
