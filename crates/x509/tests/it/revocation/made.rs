//! Revocation lists and OCSP answers, written by hand and signed.

pub use crate::der::element as tlv;
use crate::made::{Party, key};
use rcgen::{KeyPair, SigningKey};

const ECDSA_SHA256: &[u8] = &[0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
pub const DISTRIBUTION_POINT: &[u8] = &[0x55, 0x1d, 0x1c];

pub fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, &parts.concat())
}

/// A name of one common name.
pub fn name(common: &str) -> Vec<u8> {
    let part = sequence(&[&[6, 3, 0x55, 4, 3], &tlv(0x0c, common.as_bytes())]);
    tlv(0x30, &tlv(0x31, &part))
}

pub fn time(text: &str) -> Vec<u8> {
    tlv(0x18, text.as_bytes())
}

pub fn extension(oid: &[u8], critical: bool, value: &[u8]) -> Vec<u8> {
    let critical: &[u8] = if critical { &[1, 1, 0xff] } else { &[] };
    sequence(&[&tlv(6, oid), critical, &tlv(4, value)])
}

pub fn number(number: u8) -> Vec<u8> {
    extension(&[0x55, 0x1d, 0x14], false, &[2, 1, number])
}

pub fn delta_to(base: u8) -> Vec<u8> {
    extension(&[0x55, 0x1d, 0x1b], true, &[2, 1, base])
}

/// An issuing distribution point of these fields.
pub fn of_point(fields: &[&[u8]]) -> Vec<u8> {
    extension(DISTRIBUTION_POINT, true, &sequence(fields))
}

/// `DistributionPointName` of one URI.
pub fn at_uri(uri: &str) -> Vec<u8> {
    tlv(0xa0, &tlv(0xa0, &tlv(0x86, uri.as_bytes())))
}

/// An entry of a list.
pub fn entry(serial: &[u8], extensions: &[Vec<u8>]) -> Vec<u8> {
    let extensions = match extensions.is_empty() {
        true => Vec::new(),
        false => tlv(0x30, &extensions.concat()),
    };
    sequence(&[&tlv(2, serial), &time("20260501000000Z"), &extensions])
}

pub fn reason(number: u8) -> Vec<u8> {
    extension(&[0x55, 0x1d, 0x15], false, &[0x0a, 1, number])
}

pub fn of_issuer(common: &str) -> Vec<u8> {
    let names = tlv(0x30, &tlv(0xa4, &name(common)));
    extension(&[0x55, 0x1d, 0x1d], true, &names)
}

/// The serial number of a certificate as DER has it.
pub fn serial(party: &Party) -> Vec<u8> {
    let hex = party.certificate.serial_hex();
    let pairs = hex.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// A list that is current at the tests' instant.
#[derive(Clone)]
pub struct List {
    pub version: Option<u8>,
    pub algorithm: Vec<u8>,
    pub issuer: Vec<u8>,
    pub this_update: Vec<u8>,
    pub next_update: Vec<u8>,
    pub entries: Vec<Vec<u8>>,
    pub extensions: Vec<Vec<u8>>,
}

impl List {
    pub fn of(issuer: &str) -> Self {
        Self {
            version: Some(1),
            algorithm: ECDSA_SHA256.to_vec(),
            issuer: name(issuer),
            this_update: time("20260525000000Z"),
            next_update: time("20260608000000Z"),
            entries: Vec::new(),
            extensions: vec![number(5)],
        }
    }

    pub fn numbered(mut self, to: u8) -> Self {
        self.extensions[0] = number(to);
        self
    }

    pub fn made(mut self, this: &str, next: &str) -> Self {
        self.this_update = time(this);
        self.next_update = match next {
            "" => Vec::new(),
            next => time(next),
        };
        self
    }

    pub fn with(mut self, extension: Vec<u8>) -> Self {
        self.extensions.push(extension);
        self
    }

    pub fn listing(mut self, serial: &[u8], extensions: &[Vec<u8>]) -> Self {
        self.entries.push(entry(serial, extensions));
        self
    }

    pub fn signed(&self, key: &KeyPair) -> Vec<u8> {
        let version = self
            .version
            .map_or(Vec::new(), |version| vec![2, 1, version]);
        let entries = match self.entries.is_empty() {
            true => Vec::new(),
            false => tlv(0x30, &self.entries.concat()),
        };
        let extensions = match self.extensions.is_empty() {
            true => Vec::new(),
            false => tlv(0xa0, &tlv(0x30, &self.extensions.concat())),
        };
        let signed = sequence(&[
            &version,
            &self.algorithm,
            &self.issuer,
            &self.this_update,
            &self.next_update,
            &entries,
            &extensions,
        ]);
        seal(&signed, key, &[])
    }

    pub fn by(&self, party: &Party) -> Vec<u8> {
        self.signed(party.issuer.key())
    }

    /// By a key that nobody knows.
    pub fn forged(&self) -> Vec<u8> {
        self.signed(&key())
    }
}

/// What is signed, with its signature behind it.
fn seal(signed: &[u8], key: &KeyPair, behind: &[u8]) -> Vec<u8> {
    let signature = [&[0], key.sign(signed).unwrap().as_slice()].concat();
    sequence(&[signed, ECDSA_SHA256, &tlv(3, &signature), behind])
}

/// What an answer tells of one certificate, current at the tests' instant.
pub struct Answer<'a> {
    /// `CertID`, whole.
    pub id: Vec<u8>,
    pub status: Vec<u8>,
    pub this_update: &'a str,
    pub next_update: Option<&'a str>,
    pub single_extensions: Vec<Vec<u8>>,
    pub extensions: Vec<Vec<u8>>,
}

pub const GOOD: &[u8] = &[0x80, 0];
pub const UNKNOWN: &[u8] = &[0x82, 0];

impl Answer<'_> {
    /// Of the certificate that is named in a request (DER).
    pub fn to(request: &[u8], status: &[u8]) -> Self {
        // OCSPRequest, TBSRequest, requestList, Request, CertID: each the first thing in the other.
        let id = (0..4).fold(request, |der, _| inside(der));
        Self {
            id: first(id).to_vec(),
            status: status.to_vec(),
            this_update: "20260531000000Z",
            next_update: Some("20260602000000Z"),
            single_extensions: Vec::new(),
            extensions: Vec::new(),
        }
    }

    /// Signed by this key in this name, with certificates to help.
    pub fn by(&self, common: &str, key: &KeyPair, helpers: &[&Party]) -> Vec<u8> {
        let listed = |tag, extensions: &[Vec<u8>]| match extensions.is_empty() {
            true => Vec::new(),
            false => tlv(tag, &tlv(0x30, &extensions.concat())),
        };
        let next = self.next_update.map(|next| tlv(0xa0, &time(next)));
        let single = sequence(&[
            &self.id,
            &self.status,
            &time(self.this_update),
            &next.unwrap_or_default(),
            &listed(0xa1, &self.single_extensions),
        ]);
        let data = sequence(&[
            &tlv(0xa1, &name(common)),
            &time("20260531000000Z"),
            &tlv(0x30, &single),
            &listed(0xa1, &self.extensions),
        ]);
        let helpers: Vec<u8> = helpers
            .iter()
            .flat_map(|helper| helper.certificate.der().to_vec())
            .collect();
        let basic = seal(&data, key, &tlv(0xa0, &tlv(0x30, &helpers)));
        let oid = tlv(6, &[0x2b, 6, 1, 5, 5, 7, 0x30, 1, 1]);
        let bytes = sequence(&[&oid, &tlv(4, &basic)]);
        sequence(&[&[0x0a, 1, 0], &tlv(0xa0, &bytes)])
    }
}

/// The body of the first element.
fn inside(der: &[u8]) -> &[u8] {
    match der[1] {
        0x81 => &der[3..],
        0x82 => &der[4..],
        _ => &der[2..],
    }
}

fn first(der: &[u8]) -> &[u8] {
    let head = der.len() - inside(der).len();
    let length = match der[1] {
        0x81 => usize::from(der[2]),
        0x82 => usize::from(der[2]) * 256 + usize::from(der[3]),
        short => usize::from(short),
    };
    &der[..head + length]
}
