//! What does a value look like that can't be read? The answer helps whoever set up the proxy; nothing is ever read by it.

use super::encoding::{der_length, has_even_lines};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const VARIABLE: &str = "a variable of the proxy's configuration that was not filled in";
const LOST_PLUS: &str = "blanks stand where + was, so it was decoded as a form on the way";

/// What an unreadable value looks like, to stand behind "it looks like".
pub(super) fn looks_like(value: &str) -> Option<String> {
    let value = value.trim().trim_matches('"');
    whole_word(value)
        .map(str::to_owned)
        .or_else(|| pem(value))
        .or_else(|| structured(value))
        .or_else(|| base64(value))
}

/// Values that hold no certificate at all.
fn whole_word(value: &str) -> Option<&'static str> {
    let is_name = [
        "CN=",
        "C=",
        "O=",
        "OU=",
        "DC=",
        "L=",
        "ST=",
        "UID=",
        "emailAddress=",
    ]
    .iter()
    .any(|key| value.strip_prefix('/').unwrap_or(value).starts_with(key));
    Some(match value {
        "(null)" => "(null), which Apache httpd writes for what it does not have",
        "-" => "a dash, which proxies write for what they do not have",
        "SUCCESS" | "NONE" | "GENEROUS" | "0" | "1" | "true" | "false" => {
            "the outcome of a verification, not a certificate"
        }
        _ if value.starts_with("FAILED") => "the outcome of a verification, not a certificate",
        _ if value.starts_with(['$', '{']) => VARIABLE,
        _ if value.starts_with("%{") || value.starts_with("%[") => VARIABLE,
        _ if value.starts_with(":{") || value.starts_with(":%[") => VARIABLE,
        _ if value.contains("PRIVATE KEY") || value.contains("PRIVATE%20KEY") => {
            "a private key, which nobody may send: take it for stolen"
        }
        _ if is_name && !value.contains("Cert=") && !value.contains("Chain=") => {
            "a name out of a certificate, not the certificate"
        }
        _ => return None,
    })
}

/// PEM in one of its disguises.
fn pem(value: &str) -> Option<String> {
    let behind = value.strip_prefix("-----BEGIN")?;
    let ends = value.matches("-----END").count();
    let cut = if ends == 0 {
        format!(", and it is cut off after {} letters", value.len())
    } else {
        String::new()
    };
    let what = if behind.starts_with("%2520") {
        "PEM that was percent-encoded twice".to_owned()
    } else if behind.starts_with('+') {
        "PEM that was encoded as a form, with plus signs for blanks".to_owned()
    } else if behind.starts_with("%20CERTIFICATE-----") {
        if value.contains(['+', '/', '=']) {
            "percent-encoded PEM with + and / and = as they are, as AWS ALB sends it".to_owned()
        } else {
            "percent-encoded PEM, as nginx's $ssl_client_escaped_cert gives it".to_owned()
        }
    } else if !behind.starts_with(" CERTIFICATE-----") {
        return Some("PEM of something that is no certificate".to_owned());
    } else if value.contains("\\n") {
        "PEM with backslash and n for the ends of lines".to_owned()
    } else if value.contains('%') {
        "percent-encoded PEM whose blanks were decoded".to_owned()
    } else {
        folded(value)
    };
    Some(what + &cut)
}

/// PEM as it is, but for the ends of its lines.
fn folded(value: &str) -> String {
    let mut bodies = value.split("-----BEGIN CERTIFICATE-----").skip(1);
    let is_even =
        bodies.all(|body| has_even_lines(body.split("-----END").next().unwrap_or_default()));
    if !is_even {
        format!("PEM, and {LOST_PLUS}")
    } else if value.contains('\t') {
        "PEM folded by tabs, as nginx's $ssl_client_cert gives it".to_owned()
    } else {
        "PEM with blanks for the ends of lines, as Apache httpd and Caddy send it".to_owned()
    }
}

/// Formats with a grammar of their own.
fn structured(value: &str) -> Option<String> {
    if let Some(rest) = value.strip_prefix(':') {
        let whole = rest.trim_end().ends_with(':');
        let cut = if whole { "" } else { ", and it is cut off" };
        return Some(format!("RFC 9440, which is base64 between colons{cut}"));
    }
    let keys = ["By=", "Hash=", "Cert=", "Chain=", "Subject=", "URI="];
    let is_envoy = value
        .split([';', ','])
        .any(|pair| keys.iter().any(|key| pair.trim_start().starts_with(key)));
    is_envoy.then(|| "Envoy's x-forwarded-client-cert".to_owned())
}

/// Base64 in one of its disguises. What begins as a certificate's DER begins so: `MI`, and the length.
fn base64(value: &str) -> Option<String> {
    let is_hex = value.len() > 16 && value.bytes().all(|it| it.is_ascii_hexdigit());
    if is_hex && value.starts_with("308") {
        return Some("hexadecimal, as HAProxy's ssl_c_der,hex gives it".to_owned());
    }
    let is_base64 = value.starts_with("MI")
        && value
            .bytes()
            .all(|it| it.is_ascii_alphanumeric() || b"+/=-_,% ".contains(&it));
    if !is_base64 {
        return None;
    }
    if value.contains(',') {
        return Some("Traefik's list of certificates".to_owned());
    }
    if value.contains('%') {
        return Some("percent-encoded base64, as Traefik 2 sends it".to_owned());
    }
    if value.contains(' ') {
        return Some(format!("base64, and {LOST_PLUS}"));
    }
    if value.contains(['-', '_']) {
        return Some("base64 with the alphabet for URLs".to_owned());
    }
    let bare = value.trim_end_matches('=');
    let bytes = STANDARD.decode(&bare[..bare.len() / 4 * 4]).ok()?;
    // The last one to three letters were left out above.
    let (told, there) = (der_length(&bytes)?, bare.len() * 3 / 4);
    Some(match there {
        _ if there < told => format!(
            "base64 of a certificate that is cut off: {there} of {told} bytes are there"
        ),
        _ if there == told => {
            "base64 of one certificate, as HAProxy, Traefik and Azure send it".to_owned()
        }
        _ => "base64 of several certificates one behind the other, as HAProxy's ssl_c_chain_der gives it"
            .to_owned(),
    })
}
