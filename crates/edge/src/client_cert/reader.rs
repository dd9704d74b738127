//! Reads what trusted proxies send in headers.

use super::encoding::Ders;
use super::headers::dashed;
use super::lookup::header_name;
use super::{
    ChainIn, Encoded, Format, LookupError, LookupSettings, NoCert, ProxyVerification, recognise,
};
use http::{HeaderMap, HeaderName};
use x509::{Chain, ChainError, MAX_CHAIN};

/// Reads the headers of one format.
#[derive(Clone)]
pub(crate) struct Reader {
    format: &'static Format,
    headers: Vec<HeaderName>,
    chain: Chains,
    most: usize,
    encoded: Encoded,
    verification: ProxyVerification,
    ignored: Vec<HeaderName>,
}

#[derive(Clone, Debug)]
enum Chains {
    SameHeader,
    Header(HeaderName),
    Lines(HeaderName),
    Prefix(String),
}

impl Reader {
    pub(super) fn new(
        format: &'static Format,
        settings: &LookupSettings<'_>,
    ) -> Result<Self, LookupError> {
        let headers = match settings.header {
            Some(name) => vec![header_name(
                name,
                "spi-x509cert-lookup--<provider>--ssl-client-cert",
            )?],
            None => format
                .headers
                .iter()
                .map(|name| HeaderName::from_static(name))
                .collect(),
        };
        let chain = match (format.chain, settings.chain_header, settings.chain_prefix) {
            (ChainIn::Lines(own), given, _) => Chains::Lines(header_name(
                given.unwrap_or(own),
                "spi-x509cert-lookup--<provider>--ssl-cert-chain",
            )?),
            (ChainIn::Header(_), Some(name), _) => Chains::Header(header_name(
                name,
                "spi-x509cert-lookup--<provider>--ssl-cert-chain",
            )?),
            (ChainIn::Header(_) | ChainIn::Prefix(_), _, Some(prefix)) => {
                header_name(
                    prefix,
                    "spi-x509cert-lookup--<provider>--ssl-cert-chain-prefix",
                )?;
                Chains::Prefix(prefix.to_ascii_lowercase())
            }
            (ChainIn::Header(own), None, None) => Chains::Header(HeaderName::from_static(own)),
            (ChainIn::Prefix(own), _, None) => Chains::Prefix(own.to_owned()),
            (ChainIn::SameHeader, ..) => Chains::SameHeader,
        };
        if let Chains::Header(name) | Chains::Lines(name) = &chain
            && headers.contains(name)
        {
            return Err(LookupError::SameHeader(name.to_string()));
        }
        let ignored = settings
            .ignored
            .iter()
            .map(|name| header_name(name, "proxy-ignored-certificate-headers"))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            format,
            headers,
            chain,
            most: settings
                .chain_length
                .unwrap_or(MAX_CHAIN)
                .min(MAX_CHAIN - 1),
            encoded: settings.encoded,
            verification: settings.verification,
            ignored,
        })
    }

    /// The format's name.
    pub(super) fn format(&self) -> &'static str {
        self.format.name
    }

    /// Which headers are read, in words.
    pub(super) fn place(&self) -> String {
        let names: Vec<&str> = self.headers.iter().map(HeaderName::as_str).collect();
        let leaf = format!("the header {}", names.join(" or "));
        match &self.chain {
            Chains::SameHeader => leaf,
            Chains::Header(name) | Chains::Lines(name) => format!("{leaf}, its chain in {name}"),
            Chains::Prefix(prefix) => format!("{leaf}, its chain in {prefix}_0 and so on"),
        }
    }

    /// Whether a header is one of those that the configured proxy sends.
    pub(super) fn owns(&self, name: &HeaderName) -> bool {
        let dashes = dashed(name.as_str());
        self.headers.contains(name)
            || self.format.also.iter().any(|also| dashed(also) == dashes)
            || match &self.chain {
                Chains::SameHeader => false,
                Chains::Header(chain) | Chains::Lines(chain) => chain == name,
                Chains::Prefix(prefix) => number(prefix, name).is_some(),
            }
    }

    /// Whether a header of another proxy may come and is not read.
    pub(super) fn ignores(&self, name: &HeaderName) -> bool {
        self.ignored.contains(name)
    }

    /// The header whose name differs from the configured one in dashes and underscores alone.
    pub(super) fn other_spelling<'h>(&self, headers: &'h HeaderMap) -> Option<&'h HeaderName> {
        headers.keys().find(|name| self.is_other_spelling(name))
    }

    /// Whether a name is a configured one, but for dashes and underscores.
    pub(super) fn is_other_spelling(&self, name: &HeaderName) -> bool {
        let differs = |own: &HeaderName| {
            own != name
                && own.as_str().len() == name.as_str().len()
                && dashed(own.as_str()) == dashed(name.as_str())
        };
        self.headers.iter().any(differs)
    }

    /// What the proxy says of its own verification, where the format has a header for that.
    pub(super) fn verification<'h>(
        &self,
        headers: &'h HeaderMap,
    ) -> Option<(&'static str, &'h [u8])> {
        let name = self.format.verification?;
        let value = headers.get(name)?;
        Some((name, value.as_bytes()))
    }

    /// The certificate and its chain.
    pub(super) fn read(&self, headers: &HeaderMap) -> Result<Chain, NoCert> {
        let mut sent = self
            .headers
            .iter()
            .filter(|name| headers.contains_key(*name));
        let Some(name) = sent.next() else {
            return Err(NoCert::HeaderAbsent(self.header().to_string()));
        };
        let value = single(headers, name)?.unwrap_or_default();
        let value = self.text(name, value)?;
        if value.is_empty() {
            return Err(NoCert::HeaderBlank(name.to_string()));
        }
        if let Some(none) = self.format.none.iter().find(|none| **none == value) {
            return Err(NoCert::HeaderSaysNone {
                header: name.to_string(),
                value: none,
            });
        }
        if let Some(second) = sent.next() {
            return Err(self.unfit(name, format!("{second} is there too")));
        }
        self.check_verification(headers)?;
        let mut ders = (self.format.read)(value, self.encoded)
            .map_err(|reason| self.unreadable(name, value, reason))?;
        let of_leaf = ders.len();
        let last = self.add_chain(headers, &mut ders)?.unwrap_or(name.clone());
        let besides = ders.len().saturating_sub(1);
        if besides > self.most {
            return Err(self.too_long(besides));
        }
        Chain::from_ders(ders.iter().map(Vec::as_slice)).map_err(|error| {
            let in_chain =
                matches!(error, ChainError::Certificate { index, .. } if index > of_leaf);
            let header = if in_chain { &last } else { name };
            self.unfit(header, error.to_string())
        })
    }

    /// The header with the person's certificate; where it may be one of several, the first.
    pub(super) fn header(&self) -> &HeaderName {
        &self.headers[0]
    }

    /// Whether there is no header with a certificate.
    pub(super) fn is_absent(&self, headers: &HeaderMap) -> bool {
        !self.headers.iter().any(|name| headers.contains_key(name))
    }

    fn too_long(&self, sent: usize) -> NoCert {
        NoCert::ChainTooLong {
            sent,
            most: self.most,
            format: self.format.name,
        }
    }

    fn check_verification(&self, headers: &HeaderMap) -> Result<(), NoCert> {
        let Some(header) = self.format.verification else {
            return Ok(());
        };
        if self.verification == ProxyVerification::Shown {
            return Ok(());
        }
        let value = single(headers, &HeaderName::from_static(header))?.unwrap_or_default();
        if value == b"SUCCESS" {
            return Ok(());
        }
        Err(NoCert::ProxyDidNotVerify {
            header,
            said: shortened(value),
            format: self.format.name,
        })
    }

    /// Adds the rest of the chain; gives the header that it ended in.
    fn add_chain(
        &self,
        headers: &HeaderMap,
        ders: &mut Ders,
    ) -> Result<Option<HeaderName>, NoCert> {
        let mut add = |name: &HeaderName, value: &str| {
            let more = (self.format.read_chain)(value)
                .map_err(|reason| self.unreadable(name, value, reason))?;
            ders.extend(more);
            Ok(Some(name.clone()))
        };
        match &self.chain {
            Chains::SameHeader => Ok(None),
            Chains::Header(name) => {
                let value = self.text(name, single(headers, name)?.unwrap_or_default())?;
                if value.is_empty() || self.format.none.contains(&value) {
                    return Ok(None);
                }
                add(name, value)
            }
            Chains::Lines(name) => {
                let lines = headers.get_all(name).iter();
                let lines: Vec<&str> = lines
                    .map(|line| self.text(name, line.as_bytes()))
                    .filter(|line| line.as_ref().map_or(true, |line| !line.is_empty()))
                    .collect::<Result<_, _>>()?;
                if lines.is_empty() {
                    return Ok(None);
                }
                add(name, &lines.join(", "))
            }
            Chains::Prefix(prefix) => {
                let mut last = None;
                for (name, value) in self.numbered(headers, prefix)? {
                    last = add(name, value)?;
                }
                Ok(last)
            }
        }
    }

    /// The headers `<prefix>_0`, `<prefix>_1` and so on that say something, in order and without a gap.
    fn numbered<'h>(
        &self,
        headers: &'h HeaderMap,
        prefix: &str,
    ) -> Result<Vec<(&'h HeaderName, &'h str)>, NoCert> {
        let mut sent = Vec::new();
        for name in headers.keys() {
            let Some(number) = number(prefix, name) else {
                continue;
            };
            let value = self.text(name, single(headers, name)?.unwrap_or_default())?;
            if !value.is_empty() && !self.format.none.contains(&value) {
                sent.push((number, name, value));
            }
        }
        if sent.len() > self.most {
            return Err(self.too_long(sent.len()));
        }
        sent.sort_by_key(|(number, ..)| *number);
        for (at, (number, name, _)) in sent.iter().enumerate() {
            if usize::from(*number) != at {
                return Err(self.unfit(name, format!("{prefix}_{at} is not there")));
            }
        }
        Ok(sent
            .into_iter()
            .map(|(_, name, value)| (name, value))
            .collect())
    }

    fn text<'v>(&self, name: &HeaderName, value: &'v [u8]) -> Result<&'v str, NoCert> {
        let is_text = value.iter().all(|byte| matches!(byte, b'\t' | 0x20..=0x7e));
        std::str::from_utf8(value)
            .ok()
            .filter(|_| is_text)
            .map(str::trim)
            .ok_or_else(|| self.unfit(name, "it is not plain text".to_owned()))
    }

    fn unfit(&self, name: &HeaderName, reason: String) -> NoCert {
        NoCert::NotACertificate {
            header: name.to_string(),
            format: self.format.name,
            reason,
        }
    }

    /// What is wrong with a value, and what it looks like instead.
    fn unreadable(&self, name: &HeaderName, value: &str, reason: String) -> NoCert {
        let reason = match recognise::looks_like(value) {
            Some(look) => format!("{reason}; it looks like {look}"),
            None => reason,
        };
        self.unfit(name, reason)
    }
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Reader({} in {})", self.format.name, self.place())
    }
}

/// The value of a header that may be there once.
fn single<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<Option<&'h [u8]>, NoCert> {
    let mut lines = headers.get_all(name).iter();
    let first = lines.next();
    if lines.next().is_some() {
        return Err(NoCert::SeveralHeaders(name.to_string()));
    }
    Ok(first.map(|line| line.as_bytes()))
}

/// The number behind a prefix and an underscore, in plain digits.
fn number(prefix: &str, name: &HeaderName) -> Option<u16> {
    let digits = name.as_str().strip_prefix(prefix)?.strip_prefix('_')?;
    let is_plain = digits.bytes().all(|digit| digit.is_ascii_digit())
        && (digits.len() == 1 || !digits.starts_with('0'));
    digits.parse().ok().filter(|_| is_plain)
}

/// What somebody says, fit for a line of text.
pub(super) fn shortened(value: &[u8]) -> String {
    String::from_utf8_lossy(value)
        .chars()
        .filter(|letter| !letter.is_control())
        .take(200)
        .collect()
}
