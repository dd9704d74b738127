//! From what every source says to one value for each option; whatever can't be one is told.

use super::expand::expand;
use super::given::{Given, Value};
use super::known::{Known, known, names, plain};
use super::legacy::{DEAD_VARIABLES, LEGACY, Legacy, VARIABLES, legacy, successors};
use super::line::Line;
use super::nearest::nearest;
use super::problem::Problems;
use super::setting::{Kind, Profile, Setting};
use super::sources::{Entry, Source, Surroundings, from_environment, from_files, from_line};
use super::{LOG_CATEGORY, served, setting_of, values};
use std::collections::HashMap;

/// Keycloak's names of SPIs whose options are read here: what they don't know is a mistake. Options of other SPIs have no effect.
const OUR_SPIS: &[&str] = &["spi-x509cert-lookup-", "spi-sticky-session-encoder-"];

/// Values, what they will not do, and what is wrong with them.
pub(crate) struct Resolved {
    /// The values that are fit.
    pub given: Given,
    /// A line for each thing that was given and has no effect.
    pub notes: Vec<String>,
    /// A line for each thing that may have been meant to have one.
    pub warnings: Vec<String>,
    /// What has to be mended.
    pub problems: Problems,
}

/// Gathers all sources. The first that has a key wins, in Keycloak's order: command line, environment, files.
pub(crate) fn resolve(mut line: Line, surroundings: &Surroundings, profile: Profile) -> Resolved {
    let mut problems = Problems::default();
    let file = line.take("config-file");
    let mut entries = from_line(&line.options);
    entries.extend(from_environment(surroundings));
    entries.extend(from_files(file.as_deref(), surroundings, &mut problems));
    let mut resolving = Resolving {
        given: Given {
            values: HashMap::new(),
            levels: Vec::new(),
            profile,
            surroundings: surroundings.clone(),
        },
        notes: Vec::new(),
        warnings: Vec::new(),
        problems,
    };
    let is_given = |key: &str| entries.iter().any(|entry| entry.key == key);
    for entry in &entries {
        resolving.take(entry, &is_given);
    }
    for (variable, key) in VARIABLES {
        if let Some(value) = surroundings
            .variable(variable)
            .filter(|value| !value.is_empty())
        {
            resolving.notes.push(format!(
                "{variable} is the older name of {}",
                super::setting::variable(key)
            ));
            let entry = Entry {
                key: (*key).to_owned(),
                text: value.to_owned(),
                literal: false,
                source: Source::Environment((*variable).to_owned()),
            };
            resolving.take(&entry, &is_given);
        }
    }
    for (variable, now) in DEAD_VARIABLES {
        if surroundings.variable(variable).is_some() {
            resolving
                .notes
                .push(format!("{variable} has no effect: it is now {now}"));
        }
    }
    for property in &line.properties {
        let name = property.split('=').next().unwrap_or(property);
        resolving
            .notes
            .push(format!("{name} has no effect: there is no JVM"));
    }
    Resolved {
        given: resolving.given,
        notes: resolving.notes,
        warnings: resolving.warnings,
        problems: resolving.problems,
    }
}

struct Resolving {
    given: Given,
    notes: Vec<String>,
    warnings: Vec<String>,
    problems: Problems,
}

impl Resolving {
    fn take(&mut self, entry: &Entry, is_given: &dyn Fn(&str) -> bool) {
        if let Some(setting) = setting_of(&entry.key) {
            self.take_served(entry, setting);
        } else if entry.key.starts_with(LOG_CATEGORY) {
            self.take_category(entry);
        } else if let Some(known) = known(&entry.key) {
            self.take_known(entry, known);
        } else if let Some(legacy) = legacy(&entry.key) {
            let written = entry.source.written(&entry.key);
            match legacy.now.filter(|now| is_given(now)) {
                Some(now) => self
                    .notes
                    .push(format!("{written} has no effect: {now} takes its place")),
                None => self.take_legacy(entry, legacy),
            }
        } else {
            self.take_unknown(entry);
        }
    }

    fn take_served(&mut self, entry: &Entry, setting: &'static Setting) {
        if self.given.values.contains_key(setting.key) {
            return;
        }
        let Some(text) = self.expanded(entry, setting.is_secret()) else {
            return;
        };
        if text.is_empty() && !setting.is_secret() && setting.kind != Kind::Header {
            return;
        }
        if let Some((wrong, right)) = values::objection(setting.kind, &text) {
            let what = format!("{text:?} {wrong}");
            // The words of a kind are Keycloak's; what of them is not served yet, the option itself explains.
            self.problems.add(
                entry.source.written(setting.key),
                super::not_served_value(setting, &text).unwrap_or(what),
                entry.source.rewritten(setting.key, &right),
            );
            return;
        }
        let value = Value {
            text,
            source: entry.source.clone(),
        };
        self.given.values.insert(setting.key, value);
    }

    /// `log-level-<category>`: the levels of parts of the log, all kept.
    fn take_category(&mut self, entry: &Entry) {
        let Some(text) = self.expanded(entry, false) else {
            return;
        };
        let category = &entry.key[LOG_CATEGORY.len()..];
        match super::operation::level(&text) {
            Some(_) => self.given.levels.push((category.to_owned(), text)),
            None => self.problems.add(
                entry.source.written(&entry.key),
                format!("{text:?} is no level: off, error, warn, info, debug or trace"),
                entry.source.rewritten(&entry.key, "debug"),
            ),
        }
    }

    fn take_known(&mut self, entry: &Entry, known: Known) {
        let written = entry.source.written(&entry.key);
        match known {
            Known::NoEffect { why } => self.notes.push(format!("{written} has no effect: {why}")),
            Known::NotServed { why, instead, .. } => {
                let Some(text) = self.expanded(entry, true) else {
                    return;
                };
                if known.refuses(&text) {
                    self.problems
                        .add(written, format!("not served: {why}"), instead);
                }
            }
        }
    }

    /// An option of old: what its value means today, in the form of its source.
    fn take_legacy(&mut self, entry: &Entry, legacy: &Legacy) {
        let Some(text) = self.expanded(entry, false) else {
            return;
        };
        let remedy = match successors(legacy, &text) {
            Some(options) if options.is_empty() => "leave it out".to_owned(),
            Some(options) => {
                let written = options
                    .iter()
                    .map(|(key, value)| entry.source.rewritten(key, value));
                written.collect::<Vec<_>>().join(" and ")
            }
            None => legacy.translation.to_owned(),
        };
        self.problems.add(
            entry.source.written(&entry.key),
            "is an option of older Keycloaks",
            remedy,
        );
    }

    fn take_unknown(&mut self, entry: &Entry) {
        let written = entry.source.written(&entry.key);
        let key = plain(&entry.key);
        let is_spi = key.starts_with("spi-");
        if is_spi && !OUR_SPIS.iter().any(|ours| key.starts_with(ours)) {
            self.warnings.push(format!(
                "{written} has no effect: nothing here reads options of this SPI"
            ));
            return;
        }
        let known = served()
            .map(|setting| setting.key)
            .chain(names())
            .chain(LEGACY.iter().map(|legacy| legacy.name));
        let remedy = match nearest(&entry.key, known) {
            Some(near) => {
                let meant = match &entry.source {
                    Source::Environment(_) => super::setting::variable(near),
                    Source::CommandLine => format!("--{near}"),
                    Source::File { .. } | Source::Default => near.to_owned(),
                };
                format!("did you mean {meant}?")
            }
            None => "leave it out; docs/guide/options.md lists all options".to_owned(),
        };
        self.problems
            .add(written, "there is no such option", remedy);
    }

    fn expanded(&mut self, entry: &Entry, is_secret: bool) -> Option<String> {
        if entry.literal {
            return Some(entry.text.clone());
        }
        let surroundings = &self.given.surroundings;
        let named = |name: &str| match name {
            "kc.home.dir" => Some(surroundings.home.display().to_string()),
            name => surroundings.variable(name).map(str::to_owned),
        };
        match expand(&entry.text, &named) {
            Ok(text) => Some(text),
            Err(name) => {
                let what = if is_secret {
                    "it names a variable of the environment that is not set".to_owned()
                } else {
                    format!("${{{name}}} names a variable of the environment that is not set")
                };
                let remedy = format!(
                    "set the variable; to mean the text itself write a backslash before the $, or set KCRAW_{}",
                    super::setting::variable(&entry.key).trim_start_matches("KC_")
                );
                self.problems
                    .add(entry.source.written(&entry.key), what, remedy);
                None
            }
        }
    }
}
