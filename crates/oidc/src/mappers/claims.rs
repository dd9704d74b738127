use serde_json::{Map, Value};

/// What mappers wrote into a document. The protocol's own claims have fields, so that each document puts them where they belong.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    /// Whom it is about.
    pub(crate) sub: Option<String>,
    /// For whom it is, besides those whom the protocol names.
    pub(crate) audience: Vec<String>,
    /// When they signed in.
    pub(crate) auth_time: Option<i64>,
    /// The nonce, in documents that have none by themselves.
    pub(crate) nonce: Option<String>,
    /// How strongly they signed in.
    pub(crate) acr: Option<String>,
    /// All other claims.
    pub(crate) other: Map<String, Value>,
}

impl Claims {
    /// Adds to whom it is for, once.
    pub(crate) fn add_audience(&mut self, audience: &str) {
        if !self.audience.iter().any(|known| known == audience) {
            self.audience.push(audience.to_owned());
        }
    }

    /// Puts a value at a path of names. A list adds to a list that stands there. Nothing happens where the path leads through something that
    /// is no object.
    pub(crate) fn put(&mut self, path: &[impl AsRef<str>], value: Value) {
        let Some((last, above)) = path.split_last() else {
            return;
        };
        if above.is_empty() && self.put_protocol_claim(last.as_ref(), &value) {
            return;
        }
        let mut map = &mut self.other;
        for name in above {
            let inner = map
                .entry(name.as_ref())
                .or_insert_with(|| Value::Object(Map::new()));
            let Value::Object(inner) = inner else {
                return;
            };
            map = inner;
        }
        match (map.get_mut(last.as_ref()), value) {
            (Some(Value::Array(old)), Value::Array(new)) => {
                for value in new {
                    if !old.contains(&value) {
                        old.push(value);
                    }
                }
            }
            (_, value) => {
                map.insert(last.as_ref().to_owned(), value);
            }
        }
    }

    fn put_protocol_claim(&mut self, name: &str, value: &Value) -> bool {
        match name {
            "sub" => self.sub = Some(text(value)),
            "auth_time" => {
                self.auth_time = value.as_i64().or_else(|| text(value).parse().ok());
            }
            "aud" => match value {
                Value::Array(values) => values
                    .iter()
                    .for_each(|value| self.add_audience(&text(value))),
                value => self.add_audience(&text(value)),
            },
            _ => return false,
        }
        true
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_nest_and_lists_grow() {
        let mut claims = Claims::default();
        claims.put(&["a", "b"], json!(1));
        claims.put(&["a", "c"], json!(["x"]));
        claims.put(&["a", "c"], json!(["y", "x", "y"]));
        claims.put(&["a", "b", "through a number"], json!(2));
        claims.put(&["plain"], json!("first"));
        claims.put(&["plain"], json!("second"));
        claims.put(&[] as &[&str], json!("nowhere"));
        assert_eq!(
            Value::Object(claims.other),
            json!({"a": {"b": 1, "c": ["x", "y"]}, "plain": "second"})
        );
    }

    #[test]
    fn the_protocols_own_claims_have_their_place() {
        let mut claims = Claims::default();
        claims.put(&["sub"], json!(7));
        claims.put(&["auth_time"], json!("1700000000"));
        claims.put(&["aud"], json!(["one", "two"]));
        claims.put(&["aud"], json!("one"));
        assert_eq!(claims.sub.as_deref(), Some("7"));
        assert_eq!(claims.auth_time, Some(1_700_000_000));
        assert_eq!(claims.audience, ["one", "two"]);
        assert!(claims.other.is_empty());
    }
}
