use super::{MintError, Subject};
use jose::{Algorithm, SigningKey};

/// The key that signs for a client: with the algorithm that its attribute names, otherwise with the realm's default.
pub(super) fn key<'a>(subject: &Subject<'a>, attribute: &str) -> Result<&'a SigningKey, MintError> {
    let keys = &subject.realm.keys;
    let Some(name) = subject.client.attribute(attribute) else {
        let default = &subject.realm.settings.default_signature_algorithm;
        let default = Algorithm::from_name(default).unwrap_or(Algorithm::RS256);
        return keys.active(default).ok_or(MintError::NoKey(default));
    };
    let algorithm = Algorithm::from_name(name).ok_or_else(|| MintError::UnknownAlgorithm {
        client: subject.client.client_id.to_string(),
        algorithm: name.to_owned(),
    })?;
    keys.active(algorithm).ok_or(MintError::NoKey(algorithm))
}
