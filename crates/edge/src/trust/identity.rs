//! A proxy's own TLS certificate: pinned by its key, or issued by an authority for proxies.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use x509::{Certificate, Chain, Policy, TrustAnchors};

/// SHA-256 over the SubjectPublicKeyInfo of a certificate: its key, whatever else the certificate says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyPin([u8; 32]);

/// Text that is no [`KeyPin`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no sha-256 of a public key, which is 64 hexadecimal digits or 44 letters of base64"
)]
pub struct BadKeyPin(pub String);

impl KeyPin {
    /// The key of a certificate.
    pub fn of(certificate: &Certificate) -> Self {
        Self(certificate.public_key_sha256())
    }

    /// Reads hexadecimal digits, with colons between or not, or base64, with `sha256/` or `sha256//` before it or not.
    ///
    /// # Errors
    /// [`BadKeyPin`].
    pub fn read(text: &str) -> Result<Self, BadKeyPin> {
        let bad = || BadKeyPin(text.chars().take(100).collect());
        let plain = text.trim();
        let plain = plain.strip_prefix("sha256/").unwrap_or(plain);
        let plain = plain
            .strip_prefix('/')
            .filter(|_| plain.len() == 45)
            .unwrap_or(plain);
        let digits: String = plain.split(':').collect();
        let bytes = if digits.len() == 64 && digits.bytes().all(|it| it.is_ascii_hexdigit()) {
            let pairs = (0..32).map(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16));
            pairs.collect::<Result<Vec<u8>, _>>().map_err(|_| bad())?
        } else {
            STANDARD.decode(plain).map_err(|_| bad())?
        };
        bytes.try_into().map(Self).map_err(|_| bad())
    }
}

impl fmt::Display for KeyPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

impl fmt::Debug for KeyPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Who issues certificates to proxies of ours, and under which names.
pub struct ProxyAuthority {
    names: Vec<String>,
    now: Box<dyn Fn() -> i64 + Send + Sync>,
    state: Mutex<State>,
}

/// Who issues, and what was judged by that.
struct State {
    anchors: Arc<TrustAnchors>,
    judged: HashMap<Vec<u8>, Judged>,
}

/// What was found of a certificate, and until when that is believed.
#[derive(Clone)]
struct Judged {
    outcome: Result<(), String>,
    until: i64,
}

/// A judgement is used again for so many seconds: a proxy's connection brings many requests.
const JUDGED_FOR: i64 = 30;
/// Judgements that are kept.
const MOST_JUDGED: usize = 256;

impl ProxyAuthority {
    /// Proxies have a certificate below one of `anchors` with one of `names`: the whole subject (`CN=proxy, O=ours`) or a DNS name. `now`
    /// tells epoch seconds.
    pub fn new(
        anchors: TrustAnchors,
        names: Vec<String>,
        now: impl Fn() -> i64 + Send + Sync + 'static,
    ) -> Self {
        Self {
            names,
            now: Box::new(now),
            state: Mutex::new(State {
                anchors: Arc::new(anchors),
                judged: HashMap::new(),
            }),
        }
    }

    /// Whose certificates count.
    pub fn anchors(&self) -> Arc<TrustAnchors> {
        self.state().anchors.clone()
    }

    /// Takes others in their place: every certificate is judged anew.
    pub fn replace(&self, anchors: TrustAnchors) {
        *self.state() = State {
            anchors: Arc::new(anchors),
            judged: HashMap::new(),
        };
    }

    /// The name by which a certificate is a proxy's, or why it is none. Only one with such a name is judged at all.
    pub(super) fn name_of(&self, chain: &Arc<Chain>) -> Result<String, String> {
        let leaf = chain.leaf();
        let subject = plain_name(&leaf.subject());
        let is_its_own = |name: &&String| {
            if name.contains('=') {
                plain_name(name) == subject
            } else {
                let hosts = &leaf.names().hosts;
                hosts.iter().any(|host| host.eq_ignore_ascii_case(name))
            }
        };
        let name = self.names.iter().find(is_its_own).ok_or_else(|| {
            format!(
                "neither its subject {} nor a DNS name of it is in proxy-trusted-tls-names",
                leaf.subject()
            )
        })?;
        self.judge(chain)
            .map(|()| name.clone())
            .map_err(|why| format!("its TLS certificate is not accepted: {why}"))
    }

    fn judge(&self, chain: &Chain) -> Result<(), String> {
        let (now, key) = ((self.now)(), thumbprints(chain));
        let (anchors, known) = {
            let state = self.state();
            (state.anchors.clone(), state.judged.get(&key).cloned())
        };
        if let Some(known) =
            known.filter(|known| now < known.until && now >= known.until - JUDGED_FOR)
        {
            return known.outcome;
        }
        let outcome = x509::judge(chain, &anchors, &Policy::default(), now)
            .outcome
            .map(|_| ())
            .map_err(|rejection| format!("{} {rejection}", rejection.code()));
        let mut state = self.state();
        // They may have been replaced meanwhile.
        if !Arc::ptr_eq(&state.anchors, &anchors) {
            return outcome;
        }
        let judged = &mut state.judged;
        if judged.len() >= MOST_JUDGED {
            judged.clear();
        }
        let judgement = Judged {
            outcome: outcome.clone(),
            until: now.saturating_add(JUDGED_FOR),
        };
        judged.insert(key, judgement);
        outcome
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for ProxyAuthority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProxyAuthority")
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}

/// What a judgement was made of: another chain to the same certificate may be another judgement.
fn thumbprints(chain: &Chain) -> Vec<u8> {
    let mut key = chain.leaf().thumbprint();
    for certificate in chain.rest() {
        key.extend(certificate.thumbprint());
    }
    key
}

/// A name without the blanks behind its commas, which some write and some don't.
fn plain_name(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    for part in name.trim().split_inclusive(',') {
        let after_comma = plain.ends_with(',') && !plain.ends_with("\\,");
        plain.push_str(if after_comma { part.trim_start() } else { part });
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_in_every_spelling() {
        let bytes = [0xab_u8; 32];
        let hex = "ab".repeat(32);
        let colons = vec!["AB"; 32].join(":");
        let base64 = STANDARD.encode(bytes);
        for text in [
            hex.clone(),
            colons,
            base64.clone(),
            format!("sha256/{base64}"),
            format!("sha256//{base64}"),
            format!(" {base64} "),
        ] {
            assert_eq!(KeyPin::read(&text), Ok(KeyPin(bytes)), "{text}");
        }
        for text in [
            "",
            "ab",
            &hex[1..],
            &base64[1..],
            "sha256/",
            "ä",
            &format!("{hex}ab"),
        ] {
            assert!(KeyPin::read(text).is_err(), "{text}");
        }
        assert_eq!(KeyPin(bytes).to_string(), base64);
    }

    #[test]
    fn blanks_behind_commas_don_t_matter_and_those_of_values_do() {
        assert_eq!(plain_name("CN=a, O=b,C=c"), "CN=a,O=b,C=c");
        assert_eq!(plain_name("CN=a\\, b, O=c"), "CN=a\\, b,O=c");
        assert_ne!(plain_name("CN=a b"), plain_name("CN=ab"));
    }
}
