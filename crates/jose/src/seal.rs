use crate::random_bytes;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Sealed texts longer than this are refused unread.
const MAX_SEALED: usize = 32 * 1024;

/// Seals small state that somebody else carries for us: AES-256-GCM (NIST SP 800-38D) under a key derived for one purpose
/// (HKDF-SHA256, RFC 5869), with a random nonce.
pub struct Sealer(Option<LessSafeKey>);

/// Why a sealed text does not open: not ours, changed, or sealed for something else. Which of them is not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not sealed by this key for this purpose")]
pub struct OpenError;

impl Sealer {
    /// The sealer for one purpose, from a secret of full entropy.
    pub fn derive(secret: &[u8], purpose: &str) -> Self {
        let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, b"postern seal").extract(secret);
        let mut key = [0; 32];
        let filled = prk
            .expand(&[purpose.as_bytes()], &AES_256_GCM)
            .and_then(|okm| okm.fill(&mut key));
        Self(
            filled
                .ok()
                .and_then(|()| UnboundKey::new(&AES_256_GCM, &key).ok())
                .map(LessSafeKey::new),
        )
    }

    /// Seals `plain`, bound to `associated`: unpadded base64url of nonce, cipher text and tag. Empty if the primitive failed,
    /// which opens nowhere.
    pub fn seal(&self, associated: &[u8], plain: &[u8]) -> String {
        let nonce = random_bytes(NONCE_LEN);
        let mut sealed = plain.to_vec();
        let Some(key) = &self.0 else {
            return String::new();
        };
        let Ok(unique) = Nonce::try_assume_unique_for_key(&nonce) else {
            return String::new();
        };
        if key
            .seal_in_place_append_tag(unique, Aad::from(associated), &mut sealed)
            .is_err()
        {
            return String::new();
        }
        let mut text = nonce;
        text.append(&mut sealed);
        URL_SAFE_NO_PAD.encode(text)
    }

    /// Opens what [`Self::seal`] gave for the same purpose and `associated`.
    ///
    /// # Errors
    /// [`OpenError`]
    pub fn open(&self, associated: &[u8], sealed: &str) -> Result<Vec<u8>, OpenError> {
        if sealed.len() > MAX_SEALED {
            return Err(OpenError);
        }
        let mut bytes = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| OpenError)?;
        let (nonce, text) = bytes.split_at_mut_checked(NONCE_LEN).ok_or(OpenError)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| OpenError)?;
        let key = self.0.as_ref().ok_or(OpenError)?;
        key.open_in_place(nonce, Aad::from(associated), text)
            .map(|plain| plain.to_vec())
            .map_err(|_| OpenError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_only_for_the_same_secret_purpose_and_data() {
        let sealer = Sealer::derive(b"secret", "a");
        let sealed = sealer.seal(b"data", b"state");
        assert_eq!(sealer.open(b"data", &sealed).unwrap(), b"state");
        assert_ne!(sealed, sealer.seal(b"data", b"state"));
        assert_eq!(sealer.open(b"other", &sealed), Err(OpenError));
        assert_eq!(
            Sealer::derive(b"secret", "b").open(b"data", &sealed),
            Err(OpenError)
        );
        assert_eq!(
            Sealer::derive(b"other", "a").open(b"data", &sealed),
            Err(OpenError)
        );
    }

    #[test]
    fn a_changed_or_foreign_text_does_not_open() {
        let sealer = Sealer::derive(b"secret", "a");
        let sealed = sealer.seal(b"", b"state");
        for at in 0..sealed.len() {
            let mut bytes = sealed.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(
                sealer.open(b"", &String::from_utf8(bytes).unwrap()),
                Err(OpenError),
                "letter {at}"
            );
        }
        for text in ["", "AAAA", "!", &"A".repeat(MAX_SEALED + 1)] {
            assert_eq!(sealer.open(b"", text), Err(OpenError));
        }
    }
}
