//! When tokens expire, in epoch seconds.

use super::{GrantKind, Subject};
use authn::lifespan::{Kind, of_part};

/// When an access token expires: after the client's own span, otherwise the realm's, which has one for the implicit flow; never after the session. A negative span is the session's.
pub(super) fn access_expiry(subject: &Subject<'_>) -> i64 {
    let settings = &subject.realm.settings;
    let span = match subject.grant {
        GrantKind::Implicit => settings.access_token_lifespan_for_implicit_flow,
        _ => subject
            .client
            .number("access.token.lifespan")
            .unwrap_or(settings.access_token_lifespan),
    };
    let session = Started::of(subject);
    let expiry = if span < 0 {
        let remembered = settings.sso_session_max_lifespan_remember_me;
        let longest = match session.remembered && remembered > 0 {
            true => remembered,
            false => settings.sso_session_max_lifespan,
        };
        // An offline session may be older than any other, and its tokens would be born dead.
        let from = match session.kind {
            Kind::Online => session.at,
            Kind::Offline => subject.now.seconds(),
        };
        from.saturating_add(longest)
    } else {
        subject.now.seconds().saturating_add(span)
    };
    let ends_by = subject.exchanged.and_then(|exchanged| exchanged.ends_by);
    expiry
        .min(session_end(subject, &session))
        .min(ends_by.unwrap_or(i64::MAX))
}

/// When a refresh token expires: when the session would, were it not used again. One of an offline session does not by itself unless such
/// sessions have a greatest age; its session may still end before.
pub(super) fn refresh_expiry(subject: &Subject<'_>) -> Option<i64> {
    let settings = &subject.realm.settings;
    let session = Started::of(subject);
    let of_session = match session.kind {
        Kind::Online => session.longer(
            settings.sso_session_idle_timeout,
            settings.sso_session_idle_timeout_remember_me,
        ),
        Kind::Offline if !settings.offline_session_max_lifespan_enabled => return None,
        Kind::Offline => settings.offline_session_idle_timeout,
    };
    let (of_client, _) = of_part(subject.realm, subject.client, session.kind);
    // The client's own span, where there is one, is the one that counts.
    let idle = of_client.unwrap_or(of_session);
    let idle_end = subject.now.seconds().saturating_add(idle);
    Some(idle_end.min(session_end(subject, &session)))
}

/// When the session ends however much it is used, and the client's part in it.
fn session_end(subject: &Subject<'_>, session: &Started) -> i64 {
    let settings = &subject.realm.settings;
    let longest = match session.kind {
        Kind::Online => session.longer(
            settings.sso_session_max_lifespan,
            settings.sso_session_max_lifespan_remember_me,
        ),
        Kind::Offline if !settings.offline_session_max_lifespan_enabled => i64::MAX,
        Kind::Offline => settings.offline_session_max_lifespan,
    };
    let end = session.at.saturating_add(longest);
    match of_part(subject.realm, subject.client, session.kind) {
        (_, Some(of_client)) => end.min(session.client_at.saturating_add(of_client)),
        (_, None) => end,
    }
}

/// When a session and the client's part in it started. A session that is not kept starts now.
struct Started {
    at: i64,
    client_at: i64,
    remembered: bool,
    kind: Kind,
}

impl Started {
    fn of(subject: &Subject<'_>) -> Self {
        let now = subject.now.seconds();
        let kind = match subject.session.kind().is_offline() {
            true => Kind::Offline,
            false => Kind::Online,
        };
        match subject.session.stored() {
            None => Self {
                at: now,
                client_at: now,
                remembered: false,
                kind,
            },
            Some((session, part)) => Self {
                at: session.started_at.seconds(),
                client_at: part.started_at.seconds(),
                remembered: session.remember_me,
                kind,
            },
        }
    }

    /// The longer of two spans for sessions that are remembered, otherwise the first.
    fn longer(&self, span: i64, remembered: i64) -> i64 {
        if self.remembered {
            span.max(remembered)
        } else {
            span
        }
    }
}
