//! What is asked of revocation, and where lists and answers come from.

use super::given::Given;
use super::problem::Problems;
use super::setting::Default::{Always, Nothing};
use super::setting::{Kind, Setting, settings};
use super::values;
use outbound::Allowed;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use x509::{IssuerId, IssuerRule, Reach, RevocationPolicy, Strictness, TrustAnchors};

settings! {
    /// How much is asked of revocation lists for every certificate: `off`, `soft` (revoked is refused, without a list in order the certificate is accepted), `soft:7d` (a list may be out of date so long), `hard` (without a list in order the certificate is refused). A realm's step can ask for more. Postern's own, as are all options here.
    REVOCATION_CRL = "revocation-crl", Kind::Text, Always("off"), since "0.1.0";
    /// How much is asked of OCSP answers, likewise.
    REVOCATION_OCSP = "revocation-ocsp", Kind::Text, Always("off"), since "0.1.0";
    /// Whose revocation is looked up: that of people's certificates alone, as in Keycloak, or that of every certificate up to the root.
    REVOCATION_REACH = "revocation-reach", Kind::Word(&["leaf", "path"]), Always("leaf"), since "0.1.0";
    /// Issuers for whom something else holds, separated by `;`. Each is `crl=…` or `ocsp=…` or both, then `keyid:` with the issuer's key identifier in hex or `name:` with its subject: `crl=hard keyid:0A:1B:2C; crl=soft:7d ocsp=off name:CN=Old CA,O=Acme`. What one does not say is as for everybody; the first that fits counts.
    REVOCATION_ISSUERS = "revocation-issuers", Kind::Text, Nothing, since "0.1.0";
    /// Revocation lists in files, and folders of them, PEM or DER; they are read again when they change. Every `.crl`, `.pem` and `.der` file with a list in it below `conf` is read too.
    REVOCATION_CRL_PATHS = "revocation-crl-paths", Kind::List, Nothing, since "0.1.0";
    /// Addresses of revocation lists that are fetched from the start. Those that certificates name are fetched once somebody showed such a certificate to a step that asks for it. Their hosts have to be on the list of `revocation-fetch-allowed`.
    REVOCATION_CRL_URLS = "revocation-crl-urls", Kind::List, Nothing, since "0.1.0";
    /// Who may be asked for lists and answers: hosts (`crl.example.com`, `10.0.0.5:8080`), beginnings of addresses (`http://crl.example.com/pki/`), `*.example.com`, or `*` for everybody with a public address. Private and loopback addresses are asked only when the host itself is written. Without it nobody is asked.
    REVOCATION_FETCH_ALLOWED = "revocation-fetch-allowed", Kind::List, Nothing, since "0.1.0";
    /// The largest list that is fetched, read from a file or uploaded, in MiB.
    REVOCATION_MAX_SIZE = "revocation-max-size", Kind::Number(1, 256), Always("64"), since "0.1.0";
    /// How long fetching a list may take. An OCSP responder has a quarter of it.
    REVOCATION_FETCH_TIMEOUT = "revocation-fetch-timeout", Kind::Duration, Always("60s"), since "0.1.0";
}

/// What is asked of revocation, and where lists and answers come from.
#[derive(Clone, Debug)]
pub(crate) struct Revocation {
    /// What is asked of every certificate.
    pub policy: RevocationPolicy,
    /// Files, and folders of them, that have to be there.
    pub files: Vec<PathBuf>,
    /// The folder whose lists are read when there are any.
    pub folder: PathBuf,
    /// Addresses of lists.
    pub urls: Vec<String>,
    /// Who may be asked.
    pub allowed: Allowed,
    /// Bytes of a list, at the most.
    pub most_bytes: u64,
    /// How long fetching may take.
    pub timeout: Duration,
}

const STRICTNESS: &str = "off, soft, soft:7d or hard";

pub(super) fn read(given: &Given, problems: &mut Problems) -> Option<Revocation> {
    let crl = read_strictness(given, &REVOCATION_CRL, problems);
    let ocsp = read_strictness(given, &REVOCATION_OCSP, problems);
    let (crl, ocsp) = (crl?, ocsp?);
    let issuers = given.text(&REVOCATION_ISSUERS).unwrap_or_default();
    let issuers = read_issuers(issuers, crl, ocsp).map_err(|what| {
        problems.add(
            given.written(&REVOCATION_ISSUERS),
            what,
            given.rewritten(
                &REVOCATION_ISSUERS,
                "'crl=hard keyid:0A:1B:2C; crl=soft:7d name:CN=Old CA,O=Acme'",
            ),
        );
    });
    let allowed = Allowed::from_list(given.list(&REVOCATION_FETCH_ALLOWED)).map_err(|error| {
        problems.add(
            given.written(&REVOCATION_FETCH_ALLOWED),
            error.to_string(),
            given.rewritten(&REVOCATION_FETCH_ALLOWED, "crl.example.com"),
        );
    });
    let (issuers, allowed) = (issuers.ok()?, allowed.ok()?);
    let urls: Vec<String> = given
        .list(&REVOCATION_CRL_URLS)
        .map(str::to_owned)
        .collect();
    for url in urls.iter().filter(|url| !allowed.lists(url)) {
        problems.add(
            given.written(&REVOCATION_CRL_URLS),
            format!("{url} is no http or https address of a host that may be asked"),
            "name its host in revocation-fetch-allowed too",
        );
    }
    let files: Vec<PathBuf> = given
        .list(&REVOCATION_CRL_PATHS)
        .map(PathBuf::from)
        .collect();
    for path in files.iter().filter(|path| !path.exists()) {
        problems.add(
            given.written(&REVOCATION_CRL_PATHS),
            format!("{} is not there", path.display()),
            "name files and folders that are there",
        );
    }
    Some(Revocation {
        policy: RevocationPolicy {
            crl,
            ocsp,
            reach: match given.text(&REVOCATION_REACH) {
                Some("path") => Reach::Path,
                _ => Reach::Leaf,
            },
            issuers,
            ..RevocationPolicy::default()
        },
        files,
        folder: given.surroundings.below_home("conf"),
        urls,
        allowed,
        most_bytes: most_bytes(given),
        timeout: given
            .duration(&REVOCATION_FETCH_TIMEOUT)
            .max(Duration::from_secs(1)),
    })
}

/// What commands need that bring lists.
pub(crate) struct ForCommands {
    /// Who may have signed them.
    pub truststore: Arc<TrustAnchors>,
    /// Bytes of a list, at the most.
    pub most_bytes: u64,
}

/// Reads what commands need that bring lists.
pub(crate) fn for_commands(given: &Given, problems: &mut Problems) -> Option<ForCommands> {
    Some(ForCommands {
        truststore: super::tls::read_truststore(given, problems)?,
        most_bytes: most_bytes(given),
    })
}

fn most_bytes(given: &Given) -> u64 {
    u64::from(given.number(&REVOCATION_MAX_SIZE)) * 1024 * 1024
}

fn read_strictness(
    given: &Given,
    setting: &'static Setting,
    problems: &mut Problems,
) -> Option<Strictness> {
    let text = given.text(setting).unwrap_or("off");
    let read = strictness(text);
    if read.is_none() {
        problems.add(
            given.written(setting),
            format!("{text:?} is not one of {STRICTNESS}"),
            given.rewritten(setting, "hard"),
        );
    }
    read
}

fn strictness(text: &str) -> Option<Strictness> {
    Some(match text.trim().to_ascii_lowercase().as_str() {
        "off" => Strictness::Off,
        "hard" => Strictness::Hard,
        "soft" => Strictness::Soft { max_age: None },
        text => {
            let age = values::duration(text.strip_prefix("soft:")?)?;
            let seconds = i64::try_from(age.as_secs()).ok()?;
            Strictness::Soft {
                max_age: Some(seconds),
            }
        }
    })
}

/// Rules such as `crl=hard ocsp=off keyid:0A:1B`, separated by `;`.
fn read_issuers(text: &str, crl: Strictness, ocsp: Strictness) -> Result<Vec<IssuerRule>, String> {
    let rules = text.split(';').map(str::trim);
    rules
        .filter(|rule| !rule.is_empty())
        .map(|rule| read_issuer(rule, crl, ocsp))
        .collect()
}

fn read_issuer(
    rule: &str,
    mut crl: Strictness,
    mut ocsp: Strictness,
) -> Result<IssuerRule, String> {
    let mut rest = rule;
    loop {
        let (word, behind) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let (source, value) = match word.split_once('=') {
            Some(("crl", value)) => (&mut crl, value),
            Some(("ocsp", value)) => (&mut ocsp, value),
            _ => break,
        };
        *source = strictness(value)
            .ok_or_else(|| format!("{rule:?} has {value:?}, which is not one of {STRICTNESS}"))?;
        rest = behind.trim_start();
    }
    if rest == rule {
        return Err(format!("{rule:?} begins neither with crl= nor with ocsp="));
    }
    let issuer = if let Some(name) = rest.strip_prefix("name:").map(str::trim) {
        (!name.is_empty()).then(|| IssuerId::Name(name.to_owned()))
    } else {
        rest.strip_prefix("keyid:")
            .and_then(hex)
            .map(IssuerId::KeyId)
    };
    let issuer = issuer.ok_or_else(|| {
        format!("{rule:?} does not end with keyid: and hex, or name: and a subject")
    })?;
    Ok(IssuerRule { issuer, crl, ocsp })
}

/// Bytes in hex, with or without colons between them.
fn hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.trim().bytes().filter(|byte| *byte != b':').collect();
    let bytes = digits.chunks(2).map(|pair| {
        let pair = std::str::from_utf8(pair).ok()?;
        let is_pair = pair.len() == 2 && pair.bytes().all(|digit| digit.is_ascii_hexdigit());
        is_pair.then(|| u8::from_str_radix(pair, 16).ok()).flatten()
    });
    bytes
        .collect::<Option<Vec<u8>>>()
        .filter(|bytes| !bytes.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strictness_in_every_form() {
        for (text, expected) in [
            ("off", Some(Strictness::Off)),
            ("Hard", Some(Strictness::Hard)),
            ("soft", Some(Strictness::Soft { max_age: None })),
            (
                "soft:7d",
                Some(Strictness::Soft {
                    max_age: Some(604_800),
                }),
            ),
            ("soft:0", Some(Strictness::Soft { max_age: Some(0) })),
            ("soft:", None),
            ("soft:x", None),
            ("on", None),
            ("", None),
        ] {
            assert_eq!(strictness(text), expected, "{text}");
        }
    }

    #[test]
    fn issuers_by_key_and_name_each_with_what_it_says() {
        let read = |text| read_issuers(text, Strictness::Hard, Strictness::Off);
        let rules =
            read("ocsp=hard keyid:0a:1B; crl=soft:1h ocsp=soft name:CN=Old CA, O=Acme=x;").unwrap();
        assert_eq!(
            rules,
            [
                IssuerRule {
                    issuer: IssuerId::KeyId(vec![0x0a, 0x1b]),
                    crl: Strictness::Hard,
                    ocsp: Strictness::Hard,
                },
                IssuerRule {
                    issuer: IssuerId::Name("CN=Old CA, O=Acme=x".to_owned()),
                    crl: Strictness::Soft {
                        max_age: Some(3600)
                    },
                    ocsp: Strictness::Soft { max_age: None },
                },
            ]
        );
        assert_eq!(read(""), Ok(Vec::new()));
        for wrong in [
            "keyid:0a",
            "crl=hard",
            "crl=hrad keyid:0a",
            "crl=hard keyid:0",
            "crl=hard keyid:",
            "crl=hard keyid:zz",
            "crl=hard keyid:+a",
            "crl=hard name:",
            "crl=hard CN=x",
            "hard keyid:0a",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
