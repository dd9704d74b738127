//! A writer of DER, for what rcgen does not write.

use rcgen::CustomExtension;

/// One element.
pub fn element(tag: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag];
    match body.len() {
        short @ 0..=0x7f => bytes.push(u8::try_from(short).unwrap()),
        long => {
            let digits: Vec<u8> = long
                .to_be_bytes()
                .into_iter()
                .skip_while(|digit| *digit == 0)
                .collect();
            bytes.push(0x80 | u8::try_from(digits.len()).unwrap());
            bytes.extend(digits);
        }
    }
    bytes.extend(body);
    bytes
}

/// A SEQUENCE of what is given.
pub fn sequence(parts: impl IntoIterator<Item = Vec<u8>>) -> Vec<u8> {
    element(0x30, &parts.into_iter().flatten().collect::<Vec<_>>())
}

/// The object identifier `1.2.3.<number>`.
pub fn oid(number: u32) -> Vec<u8> {
    let mut digits = vec![u8::try_from(number & 0x7f).unwrap()];
    let mut rest = number >> 7;
    while rest > 0 {
        digits.push(0x80 | u8::try_from(rest & 0x7f).unwrap());
        rest >>= 7;
    }
    digits.extend([3, 0x2a]);
    digits.reverse();
    element(6, &digits)
}

/// Any-policy.
pub fn any_policy() -> Vec<u8> {
    element(6, &[0x55, 0x1d, 0x20, 0])
}

/// An extension of `2.5.29`.
pub fn extension(last: u64, critical: bool, value: Vec<u8>) -> CustomExtension {
    let mut extension = CustomExtension::from_oid_content(&[2, 5, 29, last], value);
    extension.set_criticality(critical);
    extension
}

/// Certificate policies (`2.5.29.32`).
pub fn policies(oids: impl IntoIterator<Item = Vec<u8>>) -> CustomExtension {
    let policies = oids.into_iter().map(|oid| sequence([oid]));
    extension(32, true, sequence(policies))
}

/// Policy mappings (`2.5.29.33`).
pub fn mappings(pairs: impl IntoIterator<Item = (Vec<u8>, Vec<u8>)>) -> CustomExtension {
    let pairs = pairs
        .into_iter()
        .map(|(issuer, subject)| sequence([issuer, subject]));
    extension(33, true, sequence(pairs))
}

/// Policy constraints (`2.5.29.36`) that ask for a policy from here on.
pub fn require_explicit_policy() -> CustomExtension {
    extension(36, true, sequence([element(0x80, &[0])]))
}

/// Name constraints (`2.5.29.30`): tag and value of each base, permitted and excluded.
pub fn name_constraints(permitted: &[(u8, &[u8])], excluded: &[(u8, &[u8])]) -> CustomExtension {
    let subtrees = |tag: u8, bases: &[(u8, &[u8])]| {
        let subtrees = bases
            .iter()
            .flat_map(|(tag, value)| sequence([element(*tag, value)]));
        element(tag, &subtrees.collect::<Vec<_>>())
    };
    let lists = [(0xa0, permitted), (0xa1, excluded)];
    let lists = lists
        .into_iter()
        .filter(|(_, bases)| !bases.is_empty())
        .map(|(tag, bases)| subtrees(tag, bases));
    extension(30, true, sequence(lists))
}

/// The elements that follow each other in `body`, each whole.
pub fn elements(mut body: &[u8]) -> Vec<&[u8]> {
    let mut all = Vec::new();
    while !body.is_empty() {
        let (head, length) = head(body);
        let (element, rest) = body.split_at(head + length);
        all.push(element);
        body = rest;
    }
    all
}

/// What stands in an element.
pub fn body(element: &[u8]) -> &[u8] {
    &element[head(element).0..]
}

/// How long the head of an element is, and what stands in it.
fn head(element: &[u8]) -> (usize, usize) {
    match element[1] {
        short @ 0..=0x7f => (2, usize::from(short)),
        long => {
            let digits = &element[2..2 + usize::from(long & 0x7f)];
            let length = digits
                .iter()
                .fold(0, |all, digit| all << 8 | usize::from(*digit));
            (2 + digits.len(), length)
        }
    }
}

/// A certificate with another signature.
pub fn with_signature(certificate: &[u8], signature: &[u8]) -> Vec<u8> {
    let parts = elements(body(certificate));
    let bits = [&[0], signature].concat();
    sequence([parts[0].to_vec(), parts[1].to_vec(), element(3, &bits)])
}
