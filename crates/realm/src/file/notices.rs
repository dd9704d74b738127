//! What a realm file asks for that has no effect yet.

use super::Notice;
use crate::{ANCHOR_ATTRIBUTES, AuthenticatorConfig, PasswordPolicy};
use serde::Deserialize as _;
use serde_json::{Map, Value};
use x509::TrustAnchors;

/// Members of a realm that nothing reads yet, and what therefore does not happen. A value equal to a new realm's asks for nothing.
const WITHOUT_EFFECT: &[(&str, &str)] = &[
    (
        "identityProviders",
        "nobody can sign in by another identity provider",
    ),
    ("smtpServer", "no mail is sent"),
    ("registrationAllowed", "people can't register themselves"),
    ("verifyEmail", "e-mail addresses are not verified"),
    ("resetPasswordAllowed", "passwords can't be reset by mail"),
    (
        "revokeRefreshToken",
        "refresh tokens can be used more than once",
    ),
    (
        "adminEventsEnabled",
        "changes by administrators are not recorded as events",
    ),
    ("organizationsEnabled", "organizations are not in use"),
    ("userManagedAccessAllowed", "people can't share resources"),
    (
        "userFederationProviders",
        "people are looked for in the database alone",
    ),
    (
        "federatedUsers",
        "people of federated stores are kept as they are",
    ),
    ("defaultGroups", "nobody joins a group by being new"),
    (
        "eventsListeners",
        "events go to the database and the log alone",
    ),
    ("accountTheme", "only the pages of the sign-in have themes"),
    ("adminTheme", "only the pages of the sign-in have themes"),
    ("emailTheme", "no mail is sent"),
    (
        "clientProfiles",
        "clients are not held to profiles and policies",
    ),
    (
        "clientPolicies",
        "clients are not held to profiles and policies",
    ),
    ("organizations", "organizations are not in use"),
    (
        "adminPermissionsEnabled",
        "administrators have roles, not permissions",
    ),
    ("scimApiEnabled", "scim is not served"),
    (
        "verifiableCredentialsEnabled",
        "verifiable credentials are not issued",
    ),
];

/// Groups of members, by what their names begin with.
const FAMILIES: &[(&str, &str)] = &[
    ("otpPolicy", "one-time passwords are not asked for"),
    ("webAuthnPolicy", "passkeys are not asked for"),
];

/// The notices about members of a file that are kept as they are.
pub(super) fn of(members: &Map<String, Value>, model: &Map<String, Value>) -> Vec<Notice> {
    let asks = |name: &str| {
        members.get(name).is_some_and(|value| {
            let empty = match value {
                Value::Null => true,
                Value::Array(items) => items.is_empty(),
                Value::Object(members) => members.is_empty(),
                Value::Bool(on) => !on,
                _ => false,
            };
            !empty && model.get(name) != Some(value)
        })
    };
    let mut notices: Vec<Notice> = WITHOUT_EFFECT
        .iter()
        .filter(|(name, _)| asks(name))
        .map(|(name, what)| Notice {
            path: format!("$.{name}"),
            what: (*what).to_owned(),
        })
        .collect();
    for (prefix, what) in FAMILIES {
        if members
            .keys()
            .any(|name| name.starts_with(prefix) && asks(name))
        {
            notices.push(Notice {
                path: format!("$.{prefix}*"),
                what: (*what).to_owned(),
            });
        }
    }
    let clients = members
        .get("clients")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    for client in clients {
        let id = client
            .get("clientId")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if client
            .get("protocol")
            .and_then(Value::as_str)
            .is_some_and(|protocol| protocol != "openid-connect")
        {
            notices.push(Notice {
                path: format!("$.clients[{id:?}].protocol"),
                what: "only OpenID Connect is served".to_owned(),
            });
        }
        if client
            .get("authorizationServicesEnabled")
            .and_then(Value::as_bool)
            == Some(true)
        {
            notices.push(Notice {
                path: format!("$.clients[{id:?}].authorizationSettings"),
                what: "authorization services are not served".to_owned(),
            });
        }
    }
    of_certificates(members, &mut notices);
    of_passwords(members, &mut notices);
    notices
}

/// Rules about passwords that make no sense: they are kept, and nothing is measured by them.
fn of_passwords(members: &Map<String, Value>, notices: &mut Vec<Notice>) {
    let text = members.get("passwordPolicy").and_then(Value::as_str);
    let (_, errors) = PasswordPolicy::read(text.unwrap_or_default());
    notices.extend(errors.iter().map(|error| Notice {
        path: "$.passwordPolicy".to_owned(),
        what: format!("a rule has no effect: {error}"),
    }));
}

/// What the steps that take certificates ask for and don't get, and anchors that can't be read.
fn of_certificates(members: &Map<String, Value>, notices: &mut Vec<Notice>) {
    let configs = members.get("authenticatorConfig").and_then(Value::as_array);
    for config in configs.into_iter().flatten() {
        let Ok(config) = AuthenticatorConfig::deserialize(config) else {
            continue; // told as an error, when it is read
        };
        for found in config.certificate_settings_without_effect() {
            notices.push(Notice {
                path: format!(
                    "$.authenticatorConfig[{:?}].config[{:?}]",
                    config.alias, found.name
                ),
                what: found.what.to_owned(),
            });
        }
    }
    for name in ANCHOR_ATTRIBUTES {
        let text = members
            .get("attributes")
            .and_then(|attributes| attributes.get(name)?.as_str())
            .filter(|text| !text.is_empty());
        let read = text.map(|text| TrustAnchors::default().add_pem(text));
        if let Some(Err(error)) = read {
            notices.push(Notice {
                path: format!("$.attributes[{name:?}]"),
                what: format!("no certificate is accepted until it is mended: {error}"),
            });
        }
    }
}
