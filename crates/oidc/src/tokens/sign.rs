use super::{MintError, Subject};
use jose::{Algorithm, SigningKey};
use realm::{Client, Realm};

/// The attribute with the algorithm of access tokens.
pub(super) const ACCESS: &str = "access.token.signed.response.alg";
/// The attribute with the algorithm of ID tokens.
pub(super) const ID: &str = "id.token.signed.response.alg";

/// The key that signs for a client: with the algorithm that its attribute names, otherwise with the realm's default. Shared secrets are the
/// realm's own, as for Keycloak, never the client's.
pub(super) fn key<'a>(subject: &Subject<'a>, attribute: &str) -> Result<&'a SigningKey, MintError> {
    key_for(subject.realm, subject.client, attribute)
}

/// The same for another client than the subject's, or for what is no token of a grant.
pub(crate) fn key_for<'a>(
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
