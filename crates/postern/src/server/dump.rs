//! In place of the endpoints: each request is answered with what arrived of it and what was made of that.

use super::connection::Door;
use super::seen::Seen;
use super::{CantListen, Open, answers};
use crate::config::listen::Listen;
use authn::Trust;
use axum::body::Body;
use edge::{EdgeConfig, Hostname, Peer};
use http::header::{ACCEPT, CACHE_CONTROL, RETRY_AFTER};
use http::{HeaderValue, Request, Response, StatusCode};
use std::sync::Arc;

/// How a request is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// For people.
    Text,
    /// For programs, an object on one line.
    Json,
}

/// Shows requests.
pub(crate) struct Dump {
    /// What is believed.
    pub edge: EdgeConfig,
    /// How our own addresses are made.
    pub hostname: Hostname,
    /// Whom certificates are traced back to.
    pub trust: Trust,
    /// The look-up that is chosen.
    pub provider: String,
    /// How requests are shown.
    pub form: Form,
    /// What the path of a request has in it that is shown; all are without.
    pub word: Option<String>,
    /// What is done with each, besides the answer.
    pub tell: fn(&str),
}

/// Opens the main listeners of a server, and answers there in its place.
///
/// # Errors
/// The first socket that can't be opened.
pub(crate) async fn open_dump(mut wanted: Listen, dump: Dump) -> Result<Open, CantListen> {
    let mut open = Open::new();
    let door = Door::Dump(Arc::new(dump));
    open.main_listeners(&mut wanted, door).await?;
    Ok(open)
}

impl Dump {
    pub(super) fn answer<B>(&self, peer: &Peer, request: Request<B>) -> Response<Body> {
        let is_asked = |word: &String| request.uri().path().contains(word.as_str());
        if !self.word.as_ref().is_none_or(is_asked) {
            let mut answer = answers::plain(StatusCode::SERVICE_UNAVAILABLE);
            let headers = answer.headers_mut();
            headers.insert(RETRY_AFTER, HeaderValue::from_static("5"));
            return answer;
        }
        let accepts = request.headers().get(ACCEPT);
        let wants_json = accepts.is_some_and(|accept| accept == "application/json");
        let seen = Seen::of(self, peer, request);
        let (text, json) = (|| seen.text(), || seen.json());
        (self.tell)(&match self.form {
            Form::Text => text() + "\n",
            Form::Json => json() + "\n",
        });
        let (kind, body) = if wants_json || self.form == Form::Json {
            ("application/json", json())
        } else {
            ("text/plain;charset=utf-8", text())
        };
        let mut answer = answers::answer(StatusCode::OK, kind, body);
        answer
            .headers_mut()
            .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        answer
    }
}
