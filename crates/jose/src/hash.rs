use crate::Algorithm;
use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// SHA-256.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut sum = [0; 32];
    sum.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    sum
}

/// SHA-256 as unpadded base64url: 43 letters.
pub fn sha256_base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(sha256(bytes))
}

/// `at_hash`, `c_hash` or `s_hash` of a value: the left half of the hash that belongs to the ID token's algorithm, as unpadded
/// base64url (OpenID Connect Core §3.1.3.6). EdDSA takes SHA-512, as its signature does.
pub fn token_hash(algorithm: Algorithm, value: &str) -> String {
    let hash = match algorithm {
        Algorithm::RS256 | Algorithm::PS256 | Algorithm::ES256 | Algorithm::HS256 => {
            &digest::SHA256
        }
        Algorithm::RS384 | Algorithm::PS384 | Algorithm::ES384 | Algorithm::HS384 => {
            &digest::SHA384
        }
        Algorithm::RS512
        | Algorithm::PS512
        | Algorithm::ES512
        | Algorithm::HS512
        | Algorithm::EdDSA => &digest::SHA512,
    };
    let sum = digest::digest(hash, value.as_bytes());
    URL_SAFE_NO_PAD.encode(&sum.as_ref()[..sum.as_ref().len() / 2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_hash_is_the_left_half() {
        // OpenID Connect Core, appendix A.3 (token and its at_hash).
        assert_eq!(
            token_hash(
                Algorithm::RS256,
                "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"
            ),
            "77QmUPtjPfzWtF2AnpK9RQ"
        );
        assert_eq!(token_hash(Algorithm::ES384, "x").len(), 32);
    }
}
