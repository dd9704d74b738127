use crate::revocation::der::{INTEGER, Reader};
use crate::revocation::table::MAX_SERIAL;

/// A list's number: not negative, so that more bytes are more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Number(Vec<u8>);

impl Number {
    pub fn read(value: &[u8]) -> Option<Self> {
        let mut value = Reader::new(value);
        let number = value.take(INTEGER)?;
        if !value.is_empty() || number.len() > MAX_SERIAL || *number.first()? >= 0x80 {
            return None;
        }
        let start = number.iter().take_while(|byte| **byte == 0).count();
        Some(Self(number[start..].to_vec()))
    }

    pub fn key(&self) -> (usize, &[u8]) {
        (self.0.len(), &self.0)
    }

    pub fn decimal(&self) -> String {
        crate::serial::decimal(&[&[0], self.0.as_slice()].concat())
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
