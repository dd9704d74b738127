//! Client scopes and clients of a realm file.

use super::FileError;
use super::import::{DefaultScopes, Reading, ensure_id};
use super::roles::ScopeMappings;
use crate::representation::MASK;
use crate::{Client, ClientScope, Kind};
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// The client scope that every client with an account of its own has, as Keycloak gives it to them on import.
const SERVICE_SCOPE: &str = "service_account";

/// Puts the documents of client scopes.
pub(super) fn put_scopes(
    reading: &mut Reading<'_>,
    scopes: Vec<Value>,
    mappings: &ScopeMappings,
) -> Result<(), FileError> {
    let mut names = HashSet::new();
    for (at, mut scope) in scopes.into_iter().enumerate() {
        let path = format!("$.clientScopes[{at}]");
        let id = ensure_id(&mut scope);
        let read = reading.parse(&path, scope).and_then(|scope: ClientScope| {
            if !names.insert(scope.name.clone()) {
                let reason = format!("the client scope {:?} stands here twice", scope.name);
                return Err(reading.wrong(path, reason));
            }
            let scope_mappings = mappings.of_scope(&scope.name);
            let scope = ClientScope {
                scope_mappings,
                ..scope
            };
            reading.put(Kind::ClientScope, &id, &scope)
        });
        reading.go_on(read)?;
    }
    if let Some(name) = mappings.scopes().find(|name| !names.contains(*name)) {
        return Err(reading.wrong(
            "$.scopeMappings",
            format!("there is no client scope {name:?}"),
        ));
    }
    Ok(())
}

/// Puts the documents of clients.
pub(super) fn put(
    reading: &mut Reading<'_>,
    clients: Vec<Value>,
    ids: &HashMap<String, String>,
    mappings: &ScopeMappings,
    defaults: &DefaultScopes,
) -> Result<(), FileError> {
    let oidc: HashSet<String> = reading
        .documents
        .iter()
        .filter(|document| {
            document.kind == Kind::ClientScope
                && document.body.get("protocol").and_then(Value::as_str) != Some("saml")
        })
        .filter_map(|document| Some(document.body.get("name")?.as_str()?.to_owned()))
        .collect();
    let context = Context {
        ids,
        mappings,
        defaults,
        oidc,
    };
    for (at, client) in clients.into_iter().enumerate() {
        let read = put_client(reading, &format!("$.clients[{at}]"), client, &context);
        reading.go_on(read)?;
    }
    Ok(())
}

/// What clients refer to.
struct Context<'a> {
    ids: &'a HashMap<String, String>,
    mappings: &'a ScopeMappings,
    defaults: &'a DefaultScopes,
    /// Names of the client scopes for OpenID Connect.
    oidc: HashSet<String>,
}

fn put_client(
    reading: &mut Reading<'_>,
    path: &str,
    mut client: Value,
    context: &Context<'_>,
) -> Result<(), FileError> {
    let Context {
        ids,
        mappings,
        defaults,
        oidc,
    } = context;
    let of_protocol = |names: &[String]| {
        let names = names.iter().filter(|name| oidc.contains(*name));
        names.cloned().collect::<Vec<_>>()
    };
    let has = |member: &str| client.get(member).is_some_and(|value| !value.is_null());
    let (lacks_default, lacks_optional, lacks_full) = (
        !has("defaultClientScopes"),
        !has("optionalClientScopes"),
        !has("fullScopeAllowed"),
    );
    if let (Some(id), Value::Object(members)) = (
        client
            .get("clientId")
            .and_then(Value::as_str)
            .and_then(|name| ids.get(name))
            .cloned(),
        &mut client,
    ) {
        members.insert("id".to_owned(), Value::String(id));
        members.retain(|_, value| !value.is_null());
    }
    let mut client: Client = reading.parse(path, client)?;
    if client.is_oidc() {
        if lacks_default {
            client.default_client_scopes = of_protocol(&defaults.always);
        }
        if lacks_optional {
            client.optional_client_scopes = of_protocol(&defaults.optional);
        }
        if let Some(name) = client
            .default_client_scopes
            .iter()
            .chain(&client.optional_client_scopes)
            .find(|name| !oidc.contains(*name))
        {
            return Err(reading.wrong(
                format!("{path}.defaultClientScopes"),
                format!("there is no client scope {name:?}"),
            ));
        }
    }
    let of_services = SERVICE_SCOPE.to_owned();
    if client.service_accounts_enabled
        && oidc.contains(SERVICE_SCOPE)
        && !client.default_client_scopes.contains(&of_services)
    {
        client.default_client_scopes.push(of_services);
    }
    if lacks_full {
        client.full_scope_allowed = !client.consent_required;
    }
    if client.secret.as_deref() == Some(MASK) {
        client.secret = None;
        reading.note(
            format!("$.clients[{:?}].secret", client.client_id.as_str()),
            "the file masks the secret: a new one was made",
        );
    }
    if client.secret.is_none()
        && !client.public_client
        && !client.bearer_only
        && client.client_authenticator_type == "client-secret"
    {
        client.secret = Some(jose::random_token(24));
    }
    client.scope_mappings = mappings.of_client(client.client_id.as_str());
    reading.put(Kind::Client, client.id.clone().as_str(), &client)?;
    Ok(())
}
