//! `oidc-usersessionmodel-note-mapper`: what the session notes under a name, such as `AUTH_TIME`.

use super::claim::Claim;
use super::{Document, Effect, MapperType, Writes};
use realm::ProtocolMapper;

pub(super) const TYPE: MapperType = MapperType {
    id: "oidc-usersessionmodel-note-mapper",
    priority: 0,
    writes: WITH_RESPONSE,
    compile,
};

/// Everywhere, and into the token response.
pub(super) const WITH_RESPONSE: Writes = Writes::Where(&[
    Document::Access,
    Document::Lightweight,
    Document::Id,
    Document::Userinfo,
    Document::Introspection,
    Document::Response,
]);

fn compile(mapper: &ProtocolMapper) -> Effect {
    match (Claim::of(mapper), mapper.setting("user.session.note")) {
        (Some(claim), Some(note)) => {
            let note = note.to_owned();
            Effect::claims(move |facts, claims| {
                if let Some(value) = facts.note(&note) {
                    claim.write(&value, claims);
                }
            })
        }
        _ => Effect::Nothing,
    }
}
