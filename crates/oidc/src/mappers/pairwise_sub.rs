//! `oidc-sha256-pairwise-sub-mapper`: a subject identifier that other sectors can't recognize (OpenID Connect Core §8.1).

use super::name_uuid::name_uuid;
use super::{Document, Effect, MapperType, Writes};
use realm::{Client, ProtocolMapper};
use url::Url;

pub(super) const TYPE: MapperType = MapperType {
    id: "oidc-sha256-pairwise-sub-mapper",
    priority: 0,
    writes: Writes::Always(&[
        Document::Access,
        Document::Lightweight,
        Document::Id,
        Document::Userinfo,
        Document::Introspection,
    ]),
    compile,
};

fn compile(mapper: &ProtocolMapper) -> Effect {
    // Keycloak makes a salt for every such mapper; the random key serves for one that came without.
    let salt = mapper.setting("pairwiseSubAlgorithmSalt");
    let salt = salt.unwrap_or(&mapper.id).to_owned();
    let sector = mapper.setting("sectorIdentifierUri").and_then(host);
    Effect::claims(move |facts, claims| {
        let client = facts.subject.client;
        let own = sector.is_none().then(|| own_sector(client));
        let sector = sector.as_ref().or(own.as_ref());
        let text = [
            sector.map_or("", String::as_str),
            facts.subject.user.id.as_str(),
            &salt,
        ]
        .concat();
        claims.sub = Some(name_uuid(&jose::sha256(text.as_bytes())));
    })
}

/// The host of the redirect URIs, which is one for such clients; a client without any is a sector of its own.
fn own_sector(client: &Client) -> String {
    let root = client.root_url.iter();
    client
        .redirect_uris
        .iter()
        .chain(root)
        .find_map(|uri| host(uri))
        .unwrap_or_else(|| client.client_id.to_string())
}

fn host(uri: &str) -> Option<String> {
    let url = Url::parse(uri).ok()?;
    url.host_str().map(str::to_owned)
}
