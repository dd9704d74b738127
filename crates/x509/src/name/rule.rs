//! Which subjects are meant: one name, or all that an expression matches.

use super::written::{DistinguishedName, NotAName};
use crate::Certificate;
use regex::{Regex, RegexBuilder};

/// A longer name is nobody's: expressions take time by its length.
const MAX_NAME: usize = 8 * 1024;

/// Which subjects are meant.
#[derive(Clone, Debug)]
pub struct NameRule(Rule);

#[derive(Clone, Debug)]
enum Rule {
    Exactly(DistinguishedName),
    Matching(Regex),
}

/// Why a text is no rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotARule {
    /// No name.
    #[error(transparent)]
    Name(#[from] NotAName),
    /// No expression, or one that can't be run in linear time.
    #[error("the regular expression can't be used: {0}")]
    Expression(String),
}

impl NameRule {
    /// This name alone.
    ///
    /// # Errors
    /// The text is no name.
    pub fn exactly(name: &str) -> Result<Self, NotARule> {
        Ok(Self(Rule::Exactly(DistinguishedName::parse(name)?)))
    }

    /// Names that match this expression as a whole, as Java prints them: `CN=John, OU=myorg`.
    ///
    /// # Errors
    /// The text is no expression, or is empty.
    pub fn matching(expression: &str) -> Result<Self, NotARule> {
        if expression.is_empty() {
            return Err(NotAName::Length.into());
        }
        // By itself first, so that no parenthesis closes ours.
        let build = |text: &str| RegexBuilder::new(text).size_limit(1 << 20).build();
        let whole = build(expression).and_then(|_| build(&format!("^(?:{expression})$")));
        let whole = whole.map_err(|error| NotARule::Expression(error.to_string()))?;
        Ok(Self(Rule::Matching(whole)))
    }

    /// Whether the certificate's subject is one of them.
    pub fn accepts(&self, certificate: &Certificate) -> bool {
        match &self.0 {
            Rule::Exactly(name) => certificate.is_named(name),
            Rule::Matching(expression) => {
                let subject = certificate.subject();
                subject.len() <= MAX_NAME && expression.is_match(&subject)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_matches_as_a_whole_and_stays_in_its_parentheses() {
        let matches = |expression: &str, name: &str| match NameRule::matching(expression) {
            Ok(NameRule(Rule::Matching(expression))) => expression.is_match(name),
            other => panic!("{other:?}"),
        };
        assert!(matches("CN=svc-[0-9]+, O=Acme", "CN=svc-12, O=Acme"));
        assert!(!matches("CN=svc-[0-9]+, O=Acme", "CN=svc-12, O=Acme, C=CH"));
        assert!(!matches("CN=a|CN=b", "CN=a, O=Evil"));
        assert!(!matches("CN=a", "cn=A"));
        assert!(!matches("(?m)CN=a", "CN=a\nCN=b"));
        for wrong in ["", "(", "a)|(?:b", "(?=a)", "(a)\\1"] {
            assert!(NameRule::matching(wrong).is_err(), "{wrong}");
        }
    }
}
