use crate::PeerAddress;

/// Why there is no client certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoCert {
    /// No header is read for a certificate, and the connection is no TLS that ends here.
    #[error(
        "certificates are taken from TLS connections alone, and this one is none that ends here; for a proxy's header set spi-x509cert-lookup--provider"
    )]
    NoLookup,
    /// TLS that ends here, and the other end showed no certificate.
    #[error(
        "no certificate was shown in the TLS handshake: it was not asked for (option https-client-auth), or the browser has none"
    )]
    NotShown,
    /// TLS that ends here, and what the other end showed can't be read.
    #[error("what was shown in the TLS handshake can't be read as a certificate: {0}")]
    ShownUnreadable(String),
    /// The certificate of the TLS connection is the proxy's own, and the proxy said nothing of its client's.
    #[error(
        "the certificate of the TLS connection is that of the trusted proxy itself, and no header is read for its client's (option spi-x509cert-lookup--provider)"
    )]
    ProxysOwn,
    /// A certificate header came from somebody who is not a trusted proxy; it was removed.
    #[error("the header {header} came from {peer}, {reason}; it was removed")]
    PeerNotTrusted {
        /// Which header.
        header: String,
        /// Whose.
        peer: PeerAddress,
        /// Why that is no trusted proxy.
        reason: String,
    },
    /// A trusted proxy let a certificate header of another kind of proxy pass.
    #[error(
        "a trusted proxy sent the header {header} ({dialect}), which it should have removed: {configured}. No certificate counts then; remove the header at the proxy, or name it in proxy-ignored-certificate-headers"
    )]
    ForeignHeader {
        /// Which header.
        header: String,
        /// Who uses that header.
        dialect: &'static str,
        /// What is read instead.
        configured: String,
    },
    /// The header came with dashes for underscores or the other way round.
    #[error(
        "the request carried no header {configured}, but {sent}: somebody on the way changes or drops names with underscores; use a name with dashes at the proxy and in spi-x509cert-lookup--{format}--ssl-client-cert"
    )]
    OtherSpelling {
        /// What is read.
        configured: String,
        /// What came.
        sent: String,
        /// Which format is configured.
        format: &'static str,
    },
    /// The proxy sent no certificate header.
    #[error(
        "the request carried no header {0}: the proxy did not send it, or the browser has no certificate{hint}", hint = underscore_hint(.0)
    )]
    HeaderAbsent(String),
    /// The header says in the proxy's own way that there is no certificate.
    #[error("the header {header} is {value}, by which the proxy says that it has no certificate")]
    HeaderSaysNone {
        /// Which header.
        header: String,
        /// What it says.
        value: &'static str,
    },
    /// The header is there and empty.
    #[error("the header {0} is there and empty")]
    HeaderBlank(String),
    /// The header is there more than once.
    #[error(
        "the header {0} is there more than once: somebody before the proxy sent it, and the proxy did not remove it"
    )]
    SeveralHeaders(String),
    /// The header's value is of another form.
    #[error("the header {header} holds no certificate as {format} sends it: {reason}")]
    NotACertificate {
        /// Which header.
        header: String,
        /// Which format is configured.
        format: &'static str,
        /// What is wrong, and where it can be told, what to do.
        reason: String,
    },
    /// More certificates came with it than the option allows.
    #[error(
        "the proxy sent {sent} certificates besides the person's, and {most} are allowed (option spi-x509cert-lookup--{format}--certificate-chain-length)"
    )]
    ChainTooLong {
        /// How many came.
        sent: usize,
        /// How many may.
        most: usize,
        /// Which format is configured.
        format: &'static str,
    },
    /// The proxy says that it could not verify the certificate, and it has been said that this counts.
    #[error(
        "the proxy did not verify the certificate: {header} is {said:?} (option spi-x509cert-lookup--{format}--trust-proxy-verification)"
    )]
    ProxyDidNotVerify {
        /// Which header.
        header: &'static str,
        /// What it says, shortened.
        said: String,
        /// Which format is configured.
        format: &'static str,
    },
}

impl NoCert {
    /// The stable identifier, which has a page of its own.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoLookup => "EDGE-CERT-NO-LOOKUP",
            Self::NotShown => "EDGE-CERT-NOT-SHOWN",
            Self::ShownUnreadable(_) => "EDGE-CERT-SHOWN-UNREADABLE",
            Self::ProxysOwn => "EDGE-CERT-PROXYS-OWN",
            Self::PeerNotTrusted { .. } => "EDGE-CERT-PEER-NOT-TRUSTED",
            Self::ForeignHeader { .. } => "EDGE-CERT-FOREIGN-HEADER",
            Self::OtherSpelling { .. } => "EDGE-CERT-OTHER-SPELLING",
            Self::HeaderAbsent(_) => "EDGE-CERT-HEADER-ABSENT",
            Self::HeaderSaysNone { .. } => "EDGE-CERT-HEADER-SAYS-NONE",
            Self::HeaderBlank(_) => "EDGE-CERT-HEADER-BLANK",
            Self::SeveralHeaders(_) => "EDGE-CERT-SEVERAL-HEADERS",
            Self::NotACertificate { .. } => "EDGE-CERT-UNREADABLE",
            Self::ChainTooLong { .. } => "EDGE-CERT-CHAIN-TOO-LONG",
            Self::ProxyDidNotVerify { .. } => "EDGE-CERT-PROXY-DID-NOT-VERIFY",
        }
    }

    /// Whether something was sent that could not be believed.
    pub fn was_sent(&self) -> bool {
        !matches!(
            self,
            Self::NoLookup
                | Self::NotShown
                | Self::ProxysOwn
                | Self::HeaderAbsent(_)
                | Self::HeaderSaysNone { .. }
                | Self::HeaderBlank(_)
        )
    }
}

/// Many programs drop such names without a word, nginx among them.
fn underscore_hint(name: &str) -> &'static str {
    if name.contains('_') {
        "; nginx and others drop headers with underscores in their names, so a hop in between may have"
    } else {
        ""
    }
}
