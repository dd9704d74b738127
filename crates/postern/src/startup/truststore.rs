//! Whose client certificates are accepted: PEM files and folders of them.

use std::fmt;
use std::path::{Path, PathBuf};
use x509::TrustAnchors;

/// Endings of key stores, which are not read.
const KEY_STORES: &[&str] = &["p12", "pfx", "pkcs12", "jks", "truststore"];
/// Folders in folders, at the most.
const DEPTH: usize = 8;

/// A file or folder that can't be used.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    path: PathBuf,
    reason: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.reason)
    }
}

/// Reads the files and folders that are named, and one that is read when it is there. A file that is named has to hold certificates, and so
/// has some file of a folder that is named.
pub(crate) fn read(named: &[PathBuf], also: Option<&Path>) -> (TrustAnchors, Vec<Fault>) {
    let mut reading = Reading::default();
    for path in named {
        if path.is_dir() {
            let before = (reading.files, reading.faults.len());
            reading.folder(path, DEPTH);
            if before == (reading.files, reading.faults.len()) {
                reading.fault(path, "there is no certificate in the folder".to_owned());
            }
        } else {
            reading.file(path, Place::Named);
        }
    }
    if let Some(folder) = also.filter(|path| path.is_dir()) {
        reading.folder(folder, DEPTH);
    }
    (reading.anchors, reading.faults)
}

#[derive(Default)]
struct Reading {
    anchors: TrustAnchors,
    /// How many files held certificates.
    files: usize,
    faults: Vec<Fault>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Named,
    InFolder,
}

impl Reading {
    fn fault(&mut self, path: &Path, reason: String) {
        self.faults.push(Fault {
            path: path.to_owned(),
            reason,
        });
    }

    fn folder(&mut self, path: &Path, depth: usize) {
        let entries = match std::fs::read_dir(path) {
            Ok(entries) => entries,
            Err(error) => return self.fault(path, format!("can't be read: {error}")),
        };
        let mut found: Vec<PathBuf> = entries
            .filter_map(Result::ok)
            .map(|entry| entry.path())
            .collect();
        found.sort();
        for path in found {
            // Kubernetes keeps the real files of a mounted secret in folders that begin with two dots.
            let is_hidden = path
                .file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with('.'));
            match path.is_dir() {
                _ if is_hidden => {}
                true if depth > 0 => self.folder(&path, depth - 1),
                true => self.fault(&path, "too many folders in folders".to_owned()),
                false => self.file(&path, Place::InFolder),
            }
        }
    }

    fn file(&mut self, path: &Path, place: Place) {
        match add(path, &mut self.anchors, place) {
            Ok(count) => self.files += usize::from(count > 0),
            Err(reason) => self.fault(path, reason),
        }
    }
}

/// Adds a file's certificates; gives how many there were.
fn add(path: &Path, anchors: &mut TrustAnchors, place: Place) -> Result<usize, String> {
    let ending = path
        .extension()
        .map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    if ending.is_some_and(|ending| KEY_STORES.contains(&ending.as_str())) {
        return Err(format!(
            "key stores are not read; make a PEM file of it: openssl pkcs12 -in {} -nokeys -out ca.pem",
            path.display()
        ));
    }
    let bytes = std::fs::read(path).map_err(|error| format!("can't be read: {error}"))?;
    let text = String::from_utf8_lossy(&bytes);
    if place == Place::InFolder && !text.contains("-----BEGIN CERTIFICATE-----") {
        return Ok(0);
    }
    anchors.add_pem(&text).map_err(|error| error.to_string())
}

/// Says who is trusted: one line each, and what is odd.
pub(crate) fn tell(anchors: &TrustAnchors, now: i64) {
    let list = anchors.list();
    for listed in &list {
        let what = if listed.root { "root" } else { "intermediate" };
        if listed.not_after < now {
            tracing::warn!(
                "truststore: {what} {} (serial {}) has expired",
                listed.subject,
                listed.serial
            );
        } else {
            tracing::info!(
                "truststore: {what} {} (serial {})",
                listed.subject,
                listed.serial
            );
        }
    }
    if !list.is_empty() && anchors.roots().is_empty() {
        tracing::warn!(
            "truststore: there are intermediates and no root, so no certificate will be accepted"
        );
    }
}
