//! What the doctor says: which side, what, and what mends it.

use super::findings::Findings;
use super::judge;
use super::mend::Kind;
use crate::server::seen::printable;
use serde::Serialize;
use std::fmt::Write as _;

/// Who has to do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Side {
    /// Whoever asked: the browser, or the doctor's own options.
    Browser,
    /// The way to the proxy.
    Network,
    /// The proxy.
    Proxy,
    /// The options of Postern.
    Options,
    /// The truststore of Postern.
    Truststore,
}

/// How much it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Weight {
    /// It has to be mended.
    Fault,
    /// It could not be looked at.
    Open,
    /// It is good to know.
    Note,
}

/// One thing that was found.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Verdict {
    pub weight: Weight,
    pub side: Side,
    /// The stable identifier, which has a page.
    pub code: String,
    pub text: String,
    /// Lines that mend it.
    pub mend: Vec<String>,
}

/// Everything that was found.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    address: String,
    /// Whom Postern sees.
    peer: Option<String>,
    verdicts: Vec<Verdict>,
}

impl Side {
    fn name(self) -> &'static str {
        match self {
            Self::Browser => "the browser",
            Self::Network => "the way to the proxy",
            Self::Proxy => "the proxy",
            Self::Options => "Postern's options",
            Self::Truststore => "the truststore",
        }
    }
}

impl Report {
    /// Judges. The kind of proxy is found out unless it is named.
    pub(super) fn new(findings: &Findings, named: Option<Kind>) -> Self {
        let seen = findings.without.seen().or(findings.with.seen());
        Self {
            address: findings.url.as_str().trim_end_matches('/').to_owned(),
            peer: seen.map(|seen| format!("{}, {}", seen.peer, seen.standing)),
            verdicts: judge::all(findings, named),
        }
    }

    /// How many things are to be done.
    pub(super) fn faults(&self) -> usize {
        let counts = |verdict: &&Verdict| verdict.weight != Weight::Note;
        self.verdicts.iter().filter(counts).count()
    }

    /// For programs.
    pub(super) fn json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// For people.
    pub(super) fn text(&self) -> String {
        let mut text = format!("asked {}\n", self.address);
        if let Some(peer) = &self.peer {
            let _ = writeln!(text, "Postern sees the peer {}", printable(peer));
        }
        for verdict in &self.verdicts {
            let weight = match verdict.weight {
                Weight::Fault => "at fault",
                Weight::Open => "not known yet",
                Weight::Note => "to note",
            };
            let _ = writeln!(
                text,
                "\n{weight}: {}, {}\n  {}",
                verdict.side.name(),
                printable(&verdict.code),
                printable(&verdict.text)
            );
            for line in &verdict.mend {
                let _ = writeln!(text, "  mend  {}", printable(line));
            }
        }
        if self.faults() == 0 {
            text += "\nall is well: the certificate that was shown arrived, and nothing that was forged is believed\n";
        }
        text
    }
}
