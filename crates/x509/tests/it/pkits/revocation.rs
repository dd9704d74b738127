//! The sections that ask about revocation, and the others once more with it.

use super::{NOW, Row, all_as_expected, rows};
use std::sync::Arc;
use x509::{
    Chain, Judgement, Reach, RevocationList, RevocationPolicy, Revocations, Strictness, judge,
};

/// Every certificate of the path is asked about, and lists have to answer.
fn judge_strictly(row: &Row, chain: &Chain) -> Judgement {
    let lists = row.lists();
    let lists = lists.iter().map(|der| RevocationList::from_der(der));
    // A list that can't be read is one that nobody has.
    let lists = lists.filter_map(Result::ok).map(Arc::new);
    let mut policy = row.policy();
    policy.revocation = RevocationPolicy {
        crl: Strictness::Hard,
        reach: Reach::Path,
        ..RevocationPolicy::default()
    };
    policy.revocations = Arc::new(Revocations::new(lists, []));
    judge(chain, &row.anchors(), &policy, NOW)
}

#[test]
fn revocation_lists_distribution_points_and_delta_lists() {
    let rows = rows(include_str!("revocation.txt"));
    assert_eq!(rows.len(), 21 + 8 + 5 + 35 + 10);
    all_as_expected(&rows, judge_strictly);
}

#[test]
fn what_needs_no_revocation_comes_out_the_same_with_it() {
    for table in [
        include_str!("paths.txt"),
        include_str!("names.txt"),
        include_str!("policies.txt"),
    ] {
        all_as_expected(&rows(table), judge_strictly);
    }
}
