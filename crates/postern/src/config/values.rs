//! Values read from their text.

use super::setting::Kind;
use std::time::Duration;

/// What is wrong with this text as a value of this kind, and a value that would be right; nothing when it is fine.
pub(super) fn objection(kind: Kind, text: &str) -> Option<(String, String)> {
    let among = |words: &[&str]| words.join(", ");
    match kind {
        Kind::Switch | Kind::Flag => switch(text)
            .is_none()
            .then(|| ("is neither true nor false".to_owned(), "true".to_owned())),
        Kind::Port => text.parse::<u16>().is_err().then(|| {
            (
                "is no port, which is a number from 0 to 65535".to_owned(),
                "8080".to_owned(),
            )
        }),
        Kind::Number(least, most) => text
            .parse::<u32>()
            .ok()
            .filter(|number| (least..=most).contains(number))
            .is_none()
            .then(|| {
                (
                    format!("is no whole number from {least} to {most}"),
                    least.to_string(),
                )
            }),
        Kind::Duration => duration(text).is_none().then(|| {
            (
                "is no duration, such as 30s, 500ms, 2m, 1h or PT30S".to_owned(),
                "30s".to_owned(),
            )
        }),
        Kind::Header => text.parse::<http::HeaderName>().is_err().then(|| {
            (
                "is no name of a header".to_owned(),
                "x-client-cert".to_owned(),
            )
        }),
        Kind::Word(words) => (!words.contains(&text)).then(|| {
            (
                format!("is not one of {}", among(words)),
                words.first().copied().unwrap_or_default().to_owned(),
            )
        }),
        Kind::Words(words) => list(text).find(|item| !words.contains(item)).map(|item| {
            (
                format!("has {item:?}, which is not one of {}", among(words)),
                words.first().copied().unwrap_or_default().to_owned(),
            )
        }),
        Kind::Text | Kind::Secret | Kind::Path | Kind::List => None,
    }
}

/// `true` or `false`, in any case.
pub(super) fn switch(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// The items between commas, without blanks and without empty ones.
pub(super) fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
}

/// Keycloak's durations: ISO 8601 up to days, a number with a unit, or seconds.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let upper = text.to_ascii_uppercase();
    if let Some(rest) = upper.strip_prefix('P') {
        return iso(rest);
    }
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let number: u64 = digits.trim().parse().ok()?;
    match &text[digits.len()..] {
        "ms" => Some(Duration::from_millis(number)),
        "" | "s" => Some(Duration::from_secs(number)),
        "m" => number.checked_mul(60).map(Duration::from_secs),
        "h" => number.checked_mul(3600).map(Duration::from_secs),
        "d" => number.checked_mul(86_400).map(Duration::from_secs),
        _ => None,
    }
}

/// The part behind `P`: days, then `T` with hours, minutes and seconds.
fn iso(rest: &str) -> Option<Duration> {
    let (days, time) = match rest.split_once('T') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (rest, ""),
    };
    if rest.is_empty() {
        return None;
    }
    let mut seconds = 0.0;
    for (part, units) in [(days, "D"), (time, "HMS")] {
        let mut part = part;
        while !part.is_empty() {
            let at = part.find(|letter: char| letter.is_ascii_alphabetic())?;
            let number: f64 = part[..at].parse().ok()?;
            let unit = part[at..].chars().next()?;
            units.contains(unit).then_some(())?;
            seconds += number
                * match unit {
                    'D' => 86_400.0,
                    'H' => 3600.0,
                    'M' => 60.0,
                    _ => 1.0,
                };
            part = &part[at + 1..];
        }
    }
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_in_every_form_that_keycloak_takes() {
        for (text, millis) in [
            ("30", 30_000),
            ("30s", 30_000),
            ("500ms", 500),
            ("2m", 120_000),
            ("1h", 3_600_000),
            ("1d", 86_400_000),
            ("PT30S", 30_000),
            ("pt1m0.5s", 60_500),
            ("P1DT1H", 90_000_000),
            ("0", 0),
        ] {
            assert_eq!(
                duration(text),
                Some(Duration::from_millis(millis)),
                "{text}"
            );
        }
        for text in ["", "s", "-1", "1x", "P", "PT", "PT1", "P1H", "PT1D", "1.5s"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }

    #[test]
    fn a_value_of_the_wrong_kind_is_told_with_a_right_one() {
        assert_eq!(objection(Kind::Port, "65535"), None);
        assert_eq!(
            objection(Kind::Port, "65536")
                .map(|wrong| wrong.1)
                .as_deref(),
            Some("8080")
        );
        assert_eq!(objection(Kind::Switch, "TRUE"), None);
        assert!(objection(Kind::Switch, "yes").is_some());
        assert!(objection(Kind::Number(1, 9), "10").is_some());
        assert_eq!(objection(Kind::Words(&["a", "b"]), "b, a"), None);
        assert!(objection(Kind::Words(&["a", "b"]), "a,c").is_some());
    }
}
