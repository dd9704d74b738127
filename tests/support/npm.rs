//! What tests ask of npm, as the lock file of `tests/browser` names it, installed below `target`.

use crate::program;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// A file of an installed package: `NAME/PATH`.
pub fn module(path: &str) -> PathBuf {
    folder().join("node_modules").join(path)
}

/// The folder whose `node_modules` has the packages.
pub fn folder() -> &'static Path {
    static READY: OnceLock<PathBuf> = OnceLock::new();
    READY.get_or_init(install)
}

fn install() -> PathBuf {
    const LOCK: &str = "package-lock.json";
    let asked = program::root().join("tests/browser");
    let folder = program::root().join("target/browser");
    std::fs::create_dir_all(&folder).unwrap();
    // One test program installs, and others wait for it.
    let guard = File::create(folder.join("installing")).unwrap();
    guard.lock().unwrap();
    let wanted = std::fs::read(asked.join(LOCK)).unwrap();
    let done = folder.join("installed.json");
    if std::fs::read(&done).is_ok_and(|there| there == wanted) {
        return folder;
    }
    for file in ["package.json", LOCK] {
        std::fs::copy(asked.join(file), folder.join(file)).unwrap();
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    let said = npm.current_dir(&folder).output().unwrap();
    let error = String::from_utf8_lossy(&said.stderr);
    assert!(said.status.success(), "npm ci: {error}");
    // Last, so that half an installation is none.
    std::fs::write(done, wanted).unwrap();
    folder
}
