//! The reference page of all options, made of their doc comments.

use super::setting::{Default, Kind, Setting};
use super::{known, legacy, sections};
use std::fmt::Write as _;

/// `docs/guide/options.md`.
pub(crate) fn page() -> String {
    let mut page = INTRODUCTION.to_owned();
    for (title, settings) in sections() {
        let _ = write!(
            page,
            "\n## {title}\n\n| option | value | default | what it does | since |\n|---|---|---|---|---|\n"
        );
        for setting in settings {
            let _ = writeln!(
                page,
                "| `{}`<br>`{}` | {} | {} | {} | {} |",
                setting.key,
                setting.variable(),
                kind(setting.kind),
                default(setting),
                setting.description.trim().replace('|', "\\|"),
                setting.since,
            );
        }
    }
    page.push_str("\n## Keycloak's options that have no effect here\n\nThey are accepted, and the log says so in one line each. `*` stands for any ending.\n\n| options | why |\n|---|---|\n");
    for (why, names) in known::without_effect() {
        let _ = writeln!(page, "| {} | {why} |", code(names));
    }
    page.push_str("\n## Keycloak's options that are refused\n\nIgnoring them would be wrong, so nothing starts with them, unless they have the value that asks for nothing.\n\n| options | accepted | why | instead |\n|---|---|---|---|\n");
    for (names, harmless, why, instead) in known::not_served() {
        let harmless = if harmless.is_empty() {
            String::new()
        } else {
            format!("`{harmless}`")
        };
        let _ = writeln!(page, "| {} | {harmless} | {why} | {instead} |", code(names));
    }
    page.push_str("\n## Options of older Keycloaks\n\n| option | today |\n|---|---|\n");
    for legacy in legacy::LEGACY {
        let _ = writeln!(page, "| `{}` | {} |", legacy.name, legacy.translation);
    }
    for (variable, key) in legacy::VARIABLES {
        let _ = writeln!(page, "| `{variable}` | still understood as `{key}` |");
    }
    page
}

const INTRODUCTION: &str = "\
# Options

Made from the program's own table by `postern options`; not written by hand. How to run it is in [run.md](run.md).

An option is given, in this order of precedence,
1. on the command line, `--key=value` or `--key value`;
2. in the environment, `KC_KEY`: capitals, with `_` for everything that is no letter or digit. `KCRAW_KEY` takes the value as it is;
3. in a file, `key=value`: the one that `--config-file` (`-cf`, `KC_CONFIG_FILE`) names, or else `conf/postern.conf` and then `conf/keycloak.conf`.

Values may hold `${NAME}` and `${NAME:fallback}` with variables of the environment; `\\$` is a plain dollar. Options of SPIs may be written with
two dashes between their parts or with one, and with two underscores or one in the environment. `postern show-config` prints each value
with its source. An unknown option stops the start, with the nearest known one.
";

fn code(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(" ")
}

fn kind(kind: Kind) -> String {
    let words = |words: &[&str]| code(words).replace(' ', ", ");
    match kind {
        Kind::Switch => "`true`, `false`".to_owned(),
        Kind::Flag => "a flag".to_owned(),
        Kind::Port => "port".to_owned(),
        Kind::Number(least, most) => format!("{least} to {most}"),
        Kind::Duration => "duration".to_owned(),
        Kind::Header => "name of a header".to_owned(),
        Kind::Text => "text".to_owned(),
        Kind::Secret => "secret".to_owned(),
        Kind::Path => "path".to_owned(),
        Kind::List => "list".to_owned(),
        Kind::Word(known) => words(known),
        Kind::Words(known) => format!("list of {}", words(known)),
    }
}

fn default(setting: &Setting) -> String {
    match setting.default {
        Default::Nothing => String::new(),
        Default::Always(text) => format!("`{text}`"),
        Default::By { start, dev } => format!("`{start}`, in development `{dev}`"),
    }
}
