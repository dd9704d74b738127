//! The few pages of this application.

use std::fmt::Write;
use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{Html, IntoResponse, Redirect, Response};

use crate::App;

/// `GET /`
pub async fn home(State(app): State<Arc<App>>, headers: HeaderMap) -> Html<String> {
    match app.sessions.person(&headers) {
        Some(person) => page(&format!(
            "<h1>Hello, {}</h1><p><a href=\"/me\">About you</a></p>",
            escape(&person.name)
        )),
        None => page(
            "<h1>Backend</h1><p>You are not signed in.</p><p><a id=\"sign-in\" href=\"/login\">Sign in</a></p>",
        ),
    }
}

/// `GET /me`: who you are, as the provider says.
pub async fn me(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let Some(person) = app.sessions.person(&headers) else {
        return Redirect::to("/login").into_response();
    };
    let mut body = format!("<h1>Hello, {}</h1><table>", escape(&person.name));
    for (claim, value) in person.claims.as_object().into_iter().flatten() {
        let value = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        let _ = write!(
            body,
            "<tr><th>{}</th><td>{}</td></tr>",
            escape(claim),
            escape(&value)
        );
    }
    body.push_str("</table><p><a id=\"sign-out\" href=\"/logout\">Sign out</a></p>");
    page(&body).into_response()
}

/// Why nobody is signed in.
pub fn failure(text: &str) -> Html<String> {
    page(&format!(
        "<h1>Not signed in</h1><p>{}</p><p><a href=\"/login\">Try again</a></p>",
        escape(text)
    ))
}

fn page(body: &str) -> Html<String> {
    Html(format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Backend</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><meta name=\"color-scheme\" content=\"light dark\">\
         <style>body{{font:1rem/1.5 system-ui;max-width:44rem;margin:4rem auto;padding:0 1rem}}\
         th{{text-align:left;padding-right:1.5rem;vertical-align:top}}td{{overflow-wrap:anywhere}}</style>\
         </head><body>{body}</body></html>"
    ))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
