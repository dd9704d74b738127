//! The configuration file: `key=value`, `#` comments, a backslash at the end of a line continues it.

/// One entry with the line it begins on.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) line: usize,
    pub(super) key: String,
    pub(super) value: String,
}

/// The entries in their order, and the lines that are none.
pub(super) fn parse(text: &str) -> (Vec<Entry>, Vec<usize>) {
    let (mut entries, mut bad) = (Vec::new(), Vec::new());
    let mut lines = text.lines().enumerate();
    while let Some((at, first)) = lines.next() {
        let first = first.trim_start();
        if first.trim_end().is_empty() || first.starts_with(['#', '!']) {
            continue;
        }
        let mut logical = first.to_owned();
        while logical.chars().rev().take_while(|c| *c == '\\').count() % 2 == 1 {
            logical.pop();
            match lines.next() {
                Some((_, next)) => logical.push_str(next.trim_start()),
                None => break,
            }
        }
        match logical.split_once(['=', ':']) {
            Some((key, value)) if !key.trim().is_empty() => {
                entries.push(Entry { line: at + 1, key: key.trim().to_owned(), value: unescape(value.trim()) });
            }
            _ => bad.push(at + 1),
        }
    }
    (entries, bad)
}

/// Java's properties escapes: `\\`, `\t`, `\n`, `\r`, `\f`, `\uXXXX`; before anything else the backslash goes.
fn unescape(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('t') => out.push('\t'),
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('f') => out.push('\u{c}'),
            Some('u') => {
                let digits: String = chars.clone().take(4).collect();
                match u32::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 4).and_then(char::from_u32) {
                    Some(decoded) => {
                        out.push(decoded);
                        chars.nth(3);
                    }
                    None => out.push('u'),
                }
            }
            Some(other) => out.push(other),
            None => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_comments_and_continuations_are_read() {
        let (entries, bad) = parse(
            "# comment\n! comment\n\n db = postgres \ndb-url-host: one\ntruststore-paths=a.pem,\\\n   b.pem\nnonsense\n=x\n\
             db-password=a\\\\$b\\u0041\n",
        );
        let read: Vec<_> = entries.iter().map(|e| (e.line, e.key.as_str(), e.value.as_str())).collect();
        assert_eq!(
            read,
            [
                (4, "db", "postgres"),
                (5, "db-url-host", "one"),
                (6, "truststore-paths", "a.pem,b.pem"),
                (10, "db-password", "a\\$bA"),
            ]
        );
        assert_eq!(bad, [8, 9]);
    }
}
