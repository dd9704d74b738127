//! What was given, from whatever source, for each option that is served; the default for the rest.

use super::setting::{Profile, Setting};
use super::sources::{Source, Surroundings};
use super::values;
use jose::Secret;
use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

/// The values of all options, each fit for its kind.
#[derive(Debug)]
pub(crate) struct Given {
    pub(super) values: HashMap<&'static str, Value>,
    /// Levels of parts of the log, by category.
    pub(super) levels: Vec<(String, String)>,
    pub(super) profile: Profile,
    pub(super) surroundings: Surroundings,
}

/// A value and who gave it.
#[derive(Clone)]
pub(super) struct Value {
    pub text: String,
    pub source: Source,
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "(a value from {})", self.source)
    }
}

impl Given {
    /// The value, or the default, or nothing.
    pub(super) fn text(&self, setting: &Setting) -> Option<&str> {
        match self.values.get(setting.key) {
            Some(value) => Some(value.text.as_str()),
            None => setting.default_in(self.profile),
        }
    }

    pub(super) fn is_set(&self, setting: &Setting) -> bool {
        self.values.contains_key(setting.key)
    }

    pub(super) fn source(&self, setting: &Setting) -> Source {
        self.values
            .get(setting.key)
            .map_or(Source::Default, |value| value.source.clone())
    }

    /// The option as its source writes it, for messages.
    pub(super) fn written(&self, setting: &Setting) -> String {
        self.source(setting).written(setting.key)
    }

    /// How another value is given where this one was.
    pub(super) fn rewritten(&self, setting: &Setting, value: &str) -> String {
        self.source(setting).rewritten(setting.key, value)
    }

    pub(super) fn switch(&self, setting: &Setting) -> bool {
        self.text(setting).and_then(values::switch).unwrap_or(false)
    }

    pub(super) fn port(&self, setting: &Setting) -> u16 {
        self.text(setting)
            .and_then(|text| text.parse().ok())
            .unwrap_or(0)
    }

    pub(super) fn number(&self, setting: &Setting) -> u32 {
        self.text(setting)
            .and_then(|text| text.parse().ok())
            .unwrap_or(1)
    }

    pub(super) fn duration(&self, setting: &Setting) -> Duration {
        self.text(setting)
            .and_then(values::duration)
            .unwrap_or_default()
    }

    pub(super) fn list(&self, setting: &Setting) -> impl Iterator<Item = &str> {
        values::list(self.text(setting).unwrap_or_default())
    }

    pub(super) fn secret(&self, setting: &Setting) -> Option<Secret> {
        self.text(setting).map(Secret::from)
    }

    pub(super) fn path(&self, setting: &Setting) -> Option<PathBuf> {
        self.text(setting).map(PathBuf::from)
    }
}
