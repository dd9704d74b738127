//! `oidc-nonce-backwards-compatible-mapper`: the nonce in access tokens too, where it stood in the past.

use super::{Document, Effect, MapperType, Writes};

pub(super) const TYPE: MapperType = MapperType {
    id: "oidc-nonce-backwards-compatible-mapper",
    priority: 0,
    writes: Writes::Always(&[Document::Access]),
    compile: |_| {
        Effect::claims(|facts, claims| claims.nonce = facts.subject.nonce.map(str::to_owned))
    },
};
