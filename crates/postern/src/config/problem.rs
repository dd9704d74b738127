//! What is wrong with the options, each with the line that mends it.

use std::fmt;

/// One thing that has to be mended before anything starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The option, as the operator knows it.
    pub option: String,
    /// What is wrong.
    pub what: String,
    /// What to write instead.
    pub remedy: String,
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<Problem>);

impl Problems {
    /// Adds one; the same thing is told once.
    pub(crate) fn add(
        &mut self,
        option: impl Into<String>,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        let problem = Problem {
            option: option.into(),
            what: what.into(),
            remedy: remedy.into(),
        };
        if !self.0.contains(&problem) {
            self.0.push(problem);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Nothing wrong, or everything that is.
    pub(crate) fn into_result(self) -> Result<(), Self> {
        if self.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => write!(f, "one option has to be mended first")?,
            count => write!(f, "{count} options have to be mended first")?,
        }
        for problem in &self.0 {
            write!(
                f,
                "\n  {}: {}\n      {}",
                problem.option, problem.what, problem.remedy
            )?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
