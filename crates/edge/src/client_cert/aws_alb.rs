//! AWS Application Load Balancer with mutual TLS: `X-Amzn-Mtls-Clientcert` (passthrough) or `X-Amzn-Mtls-Clientcert-Leaf` (verify)
//!
//! PEM, percent-encoded but for `+`, `=` and `/`; in passthrough mode the whole chain. Reading it as a form would make blanks of the plus
//! signs. A listener can give the headers other names.

use super::encoding::escaped_pem;
use super::{ChainIn, Format};

pub(super) const AWS_ALB: Format = Format {
    name: "aws-alb",
    headers: &["x-amzn-mtls-clientcert", "x-amzn-mtls-clientcert-leaf"],
    chain: ChainIn::SameHeader,
    also: &[
        "x-amzn-mtls-clientcert-serial-number",
        "x-amzn-mtls-clientcert-issuer",
        "x-amzn-mtls-clientcert-subject",
        "x-amzn-mtls-clientcert-validity",
    ],
    verification: None,
    none: &[],
    read: |value, _| escaped_pem(value),
    read_chain: escaped_pem,
};
