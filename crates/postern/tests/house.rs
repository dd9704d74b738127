//! The house rules that no compiler keeps: who may use whom.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::{BTreeMap, BTreeSet};

/// Each crate, and the crates of ours that it may use. A new edge belongs into `docs/architecture.md` first.
const MAY_USE: &[(&str, &[&str])] = &[
    ("jose", &[]),
    ("x509", &[]),
    ("realm", &["jose", "x509"]),
    ("store", &["realm", "jose"]),
    ("edge", &["x509"]),
    ("outbound", &[]),
    ("pages", &[]),
    (
        "authn",
        &["jose", "x509", "realm", "store", "edge", "pages"],
    ),
    (
        "oidc",
        &["jose", "x509", "realm", "store", "edge", "pages", "authn"],
    ),
    ("admin", &["jose", "realm", "store", "edge", "authn"]),
    (
        "postern",
        &[
            "jose", "x509", "realm", "store", "edge", "outbound", "pages", "authn", "oidc", "admin",
        ],
    ),
];

/// Outside crates that only these crates of ours may use.
const ONLY: &[(&str, &[&str])] = &[
    ("rusqlite", &["store"]),
    ("sqlx", &["store"]),
    ("x509-parser", &["x509"]),
    ("tokio", &["store", "outbound", "authn", "oidc", "postern"]),
    ("http", &["edge", "outbound", "oidc", "admin", "postern"]),
    ("axum", &["oidc", "admin", "postern"]),
    ("hyper", &["outbound", "postern"]),
    ("rustls", &["outbound", "postern"]),
];

#[test]
fn crates_use_only_those_below_them() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap();
    let mut seen = BTreeMap::new();
    for entry in std::fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let manifest = std::fs::read_to_string(path.join("Cargo.toml")).unwrap();
        let section = manifest
            .split("[dependencies]")
            .nth(1)
            .unwrap()
            .split("\n[")
            .next()
            .unwrap();
        let uses: Vec<String> = section
            .lines()
            .filter_map(|line| Some(line.split_once(['.', ' '])?.0.to_owned()))
            .collect();
        seen.insert(name, uses);
    }
    assert_eq!(
        seen.keys().collect::<Vec<_>>(),
        MAY_USE
            .iter()
            .map(|(name, _)| *name)
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect::<Vec<_>>()
    );
    for (name, allowed) in MAY_USE {
        for used in &seen[*name] {
            let ours = MAY_USE.iter().any(|(known, _)| known == used);
            assert!(
                !ours || allowed.contains(&used.as_str()),
                "{name} may not use {used}"
            );
            if let Some((_, who)) = ONLY.iter().find(|(only, _)| only == used) {
                assert!(
                    who.contains(name),
                    "{name} may not use {used}: only {who:?} may"
                );
            }
        }
    }
}

#[test]
fn there_is_one_stack_of_cryptography() {
    for unwanted in [
        "ring",
        "openssl",
        "openssl-sys",
        "native-tls",
        "rustls-pemfile",
    ] {
        // The lock file also names what is optional and never built; the tree does not.
        let tree = std::process::Command::new(env!("CARGO"))
            .args([
                "tree",
                "--workspace",
                "--locked",
                "--offline",
                "-i",
                unwanted,
            ])
            .output()
            .unwrap();
        assert!(
            tree.stdout.is_empty(),
            "{unwanted} came in: {}",
            String::from_utf8_lossy(&tree.stdout)
        );
        let said = String::from_utf8_lossy(&tree.stderr);
        assert!(
            said.contains("nothing to print") || said.contains("did not match any packages"),
            "{said}"
        );
    }
}

/// What stable identifiers begin with.
const CODES: &[&str] = &[
    "CERT-",
    "CLIENT-",
    "CODE-",
    "DOCTOR-",
    "EDGE-",
    "FLOW-",
    "PAGE-",
    "PASSWORD-",
    "PKCE-",
    "PROOF-",
    "REFRESH-",
    "REQUEST-",
    "SESSION-",
    "TLS-",
    "TOKEN-",
    "URL-",
    "USER-",
];

#[test]
fn a22_every_code_has_its_explanation_and_every_explanation_its_code() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut used = BTreeSet::new();
    for source in files(&root.join("crates"), "rs") {
        if source.components().any(|part| part.as_os_str() == "tests") {
            continue;
        }
        let text = std::fs::read_to_string(source).unwrap();
        let literals = text.split('"').map(str::to_owned);
        used.extend(literals.filter(|literal| is_code(literal)));
    }
    let mut explained = BTreeSet::new();
    for page in files(&root.join("docs/codes"), "md") {
        for line in std::fs::read_to_string(page).unwrap().lines() {
            if let Some(heads) = line.strip_prefix("## ") {
                explained.extend(heads.split(", ").map(str::to_owned));
            }
        }
    }
    assert_eq!(used, explained);
}

#[test]
fn every_test_that_stands_against_an_attack_is_there() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut sources = files(&root.join("crates"), "rs");
    sources.extend(files(&root.join("tests"), "rs"));
    let sources: String = sources
        .into_iter()
        .map(|source| std::fs::read_to_string(source).unwrap())
        .collect();
    let page = std::fs::read_to_string(root.join("docs/attacks.md")).unwrap();
    let mut named = 0;
    for row in page.lines().filter(|line| line.starts_with("| ")) {
        let tests = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        let names = tests.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        for name in names.filter(|name| name.matches('_').count() > 2) {
            assert!(
                sources.contains(&format!("fn {name}(")),
                "there is no test {name}"
            );
            named += 1;
        }
    }
    assert!(named > 50, "{named}");
}

fn is_code(literal: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-';
    literal.bytes().all(is_plain)
        && CODES
            .iter()
            .any(|start| literal.starts_with(start) && literal.len() > start.len())
}

/// Every file below a folder with this ending, in order.
fn files(folder: &std::path::Path, ending: &str) -> Vec<std::path::PathBuf> {
    let mut entries: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    let mut found = Vec::new();
    for path in entries {
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.extension().is_some_and(|known| known == ending) {
            found.push(path);
        }
    }
    found
}
