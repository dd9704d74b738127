//! RFC 9440: `Client-Cert: :MIIB…:` and `Client-Cert-Chain: :MIIC…:, :MIID…:`
//!
//! Structured fields (RFC 9651): a byte sequence of DER, and a list of them without the person's, which may stand on several lines.

use super::encoding::{Ders, base64};
use super::{ChainIn, Format};
use sfv::{BareItem, Item, List, ListEntry, Parser};

pub(super) const RFC9440: Format = Format {
    name: "rfc9440",
    headers: &["client-cert"],
    chain: ChainIn::Lines("client-cert-chain"),
    also: &[],
    verification: None,
    none: &[],
    read: |value, _| read(value),
    read_chain,
};

const NO_BYTES: &str = "it is no byte sequence, which is base64 between colons";

/// One byte sequence.
pub(super) fn read(value: &str) -> Result<Ders, String> {
    if !value.starts_with(':') {
        return Err(NO_BYTES.to_owned());
    }
    let item: Item = Parser::new(value)
        .parse()
        .map_err(|_| "it is no structured field (RFC 9440 section 2.1)".to_owned())?;
    Ok(vec![bytes(item)?])
}

fn read_chain(value: &str) -> Result<Ders, String> {
    let list: List = Parser::new(value)
        .parse()
        .map_err(|_| "it is no list of structured fields (RFC 9440 section 2.3)".to_owned())?;
    let bytes = list.into_iter().map(|entry| match entry {
        ListEntry::Item(item) => bytes(item),
        ListEntry::InnerList(_) => Err("there is a list inside the list".to_owned()),
    });
    bytes.collect()
}

fn bytes(item: Item) -> Result<Vec<u8>, String> {
    match item.bare_item {
        _ if !item.params.is_empty() => Err("there are parameters behind it".to_owned()),
        BareItem::ByteSequence(bytes) if bytes.is_empty() => base64(""),
        BareItem::ByteSequence(bytes) => Ok(bytes),
        _ => Err(NO_BYTES.to_owned()),
    }
}
