//! `oidc-usermodel-client-role-mapper`: the roles of one client or of each, usually in `resource_access`.

use super::claim::Claim;
use super::resolved_roles::prefixed;
use super::{EVERYWHERE, Effect, MapperType};
use realm::ProtocolMapper;

pub(super) const TYPE: MapperType = MapperType {
    id: "oidc-usermodel-client-role-mapper",
    priority: 40,
    writes: EVERYWHERE,
    compile,
};

fn compile(mapper: &ProtocolMapper) -> Effect {
    let Some(claim) = Claim::of(mapper) else {
        return Effect::Nothing;
    };
    let one = mapper
        .setting("usermodel.clientRoleMapping.clientId")
        .map(str::to_owned);
    let prefix = mapper
        .setting("usermodel.clientRoleMapping.rolePrefix")
        .map(str::to_owned);
    Effect::claims(move |facts, claims| {
        let clients = facts.roles.clients();
        for client in clients.filter(|client| one.as_ref().is_none_or(|one| one == client)) {
            let names = prefixed(facts.roles.of_client(client), prefix.as_deref());
            claim.write_for(client, names.iter().map(AsRef::as_ref), claims);
        }
    })
}
