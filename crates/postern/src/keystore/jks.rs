//! JKS, Java's format of old: entries one after another, keys hidden by a stream of SHA-1, and a SHA-1 over all of it.

use super::KeyStoreError::{self, Damaged, KeyPassword, NoPassword, Password, TooLarge};
use super::der::{Elements, OCTETS, OID, SEQUENCE};
use super::{Held, Key, KeyStore, MAX_ENTRIES, Wanted, oid};
use aws_lc_rs::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY, SHA1_OUTPUT_LEN};
use zeroize::Zeroizing;

const BROKEN: KeyStoreError = Damaged("it is not as JKS says");
/// Java's salt for the integrity check.
const WHITENER: &[u8] = b"Mighty Aphrodite";
const KEY: u32 = 1;
const CERTIFICATE: u32 = 2;

pub(super) fn read(
    bytes: &[u8],
    password: Option<&str>,
    wanted: Wanted,
) -> Result<KeyStore, KeyStoreError> {
    let length = bytes.len().checked_sub(SHA1_OUTPUT_LEN).ok_or(BROKEN)?;
    let (body, proof) = bytes.split_at(length);
    let password = password.map(wide);
    if let Some(password) = &password
        && sha1(&[password, WHITENER, body]) != proof
    {
        return Err(Password);
    }
    let mut rest = Rest(body.get(4..).ok_or(BROKEN)?);
    let version = rest.number()?;
    if !matches!(version, 1 | 2) {
        return Err(Damaged("a version of JKS that does not exist"));
    }
    let mut store = KeyStore::default();
    for _ in 0..rest.number()? {
        if store.keys.len() + store.certificates.len() >= MAX_ENTRIES {
            return Err(TooLarge);
        }
        let kind = rest.number()?;
        let alias = rest.text()?;
        rest.take(8)?; // when it was made
        match kind {
            KEY => {
                let sealed = rest.bytes()?;
                for _ in 0..rest.number()? {
                    let der = rest.certificate(version)?;
                    let alias = alias.clone();
                    store.certificates.push(Held { alias, der });
                    if store.certificates.len() > MAX_ENTRIES {
                        return Err(TooLarge);
                    }
                }
                if wanted == Wanted::Certificates {
                    continue;
                }
                let password = password.as_ref().ok_or(NoPassword)?;
                let der = open(sealed, password, &alias)?;
                store.keys.push(Key { alias, der });
            }
            CERTIFICATE => {
                let der = rest.certificate(version)?;
                store.certificates.push(Held { alias, der });
            }
            _ => return Err(BROKEN),
        }
    }
    if !rest.0.is_empty() {
        return Err(BROKEN);
    }
    Ok(store)
}

/// A password as JKS hashes it: UTF-16.
fn wide(password: &str) -> Zeroizing<Vec<u8>> {
    let letters = password.encode_utf16();
    Zeroizing::new(letters.flat_map(u16::to_be_bytes).collect())
}

fn sha1(parts: &[&[u8]]) -> Vec<u8> {
    let mut context = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
    parts.iter().for_each(|part| context.update(part));
    context.finish().as_ref().to_vec()
}

/// Opens a key: salt, hidden bytes, and a SHA-1 that tells whether the password was right.
fn open(sealed: &[u8], password: &[u8], alias: &str) -> Result<Zeroizing<Vec<u8>>, KeyStoreError> {
    let mut info = Elements::of(sealed).enter(SEQUENCE).ok_or(BROKEN)?;
    let mut algorithm = info.enter(SEQUENCE).ok_or(BROKEN)?;
    if algorithm.take(OID) != Some(oid::SUN_JKS_KEY) {
        return Err(Damaged("a key that is not protected as JKS says"));
    }
    let bytes = info.octets(OCTETS).ok_or(BROKEN)?;
    let (salt, rest) = bytes.split_at_checked(SHA1_OUTPUT_LEN).ok_or(BROKEN)?;
    let length = rest.len().checked_sub(SHA1_OUTPUT_LEN).ok_or(BROKEN)?;
    let (hidden, proof) = rest.split_at(length);
    let mut stream = salt.to_vec();
    let mut plain = Zeroizing::new(Vec::with_capacity(hidden.len()));
    for chunk in hidden.chunks(SHA1_OUTPUT_LEN) {
        stream = sha1(&[password, &stream]);
        plain.extend(chunk.iter().zip(&stream).map(|(byte, key)| byte ^ key));
    }
    if sha1(&[password, &plain]) != proof {
        return Err(KeyPassword(alias.to_owned()));
    }
    Ok(plain)
}

struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], KeyStoreError> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(BROKEN)?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u32, KeyStoreError> {
        let digits = self.take(4)?.try_into().map_err(|_| BROKEN)?;
        Ok(u32::from_be_bytes(digits))
    }

    fn bytes(&mut self) -> Result<&'a [u8], KeyStoreError> {
        let length = self.number()?;
        self.take(usize::try_from(length).map_err(|_| BROKEN)?)
    }

    /// Java's own UTF-8, which differs in letters that no name has.
    fn text(&mut self) -> Result<String, KeyStoreError> {
        let length: [u8; 2] = self.take(2)?.try_into().map_err(|_| BROKEN)?;
        let bytes = self.take(usize::from(u16::from_be_bytes(length)))?;
        Ok(String::from_utf8_lossy(bytes).into_owned())
    }

    fn certificate(&mut self, version: u32) -> Result<Vec<u8>, KeyStoreError> {
        if version == 2 && self.text()? != "X.509" {
            return Err(Damaged("a certificate that is not X.509"));
        }
        self.bytes().map(<[u8]>::to_vec)
    }
}
