//! `oidc-usermodel-realm-role-mapper`: the realm roles, usually in `realm_access`.

use super::claim::Claim;
use super::resolved_roles::prefixed;
use super::{EVERYWHERE, Effect, MapperType};
use realm::ProtocolMapper;

pub(super) const TYPE: MapperType = MapperType {
    id: "oidc-usermodel-realm-role-mapper",
    priority: 40,
    writes: EVERYWHERE,
    compile,
};

fn compile(mapper: &ProtocolMapper) -> Effect {
    let Some(claim) = Claim::of(mapper) else {
        return Effect::Nothing;
    };
    let prefix = mapper
        .setting("usermodel.realmRoleMapping.rolePrefix")
        .map(str::to_owned);
    Effect::claims(move |facts, claims| {
        let names = prefixed(facts.roles.realm(), prefix.as_deref());
        claim.write_all(names.iter().map(AsRef::as_ref), claims);
    })
}
