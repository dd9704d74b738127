use super::{Secrets, mask, members, ordered};
use crate::{Client, ClientScope};
use serde_json::{Map, Value};

/// A client. `realm_client` among its attributes tells whether it stands for the rights over a realm.
pub fn client(client: &Client, secrets: Secrets) -> Map<String, Value> {
    let mut own = members(client);
    own.shift_remove("_scopeMappings");
    if secrets == Secrets::Masked {
        mask(&mut own, "secret");
    }
    if let Some(Value::Object(attributes)) = own.get_mut("attributes") {
        let id = client.client_id.as_str();
        let of_realm = matches!(id, "broker" | "realm-management") || id.ends_with("-realm");
        attributes
            .entry("realm_client")
            .or_insert_with(|| of_realm.to_string().into());
    }
    ordered(own, ORDER)
}

/// A client scope.
pub fn client_scope(scope: &ClientScope) -> Map<String, Value> {
    let mut own = members(scope);
    own.shift_remove("_scopeMappings");
    own
}

const ORDER: &[&str] = &[
    "id",
    "clientId",
    "name",
    "description",
    "type",
    "rootUrl",
    "adminUrl",
    "baseUrl",
    "surrogateAuthRequired",
    "enabled",
    "alwaysDisplayInConsole",
    "clientAuthenticatorType",
    "secret",
    "registrationAccessToken",
    "redirectUris",
    "webOrigins",
    "notBefore",
    "bearerOnly",
    "consentRequired",
    "standardFlowEnabled",
    "implicitFlowEnabled",
    "directAccessGrantsEnabled",
    "serviceAccountsEnabled",
    "authorizationServicesEnabled",
    "publicClient",
    "frontchannelLogout",
    "protocol",
    "attributes",
    "authenticationFlowBindingOverrides",
    "fullScopeAllowed",
    "nodeReRegistrationTimeout",
    "registeredNodes",
    "protocolMappers",
    "defaultClientScopes",
    "optionalClientScopes",
    "authorizationSettings",
];
