//! The authorization request (RFC 6749 §4.1.1, RFC 7636 §4.3, OpenID Connect Core §3.1.2.1): read, and checked in Keycloak's order.

use crate::acr::Wanted;
use crate::asked::{Asked, Way};
use crate::endpoints::Oidc;
use crate::error::Error;
use crate::page_error::{PageError, switched_on};
use crate::params::Params;
use crate::redirect_uri::RegisteredRedirect;
use crate::requested_claims::RequestedClaims;
use crate::response_modes::ResponseMode;
use crate::response_type::ResponseType;
use crate::scopes::GrantedScopes;
use crate::sign_in::Wishes;
use crate::visitor::Front;
use authn::Cx;
use authn::login::{Prompt, RequestedAction};
use axum::response::Response;
use realm::{Client, ClientId};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::sync::Arc;

/// An authorization request in order, as it travels with the sign-in (sealed; short names keep it small).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationRequest {
    /// Who asks.
    #[serde(rename = "c")]
    pub client_id: ClientId,
    /// Where the answer goes.
    #[serde(rename = "r")]
    pub redirect_uri: String,
    /// Whether the request named that address; the token request has to name the same then.
    #[serde(rename = "g", default)]
    pub redirect_given: bool,
    /// What the answer carries.
    #[serde(rename = "y", default)]
    pub response_type: ResponseType,
    /// How the answer goes there.
    #[serde(rename = "m")]
    pub mode: ResponseMode,
    /// What is asked for.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Comes back with the answer.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Goes into the ID token.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// Method and challenge of the proof key.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub challenge: Option<(ChallengeMethod, String)>,
    /// Whether people are asked again what they allowed before (`prompt=consent`).
    #[serde(rename = "o", default, skip_serializing_if = "std::ops::Not::not")]
    pub consent_anew: bool,
    /// Names of levels of authentication (`acr_values`).
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub acr_values: Option<String>,
    /// What is asked for by name (`claims`).
    #[serde(rename = "q", default, skip_serializing_if = "Option::is_none")]
    pub claims: Option<String>,
    /// The key that tokens have to be bound to (RFC 9449 §10).
    #[serde(rename = "j", default, skip_serializing_if = "Option::is_none")]
    pub dpop_jkt: Option<String>,
    /// What it was sent ahead as (RFC 9126): that leads to one answer.
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    pub pushed: Option<String>,
}

/// How a proof key's challenge is made of its verifier (RFC 7636 §4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChallengeMethod {
    /// They are the same.
    #[serde(rename = "plain")]
    Plain,
    /// Its SHA-256.
    S256,
}

impl ChallengeMethod {
    /// The registered name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::S256 => "S256",
        }
    }

    /// The method of this registered name.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "plain" => Some(Self::Plain),
            "S256" => Some(Self::S256),
            _ => None,
        }
    }
}

/// A request that may go on to the sign-in.
#[derive(Debug)]
pub struct Accepted {
    /// Who asks.
    pub client: Arc<Client>,
    /// What for.
    pub request: AuthorizationRequest,
    /// And how.
    pub wishes: Wishes,
    /// The languages that the application asks for.
    pub ui_locales: Option<String>,
}

/// A request that may not.
#[derive(Debug)]
pub enum Rejected {
    /// Shown to the person: nobody knows where else it could go.
    Page(PageError),
    /// Sent to the application.
    Redirect(Box<ErrorRedirect>),
}

/// An error for the application, and the registered address that it goes to.
#[derive(Clone, Debug)]
pub struct ErrorRedirect {
    /// Whose.
    pub client: Arc<Client>,
    /// Where.
    pub to: RegisteredRedirect,
    /// How.
    pub mode: ResponseMode,
    /// Comes back as it came.
    pub state: Option<String>,
    /// The code (RFC 6749 §4.1.2.1).
    pub error: &'static str,
    /// The text.
    pub description: Option<Cow<'static, str>>,
}

impl ErrorRedirect {
    /// The stable identifier for the event, which has a page of its own.
    pub fn reason(&self) -> &'static str {
        match self.error {
            "unsupported_response_type" => "REQUEST-RESPONSE-TYPE",
            "unauthorized_client" => "REQUEST-FLOW-OFF",
            "invalid_scope" => "REQUEST-SCOPE",
            _ => "REQUEST-INVALID",
        }
    }

    fn with(&self, error: &'static str, text: impl Into<Cow<'static, str>>) -> Rejected {
        Rejected::Redirect(Box::new(Self {
            error,
            description: Some(text.into()),
            ..self.clone()
        }))
    }

    fn alone(&self, error: &'static str) -> Rejected {
        Rejected::Redirect(Box::new(Self {
            error,
            ..self.clone()
        }))
    }
}

/// Sends an error to the application (RFC 6749 §4.1.2.1), with the issuer unless the client does without (RFC 9207).
///
/// # Errors
/// See [`ResponseMode::answer`].
pub async fn redirect_error(front: Front<'_>, error: &ErrorRedirect) -> Result<Response, Error> {
    let tells_issuer = !error.client.is_on("exclude.issuer.from.auth.response");
    let mut params = vec![("error", error.error)];
    params.extend(
        error
            .description
            .as_deref()
            .map(|text| ("error_description", text)),
    );
    params.extend(error.state.as_deref().map(|state| ("state", state)));
    params.extend(tells_issuer.then(|| ("iss", front.cx.issuer())));
    error
        .mode
        .answer(front, &error.client, &error.to, &params)
        .await
}

/// Reads and checks a request.
///
/// # Errors
/// [`Rejected`] with the first thing that is wrong.
pub async fn read(oidc: &Oidc, cx: &Cx, params: &Params) -> Result<Accepted, Rejected> {
    let page = |error| Err(Rejected::Page(error));
    if !crate::transport::is_allowed(cx) {
        return page(PageError::HttpsRequired);
    }
    if !cx.realm.settings.enabled {
        return page(PageError::RealmDisabled);
    }
    let client = client(cx, params).map_err(Rejected::Page)?;
    let asked = Asked::gather(oidc, cx, &client, params, Way::Browser)
        .await
        .map_err(Rejected::Page)?;
    judge(cx, client, &asked, Way::Browser)
}

/// Checks what a client asks for.
///
/// # Errors
/// [`Rejected`] with the first thing that is wrong.
pub fn judge(cx: &Cx, client: Arc<Client>, asked: &Asked, way: Way) -> Result<Accepted, Rejected> {
    let page = |error| Err(Rejected::Page(error));
    let max_age = match asked.get("max_age").map(str::parse::<i32>) {
        None => None,
        Some(Ok(seconds)) => Some(i64::from(seconds)),
        Some(Err(_)) => return page(PageError::MaxAge),
    };
    let given = asked.filled("redirect_uri");
    let scope = asked.get("scope");
    let is_openid = |scope: &str| scope.split(' ').any(|word| word == "openid");
    if given.is_none() && scope.is_some_and(is_openid) {
        return page(PageError::RedirectUri);
    }
    let Some(redirect) = RegisteredRedirect::check(&client, cx.base(), given) else {
        return page(PageError::RedirectUri);
    };
    let mut answer = ErrorRedirect {
        client: client.clone(),
        to: redirect.clone(),
        mode: ResponseMode::Query,
        state: asked.get("state").map(str::to_owned),
        error: "",
        description: None,
    };
    let response_type = response_type(asked, &client, &mut answer)?;
    if asked.twice {
        return Err(answer.with("invalid_request", "duplicated parameter"));
    }
    let has_to_be_pushed = client.is_on("require.pushed.authorization.requests");
    if has_to_be_pushed && asked.pushed.is_none() && way == Way::Browser {
        let text = "Pushed Authorization Request is only allowed.";
        return Err(answer.with("invalid_request", text));
    }
    if asked.contradicts {
        let text = "Parameter response_type does not match";
        return Err(answer.with("invalid_request", text));
    }
    if let Err(error) = GrantedScopes::resolve(&cx.realm, &client, scope) {
        return Err(answer.with("invalid_scope", error.to_string()));
    }
    let nonce = asked.get("nonce").map(str::to_owned);
    if response_type.id_token && nonce.is_none() {
        return Err(answer.with("invalid_request", "Missing parameter: nonce"));
    }
    let challenge =
        challenge(asked, &client).map_err(|text| answer.with("invalid_request", text))?;
    let request = AuthorizationRequest {
        client_id: client.client_id.clone(),
        redirect_uri: redirect.as_str().to_owned(),
        redirect_given: given.is_some(),
        response_type,
        mode: answer.mode,
        scope: scope.map(str::to_owned),
        state: answer.state.clone(),
        nonce,
        challenge,
        consent_anew: asks(asked, "consent"),
        acr_values: asked.filled("acr_values").map(str::to_owned),
        claims: asked.filled("claims").map(str::to_owned),
        dpop_jkt: asked.filled("dpop_jkt").map(str::to_owned),
        pushed: asked.pushed.clone(),
    };
    let wishes = wishes(cx, &client, &request, asked, max_age).map_err(Rejected::Page)?;
    Ok(Accepted {
        client,
        request,
        wishes,
        ui_locales: asked.filled("ui_locales").map(str::to_owned),
    })
}

/// The client that a request names, if it may send browsers.
fn client(cx: &Cx, params: &Params) -> Result<Arc<Client>, PageError> {
    match params.count("client_id") {
        0 => return Err(PageError::ClientIdMissing),
        1 => {}
        _ => return Err(PageError::ClientIdTwice),
    }
    let id = ClientId::new(params.get("client_id").unwrap_or_default());
    let client = cx.realm.client(&id).ok_or(PageError::ClientUnknown)?;
    if !client.enabled {
        Err(PageError::ClientDisabled)
    } else if client.bearer_only {
        Err(PageError::ClientBearerOnly)
    } else if !client.is_oidc() {
        Err(PageError::ClientProtocol)
    } else {
        Ok(client.clone())
    }
}

/// Response type, then response mode, then whether the client may use that flow.
fn response_type(
    asked: &Asked,
    client: &Client,
    answer: &mut ErrorRedirect,
) -> Result<ResponseType, Rejected> {
    let named = asked.get("response_mode");
    let text = asked.get("response_type");
    let read = text.and_then(ResponseType::read);
    let mode = named.map(|name| ResponseMode::from_name(name, read));
    let Some(response_type) = read else {
        answer.mode = mode.flatten().unwrap_or(ResponseMode::Query);
        return Err(match text {
            None => answer.with("invalid_request", "Missing parameter: response_type"),
            Some(_) => answer.alone("unsupported_response_type"),
        });
    };
    answer.mode = match mode {
        None => ResponseMode::usual(response_type),
        Some(Some(mode)) => mode,
        Some(None) => {
            return Err(answer.with("invalid_request", "Invalid parameter: response_mode"));
        }
    };
    if response_type.has_tokens() {
        let is_encrypted = client
            .attribute("authorization.encrypted.response.alg")
            .is_some();
        match answer.mode {
            ResponseMode::Query => {
                let text = "Response_mode 'query' not allowed for implicit or hybrid flow";
                return Err(answer.with("invalid_request", text));
            }
            ResponseMode::QueryJwt if !is_encrypted => {
                let text = "Response_mode 'query.jwt' is allowed only when the authorization response token is encrypted";
                return Err(answer.with("invalid_request", text));
            }
            _ => {}
        }
    }
    flow(response_type, client).map_err(|text| answer.with("unauthorized_client", text))?;
    Ok(response_type)
}

/// Whether the client may use the flow of a response type.
fn flow(response_type: ResponseType, client: &Client) -> Result<(), &'static str> {
    if (!response_type.has_tokens() || response_type.code) && !client.standard_flow_enabled {
        return Err(
            "Client is not allowed to initiate browser login with given response_type. Standard flow is disabled for the client.",
        );
    }
    if response_type.has_tokens() && !client.implicit_flow_enabled {
        return Err(
            "Client is not allowed to initiate browser login with given response_type. Implicit flow is disabled for the client.",
        );
    }
    if response_type.has_tokens() && client.is_on("dpop.bound.access.tokens") {
        return Err(
            "DPoP is not supported for implicit nor hybrid flows. Client requires DPoP bound access tokens.",
        );
    }
    // A browser shows nobody's certificate but its own, so the token would be bound to nothing.
    if response_type.token && client.is_on("tls.client.certificate.bound.access.tokens") {
        return Err(
            "Certificate bound access tokens are not supported for implicit nor hybrid flows. Client requires certificate bound access tokens.",
        );
    }
    Ok(())
}

/// Whether `prompt` has this word.
fn asks(asked: &Asked, word: &str) -> bool {
    let prompt = asked.get("prompt").unwrap_or_default();
    prompt.split(' ').any(|other| other == word)
}

/// The proof key, as far as the client must or may send one.
fn challenge(
    asked: &Asked,
    client: &Client,
) -> Result<Option<(ChallengeMethod, String)>, &'static str> {
    let enforced = client.attribute("pkce.code.challenge.method");
    let (method, challenge) = (
        asked.get("code_challenge_method"),
        asked.get("code_challenge"),
    );
    if enforced.is_some() && method.is_none() {
        return Err("Missing parameter: code_challenge_method");
    }
    if enforced.is_some() && method != enforced {
        return Err("Invalid parameter: code challenge method is not matching the configured one");
    }
    let method = match (method, challenge) {
        (None, None) => return Ok(None),
        (None, Some(_)) => ChallengeMethod::Plain,
        (Some(name), _) => {
            ChallengeMethod::from_name(name).ok_or("Invalid parameter: code_challenge_method")?
        }
    };
    let challenge = challenge.ok_or("Missing parameter: code_challenge")?;
    if !is_proof_key(challenge) {
        return Err("Invalid parameter: code_challenge");
    }
    Ok(Some((method, challenge.to_owned())))
}

/// Whether a text has the form of a verifier or a challenge (RFC 7636 §4.1).
pub fn is_proof_key(text: &str) -> bool {
    (43..=128).contains(&text.len())
        && text
            .bytes()
            .all(|letter| letter.is_ascii_alphanumeric() || b"-._~".contains(&letter))
}

/// What the request asks of the sign-in.
fn wishes(
    cx: &Cx,
    client: &Client,
    request: &AuthorizationRequest,
    asked: &Asked,
    max_age: Option<i64>,
) -> Result<Wishes, PageError> {
    let level = request
        .wanted(cx, client)
        .level(&cx.realm, client)
        .map_err(|_| PageError::Claims)?;
    let prompt = if asks(asked, "none") {
        Prompt::None
    } else if asks(asked, "login") {
        Prompt::Login
    } else {
        Prompt::Normal
    };
    if prompt != Prompt::None && asks(asked, "create") && !switched_on(cx, "registrationAllowed") {
        return Err(PageError::RegistrationOff);
    }
    Ok(Wishes {
        prompt,
        max_age: max_age.filter(|seconds| *seconds >= 0),
        login_hint: asked.filled("login_hint").map(str::to_owned),
        level,
        action: asked.get("kc_action").map(action),
        ..Wishes::default()
    })
}

/// `ALIAS` or `ALIAS:parameter`.
fn action(text: &str) -> RequestedAction {
    let (alias, parameter) = match text.split_once(':') {
        Some((alias, parameter)) => (alias, Some(parameter.to_owned())),
        None => (text, None),
    };
    RequestedAction {
        alias: alias.to_owned(),
        parameter,
    }
}

impl AuthorizationRequest {
    /// The levels of authentication that are asked for, by name.
    pub fn wanted(&self, cx: &Cx, client: &Client) -> Wanted {
        let claims = RequestedClaims::read(self.claims.as_deref());
        Wanted::of(&cx.realm, client, &claims, self.acr_values.as_deref())
    }
}
