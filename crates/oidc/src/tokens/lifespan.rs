//! When tokens expire, in epoch seconds.

use super::{GrantKind, Subject, TokenSession};

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
        session.at.saturating_add(longest)
    } else {
        subject.now.seconds().saturating_add(span)
    };
    expiry.min(session_end(subject, &session))
}

/// When a refresh token expires: when the session would, were it not used again.
pub(super) fn refresh_expiry(subject: &Subject<'_>) -> i64 {
    let settings = &subject.realm.settings;
    let session = Started::of(subject);
    let of_session = session.longer(
        settings.sso_session_idle_timeout,
        settings.sso_session_idle_timeout_remember_me,
    );
    let of_client = subject
        .client
        .number("client.session.idle.timeout")
        .unwrap_or(settings.client_session_idle_timeout);
    // The client's own span, where there is one, is the one that counts.
    let idle = if of_client > 0 { of_client } else { of_session };
    let idle_end = subject.now.seconds().saturating_add(idle);
    idle_end.min(session_end(subject, &session))
}

/// When the session ends however much it is used, and the client's part in it.
fn session_end(subject: &Subject<'_>, session: &Started) -> i64 {
    let settings = &subject.realm.settings;
    let longest = session.longer(
        settings.sso_session_max_lifespan,
        settings.sso_session_max_lifespan_remember_me,
    );
    let end = session.at.saturating_add(longest);
    let of_client = subject
        .client
        .number("client.session.max.lifespan")
        .unwrap_or(settings.client_session_max_lifespan);
    if of_client > 0 {
        end.min(session.client_at.saturating_add(of_client))
    } else {
        end
    }
}

/// When a session and the client's part in it started. A session that is not kept starts now.
struct Started {
    at: i64,
    client_at: i64,
    remembered: bool,
}

impl Started {
    fn of(subject: &Subject<'_>) -> Self {
        match subject.session {
            TokenSession::Transient(_) => Self {
                at: subject.now.seconds(),
                client_at: subject.now.seconds(),
                remembered: false,
            },
            TokenSession::Online(session, part) => Self {
                at: session.started_at.seconds(),
                client_at: part.started_at.seconds(),
                remembered: session.remember_me,
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
