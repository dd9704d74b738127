use crate::endpoints::foreign::Foreign;
use crate::endpoints::{Form, Oidc};
use crate::enter::Entered;
use crate::params::Params;
use crate::visitor::{Front, Visitor};
use crate::{page, sign_in};
use authn::Cx;
use authn::login::{self, Action, Place, Visit};
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use pages::Message;

/// `GET /realms/{realm}/login-actions/authenticate`: the page of a sign-in again, for who reloads it or comes back to it.
pub async fn show(
    State(oidc): State<Oidc>,
    Entered(cx): Entered,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    go_on(&oidc, &cx, &headers, query, None, Place::Step).await
}

/// The same with a filled form.
pub async fn submit(
    State(oidc): State<Oidc>,
    Entered(cx): Entered,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    Form(form): Form,
) -> Response {
    go_on(&oidc, &cx, &headers, query, Some(&form), Place::Step).await
}

/// `GET /realms/{realm}/login-actions/required-action`: the page of what has to be done before a sign-in ends, again.
pub async fn show_action(
    State(oidc): State<Oidc>,
    Entered(cx): Entered,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    go_on(&oidc, &cx, &headers, query, None, Place::RequiredAction).await
}

/// The same with a filled form.
pub async fn submit_action(
    State(oidc): State<Oidc>,
    Entered(cx): Entered,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    Form(form): Form,
) -> Response {
    go_on(
        &oidc,
        &cx,
        &headers,
        query,
        Some(&form),
        Place::RequiredAction,
    )
    .await
}

/// Goes on with a sign-in at this place; a form counts from our own pages alone.
async fn go_on(
    oidc: &Oidc,
    cx: &Cx,
    headers: &HeaderMap,
    query: Option<String>,
    form: Option<&Params>,
    place: Place,
) -> Response {
    let query = Params::of_query(query);
    let visitor = Visitor::of(cx, headers, &query);
    if let Some(foreign) = form.and_then(|_| Foreign::of(cx, headers)) {
        return page::error(cx, &visitor, StatusCode::FORBIDDEN, foreign.message(cx));
    }
    let front = Front {
        oidc,
        cx,
        visitor: &visitor,
    };
    let take = |name: &str| query.get(name).map(str::to_owned);
    let action = Action {
        session_code: take("session_code"),
        execution: take("execution"),
        client_id: take("client_id"),
        tab_id: take("tab_id"),
        client_data: take("client_data"),
        kc_locale: take("kc_locale"),
        certificate_ticket: take("certificate_ticket"),
    };
    match login::resume(
        cx,
        &visitor.cookies,
        &action,
        form.map(Params::pairs),
        place,
    )
    .await
    {
        Ok(progress) => sign_in::answer(front, progress).await,
        Err(fault) => page::fault(cx, &visitor, &fault),
    }
}

/// `GET /realms/{realm}/login-actions/certificate`: at the address where browsers are asked for certificates, judges the one that came and
/// sends the browser back to the main address.
pub async fn certificate(
    Entered(cx): Entered,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let query = Params::of_query(query);
    match login::visit(&cx, query.get("errand"), query.get("session_code")).await {
        Ok(Visit::Back(to)) => page::redirect(&to),
        Ok(Visit::Show(shown)) => page::shown(shown),
        Err(fault) => page::fault(&cx, &Visitor::of(&cx, &headers, &query), &fault),
    }
}

/// `GET /realms/{realm}/login-actions/restart`: begins the sign-in again that the browser's cookie remembers.
pub async fn restart(
    State(oidc): State<Oidc>,
    Entered(cx): Entered,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let visitor = Visitor::of(&cx, &headers, &Params::of_query(query));
    match login::restart(&cx, &visitor.cookies) {
        Some(from) => {
            let front = Front {
                oidc: &oidc,
                cx: &cx,
                visitor: &visitor,
            };
            sign_in::restart(front, from).await
        }
        None => {
            let message = Message::new("cookieNotFoundMessage");
            page::error(&cx, &visitor, StatusCode::BAD_REQUEST, message)
        }
    }
}
