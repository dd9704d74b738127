//! Folders that go away with their value. After a failure they stay, with the logs in them.

use std::path::{Path, PathBuf};

/// A new folder below the system's temporary one.
pub struct Folder(PathBuf);

impl Folder {
    /// Makes it; the name helps whoever looks at it after a failure.
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("postern-{name}-{}", realm::random_key()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// A path in it.
    pub fn at(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Writes a file into it; its path.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.at(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("kept: {}", self.0.display());
        } else {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }
}
