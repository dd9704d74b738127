//! All pages: the looks that there are, the one that a page asks for, and the finished page.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use minijinja::value::Rest;
use minijinja::{Value, context};

use crate::assets::{Asset, fingerprint};
use crate::messages::Texts;
use crate::page::{CSP, Frame, Page};
use crate::theme::{BUILT_IN, Theme};
use crate::theme_folder::{Reload, ThemeError, ThemeFolder, ThemeProblem};

const ENGLISH: &str = "en";

/// All pages, ready to be shown. Made once at start-up; showing one reads no file, unless themes are read again when they change.
#[derive(Debug)]
pub struct Pages {
    folder: Option<ThemeFolder>,
    looks: RwLock<Arc<Looks>>,
}

/// The state of all themes at one time.
#[derive(Debug)]
pub(crate) struct Looks {
    built_in: Arc<Theme>,
    themes: BTreeMap<String, Arc<Theme>>,
    problems: Vec<ThemeProblem>,
    version: String,
    stamp: u64,
}

/// How one page speaks: its theme, its language, its texts.
pub(crate) struct Voice {
    looks: Arc<Looks>,
    theme: Arc<Theme>,
    lang: String,
    texts: Texts,
}

impl Looks {
    fn read(folder: Option<&ThemeFolder>) -> Result<Self, ThemeError> {
        let built_in = Arc::new(Theme::built_in());
        let stamp = folder.map_or(Ok(0), ThemeFolder::stamp)?;
        let (themes, problems) = match folder {
            Some(folder) => folder.read(&built_in)?,
            None => (BTreeMap::new(), Vec::new()),
        };
        for problem in &problems {
            tracing::warn!(code = problem.code, theme = problem.theme, "{problem}");
        }
        let all = std::iter::once(&built_in).chain(themes.values());
        let version = fingerprint(all.flat_map(|theme| theme.files()));
        Ok(Self {
            built_in,
            themes,
            problems,
            version: format!("{:010x}", version >> 24),
            stamp,
        })
    }

    /// The theme of that name; ours when there is none, or none is named.
    fn theme(&self, name: Option<&str>) -> &Arc<Theme> {
        name.and_then(|name| self.themes.get(name))
            .unwrap_or(&self.built_in)
    }
}

impl Pages {
    /// All pages in our own look, and in that of each theme in the folder when there is one.
    ///
    /// A theme that has mistakes is there all the same, without what is wrong in it: see [`Pages::problems`]. Each is logged too.
    ///
    /// # Errors
    /// The folder can't be read. Without one this can't fail.
    pub fn new(folder: Option<ThemeFolder>) -> Result<Self, ThemeError> {
        let looks = Looks::read(folder.as_ref())?;
        Ok(Self {
            folder,
            looks: RwLock::new(Arc::new(looks)),
        })
    }

    /// What is wrong with themes.
    pub fn problems(&self) -> Vec<ThemeProblem> {
        self.looks().problems.clone()
    }

    /// Whether a theme of that name is there; the names of Keycloak's own stand for ours.
    pub fn has_theme(&self, name: &str) -> bool {
        BUILT_IN.contains(&name) || self.looks().themes.contains_key(name)
    }

    /// The name of this state of the files, for `{base}/resources/{version}`: same files, same version, on every node.
    /// What is served under it may be cached for ever.
    pub fn version(&self) -> String {
        self.looks().version.clone()
    }

    /// The file at `path` behind `/resources/{version}/`, such as `login/postern/style.css`: kind of page, theme, the file in it.
    pub fn asset(&self, path: &str) -> Option<Arc<Asset>> {
        let (theme, path) = path.strip_prefix("login/")?.split_once('/')?;
        let looks = self.looks();
        match looks.themes.get(theme) {
            Some(theme) => theme.asset(path),
            None if theme == looks.built_in.name() => looks.built_in.asset(path),
            None => None,
        }
    }

    /// The tags of the languages that a theme has text in, ours without a name.
    pub fn languages(&self, theme: Option<&str>) -> Vec<String> {
        self.looks().theme(theme).languages()
    }

    /// The present state; read anew when a file changed and that is wanted. A state that can't be read any more leaves the last one.
    fn looks(&self) -> Arc<Looks> {
        let present = Arc::clone(&self.looks.read().unwrap_or_else(PoisonError::into_inner));
        let changing = self.folder.as_ref();
        let Some(folder) = changing.filter(|folder| folder.reload == Reload::OnChange) else {
            return present;
        };
        match folder.stamp() {
            Ok(stamp) if stamp != present.stamp => {}
            _ => return present,
        }
        match Looks::read(Some(folder)) {
            Ok(looks) => {
                let looks = Arc::new(looks);
                *self.looks.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&looks);
                looks
            }
            Err(_) => present,
        }
    }

    /// The theme, language and texts of a page.
    pub(crate) fn voice(&self, frame: &Frame<'_>) -> Voice {
        let looks = self.looks();
        let theme = Arc::clone(looks.theme(frame.theme));
        let primary = frame.locale.split(['-', '_']).next().unwrap_or_default();
        let mut texts = Texts::default();
        let mut lang = None;
        let mut last = "";
        for tag in [frame.locale, primary, ENGLISH] {
            if tag == last {
                continue;
            }
            last = tag;
            let own = frame.texts.and_then(|own| own.of(tag));
            let themes = theme.texts(tag);
            if lang.is_none() && (own.is_some() || themes.is_some()) {
                lang = Some(tag.to_owned());
            }
            texts.extend(own.into_iter().chain(themes));
        }
        Voice {
            looks,
            theme,
            lang: lang.unwrap_or_else(|| ENGLISH.to_owned()),
            texts,
        }
    }

    pub(crate) fn render(&self, template: &str, frame: &Frame<'_>, page: Value) -> Page {
        let voice = self.voice(frame);
        let texts = voice.texts.clone();
        let context = context! {
            lang => voice.lang.as_str(),
            dir => direction(&voice.lang),
            realm_name => frame.realm_name,
            resources => frame.resources_url,
            theme => voice.theme.name(),
            styles => voice.theme.styles(),
            properties => voice.theme.properties(),
            languages => voice.choices(frame),
            text => Value::from_function(move |key: &str, args: Rest<String>| texts.fill(key, &args)),
            ..page
        };
        let html = voice
            .theme
            .render(template, &context)
            .or_else(|| voice.looks.built_in.render(template, &context))
            .unwrap_or_else(|| broken(&voice.texts.fill("pageBroken", &[])));
        Page {
            html,
            csp: CSP.into(),
        }
    }
}

impl Voice {
    pub(crate) fn text(&self, message: &crate::Message) -> String {
        self.texts.text(message)
    }

    fn choices(&self, frame: &Frame<'_>) -> Vec<Value> {
        frame
            .languages
            .iter()
            .map(|language| {
                let current = self.lang == language.tag;
                context! { tag => language.tag, url => language.url, name => self.called(language.tag), current }
            })
            .collect()
    }

    /// What a language is called: as it calls itself, or else as Keycloak's bundles name it, or else its tag.
    fn called(&self, tag: &str) -> String {
        let itself = self.theme.texts(tag);
        let name = itself.and_then(|texts| texts.get("languageName").map(str::to_owned));
        name.unwrap_or_else(|| {
            let key = format!("locale_{tag}");
            let name = self.texts.fill(&key, &[]);
            if name == key { tag.to_owned() } else { name }
        })
    }
}

/// The direction in which a language is written.
fn direction(tag: &str) -> &'static str {
    const RIGHT_TO_LEFT: &[&str] = &[
        "ar", "ckb", "dv", "fa", "he", "iw", "ps", "sd", "ug", "ur", "yi",
    ];
    let primary = tag.split(['-', '_']).next().unwrap_or_default();
    if RIGHT_TO_LEFT.contains(&primary) {
        "rtl"
    } else {
        "ltr"
    }
}

/// What is shown when nothing else can be; our own templates always can.
fn broken(text: &str) -> String {
    let text = minijinja::HtmlEscape(text);
    format!(
        "<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\"><title>Postern</title><main><p role=\"alert\">{text}</p></main></html>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OwnTexts;

    fn frame(locale: &str) -> Frame<'_> {
        Frame {
            locale,
            ..Frame::default()
        }
    }

    #[test]
    fn a_language_that_is_missing_shows_the_nearest() {
        let pages = Pages::new(None).unwrap();
        for (wanted, shown) in [("de", "de"), ("de-AT", "de"), ("fr", "en"), ("", "en")] {
            assert_eq!(pages.voice(&frame(wanted)).lang, shown);
        }
    }

    #[test]
    fn a_realms_own_texts_win_in_their_language_and_stand_below_a_nearer_one() {
        let pages = Pages::new(None).unwrap();
        let own: OwnTexts = [
            ("en", [("doYes", "Aye"), ("mine", "en {0}")]),
            ("de-AT", [("doYes", "Eh klar"), ("doNo", "Na")]),
            ("ar", [("doYes", "نعم"), ("doNo", "لا")]),
        ]
        .into_iter()
        .map(|(tag, texts)| (tag.to_owned(), texts.map(|(key, text)| (key, text))))
        .collect();
        let shown = |locale, key: &'static str| {
            let frame = Frame {
                texts: Some(&own),
                ..frame(locale)
            };
            let voice = pages.voice(&frame);
            let text = voice.text(&crate::Message::new(key).with("x"));
            (voice.lang, text)
        };
        let is = |tag: &str, text: &str| (tag.to_owned(), text.to_owned());
        assert_eq!(shown("en", "doYes"), is("en", "Aye"));
        assert_eq!(shown("de", "doYes"), is("de", "Erlauben"));
        assert_eq!(shown("de", "mine"), is("de", "en x"));
        assert_eq!(shown("de-AT", "doNo"), is("de-AT", "Na"));
        assert_eq!(shown("de-AT", "doCancel"), is("de-AT", "Abbrechen"));
        assert_eq!(shown("ar", "doNo"), is("ar", "لا"));
        assert_eq!(direction("ar-EG"), "rtl");
    }
}
