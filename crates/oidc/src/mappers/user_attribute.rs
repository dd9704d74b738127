//! `oidc-usermodel-attribute-mapper`: an attribute of the person, or of their groups.

use super::claim::Claim;
use super::{EVERYWHERE, Effect, MapperType};
use realm::ProtocolMapper;

pub(super) const TYPE: MapperType = MapperType {
    id: "oidc-usermodel-attribute-mapper",
    priority: 0,
    writes: EVERYWHERE,
    compile,
};

fn compile(mapper: &ProtocolMapper) -> Effect {
    let (Some(claim), Some(attribute)) = (Claim::of(mapper), mapper.setting("user.attribute"))
    else {
        return Effect::Nothing;
    };
    let attribute = attribute.to_owned();
    if mapper.is_on("aggregate.attrs") {
        return Effect::claims(move |facts, claims| {
            claim.write_all(facts.attribute_everywhere(&attribute), claims);
        });
    }
    Effect::claims(move |facts, claims| {
        let values = facts.attribute(&attribute).iter();
        claim.write_all(values.map(String::as_str), claims);
    })
}
