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
    } else if lower.contains("%2f") && !is_name_below_administration(&lower) {
        Some("it has an encoded slash")
    } else if path.bytes().any(|byte| byte < 0x20 || byte == 0x7f)
        || lower.as_bytes().windows(3).any(encodes_control)
    {
        Some("it has a control byte")
    } else if lower.as_bytes().windows(3).any(encodes_unreserved) {
        Some("it encodes a letter that stands for itself")
    } else if !is_encoded(path) {
        Some("it has a percent sign that encodes nothing")
    } else {
        None
    }
}

/// Names of roles and the like may have a slash, and Keycloak's administration takes them encoded. There alone, since who decodes such a path still
/// sees one of the administration: everything before the first of them is, and nothing behind it leads up.
fn is_name_below_administration(lower: &str) -> bool {
    let before = lower.split("%2f").next().unwrap_or_default();
    let Some((head, below)) = before.split_once("/admin/realms/") else {
        return false;
    };
    let decoded = lower.replace("%2f", "/").replace("%2e", ".");
    let leads_up = |segment: &str| matches!(segment, "." | "..");
    !head.contains("/realms") && below.contains('/') && !decoded.split('/').any(leads_up)
}

/// Whether a path is canonical and of nothing but letters that stand for themselves: one that can be put into an address, a cookie or a page as it is.
pub(crate) fn is_plain(path: &str) -> bool {
    let stands = |letter: u8| letter.is_ascii_alphanumeric() || b"-._~/".contains(&letter);
    objection(path).is_none() && path.bytes().all(stands)
}

/// Whether each percent sign has two digits behind it (RFC 3986 §2.1).
fn is_encoded(path: &str) -> bool {
    let mut pieces = path.as_bytes().split(|byte| *byte == b'%');
    pieces.next();
    pieces.all(|piece| {
        let digits = piece.get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
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
    use super::{is_plain, objection};

    #[test]
    fn only_canonical_paths_pass() {
        for path in [
            "/",
            "/realms/master",
            "/realms/a%20b/x.html",
            "/a/..b",
            "/a/b../c",
            "/realms/%C3%A4",
            "/admin/realms/lab/roles/a%20b%2Fc",
            "/auth/admin/realms/lab/roles/%2f",
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
            "/admin/realms/a%2Fb/roles",
            "/admin/realms/lab/roles/..%2F..%2F..",
            "/admin/realms/lab/roles/x%2F%2e%2e",
            "/realms/x/admin/realms/lab/roles/a%2fb",
            "/admin%2Frealms/lab/roles",
            "/a%00b",
            "/a%0D%0Ab",
            "/a%7f",
            "/realms/%67olden",
            "/a%2Db",
            "/a%7Eb",
            "/a\u{1}",
            "/a%",
            "/a%2",
            "/a%zzb",
            "/a%%20",
        ] {
            assert!(objection(path).is_some(), "{path}");
        }
    }
    #[test]
    fn a_plain_path_can_stand_anywhere() {
        for (path, plain) in [
            ("/", true),
            ("/auth", true),
            ("/a-b/c.d_e~f", true),
            ("/a b", false),
            ("/a%20b", false),
            ("/a\"b", false),
            ("/a,/b", false),
            ("/a?x", false),
            ("//evil.example", false),
            ("/a/../b", false),
            ("auth", false),
        ] {
            assert_eq!(is_plain(path), plain, "{path}");
        }
    }
}
