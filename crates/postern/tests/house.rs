//! The house rules that no compiler keeps: who may use whom.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;

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

#[test]
fn every_code_has_its_explanation() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for (source, page, prefix) in [
        (
            "crates/x509/src/rejection.rs",
            "docs/codes/certificate.md",
            "\"CERT-",
        ),
        (
            "crates/x509/src/judge.rs",
            "docs/codes/certificate.md",
            "\"CERT-",
        ),
        (
            "crates/edge/src/client_cert/absent.rs",
            "docs/codes/edge.md",
            "\"EDGE-",
        ),
        (
            "crates/edge/src/client_cert/mod.rs",
            "docs/codes/edge.md",
            "\"EDGE-",
        ),
        ("crates/edge/src/admit.rs", "docs/codes/edge.md", "\"EDGE-"),
        (
            "crates/postern/src/commands/doctor/judge.rs",
            "docs/codes/doctor.md",
            "\"DOCTOR-",
        ),
        (
            "crates/postern/src/server/tls/client.rs",
            "docs/codes/tls.md",
            "\"TLS-",
        ),
        (
            "crates/postern/src/server/tls/mod.rs",
            "docs/codes/tls.md",
            "\"TLS-",
        ),
        (
            "crates/oidc/src/refusal.rs",
            "docs/codes/token.md",
            "\"CODE-",
        ),
        (
            "crates/oidc/src/refusal.rs",
            "docs/codes/token.md",
            "\"PKCE-",
        ),
        (
            "crates/oidc/src/refusal.rs",
            "docs/codes/token.md",
            "\"CLIENT-",
        ),
        (
            "crates/oidc/src/refusal.rs",
            "docs/codes/token.md",
            "\"REFRESH-",
        ),
        (
            "crates/oidc/src/endpoints/login_actions.rs",
            "docs/codes/edge.md",
            "\"URL-",
        ),
        (
            "crates/oidc/src/page_error.rs",
            "docs/codes/request.md",
            "\"REQUEST-",
        ),
        (
            "crates/oidc/src/authorization_request.rs",
            "docs/codes/request.md",
            "\"REQUEST-",
        ),
        ("crates/edge/src/admit.rs", "docs/codes/edge.md", "\"URL-"),
    ] {
        let (source, page) = (
            std::fs::read_to_string(root.join(source)).unwrap(),
            std::fs::read_to_string(root.join(page)).unwrap(),
        );
        let codes: Vec<&str> = source
            .split(prefix)
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap())
            .collect();
        assert!(!codes.is_empty());
        for code in codes {
            let code = format!("{}{code}", &prefix[1..]);
            assert!(page.contains(&format!("## {code}\n")), "{code} has no page");
        }
    }
}
