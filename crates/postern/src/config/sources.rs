//! Where values come from: the command line, the environment, files. Nothing is judged here.

use super::problem::Problems;
use std::path::{Path, PathBuf};

/// What surrounds the program, as far as options are concerned.
#[derive(Clone, Debug)]
pub(crate) struct Surroundings {
    /// The environment's variables.
    pub environment: Vec<(String, String)>,
    /// Where `conf` and `data` are, unless options say otherwise.
    pub home: PathBuf,
}

/// Who said something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The command line.
    CommandLine,
    /// A variable of the environment.
    Environment(String),
    /// A line of a file.
    File {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
    },
    /// Nobody: it is the default.
    Default,
}

/// A key with its value, as somebody gave it.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// In lower case with dashes, not yet the name of an option.
    pub key: String,
    /// The value, expressions and all.
    pub text: String,
    /// Whether expressions in it are plain text.
    pub literal: bool,
    /// Who said it.
    pub source: Source,
}

impl Surroundings {
    /// Those of this process. `KC_HOME_DIR` names the home; without it, it is the current folder.
    pub(crate) fn of_process() -> Self {
        let environment: Vec<(String, String)> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let mut surroundings = Self {
            environment,
            home: PathBuf::new(),
        };
        surroundings.home = PathBuf::from(surroundings.variable("KC_HOME_DIR").unwrap_or("."));
        surroundings
    }

    /// A variable of the environment.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        let found = self.environment.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// A path as it is, or below the home.
    pub(crate) fn below_home(&self, path: &str) -> PathBuf {
        if self.home == Path::new(".") {
            PathBuf::from(path)
        } else {
            self.home.join(path)
        }
    }
}

impl Source {
    /// The key as this source writes it, and where.
    pub(crate) fn written(&self, key: &str) -> String {
        match self {
            Self::CommandLine | Self::Default => format!("--{key}"),
            Self::Environment(name) => name.clone(),
            Self::File { path, line } => format!("{key} in {}, line {line}", path.display()),
        }
    }

    /// How another value is given in the same place.
    pub(crate) fn rewritten(&self, key: &str, value: &str) -> String {
        match self {
            Self::CommandLine | Self::Default => format!("write --{key}={value}"),
            Self::Environment(_) => format!("set {}={value}", super::setting::variable(key)),
            Self::File { .. } => format!("write {key}={value} there"),
        }
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::CommandLine => f.write_str("command line"),
            Self::Environment(name) => f.write_str(name),
            Self::File { path, line } => write!(f, "{}, line {line}", path.display()),
            Self::Default => f.write_str("default"),
        }
    }
}

/// The options of a command line. The last one of a key counts.
pub(super) fn from_line(options: &[(String, String)]) -> Vec<Entry> {
    let entries = options
        .iter()
        .enumerate()
        .filter_map(|(at, (name, value))| {
            let is_last = options[at + 1..].iter().all(|(later, _)| later != name);
            is_last.then(|| Entry {
                key: name.clone(),
                text: value.clone(),
                literal: false,
                source: Source::CommandLine,
            })
        });
    entries.collect()
}

/// The variables that begin with `KC_` or `KCRAW_`.
pub(super) fn from_environment(surroundings: &Surroundings) -> Vec<Entry> {
    let mut entries = Vec::new();
    for (name, value) in &surroundings.environment {
        let (rest, literal) = match (name.strip_prefix("KC_"), name.strip_prefix("KCRAW_")) {
            (Some(rest), _) => (rest, false),
            (_, Some(rest)) => (rest, true),
            _ => continue,
        };
        if value.is_empty() || is_from_elsewhere(rest, value) {
            continue;
        }
        // A key that has no such name can be told by a second variable.
        let key = match surroundings.variable(&format!("KCKEY_{rest}")) {
            Some(key) => key.to_owned(),
            None => key_of(rest),
        };
        entries.push(Entry {
            key,
            text: value.clone(),
            literal,
            source: Source::Environment(name.clone()),
        });
    }
    entries.sort_by(|a, b| a.key.cmp(&b.key).then(b.literal.cmp(&a.literal)));
    entries
}

/// `HTTP_PORT` is `http-port`; categories of the log have dots.
fn key_of(name: &str) -> String {
    let key = name.to_ascii_lowercase().replace('_', "-");
    match key.strip_prefix("log-level-") {
        Some(category) => format!("log-level-{}", category.replace('-', ".")),
        None => key,
    }
}

/// Variables of this form that are no options: those of Keycloak's scripts and images, and those that Kubernetes and Docker set for a
/// service named `kc`.
fn is_from_elsewhere(rest: &str, value: &str) -> bool {
    const SCRIPTS: &[&str] = &[
        "HOME_DIR",
        "CONFIG_FILE",
        "RUN_IN_CONTAINER",
        "DEBUG",
        "DEBUG_PORT",
        "DEBUG_SUSPEND",
        "CLI_PASSWORD",
        "CLI_CLIENT_SECRET",
        "CLI_STORE_PASSWORD",
        "CLI_KEY_PASSWORD",
        "CLI_TRUSTSTORE_PASSWORD",
    ];
    let is_link = rest.ends_with("SERVICE_HOST")
        || rest.contains("SERVICE_PORT")
        || rest
            .split('_')
            .next_back()
            .is_some_and(|end| matches!(end, "TCP" | "UDP" | "ADDR" | "PROTO"))
        || (rest.split('_').next_back() == Some("PORT")
            && (value.contains("://") || rest.contains("_TCP_") || rest.contains("_UDP_")));
    SCRIPTS.contains(&rest) || is_link
}

/// The files: the one that is named, or `conf/postern.conf` and `conf/keycloak.conf` where they exist. The first wins.
pub(super) fn from_files(
    named: Option<&str>,
    surroundings: &Surroundings,
    problems: &mut Problems,
) -> Vec<Entry> {
    let named = named.or_else(|| surroundings.variable("KC_CONFIG_FILE"));
    let paths = match named {
        Some(path) => vec![PathBuf::from(path)],
        None => ["conf/postern.conf", "conf/keycloak.conf"]
            .map(|path| surroundings.below_home(path))
            .into_iter()
            .filter(|path| path.exists())
            .collect(),
    };
    let mut entries = Vec::new();
    for path in paths {
        match std::fs::read_to_string(&path) {
            Ok(text) => entries.extend(from_text(&path, &text)),
            Err(error) => problems.add(
                "--config-file",
                format!("{} can't be read: {error}", path.display()),
                "write --config-file=FILE with a file that is there and readable",
            ),
        }
    }
    entries
}

/// The lines of a file in the form of Java's properties; a later line of a key wins over an earlier one.
fn from_text(path: &Path, text: &str) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        let mut whole = line.trim_start().to_owned();
        if whole.is_empty() || whole.starts_with(['#', '!']) {
            continue;
        }
        while (whole.len() - whole.trim_end_matches('\\').len()) % 2 == 1 {
            whole.pop();
            whole.push_str(lines.next().map_or("", |(_, next)| next.trim_start()));
        }
        let end = whole
            .find(|letter: char| letter == '=' || letter == ':' || letter.is_whitespace())
            .unwrap_or(whole.len());
        let value = whole[end..].trim_start();
        let value = value.strip_prefix(['=', ':']).unwrap_or(value);
        entries.push(Entry {
            key: whole[..end].to_owned(),
            text: unescape(value.trim()),
            literal: false,
            source: Source::File {
                path: path.to_owned(),
                line: at + 1,
            },
        });
    }
    entries.reverse();
    entries
}

/// Backslashes as in Java's properties, but for the one before `$`, which is told to expressions.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            out.push(letter);
            continue;
        }
        match letters.next() {
            Some('t') => out.push('\t'),
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('$') => out.push_str("\\$"),
            Some('u') => {
                let digits: String = letters.clone().take(4).collect();
                match u32::from_str_radix(&digits, 16)
                    .ok()
                    .and_then(char::from_u32)
                {
                    Some(told) if digits.len() == 4 => {
                        out.push(told);
                        letters.nth(3);
                    }
                    _ => out.push('u'),
                }
            }
            Some(other) => out.push(other),
            None => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_file() {
        let text = "# comment\n\n http-port = 80\nhostname:id.example\ndb-url=jdbc:postgresql://h/d?a=b\nlog-level=info,\\\n  edge:debug\n\
            db-password=a\\\\b\\u0041\\${x}\nhttp-port=81\n";
        let entries = from_text(Path::new("a.conf"), text);
        let told: Vec<_> = entries
            .iter()
            .rev()
            .map(|entry| (entry.key.as_str(), entry.text.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                ("http-port", "80"),
                ("hostname", "id.example"),
                ("db-url", "jdbc:postgresql://h/d?a=b"),
                ("log-level", "info,edge:debug"),
                ("db-password", "a\\bA\\${x}"),
                ("http-port", "81"),
            ]
        );
        assert_eq!(
            entries[0].source,
            Source::File {
                path: "a.conf".into(),
                line: 9
            }
        );
    }

    #[test]
    fn variables_become_keys() {
        let environment = [
            ("KC_HTTP_PORT", "80"),
            ("KCRAW_DB_PASSWORD", "a${b}"),
            ("KC_SPI_X509CERT_LOOKUP__PROVIDER", "nginx"),
            ("KC_LOG_LEVEL_ORG_KEYCLOAK", "debug"),
            ("KC_MYKEY", "1"),
            ("KCKEY_MYKEY", "spi-a--B.c"),
            ("KC_PROXY_HEADERS", ""),
            ("KC_SERVICE_HOST", "10.0.0.1"),
            ("KC_SERVICE_PORT_HTTP", "80"),
            ("KC_PORT", "tcp://10.0.0.1:80"),
            ("KC_PORT_80_TCP_ADDR", "10.0.0.1"),
            ("KC_RUN_IN_CONTAINER", "true"),
            ("PATH", "/bin"),
        ];
        let surroundings = Surroundings {
            environment: environment
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .to_vec(),
            home: PathBuf::from("."),
        };
        let mut keys: Vec<_> = from_environment(&surroundings)
            .into_iter()
            .map(|entry| (entry.key, entry.literal))
            .collect();
        keys.sort();
        let expected = [
            ("db-password", true),
            ("http-port", false),
            ("log-level-org.keycloak", false),
            ("spi-a--B.c", false),
            ("spi-x509cert-lookup--provider", false),
        ];
        assert_eq!(
            keys,
            expected.map(|(key, literal)| (key.to_owned(), literal))
        );
    }
}
