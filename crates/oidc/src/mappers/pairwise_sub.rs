//! `oidc-sha256-pairwise-sub-mapper`: a subject identifier that other sectors can't recognize (OpenID Connect Core §8.1).

use super::name_uuid::name_uuid;
use super::{Document, Effect, MapperType, Writes};
use realm::{Client, ProtocolMapper, UserId};
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
    let rule = Rule::of(mapper);
    Effect::claims(move |facts, claims| {
        let subject = &facts.subject;
        claims.sub = Some(rule.subject(subject.client, &subject.user.id));
    })
}

/// Under which name this client knows this person, where it is another than the person's key.
pub(crate) fn subject(client: &Client, user: &UserId) -> Option<String> {
    let mut mappers = client.protocol_mappers.iter();
    let mapper = mappers.find(|mapper| mapper.protocol_mapper == TYPE.id)?;
    Some(Rule::of(mapper).subject(client, user))
}

/// What a mapper's settings say.
struct Rule {
    salt: String,
    sector: Option<String>,
}

impl Rule {
    fn of(mapper: &ProtocolMapper) -> Self {
        // Keycloak makes a salt for every such mapper; the random key serves for one that came without.
        let salt = mapper.setting("pairwiseSubAlgorithmSalt");
        Self {
            salt: salt.unwrap_or(&mapper.id).to_owned(),
            sector: mapper.setting("sectorIdentifierUri").and_then(host),
        }
    }

    fn subject(&self, client: &Client, user: &UserId) -> String {
        let own = self.sector.is_none().then(|| own_sector(client));
        let sector = self.sector.as_ref().or(own.as_ref());
        let text = [sector.map_or("", String::as_str), user.as_str(), &self.salt].concat();
        name_uuid(&jose::sha256(text.as_bytes()))
    }
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
