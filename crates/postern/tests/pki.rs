//! `postern pki dev` and `postern certificate judge`, run as a stranger runs them, and read by OpenSSL.
#![allow(clippy::unwrap_used, missing_docs)]

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output};

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("postern-pki-{name}-{}", std::process::id())))
    }

    fn file(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn run(program: &str, arguments: &[&str]) -> (bool, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new(program).args(arguments).output().unwrap();
    (
        status.success(),
        String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr),
    )
}

fn postern(arguments: &[&str]) -> (bool, String) {
    run(env!("CARGO_BIN_EXE_postern"), arguments)
}

#[test]
fn what_it_makes_is_accepted_by_openssl_and_by_us() {
    let folder = Folder::new("made");
    let dir = folder.0.to_str().unwrap();
    let (made, text) = postern(&[
        "pki",
        "dev",
        dir,
        "--user",
        "alice",
        "--user=carol",
        "--host",
        "id.example",
    ]);
    assert!(made && text.contains("carol.p12"), "{text}");
    let (root, middle, bundle) = (
        folder.file("root.pem"),
        folder.file("intermediate.pem"),
        folder.file("ca-bundle.pem"),
    );
    for (file, purpose) in [
        ("alice.pem", "sslclient"),
        ("carol.pem", "sslclient"),
        ("server.pem", "sslserver"),
    ] {
        let (right, text) = run(
            "openssl",
            &[
                "verify",
                "-x509_strict",
                "-purpose",
                purpose,
                "-CAfile",
                &root,
                "-untrusted",
                &middle,
                &folder.file(file),
            ],
        );
        assert!(right, "{text}");
    }
    let (accepted, text) = postern(&[
        "certificate",
        "judge",
        &folder.file("alice.pem"),
        "--truststore",
        &bundle,
    ]);
    assert!(
        accepted && text.ends_with("accepted\n") && text.contains("path: CN=alice"),
        "{text}"
    );
    for (arguments, code) in [
        (
            &[
                "certificate",
                "judge",
                &folder.file("alice.pem"),
                "--truststore",
                &root,
            ][..],
            "CERT-NO-PATH",
        ),
        (
            &[
                "certificate",
                "judge",
                &folder.file("server.pem"),
                "--truststore",
                &bundle,
            ],
            "CERT-EXTENDED-KEY-USAGE",
        ),
        (
            &["certificate", "judge", &root, "--truststore", &bundle],
            "CERT-CA-AS-LEAF",
        ),
        (
            &["certificate", "judge", &folder.file("alice.pem")],
            "CERT-NO-ANCHORS",
        ),
    ] {
        let (accepted, text) = postern(arguments);
        assert!(!accepted && text.contains(code), "{text}");
    }
    for secret in ["alice.key", "alice.p12", "server.key"] {
        assert_eq!(
            std::fs::metadata(folder.0.join(secret))
                .unwrap()
                .permissions()
                .mode()
                & 0o777,
            0o600,
            "{secret}"
        );
    }

    let (read, text) = run(
        "openssl",
        &[
            "pkcs12",
            "-in",
            &folder.file("alice.p12"),
            "-passin",
            "pass:changeit",
            "-nodes",
            "-info",
        ],
    );
    assert!(
        read && text.contains("PRIVATE KEY")
            && text.matches("BEGIN CERTIFICATE").count() == 2
            && text.contains("friendlyName: alice"),
        "{text}"
    );
    let (read, _) = run(
        "openssl",
        &[
            "pkcs12",
            "-in",
            &folder.file("alice.p12"),
            "-passin",
            "pass:wrong",
            "-nodes",
        ],
    );
    assert!(!read, "the check covers the password");

    let (made, text) = postern(&["pki", "dev", dir]);
    assert!(!made && text.contains("not empty"), "{text}");
}

#[test]
fn a_wrong_command_line_is_answered_with_what_there_is() {
    for (arguments, word) in [
        (&["pki"][..], "pki dev DIR"),
        (
            &["pki", "dev", "/nonexistent-and-not-made", "--typo", "x"],
            "--host",
        ),
        (
            &["pki", "dev", "/nonexistent-and-not-made", "--user"],
            "needs a value",
        ),
        (
            &["pki", "dev", "/nonexistent-and-not-made", "--user", "../x"],
            "files are named after it",
        ),
        (
            &[
                "pki",
                "dev",
                "/nonexistent-and-not-made",
                "--user",
                "server",
            ],
            "somebody else's file",
        ),
        (
            &[
                "pki",
                "dev",
                "/nonexistent-and-not-made",
                "--user=a",
                "--user=a",
            ],
            "somebody else's file",
        ),
        (
            &[
                "pki",
                "dev",
                "/nonexistent-and-not-made",
                "--host",
                "bücher.example",
            ],
            "can't all be hosts",
        ),
        (
            &["certificate", "judge", "/nonexistent.pem"],
            "/nonexistent.pem can't be read",
        ),
        (&["typo"], "is no command"),
    ] {
        let (right, text) = postern(arguments);
        assert!(!right && text.contains(word), "{arguments:?}: {text}");
    }
    assert!(!std::path::Path::new("/nonexistent-and-not-made").exists());
    let (right, text) = postern(&[]);
    assert!(right && text.contains("    pki "), "{text}");
    let (right, text) = postern(&["help", "pki"]);
    assert!(right && text.contains("postern pki dev DIR"), "{text}");
}
