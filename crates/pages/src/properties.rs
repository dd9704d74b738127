//! Java's properties files, in UTF-8: what Keycloak's message bundles and `theme.properties` are written in.

use std::iter::Peekable;
use std::str::Chars;

/// Calls `found` with the line, the key and the value of each entry.
///
/// `#` and `!` begin comments, `=`, `:` or a blank ends a key, a backslash at the end of a line goes on in the next one, and `\t`, `\n`, `\r`,
/// `\f`, `\uXXXX` (pairs too) stand for letters; any other letter behind a backslash is itself.
///
/// # Errors
/// The number of the first line, from 1, that is a key alone or holds a `\u` without its four digits.
pub(crate) fn read(file: &str, mut found: impl FnMut(usize, String, String)) -> Result<(), usize> {
    let file = file.strip_prefix('\u{feff}').unwrap_or(file);
    let mut lines = file.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let mut line = line.trim_start_matches(is_blank).to_owned();
        if line.is_empty() || line.starts_with(['#', '!']) {
            continue;
        }
        while goes_on(&line) {
            line.pop();
            match lines.next() {
                Some((_, next)) => line.push_str(next.trim_start_matches(is_blank)),
                None => break,
            }
        }
        let (key, value) = entry(&line).ok_or(number + 1)?;
        found(number + 1, key, value);
    }
    Ok(())
}

fn is_blank(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\u{c}')
}

/// Whether the line ends in a backslash that is not itself escaped.
fn goes_on(line: &str) -> bool {
    line.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
}

fn entry(line: &str) -> Option<(String, String)> {
    let mut letters = line.chars().peekable();
    let key = unescaped(&mut letters, |letter| {
        is_blank(letter) || matches!(letter, '=' | ':')
    })?;
    let before = letters.clone().count();
    while letters.next_if(|letter| is_blank(*letter)).is_some() {}
    letters.next_if(|letter| matches!(letter, '=' | ':'));
    while letters.next_if(|letter| is_blank(*letter)).is_some() {}
    if before == 0 {
        return None;
    }
    let value = unescaped(&mut letters, |_| false)?;
    Some((key, value))
}

/// The letters up to one that `ends`, which stays.
fn unescaped(letters: &mut Peekable<Chars<'_>>, ends: impl Fn(char) -> bool) -> Option<String> {
    let mut text = String::new();
    while let Some(letter) = letters.next_if(|letter| !ends(*letter)) {
        if letter != '\\' {
            text.push(letter);
            continue;
        }
        match letters.next() {
            Some('t') => text.push('\t'),
            Some('n') => text.push('\n'),
            Some('r') => text.push('\r'),
            Some('f') => text.push('\u{c}'),
            Some('u') => text.push(coded(letters)?),
            Some(other) => text.push(other),
            None => {}
        }
    }
    Some(text)
}

/// The letter of the digits behind `\u`; the two halves of one beyond the first 65,536 stand one behind the other.
fn coded(letters: &mut Peekable<Chars<'_>>) -> Option<char> {
    let first = unit(letters)?;
    if !(0xd800..0xdc00).contains(&first) {
        return char::from_u32(first);
    }
    if letters.next() != Some('\\') || letters.next() != Some('u') {
        return None;
    }
    let second = unit(letters)?.checked_sub(0xdc00)?;
    if second > 0x3ff {
        return None;
    }
    char::from_u32(0x10000 + ((first - 0xd800) << 10) + second)
}

fn unit(letters: &mut Peekable<Chars<'_>>) -> Option<u32> {
    (0..4).try_fold(0, |value, _| {
        Some(value * 16 + letters.next()?.to_digit(16)?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(file: &str) -> Result<Vec<(usize, String, String)>, usize> {
        let mut entries = Vec::new();
        read(file, |line, key, value| entries.push((line, key, value)))?;
        Ok(entries)
    }

    #[test]
    fn javas_ways_of_writing_are_read() {
        for (file, key, value) in [
            ("a=b", "a", "b"),
            ("  a : b ", "a", "b "),
            ("a b c", "a", "b c"),
            ("a=", "a", ""),
            ("a= b=c", "a", "b=c"),
            ("a\\=b=c", "a=b", "c"),
            ("a=one \\\n   two", "a", "one two"),
            ("a=one\\\\\n#", "a", "one\\"),
            ("a=\\u00fc\\t\\n\\q", "a", "ü\t\nq"),
            ("a=\\ud83d\\ude00", "a", "😀"),
            ("\u{feff}a=ü", "a", "ü"),
            ("a=b\\", "a", "b"),
            ("a=b\r\n", "a", "b"),
        ] {
            let entries = all(file).unwrap();
            assert_eq!(entries, [(1, key.to_owned(), value.to_owned())], "{file:?}");
        }
        assert_eq!(all("# a=b\n! c=d\n\n").unwrap(), []);
    }

    #[test]
    fn a_mistake_is_named_by_its_line() {
        for (file, line) in [
            ("a=b\n\nnonsense", 3),
            ("a=\\u12g4", 1),
            ("a=b\nb=\\ud83d", 2),
            ("b=\\ud83d\\u0041", 1),
            ("b=\\udc00", 1),
        ] {
            assert_eq!(all(file), Err(line), "{file:?}");
        }
    }
}
