//! Every identifier has its page, and every page its identifier.

use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn every_code_is_explained() {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let is_code = |text: &&str| {
        ["CERT-", "FLOW-", "USER-"]
            .iter()
            .any(|kind| text.starts_with(kind))
    };
    let source = std::fs::read_to_string(home.join("src/refusal.rs")).unwrap();
    let told: BTreeSet<&str> = source.split('"').filter(is_code).collect();
    let page = std::fs::read_to_string(home.join("../../docs/codes/sign-in.md")).unwrap();
    let headings = page.lines().filter_map(|line| line.strip_prefix("## "));
    let explained: BTreeSet<&str> = headings.collect();
    assert_eq!(told, explained);
    assert!(told.len() > 20);
}
