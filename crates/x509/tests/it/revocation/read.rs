//! What is a list, and what is none.

use super::made::{List, entry, extension, number, reason, tlv};
use crate::made::{authority, root};
use x509::{MAX_LIST_BYTES, OcspAnswer, RevocationList, Unreadable};

#[test]
fn lists_of_version_1_have_no_extensions() {
    let root = root(authority("root"));
    let mut list = List::of("root").listing(&[7], &[]);
    list.version = None;
    list.extensions.clear();
    let read = RevocationList::from_der(&list.by(&root)).unwrap();
    assert_eq!((read.len(), read.number()), (1, None));
    assert!(!read.is_empty());
    list.entries.push(entry(&[8], &[reason(1)]));
    let refused = RevocationList::from_der(&list.by(&root)).unwrap_err();
    assert_eq!(refused, Unreadable::Version);
    list.entries.clear();
    list.extensions.push(number(1));
    let refused = RevocationList::from_der(&list.by(&root)).unwrap_err();
    assert_eq!(refused, Unreadable::Version);
    list.version = Some(2);
    let refused = RevocationList::from_der(&list.by(&root)).unwrap_err();
    assert_eq!(refused, Unreadable::Version);
}

#[test]
fn a_list_says_what_it_is() {
    let root = root(authority("root"));
    let delta = List::of("root").with(super::made::delta_to(3)).by(&root);
    let read = RevocationList::from_der(&delta).unwrap();
    assert_eq!(read.issuer(), "CN=root");
    assert_eq!(read.issuer_canonical(), "cn=root");
    assert_eq!(read.number().as_deref(), Some("5"));
    assert_eq!(read.base_number().as_deref(), Some("3"));
    assert_eq!(
        x509::instant_text(read.this_update()),
        "2026-05-25T00:00:00Z"
    );
    let next = read.next_update().map(x509::instant_text);
    assert_eq!(next.as_deref(), Some("2026-06-08T00:00:00Z"));
    let older = List::of("root").numbered(4).by(&root);
    assert!(read.is_newer_than(&RevocationList::from_der(&older).unwrap()));
}

#[test]
fn what_no_signature_covers_has_one_form() {
    let root = root(authority("root"));
    let whole = List::of("root").by(&root);
    assert!(RevocationList::from_der(&whole).is_ok());
    let refused = |der: &[u8]| RevocationList::from_der(der).unwrap_err();
    assert_eq!(refused(&[whole.as_slice(), &[0]].concat()), Unreadable::Der);
    assert_eq!(refused(&whole[..whole.len() - 1]), Unreadable::Der);
    let mut long = whole.clone();
    assert_eq!(long[1], 0x81);
    long[1] = 0x82;
    long.insert(2, 0);
    assert_eq!(refused(&long), Unreadable::Der, "a length in two ways");
    let mut other = List::of("root");
    other.algorithm[11] = 3;
    assert_eq!(
        refused(&other.by(&root)),
        Unreadable::Der,
        "another algorithm inside than outside"
    );
}

#[test]
fn what_is_malformed_is_told() {
    let root = root(authority("root"));
    let refused = |list: List| RevocationList::from_der(&list.by(&root)).unwrap_err();
    let twice = List::of("root").with(number(5));
    assert_eq!(
        refused(twice).to_string(),
        "extension 2.5.29.20 is malformed or repeated"
    );
    let negative = List::of("root").numbered(0x80);
    assert_eq!(
        refused(negative),
        Unreadable::Extension("2.5.29.20".to_owned())
    );
    let unknown_reason = List::of("root").listing(&[7], &[reason(7)]);
    assert_eq!(
        refused(unknown_reason),
        Unreadable::Extension("2.5.29.21".to_owned())
    );
    let serial_too_long = List::of("root").listing(&[1; 65], &[]);
    assert_eq!(refused(serial_too_long), Unreadable::Der);
    let no_serial = List::of("root").listing(&[], &[]);
    assert_eq!(refused(no_serial), Unreadable::Der);
    let not_a_date = List::of("root").made("20261301000000Z", "20260608000000Z");
    assert_eq!(refused(not_a_date), Unreadable::Der);
    let point = extension(super::made::DISTRIBUTION_POINT, true, &[0x30, 1, 0]);
    let malformed = List::of("root").with(point);
    assert_eq!(
        refused(malformed),
        Unreadable::Extension("2.5.29.28".to_owned())
    );
    for bytes in [
        &[][..],
        &[0x30],
        &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
        &[0x30, 0x80],
    ] {
        assert_eq!(
            RevocationList::from_der(bytes).unwrap_err(),
            Unreadable::Der
        );
        assert_eq!(OcspAnswer::from_der(bytes).unwrap_err(), Unreadable::Der);
    }
    let huge = vec![0; MAX_LIST_BYTES + 1];
    let refused = RevocationList::from_der(&huge).unwrap_err();
    assert_eq!(refused, Unreadable::TooLarge(huge.len()));
}

#[test]
fn files_hold_one_list_in_der_or_several_in_pem() {
    use base64::Engine as _;
    let root = root(authority("root"));
    let der = List::of("root").by(&root);
    let base64 = base64::engine::general_purpose::STANDARD.encode(&der);
    let block = format!("-----BEGIN X509 CRL-----\r\n{base64}\r\n-----END X509 CRL-----\n");
    let count = |bytes: &[u8]| RevocationList::from_pem_or_der(bytes).map(|lists| lists.len());
    assert_eq!(count(&der), Ok(1));
    assert_eq!(
        count(format!("of CN=root\n{block}{block}").as_bytes()),
        Ok(2)
    );
    assert_eq!(count(b""), Err(Unreadable::Empty));
    assert_eq!(count(b"\xff\xfe"), Err(Unreadable::Empty));
    assert_eq!(count(b"-----BEGIN X509 CRL-----"), Err(Unreadable::Pem(1)));
    let broken = block.replace("MI", "M!");
    assert_eq!(count(broken.as_bytes()), Err(Unreadable::Pem(1)));
}

#[test]
fn a_hundred_thousand_entries_take_little_room() {
    let root = root(authority("root"));
    let mut list = List::of("root");
    // As authorities draw them: 20 bytes, of which the first is not zero.
    let drawn = |number: u32| {
        let mut serial = [0x5a; 20];
        serial[8..12].copy_from_slice(&number.wrapping_mul(2_654_435_761).to_be_bytes());
        serial
    };
    list.entries = (0..100_000)
        .map(|number| entry(&drawn(number), &[reason(1)]))
        .collect();
    let der = list.by(&root);
    let read = RevocationList::from_der(&der).unwrap();
    assert_eq!(read.len(), 100_000);
    // 28 bytes for each record and 12 for its place: a million is 40 MB.
    let bytes = read.bytes();
    assert!(bytes < 4_100_000, "{bytes} bytes");
    assert!(bytes < der.len(), "less than the list itself");
    assert!(bytes >= 100_000 * 28);
    let strange = tlv(0x30, &[]);
    assert!(RevocationList::from_der(&strange).is_err());
}
