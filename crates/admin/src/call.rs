//! One call: who it is, which realm they mean, what they sent.

use crate::access::Caller;
use crate::answer::Refused;
use crate::draft::Draft;
use authn::Server;
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use realm::Realm;
use serde_json::{Map, Value};
use std::sync::Arc;

/// What a segment of our addresses can't have as it is.
const SEGMENT: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'/')
    .add(b';')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// How often a change is tried again when somebody else changed the realm in the meantime.
const ROUNDS: usize = 8;

/// A call of somebody who may make it: token, realm and the route's roles are checked.
pub struct Call {
    /// What all requests share.
    pub server: Server,
    /// Who calls.
    pub caller: Caller,
    /// The realm that is administered, as it is at this moment.
    pub target: Arc<Realm>,
    pub(crate) params: Vec<(String, String)>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The address of the realm's resource, without a slash at the end.
    pub(crate) address: String,
}

impl Call {
    /// A variable part of the path.
    pub fn param(&self, name: &str) -> &str {
        let found = self.params.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value)
    }

    /// The first value of a query parameter.
    pub fn query(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// A query parameter that is on or off: only the word `true`, in any case, is on.
    pub fn flag(&self, name: &str, default: bool) -> bool {
        self.query(name)
            .map_or(default, |value| value.eq_ignore_ascii_case("true"))
    }

    /// A query parameter that is a number.
    ///
    /// # Errors
    /// 404, as Keycloak answers what is no number.
    pub fn number(&self, name: &str) -> Result<Option<i64>, Refused> {
        self.query(name)
            .filter(|value| !value.is_empty())
            .map(|value| value.parse())
            .transpose()
            .map_err(|_| Refused::NotFound("HTTP 404 Not Found"))
    }

    /// Goes on only for somebody who has one of these rights over the realm.
    ///
    /// # Errors
    /// [`Refused::Forbidden`].
    pub fn require(&self, roles: &[&str]) -> Result<(), Refused> {
        if self.may(roles) {
            Ok(())
        } else {
            Err(Refused::Forbidden)
        }
    }

    /// Whether the caller has one of these rights over the realm.
    pub fn may(&self, roles: &[&str]) -> bool {
        self.caller.has_any(&self.target.name, roles)
    }

    /// The body, as any JSON.
    ///
    /// # Errors
    /// 415 for another content type, 400 for what is no JSON.
    pub fn json(&self) -> Result<Value, Refused> {
        let kind = self.headers.get(header::CONTENT_TYPE);
        let kind = kind.and_then(|value| value.to_str().ok());
        if kind.is_some_and(|kind| {
            !kind
                .trim()
                .to_ascii_lowercase()
                .starts_with("application/json")
        }) {
            return Err(Refused::unsupported_type());
        }
        serde_json::from_slice(&self.body).map_err(|_| {
            Refused::Coded(
                StatusCode::BAD_REQUEST,
                "invalid_request",
                "Cannot parse the JSON".to_owned(),
            )
        })
    }

    /// The body, a JSON object.
    ///
    /// # Errors
    /// As [`Call::json`]; 400 for other JSON.
    pub fn object(&self) -> Result<Map<String, Value>, Refused> {
        match self.json()? {
            Value::Object(members) => Ok(members),
            _ => Err(Refused::wrong_type()),
        }
    }

    /// The body, a list of JSON objects.
    ///
    /// # Errors
    /// As [`Call::json`]; 400 for other JSON.
    pub fn objects(&self) -> Result<Vec<Map<String, Value>>, Refused> {
        let Value::Array(items) = self.json()? else {
            return Err(Refused::wrong_type());
        };
        items
            .into_iter()
            .map(|item| match item {
                Value::Object(members) => Ok(members),
                _ => Err(Refused::wrong_type()),
            })
            .collect()
    }

    /// The body, a JSON object with no other members than these. What is unknown is refused with its place, as Keycloak does.
    ///
    /// # Errors
    /// As [`Call::object`]; 400 naming the unknown member.
    pub fn strict(&self, class: &str, members: &[&str]) -> Result<Map<String, Value>, Refused> {
        let object = self.object()?;
        let unknown = object.keys().find(|name| !members.contains(&name.as_str()));
        match unknown {
            None => Ok(object),
            Some(name) => {
                let (line, column) = crate::place::of_member(&self.body, name);
                Err(Refused::BadRequest(format!(
                    "Invalid json representation for {class}. Unrecognized field \"{name}\" at line {line} column {column}."
                )))
            }
        }
    }

    /// The address of something below the realm; segments are escaped.
    pub fn location(&self, segments: &[&str]) -> String {
        segments
            .iter()
            .fold(self.address.clone(), |mut address, segment| {
                if !segment.is_empty() {
                    address.push('/');
                    address.extend(utf8_percent_encode(segment, SEGMENT));
                }
                address
            })
    }

    /// Changes the realm's configuration. `edit` works on a draft; what it makes has to be a realm, or nothing is stored. When somebody else
    /// changed the realm meanwhile, `edit` is asked again with what is there now.
    ///
    /// # Errors
    /// What `edit` refuses; 409 for two things of one name; our own trouble.
    pub async fn edit<T>(
        &self,
        edit: impl Fn(&mut Draft) -> Result<T, Refused>,
    ) -> Result<T, Refused> {
        let store = &self.server.store;
        for _ in 0..ROUNDS {
            let mut reader = store.read().await?;
            let loaded = reader.realms().load(&self.target.name).await?;
            drop(reader);
            let (version, documents) = loaded.ok_or(Refused::NotFound("Realm not found."))?;
            let mut draft = Draft::new(version, documents)?;
            let outcome = edit(&mut draft)?;
            let (changes, deeds) = draft.finish()?;
            if changes.is_empty() && deeds.is_empty() {
                return Ok(outcome);
            }
            let mut writer = store.write().await?;
            let changed = writer
                .realms()
                .change_from(&self.target.id, version, &changes)
                .await?;
            if changed.is_some() {
                for deed in &deeds {
                    deed.record(self, &mut writer).await?;
                }
                writer.commit().await?;
                return Ok(outcome);
            }
        }
        Err(Refused::Message(
            StatusCode::CONFLICT,
            "The realm was changed by others at the same time, again and again".to_owned(),
        ))
    }
}

impl Refused {
    fn wrong_type() -> Self {
        Self::Coded(
            StatusCode::BAD_REQUEST,
            "unknown_error",
            "Cannot parse the JSON".to_owned(),
        )
    }

    fn unsupported_type() -> Self {
        Self::Error(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "The content-type header value did not match the value in @Consumes",
        )
    }
}
