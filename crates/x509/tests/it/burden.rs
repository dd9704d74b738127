//! Nobody keeps us busy: the work for each certificate has limits, and hostile ones end within them. `bench/` has their times.

use crate::cases::{hostile, plain};
use x509::Work;

#[test]
fn hostile_certificates_end_within_the_limits() {
    let cases = hostile();
    assert!(cases.len() > 15);
    for case in cases {
        let (outcome, work) = case.run();
        assert_eq!(outcome, case.expected, "{}: {work:?}", case.name);
        assert!(work.signatures <= Work::MAX_SIGNATURES, "{}", case.name);
        assert!(work.candidates <= Work::MAX_CANDIDATES, "{}", case.name);
        assert!(work.comparisons <= Work::MAX_COMPARISONS, "{}", case.name);
    }
}

#[test]
fn a_plain_chain_takes_no_more_than_its_signatures() {
    let (outcome, work) = plain().run();
    assert_eq!(outcome, "accepted");
    let expected = Work {
        signatures: 2,
        candidates: 2,
        comparisons: 0,
    };
    assert_eq!(work, expected);
}

#[test]
fn a_key_of_16384_bits_is_refused_before_its_first_signature() {
    let (with_large_keys, others): (Vec<_>, Vec<_>) = hostile()
        .into_iter()
        .partition(|case| case.name.contains("16,384"));
    assert_eq!((with_large_keys.len(), others.is_empty()), (2, false));
    for case in with_large_keys {
        let (outcome, work) = case.run();
        assert_eq!(outcome, "CERT-WEAK-KEY");
        assert!(work.signatures <= 1, "{}: {work:?}", case.name);
    }
}
