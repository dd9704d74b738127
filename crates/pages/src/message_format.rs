//! The part of Java's `MessageFormat` that Keycloak's bundles use.

/// `text` with `args` in its places `{0}`, `{1}` and so on. What stands behind a comma in a place (`{0,number}`) only says how a number would be
/// written, and values are text already. Values are never searched for places again.
///
/// Two quotes are one; from a quote before a brace to the next quote, text stands as it is (`'{'0'}'`). Java drops every other single quote, which
/// turns "don't" into "dont"; here it stays, as in ICU. A brace that opens no place stays too.
pub(crate) fn filled(text: &str, args: &[String]) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['{', '\'']) {
        filled.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(behind) = rest.strip_prefix("''") {
            filled.push('\'');
            rest = behind;
        } else if rest.starts_with("'{") || rest.starts_with("'}") {
            rest = quoted(&rest[1..], &mut filled);
        } else if let Some((index, behind)) = place(rest) {
            filled.push_str(args.get(index).map_or("", String::as_str));
            rest = behind;
        } else {
            filled.push_str(&rest[..1]);
            rest = &rest[1..];
        }
    }
    filled.push_str(rest);
    filled
}

/// Adds what stands up to the next single quote, and gives what comes behind it.
fn quoted<'a>(mut rest: &'a str, filled: &mut String) -> &'a str {
    while let Some((before, behind)) = rest.split_once('\'') {
        filled.push_str(before);
        match behind.strip_prefix('\'') {
            Some(behind) => {
                filled.push('\'');
                rest = behind;
            }
            None => return behind,
        }
    }
    filled.push_str(rest);
    ""
}

/// The number of the place that `text` begins with, and what comes behind it.
fn place(text: &str) -> Option<(usize, &str)> {
    let (inside, behind) = text.strip_prefix('{')?.split_once('}')?;
    let number = inside.split(',').next().unwrap_or(inside);
    Some((number.trim().parse().ok()?, behind))
}

#[cfg(test)]
mod tests {
    use super::filled;

    #[test]
    fn places_and_quotes_are_javas() {
        let args = ["{1}".to_owned(), "a".to_owned()];
        for (text, shown) in [
            ("{1}, {0}! {x} {", "a, {1}! {x} {"),
            ("Passwords don''t match.", "Passwords don't match."),
            ("can't {1}", "can't a"),
            ("'{0}' {1}", "{0} a"),
            ("'{'{1}'}'", "{a}"),
            ("'{it''s} {1}", "{it's} {1}"),
            ("{1,number,#} {0, choice}", "a {1}"),
            ("{2}.", "."),
            ("{99999999999999999999}", "{99999999999999999999}"),
            ("ü{1}ü'", "üaü'"),
            ("}", "}"),
        ] {
            assert_eq!(filled(text, &args), shown, "{text}");
        }
    }
}
