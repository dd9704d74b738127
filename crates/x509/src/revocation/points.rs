//! Distribution points of certificates and of lists (RFC 5280 §4.2.1.13, §5.2.5), and whom a certificate says to ask.

use crate::Certificate;
use crate::name::NameKey;
use crate::revocation::der::{OBJECT_ID, Reader, SEQUENCE, extension, name, name_below};
use crate::revocation::reason::Reasons;
use crate::serial::hex;

const DISTRIBUTION_POINTS: &[u8] = &[0x55, 0x1d, 0x1f];
const FRESHEST: &[u8] = &[0x55, 0x1d, 0x2e];
const AUTHORITY_ACCESS: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 1, 1];
const OCSP: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 0x30, 1];
const URI: u8 = 0x86;
const DIRECTORY: u8 = 0xa4;

/// Points of one certificate and names of one point; what is beyond is not looked at.
const MAX_POINTS: usize = 16;
const MAX_URLS: usize = 8;

/// A name of a distribution point, in a form that compares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PointName {
    Uri(String),
    Directory(NameKey),
    /// Tag and bytes in hex.
    Other(String),
}

/// One distribution point that a certificate names.
pub(super) struct Point {
    /// Where its lists are; `None` when it does not say.
    pub names: Option<Vec<PointName>>,
    pub reasons: Reasons,
    /// Who signs its lists; empty when that is the issuer of the certificate.
    pub issuers: Vec<NameKey>,
}

impl Certificate {
    /// Where it says that its revocation lists are: `http` and `https` alone, eight at the most. Nothing is fetched here.
    pub fn distribution_points(&self) -> Vec<String> {
        self.point_urls(DISTRIBUTION_POINTS)
    }

    /// Where it says that its delta lists are, likewise.
    pub fn freshest_points(&self) -> Vec<String> {
        self.point_urls(FRESHEST)
    }

    /// Which OCSP responders it says to ask, likewise.
    pub fn ocsp_responders(&self) -> Vec<String> {
        let read = || {
            let mut urls = Vec::new();
            let mut list = Reader::of(extension_value(self, AUTHORITY_ACCESS)?, SEQUENCE)?;
            while !list.is_empty() {
                let mut access = Reader::new(list.take(SEQUENCE)?);
                let method = access.take(OBJECT_ID)?;
                let place = access.any()?;
                if method == OCSP && place.tag == URI {
                    urls.extend(web_url(place.body));
                }
            }
            Some(urls)
        };
        first_urls(read().unwrap_or_default())
    }

    fn point_urls(&self, oid: &[u8]) -> Vec<String> {
        let points =
            extension_value(self, oid).and_then(|value| read_points(value, &self.issuer_name));
        let names = points
            .into_iter()
            .flatten()
            .filter_map(|point| point.names)
            .flatten();
        first_urls(names.filter_map(|name| name.web_url()).collect())
    }
}

impl PointName {
    pub fn web_url(&self) -> Option<String> {
        match self {
            Self::Uri(uri) => web_url(uri.as_bytes()),
            Self::Directory(_) | Self::Other(_) => None,
        }
    }
}

fn web_url(bytes: &[u8]) -> Option<String> {
    let url = std::str::from_utf8(bytes).ok()?;
    let is_web = ["http://", "https://"].iter().any(|scheme| {
        url.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    });
    let is_plain = url.len() <= 2048 && url.bytes().all(|byte| byte.is_ascii_graphic());
    (is_web && is_plain).then(|| url.to_owned())
}

fn first_urls(urls: Vec<String>) -> Vec<String> {
    let mut first: Vec<String> = Vec::new();
    for url in urls {
        if first.len() < MAX_URLS && !first.contains(&url) {
            first.push(url);
        }
    }
    first
}

/// The distribution points that a certificate names; `None` when they can't be read.
pub(super) fn of(certificate: &Certificate) -> Option<Vec<Point>> {
    match extension_value(certificate, DISTRIBUTION_POINTS) {
        Some(value) => read_points(value, &certificate.issuer_name),
        None => Some(Vec::new()),
    }
}

/// The value of one of a certificate's extensions.
pub(super) fn extension_value<'a>(certificate: &'a Certificate, oid: &[u8]) -> Option<&'a [u8]> {
    let mut outer = Reader::of(&certificate.der, SEQUENCE)?;
    let mut signed = Reader::new(outer.take(SEQUENCE)?);
    while !signed.is_empty() {
        let element = signed.any()?;
        if element.tag != 0xa3 {
            continue;
        }
        let mut list = Reader::of(element.body, SEQUENCE)?;
        while !list.is_empty() {
            let found = extension(&mut list)?;
            if found.oid == oid {
                return Some(found.value);
            }
        }
    }
    None
}

/// `CRLDistributionPoints`, in a certificate of this issuer.
pub(super) fn read_points(value: &[u8], issuer: &NameKey) -> Option<Vec<Point>> {
    let mut list = Reader::of(value, SEQUENCE)?;
    let mut points = Vec::new();
    while !list.is_empty() && points.len() < MAX_POINTS {
        let mut fields = Reader::new(list.take(SEQUENCE)?);
        let name = fields.maybe(0xa0)?;
        let reasons = fields
            .maybe(0x81)?
            .map_or(Some(Reasons::ALL), Reasons::read)?;
        let issuers: Vec<NameKey> = match fields.maybe(0xa2)? {
            Some(names) => general_names(names)?
                .into_iter()
                .filter_map(|name| match name {
                    PointName::Directory(name) => Some(name),
                    PointName::Uri(_) | PointName::Other(_) => None,
                })
                .collect(),
            None => Vec::new(),
        };
        if !fields.is_empty() {
            return None;
        }
        let base = issuers.first().unwrap_or(issuer);
        let names = match name {
            Some(name) => Some(point_name(name, base)?),
            None => None,
        };
        points.push(Point {
            names,
            reasons,
            issuers,
        });
    }
    Some(points)
}

/// `DistributionPointName`; one that is relative is completed by `base`.
pub(super) fn point_name(body: &[u8], base: &NameKey) -> Option<Vec<PointName>> {
    let mut choice = Reader::new(body);
    let element = choice.any()?;
    if !choice.is_empty() {
        return None;
    }
    match element.tag {
        0xa0 => general_names(element.body),
        0xa1 => Some(vec![PointName::Directory(name_below(element.body, base)?)]),
        _ => None,
    }
}

/// The body of `GeneralNames`; what is beyond the bound is not looked at.
pub(super) fn general_names(body: &[u8]) -> Option<Vec<PointName>> {
    let mut list = Reader::new(body);
    let mut read = Vec::new();
    while !list.is_empty() && read.len() < MAX_POINTS {
        let found = list.any()?;
        read.push(match found.tag {
            URI => PointName::Uri(String::from_utf8(found.body.to_vec()).ok()?),
            DIRECTORY => PointName::Directory(NameKey::of(&name(found.body)?)),
            _ => PointName::Other(hex(found.whole)),
        });
    }
    Some(read)
}
