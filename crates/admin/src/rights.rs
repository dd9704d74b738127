//! The rights of Keycloak's `realm-management`, in the groups that routes ask for. One of a group is enough.

/// Any right at all.
pub const ANY: &[&str] = &[
    "realm-admin",
    "create-client",
    "view-realm",
    "view-users",
    "view-clients",
    "view-events",
    "view-identity-providers",
    "view-authorization",
    "view-organizations",
    "manage-realm",
    "manage-users",
    "manage-clients",
    "manage-events",
    "manage-identity-providers",
    "manage-authorization",
    "manage-organizations",
    "query-users",
    "query-clients",
    "query-realms",
    "query-groups",
    "query-organizations",
    "impersonation",
];
/// See the realm's settings.
pub const VIEW_REALM: &[&str] = &["view-realm", "manage-realm"];
/// Change the realm's settings.
pub const MANAGE_REALM: &[&str] = &["manage-realm"];
/// See clients and client scopes.
pub const VIEW_CLIENTS: &[&str] = &["view-clients", "manage-clients"];
/// Change clients and client scopes.
pub const MANAGE_CLIENTS: &[&str] = &["manage-clients"];
/// See events.
pub const VIEW_EVENTS: &[&str] = &["view-events", "manage-events"];
