//! What an authorization request asks for, wherever it says so: in the query or the form, in a request object (RFC 9101, OpenID Connect Core
//! §6), or in what the client sent ahead (RFC 9126).

use crate::endpoints::Oidc;
use crate::page_error::PageError;
use crate::params::Params;
use crate::redirect_uri::RegisteredRedirect;
use crate::request_object;
use authn::Cx;
use realm::Client;
use std::collections::BTreeMap;

/// What begins a reference to a request that was sent ahead.
pub const PUSHED: &str = "urn:ietf:params:oauth:request_uri:";
/// The parameters that mean something.
const KNOWN: [&str; 18] = [
    "response_type",
    "response_mode",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "prompt",
    "max_age",
    "ui_locales",
    "login_hint",
    "acr_values",
    "claims",
    "code_challenge",
    "code_challenge_method",
    "dpop_jkt",
    "kc_action",
    "kc_locale",
    "id_token_hint",
];
/// Longer values are as if they were not there.
const LONGEST: usize = 4000;
/// The same of `login_hint`.
const LONGEST_HINT: usize = 255;
/// Larger request objects are not taken from anywhere.
const LARGEST_OBJECT: usize = 64 * 1024;

/// How a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// With a browser.
    Browser,
    /// From the client itself, ahead of the browser.
    Ahead,
}

/// What a request asks for.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    values: BTreeMap<&'static str, String>,
    /// Whether a parameter stands there twice.
    pub twice: bool,
    /// Whether the request object asks for another response type than the parameters beside it.
    pub contradicts: bool,
    /// What it was sent ahead as: the digest of its reference.
    pub pushed: Option<String>,
}

/// When the client wants request objects, and no requests without one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Required {
    No,
    Either,
    ByValue,
    ByReference,
}

impl Asked {
    /// Finds out what a request asks for.
    ///
    /// # Errors
    /// [`PageError::RequestObject`], [`PageError::Pushed`]: before it is known where an answer could go.
    pub async fn gather(
        oidc: &Oidc,
        cx: &Cx,
        client: &Client,
        params: &Params,
        way: Way,
    ) -> Result<Self, PageError> {
        let refuse = |why| Err(PageError::RequestObject(why));
        let (object, reference) = (params.get("request"), params.get("request_uri"));
        let required = required(client);
        match (object, reference) {
            (Some(_), Some(_)) => refuse("request and request_uri stand beside each other"),
            (None, Some(reference)) if reference.starts_with(PUSHED) && way == Way::Browser => {
                pushed(oidc, cx, client, reference).await
            }
            (None, None) if required != Required::No => refuse(
                "the client wants request objects (request.object.required), and there is none",
            ),
            (Some(_), None) if required == Required::ByReference && way == Way::Browser => {
                refuse("the client wants request objects by reference (request.object.required)")
            }
            (None, Some(_)) if required == Required::ByValue => {
                refuse("the client wants request objects by value (request.object.required)")
            }
            (None, None) => Ok(Self::plain(params)),
            (Some(object), None) => Self::with_object(oidc, cx, client, params, object).await,
            (None, Some(reference)) => {
                let object = fetched(cx, client, reference).await?;
                Self::with_object(oidc, cx, client, params, &object).await
            }
        }
    }

    /// What the parameters themselves say.
    fn plain(params: &Params) -> Self {
        let value = |name: &'static str| {
            let value = params.get(name)?;
            is_fit(name, value).then(|| (name, value.to_owned()))
        };
        Self {
            values: KNOWN.into_iter().filter_map(value).collect(),
            twice: params.unique().is_err(),
            ..Self::default()
        }
    }

    /// What the object says counts; what it does not say may stand beside it (OpenID Connect Core §6.1), unless the client wants objects and
    /// nothing else (RFC 9101 §6.3).
    async fn with_object(
        oidc: &Oidc,
        cx: &Cx,
        client: &Client,
        params: &Params,
        object: &str,
    ) -> Result<Self, PageError> {
        let mut members = request_object::read(oidc, cx, client, object)
            .await
            .map_err(PageError::RequestObject)?;
        let mut asked = Self::plain(params);
        let outside = asked.values.get("response_type").cloned();
        if required(client) != Required::No {
            asked.values.clear();
        }
        for name in KNOWN {
            if let Some(value) = members.remove(name)
                && is_fit(name, &value)
            {
                asked.values.insert(name, value);
            }
        }
        asked.contradicts = outside.is_some() && outside.as_deref() != asked.get("response_type");
        Ok(asked)
    }

    /// A value, even an empty one.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// A value, unless it is empty.
    pub fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }
}

fn is_fit(name: &str, value: &str) -> bool {
    let longest = match name {
        "login_hint" => LONGEST_HINT,
        // It has to be a number in any case.
        "max_age" => usize::MAX,
        _ => LONGEST,
    };
    value.len() <= longest || value.chars().nth(longest).is_none()
}

fn required(client: &Client) -> Required {
    match client.attribute("request.object.required") {
        None | Some("not required") => Required::No,
        Some("request only") => Required::ByValue,
        Some("request_uri only") => Required::ByReference,
        Some(_) => Required::Either,
    }
}

/// What the client sent ahead, and nothing beside it (RFC 9126 §4). The reference is the client's own, and good until it led to an answer.
async fn pushed(
    oidc: &Oidc,
    cx: &Cx,
    client: &Client,
    reference: &str,
) -> Result<Asked, PageError> {
    let digest = jose::sha256_base64url(reference.as_bytes());
    let found = look_up(cx, &digest).await.map_err(|fault| {
        crate::error::log_fault(&fault);
        PageError::Faulty
    })?;
    let request = found.filter(|request| request.client == client.id);
    let request = request.ok_or(PageError::Pushed)?;
    let params = Params::of_pairs(request.params);
    let mut asked = match params.get("request") {
        Some(object) => Asked::with_object(oidc, cx, client, &params, object).await?,
        None => Asked::plain(&params),
    };
    asked.pushed = Some(digest);
    Ok(asked)
}

/// What the single use of a reference is claimed by.
pub fn claim_name(digest: &str) -> String {
    format!("pushed request {digest}")
}

async fn look_up(cx: &Cx, digest: &str) -> Result<Option<store::PushedRequest>, store::Fault> {
    let (realm, name) = (&cx.realm.id, claim_name(digest));
    let mut reader = cx.server.store.read().await?;
    if reader.single_use().is_claimed(realm, &name).await? {
        return Ok(None);
    }
    reader.pushed_requests().find(realm, digest, cx.now).await
}

/// The object at an address that the client registered (`request.uris`), and that the operator allows to be asked.
async fn fetched(cx: &Cx, client: &Client, reference: &str) -> Result<String, PageError> {
    let list = client.attribute("request.uris").unwrap_or_default();
    let list = list.split("##").filter(|entry| !entry.is_empty());
    let known = RegisteredRedirect::of_list(client, cx.base(), list, reference);
    let Some(url) = known else {
        return Err(PageError::RequestObject(
            "the client has not registered this request_uri (request.uris)",
        ));
    };
    let most = LARGEST_OBJECT as u64;
    let document = cx.server.fetch().get(url.as_str(), most).await;
    let document = document.map_err(|error| {
        tracing::warn!(
            realm = %cx.realm.name,
            client = client.client_id.as_str(),
            url = url.as_str(),
            error = &error as &(dyn std::error::Error + 'static),
            "a request object did not come"
        );
        PageError::RequestObject("the request object did not come; the log says why")
    })?;
    let text = String::from_utf8(document.body);
    text.map(|text| text.trim().to_owned())
        .map_err(|_| PageError::RequestObject("what stands at request_uri is no request object"))
}

/// What of a request is worth keeping until the browser comes: what means something, and the request object.
pub fn to_keep(params: &Params) -> Vec<(String, String)> {
    let means = |name: &str, value: &str| match name {
        "request" => value.len() <= LARGEST_OBJECT,
        name => KNOWN.contains(&name) && is_fit(name, value),
    };
    let pairs = params.pairs().iter();
    pairs
        .filter(|(name, value)| means(name, value))
        .cloned()
        .collect()
}
