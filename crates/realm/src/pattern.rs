//! Regular expressions of administrators. They run in linear time, whatever is sent.

use regex::{Regex, RegexBuilder};

/// What a compiled expression may take, bytes.
const SIZE: usize = 1 << 20;
/// So many looks ahead may stand at the beginning.
const LOOKS: usize = 16;

/// An expression that has to match a whole text.
#[derive(Clone, Debug)]
pub struct Pattern {
    whole: Regex,
    /// What has to be found from the beginning, or must not.
    ahead: Vec<(Sight, Regex)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sight {
    Wanted,
    Unwanted,
}

/// Why an expression can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the expression can't be read: {0}")]
pub struct BadPattern(String);

impl Pattern {
    /// Reads an expression. Looking behind, references back and looking ahead can't be done in linear time and are not served, but for looks
    /// ahead at the beginning: policies such as `^(?=.*[A-Z])(?=.*\\d).{8,}$` have no other way to say "both".
    ///
    /// # Errors
    /// [`BadPattern`] says what can't be read.
    pub fn new(text: &str) -> Result<Self, BadPattern> {
        let mut rest = text.strip_prefix('^').unwrap_or(text);
        let mut ahead = Vec::new();
        while let Some((sight, inner, behind)) = look(rest) {
            if ahead.len() == LOOKS {
                return Err(BadPattern("too many looks ahead".to_owned()));
            }
            ahead.push((sight, build(&format!("^(?:{inner})"))?));
            rest = behind.strip_prefix('^').unwrap_or(behind);
        }
        let whole = if ahead.is_empty() { text } else { rest };
        Ok(Self {
            whole: build(&format!("^(?:{whole})$"))?,
            ahead,
        })
    }

    /// Whether the whole text is what the expression describes.
    pub fn matches(&self, text: &str) -> bool {
        let holds =
            |(sight, regex): &(Sight, Regex)| regex.is_match(text) == (*sight == Sight::Wanted);
        self.ahead.iter().all(holds) && self.whole.is_match(text)
    }
}

fn build(text: &str) -> Result<Regex, BadPattern> {
    let built = RegexBuilder::new(text).size_limit(SIZE).build();
    built.map_err(|error| BadPattern(error.to_string()))
}

/// A look ahead at the beginning: what for, what is in it, and what is behind.
fn look(text: &str) -> Option<(Sight, &str, &str)> {
    let (sight, inner) = match (text.strip_prefix("(?="), text.strip_prefix("(?!")) {
        (Some(inner), _) => (Sight::Wanted, inner),
        (_, Some(inner)) => (Sight::Unwanted, inner),
        _ => return None,
    };
    let (mut depth, mut in_class, mut escaped) = (1_usize, false, false);
    for (at, letter) in inner.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => in_class = true,
            ']' => in_class = false,
            '(' if !in_class => depth += 1,
            ')' if !in_class => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((sight, &inner[..at], &inner[at + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn the_whole_text_has_to_match() {
        for (pattern, text, matches) in [
            ("b", "abc", false),
            ("a|abc", "abc", true),
            ("^[a-z]+$", "abc", true),
            ("^(?=.*[A-Z])(?=.*\\d).{4,}$", "aB1x", true),
            ("^(?=.*[A-Z])(?=.*\\d).{4,}$", "ab1x", false),
            ("(?=.*[)\\]]).*", "a]", true),
            ("(?!.*(root|admin)).+", "my admin", false),
            ("(?!.*(root|admin)).+", "mine", true),
            ("(?=a)b", "b", false),
        ] {
            let found = Pattern::new(pattern).unwrap().matches(text);
            assert_eq!(found, matches, "{pattern} {text}");
        }
        for bad in ["[", "(?<=a)b", "a(?=b)c", "(a)\\1", "(?=a", "x{9999}{9999}"] {
            assert!(Pattern::new(bad).is_err(), "{bad}");
        }
    }
}
