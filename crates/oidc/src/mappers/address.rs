//! `oidc-address-mapper`: attributes that make an address, as the object `address` (OpenID Connect Core §5.1.1).

use super::{EVERYWHERE, Effect, MapperType};
use realm::ProtocolMapper;
use serde_json::{Map, Value};

pub(super) const TYPE: MapperType = MapperType {
    id: "oidc-address-mapper",
    priority: 0,
    writes: EVERYWHERE,
    compile,
};

/// Member of the object, setting that names the attribute, attribute unless it is set. In Keycloak's order.
const PARTS: [(&str, &str, &str); 6] = [
    ("street_address", "user.attribute.street", "street"),
    ("country", "user.attribute.country", "country"),
    ("formatted", "user.attribute.formatted", "formatted"),
    ("locality", "user.attribute.locality", "locality"),
    ("region", "user.attribute.region", "region"),
    ("postal_code", "user.attribute.postal_code", "postal_code"),
];

fn compile(mapper: &ProtocolMapper) -> Effect {
    let parts = PARTS.map(|(member, setting, default)| {
        let attribute = mapper.setting(setting).unwrap_or(default);
        (member, attribute.to_owned())
    });
    Effect::claims(move |facts, claims| {
        let mut address = Map::new();
        for (member, attribute) in &parts {
            if let Some(value) = facts.attribute(attribute).first() {
                address.insert((*member).to_owned(), Value::from(value.as_str()));
            }
        }
        if !address.is_empty() {
            claims
                .other
                .insert("address".to_owned(), Value::Object(address));
        }
    })
}
