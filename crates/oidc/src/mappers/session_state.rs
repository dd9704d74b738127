//! `oidc-session-state-mapper`: the session's key as `session_state` too, where it stood in the past.

use super::{EVERYWHERE, Effect, MapperType};
use serde_json::Value;

pub(super) const TYPE: MapperType = MapperType {
    id: "oidc-session-state-mapper",
    priority: 0,
    writes: EVERYWHERE,
    compile: |_| {
        Effect::claims(|facts, claims| {
            if let Some((session, _)) = facts.subject.session.stored() {
                let id = Value::from(session.id.as_str());
                claims.other.insert("session_state".to_owned(), id);
            }
        })
    },
};
