//! Which side is at fault, by what was seen behind the proxy and what was not.

use super::findings::Findings;
use super::forged;
use super::mend::{Kind, Need, lines};
use super::probe::{Answer, Failure, Outcome};
use super::signs::{dialect, is_named, is_refusal, is_same, provider_of, told};
use super::verdict::{Side, Verdict, Weight};
use crate::server::seen::Seen;

const PROVIDER: &str = "spi-x509cert-lookup--provider";

/// Everything that there is to say.
pub(super) fn all(findings: &Findings, named: Option<Kind>) -> Vec<Verdict> {
    let outcomes = [&findings.without, &findings.with];
    let server = outcomes
        .iter()
        .find_map(|it| it.answer.as_ref().ok()?.server.as_deref());
    let seen = outcomes.iter().find_map(|it| it.seen());
    let provider = seen.map(|seen| seen.lookup.as_str());
    let provider = provider
        .or(findings.provider.as_deref())
        .unwrap_or("default");
    let mut judge = Judge {
        findings,
        kind: named.or_else(|| Kind::recognise(server, Some(provider))),
        provider,
        verdicts: Vec::new(),
    };
    judge.without();
    judge.with();
    if let Some(seen) = seen {
        judge.address(seen);
    }
    if let Some(seen) = findings.with.seen().or(seen) {
        judge.ignored(seen);
    }
    judge.forged();
    judge.verdicts
}

struct Judge<'f> {
    findings: &'f Findings,
    kind: Option<Kind>,
    provider: &'f str,
    verdicts: Vec<Verdict>,
}

impl Judge<'_> {
    fn say(&mut self, weight: Weight, side: Side, code: &str, text: String, mend: Vec<String>) {
        let is_known = |it: &Verdict| it.code == code && it.side == side;
        if !self.verdicts.iter().any(is_known) {
            self.verdicts.push(Verdict {
                weight,
                side,
                code: code.to_owned(),
                text,
                mend,
            });
        }
    }

    fn fault(&mut self, side: Side, code: &str, text: String, mend: Vec<String>) {
        self.say(Weight::Fault, side, code, text, mend);
    }

    fn lines(&self, need: Need<'_>) -> Vec<String> {
        lines(self.kind, need)
    }

    /// The request without a certificate.
    fn without(&mut self) {
        let outcome = &self.findings.without;
        if is_refusal(outcome) {
            let text = format!(
                "the proxy refused a request without a certificate before Postern heard of it: {}; applications that fetch keys and tokens have none, nor have people with passwords",
                told(outcome)
            );
            let mend = self.lines(Need::Ask);
            return self.fault(Side::Proxy, "DOCTOR-REFUSED-BEFORE", text, mend);
        }
        if let Some(certificate) = outcome.seen().and_then(|seen| seen.certificate.as_ref()) {
            let text = format!(
                "no certificate was shown, and that of {} arrived",
                certificate.subject
            );
            let mend = self.lines(Need::Send);
            return self.fault(Side::Proxy, "DOCTOR-OTHER-CERTIFICATE", text, mend);
        }
        self.reached(outcome);
    }

    /// The request with a certificate.
    fn with(&mut self) {
        let (outcome, identity) = (&self.findings.with, &self.findings.identity);
        let subject = identity.chain.leaf().subject();
        if is_refusal(outcome) {
            let text = format!(
                "the proxy refused the certificate of {subject} before Postern heard of it: {}",
                told(outcome)
            );
            if identity.is_throw_away {
                let text = text + ". Nobody issued that one, so this may be as it should be";
                let mend = vec!["run the doctor again with the certificate of a person: --cert person.pem --key person.key".to_owned()];
                return self.say(Weight::Open, Side::Browser, "DOCTOR-THROW-AWAY", text, mend);
            }
            let mend = self.lines(Need::Accept);
            return self.fault(Side::Proxy, "DOCTOR-REFUSED-BEFORE", text, mend);
        }
        let Some(seen) = outcome.seen() else {
            return self.reached(outcome);
        };
        if self.findings.url.scheme() == "http" {
            let text =
                "the address begins with http, and certificates are shown in TLS alone".to_owned();
            let mend = vec!["run the doctor with the https address".to_owned()];
            return self.say(Weight::Open, Side::Browser, "DOCTOR-NO-TLS", text, mend);
        }
        match &outcome.asked {
            None => {
                let ends_here = seen.channel.starts_with("TLS") && seen.forwarding.is_empty();
                let text = format!(
                    "nobody asked for a certificate in the TLS handshake, so browsers show none; what ended TLS is {}",
                    if ends_here { "Postern" } else { "the proxy" }
                );
                return if ends_here {
                    let mend = vec!["--https-client-auth=request".to_owned()];
                    self.fault(Side::Options, "DOCTOR-NOT-ASKED", text, mend)
                } else {
                    let mend = self.lines(Need::Ask);
                    self.fault(Side::Proxy, "DOCTOR-NOT-ASKED", text, mend)
                };
            }
            Some(names)
                if !identity.is_throw_away && !is_named(names, &self.findings.identity.chain) =>
            {
                let text = format!(
                    "the names of authorities that came with the question for a certificate do not have {}: a browser that does not know the way from there offers no choice to the person",
                    identity.chain.leaf().issuer()
                );
                let mend = self.lines(Need::Accept);
                self.say(Weight::Note, Side::Proxy, "DOCTOR-NOT-OFFERED", text, mend);
            }
            Some(_) => {}
        }
        let Some(arrived) = &seen.certificate else {
            return self.nothing_arrived(seen);
        };
        if arrived.sha256 != identity.chain.leaf().thumbprint_hex() {
            let text = format!("{subject} was shown, and {} arrived", arrived.subject);
            let mend = self.lines(Need::Send);
            return self.fault(Side::Proxy, "DOCTOR-OTHER-CERTIFICATE", text, mend);
        }
        let judged = seen.judged.as_ref().filter(|_| !identity.is_throw_away);
        if let Some((code, judged)) = judged.and_then(|it| Some((it.code.as_ref()?, it))) {
            let text = format!(
                "the certificate of {subject} arrived, and the truststore refuses it: {}",
                judged.text
            );
            let mend = vec![
                "--truststore-paths=ca-bundle.pem # root and intermediates; `postern certificate judge` tells the steps".to_owned(),
            ];
            self.fault(Side::Truststore, code, text, mend);
        }
    }

    /// A certificate was asked for and shown, and none counts.
    fn nothing_arrived(&mut self, seen: &Seen) {
        let Some(why) = &seen.no_certificate else {
            return;
        };
        let code = why.code.as_deref().unwrap_or_default();
        let sent = dialect(&seen.certificate_headers);
        let differs = sent.is_some_and(|sent| sent != self.provider);
        let choose = || {
            let guess = sent.or(self.kind.and_then(provider_of)).unwrap_or("nginx");
            vec![format!("--{PROVIDER}={guess}")]
        };
        let option = |name: &str| format!("--spi-x509cert-lookup--{}--{name}", self.provider);
        let text = why.text.clone();
        match code {
            "EDGE-CERT-HEADER-ABSENT" | "EDGE-CERT-HEADER-BLANK" | "EDGE-CERT-HEADER-SAYS-NONE" => {
                let peer = &seen.peer;
                if let Some(header) = seen.unknown_certificates.first() {
                    let text = format!(
                        "the request from {peer} has what looks like a certificate in the header {}, which is not read; {text}",
                        header.name
                    );
                    let mend = vec![format!("{}={}", option("ssl-client-cert"), header.name)];
                    return self.fault(Side::Options, code, text, mend);
                }
                let text = format!(
                    "a certificate was shown to the proxy, and the request from {peer} came without it: {text}"
                );
                let mend = self.lines(Need::Send);
                self.fault(Side::Proxy, code, text, mend);
            }
            "EDGE-CERT-PEER-NOT-TRUSTED" => {
                self.fault(Side::Options, code, text, trust(seen));
            }
            "EDGE-CERT-NO-LOOKUP" | "EDGE-CERT-PROXYS-OWN" => {
                self.fault(Side::Options, code, text, choose());
            }
            "EDGE-CERT-FOREIGN-HEADER" | "EDGE-CERT-UNREADABLE" if differs => {
                self.fault(Side::Options, code, text, choose());
            }
            "EDGE-CERT-FOREIGN-HEADER" => {
                let foreign = seen.certificate_headers.iter();
                let foreign = foreign.filter(|it| dialect(std::slice::from_ref(it)) != sent);
                let mend = foreign
                    .flat_map(|it| self.lines(Need::Strip(&it.name)))
                    .collect();
                self.fault(Side::Proxy, code, text, mend);
            }
            "EDGE-CERT-CHAIN-TOO-LONG" => {
                let mend = vec![format!("{}=9", option("certificate-chain-length"))];
                self.fault(Side::Options, code, text, mend);
            }
            "EDGE-CERT-OTHER-SPELLING" => {
                let header = seen.certificate_headers.first();
                let name = header.map(|it| it.name.as_str()).unwrap_or_default();
                let mend = vec![format!("{}={name}", option("ssl-client-cert"))];
                self.fault(Side::Options, code, text, mend);
            }
            "EDGE-CERT-NOT-SHOWN" => {
                let mend = vec!["--https-client-auth=request".to_owned()];
                self.fault(Side::Options, code, text, mend);
            }
            "EDGE-CERT-PROXY-DID-NOT-VERIFY" if self.findings.identity.is_throw_away => {
                let mend = vec!["run the doctor again with the certificate of a person: --cert person.pem --key person.key".to_owned()];
                self.say(Weight::Open, Side::Browser, "DOCTOR-THROW-AWAY", text, mend);
            }
            "EDGE-CERT-PROXY-DID-NOT-VERIFY" => {
                let mend = self.lines(Need::Accept);
                self.fault(Side::Proxy, code, text, mend);
            }
            _ => {
                let mend = self.lines(Need::Send);
                self.fault(Side::Proxy, code, text, mend);
            }
        }
    }

    /// Whether what is made of the request's address is what was asked.
    fn address(&mut self, seen: &Seen) {
        if let Some(refused) = &seen.refused {
            let code = refused.code.clone().unwrap_or_default();
            let mend = self.lines(Need::Address);
            return self.fault(Side::Proxy, &code, refused.text.clone(), mend);
        }
        let expected = self.findings.url.as_str().trim_end_matches('/').to_owned();
        let Some(address) = seen.address.as_ref().filter(|it| !is_same(it, &expected)) else {
            let public = seen.public_address.as_deref().unwrap_or(&expected);
            if !is_same(public, &expected) {
                let text = format!("{expected} was asked, and links and tokens name {public}");
                let mend = vec![format!("--hostname={expected} # unless that is meant")];
                self.say(Weight::Note, Side::Options, "DOCTOR-HOSTNAME", text, mend);
            }
            return;
        };
        let text = format!("{expected} was asked, and Postern thinks it was {address}");
        let peer = &seen.peer;
        if !seen.trusted && !seen.forwarding.is_empty() {
            let text = format!(
                "{text}: what {peer} says of it is not believed, since it is {}",
                seen.standing
            );
            let mend = trust(seen);
            return self.fault(Side::Options, "EDGE-FORWARDING-IGNORED", text, mend);
        }
        let ignored = |code: &Option<String>| code.as_deref() == Some("EDGE-FORWARDING-IGNORED");
        if seen.trusted && seen.facts.iter().any(|fact| ignored(&fact.code)) {
            let is_forwarded = seen.forwarding.iter().all(|it| it.name == "forwarded");
            let family = if is_forwarded {
                "forwarded"
            } else {
                "xforwarded"
            };
            let text = format!("{text}: what the proxy says of it is not read");
            let mend = vec![format!("--proxy-headers={family}")];
            return self.fault(Side::Options, "EDGE-FORWARDING-IGNORED", text, mend);
        }
        let names: Vec<&str> = seen.forwarding.iter().map(|it| it.name.as_str()).collect();
        let came = match names.as_slice() {
            [] => "no forwarding header came".to_owned(),
            _ => format!("these came: {}", names.join(", ")),
        };
        let text = format!("{text}: the proxy does not say it, or not right ({came})");
        let mend = self.lines(Need::Address);
        self.fault(Side::Proxy, "DOCTOR-ADDRESS", text, mend);
    }

    /// What proxies say in names that people made up.
    fn ignored(&mut self, seen: &Seen) {
        let code = "EDGE-CERT-HEADER-IGNORED";
        let facts = seen.facts.iter();
        let facts: Vec<&str> = facts
            .filter(|fact| fact.code.as_deref() == Some(code))
            .map(|fact| fact.text.as_str())
            .collect();
        // Without a look-up none is read at all.
        if !facts.is_empty() && self.provider != "default" {
            let text = format!("{}; nobody is known by it", facts.join("; "));
            self.say(Weight::Note, Side::Proxy, code, text, Vec::new());
        }
    }

    /// What arrived of forged headers.
    fn forged(&mut self) {
        let mut honest = [&self.findings.without, &self.findings.with].into_iter();
        let mut arrived: Vec<String> = Vec::new();
        let mut believed: Vec<String> = Vec::new();
        let unseen = |it: &&Outcome| it.seen().is_none();
        if let Some(outcome) = self.findings.forged.iter().find(unseen) {
            let text = format!(
                "a request with forged headers did not arrive, so it is not known which of them would: {}",
                told(outcome)
            );
            self.say(
                Weight::Note,
                Side::Proxy,
                "DOCTOR-FORGED-UNKNOWN",
                text,
                Vec::new(),
            );
        }
        let honest = honest.find_map(Outcome::seen);
        for seen in self.findings.forged.iter().filter_map(Outcome::seen) {
            // Who is no proxy may say what he likes.
            if !seen.trusted {
                continue;
            }
            let lies = seen.certificate_headers.iter();
            let lies = lies.filter(|it| it.value.contains(forged::MARK));
            arrived.extend(lies.map(|it| it.name.clone()));
            if seen.client.as_deref() == Some(forged::ADDRESS) {
                believed.push(format!("the client is {}", forged::ADDRESS));
            }
            match (&seen.refused, &seen.address, honest.map(|it| &it.address)) {
                (Some(refused), ..) => believed.push(refused.text.clone()),
                (None, Some(now), Some(Some(then))) if now != then => {
                    believed.push(format!("the address is {now} and not {then}"));
                }
                _ => {}
            }
        }
        for list in [&mut arrived, &mut believed] {
            list.sort();
            list.dedup();
        }
        if !arrived.is_empty() {
            let text = format!(
                "a client's own headers pass the proxy, so whoever knows somebody's certificate can be that person: {}",
                arrived.join(", ")
            );
            let mend = arrived
                .iter()
                .flat_map(|name| self.lines(Need::Strip(name)))
                .collect();
            self.fault(Side::Proxy, "DOCTOR-FORGED-CERTIFICATE", text, mend);
        }
        if !believed.is_empty() {
            let text = format!(
                "a client's own forwarding headers pass the proxy and are believed: {}",
                believed.join("; ")
            );
            let mend = self.lines(Need::Address);
            self.fault(Side::Proxy, "DOCTOR-FORGED-ADDRESS", text, mend);
        }
    }

    /// Whether somebody behind the proxy answered, and if not, why.
    fn reached(&mut self, outcome: &Outcome) {
        let (side, code, mend) = match &outcome.answer {
            Ok(Answer { seen: Some(_), .. }) => return,
            Ok(Answer { status: 502..=504, .. }) => (Side::Proxy, "DOCTOR-NO-BACKEND", self.lines(Need::Reach)),
            Ok(_) => (Side::Proxy, "DOCTOR-OTHER-ANSWER", self.lines(Need::Reach)),
            Err(Failure::Unreachable(..)) => (
                Side::Network,
                "DOCTOR-UNREACHABLE",
                vec!["--connect-to=127.0.0.1:443 # where the proxy listens, when its name does not lead there from here".to_owned()],
            ),
            Err(Failure::ServerCertificate(_)) => (
                Side::Network,
                "DOCTOR-SERVER-CERTIFICATE",
                vec!["--cacert=ca.pem # the authority of the proxy's own certificate".to_owned()],
            ),
            Err(_) => (Side::Proxy, "DOCTOR-NO-ANSWER", Vec::new()),
        };
        self.fault(side, code, told(outcome), mend);
    }
}

/// What makes a trusted proxy of the peer.
fn trust(seen: &Seen) -> Vec<String> {
    vec![match seen.peer.parse::<std::net::IpAddr>() {
        Ok(ip) => format!("--proxy-trusted-addresses={ip} # beside those that are there"),
        Err(_) => "--proxy-trusted-unix-socket=true".to_owned(),
    }]
}
