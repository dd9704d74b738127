//! `oidc-usermodel-property-mapper`: a property that every person has, such as `username` or `emailVerified`.

use super::claim::Claim;
use super::{EVERYWHERE, Effect, MapperType};
use realm::{ProtocolMapper, User};
use std::borrow::Cow;

pub(super) const TYPE: MapperType = MapperType {
    id: "oidc-usermodel-property-mapper",
    priority: 0,
    writes: EVERYWHERE,
    compile,
};

type Property = fn(&User) -> Option<Cow<'_, str>>;

fn compile(mapper: &ProtocolMapper) -> Effect {
    let property = mapper.setting("user.attribute").and_then(property);
    match (Claim::of(mapper), property) {
        (Some(claim), Some(property)) => Effect::claims(move |facts, claims| {
            if let Some(value) = property(facts.subject.user) {
                claim.write(&value, claims);
            }
        }),
        _ => Effect::Nothing,
    }
}

/// The property with this name; its first letter may be a capital.
fn property(name: &str) -> Option<Property> {
    let mut letters = name.chars();
    let first = letters.next()?.to_ascii_lowercase();
    Some(match (first, letters.as_str()) {
        ('u', "sername") => |user| Some(Cow::Borrowed(&user.username)),
        ('e', "mail") => |user| user.email.as_deref().map(Cow::Borrowed),
        ('e', "mailVerified") => |user| Some(Cow::Borrowed(truth(user.email_verified))),
        ('e', "nabled") => |user| Some(Cow::Borrowed(truth(user.enabled))),
        ('f', "irstName") => |user| user.first_name.as_deref().map(Cow::Borrowed),
        ('l', "astName") => |user| user.last_name.as_deref().map(Cow::Borrowed),
        ('i', "d") => |user| Some(Cow::Borrowed(user.id.as_str())),
        ('c', "reatedTimestamp") => |user| Some(Cow::Owned(user.created_at.to_string())),
        ('s', "erviceAccountClientLink") => |user| {
            let client = user.service_account_of.as_ref();
            client.map(|client| Cow::Borrowed(client.as_str()))
        },
        _ => return None,
    })
}

fn truth(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}
