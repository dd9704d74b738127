//! Envoy, and Contour, Istio and others made of it: `x-forwarded-client-cert` with `set_current_client_cert_details: {cert: true, chain: true}`
//!
//! Elements between commas, one for each proxy that the request passed; pairs between semicolons; `Cert` and `Chain` are quoted PEM,
//! percent-encoded. The last element counts: our own trusted peer wrote it, of whoever spoke to it.
//!
//! Envoy writes `URI` and `DNS` as they stand in the certificate, unquoted. A name with a comma or a semicolon in it could so pass for an
//! element or a pair of the proxy's, with somebody else's certificate. Hence what looks too strict: `Cert` and `Chain` come before all names, as
//! Envoy writes them; every element has one of them; and no certificate may have such a name.

use super::encoding::{Ders, escaped_pem};
use super::{ChainIn, Format};
use std::collections::HashSet;
use x509::Certificate;

pub(super) const ENVOY: Format = Format {
    name: "envoy",
    headers: &["x-forwarded-client-cert"],
    chain: ChainIn::SameHeader,
    also: &[],
    verification: None,
    none: &[],
    read: |value, _| read(value),
    read_chain: read,
};

/// Proxies that a request may have passed.
const MOST_ELEMENTS: usize = 16;

fn read(value: &str) -> Result<Ders, String> {
    let elements = split(value)?;
    let count = elements.len();
    let mut last = Vec::new();
    for (at, pairs) in elements.into_iter().enumerate() {
        last = element(&pairs).map_err(|reason| match count {
            1 => reason,
            _ => format!("element {} of {count}: {reason}", at + 1),
        })?;
    }
    Ok(last)
}

/// The certificates of one element, the person's first.
fn element(pairs: &[(String, String)]) -> Result<Ders, String> {
    let (mut seen, mut names_began) = (HashSet::new(), false);
    let (mut cert, mut chain, mut hash) = (None, None, None);
    for (key, value) in pairs {
        let may_repeat = matches!(key.as_str(), "by" | "uri" | "dns");
        if !may_repeat && !seen.insert(key) {
            return Err(format!("{key} is there twice"));
        }
        match key.as_str() {
            "cert" | "chain" | "hash" if names_began => {
                return Err(format!("{key} stands behind names of the certificate"));
            }
            "cert" => cert = Some(escaped_pem(value)?),
            "chain" => chain = Some(escaped_pem(value)?),
            "hash" => hash = Some(value.to_ascii_lowercase()),
            "by" => {}
            _ => names_began = true,
        }
    }
    let ders = match (cert, chain) {
        (Some(cert), Some(chain)) if cert.first() != chain.first() => {
            return Err("Cert and Chain begin with different certificates".to_owned());
        }
        (_, Some(ders)) | (Some(ders), None) => ders,
        (None, None) => {
            return Err(
                "it has neither Cert nor Chain; set set_current_client_cert_details: {cert: true, chain: true}"
                    .to_owned(),
            );
        }
    };
    let leaf = ders.first().map(Vec::as_slice).unwrap_or_default();
    let leaf = Certificate::from_der(leaf).map_err(|error| error.to_string())?;
    if hash.is_some_and(|hash| hash != leaf.thumbprint_hex()) {
        return Err("Hash is another certificate's".to_owned());
    }
    let names = leaf.names();
    let mut written = names.uris.iter().chain(&names.hosts);
    if written.any(|name| name.contains([',', ';', '"'])) {
        return Err(
            "the certificate has a name that can't be told from what the proxy wrote".to_owned(),
        );
    }
    Ok(ders)
}

/// Elements and their pairs; keys in lower case, values without quotes.
fn split(value: &str) -> Result<Vec<Vec<(String, String)>>, String> {
    let mut elements = vec![Vec::new()];
    let mut rest = value.trim_ascii();
    loop {
        let (key, behind) = rest
            .split_once('=')
            .filter(|(key, _)| !key.is_empty() && key.bytes().all(|it| it.is_ascii_alphanumeric()))
            .ok_or("it is not made of key=value")?;
        let (text, behind) = match behind.strip_prefix('"') {
            Some(quoted) => until_quote(quoted)?,
            None => {
                let end = behind.find([',', ';']).unwrap_or(behind.len());
                if behind[..end].contains('"') {
                    return Err("there is a quote inside a value".to_owned());
                }
                (behind[..end].to_owned(), &behind[end..])
            }
        };
        if let Some(element) = elements.last_mut() {
            element.push((key.to_ascii_lowercase(), text));
        }
        // A semicolon may stand behind the last pair of an element.
        let behind = behind.strip_prefix(';').map_or(behind, |more| {
            if more.is_empty() || more.starts_with(',') {
                more
            } else {
                behind
            }
        });
        rest = match behind.split_at_checked(1) {
            None => return Ok(elements),
            Some((";", more)) => more,
            Some((",", more)) if elements.len() < MOST_ELEMENTS => {
                elements.push(Vec::new());
                more.trim_ascii_start()
            }
            Some((",", _)) => return Err(format!("more than {MOST_ELEMENTS} elements")),
            Some(_) => return Err("there is something behind a quoted value".to_owned()),
        };
    }
}

/// A quoted value, in which a backslash takes the next letter as it is, and what stands behind it.
fn until_quote(quoted: &str) -> Result<(String, &str), String> {
    let mut text = String::new();
    let mut letters = quoted.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Ok((text, &quoted[at + 1..])),
            '\\' => text.extend(letters.next().map(|(_, letter)| letter)),
            letter => text.push(letter),
        }
    }
    Err("a quote is not closed: it is cut off".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(value: &str) -> Result<Vec<Vec<(String, String)>>, String> {
        split(value)
    }

    #[test]
    fn elements_pairs_and_quotes() {
        let read =
            keys(r#"By=spiffe://a;Hash=00;Subject="CN=\"x\",O=a;b\\";URI=;DNS=d, By=b;Cert="c";"#);
        let read: Vec<Vec<(&str, &str)>> = read
            .as_ref()
            .unwrap()
            .iter()
            .map(|pairs| {
                pairs
                    .iter()
                    .map(|(k, v)| (k.as_str(), v.as_str()))
                    .collect()
            })
            .collect();
        assert_eq!(
            read,
            [
                vec![
                    ("by", "spiffe://a"),
                    ("hash", "00"),
                    ("subject", r#"CN="x",O=a;b\"#),
                    ("uri", ""),
                    ("dns", "d")
                ],
                vec![("by", "b"), ("cert", "c")],
            ]
        );
        for wrong in [
            "", "=", "x", "a=b;;c=d", "a=b,", ",a=b", "a=\"b", "a=\"b\"c", "a=\"b\\", "a=b\"c",
            "a b=c", ";a=b", "ä=b",
        ] {
            assert!(keys(wrong).is_err(), "{wrong}");
        }
        assert!(keys(&vec!["a=b"; MOST_ELEMENTS].join(",")).is_ok());
        assert!(keys(&vec!["a=b"; MOST_ELEMENTS + 1].join(",")).is_err());
    }
}
