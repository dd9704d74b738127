//! What values of an attribute may be: Keycloak's validators, by its names.

use crate::pattern::Pattern;
use serde_json::{Map, Value, json};

/// A validator with its settings.
#[derive(Clone, Debug)]
pub(super) enum Validator {
    Length {
        min: Option<i64>,
        max: Option<i64>,
        trims: bool,
    },
    Integer {
        min: Option<i64>,
        max: Option<i64>,
    },
    Double {
        min: Option<f64>,
        max: Option<f64>,
    },
    Pattern {
        pattern: Pattern,
        text: String,
        message: Option<String>,
    },
    Email {
        longest_local: usize,
    },
    Uri {
        schemes: Vec<String>,
        allows_fragment: bool,
    },
    /// Letters that must not be in it.
    Prohibited {
        is: fn(char) -> bool,
        message: String,
    },
    Homograph {
        message: Option<String>,
    },
    Options(Vec<String>),
    LocalDate,
    IsoDate,
    /// How many values there may be.
    Count {
        min: i64,
        max: i64,
    },
}

/// A value that is refused: the message's key, and what fills its places behind the attribute's name.
pub(super) type Refused = (String, Vec<Value>);

/// What is wrong with a validator's settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BadSetting {
    pub(super) setting: &'static str,
    pub(super) message: &'static str,
    pub(super) params: Vec<String>,
}

fn bad(setting: &'static str, message: &'static str, params: Vec<String>) -> BadSetting {
    BadSetting {
        setting,
        message,
        params,
    }
}

const MISSING: &str = "error-validator-config-missing-value";
const INVALID: &str = "error-validator-config-invalid-value";
const NO_NUMBER: &str = "error-validator-config-invalid-number-value";

/// A number, which may be written as text.
fn text(settings: &Map<String, Value>, name: &str) -> Option<String> {
    match settings.get(name)? {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(on) => Some(on.to_string()),
        _ => None,
    }
}

fn number<T: std::str::FromStr>(
    settings: &Map<String, Value>,
    name: &'static str,
    errors: &mut Vec<BadSetting>,
) -> Option<T> {
    let text = text(settings, name)?;
    let parsed = text.parse().ok();
    if parsed.is_none() {
        errors.push(bad(name, NO_NUMBER, vec![text]));
    }
    parsed
}

fn list(settings: &Map<String, Value>, name: &str) -> Vec<String> {
    let values = settings.get(name).and_then(Value::as_array);
    let values = values.into_iter().flatten();
    values
        .filter_map(|value| value.as_str().map(str::to_owned))
        .collect()
}

impl Validator {
    /// The validator of this name; none when nobody knows it.
    ///
    /// # Errors
    /// What is wrong with its settings.
    pub(super) fn read(
        id: &str,
        settings: &Map<String, Value>,
    ) -> Result<Option<Self>, Vec<BadSetting>> {
        let mut errors = Vec::new();
        let message = text(settings, "error-message");
        let read = match id {
            "length" => {
                let min = number(settings, "min", &mut errors);
                let max = number(settings, "max", &mut errors);
                if min.is_none() && max.is_none() && errors.is_empty() {
                    errors.push(bad("min", MISSING, Vec::new()));
                    errors.push(bad("max", MISSING, Vec::new()));
                }
                Self::Length {
                    min,
                    max,
                    trims: text(settings, "trim-disabled").as_deref() != Some("true"),
                }
            }
            "integer" => {
                let min = number::<i64>(settings, "min", &mut errors);
                let max = number::<i64>(settings, "max", &mut errors);
                if min.zip(max).is_some_and(|(min, max)| max <= min) {
                    errors.push(bad("max", INVALID, Vec::new()));
                }
                Self::Integer { min, max }
            }
            "double" => {
                let min = number::<f64>(settings, "min", &mut errors);
                let max = number::<f64>(settings, "max", &mut errors);
                if min.zip(max).is_some_and(|(min, max)| max <= min) {
                    errors.push(bad("max", INVALID, Vec::new()));
                }
                Self::Double { min, max }
            }
            "pattern" => {
                let Some(text) = text(settings, "pattern") else {
                    return Err(vec![bad("pattern", MISSING, Vec::new())]);
                };
                match Pattern::new(&text) {
                    Ok(pattern) => Self::Pattern {
                        pattern,
                        text,
                        message,
                    },
                    Err(why) => {
                        let params = vec![text, why.to_string()];
                        return Err(vec![bad("pattern", INVALID, params)]);
                    }
                }
            }
            "email" => Self::Email {
                longest_local: number(settings, "max-local-length", &mut errors).unwrap_or(64),
            },
            "uri" => {
                let schemes = list(settings, "allowedSchemes");
                let usual = || ["http", "https"].map(str::to_owned).to_vec();
                Self::Uri {
                    schemes: Some(schemes)
                        .filter(|some| !some.is_empty())
                        .unwrap_or_else(usual),
                    allows_fragment: text(settings, "allowFragment").as_deref() != Some("false"),
                }
            }
            "person-name-prohibited-characters" => Self::Prohibited {
                is: is_no_part_of_a_name,
                message: message.unwrap_or_else(|| "error-person-name-invalid-character".into()),
            },
            "username-prohibited-characters" => Self::Prohibited {
                is: is_no_part_of_a_username,
                message: message.unwrap_or_else(|| "error-username-invalid-character".into()),
            },
            "up-username-not-idn-homograph" => Self::Homograph { message },
            "options" => match settings.get("options") {
                Some(Value::Array(_)) => Self::Options(list(settings, "options")),
                Some(_) => return Err(vec![bad("options", INVALID, Vec::new())]),
                None => return Err(vec![bad("options", MISSING, Vec::new())]),
            },
            "local-date" => Self::LocalDate,
            "iso-date" => Self::IsoDate,
            "multivalued" => {
                let min = number(settings, "min", &mut errors).unwrap_or(0);
                match number(settings, "max", &mut errors) {
                    Some(max) => Self::Count { min, max },
                    None if errors.is_empty() => {
                        return Err(vec![bad("max", MISSING, Vec::new())]);
                    }
                    None => return Err(errors),
                }
            }
            _ => return Ok(None),
        };
        if errors.is_empty() {
            Ok(Some(read))
        } else {
            Err(errors)
        }
    }

    /// What the values may be chosen from.
    pub(super) fn options(&self) -> Option<&[String]> {
        match self {
            Self::Options(options) => Some(options),
            _ => None,
        }
    }

    /// What is wrong with values that are not all empty.
    pub(super) fn refuses(&self, values: &[String], locale: &str) -> Option<Refused> {
        if let Self::Count { min, max } = self {
            let count = i64::try_from(values.len()).unwrap_or(i64::MAX);
            let fits = (*min..=*max).contains(&count);
            let refused = || {
                (
                    "error-invalid-multivalued-size".into(),
                    vec![json!(min), json!(max)],
                )
            };
            return (!fits).then(refused);
        }
        values.iter().find_map(|value| self.one(value, locale))
    }

    fn one(&self, value: &str, locale: &str) -> Option<Refused> {
        let refuse = |message: &str, params: Vec<Value>| Some((message.to_owned(), params));
        match self {
            Self::Length { min, max, trims } => {
                let value = if *trims { value.trim() } else { value };
                let length = i64::try_from(value.encode_utf16().count()).unwrap_or(i64::MAX);
                let fits =
                    min.is_none_or(|min| length >= min) && max.is_none_or(|max| length <= max);
                let message = match (min, max) {
                    (Some(_), Some(_)) => "error-invalid-length",
                    (Some(_), None) => "error-invalid-length-too-short",
                    _ => "error-invalid-length-too-long",
                };
                (!fits).then(|| (message.to_owned(), vec![json!(min), json!(max)]))
            }
            Self::Integer { min, max } => {
                let Ok(number) = value.parse::<i64>() else {
                    return refuse("error-invalid-number", Vec::new());
                };
                out_of_range(&number, min.as_ref(), max.as_ref())
            }
            Self::Double { min, max } => {
                let number = value.trim().parse::<f64>().ok();
                let Some(number) = number.filter(|number| number.is_finite()) else {
                    return refuse("error-invalid-number", Vec::new());
                };
                out_of_range(&number, min.as_ref(), max.as_ref())
            }
            Self::Pattern {
                pattern,
                text,
                message,
            } => {
                let message = message.as_deref().unwrap_or("error-pattern-no-match");
                (!pattern.matches(value)).then(|| (message.to_owned(), vec![json!(text)]))
            }
            Self::Email { longest_local } => (!is_email(value, *longest_local))
                .then(|| ("error-invalid-email".to_owned(), vec![json!(value)])),
            Self::Uri {
                schemes,
                allows_fragment,
            } => uri(value, schemes, *allows_fragment),
            Self::Prohibited { is, message } => value
                .chars()
                .any(*is)
                .then(|| (message.clone(), Vec::new())),
            Self::Homograph { message } => {
                let message = message.as_deref();
                let message = message.unwrap_or("error-username-invalid-character");
                value
                    .chars()
                    .any(|letter| letter.is_alphabetic() && !is_latin(letter))
                    .then(|| (message.to_owned(), Vec::new()))
            }
            Self::Options(options) => (!options.iter().any(|option| option == value))
                .then(|| ("error-invalid-value".to_owned(), Vec::new())),
            Self::LocalDate => (!is_local_date(value, locale))
                .then(|| ("error-invalid-date".to_owned(), Vec::new())),
            Self::IsoDate => {
                (!is_iso_date(value)).then(|| ("error-invalid-date".to_owned(), vec![json!(value)]))
            }
            Self::Count { .. } => None,
        }
    }
}

fn out_of_range<T: PartialOrd + serde::Serialize>(
    number: &T,
    min: Option<&T>,
    max: Option<&T>,
) -> Option<Refused> {
    let fits = min.is_none_or(|min| number >= min) && max.is_none_or(|max| number <= max);
    let message = match (min, max) {
        (Some(_), None) => "error-number-out-of-range-too-small",
        (None, Some(_)) => "error-number-out-of-range-too-big",
        _ => "error-number-out-of-range",
    };
    (!fits).then(|| (message.to_owned(), vec![json!(min), json!(max)]))
}

fn is_no_part_of_a_name(letter: char) -> bool {
    letter.is_control() || "<>&\"$%!#?§;*~/\\|^=[]{}()".contains(letter)
}

fn is_no_part_of_a_username(letter: char) -> bool {
    letter.is_whitespace() || is_no_part_of_a_name(letter) || "',:`".contains(letter)
}

/// Letters of the Latin script (Unicode 16, `Scripts.txt`), as far as they are letters.
fn is_latin(letter: char) -> bool {
    matches!(u32::from(letter),
        0x41..=0x5A | 0x61..=0x7A | 0xAA | 0xBA | 0xB5 | 0xC0..=0xD6 | 0xD8..=0xF6 | 0xF8..=0x02B8 | 0x02E0..=0x02E4
        | 0x1D00..=0x1D25 | 0x1D2C..=0x1D5C | 0x1D62..=0x1D65 | 0x1D6B..=0x1D77 | 0x1D79..=0x1DBE | 0x1E00..=0x1EFF
        | 0x2071 | 0x207F | 0x2090..=0x209C | 0x212A..=0x212B | 0x2132 | 0x214E | 0x2160..=0x2188 | 0x2C60..=0x2C7F
        | 0xA722..=0xA787 | 0xA78B..=0xA7DC | 0xA7F2..=0xA7FF | 0xAB30..=0xAB5A | 0xAB5C..=0xAB64 | 0xAB66..=0xAB69
        | 0xFB00..=0xFB06 | 0xFF21..=0xFF3A | 0xFF41..=0xFF5A)
}

/// Whether a text is an address as Keycloak takes it: wider than what mail servers do, narrower than RFC 5321.
pub(crate) fn is_email(text: &str, longest_local: usize) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    if local.is_empty() || local.chars().count() > longest_local || domain.len() > 255 {
        return false;
    }
    let is_atom = |letter: char| {
        letter.is_ascii_alphanumeric()
            || "!#$%&'*+/=?^_`{|}~-".contains(letter)
            || (!letter.is_ascii() && !letter.is_whitespace() && !letter.is_control())
    };
    let quoted = local
        .strip_prefix('"')
        .and_then(|local| local.strip_suffix('"'));
    let local_fits = match quoted {
        Some(inner) => {
            !inner.is_empty() && !inner.chars().any(|c| c.is_control() || "\"\\".contains(c))
        }
        None => local
            .split('.')
            .all(|part| !part.is_empty() && part.chars().all(is_atom)),
    };
    local_fits && is_domain(domain)
}

fn is_domain(domain: &str) -> bool {
    if let Some(literal) = domain.strip_prefix('[').and_then(|d| d.strip_suffix(']')) {
        let literal = literal.strip_prefix("IPv6:").unwrap_or(literal);
        return literal.parse::<std::net::IpAddr>().is_ok();
    }
    let is_inner = |letter: char| {
        letter.is_ascii_alphanumeric()
            || (!letter.is_ascii() && !letter.is_whitespace() && !letter.is_control())
    };
    domain.split('.').all(|label| {
        let (first, last) = (label.chars().next(), label.chars().next_back());
        label.len() <= 63
            && first.is_some_and(is_inner)
            && last.is_some_and(is_inner)
            && label
                .chars()
                .all(|letter| letter == '-' || is_inner(letter))
    })
}

fn uri(value: &str, schemes: &[String], allows_fragment: bool) -> Option<Refused> {
    let refuse = |why: &str| {
        let params = vec![json!(value), json!(why)];
        Some(("error-invalid-uri".to_owned(), params))
    };
    let is_illegal = |c: char| c.is_control() || c.is_whitespace() || "<>\"{}|\\^`".contains(c);
    let Some((scheme, rest)) = value.split_once(':') else {
        return refuse("URI is not absolute");
    };
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    if !is_scheme {
        return refuse("URI is not absolute");
    }
    if value.chars().any(is_illegal) {
        return refuse("Illegal character");
    }
    if !schemes.iter().any(|allowed| allowed == scheme) {
        let params = vec![json!(value), json!(scheme)];
        return Some(("error-invalid-uri-scheme".to_owned(), params));
    }
    if !allows_fragment && value.contains('#') {
        let params = vec![
            json!(value),
            json!(value.split_once('#').map_or("", |(_, rest)| rest)),
        ];
        return Some(("error-invalid-uri-fragment".to_owned(), params));
    }
    let authority = rest.strip_prefix("//");
    let authority = authority.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    if matches!(scheme, "http" | "https") && authority.is_none_or(str::is_empty) {
        return refuse("Expected authority");
    }
    None
}

/// Whether a text is a date as people of this language write it, short.
fn is_local_date(text: &str, locale: &str) -> bool {
    let (separator, day_first) = if locale.starts_with("de") {
        ('.', true)
    } else {
        ('/', false)
    };
    let parts: Vec<&str> = text.split(separator).collect();
    let [first, second, year] = parts.as_slice() else {
        return false;
    };
    let (day, month) = if day_first {
        (first, second)
    } else {
        (second, first)
    };
    let number = |text: &str, longest: usize| {
        let fits = !text.is_empty()
            && text.len() <= longest
            && text.bytes().all(|digit| digit.is_ascii_digit());
        fits.then(|| text.parse::<u32>().ok()).flatten()
    };
    let (Some(day), Some(month), Some(year)) = (number(day, 2), number(month, 2), number(year, 4))
    else {
        return false;
    };
    is_day(year, month, day)
}

fn is_iso_date(text: &str) -> bool {
    let digits = |range: std::ops::Range<usize>| {
        let part = text.get(range)?;
        let all = part.bytes().all(|digit| digit.is_ascii_digit());
        all.then(|| part.parse::<u32>().ok()).flatten()
    };
    let is_shaped = text.len() == 10 && text.is_ascii() && &text[4..5] == "-" && &text[7..8] == "-";
    is_shaped
        && digits(0..4)
            .zip(digits(5..7))
            .zip(digits(8..10))
            .is_some_and(|((year, month), day)| is_day(year, month, day))
}

fn is_day(year: u32, month: u32, day: u32) -> bool {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    (1..=days).contains(&day)
}
