//! Revocation lists in files, read again when they change.

use std::collections::{HashMap, HashSet};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use x509::{RevocationList, TrustAnchors, Unreadable};

/// Folders in folders, at the most.
const DEPTH: usize = 8;
/// Further files are not looked at.
const MOST: usize = 2000;

/// The lists of all files.
#[derive(Debug)]
pub(super) struct Files {
    named: Vec<PathBuf>,
    folder: PathBuf,
    most_bytes: u64,
    known: HashMap<PathBuf, File>,
}

#[derive(Debug)]
struct File {
    stamp: Stamp,
    lists: Vec<Arc<RevocationList>>,
}

/// By what a change is seen, also that of a link's target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    changed: (i64, i64),
    inode: u64,
    length: u64,
}

/// What of a folder may be something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// The operator named the file.
    Named,
    /// It is in a folder, and may hold anything.
    InFolder,
}

impl Files {
    pub(super) fn new(named: Vec<PathBuf>, folder: PathBuf, most_bytes: u64) -> Self {
        Self {
            named,
            folder,
            most_bytes,
            known: HashMap::new(),
        }
    }

    /// All lists.
    pub(super) fn lists(&self) -> impl Iterator<Item = &Arc<RevocationList>> {
        self.known.values().flat_map(|file| &file.lists)
    }

    /// Looks for changes, and tells whether there were any. Reads files, so it is not for a thread that serves.
    pub(super) fn look(&mut self, anchors: &TrustAnchors, now: i64) -> bool {
        let mut found = Vec::new();
        for path in &self.named {
            match path.is_dir() {
                true => collect(path, DEPTH, &mut found),
                false => found.push((path.clone(), Place::Named)),
            }
        }
        collect(&self.folder, DEPTH, &mut found);
        let before = self.known.len();
        let there: HashSet<&PathBuf> = found.iter().map(|(path, _)| path).collect();
        self.known.retain(|path, file| {
            let stays = there.contains(path);
            if !stays && !file.lists.is_empty() {
                tracing::warn!(
                    "revocation: {} is gone, and its lists with it",
                    path.display()
                );
            }
            stays
        });
        let mut changed = self.known.len() != before;
        for (path, place) in found {
            changed |= self.file(path, place, anchors, now);
        }
        changed
    }

    fn file(&mut self, path: PathBuf, place: Place, anchors: &TrustAnchors, now: i64) -> bool {
        let Ok(meta) = std::fs::metadata(&path) else {
            // Gone between two looks, or a link that leads nowhere: what was known stays until it is gone from the folder.
            return false;
        };
        let stamp = Stamp {
            changed: (meta.mtime(), meta.mtime_nsec()),
            inode: meta.ino(),
            length: meta.len(),
        };
        let old = self.known.get(&path);
        if old.is_some_and(|old| old.stamp == stamp) {
            return false;
        }
        let name = path.display();
        let lists = if stamp.length > self.most_bytes {
            if place == Place::Named || has_ending(&path, "crl") {
                tracing::warn!(
                    "revocation: {name} is larger than {} MiB (option revocation-max-size)",
                    self.most_bytes / 1024 / 1024
                );
            }
            None
        } else {
            read(&path, place)
        };
        let before = old.map_or(&[][..], |old| &old.lists);
        let lists = match lists {
            Some(lists) => newest(lists, before, &path),
            None if !before.is_empty() => {
                tracing::warn!("revocation: the lists that {name} held before are kept");
                before.to_vec()
            }
            None => Vec::new(),
        };
        for list in &lists {
            if before.iter().any(|known| Arc::ptr_eq(known, list)) {
                continue;
            }
            match list.verify(anchors, now) {
                Ok(_) => tracing::info!(
                    "revocation: {name}: list of {}, {} certificates, next due {}",
                    list.issuer(),
                    list.len(),
                    x509::instant_text(list.counts_until())
                ),
                Err(refusal) => {
                    tracing::warn!("revocation: {name}: {}: {refusal}", refusal.code());
                }
            }
        }
        let changed = !lists.is_empty() || !before.is_empty();
        self.known.insert(path, File { stamp, lists });
        changed
    }
}

/// The files below a folder. What is in one tells whether it is a list, not its name.
fn collect(folder: &Path, depth: usize, found: &mut Vec<(PathBuf, Place)>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    let mut paths: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .collect();
    paths.sort();
    for path in paths {
        // Kubernetes keeps the real files of a mounted secret in folders that begin with two dots.
        let is_hidden = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if is_hidden || found.len() >= MOST {
            continue;
        }
        if path.is_dir() {
            if depth > 0 {
                collect(&path, depth - 1, found);
            }
        } else if path.is_file() {
            found.push((path, Place::InFolder));
        }
    }
}

fn has_ending(path: &Path, ending: &str) -> bool {
    path.extension()
        .is_some_and(|found| found.eq_ignore_ascii_case(ending))
}

/// The lists of a file; nothing when it can't be read, which is told unless the file may well be something else.
fn read(path: &Path, place: Place) -> Option<Vec<RevocationList>> {
    let may_be_other = place == Place::InFolder && !has_ending(path, "crl");
    let read = std::fs::read(path)
        .map_err(|error| error.to_string())
        .and_then(|bytes| {
            RevocationList::from_pem_or_der(&bytes).map_err(|error| match error {
                Unreadable::Pem(_) => format!("{error} (is it still being written?)"),
                error => error.to_string(),
            })
        });
    match read {
        Ok(lists) => Some(lists),
        Err(_) if may_be_other => None,
        Err(error) => {
            tracing::warn!("revocation: {}: {error}", path.display());
            None
        }
    }
}

/// The lists that are there now, except that none takes the place of a newer one of its kind.
fn newest(
    lists: Vec<RevocationList>,
    before: &[Arc<RevocationList>],
    path: &Path,
) -> Vec<Arc<RevocationList>> {
    let kept = lists.into_iter().map(|list| {
        let newer = before
            .iter()
            .find(|known| known.kind() == list.kind() && known.is_newer_than(&list));
        match newer {
            Some(newer) => {
                tracing::warn!(
                    "revocation: {} has an older list of {} than before; the newer one counts until a restart",
                    path.display(),
                    list.issuer()
                );
                newer.clone()
            }
            None => Arc::new(list),
        }
    });
    kept.collect()
}
