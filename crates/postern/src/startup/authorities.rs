//! Whom we believe as servers when we ask over https.

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use x509::TrustAnchors;

/// Where systems keep the authorities of the public Internet.
const BUNDLES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// The roots of the truststore and those of the system, DER each. `SSL_CERT_FILE` names another file for the latter.
pub(crate) fn roots(anchors: &TrustAnchors) -> Vec<Vec<u8>> {
    let mut roots: Vec<Vec<u8>> = anchors
        .roots()
        .iter()
        .map(|root| root.der().to_vec())
        .collect();
    let named = std::env::var_os("SSL_CERT_FILE").map(std::path::PathBuf::from);
    let bundle = named.or_else(|| {
        let mut known = BUNDLES.iter().map(std::path::PathBuf::from);
        known.find(|path| path.exists())
    });
    let read = bundle.and_then(|path| CertificateDer::pem_file_iter(path).ok());
    let system = read.into_iter().flatten().filter_map(Result::ok);
    roots.extend(system.map(|certificate| certificate.as_ref().to_vec()));
    roots
}
