//! What a realm asks of passwords: `length(8) and digits(1) and …`, as its setting `passwordPolicy` has it.
//!
//! [`PasswordPolicy::check`] judges what the text alone tells. What needs more than that (passwords of before, lists of known passwords) the
//! policy only states.

use crate::pattern::Pattern;

/// Days of an expiry, seconds of an age and so on stay below this, so that no sum overflows.
const MOST: i64 = 1_000_000_000;

/// What a realm asks of passwords.
#[derive(Clone, Debug, Default)]
pub struct PasswordPolicy {
    rules: Vec<Rule>,
    history: Option<usize>,
    age_days: Option<i64>,
    expiry_days: Option<i64>,
    max_auth_age: Option<i64>,
    blacklists: Vec<String>,
    hash_algorithm: Option<String>,
    hash_iterations: Option<u32>,
}

/// What the text of a password tells.
#[derive(Clone, Debug)]
enum Rule {
    NotContainsUsername,
    SpecialChars(usize),
    UpperCase(usize),
    LowerCase(usize),
    Length(usize),
    Pattern(Pattern),
    Digits(usize),
    NotUsername,
    MaxLength(usize),
    NotEmail,
}

impl Rule {
    /// Their order: the first that is broken is told. It is the one in which Keycloak comes to them.
    fn place(&self) -> u8 {
        match self {
            Self::NotContainsUsername => 0,
            Self::SpecialChars(_) => 1,
            Self::UpperCase(_) => 2,
            Self::LowerCase(_) => 3,
            Self::Length(_) => 4,
            Self::Pattern(_) => 5,
            Self::Digits(_) => 6,
            Self::NotUsername => 7,
            Self::MaxLength(_) => 8,
            Self::NotEmail => 9,
        }
    }
}

/// Why a policy can't be used. The text is Keycloak's answer to who sets it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// No rule has this name.
    #[error("Password policy not found")]
    Unknown,
    /// A rule's setting makes no sense.
    #[error("Invalid config for {rule}: {why}")]
    Setting {
        /// Which rule.
        rule: &'static str,
        /// Why.
        why: &'static str,
    },
}

/// The rule that a password breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The key of Keycloak's message.
    pub message: &'static str,
    /// What fills the message's places.
    pub params: Vec<String>,
}

impl Broken {
    /// A rule with nothing to fill in.
    pub fn new(message: &'static str) -> Self {
        Self {
            message,
            params: Vec::new(),
        }
    }

    fn with(message: &'static str, param: usize) -> Self {
        Self {
            message,
            params: vec![param.to_string()],
        }
    }
}

/// Whose password it is to be.
#[derive(Clone, Copy, Debug, Default)]
pub struct Owner<'a> {
    /// Their user name.
    pub username: &'a str,
    /// Their address.
    pub email: Option<&'a str>,
}

impl PasswordPolicy {
    /// Reads a policy as an administrator writes it.
    ///
    /// # Errors
    /// [`PolicyError`] names the first rule that makes no sense.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let mut policy = Self::default();
        for rule in split(text) {
            policy.add(rule)?;
        }
        policy.sort();
        Ok(policy)
    }

    /// Reads a stored policy: rules that make no sense are left out, and told.
    pub fn read(text: &str) -> (Self, Vec<PolicyError>) {
        let (mut policy, mut errors) = (Self::default(), Vec::new());
        for rule in split(text) {
            errors.extend(policy.add(rule).err());
        }
        policy.sort();
        (policy, errors)
    }

    fn sort(&mut self) {
        self.rules.sort_by_key(Rule::place);
    }

    fn add(&mut self, rule: &str) -> Result<(), PolicyError> {
        let (name, setting) = rule.split_once('(').unwrap_or((rule, ""));
        let setting = setting.strip_suffix(')').unwrap_or(setting);
        let number = |rule, usual| number(rule, setting, usual);
        let count = |rule, usual| {
            number(rule, usual).map(|count| usize::try_from(count).unwrap_or_default())
        };
        let days = |rule, usual| number(rule, usual).map(|days| days.min(MOST));
        match name.trim() {
            "length" => self.rules.push(Rule::Length(count("length", 8)?)),
            "maxLength" => self.rules.push(Rule::MaxLength(count("maxLength", 64)?)),
            "digits" => self.rules.push(Rule::Digits(count("digits", 1)?)),
            "lowerCase" => self.rules.push(Rule::LowerCase(count("lowerCase", 1)?)),
            "upperCase" => self.rules.push(Rule::UpperCase(count("upperCase", 1)?)),
            "specialChars" => {
                let count = count("specialChars", 1)?;
                self.rules.push(Rule::SpecialChars(count));
            }
            "notUsername" => self.rules.push(Rule::NotUsername),
            "notContainsUsername" => self.rules.push(Rule::NotContainsUsername),
            "notEmail" => self.rules.push(Rule::NotEmail),
            "regexPattern" => self.rules.push(Rule::Pattern(pattern(setting)?)),
            "passwordHistory" => self.history = Some(count("passwordHistory", 3)?),
            "passwordAge" => self.age_days = Some(days("passwordAge", 30)?),
            "forceExpiredPasswordChange" => {
                self.expiry_days = Some(days("forceExpiredPasswordChange", 365)?);
            }
            "maxAuthAge" => self.max_auth_age = Some(days("maxAuthAge", 300)?),
            "passwordBlacklist" => {
                let why = "a file name is needed";
                let rule = "passwordBlacklist";
                if setting.trim().is_empty() {
                    return Err(PolicyError::Setting { rule, why });
                }
                self.blacklists.push(setting.trim().to_owned());
            }
            "hashAlgorithm" => self.hash_algorithm = algorithm(setting)?,
            "hashIterations" => {
                let rounds = number("hashIterations", -1)?;
                self.hash_iterations = u32::try_from(rounds).ok().filter(|rounds| *rounds > 0);
            }
            // About recovery codes; nothing of passwords.
            "recoveryCodesWarningThreshold" => {
                number("recoveryCodesWarningThreshold", 4)?;
            }
            _ => return Err(PolicyError::Unknown),
        }
        Ok(())
    }

    /// Whether a new password keeps the rules that its text can break.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn check(&self, password: &str, owner: Owner<'_>) -> Result<(), Broken> {
        match self
            .rules
            .iter()
            .find_map(|rule| rule.broken(password, owner))
        {
            Some(broken) => Err(broken),
            None => Ok(()),
        }
    }

    /// So many passwords, the present one among them, may not come again. None when nothing is asked.
    pub fn history(&self) -> Option<usize> {
        self.history.filter(|count| *count > 0)
    }

    /// The rule of [`PasswordPolicy::history`], broken.
    pub fn history_broken(&self) -> Broken {
        Broken::with(
            "invalidPasswordHistoryMessage",
            self.history.unwrap_or_default(),
        )
    }

    /// Passwords of so many days may not come again.
    pub fn age_days(&self) -> Option<i64> {
        self.age_days.filter(|days| *days > 0)
    }

    /// After so many days a password has to be changed.
    pub fn expiry_days(&self) -> Option<i64> {
        self.expiry_days
    }

    /// So many seconds old the last proof may be when somebody changes their password.
    pub fn max_auth_age(&self) -> Option<i64> {
        self.max_auth_age
    }

    /// File names of lists of passwords that nobody may have.
    pub fn blacklists(&self) -> &[String] {
        &self.blacklists
    }

    /// How passwords are hashed, by Keycloak's name; none when it is left to us.
    pub fn hash_algorithm(&self) -> Option<&str> {
        self.hash_algorithm.as_deref()
    }

    /// In how many rounds; none when it is left to the algorithm.
    pub fn hash_iterations(&self) -> Option<u32> {
        self.hash_iterations
    }
}

impl Rule {
    fn broken(&self, password: &str, owner: Owner<'_>) -> Option<Broken> {
        let count = |is: fn(char) -> bool| password.chars().filter(|letter| is(*letter)).count();
        // As the contract counts: UTF-16 code units.
        let length = || password.encode_utf16().count();
        let lower = password.to_lowercase();
        let username = owner.username.to_lowercase();
        let at_least =
            |asked: usize, has: usize, message| (has < asked).then(|| Broken::with(message, asked));
        match self {
            Self::NotContainsUsername => (!username.is_empty() && lower.contains(&username))
                .then(|| Broken::new("invalidPasswordNotContainsUsernameMessage")),
            Self::SpecialChars(asked) => at_least(
                *asked,
                count(|letter| !letter.is_alphanumeric()),
                "invalidPasswordMinSpecialCharsMessage",
            ),
            Self::UpperCase(asked) => at_least(
                *asked,
                count(char::is_uppercase),
                "invalidPasswordMinUpperCaseCharsMessage",
            ),
            Self::LowerCase(asked) => at_least(
                *asked,
                count(char::is_lowercase),
                "invalidPasswordMinLowerCaseCharsMessage",
            ),
            Self::Length(asked) => at_least(*asked, length(), "invalidPasswordMinLengthMessage"),
            Self::Pattern(pattern) => (!pattern.matches(password))
                .then(|| Broken::new("invalidPasswordRegexPatternMessage")),
            Self::Digits(asked) => at_least(
                *asked,
                count(char::is_numeric),
                "invalidPasswordMinDigitsMessage",
            ),
            Self::NotUsername => {
                (lower == username).then(|| Broken::new("invalidPasswordNotUsernameMessage"))
            }
            Self::MaxLength(allowed) => (length() > *allowed)
                .then(|| Broken::with("invalidPasswordMaxLengthMessage", *allowed)),
            Self::NotEmail => owner
                .email
                .is_some_and(|email| email.to_lowercase() == lower)
                .then(|| Broken::new("invalidPasswordNotEmailMessage")),
        }
    }
}

/// The rules of a policy.
fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(" and ")
        .map(str::trim)
        .filter(|rule| !rule.is_empty())
}

fn number(rule: &'static str, setting: &str, usual: i64) -> Result<i64, PolicyError> {
    let setting = setting.trim();
    if setting.is_empty() {
        return Ok(usual);
    }
    let number = setting.parse::<i32>().map(i64::from);
    number.map_err(|_| PolicyError::Setting {
        rule,
        why: "Not a valid number",
    })
}

fn pattern(setting: &str) -> Result<Pattern, PolicyError> {
    Pattern::new(setting).map_err(|_| PolicyError::Setting {
        rule: "regexPattern",
        why: "Not a valid regular expression",
    })
}

fn algorithm(setting: &str) -> Result<Option<String>, PolicyError> {
    match setting.trim() {
        "" => Ok(None),
        known @ ("argon2" | "pbkdf2" | "pbkdf2-sha256" | "pbkdf2-sha512") => {
            Ok(Some(known.to_owned()))
        }
        _ => Err(PolicyError::Setting {
            rule: "hashAlgorithm",
            why: "Password hashing provider not found",
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a real Keycloak 26.7 answered for alice, whose address is alice@x.org.
    #[test]
    fn passwords_break_rules_as_recorded() {
        let alice = Owner {
            username: "alice",
            email: Some("alice@x.org"),
        };
        for (policy, password, message, param) in [
            ("length(8)", "a", "invalidPasswordMinLengthMessage", "8"),
            ("length(8)", "12345678", "", ""),
            ("length", "1234567", "invalidPasswordMinLengthMessage", "8"),
            (
                "maxLength(3)",
                "abcd",
                "invalidPasswordMaxLengthMessage",
                "3",
            ),
            ("digits(2)", "a1", "invalidPasswordMinDigitsMessage", "2"),
            (
                "lowerCase(2)",
                "aA",
                "invalidPasswordMinLowerCaseCharsMessage",
                "2",
            ),
            (
                "upperCase(2)",
                "aA",
                "invalidPasswordMinUpperCaseCharsMessage",
                "2",
            ),
            (
                "specialChars(2)",
                "a!",
                "invalidPasswordMinSpecialCharsMessage",
                "2",
            ),
            (
                "specialChars(2)",
                "a!ä",
                "invalidPasswordMinSpecialCharsMessage",
                "2",
            ),
            (
                "notUsername(undefined)",
                "ALICE",
                "invalidPasswordNotUsernameMessage",
                "",
            ),
            (
                "notContainsUsername(undefined)",
                "xAliceX",
                "invalidPasswordNotContainsUsernameMessage",
                "",
            ),
            (
                "notEmail(undefined)",
                "ALICE@x.org",
                "invalidPasswordNotEmailMessage",
                "",
            ),
            (
                "regexPattern(^[a-z]+$)",
                "A1",
                "invalidPasswordRegexPatternMessage",
                "",
            ),
            ("regexPattern(^[a-z]+$)", "abc", "", ""),
            (
                "regexPattern(b)",
                "abc",
                "invalidPasswordRegexPatternMessage",
                "",
            ),
            (
                "length(8) and digits(1) and specialChars(1)",
                "a",
                "invalidPasswordMinSpecialCharsMessage",
                "1",
            ),
            ("", "", "", ""),
        ] {
            let found = PasswordPolicy::parse(policy)
                .unwrap()
                .check(password, alice);
            let (key, params) = match found {
                Ok(()) => ("", String::new()),
                Err(broken) => (broken.message, broken.params.join(",")),
            };
            assert_eq!(
                (key, params.as_str()),
                (message, param),
                "{policy} {password}"
            );
        }
    }

    #[test]
    fn what_makes_no_sense_is_told_in_keycloaks_words() {
        for (policy, text) in [
            (
                "length(undefined)",
                "Invalid config for length: Not a valid number",
            ),
            ("length(x)", "Invalid config for length: Not a valid number"),
            ("nope(1)", "Password policy not found"),
            (
                "hashAlgorithm(nope)",
                "Invalid config for hashAlgorithm: Password hashing provider not found",
            ),
            (
                "regexPattern([)",
                "Invalid config for regexPattern: Not a valid regular expression",
            ),
        ] {
            let told = PasswordPolicy::parse(policy).unwrap_err().to_string();
            assert_eq!(told, text, "{policy}");
            // Stored all the same, it takes nothing away from the rest.
            let (rest, errors) = PasswordPolicy::read(&format!("{policy} and digits(1)"));
            assert_eq!(errors.len(), 1);
            assert!(rest.check("a", Owner::default()).is_err(), "{policy}");
        }
    }

    #[test]
    fn what_the_text_does_not_tell_is_stated() {
        let text = "passwordHistory(2) and passwordAge() and forceExpiredPasswordChange(10) and maxAuthAge(0) and \
            passwordBlacklist(known.txt) and hashAlgorithm(pbkdf2-sha256) and hashIterations(1000)";
        let policy = PasswordPolicy::parse(text).unwrap();
        assert_eq!((policy.history(), policy.age_days()), (Some(2), Some(30)));
        assert_eq!(
            (policy.expiry_days(), policy.max_auth_age()),
            (Some(10), Some(0))
        );
        assert_eq!(policy.blacklists(), ["known.txt"]);
        assert_eq!(policy.hash_algorithm(), Some("pbkdf2-sha256"));
        assert_eq!(policy.hash_iterations(), Some(1000));
        let usual = PasswordPolicy::parse("hashIterations() and hashAlgorithm()").unwrap();
        assert_eq!(
            (usual.hash_algorithm(), usual.hash_iterations()),
            (None, None)
        );
    }
}
