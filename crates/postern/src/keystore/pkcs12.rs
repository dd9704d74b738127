//! PKCS #12 (RFC 7292).

use super::KeyStoreError::{self, Damaged, NoPassword, OldCipher, OtherKind, Password, TooLarge};
use super::der::{BMP_STRING, Elements, IMPLICIT_ZERO, OCTETS, OID, SEQUENCE, SET, ZERO};
use super::password::{Hash, is_mac_of, mac_key, open, rounds, wide};
use super::{Held, Key, KeyStore, MAX_ENTRIES, Wanted, oid};
use aws_lc_rs::hmac;
use std::borrow::Cow;
use zeroize::Zeroizing;

/// Bags in bags, at the most.
const DEEPEST: usize = 4;
const BROKEN: KeyStoreError = Damaged("it is not as PKCS #12 says");

pub(super) fn read(
    bytes: &[u8],
    password: Option<&str>,
    wanted: Wanted,
) -> Result<KeyStore, KeyStoreError> {
    let mut store = Elements::of(bytes).enter(SEQUENCE).ok_or(BROKEN)?;
    if store.peek() == Some(SEQUENCE) {
        return Err(OtherKind("BCFKS"));
    }
    if store.number() != Some(3) {
        return Err(BROKEN);
    }
    let safe = content(store.enter(SEQUENCE).ok_or(BROKEN)?, oid::DATA)?;
    let opened = match store.enter(SEQUENCE) {
        None => password,
        Some(mac) => match (
            password,
            is_proven(mac, &safe, password.unwrap_or_default())?,
        ) {
            (_, true) => Some(password.unwrap_or_default()),
            (Some(_), false) => return Err(Password),
            // Whoever gives no password wants what lies open.
            (None, false) => None,
        },
    };
    let mut reading = Reading {
        password: opened,
        wanted,
        store: KeyStore::default(),
        names: Vec::new(),
        key_ids: Vec::new(),
    };
    let mut parts = Elements::of(&safe).enter(SEQUENCE).ok_or(BROKEN)?;
    while !parts.is_empty() {
        reading.part(parts.enter(SEQUENCE).ok_or(BROKEN)?)?;
    }
    Ok(reading.done())
}

/// The contents of a `ContentInfo` of this type.
fn content<'a>(mut info: Elements<'a>, wanted: &[u8]) -> Result<Cow<'a, [u8]>, KeyStoreError> {
    if info.take(OID) != Some(wanted) {
        return Err(Damaged("it is protected by a key instead of a password"));
    }
    let mut inner = info.enter(ZERO).ok_or(BROKEN)?;
    inner.octets(OCTETS).ok_or(BROKEN)
}

/// Whether the password is the one by which the contents were sealed (`MacData`).
fn is_proven(mut mac: Elements<'_>, safe: &[u8], password: &str) -> Result<bool, KeyStoreError> {
    let mut info = mac.enter(SEQUENCE).ok_or(BROKEN)?;
    let mut algorithm = info.enter(SEQUENCE).ok_or(BROKEN)?;
    let proof = info.octets(OCTETS).ok_or(BROKEN)?;
    let kind = algorithm.take(OID).ok_or(BROKEN)?;
    if kind == oid::PBMAC1 {
        let told = algorithm.enter(SEQUENCE).ok_or(BROKEN)?;
        return is_mac_of(told, password, safe, &proof);
    }
    let hash = Hash::of(kind).ok_or(OldCipher("a hash that is not served"))?;
    let salt = mac.octets(OCTETS).ok_or(BROKEN)?;
    let rounds = rounds(if mac.is_empty() {
        1
    } else {
        mac.number().ok_or(BROKEN)?
    })?;
    let proves = |wide: &[u8]| {
        let key = hmac::Key::new(hash.hmac(), &mac_key(hash, wide, &salt, rounds));
        hmac::verify(&key, safe, &proof).is_ok()
    };
    // No password is written in two ways.
    Ok(proves(&wide(password)) || (password.is_empty() && proves(&[])))
}

struct Reading<'p> {
    password: Option<&'p str>,
    wanted: Wanted,
    store: KeyStore,
    /// Of each certificate, whether it has a name of its own, and the identifier that it shares with its key.
    names: Vec<(bool, Option<Vec<u8>>)>,
    /// Of each key, likewise.
    key_ids: Vec<Option<Vec<u8>>>,
}

impl Reading<'_> {
    /// One part of the store, in the open or under the password.
    fn part(&mut self, mut info: Elements<'_>) -> Result<(), KeyStoreError> {
        let kind = info.clone().take(OID).ok_or(BROKEN)?;
        if kind != oid::ENCRYPTED_DATA {
            return self.bags(&content(info, oid::DATA)?, DEEPEST);
        }
        info.take(OID);
        let mut inner = info.enter(ZERO).ok_or(BROKEN)?;
        let mut data = inner.enter(SEQUENCE).ok_or(BROKEN)?;
        data.number().ok_or(BROKEN)?;
        let mut sealed = data.enter(SEQUENCE).ok_or(BROKEN)?;
        sealed.take(OID).ok_or(BROKEN)?;
        let algorithm = sealed.enter(SEQUENCE).ok_or(BROKEN)?;
        let bytes = sealed.octets(IMPLICIT_ZERO).ok_or(BROKEN)?;
        let plain = self.open(algorithm, &bytes)?;
        self.bags(&plain, DEEPEST)
    }

    fn open(
        &self,
        algorithm: Elements<'_>,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, KeyStoreError> {
        let opened = open(algorithm, sealed, self.password.unwrap_or_default());
        match opened {
            Err(Password) if self.password.is_none() => Err(NoPassword),
            other => other,
        }
    }

    fn bags(&mut self, bytes: &[u8], depth: usize) -> Result<(), KeyStoreError> {
        let mut bags = Elements::of(bytes)
            .enter(SEQUENCE)
            .ok_or(match self.password {
                // What was opened with a wrong key may look as if it had been opened.
                Some(_) => Password,
                None => BROKEN,
            })?;
        while !bags.is_empty() {
            if self.store.keys.len() + self.store.certificates.len() >= MAX_ENTRIES {
                return Err(TooLarge);
            }
            self.bag(bags.enter(SEQUENCE).ok_or(BROKEN)?, depth)?;
        }
        Ok(())
    }

    fn bag(&mut self, mut bag: Elements<'_>, depth: usize) -> Result<(), KeyStoreError> {
        let kind = bag.take(OID).ok_or(BROKEN)?;
        let value = bag.take(ZERO).ok_or(BROKEN)?;
        let (name, id) = attributes(bag.enter(SET));
        let mut inner = Elements::of(value);
        match kind {
            oid::KEY_BAG | oid::SHROUDED_KEY_BAG if self.wanted == Wanted::Certificates => {}
            oid::KEY_BAG => self.key(name, id, Zeroizing::new(value.to_vec())),
            oid::SHROUDED_KEY_BAG => {
                let mut sealed = inner.enter(SEQUENCE).ok_or(BROKEN)?;
                let algorithm = sealed.enter(SEQUENCE).ok_or(BROKEN)?;
                let bytes = sealed.octets(OCTETS).ok_or(BROKEN)?;
                let plain = self.open(algorithm, &bytes)?;
                if !is_key(&plain) {
                    return Err(Password);
                }
                self.key(name, id, plain);
            }
            oid::CERTIFICATE_BAG => {
                let mut held = inner.enter(SEQUENCE).ok_or(BROKEN)?;
                if held.take(OID) == Some(oid::X509_CERTIFICATE) {
                    let mut inner = held.enter(ZERO).ok_or(BROKEN)?;
                    let der = inner.octets(OCTETS).ok_or(BROKEN)?.into_owned();
                    self.names.push((name.is_some(), id));
                    let alias = name.unwrap_or_default();
                    self.store.certificates.push(Held { alias, der });
                }
            }
            oid::NESTED_BAG => {
                let depth = depth.checked_sub(1).ok_or(BROKEN)?;
                self.bags(value, depth)?;
            }
            // Revocation lists and secrets are nothing to us.
            _ => {}
        }
        Ok(())
    }

    fn key(&mut self, name: Option<String>, id: Option<Vec<u8>>, der: Zeroizing<Vec<u8>>) {
        let alias = name.unwrap_or_default();
        self.key_ids.push(id);
        self.store.keys.push(Key { alias, der });
    }

    /// Lends certificates without a name that of their key.
    fn done(mut self) -> KeyStore {
        let certificates = self.store.certificates.iter_mut().zip(&self.names);
        for (certificate, (named, id)) in certificates {
            if *named || id.is_none() {
                continue;
            }
            if let Some(at) = self.key_ids.iter().position(|key| key == id) {
                certificate.alias.clone_from(&self.store.keys[at].alias);
            }
        }
        self.store
    }
}

/// Whether it looks like a key (PKCS #8): what a wrong password opens may be padded as it should be.
fn is_key(plain: &[u8]) -> bool {
    let mut whole = Elements::of(plain);
    let inner = whole.enter(SEQUENCE);
    whole.is_empty() && inner.is_some_and(|mut inner| inner.number().is_some())
}

/// An entry's name and the identifier of its key.
fn attributes(set: Option<Elements<'_>>) -> (Option<String>, Option<Vec<u8>>) {
    let (mut name, mut id) = (None, None);
    let Some(mut set) = set else {
        return (name, id);
    };
    while let Some(mut attribute) = set.enter(SEQUENCE) {
        let kind = attribute.take(OID);
        let Some(mut values) = attribute.enter(SET) else {
            continue;
        };
        if kind == Some(oid::FRIENDLY_NAME) {
            let letters = values.take(BMP_STRING).unwrap_or_default().chunks_exact(2);
            let letters: Vec<u16> = letters
                .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
                .collect();
            name = Some(String::from_utf16_lossy(&letters)).filter(|name| !name.is_empty());
        } else if kind == Some(oid::LOCAL_KEY_ID) {
            id = values.octets(OCTETS).map(Cow::into_owned);
        }
    }
    (name, id)
}
