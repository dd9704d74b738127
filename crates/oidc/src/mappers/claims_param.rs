//! `oidc-claims-param-token-mapper`, `oidc-claims-param-value-idtoken-mapper`: claims that the request itself asked for by the parameter `claims`.

use super::{Document, Effect, Facts, MapperType, Writes};
use crate::requested_claims::RequestedClaims;
use realm::{ProtocolMapper, User};

/// Claims about the person that an application can't do without.
pub(super) const ESSENTIAL: MapperType = MapperType {
    id: "oidc-claims-param-token-mapper",
    priority: 0,
    writes: Writes::Where(&[Document::Id, Document::Userinfo]),
    compile: |_| Effect::by_document(essential),
};

/// A claim of the ID token with the value that the application wants it to have.
pub(super) const VALUE: MapperType = MapperType {
    id: "oidc-claims-param-value-idtoken-mapper",
    priority: 0,
    writes: Writes::Where(&[Document::Id]),
    compile: value,
};

/// The claims that can be asked for so.
const ABOUT: [&str; 5] = [
    "name",
    "given_name",
    "family_name",
    "preferred_username",
    "email",
];

fn requested(facts: &Facts<'_>) -> RequestedClaims {
    let part = facts.subject.session.stored().map(|(_, part)| part);
    let text = part.and_then(|part| part.notes.get("claims"));
    RequestedClaims::read(text.map(String::as_str))
}

fn essential(document: Document, facts: &Facts<'_>, claims: &mut super::Claims) {
    let requested = requested(facts);
    for name in ABOUT {
        let request = match document {
            Document::Userinfo => requested.in_userinfo(name),
            _ => requested.in_id_token(name),
        };
        if request.is_some_and(|request| request.is_essential())
            && let Some(value) = about(facts.subject.user, name)
        {
            claims.put(&[name], value.into());
        }
    }
}

fn about(user: &User, name: &str) -> Option<String> {
    let names = [&user.first_name, &user.last_name];
    match name {
        "given_name" => user.first_name.clone(),
        "family_name" => user.last_name.clone(),
        "preferred_username" => Some(user.username.clone()),
        "email" => user.email.clone(),
        _ => {
            let names: Vec<&str> = names.into_iter().flatten().map(String::as_str).collect();
            Some(names.join(" ")).filter(|name| !name.is_empty())
        }
    }
}

fn value(mapper: &ProtocolMapper) -> Effect {
    let Some(name) = mapper.setting("claim.name").map(str::to_owned) else {
        return Effect::Nothing;
    };
    Effect::claims(move |facts, claims| {
        let requested = requested(facts);
        let request = requested.in_id_token(&name);
        let request = request.filter(|request| request.is_essential());
        // Beside what the protocol itself says, which nobody can ask to be other than it is.
        if let Some(value) = request.and_then(|request| request.value()) {
            claims.other.insert(name.clone(), value.into());
        }
    })
}
