//! What a large revocation list costs: memory while it is held, and time for a look-up.

use crate::made::{NOW, anchors, authority, chain, person, root};
use crate::revocation_made::{List, entry, reason};
use crate::{limits, usage};
use std::sync::Arc;
use std::time::Duration;
use x509::{
    Policy, RevocationKey, RevocationList, RevocationPolicy, Revocations, Strictness, judge,
};

const ENTRIES: u32 = 1_000_000;
const AT_MOST_BYTES: u64 = 64 << 20;
const AT_MOST_TIME: Duration = Duration::from_micros(1);

/// Prints memory and times; gives how many are over their limit.
pub(crate) fn measure() -> usize {
    let root = root(authority("root"));
    let before = usage::resident(std::process::id());
    let mut list = List::of("root");
    // In one piece: a million small ones would leave holes behind, which would count as memory.
    let mut entries = Vec::with_capacity(64 << 20);
    (0..ENTRIES).for_each(|number| entries.extend(entry(&serial(number), &[reason(1)])));
    list.entries = vec![entries];
    let der = list.by(&root);
    drop(list);
    let length = der.len();
    let started = usage::own_cpu();
    let read = RevocationList::from_der(&der).unwrap();
    let reading = usage::own_cpu() - started;
    drop(der);
    let held = usage::resident(std::process::id()).saturating_sub(before);

    let policy = Policy {
        revocation: RevocationPolicy {
            crl: Strictness::Hard,
            ..RevocationPolicy::default()
        },
        revocations: Arc::new(Revocations::new([Arc::new(read)], [])),
        ..Policy::default()
    };
    let alice = root.issue(person("alice"));
    let trusted = anchors(&[&root]);
    let judged = |policy: &Policy| judge(&chain(&[&alice]), &trusted, policy, NOW).outcome;
    let key = RevocationKey::of(&judged(&policy).unwrap()).unwrap();
    let keys = others(&key);
    let known = policy.revocations.clone();
    let mut at = 0;
    let lookup = limits::each(Duration::from_millis(200), || {
        // A thousand at once, so that asking for the time does not count.
        for _ in 0..1_000 {
            at = (at + 1) % keys.len();
            assert_eq!(known.revoked(&keys[at]).is_some(), at % 2 == 0);
        }
    }) / 1_000;
    let with = limits::each(Duration::from_millis(200), || {
        judged(&policy).unwrap();
    });
    let plain = Policy::default();
    let without = limits::each(Duration::from_millis(200), || {
        judged(&plain).unwrap();
    });

    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    let micros = |time: Duration| time.as_secs_f64() * 1e6;
    println!(
        "revocation list of {ENTRIES} certificates, {:.1} MiB of DER",
        mib(length as u64)
    );
    println!(
        "  reading, ms                    {:>9.1}",
        micros(reading) / 1e3
    );
    println!("  held, MiB, at most 64          {:>9.1}", mib(held));
    println!("  look-up, µs, at most 1         {:>9.3}", micros(lookup));
    println!(
        "  judging with and without, µs   {:>9.1} {:>9.1}",
        micros(with),
        micros(without)
    );
    usize::from(held > AT_MOST_BYTES) + usize::from(lookup > AT_MOST_TIME)
}

/// 20 bytes, as authorities draw them.
fn serial(number: u32) -> [u8; 20] {
    let mut serial = [0x5a; 20];
    serial[8..12].copy_from_slice(&number.wrapping_mul(2_654_435_761).to_be_bytes());
    serial
}

/// Keys of many certificates of the same issuer: one that is on the list, one that is not, in turn.
fn others(key: &RevocationKey) -> Vec<RevocationKey> {
    let text = key.to_string();
    let (_, issuer) = text.split_once(':').unwrap();
    let numbers = (0..100_000).map(|number| match number % 2 {
        0 => number * 7,
        _ => ENTRIES + number,
    });
    numbers
        .map(|number| {
            let serial: String = serial(number)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            RevocationKey::parse(&format!("{serial}:{issuer}")).unwrap()
        })
        .collect()
}
