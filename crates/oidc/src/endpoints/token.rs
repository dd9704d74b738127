use crate::client_auth::{self, AuthenticatedClient, Sent};
use crate::encrypted::{Answer, Recipient};
use crate::endpoints::{Form, Oidc};
use crate::enter::Entered;
use crate::error::Error;
use crate::grants::{Authorization, Binding, Exchange, Grant, Renewal};
use crate::params::Params;
use crate::refusal::Refusal;
use crate::tokens::{self, Confirmation, MintError, Refresh, Subject, TokenResponse};
use crate::{answer, cors, transport};
use authn::Cx;
use authn::event::EventDraft;
use authn::proof::{self, Shown};
use authn::trace::Attempt;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use realm::{Client, ClientId, Realm};

/// `POST /realms/{realm}/protocol/openid-connect/token`: exchange a grant for tokens.
///
/// Form in (RFC 6749 §3.2), [`TokenResponse`] out (§5.1): JSON, `no-store`, `expires_in` in seconds. Refusals are §5.2 codes.
pub async fn token(
    State(oidc): State<Oidc>,
    Entered(cx): Entered,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    Form(form): Form,
) -> Response {
    let sent = Sent {
        headers: &headers,
        query: query.as_deref(),
        form: &form,
    };
    let origin = cors::origin(&headers);
    let grant = match find_grant(&cx, &form) {
        Ok(grant) => grant,
        Err(refusal) => return answer::not_kept(refusal.to_json()),
    };
    let client = match client_auth::authenticate(&cx, &oidc.client_keys, sent).await {
        Ok(client) => client,
        Err(Error::Refusal(refusal)) => {
            let claimed = client_auth::claimed_id(sent);
            // Nobody knows whose origins count; Keycloak lets the page read why.
            let mut response =
                answer::not_kept(record(&cx, grant, claimed.as_ref(), refusal).await);
            cors::allow(&mut response, origin, cors::Expose::Methods);
            return response;
        }
        Err(fault) => return answer::not_kept(fault.to_json()),
    };
    let response = match exchange(&oidc, &cx, grant, &client, sent).await {
        Ok(tokens) => answer::json(StatusCode::OK, &tokens),
        Err(Error::Refusal(refusal)) => {
            let client = &client.client().client_id;
            record(&cx, grant, Some(client), refusal).await
        }
        Err(error) => error.to_json(),
    };
    let response = answer::not_kept(response);
    cors::check(
        &cx,
        response,
        origin,
        client.client(),
        cors::Expose::Methods,
    )
}

/// What can be said before anybody asks who the client is, in Keycloak's order.
fn find_grant(cx: &Cx, form: &Params) -> Result<&'static Grant, Refusal> {
    if !transport::is_allowed(cx) {
        return Err(Refusal::HttpsRequired);
    }
    if !cx.realm.settings.enabled {
        return Err(Refusal::RealmDisabled);
    }
    let name = form.get("grant_type").ok_or(Refusal::GrantTypeMissing)?;
    Grant::find(name).ok_or(Refusal::GrantTypeUnknown)
}

/// The access token and the ID token may each want a key that the realm lacks.
const MOST_LACKING: u8 = 2;

async fn exchange(
    oidc: &Oidc,
    cx: &Cx,
    grant: &Grant,
    client: &AuthenticatedClient,
    sent: Sent<'_>,
) -> Result<TokenResponse, Error> {
    let form = sent.form;
    form.unique_but(grant.repeats)
        .map_err(|_| Refusal::ParameterTwice)?;
    // Before anything is used up.
    prove(cx, sent.headers, client.client()).await?;
    // A refresh token says itself what it is bound to, and the grant asks for it.
    let confirmation = match grant.binding {
        Binding::OfRequest => Confirmation::of_request(cx, client.client())?,
        Binding::OfToken => None,
    };
    // The same: a client whose keys are not there must not lose its code to that.
    let reader = Recipient::of(&oidc.client_keys, cx, client.client(), Answer::IdToken).await?;
    let exchange = Exchange {
        cx,
        client,
        form,
        mappers: &oidc.mappers,
        client_keys: &oidc.client_keys,
    };
    let mut authorization = grant.authorize(&exchange).await?;
    if grant.binding == Binding::OfRequest {
        authorization.confirmation = confirmation;
    }
    let event = std::mem::replace(&mut authorization.event, cx.event(grant.event));
    let mut realm = cx.realm.clone();
    let mut lacking = MOST_LACKING;
    let mut tokens = loop {
        match mint(oidc, cx, &realm, client, &authorization) {
            Err(MintError::NoKey(algorithm)) if lacking > 0 => {
                lacking -= 1;
                realm = oidc.fallback_keys.make(cx, algorithm).await?;
            }
            minted => break minted?,
        }
    };
    if let (Some(reader), Some(id_token)) = (reader, &mut tokens.id_token) {
        *id_token = reader.close(id_token)?;
    }
    let exchanged = authorization.exchanged.as_ref();
    if let Some(kind) = exchanged.and_then(|exchanged| exchanged.kind) {
        tokens = tokens.of_kind(kind);
    }
    let event = event
        .client(&client.client().client_id)
        .detail("grant_type", grant.name)
        .detail("scope", &tokens.scope)
        .detail("token_id", &tokens.token_id)
        .detail("client_auth_method", client.method());
    with_refresh(event, &tokens).record_alone(cx).await?;
    Ok(tokens)
}

fn with_refresh(event: EventDraft, tokens: &TokenResponse) -> EventDraft {
    match &tokens.refresh {
        Some(refresh) => event.detail("refresh_token_id", &refresh.jti),
        None => event,
    }
}

/// Judges the proof that the request comes with a key (RFC 9449 §5), which a client may want of each of its requests.
async fn prove(cx: &Cx, headers: &HeaderMap, client: &Client) -> Result<(), Error> {
    let proofs = proofs(headers);
    if proofs.is_empty() && !client.is_on(BOUND_TO_KEY) {
        return Ok(());
    }
    let shown = Shown {
        proofs: &proofs,
        method: "POST",
        path: "/protocol/openid-connect/token",
        token: None,
    };
    let proven = proof::check(cx, shown).await?;
    proven.map_err(|refusal| Refusal::Proof(refusal).into())
}

/// The proofs that a request brings.
pub(super) fn proofs(headers: &HeaderMap) -> Vec<&str> {
    let values = headers.get_all("dpop").into_iter();
    values
        .map(|value| value.to_str().unwrap_or_default())
        .collect()
}

/// The client's attribute that wants its tokens bound to a key.
const BOUND_TO_KEY: &str = "dpop.bound.access.tokens";

/// Makes and signs the tokens of an authorization.
fn mint(
    oidc: &Oidc,
    cx: &Cx,
    realm: &Realm,
    client: &AuthenticatedClient,
    authorization: &Authorization,
) -> Result<TokenResponse, MintError> {
    let subject = Subject {
        realm,
        mappers: &oidc.mappers,
        client: client.client(),
        user: &authorization.user,
        session: authorization.held.of_tokens(),
        scopes: &authorization.scopes,
        nonce: authorization.nonce.as_deref(),
        acr: &authorization.acr,
        auth_time: authorization.auth_time,
        grant: authorization.kind,
        confirmation: authorization.confirmation.as_ref(),
        exchanged: authorization.exchanged.as_ref(),
        issuer: cx.issuer(),
        now: cx.now,
    };
    let refresh = match &authorization.refresh {
        Renewal::None => Refresh::None,
        Renewal::First => Refresh::Issue,
        Renewal::After(old) => Refresh::Renew(old),
    };
    tokens::mint(&subject, refresh)
}

/// Records a refused request and answers it: an event, and a trace where there is a reason beyond the answer. The realm's own flow has
/// recorded what it refused.
async fn record(cx: &Cx, grant: &Grant, client: Option<&ClientId>, refusal: Refusal) -> Response {
    if matches!(refusal, Refusal::Direct { .. }) {
        return refusal.to_json();
    }
    let mut event = cx
        .event(grant.event)
        .detail("grant_type", grant.name)
        .error(refusal.event());
    if let Some(client) = client {
        event = event.client(client);
    }
    let mut attempt = None;
    if let Some(reason) = refusal.reason() {
        let mut trace = Attempt::new(cx, client);
        refusal.tell(&mut trace, reason);
        event = event
            .detail("reason", reason)
            .detail("attempt", trace.code());
        attempt = Some(trace);
    }
    if let Err(fault) = event.record_alone(cx).await {
        return Error::Fault(fault).to_json();
    }
    if let Some(attempt) = attempt {
        attempt.close(cx, "refused");
    }
    refusal.to_json()
}
