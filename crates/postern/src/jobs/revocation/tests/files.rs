use super::super::files::Files;
use super::Folder;
use super::pki::{Authority, DAY, List, NOW};
use std::path::{Path, PathBuf};

const LIST: List<'static> = List {
    number: 5,
    made: NOW - DAY,
    due: NOW + DAY,
    revoked: &[],
};

/// The numbers of the known lists.
fn numbers(files: &Files) -> Vec<String> {
    let mut numbers: Vec<String> = files.lists().filter_map(|list| list.number()).collect();
    numbers.sort();
    numbers
}

/// Puts a file in place as whoever takes care does: whole, or not at all.
fn put(path: &Path, bytes: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let beside = path.with_extension("new");
    std::fs::write(&beside, bytes).unwrap();
    std::fs::rename(beside, path).unwrap();
}

#[test]
fn files_count_as_they_change_and_never_go_back() {
    let (authority, folder) = (Authority::new("CA"), Folder::new());
    let anchors = authority.anchors();
    let list = |number| authority.list(List { number, ..LIST });
    let conf = folder.0.join("conf");
    let mut files = Files::new(Vec::new(), conf.clone(), 1024 * 1024);
    let mut look = |expected: &[&str], changed: bool| {
        assert_eq!(files.look(&anchors, NOW), changed, "{expected:?}");
        assert_eq!(numbers(&files), expected);
        assert!(!files.look(&anchors, NOW), "and then nothing more");
    };
    look(&[], false);

    put(&conf.join("crl/ca.crl"), &list(5));
    // What else is in such a folder: keys and certificates, and text.
    put(&conf.join("server.pem"), authority.pem.as_bytes());
    put(&conf.join("postern.conf"), b"hostname=x");
    put(&conf.join(".hidden/old.crl"), &list(1));
    look(&["5"], true);
    put(&conf.join("crl/ca.crl"), &list(6));
    look(&["6"], true);
    // Broken, cut off, older: what was known stays.
    for bad in [&b"garbage"[..], &list(7)[..40], &list(4)] {
        put(&conf.join("crl/ca.crl"), bad);
        look(&["6"], true);
    }
    put(&conf.join("crl/ca.crl"), &list(7));
    look(&["7"], true);
    std::fs::remove_file(conf.join("crl/ca.crl")).unwrap();
    look(&[], true);
    // A name says nothing.
    put(&conf.join("crl/ca.r00"), &list(8));
    look(&["8"], true);
    put(&conf.join("crl/ca.r00"), b"something else by now");
    look(&["8"], true);
}

#[test]
fn several_lists_in_one_file_links_and_files_by_name() {
    let (authority, other, folder) = (Authority::new("A"), Authority::new("B"), Folder::new());
    let der = authority.list(LIST);
    let pem = |der: &[u8]| {
        use base64::Engine as _;
        let text = base64::engine::general_purpose::STANDARD.encode(der);
        format!("-----BEGIN X509 CRL-----\n{text}\n-----END X509 CRL-----\n")
    };
    let both = pem(&der) + &pem(&other.list(List { number: 6, ..LIST }));
    // As Kubernetes mounts files: a link to a link into a hidden folder.
    let secret = folder.0.join("secret");
    put(&secret.join("..1/list"), both.as_bytes());
    std::os::unix::fs::symlink("..1", secret.join("..data")).unwrap();
    std::os::unix::fs::symlink("..data/list", secret.join("list")).unwrap();
    let named: Vec<PathBuf> = vec![secret.join("list")];
    let nowhere = folder.0.join("conf");
    let mut files = Files::new(named, nowhere, 1024 * 1024);
    assert!(files.look(&authority.anchors(), NOW));
    assert_eq!(numbers(&files), ["5", "6"]);

    put(
        &secret.join("..2/list"),
        &authority.list(List { number: 8, ..LIST }),
    );
    std::os::unix::fs::symlink("..2", secret.join("..new")).unwrap();
    std::fs::rename(secret.join("..new"), secret.join("..data")).unwrap();
    assert!(files.look(&authority.anchors(), NOW));
    assert_eq!(numbers(&files), ["8"]);

    // Too large.
    let mut small = Files::new(vec![secret.join("list")], folder.0.join("conf"), 100);
    small.look(&authority.anchors(), NOW);
    assert!(numbers(&small).is_empty());
}
