//! Tokens and sealed state as strangers bring them.

use jose::{Algorithm, KeySet, Sealer, Secret, SigningKey};
use std::sync::LazyLock;

/// A fixed secret: a corpus of tokens signed with it stays good.
const SECRET: [u8; 64] = [7; 64];

static KEYS: LazyLock<(SigningKey, KeySet)> = LazyLock::new(|| {
    let key = SigningKey::from_secret("fuzzed", Algorithm::HS512, &Secret::new(SECRET))
        .unwrap_or_else(|error| panic!("the key of this target: {error}"));
    let mut keys = KeySet::default();
    keys.add("fuzzed", key.verifying_key());
    (key, keys)
});

/// A compact JWS: what verifies was signed over exactly these bytes.
pub(crate) fn token(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let (key, keys) = &*KEYS;
    if keys.verify::<serde_json::Value>(text).is_ok() {
        let (signed, _) = text.rsplit_once('.').unwrap_or_default();
        let signature = key.sign_bytes(signed.as_bytes()).unwrap_or_default();
        assert!(
            key.check_bytes(signed.as_bytes(), &signature),
            "what verifies is what the key signs"
        );
        assert_eq!(text.matches('.').count(), 2, "three parts");
    }
}

/// Sealed state: opens with its purpose and its browser, and with no other.
pub(crate) fn sealed(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let sealer = Sealer::derive(&SECRET, "fuzzed");
    if let Ok(plain) = sealer.open(b"browser", text) {
        assert!(sealer.open(b"another", text).is_err());
        assert!(
            Sealer::derive(&SECRET, "other")
                .open(b"browser", text)
                .is_err()
        );
        let _ = plain;
    }
    // What we seal ourselves always comes back.
    let again = sealer.seal(b"browser", input);
    assert_eq!(sealer.open(b"browser", &again).ok().as_deref(), Some(input));
}
