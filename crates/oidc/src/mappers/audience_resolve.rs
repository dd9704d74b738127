//! `oidc-audience-resolve-mapper`: every other client in which the token has a role is an audience.

use super::{Document, Effect, MapperType, Writes};

pub(super) const TYPE: MapperType = MapperType {
    id: "oidc-audience-resolve-mapper",
    priority: 30,
    writes: Writes::Where(&[
        Document::Access,
        Document::Lightweight,
        Document::Introspection,
    ]),
    compile: |_| {
        Effect::claims(|facts, claims| {
            let own = facts.subject.client.client_id.as_str();
            for client in facts.roles.clients().filter(|client| *client != own) {
                claims.add_audience(client);
            }
        })
    },
};
