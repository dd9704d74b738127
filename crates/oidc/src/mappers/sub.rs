//! `oidc-sub-mapper`: whom the token is about, as the claim `sub`. ID tokens and userinfo have it without.

use super::{Document, Effect, MapperType, Writes};

pub(super) const TYPE: MapperType = MapperType {
    id: "oidc-sub-mapper",
    priority: -10,
    writes: Writes::Where(&[
        Document::Access,
        Document::Lightweight,
        Document::Introspection,
    ]),
    compile: |_| {
        Effect::claims(|facts, claims| claims.sub = Some(facts.subject.user.id.to_string()))
    },
};
