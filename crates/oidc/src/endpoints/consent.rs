//! The question whether an application may have what it asks for, and the answer.

use crate::authorization_request::AuthorizationRequest;
use crate::consent::{Asked, name};
use crate::endpoints::foreign::Foreign;
use crate::endpoints::{Form, Oidc};
use crate::enter::Entered;
use crate::error::Error;
use crate::params::Params;
use crate::visitor::{Front, Visitor};
use crate::{page, sign_in};
use authn::login::{self, SignedIn};
use authn::{Cx, Fault};
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use pages::{Asker, ConsentPage, Message};
use realm::Client;

/// What the person says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The application may.
    Yes,
    /// It may not.
    No,
}

/// Asks, and holds the sign-in up until there is an answer.
pub(crate) fn ask(
    cx: &Cx,
    visitor: &Visitor,
    client: &Client,
    request: &AuthorizationRequest,
    mut signed_in: SignedIn,
    asked: &[Asked],
) -> Result<Response, Fault> {
    let texts: Vec<&str> = asked.iter().map(|asked| asked.text.as_str()).collect();
    signed_in
        .attempt
        .note("consent", format!("it is asked for: {}", texts.join(", ")));
    let Some(question) = login::hold(cx, signed_in, "consent is asked for")? else {
        let message = Message::new("cookieNotFoundMessage");
        return Ok(page::error(cx, visitor, StatusCode::BAD_REQUEST, message));
    };
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", client.client_id.as_str())
        .append_pair("tab_id", &jose::random_token(8))
        .append_pair("client_data", &sign_in::client_data(request))
        .finish();
    let shown = ConsentPage {
        action_url: &format!("{}/login-actions/consent?{query}", cx.issuer()),
        code: &question.code,
        client_name: name(client),
        asker: Asker::Application,
        scopes: texts.into_iter().map(Message::display).collect(),
        policy_url: client.attribute("policyUri"),
        terms_url: client.attribute("tosUri"),
    };
    let frame = cx.frame(&visitor.locale.tag);
    let response = page::answer(StatusCode::OK, cx.server.pages.consent(&frame, &shown));
    Ok(page::with_cookies(response, &question.set_cookies))
}

/// `POST /realms/{realm}/login-actions/consent`: the person said yes (`accept`) or no (`cancel`).
pub async fn submit(
    State(oidc): State<Oidc>,
    Entered(cx): Entered,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    Form(form): Form,
) -> Response {
    let visitor = Visitor::of(&cx, &headers, &Params::of_query(query));
    if let Some(foreign) = Foreign::of(&cx, &headers) {
        return page::error(&cx, &visitor, StatusCode::FORBIDDEN, foreign.message(&cx));
    }
    let front = Front {
        oidc: &oidc,
        cx: &cx,
        visitor: &visitor,
    };
    match answered(front, &form).await {
        Ok(response) => response,
        Err(fault) => page::fault(&cx, &visitor, &fault),
    }
}

async fn answered(front: Front<'_>, form: &Params) -> Result<Response, Error> {
    let Front { cx, visitor, .. } = front;
    let code = form.get("code").unwrap_or_default();
    // Who says nothing that we asked for says no.
    let answer = match (form.get("accept"), form.get("cancel")) {
        (Some(_), None) => Answer::Yes,
        _ => Answer::No,
    };
    if let Some(held) = login::take_up(cx, &visitor.cookies, code).await? {
        return sign_in::answered(front, held, answer).await;
    }
    // The question is too old, or another browser's: the sign-in begins again where that is known.
    match login::restart(cx, &visitor.cookies) {
        Some(from) => Ok(sign_in::restart(front, from).await),
        None => {
            let message = Message::new("expiredCodeMessage");
            Ok(page::error(cx, visitor, StatusCode::BAD_REQUEST, message))
        }
    }
}
