//! `postern import`: realms from files, without a server.

use super::with_database;
use crate::config::Line;
use crate::startup::import::{self, Existing};
use crate::startup::master;
use anyhow::bail;
use std::path::{Path, PathBuf};

/// Reads the files and stores the realms.
pub(super) fn run(mut line: Line) -> anyhow::Result<()> {
    line.take_flag("optimized");
    let existing = match line.take("override").as_deref() {
        None | Some("true") => Existing::Replace,
        Some("false") => Existing::Keep,
        Some(other) => bail!("--override={other}: write true or false"),
    };
    let files = match (line.take("dir"), line.take("file")) {
        (Some(dir), None) => import::files_of(Path::new(&dir))?,
        (None, Some(file)) => vec![PathBuf::from(file)],
        _ => bail!("write either --dir or --file"),
    };
    if files.is_empty() {
        bail!("--dir: there are no realm files (*.json) in it");
    }
    let imports = import::read(&files, &[], &|name| std::env::var(name).ok())?;
    with_database(line, async |store| {
        master::ensure(&store).await?;
        let now = authn::Clock::system().now();
        let count = import::store(&store, imports, existing, now).await?;
        println!("{count} realms imported");
        Ok(())
    })
}
