//! How people sign in by certificate.

use super::given::Given;
use super::problem::Problems;
use super::setting::Default::Nothing;
use super::setting::{Kind, settings};
use authn::CertificateHost;

settings! {
    /// The address where browsers are asked for certificates, apart from the main one, so that they are asked nowhere else: a name (`certificate.example.com`) or a whole address. Sign-in pages then have a link there. The proxy or the listener asks for certificates at this name alone.
    CERTIFICATE_HOSTNAME = "certificate-hostname", Kind::Text, Nothing, since "0.2.0";
}

/// How people sign in by certificate.
pub(crate) struct Certificate {
    /// Where browsers are asked for certificates, when that is apart.
    pub host: Option<CertificateHost>,
}

pub(super) fn read(given: &Given, problems: &mut Problems) -> Option<Certificate> {
    let text = given.text(&CERTIFICATE_HOSTNAME);
    let host = text.map(CertificateHost::new).transpose();
    let host = host.map_err(|error| {
        problems.add(
            given.written(&CERTIFICATE_HOSTNAME),
            error.to_string(),
            given.rewritten(&CERTIFICATE_HOSTNAME, "certificate.example.com"),
        );
    });
    Some(Certificate { host: host.ok()? })
}
