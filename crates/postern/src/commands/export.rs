//! `postern export`: realms as files in Keycloak's form.

use super::with_database;
use crate::config::Line;
use crate::startup::master;
use anyhow::{Context, bail};
use realm::{Credential, Realm, RealmName, User, file, representation};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use store::Store;

/// People read at once.
const PAGE: u32 = 500;

/// Writes one realm to a file, or each realm to a file in a folder.
pub(super) fn run(mut line: Line) -> anyhow::Result<()> {
    line.take_flag("optimized");
    let with_people = match line.take("users").as_deref() {
        None | Some("same_file" | "realm_file") => true,
        Some("skip") => false,
        Some(other) => {
            bail!("--users={other}: people go into the realm's own file; write same_file or skip")
        }
    };
    let wanted = line.take("realm");
    let (dir, file) = (line.take("dir"), line.take("file"));
    line.take("users-per-file");
    with_database(line, async |store| {
        let names = match &wanted {
            Some(name) => vec![RealmName::new(name)],
            None => store.realm_names().await?,
        };
        let targets: Vec<(RealmName, PathBuf)> = match (&dir, &file, names.as_slice()) {
            (Some(dir), None, _) => {
                std::fs::create_dir_all(dir)
                    .with_context(|| format!("--dir: {dir} can't be made"))?;
                let target = |name: RealmName| {
                    let file = Path::new(dir).join(format!("{name}-realm.json"));
                    (name, file)
                };
                names.into_iter().map(target).collect()
            }
            (None, Some(file), [name]) => vec![(name.clone(), PathBuf::from(file))],
            (None, Some(_), _) => {
                bail!("--file takes one realm: write --realm=NAME, or --dir for all")
            }
            _ => bail!("write either --dir or --file"),
        };
        for (name, target) in targets {
            let realm = master::named(&store, name.as_str()).await?;
            let people = if with_people {
                people(&store, &realm).await?
            } else {
                Vec::new()
            };
            let count = people.len();
            let value = file::export(&realm, people, file::Options::default());
            let text = serde_json::to_string_pretty(&value)?;
            save(&target, text.as_bytes())?;
            println!("{name}: {} with {count} people", target.display());
        }
        Ok(())
    })
}

async fn people(store: &Store, realm: &Realm) -> anyhow::Result<Vec<(User, Vec<Credential>)>> {
    let mut people = Vec::new();
    let mut reader = store.read().await?;
    loop {
        let after = people.last().map(|(user, _): &(User, _)| user.id.clone());
        let page = reader.users().page(&realm.id, after.as_ref(), PAGE).await?;
        if page.is_empty() {
            return Ok(people);
        }
        for mut user in page {
            let consents = reader.consents().of_user(&realm.id, &user.id).await?;
            representation::put_consents(realm, &mut user, &consents);
            let credentials = reader.users().credentials(&realm.id, &user.id).await?;
            people.push((user, credentials));
        }
    }
}

/// Writes a file that its owner alone may read, since there are keys in it.
fn save(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .and_then(|mut file| file.write_all(bytes))
        .with_context(|| format!("{} can't be written", path.display()))
}
