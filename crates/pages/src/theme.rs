//! Templates, texts and files put together: what is embedded, and what a theme's folder lays over it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use minijinja::value::Rest;
use minijinja::{
    AutoEscape, Environment, Error, Output, State, UndefinedBehavior, Value, context,
    escape_formatter,
};

use crate::assets::{Asset, EMBEDDED, fingerprint};
use crate::messages::Messages;
use crate::page::{CSP, Frame, Page};
use crate::templates::TEMPLATES;

const ENGLISH: &str = "en";
const MESSAGES: &[(&str, &str)] = &[
    (ENGLISH, include_str!("../messages/messages_en.properties")),
    ("de", include_str!("../messages/messages_de.properties")),
];

/// All pages, ready to be shown. Made once at start-up; showing one reads no file.
#[derive(Debug)]
pub struct Pages {
    templates: Environment<'static>,
    messages: BTreeMap<String, Arc<Messages>>,
    assets: BTreeMap<String, Asset>,
    version: String,
}

/// Why a theme's folder can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ThemeError {
    /// A file or folder that is named can't be read.
    #[error("{} can't be read", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A template has a mistake.
    #[error("{} is no template", path.display())]
    Template {
        /// The file.
        path: PathBuf,
        /// Where the mistake is.
        source: Box<minijinja::Error>,
    },
    /// A message file has a line that is no `key=value`.
    #[error("line {line} of {} is no key=value", path.display())]
    Messages {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// A file whose kind pages don't load, or a page that we don't have.
    #[error("{} has no place in a theme", path.display())]
    Unknown {
        /// The file.
        path: PathBuf,
    },
}

impl Pages {
    /// All pages, with the files of a theme over the embedded ones when there is one.
    ///
    /// A theme's folder may hold `templates/{page}.html`, `messages/{language}.properties` (new languages too) and `resources/{file}`
    /// (served as `login/postern/{file}`). What it doesn't hold stays ours.
    ///
    /// # Errors
    /// A [`ThemeError`] names the file at fault. Without a theme this can't fail.
    pub fn new(theme: Option<PathBuf>) -> Result<Self, ThemeError> {
        let mut sources: BTreeMap<String, (PathBuf, String)> = TEMPLATES
            .iter()
            .map(|(name, text)| ((*name).into(), ((*name).into(), (*text).into())))
            .collect();
        let mut texts: Vec<(String, PathBuf, String)> = MESSAGES
            .iter()
            .map(|(tag, text)| ((*tag).into(), (*tag).into(), (*text).into()))
            .collect();
        let mut assets: BTreeMap<String, Asset> = EMBEDDED
            .iter()
            .filter_map(|(path, bytes)| Some(((*path).into(), Asset::new(path, *bytes)?)))
            .collect();

        if let Some(theme) = theme {
            for (name, path) in files(&theme, "templates")? {
                let text = read_text(&path)?;
                let known = sources
                    .get_mut(&name)
                    .ok_or_else(|| ThemeError::Unknown { path: path.clone() })?;
                *known = (path, text);
            }
            for (name, path) in files(&theme, "messages")? {
                let Some(tag) = name.strip_suffix(".properties") else {
                    return Err(ThemeError::Unknown { path });
                };
                let text = read_text(&path)?;
                texts.push((tag.to_owned(), path, text));
            }
            for (name, path) in files(&theme, "resources")? {
                let bytes = std::fs::read(&path).map_err(|source| ThemeError::Unreadable {
                    path: path.clone(),
                    source,
                })?;
                // Pages run no script of a theme: their policies don't let it run.
                let asset = Asset::new(&name, bytes)
                    .filter(|asset| !asset.content_type.starts_with("text/javascript"))
                    .ok_or(ThemeError::Unknown { path })?;
                assets.insert(format!("login/postern/{name}"), asset);
            }
        }

        let version = fingerprint(assets.values().map(|asset| &*asset.bytes));
        Ok(Self {
            templates: compile(sources)?,
            messages: languages(&texts)?,
            assets,
            version: format!("{:010x}", version >> 24),
        })
    }

    /// The name of this state of the files, for `{base}/resources/{version}`: same files, same version, on every node.
    /// What is served under it may be cached for ever.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The file at `path` behind `/resources/{version}/`, such as `login/postern/style.css`.
    pub fn asset(&self, path: &str) -> Option<&Asset> {
        self.assets.get(path)
    }

    /// The tags of the languages there is text in.
    pub fn languages(&self) -> impl Iterator<Item = &str> {
        self.messages.keys().map(String::as_str)
    }

    /// The tag and texts that serve `locale` best.
    pub(crate) fn texts(&self, locale: &str) -> (&str, &Arc<Messages>) {
        let primary = locale.split(['-', '_']).next().unwrap_or_default();
        [locale, primary, ENGLISH]
            .iter()
            .find_map(|tag| self.messages.get_key_value(*tag))
            .map(|(tag, texts)| (tag.as_str(), texts))
            .expect("English is embedded")
    }

    pub(crate) fn render(&self, template: &str, frame: &Frame<'_>, page: Value) -> Page {
        let (lang, texts) = self.texts(frame.locale);
        let messages = Arc::clone(texts);
        let context = context! {
            lang,
            realm_name => frame.realm_name,
            resources => frame.resources_url,
            languages => self.choices(frame),
            text => Value::from_function(move |key: &str, args: Rest<String>| messages.fill(key, &args)),
            ..page
        };
        let html = self
            .templates
            .get_template(template)
            .and_then(|template| template.render(context));
        let html = html.unwrap_or_else(|_| broken(&texts.fill("pageBroken", &[])));
        Page {
            html,
            csp: CSP.into(),
        }
    }

    fn choices(&self, frame: &Frame<'_>) -> Vec<Value> {
        frame
            .languages
            .iter()
            .map(|language| {
                let (tag, texts) = self.texts(language.tag);
                let current = self.texts(frame.locale).0 == tag;
                context! { tag => language.tag, url => language.url, name => texts.fill("languageName", &[]), current }
            })
            .collect()
    }
}

fn compile(
    sources: BTreeMap<String, (PathBuf, String)>,
) -> Result<Environment<'static>, ThemeError> {
    let mut templates = Environment::new();
    templates.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    templates.set_formatter(escaped);
    for (name, (path, text)) in sources {
        templates
            .add_template_owned(name, text)
            .map_err(|source| ThemeError::Template {
                path,
                source: Box::new(source),
            })?;
    }
    Ok(templates)
}

/// Writes a value with the five letters escaped that mean something in HTML. The engine's own escapes slashes too, which scripts that read the
/// address of Keycloak's login form don't undo.
fn escaped(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let text = match value.as_str() {
        Some(text) if *state.auto_escape() == AutoEscape::Html && !value.is_safe() => text,
        _ => return escape_formatter(out, state, value),
    };
    let mut rest = text;
    while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
        out.write_str(&rest[..at])?;
        out.write_str(match rest.as_bytes()[at] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            _ => "&#x27;",
        })?;
        rest = &rest[at + 1..];
    }
    out.write_str(rest)?;
    Ok(())
}

/// Every language over English, so that a text that was not translated is still a text.
fn languages(
    files: &[(String, PathBuf, String)],
) -> Result<BTreeMap<String, Arc<Messages>>, ThemeError> {
    let tags: std::collections::BTreeSet<&str> =
        files.iter().map(|(tag, ..)| tag.as_str()).collect();
    tags.into_iter()
        .map(|wanted| {
            let mut texts = Messages::default();
            for (_, path, text) in files
                .iter()
                .filter(|(tag, ..)| tag == ENGLISH)
                .chain(files.iter().filter(|(tag, ..)| tag == wanted))
            {
                texts.add(text).map_err(|line| ThemeError::Messages {
                    path: path.clone(),
                    line,
                })?;
            }
            Ok((wanted.to_owned(), Arc::new(texts)))
        })
        .collect()
}

/// The files in `theme/folder` by name; none when there is no such folder.
fn files(theme: &Path, folder: &str) -> Result<BTreeMap<String, PathBuf>, ThemeError> {
    let path = theme.join(folder);
    let unreadable = |source| ThemeError::Unreadable {
        path: path.clone(),
        source,
    };
    let entries = match std::fs::read_dir(&path) {
        // A folder that is named and not there is a mistake; one of its three parts may be missing.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && theme.is_dir() => {
            return Ok(BTreeMap::new());
        }
        entries => entries.map_err(unreadable)?,
    };
    let mut found = BTreeMap::new();
    for entry in entries {
        let entry = entry.map_err(unreadable)?;
        let name = entry
            .file_name()
            .into_string()
            .map_err(|_| ThemeError::Unknown { path: entry.path() })?;
        found.insert(name, entry.path());
    }
    Ok(found)
}

fn read_text(path: &Path) -> Result<String, ThemeError> {
    std::fs::read_to_string(path).map_err(|source| ThemeError::Unreadable {
        path: path.to_owned(),
        source,
    })
}

/// What is shown when a theme's template can't be filled; our own always can.
fn broken(text: &str) -> String {
    let text = minijinja::HtmlEscape(text);
    format!(
        "<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\"><title>Postern</title><main><p role=\"alert\">{text}</p></main></html>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_in_every_language() {
        let mut languages = MESSAGES.iter().map(|(_, text)| {
            let mut texts = Messages::default();
            texts.add(text).unwrap();
            texts.keys().map(str::to_owned).collect::<Vec<_>>()
        });
        let english = languages.next().unwrap();
        assert!(languages.all(|other| other == english));
    }

    #[test]
    fn a_template_names_only_texts_that_exist() {
        let pages = Pages::new(None).unwrap();
        let english: Vec<&str> = pages.messages[ENGLISH].keys().collect();
        for (name, template) in TEMPLATES {
            for call in template.split("text(\"").skip(1) {
                let key = call.split('"').next().unwrap();
                assert!(english.contains(&key), "{name}: {key}");
            }
        }
    }

    #[test]
    fn every_embedded_file_is_of_a_kind_that_is_served() {
        let pages = Pages::new(None).unwrap();
        assert_eq!(pages.assets.len(), EMBEDDED.len());
    }

    #[test]
    fn a_language_that_is_missing_shows_the_nearest() {
        let pages = Pages::new(None).unwrap();
        for (wanted, shown) in [("de", "de"), ("de-AT", "de"), ("fr", "en"), ("", "en")] {
            assert_eq!(pages.texts(wanted).0, shown);
        }
    }
}
