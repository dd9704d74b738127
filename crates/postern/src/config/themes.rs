//! Where the looks of pages come from.

use super::given::Given;
use super::problem::Problems;
use super::setting::Default::{By, Nothing};
use super::setting::{Kind, settings};
use pages::{Reload, ThemeFolder};
use std::path::PathBuf;

settings! {
    /// The folder with themes for the pages of the sign-in, one below it each: `<theme>/login/` with `theme.properties`, `messages`, `resources` and `templates`. Without it, `themes` below the home folder when that is there.
    THEME_DIR = "spi-theme--folder--dir", Kind::Path, Nothing, since "0.1.0";
    /// Whether themes are read once, at the start. `false` looks at their folder for every page and reads it again when a file changed: for whoever makes a theme.
    THEME_CACHE = "spi-theme--cache-themes", Kind::Switch, By { start: "true", dev: "false" }, since "0.1.0";
}

/// Where the looks of pages come from: nowhere, when there is no folder.
#[derive(Clone, Debug)]
pub(crate) struct Themes {
    /// The folder.
    pub folder: Option<ThemeFolder>,
}

pub(super) fn read(given: &Given, problems: &mut Problems) -> Option<Themes> {
    let reload = if given.switch(&THEME_CACHE) {
        Reload::Never
    } else {
        Reload::OnChange
    };
    let path = match given.path(&THEME_DIR) {
        Some(path) if !path.is_dir() => {
            problems.add(
                given.written(&THEME_DIR),
                format!("{} is no folder", path.display()),
                "name a folder with themes",
            );
            return None;
        }
        Some(path) => Some(path),
        None => {
            Some(given.surroundings.below_home("themes")).filter(|path: &PathBuf| path.is_dir())
        }
    };
    Some(Themes {
        folder: path.map(|path| ThemeFolder { path, reload }),
    })
}
