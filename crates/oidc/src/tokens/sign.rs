use super::{MintError, Subject};
use jose::{Algorithm, SigningKey};
use realm::{Client, Realm};

/// The key that signs for a client: with the algorithm that its attribute names, otherwise with the realm's default.
pub(super) fn key<'a>(subject: &Subject<'a>, attribute: &str) -> Result<&'a SigningKey, MintError> {
    signing_key(subject.realm, subject.client, attribute)
}

/// The same for what is no token of a grant.
pub(crate) fn signing_key<'a>(
    realm: &'a Realm,
    client: &Client,
    attribute: &str,
) -> Result<&'a SigningKey, MintError> {
    let keys = &realm.keys;
    let Some(name) = client.attribute(attribute) else {
        let default = &realm.settings.default_signature_algorithm;
        let default = Algorithm::from_name(default).unwrap_or(Algorithm::RS256);
        return keys.active(default).ok_or(MintError::NoKey(default));
    };
    let algorithm = Algorithm::from_name(name).ok_or_else(|| MintError::UnknownAlgorithm {
        client: client.client_id.to_string(),
        algorithm: name.to_owned(),
    })?;
    keys.active(algorithm).ok_or(MintError::NoKey(algorithm))
}
