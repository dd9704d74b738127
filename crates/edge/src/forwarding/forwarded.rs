//! `Forwarded` (RFC 7239): each proxy adds an element at the right with whom it speaks for.

use super::hops::{self, Walk};
use crate::arrival::{Known, Scheme};
use crate::authority::Authority;
use crate::{Fact, Refused, Trusted};
use http::HeaderMap;
use http::header::FORWARDED;

/// What one proxy says. Values are as they were written, without quotes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Element {
    node: Option<String>,
    proto: Option<String>,
    host: Option<String>,
}

/// Walks the elements from our side, through trusted hops. Scheme and host are those that the outermost believed element states, of each the first one
/// that is stated from there inwards. A value that can't be read says nothing; a line that follows no grammar is refused, since an open quote of the
/// client's could swallow what the proxy wrote behind it. Lines beyond the last trusted hop are not looked at.
pub(super) fn read(
    headers: &HeaderMap,
    trusted: &Trusted,
    known: &mut Known,
    facts: &mut Vec<Fact>,
) -> Result<(), Refused> {
    let lines: Vec<_> = headers.get_all(FORWARDED).iter().collect();
    let mut walk = Walk::from(known.client);
    // The nearest first.
    let mut believed = Vec::new();
    for line in lines.iter().rev() {
        if !walk.goes_on() {
            break;
        }
        let line = line.to_str().map_err(|_| Refused::Forwarded)?;
        for element in elements(line).ok_or(Refused::Forwarded)?.into_iter().rev() {
            if !walk.goes_on() {
                break;
            }
            walk.step(element.node.as_deref().and_then(hops::read), trusted);
            believed.push(element);
        }
    }
    known.client = walk.client;
    let stated = |value: fn(&Element) -> Option<&str>| believed.iter().rev().find_map(value);
    let mut unreadable = |name: &str| facts.push(super::unreadable(&format!("forwarded: {name}")));
    match stated(|element| element.proto.as_deref()).map(Scheme::read) {
        Some(Some(scheme)) => (known.scheme, known.authority.port) = (scheme, None),
        Some(None) => unreadable("proto"),
        None => {}
    }
    match stated(|element| element.host.as_deref()).map(Authority::read) {
        Some(Some(authority)) => known.authority = authority,
        Some(None) => unreadable("host"),
        None => {}
    }
    Ok(())
}

/// The elements of one line; `None` when it follows no grammar, or a parameter is there twice. Beyond the grammar an unquoted value may hold what can't
/// be mistaken for anything else, such as the brackets and colons of an address.
pub(crate) fn elements(line: &str) -> Option<Vec<Element>> {
    let mut all = Vec::new();
    let mut rest = line;
    loop {
        let mut names = Vec::new();
        let mut element = Element::default();
        loop {
            rest = without_blanks(rest);
            let name = &rest[..rest.find(|letter| !is_token(letter)).unwrap_or(rest.len())];
            if !name.is_empty() {
                let (value, behind) = value(rest[name.len()..].strip_prefix('=')?)?;
                let name = name.to_ascii_lowercase();
                match name.as_str() {
                    "for" => element.node = Some(value),
                    "proto" => element.proto = Some(value),
                    "host" => element.host = Some(value),
                    _ => {}
                }
                if names.contains(&name) || names.len() == MOST_PARAMETERS {
                    return None;
                }
                names.push(name);
                rest = without_blanks(behind);
            }
            match rest.strip_prefix(';') {
                Some(behind) => rest = behind,
                None => break,
            }
        }
        if !names.is_empty() {
            all.push(element);
        }
        if rest.is_empty() {
            return Some(all);
        }
        rest = rest.strip_prefix(',')?;
    }
}

/// Parameters of one element: there are four, and extensions.
const MOST_PARAMETERS: usize = 16;

/// A quoted string or what ends before the next delimiter, and what is behind it.
fn value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(|letter: char| !letter.is_ascii_graphic() || "\",;\\".contains(letter));
        let (value, behind) = text.split_at(end.unwrap_or(text.len()));
        return Some((value.to_owned(), behind));
    };
    let mut value = String::new();
    let mut letters = quoted.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((value, &quoted[at + 1..])),
            '\\' => value.push(letters.next()?.1),
            _ => value.push(letter),
        }
    }
    None
}

fn without_blanks(text: &str) -> &str {
    text.trim_start_matches([' ', '\t'])
}

/// RFC 9110 §5.6.2.
fn is_token(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(line: &str) -> Option<Vec<[String; 3]>> {
        let text = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
        let told = elements(line)?.into_iter();
        Some(
            told.map(|it| [text(it.node), text(it.proto), text(it.host)])
                .collect(),
        )
    }

    #[test]
    fn a66_elements_parameters_and_quotes_are_read_as_rfc_7239_writes_them() {
        for (line, expected) in [
            ("", &[][..]),
            (" , ;; ,\t", &[]),
            ("for=\"_gazonk\"", &[["_gazonk", "-", "-"]]),
            (
                "For=\"[2001:db8:cafe::17]:4711\"",
                &[["[2001:db8:cafe::17]:4711", "-", "-"]],
            ),
            (
                "for=192.0.2.60;proto=http;by=203.0.113.43",
                &[["192.0.2.60", "http", "-"]],
            ),
            (
                "for=192.0.2.43, for=198.51.100.17;HOST=id.example:8443 ; proto=https",
                &[
                    ["192.0.2.43", "-", "-"],
                    ["198.51.100.17", "https", "id.example:8443"],
                ],
            ),
            (
                "for=\"a\\\"b\\\\,;\";secret=\"x;for=y\",proto=\"\"",
                &[["a\"b\\,;", "-", "-"], ["-", "", "-"]],
            ),
            ("for=[::1]:80;host=", &[["[::1]:80", "-", ""]]),
            ("xfor=1;xhost=2", &[["-", "-", "-"]]),
        ] {
            let expected: Vec<[String; 3]> =
                expected.iter().map(|it| it.map(str::to_owned)).collect();
            assert_eq!(told(line), Some(expected), "{line}");
        }
        for line in [
            "for",
            "for=1;for=2",
            "for = 1",
            "for= 1",
            "for=\"1",
            "for=\"1\\",
            "for=\"1\"2",
            "=1",
            "for=1 2",
            "proto=java script",
            ";;;,,,===",
            "for=a\\b",
            "for=ä",
            "a=1;b=1;c=1;d=1;e=1;f=1;g=1;h=1;i=1;j=1;k=1;l=1;m=1;n=1;o=1;p=1;q=1",
        ] {
            assert_eq!(told(line), None, "{line}");
        }
    }
}
