use crate::revocation::list::RevocationList;
use crate::serial::hex;
use aws_lc_rs::digest;

impl RevocationList {
    /// What kind of list it is, as a short text: the same for two lists of which the newer takes the older one's place. They are of one
    /// issuer and key, both complete or both differences, and speak of the same certificates and reasons.
    pub fn kind(&self) -> String {
        let key = self.authority_key_id.as_deref().map(hex);
        let is_delta = self.base.is_some();
        let text = format!(
            "{}\n{}\n{is_delta}\n{:?}",
            self.issuer_canonical,
            key.unwrap_or_default(),
            self.scope
        );
        let digest = digest::digest(&digest::SHA256, text.as_bytes());
        hex(&digest.as_ref()[..16])
    }
}
