//! `postern build`: there is nothing to build.

use crate::config::{Line, Profile, Resolved, Surroundings, resolve};

/// Judges the options alone, as far as they can be judged without a server, and says that nothing has to be done.
pub(super) fn run(line: Line) -> anyhow::Result<()> {
    let Resolved {
        notes, problems, ..
    } = resolve(line, &Surroundings::of_process(), Profile::Production);
    problems.into_result()?;
    let notes: String = notes.iter().map(|note| format!("{note}\n")).collect();
    super::say(&format!(
        "{notes}There is nothing to build: every option is read when the server starts. Give the same options to `start`.\n"
    ));
    Ok(())
}
