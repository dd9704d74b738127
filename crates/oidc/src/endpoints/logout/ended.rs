//! A session ends, and the browser goes on.

use super::request::Asked;
use crate::answer::Framing;
use crate::consent::name;
use crate::page;
use crate::response_modes::{address_with, in_query};
use crate::visitor::Visitor;
use authn::event::EventDraft;
use authn::sign_out::{self, Ended, Way};
use authn::{Cx, Fault, sso};
use axum::response::Response;
use http::StatusCode;
use pages::{FrontchannelLogoutPage, InfoPage, Message, ToldClient};
use realm::{Client, SessionId};
use std::collections::BTreeSet;
use std::sync::Arc;
use url::Url;

/// So many applications are told by one page; browsers would not bear many more frames.
const MOST_FRAMES: usize = 50;

/// Ends a session for everybody in it, and records it. Nothing when it is over already.
pub(super) async fn end(
    cx: &Cx,
    sid: &SessionId,
    way: Way,
    event: EventDraft,
) -> Result<Option<Ended>, Fault> {
    let mut writer = cx.server.store.write().await?;
    let Some(ended) = sign_out::end(cx, &mut writer, sid, way).await? else {
        return Ok(None);
    };
    let event = event.user(&ended.session.user).session(sid);
    event.record(cx, &mut writer).await?;
    writer.commit().await?;
    Ok(Some(ended))
}

/// Signed out: on to the applications that the browser has to tell, back to the one that asked, or to a page that says so.
pub(super) fn done(cx: &Cx, visitor: &Visitor, asked: &Asked, ended: Option<&Ended>) -> Response {
    let state = asked.state.as_deref().map(|state| ("state", state));
    let params: Vec<_> = state.into_iter().collect();
    let back = asked.to.as_ref().map(|to| address_with(cx, to, &params));
    let frames = ended.map(|ended| frames(cx, ended)).unwrap_or_default();
    let client = asked.client.as_deref();
    let stays = client.is_some_and(|client| client.is_on("logout.confirmation.enabled"));
    let frame = cx.frame(&visitor.locale.tag);
    let response = match &asked.to {
        _ if !frames.is_empty() => {
            let told = FrontchannelLogoutPage {
                clients: frames
                    .iter()
                    .map(|(client, url)| ToldClient {
                        name: name(client),
                        url,
                    })
                    .collect(),
                continue_url: back.as_deref(),
            };
            let origins: BTreeSet<String> = frames
                .iter()
                .filter_map(|(_, url)| Url::parse(url).ok())
                .map(|url| url.origin().ascii_serialization())
                .collect();
            let page = cx.server.pages.frontchannel_logout(&frame, &told);
            let mut response = page::answer(StatusCode::OK, page);
            let framing = Framing::Of(origins.into_iter().collect());
            response.extensions_mut().insert(framing);
            response
        }
        Some(to) if !stays => in_query(cx, to, &params),
        _ => {
            let home = client.and_then(|client| client.base_url.as_deref());
            let info = InfoPage {
                title: Message::new("successLogout"),
                detail: Some(Message::new("successLogoutIntro")),
                back_url: back.as_deref().or(home),
            };
            page::answer(StatusCode::OK, cx.server.pages.info(&frame, &info))
        }
    };
    page::with_cookies(response, &sso::forget(cx, &visitor.cookies))
}

/// The clients that the browser tells, each with its address for that, which says who is signed out of what unless the client does without
/// (OpenID Connect Front-Channel Logout §3).
fn frames(cx: &Cx, ended: &Ended) -> Vec<(Arc<Client>, String)> {
    let clients = ended
        .parts
        .iter()
        .filter_map(|part| cx.realm.client_by_key(&part.client));
    let told = clients.filter_map(|client| {
        let url = client
            .frontchannel_logout_url()
            .filter(|_| client.enabled)?;
        let named = client.attribute("frontchannel.logout.session.required");
        if named.is_some_and(|named| !named.eq_ignore_ascii_case("true")) {
            return Some((client.clone(), url.to_owned()));
        }
        let mut url = Url::parse(url).ok()?;
        url.query_pairs_mut()
            .append_pair("sid", ended.session.id.as_str())
            .append_pair("iss", cx.issuer());
        Some((client.clone(), url.into()))
    });
    told.take(MOST_FRAMES).collect()
}
