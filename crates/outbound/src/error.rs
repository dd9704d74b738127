use std::net::IpAddr;
use std::time::Duration;

/// Why there is no answer. Nothing of the answer's own text is in it.
#[derive(Debug, thiserror::Error)]
pub enum OutboundError {
    /// No http or https address that could be asked.
    #[error("it is no http or https address without a user")]
    Url,
    /// The operator did not list it.
    #[error("{host} is not on the list of those who may be asked")]
    NotAllowed {
        /// With its port.
        host: String,
    },
    /// The name leads to addresses where nobody may be asked.
    #[error("{host} is at {address}, which may only be asked when the host itself is on the list")]
    AddressNotAllowed {
        /// Which name.
        host: String,
        /// One of its addresses.
        address: IpAddr,
    },
    /// The name leads nowhere.
    #[error("{host} has no address")]
    NoAddress {
        /// Which name.
        host: String,
        /// What the system said.
        source: Option<std::io::Error>,
    },
    /// Nobody takes the connection.
    #[error("no connection to {host}")]
    Connect {
        /// Which name.
        host: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The server is not who it should be, or speaks no TLS that we do.
    #[error("no TLS with {host}")]
    Tls {
        /// Which name.
        host: String,
        /// Why not.
        source: std::io::Error,
    },
    /// What comes is no HTTP, or ends too early.
    #[error("the answer is no whole HTTP answer")]
    Http(#[from] hyper::Error),
    /// Another status than was asked for.
    #[error("the answer's status is {0}")]
    Status(u16),
    /// The answer leads elsewhere, and that is not followed.
    #[error("the answer leads to another address")]
    Redirect,
    /// More than was asked for.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(u64),
    /// It took too long.
    #[error("no whole answer within {0:?}")]
    TimedOut(Duration),
    /// Packed, although that was not asked for.
    #[error("the answer is packed, which was not asked for")]
    Packed,
}
