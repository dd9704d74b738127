use std::fmt;

/// The stable identifier of a kind of configuration problem; `docs/codes/configuration.md` has a section for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each variant is described in docs/codes/configuration.md")]
pub enum Code {
    Unknown,
    Twice,
    NoValue,
    Value,
    Expression,
    File,
    Syntax,
    Legacy,
    NotYet,
    HostnameNeeded,
    Hostname,
    HostnameAdmin,
    TlsNeeded,
    TlsPair,
    ClientAuth,
    PortClash,
    Listeners,
    Database,
    Bootstrap,
    Command,
}

impl Code {
    /// Every code, in the order of the documentation.
    pub const ALL: [Self; 20] = [
        Self::Unknown,
        Self::Twice,
        Self::NoValue,
        Self::Value,
        Self::Expression,
        Self::File,
        Self::Syntax,
        Self::Legacy,
        Self::NotYet,
        Self::HostnameNeeded,
        Self::Hostname,
        Self::HostnameAdmin,
        Self::TlsNeeded,
        Self::TlsPair,
        Self::ClientAuth,
        Self::PortClash,
        Self::Listeners,
        Self::Database,
        Self::Bootstrap,
        Self::Command,
    ];

    /// The code as it is printed, such as `CONF-UNKNOWN`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "CONF-UNKNOWN",
            Self::Twice => "CONF-TWICE",
            Self::NoValue => "CONF-NO-VALUE",
            Self::Value => "CONF-VALUE",
            Self::Expression => "CONF-EXPRESSION",
            Self::File => "CONF-FILE",
            Self::Syntax => "CONF-SYNTAX",
            Self::Legacy => "CONF-LEGACY",
            Self::NotYet => "CONF-NOT-YET",
            Self::HostnameNeeded => "CONF-HOSTNAME-NEEDED",
            Self::Hostname => "CONF-HOSTNAME",
            Self::HostnameAdmin => "CONF-HOSTNAME-ADMIN",
            Self::TlsNeeded => "CONF-TLS-NEEDED",
            Self::TlsPair => "CONF-TLS-PAIR",
            Self::ClientAuth => "CONF-CLIENT-AUTH",
            Self::PortClash => "CONF-PORT-CLASH",
            Self::Listeners => "CONF-LISTENERS",
            Self::Database => "CONF-DATABASE",
            Self::Bootstrap => "CONF-BOOTSTRAP",
            Self::Command => "CONF-COMMAND",
        }
    }
}

/// One thing that is wrong, and what mends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The option as its owner wrote it (`--http-prot`, `KC_HTTP_PROT`) or should write it.
    pub key: String,
    /// Which kind of problem.
    pub code: Code,
    /// What is wrong: lower case, never a secret.
    pub what: String,
    /// What to do, usually the option to write.
    pub remedy: String,
}

impl Problem {
    /// Builds a problem from its four parts.
    pub fn new(code: Code, key: impl Into<String>, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { key: key.into(), code, what: what.into(), remedy: remedy.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}\n    {}", self.code.as_str(), self.key, self.what, self.remedy)
    }
}

/// Everything that is wrong with a configuration; at least one problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => writeln!(f, "the configuration has 1 problem:")?,
            n => writeln!(f, "the configuration has {n} problems:")?,
        }
        for problem in &self.0 {
            writeln!(f, "  {problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// What the operator should know although nothing is wrong, said once for all options it concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The options as they were written.
    pub keys: Vec<String>,
    /// What is to be known.
    pub what: String,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.keys.join(", "), self.what)
    }
}

/// The notes of one reading; notes with the same text are joined.
#[derive(Debug, Default)]
pub(super) struct Notes(pub(super) Vec<Note>);

impl Notes {
    pub(super) fn add(&mut self, key: impl Into<String>, what: impl Into<String>) {
        let (key, what) = (key.into(), what.into());
        match self.0.iter_mut().find(|note| note.what == what) {
            Some(note) if note.keys.contains(&key) => {}
            Some(note) => note.keys.push(key),
            None => self.0.push(Note { keys: vec![key], what }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_section() {
        let page = include_str!("../../../../docs/codes/configuration.md");
        for code in Code::ALL {
            assert!(page.contains(&format!("## {}\n", code.as_str())), "{} is not described", code.as_str());
        }
        assert_eq!(page.matches("\n## CONF-").count(), Code::ALL.len());
    }

    #[test]
    fn all_problems_are_shown_with_their_remedy() {
        let text = Problems(vec![
            Problem::new(Code::Value, "--http-port", "`x` is not a port", "write a number"),
            Problem::new(Code::Hostname, "--hostname", "no name", "write a name"),
        ])
        .to_string();
        assert!(text.starts_with("the configuration has 2 problems:\n  CONF-VALUE --http-port"));
        assert!(text.contains("write a number") && text.contains("write a name"));
    }
}
