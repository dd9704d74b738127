//! Certificates, keys, truststores and the authority for proxies, which are read again: when a file changes, when their period is over, and when the process is told (SIGHUP).

use super::proxies::ProxiesFile;
use super::truststore::Truststore;
use crate::server::tls::Tls;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Files are looked at this often.
const LOOK: Duration = Duration::from_secs(2);
/// Folders in folders, and files in all, at the most.
const DEPTH: usize = 8;
const MOST_FILES: usize = 10_000;

/// Everything that is read again.
pub(crate) struct Fresh {
    truststores: Vec<Watched<Truststore>>,
    proxies: Option<Watched<ProxiesFile>>,
    listeners: Vec<Watched<Tls>>,
}

/// What was read from files, and how they looked then.
struct Watched<T> {
    what: T,
    paths: Vec<PathBuf>,
    period: Option<Duration>,
    seen: Vec<Seen>,
    read_at: Instant,
}

/// A file as it was.
#[derive(PartialEq, Eq)]
struct Seen {
    path: PathBuf,
    /// Device, number, size, and when it was written and changed; nothing when it is not there.
    numbers: Option<[i128; 5]>,
}

impl Fresh {
    /// All of them have just been read.
    pub(crate) fn new(
        truststores: Vec<Truststore>,
        proxies: Option<ProxiesFile>,
        listeners: Vec<Tls>,
    ) -> Self {
        let truststores = truststores.into_iter().map(|store| {
            let (paths, period) = (store.paths(), store.reload());
            Watched::new(store, paths, period)
        });
        let listeners = listeners.into_iter().map(|tls| {
            let (paths, period) = (tls.paths(), tls.reload());
            Watched::new(tls, paths, period)
        });
        let proxies = proxies.map(|file| {
            let (paths, period) = (vec![file.path.clone()], file.reload);
            Watched::new(file, paths, period)
        });
        Self {
            truststores: truststores.collect(),
            proxies,
            listeners: listeners.collect(),
        }
    }

    /// Reads again what has to be, for as long as the program runs.
    pub(crate) async fn keep(self) {
        let mut told = signal(SignalKind::hangup()).ok();
        let mut all = self;
        loop {
            let is_told = tokio::select! {
                () = tokio::time::sleep(LOOK) => false,
                () = hung_up(&mut told) => true,
            };
            let work = tokio::task::spawn_blocking(move || {
                all.look(is_told);
                all
            });
            match work.await {
                Ok(back) => all = back,
                Err(_) => return,
            }
        }
    }

    fn look(&mut self, is_told: bool) {
        let mut is_new = false;
        for store in &mut self.truststores {
            if store.is_due(is_told) {
                is_new |= store.what.renew();
            }
        }
        if let Some(proxies) = &mut self.proxies
            && proxies.is_due(is_told)
        {
            proxies.what.renew();
        }
        for tls in &mut self.listeners {
            if tls.is_due(is_told) {
                tls.what.renew_material();
            }
            if is_new {
                tls.what.renew_trust();
            }
        }
    }
}

async fn hung_up(told: &mut Option<Signal>) {
    match told {
        Some(signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}

impl<T> Watched<T> {
    fn new(what: T, paths: Vec<PathBuf>, period: Option<Duration>) -> Self {
        Self {
            what,
            // It was read some time ago: the first look reads it again.
            seen: Vec::new(),
            paths,
            period,
            read_at: Instant::now(),
        }
    }

    /// Whether it has to be read again; counts as read then.
    fn is_due(&mut self, is_told: bool) -> bool {
        let seen = match self.period {
            Some(_) => look_at(&self.paths),
            None if is_told => Vec::new(),
            None => return false,
        };
        let is_over = self
            .period
            .is_some_and(|period| self.read_at.elapsed() >= period);
        let is_due = is_told || is_over || seen != self.seen;
        if is_due {
            self.read_at = Instant::now();
            self.seen = seen;
        }
        is_due
    }
}

fn look_at(paths: &[PathBuf]) -> Vec<Seen> {
    let mut seen = Vec::new();
    paths
        .iter()
        .for_each(|path| look_into(path, DEPTH, &mut seen));
    seen
}

fn look_into(path: &Path, depth: usize, seen: &mut Vec<Seen>) {
    if seen.len() >= MOST_FILES {
        return;
    }
    // Of a link, the file that it leads to: Kubernetes changes secrets by turning a link.
    let metadata = std::fs::metadata(path).ok();
    let is_folder = metadata.as_ref().is_some_and(std::fs::Metadata::is_dir);
    seen.push(Seen {
        path: path.to_owned(),
        numbers: metadata.map(|it| {
            let nanos = |seconds: i64, rest: i64| i128::from(seconds) << 32 | i128::from(rest);
            [
                it.dev().into(),
                it.ino().into(),
                it.size().into(),
                nanos(it.mtime(), it.mtime_nsec()),
                nanos(it.ctime(), it.ctime_nsec()),
            ]
        }),
    });
    if !is_folder || depth == 0 {
        return;
    }
    let entries = std::fs::read_dir(path).into_iter().flatten();
    let mut entries: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for entry in entries {
        let name = entry.file_name().unwrap_or_default();
        if !name.to_string_lossy().starts_with('.') {
            look_into(&entry, depth - 1, seen);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::Folder;

    #[test]
    fn what_changed_is_due_and_what_did_not_is_not() {
        let folder = Folder::new();
        let file = folder.path("a.pem");
        std::fs::write(&file, "a").unwrap();
        let hour = Some(Duration::from_secs(3600));
        for path in [file.clone(), folder.path("")] {
            let mut watched = Watched::new((), vec![path], hour);
            assert!(watched.is_due(false), "the first time");
            assert!(!watched.is_due(false));
            assert!(watched.is_due(true), "told");
            std::fs::write(folder.path("b.pem"), "b").unwrap();
            std::fs::rename(folder.path("b.pem"), &file).unwrap();
            assert!(watched.is_due(false), "another file of that name");
            assert!(!watched.is_due(false));
            std::fs::remove_file(&file).unwrap();
            assert!(watched.is_due(false), "gone");
            std::fs::write(&file, "a").unwrap();
            assert!(watched.is_due(false), "there again");
            watched.period = Some(Duration::ZERO);
            assert!(watched.is_due(false), "its period is over");
            watched.period = None;
            std::fs::remove_file(&file).unwrap();
            assert!(!watched.is_due(false), "never");
            assert!(watched.is_due(true), "told all the same");
            std::fs::write(&file, "a").unwrap();
        }
    }
}
