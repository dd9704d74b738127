//! The PROXY protocol, versions 1 and 2 (HAProxy's `proxy-protocol.txt`): whose connection it is that a proxy passes on byte for byte.

use proxy_protocol_rs::{ParseError, V2_SIGNATURE, Version, parse};
use std::net::SocketAddr;

/// Longer preambles are refused: there is room for a certificate in it, which nobody here reads.
const MOST: usize = 8 * 1024;
/// Version 1 is one line.
const MOST_LINE: usize = 107;
const LINE: &[u8] = b"PROXY ";
/// What no preamble is shorter than.
const LEAST: usize = 12;

/// How far the reading of a preamble has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preamble {
    /// It is whole: this is whose connection it is; nobody's but the proxy's own where it says so (`LOCAL`, such as for its health checks) or can't say
    /// (`UNKNOWN`, a unix socket).
    Whole(Option<SocketAddr>),
    /// So many bytes more belong to it at least; none of them belongs to what follows.
    Wants(usize),
}

/// Why a preamble is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoPreamble {
    /// The connection begins with something else.
    #[error("the connection does not begin with a PROXY preamble")]
    Missing,
    /// It is longer than we read.
    #[error("the PROXY preamble is longer than {MOST} bytes")]
    TooLong,
    /// It follows no grammar, or its checksum is another.
    #[error("the PROXY preamble is malformed: {0}")]
    Malformed(String),
}

/// Reads the beginning of a connection: exactly what belongs to the preamble, if the caller adds no more bytes than were wanted.
///
/// # Errors
/// See [`NoPreamble`]; known as early as the bytes tell.
pub fn read(bytes: &[u8]) -> Result<Preamble, NoPreamble> {
    let begins = |with: &[u8]| bytes.iter().zip(with).all(|(ours, theirs)| ours == theirs);
    let is_binary = begins(V2_SIGNATURE);
    if !is_binary && !begins(LINE) {
        return Err(NoPreamble::Missing);
    }
    if let Some(wanted @ 1..) = LEAST.checked_sub(bytes.len()) {
        return Ok(Preamble::Wants(wanted));
    }
    if is_binary {
        read_binary(bytes)
    } else {
        read_line(bytes)
    }
}

/// Version 2.
fn read_binary(bytes: &[u8]) -> Result<Preamble, NoPreamble> {
    let Some([version_and_command, kind, high, low]) = bytes.get(LEAST..LEAST + 4) else {
        return Ok(Preamble::Wants(LEAST + 4 - bytes.len()));
    };
    let whole = LEAST + 4 + usize::from(u16::from_be_bytes([*high, *low]));
    if whole > MOST {
        return Err(NoPreamble::TooLong);
    }
    if let Some(wanted @ 1..) = whole.checked_sub(bytes.len()) {
        return Ok(Preamble::Wants(wanted));
    }
    let is_unspecified = kind >> 4 == 0 || kind & 0xf == 0;
    match version_and_command {
        // What is in it is to be passed over, whatever it is.
        0x20 => Ok(Preamble::Whole(None)),
        // A proxy that does not know. Nothing is taken from it, so there is nothing that its checksum could protect.
        0x21 if is_unspecified => Ok(Preamble::Whole(None)),
        _ => parsed(bytes),
    }
}

/// Version 1.
fn read_line(bytes: &[u8]) -> Result<Preamble, NoPreamble> {
    let malformed = |why: &str| Err(NoPreamble::Malformed(why.to_owned()));
    if bytes.last() != Some(&b'\n') {
        return if bytes.len() < MOST_LINE {
            Ok(Preamble::Wants(1))
        } else {
            malformed("there is no end to its line")
        };
    }
    let Some(line) = bytes.strip_suffix(b"\r\n") else {
        return malformed("its line does not end in carriage return and line feed");
    };
    // The library takes `+80` and `080`, which others read otherwise.
    let is_port = |text: &[u8]| {
        text == b"0"
            || (text.first().is_some_and(|digit| *digit != b'0')
                && text.iter().all(u8::is_ascii_digit))
    };
    let is_unknown = line.strip_prefix(b"PROXY UNKNOWN").is_some();
    if !is_unknown && !line.rsplit(|byte| *byte == b' ').take(2).all(is_port) {
        return malformed("a port is not in plain digits");
    }
    parsed(bytes)
}

fn parsed(bytes: &[u8]) -> Result<Preamble, NoPreamble> {
    match parse(bytes) {
        Ok((info, length)) if length == bytes.len() => Ok(Preamble::Whole(info.source_inet())),
        Ok((info, _)) if info.version == Version::V1 => Err(NoPreamble::Malformed(
            "its line ends before its end".to_owned(),
        )),
        Ok(_) | Err(ParseError::Incomplete) => {
            Err(NoPreamble::Malformed("its length is wrong".to_owned()))
        }
        Err(ParseError::NotProxyProtocol) => Err(NoPreamble::Missing),
        Err(error) => Err(NoPreamble::Malformed(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proxy_protocol_rs::HeaderBuilder;

    fn client(text: &str) -> Preamble {
        Preamble::Whole(Some(text.parse().unwrap()))
    }

    /// As a listener reads it: never more than is wanted.
    fn piecewise(bytes: &[u8]) -> Result<(Preamble, usize), NoPreamble> {
        let mut taken = 0;
        loop {
            match read(&bytes[..taken])? {
                Preamble::Wants(more) => taken += more,
                whole => return Ok((whole, taken)),
            }
            if taken > bytes.len() {
                return Ok((Preamble::Wants(taken - bytes.len()), taken));
            }
        }
    }

    fn binary(command: u8, kind: u8, rest: &[u8]) -> Vec<u8> {
        let length = u16::try_from(rest.len()).unwrap().to_be_bytes();
        [&V2_SIGNATURE[..], &[command, kind], &length, rest].concat()
    }

    #[test]
    fn a82_both_versions_say_whose_connection_it_is_and_nothing_behind_is_taken() {
        let four = (
            "192.0.2.7:4711".parse().unwrap(),
            "10.0.0.1:443".parse().unwrap(),
        );
        let six = (
            "[2001:db8::7]:4711".parse().unwrap(),
            "[::1]:443".parse().unwrap(),
        );
        let sum = HeaderBuilder::v2_proxy(six.0, six.1)
            .with_authority("id.example")
            .with_crc32c();
        for (preamble, expected) in [
            (
                b"PROXY TCP4 192.0.2.7 10.0.0.1 4711 443\r\n".to_vec(),
                client("192.0.2.7:4711"),
            ),
            (
                b"PROXY TCP6 2001:db8::7 ::1 4711 443\r\n".to_vec(),
                client("[2001:db8::7]:4711"),
            ),
            (b"PROXY UNKNOWN\r\n".to_vec(), Preamble::Whole(None)),
            (
                b"PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n".to_vec(),
                Preamble::Whole(None),
            ),
            (
                HeaderBuilder::v2_proxy(four.0, four.1).build(),
                client("192.0.2.7:4711"),
            ),
            (
                HeaderBuilder::v2_proxy(four.0, four.1)
                    .with_crc32c()
                    .build(),
                client("192.0.2.7:4711"),
            ),
            (sum.build(), client("[2001:db8::7]:4711")),
            (HeaderBuilder::v2_local().build(), Preamble::Whole(None)),
            (
                binary(0x20, 0x11, &[3, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
                Preamble::Whole(None),
            ),
            (binary(0x21, 0, &[]), Preamble::Whole(None)),
            (binary(0x21, 0x31, &[b'/'; 216]), Preamble::Whole(None)),
        ] {
            let length = preamble.len();
            let followed = [preamble, b"GET / HTTP/1.1\r\n\r\n".to_vec()].concat();
            assert_eq!(piecewise(&followed), Ok((expected, length)), "{followed:?}");
        }
    }

    #[test]
    fn a82_what_is_no_preamble_is_refused_as_early_as_can_be() {
        assert_eq!(read(b""), Ok(Preamble::Wants(12)));
        assert_eq!(read(b"PROXY"), Ok(Preamble::Wants(7)));
        for bytes in [
            &b"G"[..],
            b"\x16\x03\x01",
            b"PROXX",
            b"\r\n\r\n\0\r\nQUIX",
            b"proxy ",
        ] {
            assert_eq!(read(bytes), Err(NoPreamble::Missing), "{bytes:?}");
        }
        let mut changed = HeaderBuilder::v2_proxy(
            "192.0.2.7:4711".parse().unwrap(),
            "10.0.0.1:443".parse().unwrap(),
        )
        .with_crc32c()
        .build();
        changed[16] ^= 1;
        let endless = [b"PROXY UNKNOWN ".to_vec(), vec![b'x'; 200]].concat();
        for bytes in [
            b"PROXY TCP4 192.0.2.7 10.0.0.1 +4711 443\r\n".to_vec(),
            b"PROXY TCP4 192.0.2.7 10.0.0.1 4711 0443\r\n".to_vec(),
            b"PROXY TCP4 192.0.2.7 10.0.0.1 4711 70000\r\n".to_vec(),
            b"PROXY TCP4 2001:db8::7 ::1 4711 443\r\n".to_vec(),
            b"PROXY TCP4 192.0.2.7 10.0.0.1 4711\r\n".to_vec(),
            b"PROXY TCP4 client.example 10.0.0.1 1 2\r\n".to_vec(),
            b"PROXY TCP4 192.0.2.7 10.0.0.1 4711 443\n".to_vec(),
            b"PROXY UDP4 192.0.2.7 10.0.0.1 4711 443\r\n".to_vec(),
            binary(0x11, 0x11, &[0; 12]),
            binary(0x22, 0x11, &[0; 12]),
            binary(0x21, 0x41, &[0; 12]),
            binary(0x21, 0x11, &[0; 11]),
            binary(0x21, 0x11, &[0; 14]),
            changed,
            endless,
        ] {
            let outcome = piecewise(&bytes);
            assert!(
                matches!(outcome, Err(NoPreamble::Malformed(_))),
                "{bytes:?} {outcome:?}"
            );
        }
        assert_eq!(
            read(&binary(0x20, 0, &[0; 8192])[..16]),
            Err(NoPreamble::TooLong)
        );
    }
}
