//! The configuration as it is, for `show-config`.

use super::given::Given;
use super::setting::{self, Profile, Setting};
use super::{LOG_CATEGORY, database, served};
use std::fmt::Write as _;

/// What stands for a secret.
const MASK: &str = "*******";

/// How much is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// What somebody set.
    Set,
    /// Defaults too.
    All,
}

/// Each value with its source and the environment variable that would set it; secrets masked.
pub(crate) fn show(given: &Given, extent: Extent) -> String {
    let mode = match given.profile {
        Profile::Production => "production",
        Profile::Development => "development",
    };
    let mut text = format!("Current Mode: {mode}\nCurrent Configuration:\n");
    let mut line = |key: &str, value: &str, source: &dyn std::fmt::Display| {
        let (source, variable) = (source.to_string(), setting::variable(key));
        let told = if source == variable {
            variable
        } else {
            format!("{source}; {variable}")
        };
        let _ = writeln!(text, "    {key} = {value}  ({told})");
    };
    let mut settings: Vec<&Setting> = served().collect();
    settings.sort_by_key(|setting| setting.key);
    for setting in settings {
        let Some(value) = given.text(setting) else {
            continue;
        };
        if given.is_set(setting) || extent == Extent::All {
            let shown = match setting.key {
                _ if setting.is_secret() => MASK.to_owned(),
                "db-url" | "db-url-properties" => database::without_password(value),
                _ => value.to_owned(),
            };
            line(setting.key, &shown, &given.source(setting));
        }
    }
    for (category, level) in &given.levels {
        line(&format!("{LOG_CATEGORY}{category}"), level, &"given");
    }
    text
}
