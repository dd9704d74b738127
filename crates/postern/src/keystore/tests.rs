//! Stores as keytool and openssl make them; how those beside `tests/run/stores/make` were made, it says itself.

use super::Wanted::{Certificates, Everything};
use super::*;
use crate::folder::Folder;

fn stored(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/run/stores");
    std::fs::read(format!("{folder}/{name}")).unwrap()
}

fn aliases(store: &KeyStore) -> Vec<&str> {
    let held = store.certificates.iter();
    held.map(|held| held.alias.as_str()).collect()
}

#[test]
fn stores_of_keytool_are_read() {
    for name in ["server.p12", "server.jks"] {
        let store = read(&stored(name), Some("password"), Everything).unwrap();
        assert_eq!(store.keys.len(), 1, "{name}");
        assert_eq!(store.keys[0].alias, "server", "{name}");
        assert_eq!(store.keys[0].der[0], 0x30, "{name}");
        assert_eq!(store.certificates.len(), 3, "{name}");
        assert_eq!(aliases(&store)[0], "server", "{name}");
        assert!(
            !format!("{store:?}").contains("der: [48, 129, 135"),
            "{name}"
        );
    }
    let (one, other) = (stored("server.p12"), stored("server.jks"));
    let (one, other) = (
        read(&one, Some("password"), Everything),
        read(&other, Some("password"), Everything),
    );
    assert_eq!(one.unwrap().keys[0].der, other.unwrap().keys[0].der);
    for name in ["trust.p12", "trust.jks"] {
        let store = read(&stored(name), Some("changeit"), Everything).unwrap();
        assert!(store.keys.is_empty());
        assert_eq!(aliases(&store), ["caroot", "middle"], "{name}");
    }
    let store = read(&stored("two.p12"), Some("password"), Everything).unwrap();
    let mut names: Vec<&str> = store.keys.iter().map(|key| key.alias.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["second", "server"]);
}

#[test]
fn what_lies_open_needs_no_password() {
    for name in ["open.p12", "trust.jks"] {
        let store = read(&stored(name), None, Everything).unwrap();
        assert_eq!(aliases(&store), ["caroot", "middle"], "{name}");
    }
    for name in ["trust.p12", "server.p12", "server.jks"] {
        let error = read(&stored(name), None, Everything).unwrap_err();
        assert_eq!(error, KeyStoreError::NoPassword, "{name}");
    }
    // Whoever wants certificates alone needs no key to be opened.
    for (name, password) in [("server.jks", None), ("other.jks", Some("password"))] {
        let store = read(&stored(name), password, Certificates).unwrap();
        assert!(store.keys.is_empty());
        assert_eq!(store.certificates.len(), 3, "{name}");
    }
}

#[test]
fn why_a_store_can_not_be_read() {
    for name in ["server.p12", "server.jks", "trust.p12", "trust.jks"] {
        let error = read(&stored(name), Some("wrong"), Everything).unwrap_err();
        assert_eq!(error, KeyStoreError::Password, "{name}");
    }
    let error = read(&stored("other.jks"), Some("password"), Everything).unwrap_err();
    assert_eq!(error, KeyStoreError::KeyPassword("server".to_owned()));
    assert_eq!(
        error.command("a.jks").unwrap(),
        "keytool -keypasswd -keystore a.jks -alias server"
    );
    let error = read(&stored("server.jceks"), Some("password"), Everything).unwrap_err();
    assert!(error.command("a").unwrap().contains("-srcstoretype JCEKS"));
    let error = read(&[0x30, 4, 0x30, 2, 5, 0], None, Everything).unwrap_err();
    assert_eq!(error, KeyStoreError::OtherKind("BCFKS"));
    assert_eq!(
        read(b"-----BEGIN", None, Everything).unwrap_err(),
        KeyStoreError::Format
    );
    assert_eq!(
        read(b"", None, Everything).unwrap_err(),
        KeyStoreError::Format
    );
    let large = vec![0x30; MAX_BYTES + 1];
    assert_eq!(
        read(&large, None, Everything).unwrap_err(),
        KeyStoreError::TooLarge
    );
}

/// The command that is advised makes a store that is read.
#[test]
fn old_ciphers_are_named_with_the_command_that_helps() {
    let old = stored("old.p12");
    assert_eq!(
        read(&old, Some("wrong"), Everything).unwrap_err(),
        KeyStoreError::Password
    );
    let error = read(&old, Some("password"), Everything).unwrap_err();
    assert!(matches!(error, KeyStoreError::OldCipher(_)), "{error}");
    let folder = Folder::new();
    std::fs::write(folder.path("old.p12"), old).unwrap();
    let command = error.command("old.p12").unwrap();
    let command = command
        .replace("-nodes", "-nodes -passin pass:password")
        .replace("-export", "-export -passout pass:new");
    folder.run("sh", &["-c", &command]);
    let new = std::fs::read(folder.path("new.p12")).unwrap();
    assert_eq!(read(&new, Some("new"), Everything).unwrap().keys.len(), 1);
}

#[test]
fn stores_of_openssl_are_read_whatever_protects_them() {
    let folder = Folder::new();
    for (kind, options) in [
        ("ec", &["-pkeyopt", "ec_paramgen_curve:P-384"][..]),
        ("rsa", &["-pkeyopt", "rsa_keygen_bits:2048"]),
        ("ed25519", &[]),
    ] {
        let mut made = vec!["req", "-x509", "-nodes", "-subj", "/CN=x", "-newkey", kind];
        made.extend(options);
        made.extend(["-keyout", "key.pem", "-out", "cert.pem"]);
        folder.run("openssl", &made);
        for protection in [
            "-keypbe AES-256-CBC -certpbe AES-128-CBC -macalg sha256",
            "-keypbe AES-192-CBC -certpbe AES-256-CBC -macalg sha512 -iter 20000",
            "-keypbe AES-128-CBC -certpbe NONE -macalg sha1",
            "-keypbe AES-256-CBC -certpbe NONE -macalg sha384",
            "-keypbe NONE -certpbe NONE -nomac",
            "-keypbe AES-256-CBC -certpbe AES-256-CBC -nomac",
        ] {
            for password in ["pässword", ""] {
                let mut command = vec!["pkcs12", "-export", "-inkey", "key.pem", "-in", "cert.pem"];
                let out = format!("pass:{password}");
                command.extend(["-name", "wörker", "-out", "store.p12", "-passout", &out]);
                command.extend(protection.split(' '));
                folder.run("openssl", &command);
                let bytes = std::fs::read(folder.path("store.p12")).unwrap();
                let said = format!("{kind} {protection} {password:?}");
                let store = read(&bytes, Some(password), Everything).expect(&said);
                assert_eq!(store.keys.len(), 1, "{said}");
                assert_eq!(aliases(&store), [store.keys[0].alias.as_str()], "{said}");
                let opens = read(&bytes, Some("wrong"), Everything).is_ok();
                assert_eq!(opens, protection.contains("NONE -nomac"), "{said}");
            }
        }
    }
}

/// Cut off anywhere, nothing is read; changed anywhere, nothing is read either where somebody vouches for the contents.
#[test]
fn damaged_stores_are_refused() {
    for (name, password) in [("server.jks", "password"), ("open.p12", "changeit")] {
        let whole = stored(name);
        for at in 0..whole.len() {
            let _ = read(&whole[..at], Some(password), Everything).expect_err(name);
            let mut changed = whole.clone();
            changed[at] ^= 0x81;
            let read = read(&changed, Some(password), Everything);
            assert!(read.is_err() || name == "open.p12", "{name} {at}");
        }
    }
}

#[test]
fn endless_work_is_refused() {
    // A password that is to be hashed four thousand million times.
    let store = stored("trust.p12");
    let rounds = [0x02, 0x02, 0x27, 0x10];
    let at = store.windows(4).rposition(|found| found == rounds).unwrap();
    let mut many = store[..at].to_vec();
    many.extend([0x02, 0x05, 0x00, 0xff, 0xff, 0xff, 0xff]);
    // Both elements that it ends grow by three bytes.
    let length = u16::from_be_bytes([many[2], many[3]]) + 3;
    many[2..4].copy_from_slice(&length.to_be_bytes());
    let ends_there = |start: &usize| {
        many[*start] == 0x30 && usize::from(many[start + 1]) + start + 2 == store.len()
    };
    let mac = (0..at).rev().find(ends_there).unwrap();
    many[mac + 1] += 3;
    assert_eq!(
        read(&many, Some("changeit"), Everything).unwrap_err(),
        KeyStoreError::Rounds(0xffff_ffff)
    );
    // Elements of open length in one another.
    for deep in [10, 100_000] {
        let bytes = [0x30, 0x80].repeat(deep);
        assert!(read(&bytes, None, Everything).is_err());
    }
}

#[test]
fn lengths_that_are_told_at_the_end_are_read() {
    let parts = [
        0x24, 0x80, 0x04, 2, b'a', b'b', 0x24, 3, 0x04, 1, b'c', 0, 0, 0x02, 1, 7,
    ];
    let mut elements = der::Elements::of(&parts);
    assert_eq!(elements.octets(der::OCTETS).unwrap().as_ref(), b"abc");
    assert_eq!(elements.number(), Some(7));
    assert!(elements.is_empty());
    for broken in [
        &[0x24, 0x80, 0x04][..],
        &[0x04, 0x80, 0, 0],
        &[0x30, 0x85, 0, 0, 0, 0, 0],
    ] {
        assert!(der::Elements::of(broken).octets(der::OCTETS).is_none());
    }
}

/// A wrong password decrypts every now and then to something that is padded as it should be.
#[test]
fn a_wrong_password_opens_no_key_by_chance() {
    let folder = Folder::new();
    folder.run(
        "openssl",
        &["genpkey", "-algorithm", "ed25519", "-out", "key.pem"],
    );
    let made = "pkcs12 -export -nocerts -inkey key.pem -out store.p12 -passout pass:pw -keypbe AES-256-CBC -nomac";
    folder.run("openssl", &made.split(' ').collect::<Vec<_>>());
    let bytes = std::fs::read(folder.path("store.p12")).unwrap();
    assert_eq!(read(&bytes, Some("pw"), Everything).unwrap().keys.len(), 1);
    for number in 0..2000 {
        let error = read(&bytes, Some(&format!("wrong{number}")), Everything).unwrap_err();
        assert_eq!(error, KeyStoreError::Password, "{number}");
    }
}
