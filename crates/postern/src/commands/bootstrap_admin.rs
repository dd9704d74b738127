//! `postern bootstrap-admin user`: a temporary administrator, straight into the database.

use super::with_database;
use crate::config::Line;
use crate::startup::admin::{self, Made};
use crate::startup::master;
use anyhow::{Context, bail};
use jose::Secret;
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::process::{Command, Stdio};

/// Makes the administrator. Name and password come from options, the variables that options name, or the terminal.
pub(super) fn user(mut line: Line) -> anyhow::Result<()> {
    line.take_flag("optimized");
    let asks = !line.take_flag("no-prompt") && std::io::stdin().is_terminal();
    let of_variable = |option: &str, name: Option<String>| match name {
        Some(name) => match std::env::var(&name) {
            Ok(value) if !value.is_empty() => Ok(Some(value)),
            _ => bail!("--{option}: the variable {name} is not set"),
        },
        None => Ok(None),
    };
    let username = match (line.take("username"), line.take("username:env")) {
        (Some(_), Some(_)) => bail!("--username and --username:env can't both be given"),
        (username, variable) => username.or(of_variable("username:env", variable)?),
    };
    if line.take("password").is_some() {
        bail!(
            "a password on the command line can be seen by everybody on this machine: write --password:env=VARIABLE"
        );
    }
    let password = of_variable("password:env", line.take("password:env"))?;
    let username = match username {
        Some(username) => username,
        None if asks => {
            let told = ask("Enter username [temp-admin]: ", Echo::On)?;
            if told.is_empty() {
                "temp-admin".to_owned()
            } else {
                told
            }
        }
        None => "temp-admin".to_owned(),
    };
    let password = match password {
        Some(password) => password,
        None if asks => {
            let password = ask("Enter password: ", Echo::Off)?;
            if password != ask("Enter password again: ", Echo::Off)? {
                bail!("the passwords are not the same");
            }
            password
        }
        None => bail!("a password is needed: write --password:env=VARIABLE"),
    };
    if password.is_empty() {
        bail!("an empty password is none");
    }
    let password = Secret::from(password.as_str());
    with_database(line, async |store| {
        let master = master::ensure(&store).await?;
        let now = authn::Clock::system().now();
        match admin::create(&store, &master, &username, password, now).await? {
            Made::Created => println!(
                "Created temporary admin user with username {}. Make a lasting administrator with it, then remove it.",
                username.to_lowercase()
            ),
            Made::Taken => bail!("there is a user {username} in master already"),
        }
        Ok(())
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Echo {
    On,
    Off,
}

/// Asks on the terminal.
fn ask(question: &str, echo: Echo) -> anyhow::Result<String> {
    eprint!("{question}");
    std::io::stderr().flush()?;
    if echo == Echo::Off {
        stty("-echo")?;
    }
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    if echo == Echo::Off {
        stty("echo")?;
        eprintln!();
    }
    read?;
    Ok(answer.trim_end_matches(['\r', '\n']).to_owned())
}

/// Without `unsafe` only this program can hide what is typed.
fn stty(setting: &str) -> anyhow::Result<()> {
    let status = Command::new("stty")
        .arg(setting)
        .stdin(Stdio::inherit())
        .status()
        .context("the terminal can't hide what is typed: write --password:env=VARIABLE")?;
    if status.success() {
        Ok(())
    } else {
        bail!("the terminal can't hide what is typed: write --password:env=VARIABLE")
    }
}
