use super::reader::Reader;
use super::{Encoded, FORMATS};
use http::HeaderName;

/// Where a client's certificate is looked for: in the TLS connection alone, or in headers of trusted proxies too.
#[derive(Clone, Debug)]
pub struct Lookup(Option<Reader>);

/// What is said of a look-up beyond its name. What is not said is as the proxy does it by itself.
#[derive(Clone, Debug, Default)]
pub struct LookupSettings<'a> {
    /// The header with the person's certificate.
    pub header: Option<&'a str>,
    /// The header with the rest of the chain.
    pub chain_header: Option<&'a str>,
    /// What the names of headers with the rest of the chain begin with; `_0`, `_1` and so on stand behind it.
    pub chain_prefix: Option<&'a str>,
    /// Certificates besides the person's, at the most.
    pub chain_length: Option<usize>,
    /// Whether the value was percent-encoded.
    pub encoded: Encoded,
    /// Whether what the proxy says of its own verification counts too.
    pub verification: ProxyVerification,
    /// Certificate headers of other proxies that may come and are not read.
    pub ignored: Vec<&'a str>,
}

/// Whether what a proxy says of its own verification counts. Certificates are judged here in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProxyVerification {
    /// It is shown to administrators.
    #[default]
    Shown,
    /// A certificate that the proxy did not verify does not count.
    Needed,
}

/// A look-up that can't be configured.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LookupError {
    /// No format has this name.
    #[error(
        "there is no certificate look-up {given:?} (option spi-x509cert-lookup--provider); known are {known}"
    )]
    Unknown {
        /// What was given.
        given: String,
        /// What there is.
        known: String,
    },
    /// Not a header's name; an empty one is none.
    #[error("{name:?} is no header name (option {option})")]
    HeaderName {
        /// What was given.
        name: String,
        /// Which option has it.
        option: &'static str,
    },
    /// A header that has a meaning of its own.
    #[error("the header {0} is for something else and can't hold a certificate")]
    Taken(String),
    /// The certificate and its chain in one header.
    #[error("the header {0} can't hold both the certificate and its chain")]
    SameHeader(String),
}

impl Lookup {
    /// The look-up of this name; `header` replaces the format's own header name.
    ///
    /// # Errors
    /// See [`LookupError`].
    pub fn new(name: &str, header: Option<&str>) -> Result<Self, LookupError> {
        Self::with(
            name,
            &LookupSettings {
                header,
                ..LookupSettings::default()
            },
        )
    }

    /// The look-up of this name with its settings. `default` is the TLS connection alone.
    ///
    /// # Errors
    /// See [`LookupError`].
    pub fn with(name: &str, settings: &LookupSettings<'_>) -> Result<Self, LookupError> {
        if name == DEFAULT {
            return Ok(Self(None));
        }
        let format = FORMATS.iter().find(|format| format.name == name);
        let Some(format) = format else {
            return Err(LookupError::Unknown {
                given: name.to_owned(),
                known: Self::names().collect::<Vec<_>>().join(", "),
            });
        };
        Reader::new(format, settings).map(|reader| Self(Some(reader)))
    }

    /// The names of all look-ups.
    pub fn names() -> impl Iterator<Item = &'static str> {
        std::iter::once(DEFAULT).chain(FORMATS.iter().map(|format| format.name))
    }

    /// Where certificates are looked for, in words.
    pub fn place(&self) -> String {
        self.0.as_ref().map_or_else(
            || "in the TLS connection".to_owned(),
            |reader| format!("in {}", reader.place()),
        )
    }

    /// Whether proxies of this kind can be told to write a header over several lines.
    pub(crate) fn is_folded(&self) -> bool {
        self.reader()
            .is_some_and(|reader| reader.format() == super::nginx::NGINX.name)
    }

    /// The reader, where headers are read.
    pub(crate) fn reader(&self) -> Option<&Reader> {
        self.0.as_ref()
    }
}

/// The look-up that reads no header.
const DEFAULT: &str = "default";

/// Headers with a meaning of their own, which must not be removed.
const TAKEN: &[&str] = &[
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "forwarded",
    "host",
    "origin",
    "referer",
    "transfer-encoding",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-prefix",
    "x-forwarded-proto",
];

pub(super) fn header_name(name: &str, option: &'static str) -> Result<HeaderName, LookupError> {
    let parsed: HeaderName = name.parse().map_err(|_| LookupError::HeaderName {
        name: name.to_owned(),
        option,
    })?;
    if TAKEN.contains(&parsed.as_str()) {
        return Err(LookupError::Taken(parsed.to_string()));
    }
    Ok(parsed)
}
