//! From a finished sign-in to the application: session, code and event in one transaction, then cookies and a redirect.

use crate::asked::claim_name;
use crate::authorization_answer::{self, Granted};
use crate::authorization_request::{AuthorizationRequest, ErrorRedirect, redirect_error};
use crate::consent::Standing;
use crate::endpoints::consent::{self, Answer};
use crate::error::Error;
use crate::redirect_uri::RegisteredRedirect;
use crate::scopes::GrantedScopes;
use crate::visitor::{Front, Visitor};
use crate::{device, page};
use authn::level::RequestedLevel;
use authn::login::{
    self, Again, Answered, Begin, Once, Progress, Prompt, Refused, RequestedAction, Restart, Shown,
    SignedIn, Why,
};
use authn::{Cx, Fault, sso};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use pages::Message;
use realm::{Client, ClientId, ScopeId};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use store::{Claim, ClientSession, Code, Writer};

/// Seconds.
const DAY: i64 = 86_400;
/// Longer client data is left out of addresses: nothing of ours needs it.
const MAX_CLIENT_DATA: usize = 1024;

/// What a request asks of the sign-in, beside what it asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// Whether anything may be shown.
    pub prompt: Prompt,
    /// How long ago they may have proved who they are, seconds.
    pub max_age: Option<i64>,
    /// What to put into the name field.
    pub login_hint: Option<String>,
    /// What they are to do before the client gets its answer.
    pub action: Option<RequestedAction>,
    /// The level of authentication that is asked for.
    pub level: Option<RequestedLevel>,
    /// Whether this starts again what did not end.
    pub again: Again,
}

/// Runs the realm's flow for a request that is in order, and answers with what it came to.
pub async fn begin(
    front: Front<'_>,
    client: &Client,
    request: &AuthorizationRequest,
    wishes: Wishes,
) -> Response {
    let Front { cx, visitor, .. } = front;
    let sealed = match serde_json::to_value(request) {
        Ok(sealed) => sealed,
        Err(error) => return page::fault(cx, visitor, &error),
    };
    let begin = Begin {
        client,
        request: sealed,
        prompt: wishes.prompt,
        max_age: wishes.max_age,
        login_hint: wishes.login_hint,
        scope: request.scope.clone(),
        action: wishes.action,
        level: wishes.level,
        client_data: client_data(request),
        back_url: client.base_url.clone(),
        locale: visitor.locale.clone(),
        event_details: event_details(request),
        again: wishes.again,
    };
    let quiet = begin.prompt == Prompt::None;
    match login::begin(cx, &visitor.cookies, begin).await {
        Ok(Progress::Show(shown)) if request.pushed.is_some() => at_its_address(shown),
        Ok(Progress::SignedIn(signed_in)) => {
            let finished = finish(front, *signed_in, quiet).await;
            finished.unwrap_or_else(|error| page::fault(cx, visitor, &error))
        }
        Ok(progress) => answer(front, progress).await,
        Err(fault) => page::fault(cx, visitor, &fault),
    }
}

/// Leads to the page instead of showing it: what was sent ahead is soon forgotten, and the page can be loaded again.
fn at_its_address(shown: Shown) -> Response {
    match &shown.address {
        Some(address) => page::with_cookies(page::redirect(address), &shown.set_cookies),
        None => page::shown(shown),
    }
}

/// What every event of this sign-in says of the request.
fn event_details(request: &AuthorizationRequest) -> BTreeMap<String, String> {
    [
        ("auth_method", "openid-connect"),
        ("redirect_uri", request.redirect_uri.as_str()),
        ("response_type", request.response_type.name()),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

/// What Keycloak puts into `client_data` of its addresses: where the answer will go, for who reads them.
pub(crate) fn client_data(request: &AuthorizationRequest) -> String {
    let mut data = json!({"ru": request.redirect_uri, "rt": request.response_type.name()});
    if let Some(state) = &request.state {
        data["st"] = json!(state);
    }
    let text = URL_SAFE_NO_PAD.encode(data.to_string());
    if text.len() > MAX_CLIENT_DATA {
        return String::new();
    }
    text
}

/// Answers with what a step of the sign-in came to.
pub async fn answer(front: Front<'_>, progress: Progress) -> Response {
    let Front { cx, visitor, .. } = front;
    if device::is_for_device(&progress) {
        return device::answer(cx, visitor, progress).await;
    }
    match progress {
        Progress::Show(shown) => page::shown(shown),
        Progress::Refused(told) => {
            let cookies = told.set_cookies.clone();
            match refused(front, *told).await {
                Ok(response) => page::with_cookies(response, &cookies),
                Err(fault) => page::fault(cx, visitor, &fault),
            }
        }
        Progress::SignedIn(signed_in) => match finish(front, *signed_in, false).await {
            Ok(response) => response,
            Err(fault) => page::fault(cx, visitor, &fault),
        },
        Progress::Restart(from) => restart(front, *from).await,
    }
}

/// Begins again with a request that was in order before, once it still is.
pub async fn restart(front: Front<'_>, from: Restart) -> Response {
    let Front { cx, visitor, .. } = front;
    if device::is_request(&from.request) {
        let outcome = device::restart(cx, visitor, from).await;
        return outcome.unwrap_or_else(|fault| page::fault(cx, visitor, &fault));
    }
    let Some((client, request, _)) = reread(cx, from.request, &from.client) else {
        return gone(cx, visitor);
    };
    let wishes = Wishes {
        prompt: from.prompt,
        max_age: from.max_age,
        login_hint: from.login_hint,
        action: from.action,
        level: from.level,
        again: from.again,
    };
    // It can't go round: beginning shows a page, or ends.
    Box::pin(begin(front, &client, &request, wishes)).await
}

/// Reads the sealed request again against the realm as it is now: a client may be gone, an address no longer registered.
fn reread(
    cx: &Cx,
    request: Value,
    client: &ClientId,
) -> Option<(Arc<Client>, AuthorizationRequest, RegisteredRedirect)> {
    let request: AuthorizationRequest = serde_json::from_value(request).ok()?;
    let client = cx.realm.client(client).filter(|client| client.enabled)?;
    let given = request
        .redirect_given
        .then_some(request.redirect_uri.as_str());
    let to = RegisteredRedirect::check(client, cx.base(), given)?;
    Some((client.clone(), request, to))
}

fn gone(cx: &Cx, visitor: &Visitor) -> Response {
    let message = Message::new("invalidRequestMessage");
    page::error(cx, visitor, StatusCode::BAD_REQUEST, message)
}

async fn refused(front: Front<'_>, told: Refused) -> Result<Response, Error> {
    let Front { cx, visitor, .. } = front;
    let Some((client, request, to)) = reread(cx, told.request, &told.client) else {
        return Ok(gone(cx, visitor));
    };
    let error = ErrorRedirect {
        client,
        to,
        mode: request.mode,
        state: request.state,
        error: match told.why {
            Why::LoginRequired => "login_required",
            Why::InteractionRequired => "interaction_required",
            Why::AccessDenied | Why::TermsDeclined => "access_denied",
        },
        description: (told.why == Why::TermsDeclined).then(|| "termsAndConditionsDeclined".into()),
    };
    redirect_error(front, &error).await
}

/// Ends a sign-in, unless the person has to be asked first what the application may have. `quiet` forbids to ask.
async fn finish(front: Front<'_>, mut signed_in: SignedIn, quiet: bool) -> Result<Response, Error> {
    let Front { cx, visitor, .. } = front;
    let request = signed_in.request.clone();
    let Some((client, request, to)) = reread(cx, request, &signed_in.client) else {
        signed_in
            .attempt
            .close(cx, "the client or its address is gone");
        return Ok(gone(cx, visitor));
    };
    let standing = standing(cx, &client, &signed_in, &request).await?;
    let consent = standing.detail();
    if let Standing::Missing(asked) = standing {
        if !quiet {
            let page = consent::ask(cx, visitor, &client, &request, signed_in, &asked)?;
            return Ok(page);
        }
        signed_in
            .attempt
            .note("consent", "it would have to be asked for");
        signed_in.attempt.close(cx, "refused without a page");
        let told = Refused {
            request: signed_in.request,
            client: signed_in.client,
            why: Why::InteractionRequired,
            set_cookies: Vec::new(),
        };
        return refused(front, told).await;
    }
    let ready = Ready {
        client,
        request,
        to,
        consent,
        once: None,
        keys: BTreeSet::new(),
    };
    conclude(front, signed_in, ready).await
}

/// How the request stands with what the person allowed the client.
async fn standing(
    cx: &Cx,
    client: &Client,
    signed_in: &SignedIn,
    request: &AuthorizationRequest,
) -> Result<Standing, Fault> {
    if !client.consent_required {
        return Ok(Standing::NotAsked);
    }
    let scopes = GrantedScopes::recall(
        &cx.realm,
        client,
        request.scope.as_deref().unwrap_or_default(),
    );
    let (user, anew) = (&signed_in.user.id, request.consent_anew);
    let mut reader = cx.server.store.read().await?;
    crate::consent::standing(cx, &mut reader, client, user, &scopes, anew).await
}

/// A request that was read again, and what the person allowed of it.
struct Ready {
    client: Arc<Client>,
    request: AuthorizationRequest,
    to: RegisteredRedirect,
    /// The event's detail.
    consent: &'static str,
    /// Where the person was asked: that the answer counts once.
    once: Option<Once>,
    /// And what it allows.
    keys: BTreeSet<ScopeId>,
}

/// Goes on with a sign-in that waited for the person's answer.
pub async fn answered(
    front: Front<'_>,
    answered: Answered,
    answer: Answer,
) -> Result<Response, Error> {
    let Front { cx, visitor, .. } = front;
    let Answered {
        mut signed_in,
        once,
    } = answered;
    let request = signed_in.request.clone();
    let Some((client, request, to)) = reread(cx, request, &signed_in.client) else {
        return Ok(gone(cx, visitor));
    };
    if answer == Answer::No {
        return said_no(front, signed_in, &once).await;
    }
    signed_in.attempt.note("consent", "the person said yes");
    let scope = request.scope.as_deref().unwrap_or_default();
    let scopes = GrantedScopes::recall(&cx.realm, &client, scope);
    let keys = crate::consent::asked(&client, &scopes);
    let ready = Ready {
        keys: keys.into_iter().map(|asked| asked.key).collect(),
        client,
        request,
        to,
        consent: "consent_granted",
        once: Some(once),
    };
    conclude(front, signed_in, ready).await
}

async fn said_no(
    front: Front<'_>,
    mut signed_in: SignedIn,
    once: &Once,
) -> Result<Response, Error> {
    let cx = front.cx;
    let mut writer = cx.server.store.write().await?;
    if !once.use_up(cx, &mut writer).await? {
        drop(writer);
        return Ok(once_more(front, signed_in).await);
    }
    let event = signed_in.event.error("rejected_by_user");
    event.record(cx, &mut writer).await?;
    writer.commit().await?;
    signed_in.attempt.note("consent", "the person said no");
    signed_in.attempt.close(cx, "refused");
    let told = Refused {
        request: signed_in.request,
        client: signed_in.client,
        why: Why::AccessDenied,
        set_cookies: Vec::new(),
    };
    let response = refused(front, told).await?;
    Ok(page::with_cookies(response, &[login::forget_restart(cx)]))
}

/// The question was answered before: who is signed in gets through as they are, anybody else begins again.
async fn once_more(front: Front<'_>, signed_in: SignedIn) -> Response {
    let from = Restart {
        client: signed_in.client,
        request: signed_in.request,
        prompt: Prompt::Normal,
        max_age: None,
        login_hint: None,
        action: None,
        level: None,
        again: Again::Asked,
    };
    restart(front, from).await
}

/// Writes what the person allowed, the session, the client's part, the code and the event in one transaction, and sends the browser back.
async fn conclude(front: Front<'_>, signed_in: SignedIn, ready: Ready) -> Result<Response, Error> {
    let Front { cx, visitor, .. } = front;
    let Ready {
        client,
        request,
        to,
        consent,
        once,
        keys,
    } = ready;
    let sid = signed_in.session.id.clone();
    let level = signed_in.level.unwrap_or(i64::from(signed_in.fresh));
    let wanted = request.wanted(cx, &client);
    let acr = wanted.told(&cx.realm, &client, level);
    let code = request
        .response_type
        .code
        .then(|| format!("{}.{sid}.{}", realm::random_key(), client.id));
    let part = part(cx, &signed_in, &client, &request, &acr).await?;
    let issued = code
        .as_deref()
        .map(|code| issued(cx, &signed_in, &client, &request, &acr, code));
    let mut writer = cx.server.store.write().await?;
    if let Some(once) = once {
        if !once.use_up(cx, &mut writer).await? {
            drop(writer);
            return Ok(once_more(front, signed_in).await);
        }
        let (user, now) = (&signed_in.user.id, cx.now);
        let mut consents = writer.consents();
        consents
            .grant(&cx.realm.id, user, &client.id, &keys, now)
            .await?;
    }
    sso::keep(cx, &signed_in, &mut writer).await?;
    let stopped = if !is_first(cx, &request, &mut writer).await? {
        Some(("the request was answered before", "invalidRequestMessage"))
    } else if !writer.sessions().attach(&cx.realm.id, &part).await? {
        // Signed out in another tab, between the look at the session and now.
        Some(("the session ended meanwhile", "sessionNotActiveMessage"))
    } else {
        None
    };
    if let Some((why, message)) = stopped {
        drop(writer);
        signed_in.attempt.close(cx, why);
        let message = Message::new(message);
        return Ok(page::error(cx, visitor, StatusCode::BAD_REQUEST, message));
    }
    if let Some(issued) = &issued {
        writer.codes().issue(&cx.realm.id, issued).await?;
    }
    let event = signed_in
        .event
        .detail("code_id", sid.as_str())
        .detail("consent", consent);
    event.record(cx, &mut writer).await?;
    writer.commit().await?;
    signed_in.attempt.close(cx, "signed in");

    let granted = Granted {
        client: &client,
        request: &request,
        to: &to,
        user: &signed_in.user,
        session: &signed_in.session,
        part: &part,
        acr: &acr,
        code: code.as_deref(),
        action: signed_in.action.as_ref(),
    };
    let response = authorization_answer::send(front, &granted).await?;
    Ok(page::with_cookies(response, &signed_in.set_cookies))
}

/// Whether a request that was sent ahead leads to an answer now and never did before (RFC 9126 §7.3); any other request may.
async fn is_first(
    cx: &Cx,
    request: &AuthorizationRequest,
    writer: &mut Writer,
) -> Result<bool, store::Fault> {
    let Some(digest) = &request.pushed else {
        return Ok(true);
    };
    // A sign-in can't take longer.
    let lifespan = cx.realm.settings.access_code_lifespan_login.max(DAY);
    let until = cx.now.plus_seconds(lifespan);
    let claim = writer
        .single_use()
        .claim(&cx.realm.id, &claim_name(digest), until)
        .await?;
    Ok(claim == Claim::First)
}

/// The client's part in the session: one that is there keeps its beginning, so that tokens issued before stay good.
async fn part(
    cx: &Cx,
    signed_in: &SignedIn,
    client: &Client,
    request: &AuthorizationRequest,
    acr: &str,
) -> Result<ClientSession, Fault> {
    let known = if signed_in.is_new {
        None
    } else {
        let mut reader = cx.server.store.read().await?;
        let id = &signed_in.session.id;
        reader
            .sessions()
            .client(&cx.realm.id, id, &client.id)
            .await?
    };
    Ok(ClientSession {
        session: signed_in.session.id.clone(),
        client: client.id.clone(),
        started_at: known.map_or(cx.now, |known| known.started_at),
        last_used_at: cx.now,
        scope: request.scope.clone().unwrap_or_default(),
        redirect_uri: Some(request.redirect_uri.clone()),
        nonce: request.nonce.clone(),
        notes: notes(request, acr),
    })
}

fn issued(
    cx: &Cx,
    signed_in: &SignedIn,
    client: &Client,
    request: &AuthorizationRequest,
    acr: &str,
    code: &str,
) -> Code {
    let challenge = request.challenge.as_ref();
    Code {
        digest: jose::sha256_base64url(code.as_bytes()),
        session: signed_in.session.id.clone(),
        client: client.id.clone(),
        redirect_uri: request.redirect_given.then(|| request.redirect_uri.clone()),
        challenge: challenge.map(|(method, text)| (method.name().to_owned(), text.clone())),
        scope: request.scope.clone().unwrap_or_default(),
        nonce: request.nonce.clone(),
        acr: Some(acr.to_owned()),
        issued_at: cx.now,
        expires_at: cx.now.plus_seconds(cx.realm.settings.access_code_lifespan),
        notes: request
            .dpop_jkt
            .iter()
            .map(|key| ("dpop_jkt".to_owned(), key.clone()))
            .collect(),
    }
}

/// What the client's part in the session remembers of the request.
fn notes(request: &AuthorizationRequest, acr: &str) -> BTreeMap<String, String> {
    let mut notes = BTreeMap::from([("acr".to_owned(), acr.to_owned())]);
    if let Some(claims) = &request.claims {
        notes.insert("claims".to_owned(), claims.clone());
    }
    notes
}
