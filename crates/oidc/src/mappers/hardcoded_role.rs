//! `oidc-hardcoded-role-mapper`: a role that everybody has in this client's tokens. It need not exist.

use super::resolved_roles::QualifiedRole;
use super::{Effect, MapperType, Writes};
use realm::ProtocolMapper;

pub(super) const TYPE: MapperType = MapperType {
    id: "oidc-hardcoded-role-mapper",
    priority: 20,
    writes: Writes::Always(&[]),
    compile,
};

fn compile(mapper: &ProtocolMapper) -> Effect {
    match mapper.setting("role") {
        Some(role) => {
            let role = QualifiedRole::read(role);
            Effect::roles(move |roles| roles.add(&role))
        }
        None => Effect::Nothing,
    }
}
