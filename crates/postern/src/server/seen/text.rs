//! The same for people.

use super::{Header, Seen};
use std::fmt::Write as _;

impl Seen {
    /// For people.
    pub(in crate::server) fn text(&self) -> String {
        let mut text = format!("{}\n", self.request);
        let mut line = |name: &str, value: &str| {
            let _ = writeln!(text, "  {name:<14}{value}");
        };
        line(
            "peer",
            &format!("{}, {}, {}", self.peer, self.channel, self.standing),
        );
        for (what, headers) in [
            ("forwarding", &self.forwarding),
            ("certificates", &self.certificate_headers),
            ("not known", &self.unknown_certificates),
        ] {
            for Header { name, value } in headers {
                line(what, &format!("{name}: {value}"));
            }
        }
        line("other headers", &self.other_headers.join(", "));
        for (what, value) in [
            ("client", &self.client),
            ("came to", &self.address),
            ("our address", &self.public_address),
        ] {
            if let Some(value) = value {
                line(what, value);
            }
        }
        if let Some(it) = &self.certificate {
            line("certificate", &it.subject);
            line("", &format!("issued by {}", it.issuer));
            line("", &format!("serial {}, {}", it.serial, it.key));
            line(
                "",
                &format!("valid from {} to {}", it.not_before, it.not_after),
            );
            line("", &format!("sha256 {}", it.sha256));
            for subject in &it.chain {
                line("", &format!("came along: {subject}"));
            }
        }
        for (what, finding) in [
            ("no certificate", &self.no_certificate),
            ("truststore", &self.judged),
            ("refused", &self.refused),
        ] {
            if let Some(finding) = finding {
                line(what, &finding.line());
            }
        }
        for fact in &self.facts {
            line("found", &fact.line());
        }
        text
    }
}
