//! `oidc-role-name-mapper`: a role by another name, or as the role of another client.

use super::resolved_roles::QualifiedRole;
use super::{Effect, MapperType, Writes};
use realm::ProtocolMapper;

pub(super) const TYPE: MapperType = MapperType {
    id: "oidc-role-name-mapper",
    priority: 10,
    writes: Writes::Always(&[]),
    compile,
};

fn compile(mapper: &ProtocolMapper) -> Effect {
    match (mapper.setting("role"), mapper.setting("new.role.name")) {
        (Some(old), Some(new)) => {
            let (old, new) = (QualifiedRole::read(old), QualifiedRole::read(new));
            Effect::roles(move |roles| {
                if roles.remove(&old) {
                    roles.add(&new);
                }
            })
        }
        _ => Effect::Nothing,
    }
}
