//! `postern options`: the reference of all options, as `docs/guide/options.md` has it.

/// Prints the page.
pub(super) fn run() -> anyhow::Result<()> {
    super::say(&crate::config::reference::page());
    Ok(())
}
