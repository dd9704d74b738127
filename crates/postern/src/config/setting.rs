//! What an option is: its key, the shape of its value, its default in each profile, and its text in the reference.

/// One option that is served.
#[derive(Debug)]
pub(crate) struct Setting {
    /// As on the command line, without the dashes before it.
    pub key: &'static str,
    /// The shape of its value.
    pub kind: Kind,
    /// Its value when nobody says anything.
    pub default: Default,
    /// The release that first had it.
    pub since: &'static str,
    /// Its text in the reference: the doc comment.
    pub description: &'static str,
}

/// The shape of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `true` or `false`.
    Switch,
    /// Given or not; only on the command line.
    Flag,
    /// A port; 0 takes a free one.
    Port,
    /// A whole number that is at least the first and at most the second.
    Number(u32, u32),
    /// `PT30S`, `30s`, `500ms`, `2m`, `1h`, `1d`, or seconds.
    Duration,
    /// The name of a header; unlike other values it can't be left empty.
    Header,
    /// Any text.
    Text,
    /// Text that is never shown.
    Secret,
    /// A file or folder.
    Path,
    /// Values separated by commas.
    List,
    /// One of these.
    Word(&'static [&'static str]),
    /// Some of these, separated by commas.
    Words(&'static [&'static str]),
}

/// A value when nobody says anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Default {
    /// None.
    Nothing,
    /// The same in both profiles.
    Always(&'static str),
    /// By profile; an empty text is none.
    By {
        /// In production.
        start: &'static str,
        /// In development.
        dev: &'static str,
    },
}

/// How the server runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// `start`: nothing is guessed.
    Production,
    /// `start-dev`: serves at once on this machine.
    Development,
}

impl Setting {
    /// The environment variable of this option.
    pub(crate) fn variable(&self) -> String {
        variable(self.key)
    }

    /// The value in a profile when nobody says anything.
    pub(crate) fn default_in(&self, profile: Profile) -> Option<&'static str> {
        let text = match (self.default, profile) {
            (Default::Nothing, _) => "",
            (Default::Always(text), _) => text,
            (Default::By { start, .. }, Profile::Production) => start,
            (Default::By { dev, .. }, Profile::Development) => dev,
        };
        Some(text).filter(|text| !text.is_empty())
    }

    /// Whether the value must not be shown.
    pub(crate) fn is_secret(&self) -> bool {
        self.kind == Kind::Secret
    }
}

/// `KC_` and the key in capitals, everything that is no letter or digit an underscore.
pub(crate) fn variable(key: &str) -> String {
    let name = key.chars().map(|letter| match letter {
        letter if letter.is_ascii_alphanumeric() => letter.to_ascii_uppercase(),
        _ => '_',
    });
    "KC_".chars().chain(name).collect()
}

/// A section of options: a constant each, and all of them as `SETTINGS`. The doc comment is the reference's text.
macro_rules! settings {
    ($($(#[doc = $doc:literal])+ $name:ident = $key:literal, $kind:expr, $default:expr, since $since:literal;)+) => {
        $(
            $(#[doc = $doc])+
            pub(crate) static $name: $crate::config::setting::Setting = $crate::config::setting::Setting {
                key: $key,
                kind: $kind,
                default: $default,
                since: $since,
                description: concat!($($doc),+),
            };
        )+
        /// All of them, in order.
        pub(crate) static SETTINGS: &[&$crate::config::setting::Setting] = &[$(&$name),+];
    };
}
pub(super) use settings;
