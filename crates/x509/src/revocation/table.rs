//! The serial numbers of a list: records one behind the other, and a table with open addressing that finds them.

use crate::revocation::reason::Reason;
use std::hash::{BuildHasher, RandomState};

/// What a list says of one certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Since when, epoch seconds.
    pub at: i64,
    /// Why.
    pub reason: Reason,
}

/// A record is its issuer's number (2 bytes), the instant (4), the reason (1), the serial number's length (1) and bytes. 1,000,000
/// serial numbers of 20 bytes take 28 MB, and the table 12 MB. Places are drawn by a keyed hash, so that nobody can choose serial
/// numbers that fall upon each other.
#[derive(Debug, Default)]
pub(super) struct Table {
    records: Vec<u8>,
    places: Vec<Place>,
    hash: RandomState,
    entries: usize,
}

/// Where a record begins, plus one, in the lower half; a part of its hash in the upper, so that a look-up visits hardly any record but its
/// own. Memory is slow: a visit costs more than all the rest.
#[derive(Clone, Copy, Debug)]
struct Place(u64);

impl Place {
    const FREE: Self = Self(0);

    /// `at` is below 2³² - 1: [`Table::add`] sees to it.
    fn of(mark: u32, at: usize) -> Self {
        Self(u64::from(mark) << 32 | (at as u64 + 1))
    }

    fn mark(self) -> u32 {
        u32::try_from(self.0 >> 32).unwrap_or_default()
    }

    fn record(self) -> Option<usize> {
        let at = usize::try_from(self.0 & u64::from(u32::MAX)).unwrap_or_default();
        at.checked_sub(1)
    }
}

const HEAD: usize = 8;
/// A serial number of more bytes is nobody's (RFC 5280 §4.1.2.2 allows 20).
pub(super) const MAX_SERIAL: usize = 64;

impl Table {
    /// Room for the records of a list of so many bytes: half of it are dates and tags.
    pub fn for_bytes(bytes: usize) -> Self {
        Self {
            records: Vec::with_capacity(bytes / 2),
            ..Self::default()
        }
    }

    /// Puts a record behind the others; [`Self::finish`] makes it findable.
    pub fn add(&mut self, issuer: u16, serial: &[u8], entry: Entry) -> Option<()> {
        let length = u8::try_from(serial.len()).ok()?;
        // Before 1970 and after 2106 are as good as at the border: the instant is told and never compared.
        let at = u32::try_from(entry.at.max(0)).unwrap_or(u32::MAX);
        self.records.extend(issuer.to_be_bytes());
        self.records.extend(at.to_be_bytes());
        self.records.push(entry.reason as u8);
        self.records.push(length);
        self.records.extend(serial);
        u32::try_from(self.records.len()).ok()?;
        self.entries += 1;
        Some(())
    }

    /// Builds the table. Of several records for one certificate the first that revokes it counts.
    pub fn finish(&mut self) {
        self.records.shrink_to_fit();
        self.places = vec![Place::FREE; self.entries + self.entries / 2 + 1];
        let (mut at, mut entries) = (0, 0);
        while let Some((issuer, serial, entry)) = self.record(at) {
            let next = at + HEAD + serial.len();
            let (place, mark) = self.place(issuer, serial);
            let is_better = match self.places[place].record() {
                None => {
                    entries += 1;
                    true
                }
                Some(known) => {
                    let known = self.record(known).map(|(.., known)| known.reason);
                    entry.reason != Reason::RemoveFromList && known == Some(Reason::RemoveFromList)
                }
            };
            if is_better {
                self.places[place] = Place::of(mark, at);
            }
            at = next;
        }
        self.entries = entries;
    }

    pub fn find(&self, issuer: u16, serial: &[u8]) -> Option<Entry> {
        if self.places.is_empty() {
            return None;
        }
        let (place, _) = self.place(issuer, serial);
        let record = self.record(self.places[place].record()?);
        record.map(|(.., entry)| entry)
    }

    /// How many certificates it tells of.
    pub fn len(&self) -> usize {
        self.entries
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.records.capacity() + self.places.capacity() * size_of::<Place>()
    }

    /// Where the record of this certificate is, or would be, and its mark. There is always a free place, so it ends.
    fn place(&self, issuer: u16, serial: &[u8]) -> (usize, u32) {
        let hash = self.hash.hash_one((issuer, serial));
        let places = self.places.len();
        // The place is drawn by the upper bits, the mark is the lower ones.
        let mut place =
            usize::try_from((u128::from(hash) * places as u128) >> 64).unwrap_or_default();
        let mark = u32::try_from(hash & u64::from(u32::MAX)).unwrap_or_default();
        loop {
            match self.places[place].record() {
                None => return (place, mark),
                Some(known) if self.places[place].mark() == mark => {
                    let known = self.record(known);
                    if known.is_some_and(|(at, bytes, _)| at == issuer && bytes == serial) {
                        return (place, mark);
                    }
                }
                Some(_) => {}
            }
            place = if place + 1 == places { 0 } else { place + 1 };
        }
    }

    fn record(&self, at: usize) -> Option<(u16, &[u8], Entry)> {
        let (head, rest) = self.records.get(at..)?.split_first_chunk::<HEAD>()?;
        let [i0, i1, t0, t1, t2, t3, reason, length] = *head;
        let entry = Entry {
            at: i64::from(u32::from_be_bytes([t0, t1, t2, t3])),
            reason: REASONS.get(usize::from(reason)).copied()?,
        };
        let serial = rest.get(..usize::from(length))?;
        Some((u16::from_be_bytes([i0, i1]), serial, entry))
    }
}

/// By their place in [`Reason`].
const REASONS: [Reason; 10] = [
    Reason::Unspecified,
    Reason::KeyCompromise,
    Reason::AuthorityCompromise,
    Reason::AffiliationChanged,
    Reason::Superseded,
    Reason::CessationOfOperation,
    Reason::CertificateHold,
    Reason::RemoveFromList,
    Reason::PrivilegeWithdrawn,
    Reason::AttributeAuthorityCompromise,
];

#[cfg(test)]
mod tests {
    use super::{Entry, REASONS, Table};
    use crate::revocation::reason::Reason;

    #[test]
    fn every_record_is_found_and_nothing_else() {
        let mut table = Table::for_bytes(0);
        for number in 0..10_000u32 {
            let reason = REASONS[number as usize % 7];
            let at = i64::from(number);
            let serial = &number.to_be_bytes()[..];
            table
                .add((number % 3) as u16, serial, Entry { at, reason })
                .unwrap();
        }
        table.finish();
        assert_eq!(table.len(), 10_000);
        for number in 0..20_000u32 {
            for issuer in 0..3u16 {
                let found = table.find(issuer, &number.to_be_bytes());
                let expected = (number < 10_000 && (number % 3) as u16 == issuer).then(|| Entry {
                    at: i64::from(number),
                    reason: REASONS[number as usize % 7],
                });
                assert_eq!(found, expected, "{number} of {issuer}");
            }
        }
        assert_eq!(table.find(0, &[]), None);
    }

    #[test]
    fn a_million_times_the_same_certificate_is_one_record_and_no_long_work() {
        let mut table = Table::for_bytes(0);
        let entry = |at, reason| Entry { at, reason };
        table
            .add(0, &[7], entry(1, Reason::RemoveFromList))
            .unwrap();
        for at in 2..1_000_000 {
            table.add(0, &[7], entry(at, Reason::Superseded)).unwrap();
        }
        table.finish();
        assert_eq!(table.len(), 1);
        assert_eq!(table.find(0, &[7]), Some(entry(2, Reason::Superseded)));
    }

    #[test]
    fn an_empty_table_finds_nothing() {
        let mut table = Table::default();
        assert_eq!(table.find(0, &[1]), None);
        table.finish();
        assert_eq!(table.find(0, &[1]), None);
    }
}
