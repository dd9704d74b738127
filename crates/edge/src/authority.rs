//! `host[:port]` as it comes in `Host` and `X-Forwarded-Host`: read strictly, since links and issuers are made of it.

/// A host and the port that was stated with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Authority {
    /// A name, an IPv4 address, or an IPv6 address in brackets, as it was written.
    pub host: String,
    /// The stated port.
    pub port: Option<u16>,
}

impl Authority {
    /// Reads `name`, `name:port`, `[v6]` or `[v6]:port`; nothing else, so that no letter of it can mean anything in a URL or a page.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (address, behind) = rest.split_once(']')?;
                address.parse::<std::net::Ipv6Addr>().ok()?;
                (
                    format!("[{address}]"),
                    behind
                        .strip_prefix(':')
                        .or(Some(behind).filter(|behind| behind.is_empty()))?,
                )
            }
            None => {
                let (name, port) = text.split_once(':').unwrap_or((text, ""));
                let is_name = !name.is_empty()
                    && name.len() <= 255
                    && name
                        .bytes()
                        .all(|letter| letter.is_ascii_alphanumeric() || b"-._".contains(&letter));
                (Some(name).filter(|_| is_name)?.to_owned(), port)
            }
        };
        let port = if port.is_empty() {
            None
        } else {
            Some(read_port(port)?)
        };
        Some(Self { host, port })
    }
}

/// A port in plain digits.
pub(crate) fn read_port(text: &str) -> Option<u16> {
    Some(text)
        .filter(|text| text.bytes().all(|digit| digit.is_ascii_digit()))?
        .parse()
        .ok()
        .filter(|port| *port > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_a_host_is_one() {
        for (text, host, port) in [
            ("id.example", "id.example", None),
            ("a_b:8443", "a_b", Some(8443)),
            ("[::1]:80", "[::1]", Some(80)),
            ("[2001:db8::1]", "[2001:db8::1]", None),
            ("x:", "x", None),
        ] {
            assert_eq!(
                Authority::read(text),
                Some(Authority {
                    host: host.to_owned(),
                    port
                }),
                "{text}"
            );
        }
        for text in [
            "", ":80", "a:0", "a:99999", "a:+80", "a:b", "u@a", "a/b", "a\"><b>", "ä", "[::1",
            "[::1]x", "[v1.x]", "::1", "a b", "a,b", "a\\b", "a%2e",
        ] {
            assert_eq!(Authority::read(text), None, "{text}");
        }
    }
}
