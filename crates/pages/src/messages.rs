//! Text in the person's language: `key=value` files, one per language.

use std::borrow::Cow;
use std::collections::BTreeMap;

/// One text for the person, named by its key in the message files (Keycloak's keys where it has one).
///
/// A key that no file has is shown as it is, so a theme may bring its own, and plain text from a realm's settings works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    key: Cow<'static, str>,
    args: Vec<String>,
}

impl Message {
    /// The message of that key, such as `invalidUserMessage`.
    pub fn new(key: impl Into<Cow<'static, str>>) -> Self {
        Self {
            key: key.into(),
            args: Vec::new(),
        }
    }

    /// Fills the next place in the text: `{0}` first, then `{1}`.
    #[must_use]
    pub fn with(mut self, value: impl Into<String>) -> Self {
        self.args.push(value.into());
        self
    }
}

/// The texts of one language, with English under them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Messages(BTreeMap<String, String>);

impl Messages {
    /// Adds the lines of a file over what is there.
    ///
    /// # Errors
    /// The number of the first line that is no `key=value`, from 1.
    pub(crate) fn add(&mut self, file: &str) -> Result<(), usize> {
        for (number, line) in file.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (key, value) = line.split_once('=').ok_or(number + 1)?;
            self.0
                .insert(key.trim().to_owned(), value.trim().to_owned());
        }
        Ok(())
    }

    pub(crate) fn text(&self, message: &Message) -> String {
        self.fill(&message.key, &message.args)
    }

    /// The text of `key`, with `args` in its places. Values are never searched for places again.
    pub(crate) fn fill(&self, key: &str, args: &[String]) -> String {
        let Some(text) = self.0.get(key) else {
            return key.to_owned();
        };
        let mut filled = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while let Some(open) = rest.find('{') {
            filled.push_str(&rest[..open]);
            rest = &rest[open..];
            let place = rest
                .find('}')
                .and_then(|close| Some((close, rest[1..close].parse::<usize>().ok()?)));
            match place {
                Some((close, index)) => {
                    filled.push_str(args.get(index).map_or("", String::as_str));
                    rest = &rest[close + 1..];
                }
                None => {
                    filled.push('{');
                    rest = &rest[1..];
                }
            }
        }
        filled.push_str(rest);
        filled
    }

    #[cfg(test)]
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: &str) -> Messages {
        let mut messages = Messages::default();
        messages.add(file).unwrap();
        messages
    }

    #[test]
    fn places_are_filled_once_and_in_any_order() {
        let messages = read("# greeting\n\nhello = {1}, {0}! {x} {");
        let text = messages.text(&Message::new("hello").with("{1}").with("a"));
        assert_eq!(text, "a, {1}! {x} {");
    }

    #[test]
    fn a_missing_value_leaves_its_place_empty_and_a_missing_key_shows() {
        let messages = read("hello=hi {0}.");
        assert_eq!(messages.text(&Message::new("hello")), "hi .");
        assert_eq!(messages.text(&Message::new("Plain words.")), "Plain words.");
    }

    #[test]
    fn a_line_without_a_sign_is_named() {
        assert_eq!(Messages::default().add("a=b\n\nnonsense"), Err(3));
    }
}
