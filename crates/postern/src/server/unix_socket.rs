//! A socket in the file system, for a proxy on the same machine: who may open the file may speak.

use std::fs::Permissions;
use std::io;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use tokio::net::UnixListener;

/// A socket's file, which goes away with this value unless somebody else has put another in its place.
#[derive(Debug)]
pub(super) struct SocketFile {
    path: PathBuf,
    identity: (u64, u64),
}

/// Listens at a path. A file that nobody listens at any more, left over from a process that was killed, is replaced.
///
/// # Errors
/// The system's; `AddrInUse` when somebody listens there, `AlreadyExists` when what is there is no socket.
pub(super) fn bind(path: &Path, mode: u32) -> io::Result<(UnixListener, SocketFile)> {
    match std::fs::symlink_metadata(path) {
        Ok(there) if !there.file_type().is_socket() => {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        Ok(_) if std::os::unix::net::UnixStream::connect(path).is_ok() => {
            return Err(io::ErrorKind::AddrInUse.into());
        }
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    // Under another name until nobody can open it who may not: then it takes its place at once, a left-over file's too.
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}", std::process::id()));
    let begun = PathBuf::from(name);
    match std::fs::remove_file(&begun) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&begun)?;
    let placed = std::fs::set_permissions(&begun, Permissions::from_mode(mode))
        .and_then(|()| std::fs::rename(&begun, path))
        .and_then(|()| identity(path));
    match placed {
        Ok(identity) => Ok((
            listener,
            SocketFile {
                path: path.to_owned(),
                identity,
            },
        )),
        Err(error) => {
            let _ = std::fs::remove_file(&begun);
            Err(error)
        }
    }
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    let there = std::fs::symlink_metadata(path)?;
    Ok((there.dev(), there.ino()))
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if identity(&self.path).is_ok_and(|there| there == self.identity) {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let name = format!("postern-{name}-{}", std::process::id());
            let path = std::env::temp_dir().join(name);
            std::fs::create_dir_all(&path).unwrap();
            Self(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[tokio::test]
    async fn a_left_over_file_is_replaced_and_nothing_else_is() {
        let folder = Folder::new("left-over");
        let path = folder.0.join("http.sock");
        // What a killed process leaves behind.
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        assert!(path.exists());
        let (_listener, file) = bind(&path, 0o660).unwrap();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o660);
        assert_eq!(std::fs::read_dir(&folder.0).unwrap().count(), 1);
        let second = bind(&path, 0o660).unwrap_err();
        assert_eq!(second.kind(), io::ErrorKind::AddrInUse);
        drop(file);
        assert!(!path.exists());

        std::fs::write(&path, "letters").unwrap();
        let refused = bind(&path, 0o660).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "letters");
        assert!(bind(&folder.0.join("no/http.sock"), 0o660).is_err());
    }

    #[tokio::test]
    async fn a_file_that_took_our_place_stays() {
        let folder = Folder::new("took-place");
        let path = folder.0.join("http.sock");
        let (_listener, file) = bind(&path, 0o600).unwrap();
        std::fs::remove_file(&path).unwrap();
        let _other = std::os::unix::net::UnixListener::bind(&path).unwrap();
        drop(file);
        assert!(path.exists());
    }
}
