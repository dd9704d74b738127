use super::{
    FileError, Import, NewUser, Notice, Wrong, clients, components, flows, notices, people, roles,
};
use crate::{Document, Kind, RealmName, RequiredAction, RoleId, Settings, fresh};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};

/// The file being read: gives errors its name and collects documents.
pub(super) struct Reading<'a> {
    pub file: &'a str,
    pub realm_id: String,
    pub documents: Vec<Document>,
    pub notices: Vec<Notice>,
    wrong: Vec<Wrong>,
}

/// So many errors are told at once.
const MOST_ERRORS: usize = 50;

impl Reading<'_> {
    /// An error at a place.
    pub fn wrong(&self, path: impl Into<String>, reason: impl ToString) -> FileError {
        FileError::Members {
            file: self.file.to_owned(),
            wrong: vec![Wrong {
                path: path.into(),
                reason: reason.to_string(),
            }],
        }
    }

    /// Goes on after an error in one item of a list, so that one reading tells them all. See [`Reading::stop_if_wrong`].
    pub fn go_on(&mut self, item: Result<(), FileError>) -> Result<(), FileError> {
        match item {
            Err(FileError::Members { wrong, .. }) if self.wrong.len() < MOST_ERRORS => {
                self.wrong.extend(wrong);
                Ok(())
            }
            other => other,
        }
    }

    /// How many errors there are so far.
    pub fn errors(&self) -> usize {
        self.wrong.len()
    }

    /// Ends the reading when there are errors.
    pub fn stop_if_wrong(&mut self) -> Result<(), FileError> {
        if self.wrong.is_empty() {
            return Ok(());
        }
        Err(FileError::Members {
            file: self.file.to_owned(),
            wrong: std::mem::take(&mut self.wrong),
        })
    }

    /// This error, with those that came before it.
    fn after_all(&mut self, error: FileError) -> FileError {
        match error {
            FileError::Members { file, mut wrong } => {
                wrong.splice(0..0, std::mem::take(&mut self.wrong));
                FileError::Members { file, wrong }
            }
            other => other,
        }
    }

    /// A value read as its type.
    pub fn parse<T: DeserializeOwned>(&self, path: &str, value: Value) -> Result<T, FileError> {
        serde_json::from_value(value).map_err(|error| self.wrong(path, error))
    }

    /// Tells what has no effect, or not the one that the file means; once a place.
    pub fn note(&mut self, path: impl Into<String>, what: impl Into<String>) {
        let notice = Notice {
            path: path.into(),
            what: what.into(),
        };
        if !self.notices.contains(&notice) {
            self.notices.push(notice);
        }
    }

    /// Keeps a document.
    pub fn put(
        &mut self,
        kind: Kind,
        id: &str,
        value: &impl serde::Serialize,
    ) -> Result<(), FileError> {
        let document = Document::of(kind, id, value).map_err(|error| self.wrong("$", error))?;
        self.documents.push(document);
        Ok(())
    }
}

/// Turns the members of a realm file into documents and people.
pub(crate) fn import(file: &str, members: Map<String, Value>) -> Result<Import, FileError> {
    let mut reading = Reading {
        file,
        realm_id: String::new(),
        documents: Vec::new(),
        notices: Vec::new(),
        wrong: Vec::new(),
    };
    let (name, users) =
        read_realm(&mut reading, members).map_err(|error| reading.after_all(error))?;
    reading.stop_if_wrong()?;
    reading.notices.sort();
    Ok(Import {
        name,
        documents: reading.documents,
        users,
        notices: reading.notices,
    })
}

fn read_realm(
    reading: &mut Reading<'_>,
    mut members: Map<String, Value>,
) -> Result<(RealmName, Vec<NewUser>), FileError> {
    let name = match members.get("realm").and_then(Value::as_str) {
        Some(name) if is_realm_name(name) => RealmName::new(name),
        Some(name) => {
            return Err(reading.wrong(
                "$.realm",
                format!("{name:?} can't be a realm's name: it has to stand in a URL"),
            ));
        }
        None => return Err(reading.wrong("$.realm", "a realm needs a name")),
    };
    reading.realm_id = members
        .get("id")
        .and_then(Value::as_str)
        .map_or_else(crate::random_key, str::to_owned);
    let mut model = fresh::contents(&name);
    reading.notices = notices::of(&members, &model);

    let scopes = list(
        reading,
        &mut members,
        &mut model,
        "clientScopes",
        Missing::OnlyWhenAbsent,
    )?;
    let list_of_clients = list(
        reading,
        &mut members,
        &mut model,
        "clients",
        Missing::ByName("clientId"),
    )?;
    let client_ids = client_ids(reading, &list_of_clients)?;
    let roles = roles::read(reading, &name, &mut members, &mut model, &client_ids)?;
    let groups = roles::read_groups(reading, members.remove("groups"), &roles)?;
    let mappings = roles::scope_mappings(reading, &mut members, &mut model, &roles)?;
    clients::put_scopes(reading, scopes, &mappings)?;
    reading.stop_if_wrong()?;
    let defaults = default_scopes(&mut members, &mut model);
    clients::put(reading, list_of_clients, &client_ids, &mappings, &defaults)?;
    let flow_ids = flows::read(reading, &mut members, &mut model)?;
    for binding in ["browserFlow", "directGrantFlow"] {
        let alias = members.get(binding).and_then(Value::as_str);
        if let Some(alias) = alias.filter(|alias| !flow_ids.contains(*alias)) {
            let error = reading.wrong(
                format!("$.{binding}"),
                format!("there is no flow {alias:?}"),
            );
            reading.go_on(Err(error))?;
        }
    }
    for (at, action) in list(
        reading,
        &mut members,
        &mut model,
        "requiredActions",
        Missing::ByName("alias"),
    )?
    .into_iter()
    .enumerate()
    {
        let action = reading
            .parse(&format!("$.requiredActions[{at}]"), action)
            .and_then(|action: RequiredAction| {
                reading.put(Kind::RequiredAction, &action.alias.clone(), &action)
            });
        reading.go_on(action)?;
    }
    let given = members.remove("components");
    let algorithm = members.get("defaultSignatureAlgorithm");
    let algorithm = algorithm.and_then(Value::as_str).unwrap_or("RS256");
    components::read(reading, &name, given, &mut model, algorithm)?;
    for (member, kind) in [
        ("identityProviders", Kind::IdentityProvider),
        ("identityProviderMappers", Kind::IdentityProviderMapper),
    ] {
        for (at, value) in array(reading, member, members.remove(member))?
            .into_iter()
            .enumerate()
        {
            let key = ["internalId", "id", "alias"]
                .iter()
                .find_map(|key| value.get(key).and_then(Value::as_str))
                .map_or_else(|| at.to_string(), str::to_owned);
            reading.put(kind, &key, &value)?;
        }
    }
    let users = people::read(
        reading,
        &name,
        members.remove("users"),
        &roles,
        &groups,
        &client_ids,
    )?;
    put_settings(reading, members, model, defaults, roles.default)?;
    Ok((name, users))
}

/// A name that stands in a URL and in a file name as it is.
fn is_realm_name(name: &str) -> bool {
    let unsafe_letter =
        |letter: char| letter.is_control() || "/\\?#%;:@&=+$,<>\"'`{}|^[]*".contains(letter);
    !name.is_empty()
        && name.len() <= 255
        && !matches!(name, "." | "..")
        && !name.contains(unsafe_letter)
}

/// What to do about default things that a file lacks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// Take all when the member is absent, none when it is there.
    OnlyWhenAbsent,
    /// Take each whose name, in this member, the file lacks.
    ByName(&'static str),
}

/// The items of a list member, completed from a new realm's.
pub(super) fn list(
    reading: &Reading<'_>,
    members: &mut Map<String, Value>,
    model: &mut Map<String, Value>,
    name: &str,
    missing: Missing,
) -> Result<Vec<Value>, FileError> {
    let given = members.remove(name);
    let was_given = given.as_ref().is_some_and(|given| !given.is_null());
    let mut items = array(reading, name, given)?;
    let defaults = array(reading, name, model.remove(name))?;
    match missing {
        Missing::OnlyWhenAbsent if was_given => {}
        Missing::OnlyWhenAbsent => items.extend(defaults),
        Missing::ByName(key) => {
            let known: HashSet<String> = items
                .iter()
                .filter_map(|item| Some(item.get(key)?.as_str()?.to_owned()))
                .collect();
            items.extend(defaults.into_iter().filter(|item| {
                item.get(key)
                    .and_then(Value::as_str)
                    .is_none_or(|name| !known.contains(name))
            }));
        }
    }
    Ok(items)
}

pub(super) fn array(
    reading: &Reading<'_>,
    name: &str,
    value: Option<Value>,
) -> Result<Vec<Value>, FileError> {
    match value {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err(reading.wrong(format!("$.{name}"), "a list is needed here")),
    }
}

/// Gives an item the id that it lacks, and tells it.
pub(super) fn ensure_id(item: &mut Value) -> String {
    if let Some(id) = item.get("id").and_then(Value::as_str) {
        return id.to_owned();
    }
    let id = crate::random_key();
    if let Value::Object(members) = item {
        members.insert("id".to_owned(), Value::String(id.clone()));
    }
    id
}

fn client_ids(
    reading: &Reading<'_>,
    clients: &[Value],
) -> Result<HashMap<String, String>, FileError> {
    let mut ids = HashMap::new();
    for (at, client) in clients.iter().enumerate() {
        let path = format!("$.clients[{at}].clientId");
        let name = client
            .get("clientId")
            .and_then(Value::as_str)
            .ok_or_else(|| reading.wrong(&path, "a client needs a clientId"))?;
        let key = client
            .get("id")
            .and_then(Value::as_str)
            .map_or_else(crate::random_key, str::to_owned);
        if ids.insert(name.to_owned(), key).is_some() {
            return Err(reading.wrong(&path, format!("the client {name:?} stands here twice")));
        }
    }
    Ok(ids)
}

/// Names of client scopes that clients get which name none themselves.
pub(super) struct DefaultScopes {
    pub always: Vec<String>,
    pub optional: Vec<String>,
}

fn default_scopes(
    members: &mut Map<String, Value>,
    model: &mut Map<String, Value>,
) -> DefaultScopes {
    let mut names = |member: &str| -> Vec<String> {
        let value = members
            .remove(member)
            .or_else(|| model.remove(member))
            .unwrap_or_default();
        serde_json::from_value(value).unwrap_or_default()
    };
    DefaultScopes {
        always: names("defaultDefaultClientScopes"),
        optional: names("defaultOptionalClientScopes"),
    }
}

/// The realm's own settings: the file's over a new realm's.
fn put_settings(
    reading: &mut Reading<'_>,
    mut members: Map<String, Value>,
    model: Map<String, Value>,
    defaults: DefaultScopes,
    default_role: RoleId,
) -> Result<(), FileError> {
    for (name, value) in model {
        if !members.contains_key(&name)
            && !matches!(
                name.as_str(),
                "roles"
                    | "groups"
                    | "scopeMappings"
                    | "clientScopeMappings"
                    | "components"
                    | "identityProviders"
                    | "identityProviderMappers"
            )
        {
            members.insert(name, value);
        }
    }
    for derived in ["defaultRole", "defaultRoles", "keycloakVersion"] {
        members.remove(derived);
    }
    members.retain(|_, value| !value.is_null());
    members.insert("id".to_owned(), Value::String(reading.realm_id.clone()));
    let mut settings: Settings = reading.parse("$", Value::Object(members))?;
    settings.default_default_client_scopes = defaults.always;
    settings.default_optional_client_scopes = defaults.optional;
    settings.default_role = Some(default_role);
    reading.put(Kind::Realm, &reading.realm_id.clone(), &settings)
}
