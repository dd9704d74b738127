use crate::{Certificate, Malformed};
use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::{alphabet, engine};
use std::sync::Arc;

/// More certificates at once are refused.
pub const MAX_CHAIN: usize = 10;

/// A presented certificate and whatever came with it to help find its issuers, in the order in which it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    leaf: Arc<Certificate>,
    rest: Vec<Arc<Certificate>>,
}

/// Why text or bytes are no chain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// Nothing is there.
    #[error("there is no certificate in it")]
    Empty,
    /// A block is not base64.
    #[error("block {0} is not base64")]
    Base64(usize),
    /// A BEGIN line lacks its END line, or is of something else.
    #[error("block {0} is not a certificate in pem form")]
    Pem(usize),
    /// A block is no certificate.
    #[error("block {index}: {source}")]
    Certificate {
        /// Counted from one.
        index: usize,
        /// What is wrong with it.
        source: Malformed,
    },
    /// More than [`MAX_CHAIN`].
    #[error("{0} certificates at once are refused")]
    TooLong(usize),
}

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

impl ChainError {
    /// The stable identifier, which has a page of its own.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong(_)
            | Self::Certificate {
                source: Malformed::TooLarge(_),
                ..
            } => "CERT-TOO-LARGE",
            Self::Empty | Self::Base64(_) | Self::Pem(_) | Self::Certificate { .. } => {
                "CERT-MALFORMED"
            }
        }
    }
}

impl Chain {
    /// A chain of certificates, the leaf first.
    ///
    /// # Errors
    /// [`ChainError::Empty`] and [`ChainError::TooLong`].
    pub fn new(certificates: Vec<Certificate>) -> Result<Self, ChainError> {
        if certificates.len() > MAX_CHAIN {
            return Err(ChainError::TooLong(certificates.len()));
        }
        let mut all = certificates.into_iter().map(Arc::new);
        let leaf = all.next().ok_or(ChainError::Empty)?;
        Ok(Self {
            leaf,
            rest: all.collect(),
        })
    }

    /// Reads DER certificates, the leaf first.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub fn from_ders<'a>(ders: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, ChainError> {
        let mut certificates = Vec::new();
        for (at, der) in ders.into_iter().enumerate() {
            if at >= MAX_CHAIN {
                return Err(ChainError::TooLong(at + 1));
            }
            certificates.push(Certificate::from_der(der).map_err(|source| {
                ChainError::Certificate {
                    index: at + 1,
                    source,
                }
            })?);
        }
        Self::new(certificates)
    }

    /// Reads PEM blocks, or one bare base64 text; line breaks and blanks don't matter.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub fn from_pem(text: &str) -> Result<Self, ChainError> {
        Self::new(read_pem(text, MAX_CHAIN)?)
    }

    /// The presented certificate.
    pub fn leaf(&self) -> &Arc<Certificate> {
        &self.leaf
    }

    /// What came with it.
    pub fn rest(&self) -> &[Arc<Certificate>] {
        &self.rest
    }
}

/// Every certificate of a PEM text, `most` at the most; text between blocks is passed over, as tools write comments there.
///
/// # Errors
/// The first block that is no certificate.
pub fn read_pem(text: &str, most: usize) -> Result<Vec<Certificate>, ChainError> {
    let mut certificates = Vec::new();
    if !text.contains("-----BEGIN") {
        if text.trim().is_empty() {
            return Err(ChainError::Empty);
        }
        certificates.push(read_block(text, 1)?);
        return Ok(certificates);
    }
    let mut rest = text;
    while let Some(at) = rest.find("-----BEGIN") {
        let index = certificates.len() + 1;
        if index > most {
            return Err(ChainError::TooLong(index));
        }
        let body = rest[at..]
            .strip_prefix(BEGIN)
            .ok_or(ChainError::Pem(index))?;
        let (body, behind) = body.split_once(END).ok_or(ChainError::Pem(index))?;
        certificates.push(read_block(body, index)?);
        rest = behind;
    }
    Ok(certificates)
}

fn read_block(body: &str, index: usize) -> Result<Certificate, ChainError> {
    let der = decode_lenient(body).ok_or(ChainError::Base64(index))?;
    Certificate::from_der(&der).map_err(|source| ChainError::Certificate { index, source })
}

/// Base64 with line breaks and blanks wherever they are, padded or not.
pub(crate) fn decode_lenient(body: &str) -> Option<Vec<u8>> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(engine::DecodePaddingMode::Indifferent),
    );
    let compact: Vec<u8> = body
        .bytes()
        .filter(|letter| !letter.is_ascii_whitespace())
        .collect();
    LENIENT.decode(compact).ok()
}
