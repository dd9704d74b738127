//! `${VARIABLE}` and `${VARIABLE:fallback}` in values.

use std::collections::BTreeMap;

/// Nothing can be put in the expression's place.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unresolved {
    /// No such variable, and no fallback.
    Unset(String),
    /// `${` without its `}`.
    Open,
}

/// The value with every expression replaced; a fallback may hold expressions itself. A backslash before `$` keeps it.
///
/// # Errors
/// See [`Unresolved`].
pub(super) fn evaluate(value: &str, env: &BTreeMap<String, String>) -> Result<String, Unresolved> {
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = rest.find('$') {
        let (before, from) = rest.split_at(at);
        if let Some(kept) = before.strip_suffix('\\') {
            out.push_str(kept);
            out.push('$');
            rest = &from[1..];
        } else if let Some(inner) = from.strip_prefix("${") {
            out.push_str(before);
            let end = closing(inner).ok_or(Unresolved::Open)?;
            out.push_str(&look_up(&inner[..end], env)?);
            rest = &inner[end + 1..];
        } else {
            out.push_str(before);
            out.push('$');
            rest = &from[1..];
        }
    }
    out.push_str(rest);
    Ok(out)
}

fn closing(inner: &str) -> Option<usize> {
    let mut depth = 0;
    let mut previous = ' ';
    for (at, c) in inner.char_indices() {
        match c {
            '{' if previous == '$' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            _ => {}
        }
        previous = c;
    }
    None
}

fn look_up(expression: &str, env: &BTreeMap<String, String>) -> Result<String, Unresolved> {
    let (name, fallback) = match expression.split_once(':') {
        Some((name, fallback)) => (name, Some(fallback)),
        None => (expression, None),
    };
    let name = name.trim();
    if let Some(value) = env.get(name).or_else(|| env.get(&super::source::upper(name))) {
        return Ok(value.clone());
    }
    match fallback {
        Some(fallback) => evaluate(fallback, env),
        None => Err(Unresolved::Unset(name.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_replaced() {
        let env = BTreeMap::from([("HOST".to_owned(), "db1".to_owned()), ("MY_PORT".to_owned(), "5433".to_owned())]);
        let table = [
            ("plain", "plain"),
            ("${HOST}", "db1"),
            ("x-${HOST}-${HOST}", "x-db1-db1"),
            ("${NONE:fallback}", "fallback"),
            ("${NONE:}", ""),
            ("${NONE:${HOST}}!", "db1!"),
            ("${my.port}", "5433"),
            (r"\${HOST}", "${HOST}"),
            (r"a\$\$b", "a$$b"),
            ("cost$5", "cost$5"),
            ("${NONE:http://a:1}", "http://a:1"),
        ];
        for (value, expected) in table {
            assert_eq!(evaluate(value, &env).as_deref(), Ok(expected), "{value}");
        }
        assert_eq!(evaluate("${NONE}", &env), Err(Unresolved::Unset("NONE".to_owned())));
        assert_eq!(evaluate("${HOST", &env), Err(Unresolved::Open));
    }
}
