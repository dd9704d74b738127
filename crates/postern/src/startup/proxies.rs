//! The authority that issues certificates to proxies of ours, which is read again when its file changes.

use edge::ProxyAuthority;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use x509::TrustAnchors;

/// The authority, and where it was read.
#[derive(Debug)]
pub(crate) struct ProxiesFile {
    /// The option `proxy-trusted-tls-ca-file`.
    pub path: PathBuf,
    /// How often it is read again; never without.
    pub reload: Option<Duration>,
    /// Where it counts.
    pub authority: Arc<ProxyAuthority>,
}

impl ProxiesFile {
    /// Reads it again. One that can't be used leaves the old one in place.
    pub(crate) fn renew(&self) {
        let file = self.path.display();
        match read(&self.path) {
            Ok(anchors) if is_same(&anchors, &self.authority.anchors()) => {}
            Ok(anchors) => {
                self.authority.replace(anchors);
                tracing::info!(%file, "the authority for proxies was read anew");
            }
            Err(why) => {
                tracing::warn!(%file, "the authority for proxies: {why}; the old one stays");
            }
        }
    }
}

/// Roots, and what helps to find the way to them.
///
/// # Errors
/// What is wrong with the file.
pub(crate) fn read(file: &Path) -> Result<TrustAnchors, String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("can't be read: {error}"))?;
    let mut anchors = TrustAnchors::default();
    anchors.add_pem(&text).map_err(|error| error.to_string())?;
    if anchors.roots().is_empty() {
        return Err("there is no root in it".to_owned());
    }
    Ok(anchors)
}

fn is_same(one: &TrustAnchors, other: &TrustAnchors) -> bool {
    let ders = |anchors: &TrustAnchors| {
        let all = anchors.roots().iter().chain(anchors.intermediates());
        all.map(|certificate| certificate.der().to_vec())
            .collect::<Vec<_>>()
    };
    ders(one) == ders(other)
}
