//! `postern show-config`: each value with its source.

use crate::config::show::{Extent, show};
use crate::config::{Line, Profile, Surroundings, read, resolve};
use anyhow::bail;
use std::fmt::Write as _;

/// Prints what is set, or with `all` the defaults too; then whatever would stop a start.
pub(super) fn run(words: &[&str], mut line: Line) -> anyhow::Result<()> {
    line.take_flag("optimized");
    let profile = match line.take("profile").as_deref() {
        None | Some("prod" | "start") => Profile::Production,
        Some("dev" | "start-dev") => Profile::Development,
        Some(other) => bail!("{other:?} is no profile: dev or prod"),
    };
    let extent = match words {
        [] => Extent::Set,
        ["all"] => Extent::All,
        other => bail!(
            "show-config takes no {:?}: it takes `all`, or nothing",
            other.join(" ")
        ),
    };
    let resolved = resolve(line, &Surroundings::of_process(), profile);
    let mut text = show(&resolved.given, extent);
    let mut note = |note: &String| {
        let _ = writeln!(text, "    # {note}");
    };
    let noted = resolved.notes.clone();
    let config = read(resolved);
    match &config {
        Ok(config) => config
            .notes
            .iter()
            .chain(&config.warnings)
            .for_each(&mut note),
        Err(_) => noted.iter().for_each(&mut note),
    }
    super::say(&text);
    match config {
        Ok(_) => Ok(()),
        Err(problems) => bail!("a start would stop here: {problems}"),
    }
}
