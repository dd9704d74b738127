//! `oidc-hardcoded-claim-mapper`: a fixed claim.

use super::claim::Claim;
use super::session_note::WITH_RESPONSE;
use super::{Effect, MapperType};
use realm::ProtocolMapper;

pub(super) const TYPE: MapperType = MapperType {
    id: "oidc-hardcoded-claim-mapper",
    priority: 0,
    writes: WITH_RESPONSE,
    compile,
};

fn compile(mapper: &ProtocolMapper) -> Effect {
    match (Claim::of(mapper), mapper.setting("claim.value")) {
        (Some(claim), Some(value)) => {
            let value = value.to_owned();
            Effect::claims(move |_, claims| claim.write(&value, claims))
        }
        _ => Effect::Nothing,
    }
}
