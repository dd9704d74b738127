//! Paths that mean one thing to a proxy and another to us are refused before anything is routed by them.

/// What is not in order about a request's path, if anything is.
pub(crate) fn objection(path: &str) -> Option<&'static str> {
    let lower = path.to_ascii_lowercase();
    let segments = || lower.split('/').map(|segment| segment.replace("%2e", "."));
    if !path.starts_with('/') && path != "*" {
        Some("it does not start with a slash")
    } else if path.contains("//") {
        Some("it has an empty segment")
    } else if segments().any(|segment| matches!(segment.as_str(), "." | "..")) {
        Some("it has a dot segment")
    } else if path.contains(';') || lower.contains("%3b") {
        Some("it has a semicolon")
    } else if path.contains('\\') || lower.contains("%5c") {
        Some("it has a backslash")
    } else if lower.contains("%2f") {
        Some("it has an encoded slash")
    } else if path.bytes().any(|byte| byte < 0x20 || byte == 0x7f)
        || lower.as_bytes().windows(3).any(encodes_control)
    {
        Some("it has a control byte")
    } else if lower.as_bytes().windows(3).any(encodes_unreserved) {
        Some("it encodes a letter that stands for itself")
    } else {
        None
    }
}

/// Letters that mean the same encoded and not (RFC 3986 §2.3): who compares paths as text is led astray by them.
fn encodes_unreserved(window: &[u8]) -> bool {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let letter = match window {
        [b'%', high, low] => digit(*high)
            .zip(digit(*low))
            .map(|(high, low)| high * 16 + low),
        _ => None,
    };
    let letter = letter.and_then(char::from_u32);
    letter.is_some_and(|letter| letter.is_ascii_alphanumeric() || "-._~".contains(letter))
}

fn encodes_control(window: &[u8]) -> bool {
    matches!(window, [b'%', b'0' | b'1', digit] if digit.is_ascii_hexdigit()) || window == b"%7f"
}

#[cfg(test)]
mod tests {
    use super::objection;

    #[test]
    fn only_canonical_paths_pass() {
        for path in [
            "/",
            "/realms/master",
            "/realms/a%20b/x.html",
            "/a/..b",
            "/a/b../c",
            "/realms/%C3%A4",
            "*",
        ] {
            assert_eq!(objection(path), None, "{path}");
        }
        for path in [
            "",
            "a",
            "//",
            "/a//b",
            "/a/../b",
            "/a/./b",
            "/..",
            "/a/%2e%2E/b",
            "/a/.%2e",
            "/a;x=y",
            "/a%3Bx",
            "/a\\b",
            "/a%5cb",
            "/a%2fb",
            "/a%2Fb",
            "/a%00b",
            "/a%0D%0Ab",
            "/a%7f",
            "/realms/%67olden",
            "/a%2Db",
            "/a%7Eb",
            "/a\u{1}",
        ] {
            assert!(objection(path).is_some(), "{path}");
        }
    }
}
