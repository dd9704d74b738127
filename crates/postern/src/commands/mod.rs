//! What the command line can ask for. A command is a file here and an arm in [`run`].

mod attempt;
mod bootstrap_admin;
mod build;
mod certificate;
mod crl;
mod doctor;
mod edge;
mod export;
mod help;
mod import;
mod options;
mod pkcs12;
mod pki;
mod show_config;
mod start;

use crate::config::problem::Problems;
use crate::config::{Given, Line, Profile, Resolved, Surroundings, database, resolve};
use anyhow::{Context, bail};
use std::future::Future;
use std::io::Write as _;
use std::path::Path;
use store::Store;

/// Runs the command that these arguments name.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["pki", "dev", dir, rest @ ..] if !dir.starts_with('-') => {
            let mut hosts = Vec::new();
            let mut users = Vec::new();
            for (name, value) in pairs(rest)? {
                match name {
                    "host" => hosts.push(value.to_owned()),
                    "user" => users.push(value.to_owned()),
                    other => bail!("pki dev has no option --{other}; it has --host and --user"),
                }
            }
            say(&pki::dev(Path::new(dir), &hosts, &users)?);
            Ok(())
        }
        ["certificate", "judge", file, rest @ ..] if !file.starts_with('-') => {
            let mut truststores = Vec::new();
            for (name, value) in pairs(rest)? {
                match name {
                    "truststore" => truststores.push(Path::new(value)),
                    other => {
                        bail!("certificate judge has no option --{other}; it has --truststore")
                    }
                }
            }
            certificate::judge(Path::new(file), &truststores)
        }
        _ => server_command(Line::read(arguments)?),
    }
}

/// The commands that Keycloak has too, and those that look into the same database.
fn server_command(mut line: Line) -> anyhow::Result<()> {
    let wants_help = line.take_flag("help") | line.take_flag("help-all");
    let wants_version = line.take_flag("version");
    // Everything is told anyway.
    line.take("verbose");
    let words = std::mem::take(&mut line.words);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        _ if wants_version => {
            say(concat!("postern ", env!("CARGO_PKG_VERSION"), "\n"));
            Ok(())
        }
        [] | ["help"] => {
            say(&help::text(None)?);
            Ok(())
        }
        ["help", command, ..] => {
            say(&help::text(Some(command))?);
            Ok(())
        }
        [command, ..] if wants_help => {
            say(&help::text(Some(command))?);
            Ok(())
        }
        ["start"] => start::run(Profile::Production, line),
        ["start-dev"] => start::run(Profile::Development, line),
        ["build"] => build::run(line),
        ["show-config", rest @ ..] => show_config::run(rest, line),
        ["bootstrap-admin", "user"] => bootstrap_admin::user(line),
        ["bootstrap-admin", "service"] => {
            bail!(
                "bootstrap-admin service is not served yet: the first administrator is a person, made by bootstrap-admin user"
            )
        }
        ["update-compatibility", ..] => {
            bail!(
                "update-compatibility is not needed: a release runs beside the one before it on the same database"
            )
        }
        ["export"] => export::run(line),
        ["import"] => import::run(line),
        ["attempt", code] => attempt::run(code, line),
        ["crl", "add", files @ ..] => crl::add(files, line),
        ["crl", "list"] => crl::list(line),
        ["crl", "remove", name] => crl::remove(name, line),
        ["edge", "dump"] => edge::dump(line),
        ["doctor"] => doctor::options(line),
        ["doctor", "proxy", url] => doctor::proxy(url, line),
        ["options"] => options::run(),
        [other, ..] => match help::of(other) {
            Some(text) => bail!("it is written\n{}", text.trim_end()),
            None => bail!("{other:?} is no command; `postern help` lists all"),
        },
    }
}

/// The database that the options name, for commands that do one thing with it and end.
///
/// # Errors
/// What is wrong with the options, and what goes wrong with the database or in the work.
fn with_database<F>(line: Line, work: impl FnOnce(Store) -> F) -> anyhow::Result<()>
where
    F: Future<Output = anyhow::Result<()>>,
{
    with_store(line, |_, _| Some(()), |store, ()| work(store))
}

/// The same, with further options.
///
/// # Errors
/// Likewise.
fn with_store<C, F>(
    line: Line,
    read: impl FnOnce(&Given, &mut Problems) -> Option<C>,
    work: impl FnOnce(Store, C) -> F,
) -> anyhow::Result<()>
where
    F: Future<Output = anyhow::Result<()>>,
{
    let Resolved {
        given,
        mut problems,
        ..
    } = resolve(line, &Surroundings::of_process(), Profile::Production);
    let database = database::read(&given, &mut problems);
    let more = read(&given, &mut problems);
    let (database, more) = match (database, more) {
        (Some(database), Some(more)) if problems.is_empty() => (database, more),
        _ => return Err(Problems::into(problems)),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let store = Store::open(&database.settings)
            .await
            .with_context(|| database.name.clone())?;
        let outcome = work(store.clone(), more).await;
        store.close().await;
        outcome
    })
}

/// Prints a text. Whoever closed the pipe has read enough.
fn say(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}

/// Pairs of `--name value` or `--name=value`.
fn pairs<'a>(words: &[&'a str]) -> anyhow::Result<Vec<(&'a str, &'a str)>> {
    let mut pairs = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let Some(name) = word.strip_prefix("--") else {
            bail!("{word:?} is not an option")
        };
        match name.split_once('=') {
            Some(pair) => pairs.push(pair),
            None => match words.next() {
                Some(value) => pairs.push((name, value)),
                None => bail!("--{name} needs a value"),
            },
        }
    }
    Ok(pairs)
}
