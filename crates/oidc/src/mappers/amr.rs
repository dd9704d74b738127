//! `oidc-amr-mapper`: by what means they signed in, as the list `amr`. No step of a flow names its means yet, so the list is empty.

use super::{Document, Effect, MapperType, Writes};
use serde_json::Value;

pub(super) const TYPE: MapperType = MapperType {
    id: "oidc-amr-mapper",
    priority: 0,
    writes: Writes::Where(&[Document::Access, Document::Lightweight, Document::Id]),
    compile: |_| {
        Effect::claims(|_, claims| {
            claims
                .other
                .insert("amr".to_owned(), Value::Array(Vec::new()));
        })
    },
};
