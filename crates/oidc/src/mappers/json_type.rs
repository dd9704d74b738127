use serde_json::Value;

/// What a claim's text becomes: the setting `jsonType.label`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum JsonType {
    String,
    Long,
    Int,
    Boolean,
    Json,
}

impl JsonType {
    /// The type with this label; text when there is none, or an unknown one.
    pub(super) fn from_label(label: Option<&str>) -> Self {
        match label {
            Some("long") => Self::Long,
            Some("int") => Self::Int,
            Some("boolean") => Self::Boolean,
            Some("JSON") => Self::Json,
            _ => Self::String,
        }
    }

    /// The text as a value of this type, if it is one. Everything is a boolean: what isn't `true` is `false`.
    pub(super) fn value(self, text: &str) -> Option<Value> {
        match self {
            Self::String => Some(Value::from(text)),
            Self::Long => text.parse::<i64>().ok().map(Value::from),
            Self::Int => text.parse::<i32>().ok().map(Value::from),
            Self::Boolean => Some(Value::from(text.eq_ignore_ascii_case("true"))),
            Self::Json => serde_json::from_str(text).ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn texts_become_values() {
        let value = |label, text| JsonType::from_label(label).value(text);
        assert_eq!(value(None, "42"), Some(json!("42")));
        assert_eq!(value(Some("unheard of"), ""), Some(json!("")));
        assert_eq!(value(Some("String"), " 7 "), Some(json!(" 7 ")));
        assert_eq!(
            value(Some("long"), "99999999999"),
            Some(json!(99_999_999_999_i64))
        );
        assert_eq!(value(Some("long"), "-5"), Some(json!(-5)));
        assert_eq!(value(Some("long"), " 7 "), None);
        assert_eq!(value(Some("long"), "1.5"), None);
        assert_eq!(value(Some("int"), "99999999999"), None);
        assert_eq!(value(Some("int"), "42"), Some(json!(42)));
        assert_eq!(value(Some("boolean"), "TRUE"), Some(json!(true)));
        assert_eq!(value(Some("boolean"), "yes"), Some(json!(false)));
        assert_eq!(
            value(Some("JSON"), r#"{"a":[1,2]}"#),
            Some(json!({"a": [1, 2]}))
        );
        assert_eq!(value(Some("JSON"), " 7 "), Some(json!(7)));
        assert_eq!(value(Some("JSON"), "{a"), None);
        assert_eq!(value(Some("JSON"), ""), None);
    }
}
