//! What the command line can ask for.

mod certificate;
mod pkcs12;
mod pki;

use anyhow::bail;
use std::path::Path;

const HELP: &str = "\
postern pki dev DIR [--host NAME]… [--user NAME]…
    makes a root, an intermediate, a server certificate and certificates for people, to try things with
postern certificate judge FILE --truststore FILE [--truststore FILE]…
    says whether a certificate would be accepted, and why, step by step
postern help | --version
";

/// Runs the command that these arguments name.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["pki", "dev", dir, rest @ ..] if !dir.starts_with('-') => {
            let mut hosts = Vec::new();
            let mut users = Vec::new();
            for (name, value) in options(rest)? {
                match name {
                    "host" => hosts.push(value.to_owned()),
                    "user" => users.push(value.to_owned()),
                    other => bail!("pki dev has no option --{other}; it has --host and --user"),
                }
            }
            print!("{}", pki::dev(Path::new(dir), &hosts, &users)?);
            Ok(())
        }
        ["certificate", "judge", file, rest @ ..] if !file.starts_with('-') => {
            let mut truststores = Vec::new();
            for (name, value) in options(rest)? {
                match name {
                    "truststore" => truststores.push(Path::new(value)),
                    other => {
                        bail!("certificate judge has no option --{other}; it has --truststore")
                    }
                }
            }
            certificate::judge(Path::new(file), &truststores)
        }
        ["--version"] => {
            println!("postern {}", env!("CARGO_PKG_VERSION"));
            Ok(())
        }
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            Ok(())
        }
        other => bail!("{:?} is no command\n\n{HELP}", other.join(" ")),
    }
}

/// Pairs of `--name value` or `--name=value`.
fn options<'a>(words: &[&'a str]) -> anyhow::Result<Vec<(&'a str, &'a str)>> {
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
