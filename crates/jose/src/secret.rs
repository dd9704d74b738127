use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::fmt;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Something that must not be seen: prints nothing, compares in constant time, is wiped when it goes.
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes the bytes.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Zeroizing::new(bytes.into()))
    }

    /// The bytes, for the one place that needs them.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// SHA-256 as base64url: what may be stored of it. Only for secrets with full entropy, never for passwords.
    pub fn digest(&self) -> String {
        crate::sha256_base64url(&self.0)
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_slice().ct_eq(other.0.as_slice()).into()
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text.as_bytes())
    }
}

/// Fills a vector with `count` random bytes of the system's generator.
///
/// # Panics
/// When the system has no randomness to give: nothing may go on then.
pub fn random_bytes(count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    #[expect(
        clippy::expect_used,
        reason = "without randomness no secret may be made"
    )]
    rand::fill(&mut bytes).expect("the system gives no randomness");
    bytes
}

/// `count` random bytes as unpadded base64url.
pub fn random_token(count: usize) -> String {
    URL_SAFE_NO_PAD.encode(random_bytes(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_prints_nothing_of_itself() {
        let secret = Secret::from("hunter2");
        assert!(!format!("{secret:?}").contains("hunter2"));
        assert_eq!(secret, Secret::from("hunter2"));
        assert_ne!(secret, Secret::from("hunter3"));
        assert_ne!(random_token(18), random_token(18));
        assert_eq!(random_token(18).len(), 24);
    }
}
