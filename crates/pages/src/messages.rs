//! Text in the person's language: Keycloak's message bundles, one per language.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::message_format::filled;
use crate::properties;

/// One text for the person, named by its key in the message files (Keycloak's keys where it has one).
///
/// A key that no file has is shown as it is, so a theme may bring its own, and plain text from a realm's settings works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    key: Cow<'static, str>,
    args: Vec<String>,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Key,
    Display,
}

impl Message {
    /// The message of that key, such as `invalidUserMessage`.
    pub fn new(key: impl Into<Cow<'static, str>>) -> Self {
        Self {
            key: key.into(),
            args: Vec::new(),
            kind: Kind::Key,
        }
    }

    /// Text from a realm's settings, such as a client's name: plain, with `${key}` in it standing for the message of that key.
    pub fn display(text: impl Into<String>) -> Self {
        Self {
            kind: Kind::Display,
            ..Self::new(text.into())
        }
    }

    /// Fills the next place in the text: `{0}` first, then `{1}`.
    #[must_use]
    pub fn with(mut self, value: impl Into<String>) -> Self {
        self.args.push(value.into());
        self
    }
}

/// The texts of one language, as one source has them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Messages(BTreeMap<String, String>);

impl Messages {
    /// Adds the lines of a file over what is there.
    ///
    /// # Errors
    /// The number of the first line that is no entry, from 1.
    pub(crate) fn add(&mut self, file: &str) -> Result<(), usize> {
        properties::read(file, |_, key, value| {
            self.0.insert(key, value);
        })
    }

    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    #[cfg(test)]
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// A realm's own texts, by language: each stands over what themes say in that language.
#[derive(Debug, Clone, Default)]
pub struct OwnTexts(BTreeMap<String, Arc<Messages>>);

impl OwnTexts {
    pub(crate) fn of(&self, tag: &str) -> Option<Arc<Messages>> {
        self.0.get(tag).map(Arc::clone)
    }

    /// Whether there is any text in that language.
    pub fn has(&self, tag: &str) -> bool {
        self.0.contains_key(tag)
    }
}

/// Languages, each with its keys and texts.
impl<T, K, V> FromIterator<(String, T)> for OwnTexts
where
    T: IntoIterator<Item = (K, V)>,
    K: Into<String>,
    V: Into<String>,
{
    fn from_iter<I: IntoIterator<Item = (String, T)>>(languages: I) -> Self {
        let of = |texts: T| {
            texts
                .into_iter()
                .map(|(key, text)| (key.into(), text.into()))
        };
        Self(
            languages
                .into_iter()
                .map(|(tag, texts)| (tag, Arc::new(Messages(of(texts).collect()))))
                .collect(),
        )
    }
}

/// What a page reads its texts from, the nearest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Texts(Vec<Arc<Messages>>);

impl Texts {
    pub(crate) fn extend(&mut self, texts: impl IntoIterator<Item = Arc<Messages>>) {
        self.0.extend(texts);
    }

    pub(crate) fn text(&self, message: &Message) -> String {
        match message.kind {
            Kind::Key => self.fill(&message.key, &message.args),
            Kind::Display => self.display(&message.key),
        }
    }

    /// The text of `key`, with `args` in its places. Values are never searched for places again.
    pub(crate) fn fill(&self, key: &str, args: &[String]) -> String {
        match self.0.iter().find_map(|texts| texts.get(key)) {
            Some(text) => filled(text, args),
            None => key.to_owned(),
        }
    }

    /// `text` with the message of each `${key}` in its place; what they say is not searched again.
    fn display(&self, text: &str) -> String {
        let mut shown = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once("${") {
            let Some((key, after)) = behind.split_once('}') else {
                break;
            };
            shown.push_str(before);
            shown.push_str(&self.fill(key, &[]));
            rest = after;
        }
        shown.push_str(rest);
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: &str) -> Texts {
        let mut messages = Messages::default();
        messages.add(file).unwrap();
        Texts(vec![Arc::new(messages)])
    }

    #[test]
    fn a_missing_value_leaves_its_place_empty_and_a_missing_key_shows() {
        let messages = read("hello=hi {0}.");
        assert_eq!(messages.text(&Message::new("hello")), "hi .");
        assert_eq!(messages.text(&Message::new("Plain words.")), "Plain words.");
    }

    #[test]
    fn settings_are_plain_text_with_messages_in_it() {
        let messages = read("email=E-mail\nodd=${email} '{'0'}'");
        for (text, shown) in [
            ("email", "email"),
            ("${email}", "E-mail"),
            ("Your ${email}, please", "Your E-mail, please"),
            ("${nobody}", "nobody"),
            ("${email", "${email"),
            ("{0} it's", "{0} it's"),
            ("${odd}", "${email} {0}"),
        ] {
            assert_eq!(messages.text(&Message::display(text)), shown);
        }
    }
}
