//! `urn:ietf:params:oauth:grant-type:token-exchange` (RFC 8693), as Keycloak's standard one: a confidential client turns an access token that is
//! for it, or its own, into one for others. The person, the session and its end stay; scopes and audiences are the requester's.

use super::{Authorization, Begun, Binding, Exchange, Grant, Held, Renewal};
use crate::error::Error;
use crate::refusal::Refusal;
use crate::scopes::GrantedScopes;
use crate::tokens::{self, Exchanged, GrantKind, Subject, TokenKind, service_account_notes};
use authn::bearer::{self, BearerIdentity, SessionKind};
use realm::{Client, ClientId};
use serde_json::Value;
use std::collections::BTreeMap;
use store::{ClientSession, Session};

/// The client's attribute that allows it.
const ATTRIBUTE: &str = "standard.token.exchange.enabled";
/// The client's attribute that allows refresh tokens too.
const WITH_REFRESH: &str = "standard.token.exchange.enableRefreshRequestedTokenType";

pub(super) const GRANT: Grant = Grant {
    name: "urn:ietf:params:oauth:grant-type:token-exchange",
    event: "TOKEN_EXCHANGE",
    binding: Binding::OfRequest,
    repeats: &["audience"],
    authorize: |exchange| Box::pin(authorize(exchange)),
};

async fn authorize(exchange: &Exchange<'_>) -> Result<Authorization, Error> {
    let (cx, client) = (exchange.cx, exchange.client.client());
    let asked = Asked::read(exchange)?;
    let live = match bearer::identify(cx, asked.subject_token).await? {
        Ok(live) => live,
        Err(_) => return Err(Refusal::ExchangeToken.into()),
    };
    check_subject(client, &live)?;
    let (held, refresh) = held(exchange, &live, &asked).await?;
    let requested = asked.scope.map(str::to_owned);
    let requested = requested.or_else(|| requested_before(&held));
    let scopes = asked.scopes(exchange, requested)?;
    if let Err(refused) = exchange.consented(&live.user.id, &scopes).await {
        return Err(match refused {
            Error::Refusal(_) => Refusal::ExchangeConsent(client.client_id.to_string()).into(),
            fault => fault,
        });
    }
    if asked.kind == TokenKind::Refresh && scopes.asks_for_offline() {
        return Err(Refusal::ExchangeOffline.into());
    }
    let told = |name: &str| live.claims.other.get(name);
    let mut authorization = Authorization {
        acr: told("acr")
            .and_then(Value::as_str)
            .unwrap_or("1")
            .to_owned(),
        auth_time: told("auth_time").and_then(Value::as_i64),
        held,
        user: live.user,
        scopes,
        nonce: None,
        confirmation: None,
        kind: GrantKind::TokenExchange,
        refresh,
        begun: Begun::Before,
        exchanged: Some(Exchanged {
            audiences: asked.audiences,
            kind: Some(asked.kind),
            ends_by: None,
        }),
        event: cx.event(GRANT.event),
    };
    check_audiences(exchange, &authorization)?;
    if let (Renewal::First, Held::Online(session, part)) =
        (&authorization.refresh, &authorization.held)
    {
        keep_part(exchange, session, part).await?;
    }
    let user = &authorization.user;
    let mut event = cx
        .event(GRANT.event)
        .user(&user.id)
        .detail("auth_method", "token_exchange")
        .detail("username", &user.username)
        .detail("requested_token_type", asked.kind.name())
        .detail("subject_token_client_id", live.client.client_id.as_str());
    if let Some(audiences) = authorization
        .exchanged
        .as_ref()
        .and_then(|exchanged| exchanged.audiences.as_ref())
    {
        event = event.detail("audience", audiences.join(" "));
    }
    if let Some((session, _)) = &live.session {
        event = event.session(&session.id);
    }
    authorization.event = event;
    Ok(authorization)
}

/// A request that is in order as far as its form goes.
struct Asked<'a> {
    subject_token: &'a str,
    kind: TokenKind,
    audiences: Option<Vec<String>>,
    scope: Option<&'a str>,
}

impl<'a> Asked<'a> {
    fn read(exchange: &Exchange<'a>) -> Result<Self, Refusal> {
        let (cx, client, form) = (exchange.cx, exchange.client.client(), exchange.form);
        if !client.is_on(ATTRIBUTE) {
            return Err(Refusal::ExchangeOff);
        }
        if client.public_client {
            return Err(Refusal::ExchangeByPublicClient);
        }
        for name in ["requested_subject", "requested_issuer", "subject_issuer"] {
            if form.get(name).is_some() {
                return Err(Refusal::ExchangeParameterNotServed(name));
            }
        }
        let missing = Refusal::ExchangeParameterMissing;
        let subject_token = form.get("subject_token").ok_or(missing("subject_token"))?;
        let kind = form.get("subject_token_type");
        if kind.ok_or(missing("subject_token_type"))? != TokenKind::Access.name() {
            return Err(Refusal::ExchangeSubjectType);
        }
        let kinds = [TokenKind::Access, TokenKind::Refresh, TokenKind::Id];
        let kind = match form.get("requested_token_type") {
            None => Some(TokenKind::Access),
            Some(name) => kinds.into_iter().find(|kind| kind.name() == name),
        };
        let kind = kind.ok_or(Refusal::ExchangeRequestedType)?;
        if kind == TokenKind::Refresh && client.attribute(WITH_REFRESH) != Some("SAME_SESSION") {
            return Err(Refusal::ExchangeRequestedType);
        }
        let audiences: Vec<String> = form.all("audience").map(str::to_owned).collect();
        let is_known = |id: &String| cx.realm.client(&ClientId::new(id.as_str())).is_some();
        if !audiences.iter().all(is_known) {
            return Err(Refusal::ExchangeAudienceUnknown);
        }
        Ok(Self {
            subject_token,
            kind,
            audiences: Some(audiences).filter(|audiences| !audiences.is_empty()),
            scope: form.get("scope"),
        })
    }

    /// The scopes. An ID token needs `openid`, whoever forgot it.
    fn scopes(
        &self,
        exchange: &Exchange<'_>,
        requested: Option<String>,
    ) -> Result<GrantedScopes, Refusal> {
        let scopes = exchange.scopes(requested.as_deref())?;
        Ok(match self.kind {
            TokenKind::Id => scopes.with_openid(),
            TokenKind::Access | TokenKind::Refresh => scopes,
        })
    }
}

/// Who may exchange a token: the client that it is for, and the one that it was issued to. One that counts only together with something is that
/// client's alone.
fn check_subject(client: &Client, live: &BearerIdentity) -> Result<(), Refusal> {
    let own = live.claims.azp == client.client_id.as_str();
    if live.claims.cnf.is_some() && !own {
        return Err(Refusal::ExchangeToken);
    }
    let is_for = |audience: &Value| audience.as_str() == Some(client.client_id.as_str());
    let addressed = match live.claims.other.get("aud") {
        Some(Value::Array(many)) => many.iter().any(is_for),
        Some(one) => is_for(one),
        None => false,
    };
    match own || addressed {
        true => Ok(()),
        false => Err(Refusal::ExchangeAudience),
    }
}

/// The session of the new tokens: that of the subject token, in which the requester may have a part of its own. It gets one with a refresh token.
async fn held(
    exchange: &Exchange<'_>,
    live: &BearerIdentity,
    asked: &Asked<'_>,
) -> Result<(Held, Renewal), Error> {
    let (cx, client) = (exchange.cx, exchange.client.client());
    let wants_refresh = asked.kind == TokenKind::Refresh;
    let Some((session, _)) = &live.session else {
        if wants_refresh {
            return Err(Refusal::ExchangeNewSession.into());
        }
        let is_own = live.user.service_account_of.as_ref() == Some(&client.id);
        let address = cx.arrival.client_address().to_string();
        let notes = match is_own {
            true => service_account_notes(client, &address),
            false => BTreeMap::new(),
        };
        return Ok((Held::Transient(notes), Renewal::None));
    };
    let session = Box::new(session.clone());
    let mut reader = cx.server.store.read().await?;
    let (realm, id) = (&cx.realm.id, &session.id);
    if live.kind.is_offline() {
        if wants_refresh {
            return Err(Refusal::ExchangeNewSession.into());
        }
        let mut sessions = reader.offline_sessions();
        let held = match sessions.client(realm, id, &client.id).await? {
            Some(part) => Held::Offline(session, Box::new(part)),
            None => {
                let part = Box::new(part_of(exchange, &session, asked.scope));
                Held::Guest(session, part, SessionKind::OfflineGuest)
            }
        };
        return Ok((held, Renewal::None));
    }
    let part = reader.sessions().client(realm, id, &client.id).await?;
    let made = || Box::new(part_of(exchange, &session, asked.scope));
    Ok(match (part, wants_refresh) {
        (Some(part), true) => (Held::Online(session, Box::new(part)), Renewal::First),
        (Some(part), false) => (Held::Online(session, Box::new(part)), Renewal::None),
        (None, true) => {
            let part = made();
            (Held::Online(session, part), Renewal::First)
        }
        (None, false) => {
            let part = made();
            let held = Held::Guest(session, part, SessionKind::OnlineGuest);
            (held, Renewal::None)
        }
    })
}

/// A part for a client that has none.
fn part_of(exchange: &Exchange<'_>, session: &Session, scope: Option<&str>) -> ClientSession {
    let cx = exchange.cx;
    ClientSession {
        session: session.id.clone(),
        client: exchange.client.client().id.clone(),
        started_at: cx.now,
        last_used_at: cx.now,
        scope: scope.unwrap_or_default().to_owned(),
        redirect_uri: None,
        nonce: None,
        notes: [("acr".to_owned(), "1".to_owned())].into(),
    }
}

/// What a client asked for that has a part in the session already, and names nothing now.
fn requested_before(held: &Held) -> Option<String> {
    match held {
        Held::Online(_, part) | Held::Offline(_, part) => {
            Some(part.scope.clone()).filter(|scope| !scope.is_empty())
        }
        Held::Guest(..) | Held::Transient(_) => None,
    }
}

/// Refuses audiences that the token can't be for: naming some narrows and never widens.
fn check_audiences(exchange: &Exchange<'_>, authorization: &Authorization) -> Result<(), Refusal> {
    let cx = exchange.cx;
    let exchanged = authorization.exchanged.as_ref();
    let Some(asked) = exchanged.and_then(|exchanged| exchanged.audiences.as_ref()) else {
        return Ok(());
    };
    let subject = Subject {
        realm: &cx.realm,
        mappers: exchange.mappers,
        client: exchange.client.client(),
        user: &authorization.user,
        session: authorization.held.of_tokens(),
        scopes: &authorization.scopes,
        nonce: None,
        acr: &authorization.acr,
        auth_time: authorization.auth_time,
        grant: authorization.kind,
        confirmation: None,
        exchanged,
        issuer: cx.issuer(),
        now: cx.now,
    };
    let claims = tokens::access_claims(&subject);
    let is_there = |name: &&String| match claims.get("aud") {
        Some(Value::Array(many)) => many.iter().any(|one| one.as_str() == Some(name)),
        Some(one) => one.as_str() == Some(name),
        None => false,
    };
    let missing: Vec<&str> = asked
        .iter()
        .filter(|name| !is_there(name))
        .map(String::as_str)
        .collect();
    match missing.is_empty() {
        true => Ok(()),
        false => Err(Refusal::ExchangeAudienceNotAvailable(missing.join(", "))),
    }
}

/// Gives the requester its part in the session, which has to be there still.
async fn keep_part(
    exchange: &Exchange<'_>,
    session: &Session,
    part: &ClientSession,
) -> Result<(), Error> {
    let cx = exchange.cx;
    let mut writer = cx.server.store.write().await?;
    let used = ClientSession {
        last_used_at: cx.now,
        ..part.clone()
    };
    let is_there = writer.sessions().attach(&cx.realm.id, &used).await?;
    writer.commit().await?;
    match is_there && session.id == part.session {
        true => Ok(()),
        false => Err(Refusal::ExchangeToken.into()),
    }
}
