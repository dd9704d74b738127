//! The parameters of a request: a query, or a form.

use std::collections::HashSet;
use url::form_urlencoded;

/// Decoded names and values in the order in which they came (`application/x-www-form-urlencoded`).
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Params(Vec<(String, String)>);

/// A parameter stands there more than once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Duplicated;

impl Params {
    /// Decodes a query or a form's body. What is not UTF-8 becomes U+FFFD, which no value of ours contains.
    pub fn decode(text: &[u8]) -> Self {
        Self(form_urlencoded::parse(text).into_owned().collect())
    }

    /// Parameters that were decoded before.
    pub fn of_pairs(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// The parameters of a request's query.
    pub fn of_query(query: Option<String>) -> Self {
        Self::decode(query.unwrap_or_default().as_bytes())
    }

    /// The first value of a parameter, even an empty one.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The first value of a parameter, unless it is empty.
    pub fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// Whether every parameter stands there once (RFC 6749 §3.1, §3.2).
    ///
    /// # Errors
    /// [`Duplicated`]
    pub fn unique(&self) -> Result<(), Duplicated> {
        self.unique_but(&[])
    }

    /// The same where these may stand there more than once.
    ///
    /// # Errors
    /// [`Duplicated`]
    pub fn unique_but(&self, repeats: &[&str]) -> Result<(), Duplicated> {
        let mut seen = HashSet::with_capacity(self.0.len());
        let twice = self
            .0
            .iter()
            .any(|(name, _)| !seen.insert(name.as_str()) && !repeats.contains(&name.as_str()));
        if twice { Err(Duplicated) } else { Ok(()) }
    }

    /// How often a parameter stands there.
    pub fn count(&self, name: &str) -> usize {
        self.0.iter().filter(|(known, _)| known == name).count()
    }

    /// Every value of a parameter.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// All of them.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }
}

/// Names alone: values may be secrets.
impl std::fmt::Debug for Params {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = self.0.iter().map(|(name, _)| name);
        f.debug_list().entries(names).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded_and_found() {
        let params = Params::decode(b"a=1+2%263&b=&c&a=4&%61b=%C3%A4");
        assert_eq!(params.get("a"), Some("1 2&3"));
        assert_eq!((params.get("b"), params.filled("b")), (Some(""), None));
        assert_eq!((params.get("c"), params.get("d")), (Some(""), None));
        assert_eq!(params.get("ab"), Some("ä"));
        assert_eq!((params.count("a"), params.unique()), (2, Err(Duplicated)));
        assert_eq!(Params::decode(b"a=1&b=1").unique(), Ok(()));
        assert!(!format!("{params:?}").contains('4'));
    }
}
