//! `oidc-audience-mapper`: a fixed audience, a client or any text.

use super::{Document, Effect, MapperType, Writes};
use realm::ProtocolMapper;

pub(super) const TYPE: MapperType = MapperType {
    id: "oidc-audience-mapper",
    priority: 0,
    writes: Writes::Where(&[
        Document::Access,
        Document::Lightweight,
        Document::Id,
        Document::Introspection,
    ]),
    compile,
};

fn compile(mapper: &ProtocolMapper) -> Effect {
    let client = mapper.setting("included.client.audience");
    match client.or_else(|| mapper.setting("included.custom.audience")) {
        Some(audience) => {
            let audience = audience.to_owned();
            Effect::claims(move |_, claims| claims.add_audience(&audience))
        }
        None => Effect::Nothing,
    }
}
