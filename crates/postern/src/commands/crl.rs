//! `postern crl`: revocation lists that somebody brought, for servers that can ask nobody. A running server takes them within seconds.

use super::{say, with_store};
use crate::config::{Line, revocation};
use crate::jobs::revocation::body::{self, AnswerBody, ListBody};
use crate::jobs::revocation::incoming::{self, Incoming};
use anyhow::{Context, bail};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use store::revocation::{Replace, Source, SourceKind};
use store::{Store, Timestamp};
use x509::{Certificate, Chain};

/// Reads the files and keeps each list in them that is genuine and not older than what is kept.
pub(super) fn add(files: &[&str], mut line: Line) -> anyhow::Result<()> {
    if files.is_empty() {
        bail!("name the files with the lists: postern crl add FILE…");
    }
    let issuer = match line.take("issuer") {
        Some(path) => Some(issuer(Path::new(&path))?),
        None => None,
    };
    with_store(line, revocation::for_commands, async |store, config| {
        let anchors = incoming::with_helper(&config.truststore, issuer.as_deref());
        let now = authn::Clock::system().now();
        let mut refused = 0;
        for file in files {
            for (at, bytes) in lists(Path::new(file), config.most_bytes)?
                .into_iter()
                .enumerate()
            {
                let told = match incoming::read(bytes, anchors.clone(), now).await {
                    Ok(incoming) => keep(&store, &incoming, issuer.as_deref(), now).await?,
                    Err(error) => Err(format!("{error}{}", help(&error))),
                };
                match told {
                    Ok(text) => say(&format!("{file}: {text}\n")),
                    Err(text) => {
                        refused += 1;
                        eprintln!("{file}, list {}: {text}", at + 1);
                    }
                }
            }
        }
        match refused {
            0 => Ok(()),
            1 => bail!("one list was not taken"),
            count => bail!("{count} lists were not taken"),
        }
    })
}

/// Prints what is kept, and who is asked.
pub(super) fn list(line: Line) -> anyhow::Result<()> {
    with_store(
        line,
        |_, _| Some(()),
        async |store, ()| {
            let now = authn::Clock::system().now();
            let sources = store.read().await?.revocations().all().await?;
            say(&told(&sources, now));
            Ok(())
        },
    )
}

/// Forgets what a source gave.
pub(super) fn remove(name: &str, line: Line) -> anyhow::Result<()> {
    with_store(
        line,
        |_, _| Some(()),
        async |store, ()| {
            let now = authn::Clock::system().now();
            let mut writer = store.write().await?;
            let was_there = writer.revocations().remove(name, now).await?;
            writer.commit().await?;
            if !was_there {
                bail!("there is no {name:?}; `postern crl list` shows the names");
            }
            say("removed\n");
            Ok(())
        },
    )
}

fn issuer(path: &Path) -> anyhow::Result<Arc<Certificate>> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("--issuer: {} can't be read", path.display()))?;
    let chain = Chain::from_pem(&text)
        .with_context(|| format!("--issuer: {} holds no certificate", path.display()))?;
    Ok(chain.leaf().clone())
}

/// The lists of a file, each by itself: DER as it is, PEM block by block.
fn lists(path: &Path, most: u64) -> anyhow::Result<Vec<Vec<u8>>> {
    const BEGIN: &[u8] = b"-----BEGIN X509 CRL-----";
    let size = std::fs::metadata(path)
        .with_context(|| format!("{} can't be read", path.display()))?
        .len();
    if size > most {
        bail!(
            "{} is larger than {} MiB (option revocation-max-size)",
            path.display(),
            most / 1024 / 1024
        );
    }
    let bytes = std::fs::read(path).with_context(|| format!("{} can't be read", path.display()))?;
    // DER may hold anything, a text in a name too.
    let is_der = bytes.first() == Some(&0x30);
    let starts: Vec<usize> = match is_der {
        true => Vec::new(),
        false => bytes
            .windows(BEGIN.len())
            .enumerate()
            .filter(|(_, window)| *window == BEGIN)
            .map(|(at, _)| at)
            .collect(),
    };
    if starts.len() < 2 {
        return Ok(vec![bytes]);
    }
    let ends = starts.iter().skip(1).copied().chain([bytes.len()]);
    Ok(starts
        .iter()
        .zip(ends)
        .map(|(start, end)| bytes[*start..end].to_vec())
        .collect())
}

fn help(error: &incoming::NotTaken) -> &'static str {
    match error {
        incoming::NotTaken::NotGenuine(_) => {
            "; its issuer has to be in truststore-paths, or be named by --issuer and lead to a root there"
        }
        _ => "",
    }
}

async fn keep(
    store: &Store,
    incoming: &Incoming,
    issuer: Option<&Certificate>,
    now: Timestamp,
) -> anyhow::Result<Result<String, String>> {
    let name = format!("upload:{}", incoming.list.kind());
    let content = incoming.content();
    store
        .keep_revocation_content(&content.digest, &incoming.bytes, now)
        .await?;
    let mut writer = store.write().await?;
    let outcome = writer
        .revocations()
        .upload(&name, &content, &body::json(&incoming.body(issuer)), now)
        .await?;
    writer.commit().await?;
    let list = &incoming.list;
    Ok(match outcome {
        Replace::Replaced(_) => Ok(format!(
            "list of {}{}, {} certificates, next due {}{}, kept as {name}",
            list.issuer(),
            numbered(list.number().as_deref()),
            list.len(),
            x509::instant_text(list.counts_until()),
            late(list.counts_until(), now)
        )),
        Replace::Older => Err(format!(
            "it is older than what is kept; `postern crl remove {name}` forgets that"
        )),
    })
}

fn numbered(number: Option<&str>) -> String {
    number
        .map(|number| format!(", number {number}"))
        .unwrap_or_default()
}

fn late(until: i64, now: Timestamp) -> &'static str {
    if until < now.seconds() {
        " (out of date)"
    } else {
        ""
    }
}

fn told(sources: &[Source], now: Timestamp) -> String {
    let mut text = String::new();
    let lists = sources
        .iter()
        .filter(|source| source.kind != SourceKind::Answer);
    for source in lists {
        let body = ListBody::of(&source.body);
        let _ = writeln!(text, "{}", source.name);
        if let Some(content) = &source.content {
            let _ = writeln!(
                text,
                "    list of {}{}, {} certificates",
                body.issuer,
                numbered(body.number.as_deref()),
                body.entries
            );
            let until = content.next_update.unwrap_or(content.this_update).seconds();
            let _ = writeln!(
                text,
                "    made {}, next due {}{}, here since {}",
                x509::instant_text(content.this_update.seconds()),
                x509::instant_text(until),
                late(until, now),
                x509::instant_text(source.fetched_at.seconds())
            );
        }
        trouble(source, &mut text);
    }
    let answers: Vec<&Source> = sources
        .iter()
        .filter(|source| source.kind == SourceKind::Answer)
        .collect();
    if !answers.is_empty() {
        let there = answers
            .iter()
            .filter(|source| source.content.is_some())
            .count();
        let _ = writeln!(
            text,
            "ocsp answers\n    {there}, asked about {} certificates",
            answers.len()
        );
        for source in answers.iter().filter(|source| source.error.is_some()) {
            let body = AnswerBody::of(&source.body);
            let _ = writeln!(text, "  {} about {}", body.url, body.subject);
            trouble(source, &mut text);
        }
    }
    if text.is_empty() {
        text.push_str("there are no revocation lists, and nobody is asked for any; lists in files are not shown here\n");
    }
    text
}

fn trouble(source: &Source, text: &mut String) {
    match &source.error {
        Some(error) => {
            let _ = writeln!(
                text,
                "    failed {} times, next try {}: {error}",
                source.failures,
                x509::instant_text(source.next_try.seconds())
            );
        }
        None if source.content.is_none() => text.push_str("    not fetched yet\n"),
        None => {}
    }
}
