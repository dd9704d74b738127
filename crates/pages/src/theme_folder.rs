//! Themes as Keycloak lays them out: `{folder}/{theme}/login/{theme.properties,messages,resources,templates}`.
//!
//! Everything is found by listing folders at one time, never by a name that a request brings. A link counts when it leads to something in the
//! folder; a file that is too large, too deep or of a kind that pages don't load is left out and named.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::assets::{Asset, fingerprint};
use crate::listing::{self, Found};
use crate::messages::Messages;
use crate::properties;
use crate::theme::{BUILT_IN, Parts, Theme};

/// A template or a message file is not larger.
const MOST_TEXT: u64 = 1 << 20;
/// Another file of a theme is not larger.
const MOST_BYTES: u64 = 16 << 20;

/// The folder with the themes, one below it each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThemeFolder {
    /// The folder.
    pub path: PathBuf,
    /// Whether a change in it counts at once.
    pub reload: Reload,
}

/// Whether themes are read again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Reload {
    /// They are read once.
    #[default]
    Never,
    /// For each page the folder is looked at, and read again when a file changed: for whoever makes a theme.
    OnChange,
}

/// The folder with the themes can't be read.
#[derive(Debug, thiserror::Error)]
#[error("{} can't be read", path.display())]
pub struct ThemeError {
    /// The folder.
    pub path: PathBuf,
    /// What the system said.
    pub source: std::io::Error,
}

/// Something in a theme that has no effect, and what stands for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThemeProblem {
    /// The stable identifier: `PAGE-…`.
    pub code: &'static str,
    /// The theme's name.
    pub theme: String,
    /// The file or folder.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: Option<usize>,
    /// What is wrong, and what happens.
    pub what: String,
}

impl fmt::Display for ThemeProblem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(out, ", line {line}")?;
        }
        write!(out, ": {}", self.what)
    }
}

impl ThemeFolder {
    /// A number that changes with the folder's files: their names, sizes and times.
    pub(crate) fn stamp(&self) -> Result<u64, ThemeError> {
        let mut facts = String::new();
        for name in self.names()? {
            let listing = listing::list(&self.path, &self.path.join(name).join("login"));
            for file in &listing.files {
                let changed = file.changed;
                facts.push_str(&format!("{} {} {changed:?}\n", file.name, file.size));
            }
        }
        Ok(fingerprint([facts.as_bytes()]))
    }

    /// Every theme by name, and what is wrong with them.
    pub(crate) fn read(
        &self,
        built_in: &Arc<Theme>,
    ) -> Result<(Themes, Vec<ThemeProblem>), ThemeError> {
        let mut reading = Reading {
            folder: self,
            built_in,
            sources: BTreeMap::new(),
            themes: BTreeMap::new(),
            problems: Vec::new(),
        };
        for name in self.names()? {
            reading.source(name);
        }
        let names: Vec<String> = reading.sources.keys().cloned().collect();
        for name in names {
            reading.theme(&name, &mut Vec::new());
        }
        Ok((reading.themes, reading.problems))
    }

    /// The folders in the folder, but for hidden ones.
    fn names(&self) -> Result<Vec<String>, ThemeError> {
        let unreadable = |source| ThemeError {
            path: self.path.clone(),
            source,
        };
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&self.path).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let name = entry.file_name().into_string();
            let name = name.ok().filter(|name| !name.starts_with('.'));
            names.extend(name.filter(|_| entry.path().is_dir()));
        }
        names.sort();
        Ok(names)
    }
}

/// Every theme by name.
pub(crate) type Themes = BTreeMap<String, Arc<Theme>>;

/// What a theme's own folder holds.
struct Source {
    properties: BTreeMap<String, String>,
    files: Vec<Found>,
}

struct Reading<'a> {
    folder: &'a ThemeFolder,
    built_in: &'a Arc<Theme>,
    sources: BTreeMap<String, Source>,
    themes: Themes,
    problems: Vec<ThemeProblem>,
}

impl Reading<'_> {
    fn problem(
        &mut self,
        code: &'static str,
        theme: &str,
        file: impl Into<PathBuf>,
        line: Option<usize>,
        what: impl Into<String>,
    ) {
        self.problems.push(ThemeProblem {
            code,
            theme: theme.to_owned(),
            file: file.into(),
            line,
            what: what.into(),
        });
    }

    /// Lists a theme's folder.
    fn source(&mut self, name: String) {
        let folder = self.folder.path.join(&name);
        for kind in ["account", "admin", "email", "welcome", "common"] {
            if folder.join(kind).is_dir() {
                let what = "has no effect: only the pages of the sign-in have themes";
                self.problem("PAGE-THEME-KIND", &name, folder.join(kind), None, what);
            }
        }
        let login = folder.join("login");
        if !login.is_dir() {
            return;
        }
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if !name.bytes().all(is_plain) {
            let what = "has no effect: the name of a theme has letters, digits, dots, dashes and underscores alone";
            self.problem("PAGE-THEME-KIND", &name, login, None, what);
            return;
        }
        if BUILT_IN.contains(&name.as_str()) {
            let what = "has no effect: the name is that of a theme that is built in";
            self.problem("PAGE-THEME-KIND", &name, login, None, what);
            return;
        }
        let listing = listing::list(&self.folder.path, &login);
        for (path, what) in listing.problems {
            self.problem("PAGE-THEME-FILE", &name, path, None, what);
        }
        let mut properties = BTreeMap::new();
        if let Some(file) = listing
            .files
            .iter()
            .find(|it| it.name == "theme.properties")
            && let Some(text) = self.text(&name, file)
        {
            let read = properties::read(&text, |_, key, value| {
                properties.insert(key, value);
            });
            if let Err(line) = read {
                let what = "is no key=value; what stands below it is not read";
                self.problem("PAGE-THEME-TEXTS", &name, &file.path, Some(line), what);
            }
        }
        let source = Source {
            properties,
            files: listing.files,
        };
        self.sources.insert(name, source);
    }

    /// Makes a theme, its parents first.
    fn theme(&mut self, name: &str, below: &mut Vec<String>) -> Option<Arc<Theme>> {
        if let Some(theme) = self.themes.get(name) {
            return Some(Arc::clone(theme));
        }
        let source = self.sources.get(name)?;
        let properties = source.properties.clone();
        let files = source.files.clone();
        below.push(name.to_owned());
        let parent = match properties.get("parent").map(|parent| parent.trim()) {
            None | Some("") => None,
            Some(parent) if BUILT_IN.contains(&parent) => None,
            Some(parent) => {
                let is_circle = below.iter().any(|theme| theme == parent);
                let found = if is_circle {
                    None
                } else {
                    self.theme(parent, below)
                };
                if found.is_none() {
                    let file = self.folder.path.join(name).join("login/theme.properties");
                    let why = if is_circle {
                        "is its own parent"
                    } else {
                        "is not here"
                    };
                    let what = format!("the parent {parent} {why}; our own look stands for it");
                    self.problem("PAGE-THEME-PARENT", name, file, None, what);
                }
                found
            }
        };
        below.pop();
        let parent = parent.unwrap_or_else(|| Arc::clone(self.built_in));
        let mut parts = parent.parts().clone();
        self.overlay(name, &mut parts, properties, files);
        let mut wrong = Vec::new();
        let theme = Theme::new(name, parts, &mut |path, error| {
            wrong.extend(path.map(|path| (path.clone(), error.line(), error.to_string())));
        });
        for (path, line, error) in wrong {
            let what = format!("{error}; the page is shown in our own look");
            self.problem("PAGE-TEMPLATE", name, path, line, what);
        }
        let theme = Arc::new(theme);
        self.themes.insert(name.to_owned(), Arc::clone(&theme));
        Some(theme)
    }

    /// Lays a theme's own files over its parent's.
    fn overlay(
        &mut self,
        theme: &str,
        parts: &mut Parts,
        properties: BTreeMap<String, String>,
        files: Vec<Found>,
    ) {
        let mut freemarker = Vec::new();
        let mut unknown = Vec::new();
        for file in files {
            if file.name == "theme.properties" {
                continue;
            }
            if file.name.ends_with(".ftl") {
                freemarker.push(file.name);
            } else if let Some(name) = file.name.strip_prefix("templates/") {
                if !parts.templates.contains_key(name) {
                    unknown.push(file.name);
                } else if let Some(text) = self.text(theme, &file) {
                    let name = name.to_owned();
                    parts.templates.insert(name, (Some(file.path), text));
                }
            } else if let Some(name) = file.name.strip_prefix("messages/") {
                match language(name) {
                    Some(tag) => self.messages(theme, parts, &file, tag),
                    None => unknown.push(file.name),
                }
            } else if let Some(name) = file.name.strip_prefix("resources/") {
                match self.asset(theme, name, &file) {
                    Some(asset) => {
                        parts.assets.insert(name.to_owned(), Arc::new(asset));
                    }
                    None => unknown.push(file.name),
                }
            } else {
                unknown.push(file.name);
            }
        }
        let folder = self.folder.path.join(theme).join("login");
        if !freemarker.is_empty() {
            let what = format!(
                "{} can't be used: they are FreeMarker templates, which only run in Java. The theme's texts, styles and pictures are used; for other templates see the guide on themes",
                some_of(&freemarker)
            );
            self.problem("PAGE-THEME-FREEMARKER", theme, &folder, None, what);
        }
        if !unknown.is_empty() {
            let what = format!(
                "{} are not used: pages have no place for them, and run no script of a theme",
                some_of(&unknown)
            );
            self.problem("PAGE-THEME-FILE", theme, &folder, None, what);
        }
        if let Some(styles) = properties.get("styles") {
            parts.styles = Vec::new();
            for style in styles.split_whitespace() {
                if parts.assets.contains_key(style) {
                    parts.styles.push(style.to_owned());
                } else {
                    let what = format!("styles names {style}, and there is no resources/{style}");
                    let file = folder.join("theme.properties");
                    self.problem("PAGE-THEME-FILE", theme, file, None, what);
                }
            }
        }
        parts.properties.extend(properties);
    }

    fn messages(&mut self, theme: &str, parts: &mut Parts, file: &Found, tag: String) {
        let Some(text) = self.text(theme, file) else {
            return;
        };
        let mut texts = parts.messages.get(&tag).map(|it| Messages::clone(it));
        let texts = texts.get_or_insert_default();
        match texts.add(&text) {
            Ok(()) => {
                parts.messages.insert(tag, Arc::new(std::mem::take(texts)));
            }
            Err(line) => {
                let what = "is no key=value; no text of the file is used";
                self.problem("PAGE-THEME-TEXTS", theme, &file.path, Some(line), what);
            }
        }
    }

    /// The file as pages load it; `None` when it is of a kind that they don't.
    fn asset(&mut self, theme: &str, name: &str, file: &Found) -> Option<Asset> {
        let kind = Asset::new(name, &b""[..])?;
        if kind.content_type.starts_with("text/javascript") {
            return None;
        }
        let bytes = self.bytes(theme, file, MOST_BYTES)?;
        Asset::new(name, bytes)
    }

    fn text(&mut self, theme: &str, file: &Found) -> Option<String> {
        let bytes = self.bytes(theme, file, MOST_TEXT)?;
        let text = String::from_utf8(bytes);
        if text.is_err() {
            let what = "is not UTF-8, and is not used";
            self.problem("PAGE-THEME-FILE", theme, &file.path, None, what);
        }
        text.ok()
    }

    fn bytes(&mut self, theme: &str, file: &Found, most: u64) -> Option<Vec<u8>> {
        let what = if file.size > most {
            format!("is larger than {} MiB, and is not used", most >> 20)
        } else {
            match std::fs::read(&file.path) {
                Ok(bytes) => return Some(bytes),
                Err(error) => format!("can't be read: {error}"),
            }
        };
        self.problem("PAGE-THEME-FILE", theme, &file.path, None, what);
        None
    }
}

/// The language of a message file: `messages_pt_BR.properties` is `pt-BR`.
fn language(name: &str) -> Option<String> {
    let tag = name
        .strip_prefix("messages_")?
        .strip_suffix(".properties")?;
    let is_tag = !tag.is_empty()
        && tag
            .bytes()
            .all(|it| it.is_ascii_alphanumeric() || b"_-".contains(&it));
    is_tag.then(|| tag.replace('_', "-"))
}

/// The first of many names, and how many more there are.
fn some_of(names: &[String]) -> String {
    const SHOWN: usize = 5;
    let mut text = names[..names.len().min(SHOWN)].join(", ");
    if names.len() > SHOWN {
        text.push_str(&format!(" and {} more", names.len() - SHOWN));
    }
    text
}

/// Whether a path is inside a folder once every link on the way is followed; the followed path.
pub(crate) fn inside(folder: &Path, path: &Path) -> Option<PathBuf> {
    let (folder, path) = (folder.canonicalize().ok()?, path.canonicalize().ok()?);
    path.starts_with(folder).then_some(path)
}
