//! `Match SubjectDN using regular expression` and the same for the issuer: the one group of an expression, found in the name as Java
//! prints it. Expressions run in linear time.

use super::{Source, UnknownSource};
use crate::Certificate;
use regex::{Regex, RegexBuilder};

/// A longer name is nobody's: expressions take time by its length.
const MAX_NAME: usize = 8 * 1024;

#[derive(Debug)]
pub(super) struct Expression {
    side: Side,
    canonical: bool,
    expression: Regex,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Side {
    Subject,
    Issuer,
}

impl Expression {
    pub(super) fn new(
        side: Side,
        expression: &str,
        canonical: bool,
    ) -> Result<Self, UnknownSource> {
        let built = RegexBuilder::new(expression)
            .case_insensitive(true)
            .size_limit(1 << 20)
            .build();
        let expression = built.map_err(|error| UnknownSource::Expression(error.to_string()))?;
        match expression.captures_len() - 1 {
            1 => Ok(Self {
                side,
                canonical,
                expression,
            }),
            groups => Err(UnknownSource::Groups(groups)),
        }
    }
}

impl Source for Expression {
    fn extract(&self, certificate: &Certificate) -> Option<Vec<String>> {
        let name = match (self.side, self.canonical) {
            (Side::Subject, false) => certificate.subject(),
            (Side::Subject, true) => certificate.subject_canonical().to_owned(),
            (Side::Issuer, false) => certificate.issuer(),
            (Side::Issuer, true) => certificate.issuer_canonical().to_owned(),
        };
        if name.len() > MAX_NAME {
            return None;
        }
        let group = self.expression.captures(&name)?.get(1)?;
        Some(vec![group.as_str().to_owned()])
    }

    fn looks_for(&self) -> &str {
        match self.side {
            Side::Subject => "subject that the regular expression matches",
            Side::Issuer => "issuer that the regular expression matches",
        }
    }
}
