//! What no real proxy is needed for.

use super::findings::Findings;
use super::forged;
use super::judge::all;
use super::probe::{Answer, Failure, Identity, Outcome};
use super::verdict::{Report, Side, Verdict, Weight};
use crate::server::seen::{Finding, Header, Seen, Shown};
use rustls::AlertDescription;

fn finding(code: &str) -> Option<Finding> {
    Some(Finding {
        code: Some(code.to_owned()),
        text: "it is so".to_owned(),
    })
}

fn header(name: &str, value: &str) -> Header {
    Header {
        name: name.to_owned(),
        value: value.to_owned(),
    }
}

/// A request that arrived, of a trusted nginx.
fn arrived(change: impl FnOnce(&mut Seen)) -> Outcome {
    let mut seen = Seen {
        peer: "10.1.2.3".to_owned(),
        trusted: true,
        channel: "HTTP".to_owned(),
        lookup: "nginx".to_owned(),
        client: Some("198.51.100.1".to_owned()),
        address: Some("https://id.example.com".to_owned()),
        public_address: Some("https://id.example.com".to_owned()),
        no_certificate: finding("EDGE-CERT-HEADER-ABSENT"),
        ..Seen::default()
    };
    change(&mut seen);
    let answer = Answer {
        status: 200,
        server: Some("nginx".to_owned()),
        seen: Some(seen),
        body: String::new(),
    };
    outcome(Ok(answer))
}

fn outcome(answer: Result<Answer, Failure>) -> Outcome {
    Outcome {
        asked: Some(Vec::new()),
        answer,
    }
}

fn findings(with: impl FnOnce(&Identity) -> Outcome) -> Findings {
    let mut identity = Identity::throw_away("alice").unwrap();
    identity.is_throw_away = false;
    Findings {
        url: "https://id.example.com/".parse().unwrap(),
        provider: None,
        without: arrived(|_| {}),
        with: with(&identity),
        forged: Vec::new(),
        identity,
    }
}

fn with_certificate(identity: &Identity) -> Outcome {
    arrived(|seen| {
        seen.certificate = Some(Shown::from(&identity.chain));
        seen.no_certificate = None;
    })
}

fn codes(findings: &Findings) -> Vec<(Side, String)> {
    let verdicts = all(findings, None).into_iter();
    verdicts
        .map(|Verdict { side, code, .. }| (side, code))
        .collect()
}

#[test]
fn a10_each_reason_has_its_side_and_what_mends_it() {
    for (code, side, mend) in [
        ("EDGE-CERT-HEADER-ABSENT", Side::Proxy, "ssl-client-cert"),
        ("EDGE-CERT-HEADER-BLANK", Side::Proxy, "ssl-client-cert"),
        ("EDGE-CERT-HEADER-SAYS-NONE", Side::Proxy, "ssl-client-cert"),
        ("EDGE-CERT-SEVERAL-HEADERS", Side::Proxy, "ssl-client-cert"),
        ("EDGE-CERT-UNREADABLE", Side::Proxy, "escaped"),
        (
            "EDGE-CERT-CHAIN-TOO-LONG",
            Side::Options,
            "nginx--certificate-chain-length",
        ),
        (
            "EDGE-CERT-PROXY-DID-NOT-VERIFY",
            Side::Proxy,
            "ssl_client_certificate",
        ),
        (
            "EDGE-CERT-PEER-NOT-TRUSTED",
            Side::Options,
            "trusted-addresses=10.1.2.3",
        ),
        ("EDGE-CERT-NO-LOOKUP", Side::Options, "provider=nginx"),
        (
            "EDGE-CERT-OTHER-SPELLING",
            Side::Options,
            "ssl-client-cert=",
        ),
        (
            "EDGE-CERT-NOT-SHOWN",
            Side::Options,
            "https-client-auth=request",
        ),
    ] {
        let findings = findings(|_| arrived(|seen| seen.no_certificate = finding(code)));
        let verdicts = all(&findings, None);
        assert_eq!(verdicts.len(), 1, "{code}: {verdicts:?}");
        assert_eq!((verdicts[0].side, verdicts[0].code.as_str()), (side, code));
        assert_eq!(verdicts[0].weight, Weight::Fault, "{code}");
        assert!(verdicts[0].mend[0].contains(mend), "{verdicts:?}");
    }
}

#[test]
fn a_certificate_under_a_name_that_nobody_knows_is_an_option_s_fault() {
    let findings =
        findings(|_| arrived(|seen| seen.unknown_certificates = vec![header("x-my-own", "MII")]));
    let verdicts = all(&findings, None);
    assert_eq!(verdicts[0].side, Side::Options);
    assert_eq!(
        verdicts[0].mend,
        ["--spi-x509cert-lookup--nginx--ssl-client-cert=x-my-own"]
    );
}

#[test]
fn another_certificate_than_the_one_shown_is_never_well() {
    assert_eq!(codes(&findings(with_certificate)), []);
    let other = Identity::throw_away("bob").unwrap();
    let swapped = findings(|_| with_certificate(&other));
    let expected = (Side::Proxy, "DOCTOR-OTHER-CERTIFICATE".to_owned());
    assert_eq!(codes(&swapped), std::slice::from_ref(&expected));
    let mut nobodys = findings(with_certificate);
    nobodys.without = with_certificate(&other);
    assert_eq!(codes(&nobodys), [expected]);
}

#[test]
fn what_is_forged_counts_when_it_arrives_from_a_trusted_proxy() {
    let lie = |seen: &mut Seen| {
        seen.certificate_headers = vec![header("client-cert", forged::MARK)];
        seen.address = Some("https://id.example.com:6666".to_owned());
    };
    let mut findings = findings(with_certificate);
    findings.forged = vec![arrived(|seen| {
        lie(seen);
        seen.trusted = false;
    })];
    assert_eq!(codes(&findings), []);
    findings.forged.push(arrived(lie));
    let codes = codes(&findings);
    let codes: Vec<&str> = codes.iter().map(|(_, code)| code.as_str()).collect();
    assert_eq!(
        codes,
        ["DOCTOR-FORGED-CERTIFICATE", "DOCTOR-FORGED-ADDRESS"]
    );
}

#[test]
fn an_alert_is_a_refusal_only_when_a_certificate_was_asked_for() {
    let alert = || Err(Failure::Alert(AlertDescription::HandshakeFailure));
    let refused = findings(|_| outcome(alert()));
    let expected = (Side::Proxy, "DOCTOR-REFUSED-BEFORE".to_owned());
    assert_eq!(codes(&refused), [expected]);
    let broken = findings(|_| Outcome {
        asked: None,
        answer: alert(),
    });
    let expected = (Side::Proxy, "DOCTOR-NO-ANSWER".to_owned());
    assert_eq!(codes(&broken), [expected]);
}

#[test]
fn what_others_say_reaches_no_terminal_as_a_command() {
    let answer = Answer {
        status: 404,
        server: Some("x\u{9b}31m".to_owned()),
        seen: None,
        body: "<b>not\u{1b}[31m here</b>".to_owned(),
    };
    let mut findings = findings(with_certificate);
    findings.without = outcome(Ok(answer));
    let text = Report::new(&findings, None).text();
    assert!(
        text.contains("DOCTOR-OTHER-ANSWER") && text.contains("404"),
        "{text}"
    );
    assert!(
        text.chars().all(|it| it == '\n' || !it.is_control()),
        "{text}"
    );
}
