//! The words of a command line: `--key=value`, `--key value`, flags, and the words that name a command.

use super::problem::Problems;

/// Options that stand alone. They may also be written `--flag=true`.
const FLAGS: &[&str] = &[
    "import-realm",
    "optimized",
    "verbose",
    "help",
    "help-all",
    "version",
    "no-prompt",
    "no-listen",
];

/// Keycloak's short names.
const SHORT: &[(&str, &str)] = &[
    ("-h", "help"),
    ("-v", "verbose"),
    ("-V", "version"),
    ("-cf", "config-file"),
    ("-pf", "profile"),
];

/// A command line taken apart.
#[derive(Debug, Default)]
pub(crate) struct Line {
    /// The words that are no options.
    pub words: Vec<String>,
    /// Options in their order: the name without dashes, and the value.
    pub options: Vec<(String, String)>,
    /// `-Dname=value`: properties of a JVM.
    pub properties: Vec<String>,
}

impl Line {
    /// Takes a command line apart.
    ///
    /// # Errors
    /// Options without their value, and single dashes that mean nothing.
    pub(crate) fn read(arguments: &[String]) -> Result<Self, Problems> {
        let (mut line, mut problems) = (Self::default(), Problems::default());
        let mut rest = arguments.iter().peekable();
        while let Some(word) = rest.next() {
            let short = SHORT.iter().find(|(short, _)| word == short);
            let option = short.map(|(_, name)| *name).or(word.strip_prefix("--"));
            match option {
                Some(option) => {
                    let (name, value) = match option.split_once('=') {
                        Some((name, value)) => (name, Some(value.to_owned())),
                        None if FLAGS.contains(&option) => (option, Some("true".to_owned())),
                        None => (option, rest.next_if(|next| !is_option(next)).cloned()),
                    };
                    match value {
                        Some(value) => line.options.push((name.to_owned(), value)),
                        None => problems.add(
                            format!("--{name}"),
                            "the value is missing",
                            format!("write --{name}=VALUE"),
                        ),
                    }
                }
                None if word.starts_with("-D") => line.properties.push(word.clone()),
                None if word.starts_with('-') && word.len() > 1 => {
                    problems.add(word, "options have two dashes", format!("write -{word}"))
                }
                None => line.words.push(word.clone()),
            }
        }
        problems.into_result().map(|()| line)
    }

    /// Takes an option of a command's own out of the line: the last value that was given.
    pub(crate) fn take(&mut self, name: &str) -> Option<String> {
        let value = self
            .options
            .iter()
            .rfind(|(given, _)| given == name)?
            .1
            .clone();
        self.options.retain(|(given, _)| given != name);
        Some(value)
    }

    /// Takes a flag out of the line.
    pub(crate) fn take_flag(&mut self, name: &str) -> bool {
        self.take(name).is_some_and(|value| value != "false")
    }
}

fn is_option(word: &str) -> bool {
    word.starts_with("--") || SHORT.iter().any(|(short, _)| word == *short)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Line, Problems> {
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        Line::read(&words)
    }

    #[test]
    fn both_ways_to_give_a_value_and_flags() {
        let mut line =
            read("-v start --http-port 80 --db=postgres -cf a.conf --import-realm --optimized -Djava.x=1").unwrap();
        assert_eq!(line.words, ["start"]);
        assert_eq!(line.properties, ["-Djava.x=1"]);
        assert_eq!(line.take("config-file").as_deref(), Some("a.conf"));
        assert!(
            line.take_flag("import-realm")
                && line.take_flag("optimized")
                && line.take_flag("verbose")
        );
        let rest: Vec<_> = line
            .options
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        assert_eq!(rest, ["http-port=80", "db=postgres"]);
        let line = read("start --db-password -secret").unwrap();
        assert_eq!(
            line.options,
            [("db-password".to_owned(), "-secret".to_owned())]
        );
    }

    #[test]
    fn every_value_that_is_missing_is_told() {
        let problems = read("start --http-port --hostname -port")
            .unwrap_err()
            .to_string();
        assert!(
            problems.contains("--http-port: the value is missing"),
            "{problems}"
        );
        assert!(!problems.contains("--hostname"), "{problems}");
        let problems = read("start -port=1 --db").unwrap_err().to_string();
        assert!(
            problems.contains("-port=1") && problems.contains("--db:"),
            "{problems}"
        );
    }
}
