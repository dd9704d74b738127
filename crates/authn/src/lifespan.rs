//! How long offline sessions live, and clients' parts in sessions.

use realm::{Client, Realm};
use store::{ClientSession, Session, Timestamp};

/// Which kind of session a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Somebody is signed in.
    Online,
    /// A client may go on for somebody who signed out.
    Offline,
}

/// When an offline session ends unless it is used again after `now`.
pub fn offline_expires_at(realm: &Realm, session: &Session, now: Timestamp) -> Timestamp {
    let settings = &realm.settings;
    let idle = now.plus_seconds(settings.offline_session_idle_timeout);
    if !settings.offline_session_max_lifespan_enabled {
        return idle;
    }
    let longest = settings.offline_session_max_lifespan;
    idle.min(session.started_at.plus_seconds(longest))
}

/// Whether an offline session is neither too old nor unused for too long.
pub fn is_offline_alive(realm: &Realm, session: &Session, now: Timestamp) -> bool {
    now < offline_expires_at(realm, session, session.last_used_at)
}

/// How long a client's part may be unused and how old it may become, seconds, where client or realm say so; otherwise it lives as long as the
/// session.
pub fn of_part(realm: &Realm, client: &Client, kind: Kind) -> (Option<i64>, Option<i64>) {
    let settings = &realm.settings;
    let span = |attribute: &str, usual: i64| {
        let span = client.number(attribute).unwrap_or(usual);
        Some(span).filter(|span| *span > 0)
    };
    match kind {
        Kind::Online => (
            span(
                "client.session.idle.timeout",
                settings.client_session_idle_timeout,
            ),
            span(
                "client.session.max.lifespan",
                settings.client_session_max_lifespan,
            ),
        ),
        Kind::Offline => (
            span(
                "client.offline.session.idle.timeout",
                settings.client_offline_session_idle_timeout,
            ),
            span(
                "client.offline.session.max.lifespan",
                settings.client_offline_session_max_lifespan,
            )
            .filter(|_| settings.offline_session_max_lifespan_enabled),
        ),
    }
}

/// Whether a client's part in a live session is neither too old nor unused for too long.
pub fn is_part_alive(
    realm: &Realm,
    client: &Client,
    part: &ClientSession,
    kind: Kind,
    now: Timestamp,
) -> bool {
    let (idle, longest) = of_part(realm, client, kind);
    idle.is_none_or(|idle| now < part.last_used_at.plus_seconds(idle))
        && longest.is_none_or(|longest| now < part.started_at.plus_seconds(longest))
}
