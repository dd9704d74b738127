//! Every identifier has its page, and every page its identifier.

use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn every_code_is_explained() {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = String::new();
    let mut folders = vec![home.join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                sources += &std::fs::read_to_string(path).unwrap();
            }
        }
    }
    let told: BTreeSet<&str> = sources
        .split('"')
        .filter(|text| text.starts_with("CERT-"))
        .collect();
    let page = std::fs::read_to_string(home.join("../../docs/codes/certificate.md")).unwrap();
    let explained: BTreeSet<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .filter(|text| text.starts_with("CERT-"))
        .collect();
    assert_eq!(told, explained);
    assert!(told.len() > 20);
}
