//! Realm files in Keycloak's form: read whole, with what is missing taken from a new realm's contents; nothing dropped silently.

mod clients;
mod components;
mod export;
mod flows;
mod import;
mod notices;
mod people;
mod roles;

use crate::{Credential, Document, RealmName, User};
use serde_json::Value;

pub use export::{KEYCLOAK_VERSION, Options, export};
pub(crate) use import::import;

/// A realm read from a file: everything resolved and checked, nothing stored yet.
#[derive(Debug)]
pub struct Import {
    /// The realm's name.
    pub name: RealmName,
    /// Its configuration.
    pub documents: Vec<Document>,
    /// Its people.
    pub users: Vec<NewUser>,
    /// What the file says that has no effect yet.
    pub notices: Vec<Notice>,
}

/// A person of a realm file.
#[derive(Debug)]
pub struct NewUser {
    /// The person.
    pub user: User,
    /// What they prove themselves with.
    pub credentials: Vec<NewCredential>,
}

/// A credential of a realm file.
#[derive(Debug)]
pub enum NewCredential {
    /// Stored as it is.
    Stored(Credential),
    /// A password in plain text, to be hashed before it is stored.
    PlainPassword(jose::Secret),
}

/// Something in a file that is kept and exported again, but has no effect yet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Notice {
    /// Where, as a JSON path.
    pub path: String,
    /// What does not happen.
    pub what: String,
}

/// Why a file is no realm. Nothing of it is stored.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Not JSON.
    #[error("{file}: not readable as json")]
    Json {
        /// Which file.
        file: String,
        /// Line and column.
        source: serde_json::Error,
    },
    /// Members are not what they should be.
    #[error("{}", lines(file, wrong))]
    Members {
        /// Which file.
        file: String,
        /// What is wrong, in the order of reading. Every item of a list is looked at; what refers to a list that is wrong is not.
        wrong: Vec<Wrong>,
    },
    /// No keys could be made.
    #[error("{file}: keys could not be made")]
    Keys {
        /// Which file.
        file: String,
        /// Why not.
        source: crate::KeyMaterialError,
    },
}

/// What is wrong at one place of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Where, as a JSON path.
    pub path: String,
    /// Why.
    pub reason: String,
}

fn lines(file: &str, wrong: &[Wrong]) -> String {
    let line = |wrong: &Wrong| format!("{file}: {}: {}", wrong.path, wrong.reason);
    wrong.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Reads the text of a realm file. `file` is its name, for messages.
///
/// # Errors
/// [`FileError`] names the file, the place in it and the reason.
pub fn read(file: &str, text: &[u8]) -> Result<Import, FileError> {
    let value: Value = serde_json::from_slice(text).map_err(|source| FileError::Json {
        file: file.to_owned(),
        source,
    })?;
    match value {
        Value::Object(members) => import(file, members),
        _ => Err(FileError::Members {
            file: file.to_owned(),
            wrong: vec![Wrong {
                path: "$".to_owned(),
                reason: "a realm is a json object".to_owned(),
            }],
        }),
    }
}
