//! What an application asks for when it sends somebody to be signed out.

use crate::params::Params;
use crate::redirect_uri::RegisteredRedirect;
use authn::Cx;
use authn::event::EventDraft;
use pages::Message;
use realm::{Client, ClientId, SessionId};
use serde::Deserialize;
use std::sync::Arc;

/// What an application asks for, checked.
pub(super) struct Asked {
    pub(super) client: Option<Arc<Client>>,
    /// What the ID token names.
    pub(super) hinted: Option<Hinted>,
    pub(super) to: Option<RegisteredRedirect>,
    pub(super) state: Option<String>,
}

/// The session that an ID token names, and when it was issued, epoch seconds.
pub(super) struct Hinted {
    pub(super) session: SessionId,
    pub(super) issued_at: i64,
}

/// A request that is not in order: what the person reads, and the event.
pub(super) struct Refused {
    pub(super) message: Message,
    pub(super) event: EventDraft,
}

#[derive(Deserialize)]
struct Hint {
    typ: String,
    azp: String,
    iss: String,
    #[serde(default)]
    iat: i64,
    #[serde(default)]
    sid: Option<String>,
}

impl Asked {
    /// The event of the sign-out.
    pub(super) fn event(&self, cx: &Cx) -> EventDraft {
        let mut event = cx.event("LOGOUT");
        if let Some(client) = &self.client {
            event = event.client(&client.client_id);
        }
        if let Some(to) = &self.to {
            event = event.detail("redirect_uri", to.as_str());
        }
        event
    }
}

/// The parameters, in Keycloak's order of checks. An ID token that has expired still says who asks.
pub(super) fn read(cx: &Cx, params: &Params) -> Result<Asked, Box<Refused>> {
    let refuse = |message: Message, error| {
        let event = cx.event("LOGOUT").error(error);
        Box::new(Refused { message, event })
    };
    let named = params.filled("client_id").map(ClientId::new);
    let hint = match params.filled("id_token_hint") {
        None => None,
        Some(token) => {
            let invalid = |error| {
                let message = Message::new("invalidParameterMessage").with("id_token_hint");
                refuse(message, error)
            };
            let verified = cx.realm.keys.verifying().verify::<Hint>(token);
            let hint = verified.map_err(|_| invalid("invalid_token"))?.claims;
            if hint.typ != "ID" || hint.iss != cx.issuer() {
                return Err(invalid("invalid_token"));
            }
            let mut others = named.iter().filter(|named| named.as_str() != hint.azp);
            if others.next().is_some() {
                return Err(invalid("invalid_client"));
            }
            Some(hint)
        }
    };
    let id = hint
        .as_ref()
        .map(|hint| ClientId::new(hint.azp.as_str()))
        .or(named);
    let given = params.filled("post_logout_redirect_uri");
    if given.is_some() && id.is_none() {
        let message = Message::new("missingParameterMessage").with("id_token_hint");
        return Err(refuse(message, "invalid_request"));
    }
    let client = id
        .as_ref()
        .and_then(|id| cx.realm.client(id))
        .filter(|client| client.enabled)
        .cloned();
    let to = match given {
        None => None,
        Some(given) => {
            let checked = client
                .as_ref()
                .and_then(|client| RegisteredRedirect::after_logout(client, cx.base(), given));
            let Some(checked) = checked else {
                let message = Message::new("invalidRedirectUriMessage");
                let mut refused = refuse(message, "invalid_redirect_uri");
                let told: String = given.chars().take(500).collect();
                refused.event = refused.event.detail("redirect_uri", told);
                if let Some(id) = &id {
                    refused.event = refused.event.client(id);
                }
                return Err(refused);
            };
            Some(checked)
        }
    };
    Ok(Asked {
        client,
        hinted: hint.and_then(|hint| {
            Some(Hinted {
                session: SessionId::new(hint.sid?),
                issued_at: hint.iat,
            })
        }),
        to,
        state: params.get("state").map(str::to_owned),
    })
}
