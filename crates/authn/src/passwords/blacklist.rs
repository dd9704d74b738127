//! Lists of passwords that nobody may have: text files in one folder, a password a line, read when a policy first names them.
//!
//! Of each password half of its SHA-256 is kept, 16 bytes: a million lines take 16 MB, and no list of passwords stands in our memory.

use realm::password_policy::Broken;
use std::collections::HashMap;
use std::io::BufRead as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Longer lines are no passwords, bytes.
const LONGEST: u64 = 4096;
/// A list may have so many lines.
const MOST: usize = 20_000_000;

/// A part of a password's digest.
type Mark = [u8; 16];

/// The lists that policies may name.
#[derive(Default)]
pub struct Blacklists {
    folder: OnceLock<PathBuf>,
    read: Mutex<HashMap<String, Arc<Vec<Mark>>>>,
}

impl Blacklists {
    /// Says where the files are; only the first call counts.
    pub fn set_folder(&self, folder: PathBuf) {
        let _ = self.folder.set(folder);
    }

    /// Whether a list has this password, in any case. A list that can't be read refuses every password: nobody could tell.
    pub(crate) async fn refuses(&self, list: &str, password: &str) -> Option<Broken> {
        let known = self.lock().get(list).cloned();
        let marks = match known {
            Some(marks) => marks,
            None => match self.load(list).await {
                Ok(marks) => marks,
                Err(why) => {
                    tracing::error!(
                        code = "PASSWORD-LIST",
                        list,
                        "a list of the policy passwordBlacklist can't be read, so no password is accepted: {why}"
                    );
                    return Some(Broken::new("invalidPasswordGenericMessage"));
                }
            },
        };
        let has = marks.binary_search(&mark(password)).is_ok();
        has.then(|| Broken::new("invalidPasswordBlacklistedMessage"))
    }

    async fn load(&self, list: &str) -> Result<Arc<Vec<Mark>>, String> {
        let is_name = !list.contains(['/', '\\', '\0']) && list != "." && list != "..";
        let Some(folder) = self.folder.get().filter(|_| is_name) else {
            return Err("no folder is set for lists, or the name is none of a file".to_owned());
        };
        let path = folder.join(list);
        let reading = tokio::task::spawn_blocking(move || read(&path));
        let marks = reading.await.map_err(|error| error.to_string())??;
        let marks = Arc::new(marks);
        self.lock().insert(list.to_owned(), marks.clone());
        Ok(marks)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Vec<Mark>>>> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(path: &Path) -> Result<Vec<Mark>, String> {
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    let mut lines = std::io::BufReader::new(file);
    let (mut marks, mut line) = (Vec::new(), Vec::new());
    loop {
        line.clear();
        let mut one = std::io::Read::take(&mut lines, LONGEST);
        let read = one.read_until(b'\n', &mut line);
        if read.map_err(|error| error.to_string())? == 0 {
            break;
        }
        if marks.len() == MOST {
            return Err(format!("it has more than {MOST} lines"));
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end_matches(['\r', '\n']);
        if !text.is_empty() {
            marks.push(mark(text));
        }
    }
    marks.sort_unstable();
    marks.dedup();
    Ok(marks)
}

fn mark(password: &str) -> Mark {
    let digest = aws_lc_rs::digest::digest(
        &aws_lc_rs::digest::SHA256,
        password.to_lowercase().as_bytes(),
    );
    let mut mark = Mark::default();
    for (to, from) in mark.iter_mut().zip(digest.as_ref()) {
        *to = *from;
    }
    mark
}
