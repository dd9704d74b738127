//! `oidc-acr-mapper`: how strongly they signed in, as the claim `acr`.

use super::{Document, Effect, MapperType, Writes};

pub(super) const TYPE: MapperType = MapperType {
    id: "oidc-acr-mapper",
    priority: 0,
    writes: Writes::Where(&[
        Document::Access,
        Document::Lightweight,
        Document::Id,
        Document::Introspection,
    ]),
    compile: |_| Effect::claims(|facts, claims| claims.acr = Some(facts.subject.acr.to_owned())),
};
