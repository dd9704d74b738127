//! What a session remembers of the certificate that it began with, so that it ends when that is revoked later.

use crate::Cx;
use std::collections::BTreeMap;
use store::Session;
use x509::{Reason, RevocationKey, VerifiedChain, instant_text};

/// The note with what it takes to ask for revocation.
const KEY: &str = "x509.revocation";
const ISSUER: &str = "x509.issuer";
const SERIAL: &str = "x509.serial";
const THUMBPRINT: &str = "x509.thumbprint";

/// What a session is to remember of this certificate.
pub(super) fn notes(verified: &VerifiedChain) -> BTreeMap<String, String> {
    let leaf = verified.leaf();
    let mut notes = BTreeMap::from([
        (
            ISSUER.to_owned(),
            leaf.issuer().chars().take(1024).collect(),
        ),
        (SERIAL.to_owned(), leaf.serial_decimal()),
        (THUMBPRINT.to_owned(), leaf.thumbprint_hex()),
    ]);
    if let Some(key) = RevocationKey::of(verified) {
        notes.insert(KEY.to_owned(), key.to_string());
    }
    notes
}

/// A certificate that a session began with is revoked by now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the session began with the certificate {serial} of {issuer}, which is revoked since {} ({reason:?})",
    instant_text(*at)
)]
pub struct RevokedSince {
    /// The certificate's serial number in decimal.
    pub serial: String,
    /// Who issued it.
    pub issuer: String,
    /// Since when, epoch seconds.
    pub at: i64,
    /// Why.
    pub reason: Reason,
}

/// Whether the certificate that a session began with is known to be revoked by now: one look-up, no signature.
pub fn revoked_since(cx: &Cx, session: &Session) -> Option<RevokedSince> {
    let key = RevocationKey::parse(session.notes.get(KEY)?)?;
    let entry = cx.server.revocations().revoked(&key)?;
    let note = |name: &str| session.notes.get(name).cloned().unwrap_or_default();
    Some(RevokedSince {
        serial: note(SERIAL),
        issuer: note(ISSUER),
        at: entry.at,
        reason: entry.reason,
    })
}
