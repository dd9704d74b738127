//! Realm files, read before anything is served: each whole or not at all.

use super::{master, people};
use anyhow::{Context, bail};
use authn::passwords::PasswordHash;
use jose::Secret;
use realm::{FileError, Import, NewCredential, Realm, RealmName, file, fresh, representation};
use serde_json::Value;
use std::path::{Path, PathBuf};
use store::{Change, Create, EmailRule, Insert, Store, Timestamp};

/// Keycloak writes people of large realms into files of this form beside the realm's.
const PEOPLE: &str = "-users-";
/// How often a change by somebody else may come between before this gives up.
const TRIES: usize = 10;

/// What happens to a realm that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Existing {
    /// It stays as it is.
    Keep,
    /// It goes, with everything in it, and the file's takes its place.
    Replace,
}

/// Reads these files: all of them are judged before the first one is stored. Those of realms that are `there` already are passed over, since
/// reading one makes the keys that it lacks.
///
/// # Errors
/// What is wrong with each file, with its place in it; or the database's.
pub(crate) fn read(
    files: &[PathBuf],
    there: &[RealmName],
    named: &dyn Fn(&str) -> Option<String>,
) -> anyhow::Result<Vec<Import>> {
    let (mut imports, mut wrong) = (Vec::new(), Vec::new());
    for path in files.iter().filter(|path| !is_people(path)) {
        match read_one(path, files, there, named) {
            Ok(import) => imports.extend(import),
            Err(error) => wrong.push(format!("{error:#}")),
        }
    }
    for people in files.iter().filter(|path| is_people(path)) {
        if !files.iter().any(|path| has_people_in(path, people)) {
            wrong.push(format!(
                "{}: holds people of a realm whose own file is not among the files",
                people.display()
            ));
        }
    }
    if !wrong.is_empty() {
        bail!("nothing was imported:\n{}", wrong.join("\n"));
    }
    Ok(imports)
}

/// The files of a folder that end in `.json`, in order; none when the folder is not there.
///
/// # Errors
/// When it is there and can't be read.
pub(crate) fn files_of(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.with_context(|| format!("{} can't be read", folder.display()))?,
    };
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()
        .with_context(|| format!("{} can't be read", folder.display()))?;
    files.retain(|path| path.extension().is_some_and(|ending| ending == "json") && path.is_file());
    files.sort();
    Ok(files)
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// Whether a file holds people of a realm whose own file is another one.
fn is_people(path: &Path) -> bool {
    let name = name_of(path);
    let number = name
        .strip_suffix(".json")
        .and_then(|name| name.rsplit_once(PEOPLE))
        .map(|(_, number)| number);
    number.is_some_and(|number| {
        !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit())
    })
}

/// Whether the people in a file belong to the realm in this one.
fn has_people_in(realm: &Path, people: &Path) -> bool {
    let beginning = name_of(realm)
        .trim_end_matches("-realm.json")
        .trim_end_matches(".json")
        .to_owned()
        + PEOPLE;
    !is_people(realm)
        && is_people(people)
        && people.parent() == realm.parent()
        && name_of(people).starts_with(&beginning)
}

fn read_one(
    path: &Path,
    files: &[PathBuf],
    there: &[RealmName],
    named: &dyn Fn(&str) -> Option<String>,
) -> anyhow::Result<Option<Import>> {
    let mut label = path.display().to_string();
    let mut value = json(path)?;
    let name = value.get("realm").and_then(Value::as_str);
    if let Some(name) = name.filter(|name| there.iter().any(|known| known.as_str() == *name)) {
        tracing::info!("Realm '{name}' already exists. Import skipped");
        return Ok(None);
    }
    let others = files.iter().filter(|other| has_people_in(path, other));
    for other in others {
        let mut people = json(other)?;
        let people = people
            .get_mut("users")
            .and_then(Value::as_array_mut)
            .map(std::mem::take);
        let Some(people) = people else {
            bail!("{}: $.users: is no list of people", other.display());
        };
        label = format!("{label} with {}", name_of(other));
        if let Some(members) = value.as_object_mut() {
            match members
                .entry("users")
                .or_insert_with(|| Value::Array(Vec::new()))
            {
                Value::Array(users) => users.extend(people),
                _ => bail!("{}: $.users: is no list of people", path.display()),
            }
        }
    }
    fill(&mut value, named);
    Ok(Some(file::read(&label, value.to_string().as_bytes())?))
}

fn json(path: &Path) -> anyhow::Result<Value> {
    let bytes = std::fs::read(path).with_context(|| format!("{} can't be read", path.display()))?;
    let value = serde_json::from_slice(&bytes).map_err(|source| FileError::Json {
        file: path.display().to_string(),
        source,
    })?;
    Ok(value)
}

/// Puts variables of the environment in: `${NAME}` and `${NAME:fallback}`. What names none stays, since texts of realms have this form too.
fn fill(value: &mut Value, named: &dyn Fn(&str) -> Option<String>) {
    match value {
        Value::String(text) if text.contains("${") => *text = filled(text, named),
        Value::Array(items) => items.iter_mut().for_each(|item| fill(item, named)),
        Value::Object(members) => members.values_mut().for_each(|member| fill(member, named)),
        _ => {}
    }
}

fn filled(text: &str, named: &dyn Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let Some(end) = rest.find('}') else { break };
        let inside = &rest[2..end];
        let (name, fallback) = match inside.split_once(':') {
            Some((name, fallback)) => (name, Some(fallback)),
            None => (inside, None),
        };
        match named(name).or_else(|| fallback.map(str::to_owned)) {
            Some(put) => out.push_str(&put),
            None => out.push_str(&rest[..=end]),
        }
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    out
}

/// Stores realms, each in one transaction with its people and what it adds to `master`. Gives how many were stored.
///
/// # Errors
/// The database's, and people who can't all be there.
pub(crate) async fn store(
    store: &Store,
    imports: Vec<Import>,
    existing: Existing,
    now: Timestamp,
) -> anyhow::Result<usize> {
    let mut stored = 0;
    for import in imports {
        if existing == Existing::Keep && store.realm(&import.name).await?.is_some() {
            tracing::info!("Realm '{}' already exists. Import skipped", import.name);
            continue;
        }
        for notice in &import.notices {
            tracing::warn!("realm {}: {}: {}", import.name, notice.path, notice.what);
        }
        let name = import.name.clone();
        let ready = tokio::task::spawn_blocking(move || Ready::new(import, now)).await??;
        if put(store, &ready, existing).await? {
            tracing::info!("Realm '{name}' imported");
            stored += 1;
        } else {
            tracing::info!("Realm '{name}' already exists. Import skipped");
        }
    }
    Ok(stored)
}

/// An import with nothing left to be computed.
struct Ready {
    import: Import,
    realm: Realm,
    /// Hashes of the plain passwords, in the order of people and their credentials.
    hashed: Vec<PasswordHash>,
    now: Timestamp,
}

impl Ready {
    fn new(mut import: Import, now: Timestamp) -> anyhow::Result<Self> {
        for new in &mut import.users {
            if new.user.created_at == 0 {
                new.user.created_at = now.0;
            }
        }
        let realm = Realm::build(1, &import.documents)?;
        let plain: Vec<(&str, &Secret)> = import
            .users
            .iter()
            .flat_map(|new| {
                new.credentials
                    .iter()
                    .map(move |credential| (new, credential))
            })
            .filter_map(|(new, credential)| match credential {
                NewCredential::PlainPassword(password) => {
                    Some((new.user.username.as_str(), password))
                }
                NewCredential::Stored(_) => None,
            })
            .collect();
        let passwords: Vec<&Secret> = plain.iter().map(|(_, password)| *password).collect();
        let hashed = people::hash_all(&passwords)
            .into_iter()
            .zip(&plain)
            .map(|(hash, (username, _))| {
                hash.with_context(|| format!("the password of {username} can't be stored"))
            })
            .collect::<anyhow::Result<_>>()?;
        Ok(Self {
            import,
            realm,
            hashed,
            now,
        })
    }
}

/// Whether the realm was stored; not so when it is there and stays.
async fn put(store: &Store, ready: &Ready, existing: Existing) -> anyhow::Result<bool> {
    for _ in 0..TRIES {
        match try_put(store, ready, existing).await? {
            Outcome::Stored => return Ok(true),
            Outcome::There if store.realm(&ready.import.name).await?.is_some() => return Ok(false),
            Outcome::There => bail!("realm {}: its id is another realm's", ready.import.name),
            Outcome::MasterChanged => {}
        }
    }
    bail!("the realm master kept changing; try again")
}

enum Outcome {
    Stored,
    There,
    /// Somebody else changed `master` between our look and our write.
    MasterChanged,
}

async fn try_put(store: &Store, ready: &Ready, existing: Existing) -> anyhow::Result<Outcome> {
    let name = &ready.import.name;
    let is_master = name.as_str() == fresh::MASTER_REALM;
    let master = if is_master {
        None
    } else {
        let name = RealmName::new(fresh::MASTER_REALM);
        let loaded = store.read().await?.realms().load(&name).await?;
        let (version, documents) = loaded.context("there is no realm master")?;
        Some(Realm::build(version, &documents)?)
    };
    let additions = match &master {
        Some(master)
            if master
                .client(&realm::ClientId::new(format!("{name}-realm")))
                .is_none() =>
        {
            fresh::additions_to_master(master, name)?
        }
        _ => Vec::new(),
    };
    let old = match existing {
        Existing::Replace => store.realm(name).await?,
        Existing::Keep => None,
    };
    let mut writer = store.write().await?;
    if let Some(old) = old {
        writer.realms().remove(&old.id).await?;
    }
    if writer
        .realms()
        .create(&ready.realm.id, name, &ready.import.documents)
        .await?
        == Create::Taken
    {
        return Ok(Outcome::There);
    }
    let rule = if ready.realm.settings.duplicate_emails_allowed {
        EmailRule::Shared
    } else {
        EmailRule::Unique
    };
    let mut hashed = ready.hashed.iter();
    for (at, new) in ready.import.users.iter().enumerate() {
        let mut user = new.user.clone();
        let consents = representation::take_consents(&ready.realm, &mut user);
        if writer.users().insert(&ready.realm.id, &user, rule).await? == Insert::Taken {
            bail!(
                "realm {name}: $.users[{at}]: the key, user name or e-mail address of {} is somebody else's in the same file",
                new.user.username
            );
        }
        for credential in &new.credentials {
            let credential = match credential {
                NewCredential::Stored(credential) => credential.clone(),
                NewCredential::PlainPassword(_) => people::credential(
                    hashed.next().context("every password was hashed")?,
                    ready.now.0,
                ),
            };
            writer
                .users()
                .put_credential(&ready.realm.id, &new.user.id, &credential)
                .await?;
        }
        for consent in &consents {
            writer
                .consents()
                .put(&ready.realm.id, &user.id, consent)
                .await?;
        }
    }
    if let Some(master) = master.filter(|_| !additions.is_empty()) {
        let changes: Vec<Change> = additions.into_iter().map(Change::Put).collect();
        let version = writer.realms().change(&master.id, &changes).await?;
        if version != Some(master.version + 1) {
            return Ok(Outcome::MasterChanged);
        }
    }
    writer.commit().await?;
    Ok(Outcome::Stored)
}

/// Imports what is in a folder, for a server that starts.
///
/// # Errors
/// Those of [`read`] and [`store`].
pub(crate) async fn folder(
    store: &Store,
    folder: &Path,
    named: &dyn Fn(&str) -> Option<String>,
    now: Timestamp,
) -> anyhow::Result<()> {
    let files = files_of(folder)?;
    if files.is_empty() {
        tracing::warn!("there are no realm files (*.json) in {}", folder.display());
        return Ok(());
    }
    let imports = read(&files, &store.realm_names().await?, named)?;
    master::ensure(store).await?;
    self::store(store, imports, Existing::Keep, now).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_put_in_and_texts_of_realms_stay() {
        let named = |name: &str| (name == "HOST").then(|| "app.example".to_owned());
        for (text, expected) in [
            ("https://${HOST}/*", "https://app.example/*"),
            ("${role_default-roles}", "${role_default-roles}"),
            ("${NOPE:fall}", "fall"),
            ("${authBaseUrl}/x ${HOST}", "${authBaseUrl}/x app.example"),
            ("${open", "${open"),
        ] {
            assert_eq!(filled(text, &named), expected);
        }
    }

    #[test]
    fn files_of_people_are_told_from_files_of_realms() {
        for (name, people) in [
            ("demo-users-0.json", true),
            ("demo-users-12.json", true),
            ("demo-users-x.json", false),
            ("demo-users-.json", false),
            ("demo-realm.json", false),
            ("power-users-realm.json", false),
        ] {
            assert_eq!(is_people(Path::new(name)), people, "{name}");
        }
    }

    #[test]
    fn people_whose_realm_is_not_there_are_told() {
        let files = [PathBuf::from("none/demo-users-0.json")];
        let told = read(&files, &[], &|_| None)
            .err()
            .map(|error| error.to_string());
        let told = told.unwrap_or_default();
        assert!(
            told.contains("demo-users-0.json: holds people of a realm"),
            "{told}"
        );
        for (realm, theirs) in [
            ("a/demo-realm.json", true),
            ("a/demo.json", true),
            ("b/demo-realm.json", false),
            ("a/other-realm.json", false),
        ] {
            let people = Path::new("a/demo-users-0.json");
            assert_eq!(has_people_in(Path::new(realm), people), theirs, "{realm}");
        }
    }
}
