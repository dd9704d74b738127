//! `oidc-full-name-mapper`: given and family name together, as the claim `name`.

use super::{EVERYWHERE, Effect, MapperType};
use serde_json::Value;

pub(super) const TYPE: MapperType = MapperType {
    id: "oidc-full-name-mapper",
    priority: 0,
    writes: EVERYWHERE,
    compile: |_| {
        Effect::claims(|facts, claims| {
            if let Some(name) = facts.subject.user.full_name() {
                claims.other.insert("name".to_owned(), Value::from(name));
            }
        })
    },
};
