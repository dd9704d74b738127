//! The sections that ask nothing about revocation.

use super::{NOW, all_as_expected, rows};
use std::collections::BTreeSet;
use x509::judge;

#[test]
fn signatures_times_names_and_basic_constraints() {
    let rows = rows(include_str!("paths.txt"));
    assert_eq!(rows.len(), 6 + 8 + 11 + 17 + 2);
    all_as_expected(&rows, |row, chain| {
        judge(chain, &row.anchors(), &row.policy(), NOW)
    });
}

#[test]
fn name_constraints() {
    let rows = rows(include_str!("names.txt"));
    assert_eq!(rows.len(), 38);
    all_as_expected(&rows, |row, chain| {
        judge(chain, &row.anchors(), &row.policy(), NOW)
    });
}

#[test]
fn certificate_policies() {
    let rows = rows(include_str!("policies.txt"));
    let sections: BTreeSet<String> = rows
        .iter()
        .map(|row| row.section.splitn(4, '.').collect::<Vec<_>>()[..3].join("."))
        .collect();
    assert_eq!(sections.len(), 20 + 8 + 14 + 11 + 10);
    all_as_expected(&rows, |row, chain| {
        judge(chain, &row.anchors(), &row.policy(), NOW)
    });
}
