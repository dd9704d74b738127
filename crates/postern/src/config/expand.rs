//! Expressions in values: `${NAME}` and `${NAME:fallback}`, where the fallback may hold further ones.

/// Puts in what the expressions name. `\$` and `$$` are a plain `$`.
///
/// # Errors
/// The name that is not set and has no fallback.
pub(super) fn expand(text: &str, named: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['\\', '$']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(behind) = rest.strip_prefix("\\$").or_else(|| rest.strip_prefix("$$")) {
            out.push('$');
            rest = behind;
        } else if let Some((inside, behind)) = rest.strip_prefix("${").and_then(closed) {
            let (name, fallback) = match inside.split_once(':') {
                Some((name, fallback)) => (name, Some(fallback)),
                None => (inside, None),
            };
            match (named(name), fallback) {
                (Some(value), _) => out.push_str(&value),
                (None, Some(fallback)) => out.push_str(&expand(fallback, named)?),
                (None, None) => return Err(name.to_owned()),
            }
            rest = behind;
        } else {
            out.push_str(&rest[..1]);
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// What stands before the brace that closes this one, and what is behind it.
fn closed(text: &str) -> Option<(&str, &str)> {
    let mut depth = 1_usize;
    for (at, letter) in text.bytes().enumerate() {
        match letter {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((&text[..at], &text[at + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::expand;

    #[test]
    fn names_fallbacks_and_plain_dollars() {
        let named = |name: &str| (name == "HOST").then(|| "db.example".to_owned());
        for (text, expected) in [
            ("plain", "plain"),
            ("${HOST}", "db.example"),
            ("a-${HOST}-b", "a-db.example-b"),
            ("${NOPE:fall}", "fall"),
            ("${NOPE:${HOST}}", "db.example"),
            ("${NOPE:}", ""),
            ("pa$word", "pa$word"),
            ("pa\\${HOST}", "pa${HOST}"),
            ("pa\\$\\$x", "pa$$x"),
            ("pa$$x", "pa$x"),
            ("${open", "${open"),
            ("C:\\temp", "C:\\temp"),
            ("100 €", "100 €"),
        ] {
            assert_eq!(expand(text, &named).as_deref(), Ok(expected), "{text}");
        }
        assert_eq!(expand("x${NOPE}", &named), Err("NOPE".to_owned()));
        assert_eq!(expand("${NOPE:${ALSO}}", &named), Err("ALSO".to_owned()));
    }
}
