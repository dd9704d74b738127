//! One look: templates, texts and files, those of a theme over those of its parent.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use minijinja::{
    AutoEscape, Environment, Error, Output, State, UndefinedBehavior, Value, escape_formatter,
};

use crate::assets::{Asset, EMBEDDED};
use crate::messages::Messages;
use crate::templates::TEMPLATES;

/// Themes of Keycloak for which ours stands, and ours.
pub(crate) const BUILT_IN: &[&str] = &["postern", "base", "keycloak", "keycloak.v2"];

const MESSAGES: &[(&str, &str)] = &[
    ("en", include_str!("../messages/messages_en.properties")),
    ("de", include_str!("../messages/messages_de.properties")),
];

/// One look.
#[derive(Debug)]
pub(crate) struct Theme {
    name: String,
    templates: Environment<'static>,
    parts: Parts,
    /// Templates that failed when they were filled; each is told once.
    told: Mutex<BTreeSet<String>>,
}

/// What a look is made of. A theme starts with its parent's.
#[derive(Debug, Clone, Default)]
pub(crate) struct Parts {
    /// Where each template comes from, when that is a file, and its text.
    pub templates: BTreeMap<String, (Option<PathBuf>, String)>,
    /// The texts by language.
    pub messages: BTreeMap<String, Arc<Messages>>,
    /// The files by their path in the theme's `resources`.
    pub assets: BTreeMap<String, Arc<Asset>>,
    /// Style sheets that pages load behind `style.css`.
    pub styles: Vec<String>,
    /// `theme.properties`.
    pub properties: BTreeMap<String, String>,
}

impl Theme {
    /// Our own look.
    pub(crate) fn built_in() -> Self {
        let mut parts = Parts::default();
        for (name, text) in TEMPLATES {
            let template = (None, (*text).to_owned());
            parts.templates.insert((*name).to_owned(), template);
        }
        for (tag, text) in MESSAGES {
            let mut texts = Messages::default();
            let read = texts.add(text);
            debug_assert_eq!(read, Ok(()));
            parts.messages.insert((*tag).to_owned(), Arc::new(texts));
        }
        for (path, bytes) in EMBEDDED {
            if let Some(asset) = Asset::new(path, *bytes) {
                parts.assets.insert((*path).to_owned(), Arc::new(asset));
            }
        }
        Self::new(BUILT_IN[0], parts, &mut |_, _| {})
    }

    /// A look of these parts. A template with a mistake is told, and is not there: our own stands for it when the page is shown.
    pub(crate) fn new(
        name: &str,
        parts: Parts,
        wrong: &mut dyn FnMut(Option<&PathBuf>, &Error),
    ) -> Self {
        let mut templates = Environment::new();
        templates.set_undefined_behavior(UndefinedBehavior::SemiStrict);
        templates.set_formatter(escaped);
        for (name, (path, text)) in &parts.templates {
            if let Err(error) = templates.add_template_owned(name.clone(), text.clone()) {
                wrong(path.as_ref(), &error);
            }
        }
        Self {
            name: name.to_owned(),
            templates,
            parts,
            told: Mutex::default(),
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.parts
    }

    pub(crate) fn styles(&self) -> Vec<String> {
        self.parts.styles.clone()
    }

    pub(crate) fn properties(&self) -> BTreeMap<String, String> {
        self.parts.properties.clone()
    }

    pub(crate) fn asset(&self, path: &str) -> Option<Arc<Asset>> {
        self.parts.assets.get(path).map(Arc::clone)
    }

    /// What its files hold.
    pub(crate) fn files(&self) -> impl Iterator<Item = &[u8]> {
        self.parts.assets.values().map(|asset| &*asset.bytes)
    }

    pub(crate) fn languages(&self) -> Vec<String> {
        self.parts.messages.keys().cloned().collect()
    }

    pub(crate) fn texts(&self, tag: &str) -> Option<Arc<Messages>> {
        self.parts.messages.get(tag).map(Arc::clone)
    }

    /// The page, or `None` when its template can't be filled, which is logged the first time.
    pub(crate) fn render(&self, template: &str, context: &Value) -> Option<String> {
        let filled = self
            .templates
            .get_template(template)
            .and_then(|template| template.render(context));
        filled.map_err(|error| self.tell(template, &error)).ok()
    }

    fn tell(&self, template: &str, error: &Error) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if !told.insert(template.to_owned()) {
            return;
        }
        let cause = innermost(error);
        let at = cause.name().unwrap_or(template);
        let file = self.parts.templates.get(at);
        let file = file.and_then(|(path, _)| path.as_ref());
        tracing::error!(
            code = "PAGE-TEMPLATE",
            theme = self.name,
            page = template,
            file = %file.map_or_else(|| at.to_owned(), |path| path.display().to_string()),
            line = cause.line(),
            "a template can't be filled, the page is shown in our own look: {cause}"
        );
    }
}

/// The error of the template in which the mistake is; those around it only say which template included which.
fn innermost(error: &Error) -> &Error {
    let mut cause = error;
    while let Some(inner) = std::error::Error::source(cause).and_then(|inner| inner.downcast_ref())
    {
        cause = inner;
    }
    cause
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_in_every_language() {
        let built_in = Theme::built_in();
        let keys = |tag: &str| -> Vec<String> {
            let texts = &built_in.parts.messages[tag];
            texts.keys().map(str::to_owned).collect()
        };
        assert_eq!(keys("en"), keys("de"));
        assert!(keys("en").len() > 200);
    }

    #[test]
    fn a_template_names_only_texts_that_exist() {
        let built_in = Theme::built_in();
        let english: Vec<&str> = built_in.parts.messages["en"].keys().collect();
        for (name, template) in TEMPLATES {
            for call in template.split("text(\"").skip(1) {
                let key = call.split('"').next().unwrap();
                assert!(english.contains(&key), "{name}: {key}");
            }
        }
    }

    #[test]
    fn every_embedded_file_is_of_a_kind_that_is_served_and_every_template_is_right() {
        assert_eq!(Theme::built_in().parts.assets.len(), EMBEDDED.len());
        let mut wrong = Vec::new();
        let parts = Theme::built_in().parts;
        Theme::new("x", parts, &mut |_, error| wrong.push(error.to_string()));
        assert_eq!(wrong, Vec::<String>::new());
    }
}
