//! The parameter `claims` (OpenID Connect Core §5.5): what the application asks for by name.

use serde_json::{Map, Value};

/// What was asked for; what is not readable asks for nothing, as for Keycloak.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RequestedClaims {
    /// In the ID token.
    id_token: Map<String, Value>,
    /// In the userinfo answer.
    userinfo: Map<String, Value>,
}

/// One claim that was asked for.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a>(&'a Value);

impl RequestedClaims {
    /// Reads the parameter.
    pub fn read(text: Option<&str>) -> Self {
        let read = text.and_then(|text| serde_json::from_str(text).ok());
        let Some(Value::Object(mut members)) = read else {
            return Self::default();
        };
        let mut take = |name| match members.remove(name) {
            Some(Value::Object(claims)) => claims,
            _ => Map::new(),
        };
        Self {
            id_token: take("id_token"),
            userinfo: take("userinfo"),
        }
    }

    /// A claim in the ID token.
    pub fn in_id_token(&self, name: &str) -> Option<Request<'_>> {
        self.id_token.get(name).map(Request)
    }

    /// A claim in the userinfo answer.
    pub fn in_userinfo(&self, name: &str) -> Option<Request<'_>> {
        self.userinfo.get(name).map(Request)
    }
}

impl<'a> Request<'a> {
    /// Whether the application can't do without.
    pub fn is_essential(self) -> bool {
        match self.0.get("essential") {
            Some(Value::Bool(essential)) => *essential,
            Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
            _ => false,
        }
    }

    /// The value that it is to have.
    pub fn value(self) -> Option<&'a str> {
        self.0.get("value").and_then(Value::as_str)
    }

    /// The values of which it is to have one, the best first; a single one counts too.
    pub fn values(self) -> Vec<&'a str> {
        let several = self.0.get("values").and_then(Value::as_array);
        let several = several.into_iter().flatten().filter_map(Value::as_str);
        self.value().into_iter().chain(several).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::RequestedClaims;

    #[test]
    fn what_is_not_readable_asks_for_nothing() {
        for text in [
            "{",
            "[]",
            "\"x\"",
            r#"{"id_token": []}"#,
            r#"{"id_token": {"acr": "x"}}"#,
        ] {
            let read = RequestedClaims::read(Some(text));
            let acr = read.in_id_token("acr");
            assert!(acr.is_none_or(|acr| !acr.is_essential() && acr.values().is_empty()));
        }
        let text = r#"{"id_token": {"acr": {"essential": "true", "values": ["a", 2, "b"]}}, "userinfo": {"x": null}}"#;
        let read = RequestedClaims::read(Some(text));
        let acr = read.in_id_token("acr").unwrap();
        assert!(acr.is_essential());
        assert_eq!(acr.values(), ["a", "b"]);
        assert!(!read.in_userinfo("x").unwrap().is_essential());
        assert!(read.in_userinfo("y").is_none());
    }
}
