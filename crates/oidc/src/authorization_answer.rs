//! The answer to an authorization request that was granted (RFC 6749 §4.1.2, OpenID Connect Core §3.2.2.5, §3.3.2.5). What it stands for is durable.

use crate::authorization_request::AuthorizationRequest;
use crate::encrypted::{Answer, Recipient};
use crate::error::Error;
use crate::redirect_uri::RegisteredRedirect;
use crate::scopes::GrantedScopes;
use crate::tokens::{self, Beside, FrontTokens, GrantKind, MintError, Subject, TokenSession};
use crate::visitor::Front;
use authn::login::{ActionStatus, RequestedAction};
use axum::response::Response;
use realm::{Client, Realm, User};
use store::{ClientSession, Session};

/// Who signed in, for whom, and what was written of it.
pub struct Granted<'a> {
    /// Who asked.
    pub client: &'a Client,
    /// What for.
    pub request: &'a AuthorizationRequest,
    /// Where the answer goes.
    pub to: &'a RegisteredRedirect,
    /// Who signed in.
    pub user: &'a User,
    /// Their session.
    pub session: &'a Session,
    /// The client's part in it.
    pub part: &'a ClientSession,
    /// The claim `acr`.
    pub acr: &'a str,
    /// The code, if one was asked for.
    pub code: Option<&'a str>,
    /// The action that was asked for, and what became of it.
    pub action: Option<&'a (RequestedAction, ActionStatus)>,
}

/// Sends it, parameters in Keycloak's order.
///
/// # Errors
/// When a token can't be made: the server's own fault.
pub async fn send(front: Front<'_>, granted: &Granted<'_>) -> Result<Response, Error> {
    let Granted {
        client,
        request,
        code,
        action,
        ..
    } = granted;
    let tokens = tokens(front, granted).await?;
    let expires_in = tokens
        .access
        .as_ref()
        .map(|access| access.expires_in.to_string());
    let mut params: Vec<(&str, &str)> = Vec::with_capacity(8);
    params.extend(request.state.as_deref().map(|state| ("state", state)));
    if !client.is_on("exclude.session.state.from.auth.response") {
        params.push(("session_state", granted.session.id.as_str()));
    }
    if !client.is_on("exclude.issuer.from.auth.response") {
        params.push(("iss", front.cx.issuer()));
    }
    if let Some((action, status)) = action {
        if *status != ActionStatus::Error {
            params.push(("kc_action", &action.alias));
        }
        params.push(("kc_action_status", status.name()));
    }
    params.extend(code.map(|code| ("code", code)));
    params.extend(tokens.id_token.as_deref().map(|token| ("id_token", token)));
    if let (Some(access), Some(expires_in)) = (&tokens.access, &expires_in) {
        params.push(("access_token", &access.token));
        params.push(("token_type", access.token_type));
        params.push(("expires_in", expires_in));
    }
    // An answer as a token is told with what else the token endpoint would say (JARM §2.1.2).
    if request.mode.is_token() && request.response_type.name() == "token" {
        params.extend(request.scope.as_deref().map(|scope| ("scope", scope)));
    }
    request
        .mode
        .answer(front, client, granted.to, &params)
        .await
}

/// The tokens that were asked for.
async fn tokens(front: Front<'_>, granted: &Granted<'_>) -> Result<FrontTokens, Error> {
    let (oidc, cx, client) = (front.oidc, front.cx, granted.client);
    let response_type = granted.request.response_type;
    if !response_type.has_tokens() {
        return Ok(FrontTokens::default());
    }
    let reader = match response_type.id_token {
        true => Recipient::of(&oidc.client_keys, cx, client, Answer::IdToken).await?,
        false => None,
    };
    let mut tokens = match mint(front, &cx.realm, granted) {
        Err(MintError::NoKey(algorithm)) => {
            let realm = oidc.fallback_keys.make(cx, algorithm).await?;
            mint(front, &realm, granted)?
        }
        minted => minted?,
    };
    if let (Some(reader), Some(id_token)) = (reader, &mut tokens.id_token) {
        *id_token = reader.close(id_token)?;
    }
    Ok(tokens)
}

fn mint(front: Front<'_>, realm: &Realm, granted: &Granted<'_>) -> Result<FrontTokens, MintError> {
    let request = granted.request;
    let requested = request.scope.as_deref().unwrap_or_default();
    let scopes = GrantedScopes::recall(realm, granted.client, requested);
    let subject = Subject {
        realm,
        mappers: &front.oidc.mappers,
        client: granted.client,
        user: granted.user,
        session: TokenSession::Online(granted.session, granted.part),
        scopes: &scopes,
        nonce: request.nonce.as_deref(),
        exchanged: None,
        acr: granted.acr,
        auth_time: Some(granted.session.auth_time),
        grant: match request.response_type.code {
            true => GrantKind::Hybrid,
            false => GrantKind::Implicit,
        },
        confirmation: None,
        issuer: front.cx.issuer(),
        now: front.cx.now,
    };
    let beside = Beside {
        response_type: request.response_type,
        code: granted.code,
        state: request.state.as_deref(),
    };
    tokens::mint_front(&subject, beside)
}
