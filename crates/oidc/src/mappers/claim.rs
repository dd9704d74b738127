use super::Claims;
use super::json_type::JsonType;
use realm::ProtocolMapper;
use serde_json::Value;

/// Claims that no mapper may set: the protocol means something by them that only the server knows. A mapper that names one writes nothing.
const RESERVED: [&str; 11] = [
    "exp",
    "iat",
    "jti",
    "iss",
    "typ",
    "azp",
    "sid",
    "nonce",
    "acr",
    "scope",
    "session_state",
];

/// Where a mapper writes, and how: the settings `claim.name`, `jsonType.label` and `multivalued`.
#[derive(Debug)]
pub(super) struct Claim {
    path: Vec<String>,
    json_type: JsonType,
    multivalued: bool,
}

impl Claim {
    /// What a mapper's settings say; none if they name no claim, or one that is not for mappers.
    pub(super) fn of(mapper: &ProtocolMapper) -> Option<Self> {
        let path = path(mapper.setting("claim.name")?);
        if let [only] = path.as_slice()
            && RESERVED.contains(&only.as_str())
        {
            tracing::warn!(
                mapper = mapper.name,
                claim = only,
                "protocol mapper for a claim of the protocol's own: left out"
            );
            return None;
        }
        Some(Self {
            path,
            json_type: JsonType::from_label(mapper.setting("jsonType.label")),
            multivalued: mapper.is_on("multivalued"),
        })
    }

    /// Writes a text.
    pub(super) fn write(&self, text: &str, claims: &mut Claims) {
        if let Some(value) = self.json_type.value(text) {
            claims.put(&self.path, value);
        }
    }

    /// Writes all of the texts if the claim takes several values, otherwise the first. No texts, no claim.
    pub(super) fn write_all<'a>(
        &self,
        texts: impl IntoIterator<Item = &'a str>,
        claims: &mut Claims,
    ) {
        self.write_all_at(&self.path, texts, claims);
    }

    /// The same for this client: its `client_id` stands wherever the claim's name has `${client_id}`.
    pub(super) fn write_for<'a>(
        &self,
        client_id: &str,
        texts: impl IntoIterator<Item = &'a str>,
        claims: &mut Claims,
    ) {
        let path: Vec<String> = self
            .path
            .iter()
            .map(|name| name.replace("${client_id}", client_id))
            .collect();
        self.write_all_at(&path, texts, claims);
    }

    fn write_all_at<'a>(
        &self,
        path: &[String],
        texts: impl IntoIterator<Item = &'a str>,
        claims: &mut Claims,
    ) {
        let mut texts = texts.into_iter().peekable();
        if texts.peek().is_none() {
            return;
        }
        if self.multivalued {
            let value = |text| self.json_type.value(text).unwrap_or(Value::Null);
            claims.put(path, Value::Array(texts.map(value).collect()));
        } else if let Some(value) = texts.next().and_then(|text| self.json_type.value(text)) {
            claims.put(path, value);
        }
    }

    /// Writes a list of texts, whatever the settings say.
    pub(super) fn write_list(&self, texts: Vec<String>, claims: &mut Claims) {
        claims.put(&self.path, Value::from(texts));
    }
}

/// The names that a claim's name stands for: a dot begins an object, except one behind a backslash. A name that would be empty takes the rest as
/// it is.
fn path(name: &str) -> Vec<String> {
    let mut path = Vec::new();
    let mut current = String::new();
    let mut letters = name.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => current.extend(letters.next()),
            '.' if current.is_empty() => {
                current.push('.');
                current.extend(letters.by_ref().filter(|letter| *letter != '\\'));
            }
            '.' => path.push(std::mem::take(&mut current)),
            letter => current.push(letter),
        }
    }
    if !current.is_empty() {
        path.push(current);
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_of_claims_nest_at_dots() {
        assert_eq!(path("plain"), ["plain"]);
        assert_eq!(path("a.b.c"), ["a", "b", "c"]);
        assert_eq!(path("a\\.b.c"), ["a.b", "c"]);
        assert_eq!(path("trail."), ["trail"]);
        assert_eq!(path(".lead"), [".lead"]);
        assert_eq!(path("dd..d"), ["dd", ".d"]);
        assert_eq!(path("ba\\ck"), ["back"]);
        assert_eq!(path("back\\\\sl"), ["back\\sl"]);
        assert_eq!(path("https://id\\.example\\.com/roles").len(), 1);
    }

    fn claim(config: serde_json::Value) -> Option<Claim> {
        let mapper = json!({"name": "m", "protocolMapper": "t", "config": config});
        Claim::of(&serde_json::from_value(mapper).unwrap())
    }

    #[test]
    fn one_value_or_all() {
        let mut claims = Claims::default();
        let one = claim(json!({"claim.name": "one", "jsonType.label": "long"})).unwrap();
        one.write_all(["1", "2"], &mut claims);
        let all = json!({"claim.name": "all", "jsonType.label": "long", "multivalued": "true"});
        claim(all).unwrap().write_all(["1", "x"], &mut claims);
        let none = json!({"claim.name": "none", "multivalued": "true"});
        claim(none).unwrap().write_all([], &mut claims);
        let bad = json!({"claim.name": "bad", "jsonType.label": "int"});
        claim(bad).unwrap().write("x", &mut claims);
        assert_eq!(
            Value::Object(claims.other),
            json!({"one": 1, "all": [1, null]})
        );
    }

    #[test]
    fn a_client_id_is_one_name_however_many_dots_it_has() {
        let mut claims = Claims::default();
        let each =
            json!({"claim.name": "resource_access.${client_id}.roles", "multivalued": "true"});
        let each = claim(each).unwrap();
        each.write_for("dot.client", ["r"], &mut claims);
        each.write_for("web", ["s", "t"], &mut claims);
        assert_eq!(
            Value::Object(claims.other),
            json!({"resource_access": {"dot.client": {"roles": ["r"]}, "web": {"roles": ["s", "t"]}}})
        );
    }

    #[test]
    fn no_mapper_says_what_only_the_server_knows() {
        for name in RESERVED {
            assert!(claim(json!({"claim.name": name})).is_none(), "{name}");
        }
        assert!(claim(json!({"claim.name": ""})).is_none());
        assert!(claim(json!({})).is_none());
        assert!(claim(json!({"claim.name": "nonce.inner"})).is_some());
    }
}
