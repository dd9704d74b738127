//! What single answers and headers are signs of.

use super::mend::Kind;
use super::probe::{Failure, Outcome};
use crate::server::seen::Header;
use url::Url;

/// Whether the proxy refused what was shown, or that nothing was.
pub(super) fn is_refusal(outcome: &Outcome) -> bool {
    match &outcome.answer {
        Ok(answer) if answer.seen.is_none() => {
            let text = answer.body.to_ascii_lowercase();
            matches!(answer.status, 495 | 496)
                || matches!(answer.status, 400 | 403) && text.contains("certificate")
        }
        Ok(_) => false,
        // The alert is sometimes lost with the connection.
        Err(Failure::Alert(_) | Failure::Broken(_)) => outcome.asked.is_some(),
        Err(_) => false,
    }
}

/// What came back, in words.
pub(super) fn told(outcome: &Outcome) -> String {
    match &outcome.answer {
        Ok(answer) => {
            let who = answer.server.as_deref().unwrap_or("somebody");
            let visible = answer
                .body
                .split('<')
                .filter_map(|it| it.split('>').next_back());
            let words: Vec<&str> = visible.flat_map(str::split_whitespace).take(24).collect();
            format!("{who} answered {} ({})", answer.status, words.join(" "))
        }
        Err(failure) => failure.to_string(),
    }
}

/// Whether the two addresses are one.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    let plain = |text: &str| {
        Some(
            Url::parse(text)
                .ok()?
                .as_str()
                .trim_end_matches('/')
                .to_owned(),
        )
    };
    plain(one).is_some_and(|one| Some(one) == plain(other))
}

/// Whether one of these names, DER each, is an issuer's in the chain.
pub(super) fn is_named(names: &[Vec<u8>], chain: &x509::Chain) -> bool {
    let holds = |der: &[u8]| {
        names
            .iter()
            .any(|name| !name.is_empty() && der.windows(name.len()).any(|part| part == name))
    };
    // Whoever names nobody takes everybody's.
    names.is_empty() || holds(chain.leaf().der()) || chain.rest().iter().any(|it| holds(it.der()))
}

/// The look-up for what a proxy sent.
pub(super) fn dialect(headers: &[Header]) -> Option<&'static str> {
    headers.iter().find_map(|header| {
        Some(match header.name.as_str() {
            "ssl-client-cert" => "nginx",
            "ssl_client_cert" => "apache",
            "client-cert" if header.value.starts_with(':') => "rfc9440",
            "client-cert" => "haproxy",
            "x-forwarded-tls-client-cert" => "traefik",
            "x-forwarded-client-cert" => "envoy",
            "x-amzn-mtls-clientcert" | "x-amzn-mtls-clientcert-leaf" => "aws-alb",
            "x-arr-clientcert" => "azure",
            _ => return None,
        })
    })
}

/// The look-up for a kind of proxy.
pub(super) fn provider_of(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::Nginx => "nginx",
        Kind::Haproxy => "haproxy",
        Kind::Apache => "apache",
        Kind::Caddy => "rfc9440",
        Kind::Traefik => "traefik",
        Kind::Envoy => "envoy",
    })
}
