//! The authorization request (RFC 6749 §4.1.1, RFC 7636 §4.3, OpenID Connect Core §3.1.2.1): read, and checked in Keycloak's order.

use crate::page_error::PageError;
use crate::params::Params;
use crate::redirect_uri::RegisteredRedirect;
use crate::response_modes::ResponseMode;
use crate::scopes::GrantedScopes;
use crate::sign_in::Wishes;
use authn::Cx;
use authn::login::Prompt;
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
}

/// A request that may not.
#[derive(Debug)]
pub enum Rejected {
    /// Shown to the person: nobody knows where else it could go.
    Page(PageError),
    /// Sent to the application.
    Redirect(ErrorRedirect),
}

/// An error for the application, and the registered address that it goes to.
#[derive(Clone, Debug)]
pub struct ErrorRedirect {
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
            "request_not_supported" | "request_uri_not_supported" => "REQUEST-OBJECT",
            _ => "REQUEST-INVALID",
        }
    }
}

/// Sends an error to the application (RFC 6749 §4.1.2.1), with the issuer unless the client does without (RFC 9207).
pub fn redirect_error(cx: &Cx, client: Option<&Client>, error: &ErrorRedirect) -> Response {
    let tells_issuer =
        client.is_none_or(|client| !client.is_on("exclude.issuer.from.auth.response"));
    let mut params = vec![("error", error.error)];
    params.extend(
        error
            .description
            .as_deref()
            .map(|text| ("error_description", text)),
    );
    params.extend(error.state.as_deref().map(|state| ("state", state)));
    params.extend(tells_issuer.then(|| ("iss", cx.issuer())));
    error.mode.answer(cx, &error.to, &params)
}

/// Reads and checks a request.
///
/// # Errors
/// [`Rejected`] with the first thing that is wrong.
pub fn read(cx: &Cx, params: &Params) -> Result<Accepted, Rejected> {
    let page = |error| Err(Rejected::Page(error));
    if !crate::transport::is_allowed(cx) {
        return page(PageError::HttpsRequired);
    }
    if !cx.realm.settings.enabled {
        return page(PageError::RealmDisabled);
    }
    let client = client(cx, params).map_err(Rejected::Page)?;
    let asked = params.get("redirect_uri").filter(|uri| !uri.is_empty());
    let is_openid = |scope: &str| scope.split(' ').any(|word| word == "openid");
    if asked.is_none() && params.get("scope").is_some_and(is_openid) {
        return page(PageError::RedirectUri);
    }
    let Some(redirect) = RegisteredRedirect::check(&client, cx.base(), asked) else {
        return page(PageError::RedirectUri);
    };
    let mut answer = ErrorRedirect {
        to: redirect.clone(),
        mode: ResponseMode::Query,
        state: params.get("state").map(str::to_owned),
        error: "",
        description: None,
    };
    let kind = response_type(params, &client, &mut answer)?;
    let refuse = |error, description: Option<Cow<'static, str>>| {
        Rejected::Redirect(ErrorRedirect {
            error,
            description,
            ..answer.clone()
        })
    };
    if params.unique().is_err() {
        return Err(refuse(
            "invalid_request",
            Some("duplicated parameter".into()),
        ));
    }
    if params.get("request").is_some() {
        return Err(refuse("request_not_supported", None));
    }
    if params.get("request_uri").is_some() {
        return Err(refuse("request_uri_not_supported", None));
    }
    if client.is_on("require.pushed.authorization.requests") {
        let text = "Pushed Authorization Request is only allowed.";
        return Err(refuse("invalid_request", Some(text.into())));
    }
    let scope = params.get("scope");
    if let Err(error) = GrantedScopes::resolve(&cx.realm, &client, scope) {
        return Err(refuse("invalid_scope", Some(error.to_string().into())));
    }
    let nonce = params.get("nonce").map(str::to_owned);
    if kind == ResponseType::WithIdToken && nonce.is_none() {
        return Err(refuse(
            "invalid_request",
            Some("Missing parameter: nonce".into()),
        ));
    }
    let challenge =
        challenge(params, &client).map_err(|text| refuse("invalid_request", Some(text.into())))?;
    if kind != ResponseType::Code {
        return Err(refuse("unsupported_response_type", None));
    }
    let wishes = wishes(cx, params).map_err(Rejected::Page)?;
    Ok(Accepted {
        request: AuthorizationRequest {
            client_id: client.client_id.clone(),
            redirect_uri: redirect.as_str().to_owned(),
            redirect_given: asked.is_some(),
            mode: answer.mode,
            scope: scope.map(str::to_owned),
            state: answer.state.clone(),
            nonce,
            challenge,
            consent_anew: params
                .get("prompt")
                .is_some_and(|prompt| prompt.split(' ').any(|word| word == "consent")),
        },
        client,
        wishes,
    })
}

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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ResponseType {
    Code,
    /// Anything with an ID token from the authorization endpoint.
    WithIdToken,
    /// `token`, `code token`, `none`.
    Other,
}

/// Response type, then response mode, then whether the client may use that flow.
fn response_type(
    params: &Params,
    client: &Client,
    answer: &mut ErrorRedirect,
) -> Result<ResponseType, Rejected> {
    let refuse = |answer: &ErrorRedirect, error, text: Option<&'static str>| {
        Err(Rejected::Redirect(ErrorRedirect {
            error,
            description: text.map(Cow::Borrowed),
            ..answer.clone()
        }))
    };
    let Some(text) = params.get("response_type") else {
        return refuse(
            answer,
            "invalid_request",
            Some("Missing parameter: response_type"),
        );
    };
    let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    let has = |word: &str| words.contains(&word);
    let known = words
        .iter()
        .all(|word| matches!(*word, "code" | "id_token" | "token" | "none"));
    if words.is_empty() || !known || (has("none") && words.len() > 1) {
        return refuse(answer, "unsupported_response_type", None);
    }
    let implicit = has("id_token") || has("token");
    if implicit {
        answer.mode = ResponseMode::Fragment;
    }
    match params.get("response_mode").map(ResponseMode::from_name) {
        None => {}
        Some(None) => {
            return refuse(
                answer,
                "invalid_request",
                Some("Invalid parameter: response_mode"),
            );
        }
        Some(Some(ResponseMode::Query)) if implicit => {
            answer.mode = ResponseMode::Query;
            let text = "Response_mode 'query' not allowed for implicit or hybrid flow";
            return refuse(answer, "invalid_request", Some(text));
        }
        Some(Some(mode)) => answer.mode = mode,
    }
    if (!implicit || has("code")) && !client.standard_flow_enabled {
        let text = "Client is not allowed to initiate browser login with given response_type. Standard flow is disabled for the client.";
        return refuse(answer, "unauthorized_client", Some(text));
    }
    if implicit && !client.implicit_flow_enabled {
        let text = "Client is not allowed to initiate browser login with given response_type. Implicit flow is disabled for the client.";
        return refuse(answer, "unauthorized_client", Some(text));
    }
    Ok(if has("id_token") {
        ResponseType::WithIdToken
    } else if implicit || has("none") {
        ResponseType::Other
    } else {
        ResponseType::Code
    })
}

/// The proof key, as far as the client must or may send one.
fn challenge(
    params: &Params,
    client: &Client,
) -> Result<Option<(ChallengeMethod, String)>, &'static str> {
    let enforced = client.attribute("pkce.code.challenge.method");
    let (method, challenge) = (
        params.get("code_challenge_method"),
        params.get("code_challenge"),
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

fn wishes(cx: &Cx, params: &Params) -> Result<Wishes, PageError> {
    let prompt = params.get("prompt").unwrap_or_default();
    let asks = |word: &str| prompt.split(' ').any(|other| other == word);
    let registration = cx.realm.settings.other.get("registrationAllowed");
    if asks("create") && registration.and_then(serde_json::Value::as_bool) != Some(true) {
        return Err(PageError::RegistrationOff);
    }
    let max_age = match params.filled("max_age") {
        None => None,
        Some(text) => Some(text.parse::<i64>().map_err(|_| PageError::MaxAge)?),
    };
    Ok(Wishes {
        prompt: if asks("none") {
            Prompt::None
        } else if asks("login") {
            Prompt::Login
        } else {
            Prompt::Normal
        },
        max_age: max_age.filter(|seconds| *seconds >= 0),
        login_hint: params.filled("login_hint").map(str::to_owned),
        ..Wishes::default()
    })
}
