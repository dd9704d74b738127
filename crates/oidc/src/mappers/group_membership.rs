//! `oidc-group-membership-mapper`: the groups that a person joined directly, as a list of names or of paths.

use super::claim::Claim;
use super::{EVERYWHERE, Effect, MapperType};
use realm::ProtocolMapper;

pub(super) const TYPE: MapperType = MapperType {
    id: "oidc-group-membership-mapper",
    priority: 0,
    writes: EVERYWHERE,
    compile,
};

fn compile(mapper: &ProtocolMapper) -> Effect {
    let Some(claim) = Claim::of(mapper) else {
        return Effect::Nothing;
    };
    let paths = mapper.is_on("full.path");
    Effect::claims(move |facts, claims| {
        let realm = facts.subject.realm;
        let joined = facts.subject.user.groups.iter();
        let groups: Vec<String> = joined
            .filter_map(|id| realm.group(id))
            .map(|group| match paths {
                true => realm.group_path(group),
                false => group.name.clone(),
            })
            .collect();
        if !groups.is_empty() {
            claim.write_list(groups, claims);
        }
    })
}
