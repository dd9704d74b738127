//! Object identifiers of PKCS #12 and of what protects it, as they stand in DER.

/// Content in the open (RFC 5652 §4).
pub(crate) const DATA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";
/// Content under a password (RFC 5652 §8).
pub(crate) const ENCRYPTED_DATA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x06";
/// A key in the open (RFC 7292 §4.2.1).
pub(crate) const KEY_BAG: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x01";
/// A key under a password (§4.2.2).
pub(crate) const SHROUDED_KEY_BAG: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x02";
/// A certificate (§4.2.3).
pub(crate) const CERTIFICATE_BAG: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x03";
/// Bags in a bag (§4.2.6).
pub(crate) const NESTED_BAG: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x06";
/// What kind of certificate (§4.2.3).
pub(crate) const X509_CERTIFICATE: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x16\x01";
/// An entry's name (RFC 2985 §5.5.1).
pub(crate) const FRIENDLY_NAME: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x14";
/// What a key and its certificate have in common (§5.5.2).
pub(crate) const LOCAL_KEY_ID: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x15";
/// Password-based encryption in one piece, which is old: the last arc says which (RFC 7292 appendix C).
pub(crate) const PKCS12_PBE: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01";
/// Password-based encryption of freely chosen parts (RFC 8018 §6.2).
pub(crate) const PBES2: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d";
/// The same for integrity (RFC 8018 §7.1, RFC 9579).
pub(crate) const PBMAC1: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0e";
/// The derivation of keys from passwords (RFC 8018 §5.2).
pub(crate) const PBKDF2: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c";
/// HMAC with SHA-1 (RFC 8018 appendix B.1).
pub(crate) const HMAC_SHA1: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x02\x07";
/// HMAC with SHA-256.
pub(crate) const HMAC_SHA256: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x02\x09";
/// HMAC with SHA-384.
pub(crate) const HMAC_SHA384: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x02\x0a";
/// HMAC with SHA-512.
pub(crate) const HMAC_SHA512: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x02\x0b";
/// SHA-1.
pub(crate) const SHA1: &[u8] = b"\x2b\x0e\x03\x02\x1a";
/// SHA-256.
pub(crate) const SHA256: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x02\x01";
/// SHA-384.
pub(crate) const SHA384: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x02\x02";
/// SHA-512.
pub(crate) const SHA512: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x02\x03";
/// AES in CBC mode, 128 bits (RFC 3565 §4.1).
pub(crate) const AES_128_CBC: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x01\x02";
/// 192 bits.
pub(crate) const AES_192_CBC: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x01\x16";
/// 256 bits.
pub(crate) const AES_256_CBC: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x01\x2a";
/// Triple DES in CBC mode, which is old.
pub(crate) const DES_EDE3_CBC: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x03\x07";
/// How JKS protects keys: Sun's own way.
pub(crate) const SUN_JKS_KEY: &[u8] = b"\x2b\x06\x01\x04\x01\x2a\x02\x11\x01\x01";
