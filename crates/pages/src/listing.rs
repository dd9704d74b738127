//! The files below a folder, found by listing it, within bounds.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::theme_folder::inside;

const DEEPEST: usize = 8;
const MOST_FILES: usize = 2000;

/// What is below a folder.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    pub files: Vec<Found>,
    /// What was left out, and why.
    pub problems: Vec<(PathBuf, String)>,
}

/// A file.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    /// Its path from the folder, with `/`.
    pub name: String,
    /// Where it is, every link followed.
    pub path: PathBuf,
    pub size: u64,
    pub changed: Option<SystemTime>,
}

/// Lists `folder`, by name. Hidden entries are passed over; a link counts when it leads to something below `root`.
pub(crate) fn list(root: &Path, folder: &Path) -> Listing {
    let mut listing = Listing::default();
    walk(root, folder, "", 0, &mut listing);
    listing
}

fn walk(root: &Path, folder: &Path, before: &str, depth: usize, listing: &mut Listing) {
    if depth > DEEPEST {
        let what = "is too deep, and is not used".to_owned();
        listing.problems.push((folder.to_owned(), what));
        return;
    }
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            let what = format!("can't be read: {error}");
            listing.problems.push((folder.to_owned(), what));
            return;
        }
    };
    let mut names: Vec<_> = entries.flatten().map(|entry| entry.file_name()).collect();
    names.sort();
    for name in names {
        let path = folder.join(&name);
        let Some(name) = name.to_str() else {
            let what = "has a name that is not UTF-8, and is not used".to_owned();
            listing.problems.push((path, what));
            continue;
        };
        if name.starts_with('.') {
            continue;
        }
        let (Some(followed), Ok(facts)) = (inside(root, &path), path.metadata()) else {
            let what = "leads out of the folder with the themes, or nowhere, and is not used";
            listing.problems.push((path, what.to_owned()));
            continue;
        };
        let name = format!("{before}{name}");
        if facts.is_dir() {
            walk(root, &path, &format!("{name}/"), depth + 1, listing);
        } else if facts.is_file() {
            if listing.files.len() >= MOST_FILES {
                let what = format!("has more than {MOST_FILES} files; the rest is not used");
                listing.problems.push((folder.to_owned(), what));
                return;
            }
            listing.files.push(Found {
                name,
                path: followed,
                size: facts.len(),
                changed: facts.modified().ok(),
            });
        }
    }
}
