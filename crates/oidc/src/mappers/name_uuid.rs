//! A UUID made of bytes, version 3 of RFC 9562 but without a name space, as Java makes it.
//!
//! Pairwise subject identifiers have this form, and have to stay what they are when a realm moves. MD5 protects nothing here: what goes in is a
//! SHA-256 already.

use md5::{Digest as _, Md5};
use uuid::Builder;

/// The UUID in its usual text form.
pub(super) fn name_uuid(bytes: &[u8]) -> String {
    let sum = Md5::digest(bytes).into();
    Builder::from_md5_bytes(sum).into_uuid().to_string()
}

#[cfg(test)]
mod tests {
    use super::name_uuid;

    #[test]
    fn it_is_javas() {
        // UUID.nameUUIDFromBytes of "" and "abc".
        assert_eq!(name_uuid(b""), "d41d8cd9-8f00-3204-a980-0998ecf8427e");
        assert_eq!(name_uuid(b"abc"), "90015098-3cd2-3fb0-9696-3f7d28e17f72");
    }
}
