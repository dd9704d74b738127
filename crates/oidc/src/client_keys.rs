//! The public keys of a client: what verifies that it signed something, and what is encrypted for it.
//!
//! They stand in the client's settings (`jwks.string`) or at an address that the settings name (`jwks.url`). What is at an address is kept for
//! a while, asked for again when a key is wanted that is not there, and never more often than every ten seconds, whoever sends what.
//! Never to be called while a transaction is open: it may ask over the network.

use authn::Cx;
use authn::fetch::FetchError;
use jose::{JwksError, MAX_JWKS_BYTES, PublicJwks};
use realm::Client;
use std::collections::HashMap;
use std::sync::{Arc, Mutex as Lock, PoisonError};
use tokio::sync::Mutex;

/// Documents that are kept, at the most.
const MOST_KEPT: usize = 1000;
/// How long what came is taken as it is, unless the answer says otherwise.
const KEPT: i64 = 3_600_000;
/// How long it is at the most, whatever the answer says, and while nobody answers any more.
const KEPT_AT_MOST: i64 = 86_400_000;
/// So long nobody is asked again at the same address.
const PAUSE: i64 = 10_000;

/// Key sets that are known. Cheap to clone.
#[derive(Clone, Default)]
pub struct ClientKeys(Arc<Lock<HashMap<String, Arc<Place>>>>);

/// Where a key set is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source<'a> {
    Document(&'a str),
    Address(&'a str),
}

/// Why there are no keys.
#[derive(Clone, Debug, thiserror::Error)]
pub enum NoKeys {
    /// The client's settings name none: neither `use.jwks.string` nor `use.jwks.url` is on.
    #[error("the client has no key set: switch use.jwks.string or use.jwks.url on")]
    NotSet,
    /// The key set did not come.
    #[error("the key set at {url} did not come")]
    Fetch {
        /// Where it should be.
        url: String,
        /// Why not.
        source: FetchError,
    },
    /// What stands there is no key set.
    #[error("the key set is not readable")]
    Document(#[from] JwksError),
}

/// What is known of one address.
#[derive(Default)]
struct Place {
    /// Held while it is asked for: others wait and take what comes.
    asking: Mutex<()>,
    known: Lock<Known>,
}

#[derive(Clone, Default)]
struct Known {
    keys: Option<Arc<PublicJwks>>,
    /// When they came.
    came: i64,
    /// Until when they are taken as they are.
    fresh_until: i64,
    /// When it was asked for last, and what went wrong if something did.
    asked: Option<i64>,
    wrong: Option<NoKeys>,
}

impl ClientKeys {
    /// The client's keys. With a `kid`, keys at an address are asked for again when it is not among them: the client may have a new one.
    ///
    /// # Errors
    /// See [`NoKeys`].
    pub async fn of(
        &self,
        cx: &Cx,
        client: &Client,
        kid: Option<&str>,
    ) -> Result<Arc<PublicJwks>, NoKeys> {
        match source(client).ok_or(NoKeys::NotSet)? {
            Source::Document(text) => {
                let keys = PublicJwks::parse(text.as_bytes())?;
                Ok(Arc::new(keys))
            }
            Source::Address(url) => {
                let url = absolute(cx, client, url);
                self.at(cx, &url, kid).await
            }
        }
    }

    /// The keys at an address that somebody else wrote. The same of a `kid`.
    ///
    /// # Errors
    /// [`NoKeys::Fetch`], [`NoKeys::Document`].
    pub async fn at(
        &self,
        cx: &Cx,
        url: &str,
        kid: Option<&str>,
    ) -> Result<Arc<PublicJwks>, NoKeys> {
        let place = self.place(url);
        let now = cx.now.0;
        if let Some(answer) = place.now(now, kid) {
            return answer;
        }
        let _asking = place.asking.lock().await;
        // Somebody may have asked while we waited.
        if let Some(answer) = place.now(now, kid) {
            return answer;
        }
        match bring(cx, url).await {
            // That others are asked says nothing of this address.
            Err(
                busy @ NoKeys::Fetch {
                    source: FetchError::Busy,
                    ..
                },
            ) => place.usable(now).ok_or(busy),
            Err(wrong) => {
                place.learn(now, Err(wrong.clone()));
                place.usable(now).ok_or(wrong)
            }
            Ok((keys, kept)) => {
                let keys = Arc::new(keys);
                place.learn(now, Ok((keys.clone(), kept)));
                Ok(keys)
            }
        }
    }

    fn place(&self, url: &str) -> Arc<Place> {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = places.get(url) {
            return place.clone();
        }
        if places.len() >= MOST_KEPT {
            let oldest = places.iter().min_by_key(|(_, place)| place.known().asked);
            let oldest = oldest.map(|(url, _)| url.clone());
            oldest.and_then(|url| places.remove(&url));
        }
        let place = Arc::new(Place::default());
        places.insert(url.to_owned(), place.clone());
        place
    }
}

impl Place {
    fn known(&self) -> Known {
        self.known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The keys that came last, unless that was too long ago.
    fn usable(&self, now: i64) -> Option<Arc<PublicJwks>> {
        let known = self.known();
        known.keys.filter(|_| now < known.came + KEPT_AT_MOST)
    }

    /// What can be said without asking anybody; nothing when somebody has to be asked.
    fn now(&self, now: i64, kid: Option<&str>) -> Option<Result<Arc<PublicJwks>, NoKeys>> {
        let known = self.known();
        let pauses = known.asked.is_some_and(|asked| now < asked + PAUSE);
        match (self.usable(now), known.wrong) {
            (Some(keys), _) => {
                let is_enough = now < known.fresh_until && kid.is_none_or(|kid| keys.knows(kid));
                (is_enough || pauses).then_some(Ok(keys))
            }
            (None, Some(wrong)) if pauses => Some(Err(wrong)),
            (None, _) => None,
        }
    }

    fn learn(&self, now: i64, brought: Result<(Arc<PublicJwks>, i64), NoKeys>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.asked = Some(now);
        match brought {
            Ok((keys, kept)) => {
                known.keys = Some(keys);
                known.came = now;
                known.fresh_until = now.saturating_add(kept);
                known.wrong = None;
            }
            Err(wrong) => known.wrong = Some(wrong),
        }
    }
}

/// Asks for a key set: the keys, and for how many milliseconds they are taken as they are.
async fn bring(cx: &Cx, url: &str) -> Result<(PublicJwks, i64), NoKeys> {
    let fetched = cx.server.fetch().get(url, MAX_JWKS_BYTES as u64).await;
    let document = fetched.map_err(|source| {
        tracing::warn!(
            realm = %cx.realm.name,
            url,
            error = &source as &(dyn std::error::Error + 'static),
            "a key set did not come"
        );
        NoKeys::Fetch {
            url: url.to_owned(),
            source,
        }
    })?;
    let keys = PublicJwks::parse(&document.body)?;
    let said = document
        .max_age
        .and_then(|age| i64::try_from(age.as_millis()).ok());
    Ok((keys, said.unwrap_or(KEPT).clamp(PAUSE, KEPT_AT_MOST)))
}

/// Where the client's keys are: the address counts before the document, as for Keycloak.
fn source(client: &Client) -> Option<Source<'_>> {
    let by = |switch, setting| client.attribute(setting).filter(|_| client.is_on(switch));
    by("use.jwks.url", "jwks.url")
        .map(Source::Address)
        .or_else(|| by("use.jwks.string", "jwks.string").map(Source::Document))
}

/// A relative address starts at the client's root address, or at ours.
fn absolute(cx: &Cx, client: &Client, url: &str) -> String {
    if !url.starts_with('/') {
        return url.to_owned();
    }
    let root = client.root_url.as_deref().filter(|root| !root.is_empty());
    let root = root.unwrap_or(cx.base());
    let root = root
        .replace("${authBaseUrl}", cx.base())
        .replace("${authAdminUrl}", cx.base());
    format!("{}{url}", root.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = r#"{"kty":"OKP","crv":"Ed25519","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

    fn keys() -> Arc<PublicJwks> {
        Arc::new(PublicJwks::parse(KEY.as_bytes()).unwrap())
    }

    fn told(place: &Place, now: i64, kid: Option<&str>) -> &'static str {
        match place.now(now, kid) {
            Some(Ok(_)) => "keys",
            Some(Err(_)) => "refused",
            None => "ask",
        }
    }

    #[test]
    fn keys_are_asked_for_again_when_they_are_old_or_one_is_missing_but_not_at_once() {
        let place = Place::default();
        assert_eq!(told(&place, 0, None), "ask");
        place.learn(0, Ok((keys(), KEPT)));
        for (now, kid, expected) in [
            (1, None, "keys"),
            (1, Some("a"), "keys"),
            (PAUSE - 1, Some("b"), "keys"),
            (PAUSE, Some("b"), "ask"),
            (PAUSE, Some("a"), "keys"),
            (KEPT - 1, None, "keys"),
            (KEPT, None, "ask"),
        ] {
            assert_eq!(told(&place, now, kid), expected, "{now} {kid:?}");
        }
    }

    #[test]
    fn while_nobody_answers_old_keys_count_for_a_day() {
        let place = Place::default();
        place.learn(0, Ok((keys(), PAUSE)));
        place.learn(KEPT, Err(NoKeys::NotSet));
        assert_eq!(told(&place, KEPT + 1, None), "keys");
        assert_eq!(told(&place, KEPT + PAUSE, None), "ask");
        place.learn(KEPT_AT_MOST, Err(NoKeys::NotSet));
        assert_eq!(told(&place, KEPT_AT_MOST + 1, None), "refused");
        assert_eq!(told(&place, KEPT_AT_MOST + PAUSE, None), "ask");
    }

    #[test]
    fn no_more_places_are_kept_than_may_be() {
        let keys = ClientKeys::default();
        for number in 0..MOST_KEPT + 10 {
            let now = i64::try_from(number).unwrap();
            keys.place(&number.to_string())
                .learn(now, Err(NoKeys::NotSet));
        }
        let places = keys.0.lock().unwrap();
        assert_eq!(places.len(), MOST_KEPT);
        assert!(places.contains_key(&(MOST_KEPT + 9).to_string()));
        assert!(!places.contains_key("0"));
    }
}
