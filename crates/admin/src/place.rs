//! Where a member stands in a JSON text, for messages.

/// Line and column right behind the colon-less name of the first member of the outermost object that is called so, counted from 1, as Keycloak counts
/// them: the column is the one after the value's first character. `(1, 1)` when there is none.
pub fn of_member(text: &[u8], name: &str) -> (usize, usize) {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < text.len() {
        match text[at] {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                let end = end_of_string(text, at);
                let is_name = depth == 1 && next(text, end) == Some(b':');
                let own: Option<String> = text
                    .get(at..end)
                    .and_then(|string| serde_json::from_slice(string).ok());
                if is_name && own.as_deref() == Some(name) {
                    return position(text, value_start(text, end));
                }
                at = end;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    (1, 1)
}

/// Right behind the string that begins here.
fn end_of_string(text: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < text.len() {
        match text[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

fn next(text: &[u8], from: usize) -> Option<u8> {
    text.get(from..)?
        .iter()
        .copied()
        .find(|byte| !byte.is_ascii_whitespace())
}

/// The first byte behind the colon that is not blank.
fn value_start(text: &[u8], from: usize) -> usize {
    let mut at = from;
    while at < text.len() && (text[at].is_ascii_whitespace() || text[at] == b':') {
        at += 1;
    }
    at
}

fn position(text: &[u8], at: usize) -> (usize, usize) {
    let before = &text[..at.min(text.len())];
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let start = before
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |newline| newline + 1);
    (line, before.len() - start + 2)
}
