//! What stands for the certificate as a whole: its serial number, its hash, itself.

use super::Source;
use crate::Certificate;

#[derive(Debug)]
pub(super) struct Serial {
    pub hex: bool,
}

impl Serial {
    fn text(&self, certificate: &Certificate) -> String {
        if self.hex {
            certificate.serial_hex()
        } else {
            certificate.serial_decimal()
        }
    }
}

impl Source for Serial {
    fn extract(&self, certificate: &Certificate) -> Option<Vec<String>> {
        Some(vec![self.text(certificate)])
    }

    fn looks_for(&self) -> &str {
        "serial number"
    }
}

#[derive(Debug)]
pub(super) struct SerialAndIssuer {
    pub hex: bool,
    pub canonical: bool,
}

impl Source for SerialAndIssuer {
    fn extract(&self, certificate: &Certificate) -> Option<Vec<String>> {
        let issuer = if self.canonical {
            certificate.issuer_canonical().to_owned()
        } else {
            certificate.issuer()
        };
        Some(vec![Serial { hex: self.hex }.text(certificate), issuer])
    }

    fn looks_for(&self) -> &str {
        "serial number and issuer"
    }
}

#[derive(Debug)]
pub(super) struct Thumbprint;

impl Source for Thumbprint {
    fn extract(&self, certificate: &Certificate) -> Option<Vec<String>> {
        Some(vec![certificate.thumbprint_hex()])
    }

    fn looks_for(&self) -> &str {
        "thumbprint"
    }
}

#[derive(Debug)]
pub(super) struct Pem;

impl Source for Pem {
    fn extract(&self, certificate: &Certificate) -> Option<Vec<String>> {
        Some(vec![certificate.base64()])
    }

    fn looks_for(&self) -> &str {
        "bytes"
    }
}
