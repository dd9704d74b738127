//! Signing out: a session ends for everybody in it, and the clients in it that want to hear of it are told.
//!
//! What is to be told is written in the same transaction ([`store::Notice`]); a job tells it, on whichever node.

use crate::{Cx, Fault};
use realm::{Client, ClientKey, SessionId, UserId};
use store::{ClientSession, Notice, Session, Writer};

/// Whether the person's browser is there to tell clients itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Clients that are told by the browser are left to it.
    Browser,
    /// There is none: whoever can be told without it is.
    NoBrowser,
}

/// A session that ended, and every client's part in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The session.
    pub session: Session,
    /// The parts, by the clients' keys.
    pub parts: Vec<ClientSession>,
}

/// Ends a session; nothing when it is over already. The caller records the event and commits.
///
/// # Errors
/// The database's.
pub async fn end(
    cx: &Cx,
    writer: &mut Writer,
    id: &SessionId,
    way: Way,
) -> Result<Option<Ended>, Fault> {
    let Some((session, parts)) = writer.sessions().take(&cx.realm.id, id).await? else {
        return Ok(None);
    };
    for part in &parts {
        tell(cx, writer, &session, part, way).await?;
    }
    Ok(Some(Ended { session, parts }))
}

/// Ends every session of a person, as when they are disabled or change their password. Those in `but` stay.
///
/// # Errors
/// The database's.
pub async fn end_all(
    cx: &Cx,
    writer: &mut Writer,
    user: &UserId,
    but: Option<&SessionId>,
) -> Result<Vec<Ended>, Fault> {
    let keys = writer.sessions().keys_of_user(&cx.realm.id, user).await?;
    let mut all = Vec::new();
    for id in keys.iter().filter(|id| Some(*id) != but) {
        all.extend(end(cx, writer, id, Way::NoBrowser).await?);
    }
    Ok(all)
}

/// Withdraws what a person allowed a client, and ends the client's part in every session of theirs, offline ones too; tells whether
/// there was a consent.
///
/// # Errors
/// The database's.
pub async fn withdraw(
    cx: &Cx,
    writer: &mut Writer,
    user: &UserId,
    client: &ClientKey,
) -> Result<bool, Fault> {
    let realm = &cx.realm.id;
    let was_there = writer.consents().withdraw(realm, user, client).await?;
    for id in writer.sessions().keys_of_user(realm, user).await? {
        if let Some((session, part)) = writer.sessions().take_part(realm, &id, client).await? {
            tell(cx, writer, &session, &part, Way::NoBrowser).await?;
        }
    }
    for id in writer.offline_sessions().keys_of_user(realm, user).await? {
        let mut sessions = writer.offline_sessions();
        sessions.detach(realm, &id, client).await?;
        sessions.end_if_empty(realm, &id).await?;
    }
    Ok(was_there)
}

/// Notes down that a client is to be told, if it wants to.
async fn tell(
    cx: &Cx,
    writer: &mut Writer,
    session: &Session,
    part: &ClientSession,
    way: Way,
) -> Result<(), Fault> {
    let client = cx.realm.client_by_key(&part.client);
    if client.is_some_and(|client| is_told(client, part, way)) {
        let notice = notice(cx, session, part);
        writer.notices().add(&cx.realm.id, &notice, cx.now).await?;
    }
    Ok(())
}

fn is_told(client: &Client, part: &ClientSession, way: Way) -> bool {
    let by_browser = way == Way::Browser && client.frontchannel_logout_url().is_some();
    !by_browser
        && client.enabled
        && (client.backchannel_logout_url().is_some()
            // Adapters only know sessions by the names that they gave them.
            || (client.admin_address().is_some() && part.notes.contains_key(CLIENT_SESSION_STATE)))
}

fn notice(cx: &Cx, session: &Session, part: &ClientSession) -> Notice {
    Notice {
        id: realm::random_key(),
        realm: cx.realm.name.clone(),
        client: part.client.clone(),
        user: session.user.clone(),
        session: session.id.clone(),
        issuer: cx.issuer().to_owned(),
        own_session: part.notes.get(CLIENT_SESSION_STATE).cloned(),
        failures: 0,
    }
}

/// The note of a client's part with the client's own name for the session.
pub const CLIENT_SESSION_STATE: &str = "client_session_state";
