//! Authentication context classes: the names that applications use for levels of authentication (OpenID Connect Core §2, §5.5.1.1).
//!
//! A name stands for a level by `acr.loa.map`, of the client or else of the realm; a number stands for itself.

use crate::requested_claims::RequestedClaims;
use authn::level::{self, Demand, RequestedLevel};
use realm::{Client, Realm};

/// What a level is that no name stands for.
const NONE: i64 = 0;

/// What an application asks for, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    names: Vec<String>,
    demand: Demand,
}

/// It can't do without a level that has no such name here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unmet;

impl Wanted {
    /// What a request asks for, or else the client's default; nothing below the client's minimum.
    pub fn of(
        realm: &Realm,
        client: &Client,
        claims: &RequestedClaims,
        acr_values: Option<&str>,
    ) -> Self {
        let claim = claims.in_id_token("acr");
        let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect::<Vec<_>>();
        let essential = claim
            .filter(|claim| claim.is_essential())
            .map(|claim| owned(claim.values()))
            .filter(|names| !names.is_empty());
        if let Some(names) = essential {
            return Self {
                names,
                demand: Demand::Essential,
            };
        }
        let mut names = claim.map(|claim| owned(claim.values())).unwrap_or_default();
        let words = acr_values.unwrap_or_default().split(' ');
        names.extend(words.filter(|word| !word.is_empty()).map(str::to_owned));
        if names.is_empty() {
            let default = client.attribute("default.acr.values").unwrap_or_default();
            let default = default.split("##").filter(|name| !name.is_empty());
            names.extend(default.map(str::to_owned));
        }
        if let Some(minimum) = client.attribute("minimum.acr.value") {
            let map = map(realm, client);
            let least = level_of(&map, minimum).unwrap_or(NONE);
            names.retain(|name| level_of(&map, name).is_some_and(|level| level >= least));
            if names.is_empty() {
                names.push(minimum.to_owned());
            }
        }
        Self {
            names,
            demand: Demand::Wished,
        }
    }

    /// The level to reach: the lowest that is asked for. A name that nobody knows asks for the lowest there is.
    ///
    /// # Errors
    /// [`Unmet`] for such a name that the application can't do without.
    pub fn level(&self, realm: &Realm, client: &Client) -> Result<Option<RequestedLevel>, Unmet> {
        let map = map(realm, client);
        let mut lowest = None;
        for name in &self.names {
            let level = match (level_of(&map, name), self.demand) {
                (Some(level), _) => level,
                (None, Demand::Wished) => NONE,
                (None, Demand::Essential) => return Err(Unmet),
            };
            lowest = Some(lowest.map_or(level, |lowest: i64| lowest.min(level)));
        }
        Ok(lowest.map(|level| RequestedLevel {
            level,
            demand: self.demand,
        }))
    }

    /// The claim `acr` of somebody who reached a level: the best of the names that were asked for, else of those that there are, else the
    /// number.
    pub fn told(&self, realm: &Realm, client: &Client, level: i64) -> String {
        let map = map(realm, client);
        let asked = self.names.iter().map(String::as_str);
        let known = map.iter().map(|(name, _)| name.as_str());
        best(&map, asked, level)
            .or_else(|| best(&map, known, level))
            .map_or_else(|| level.to_string(), str::to_owned)
    }
}

/// The name of the highest level that was reached, the first of several.
fn best<'a>(
    map: &[(String, i64)],
    names: impl Iterator<Item = &'a str>,
    reached: i64,
) -> Option<&'a str> {
    if map.is_empty() {
        return None;
    }
    let mut best = None;
    let mut highest = NONE;
    for name in names {
        if let Some(level) = level_of(map, name)
            && level > highest
            && level <= reached
        {
            (best, highest) = (Some(name), level);
        }
    }
    best
}

/// Names and levels: the client's own, or the realm's.
fn map(realm: &Realm, client: &Client) -> Vec<(String, i64)> {
    let own = client.attribute("acr.loa.map").map(read);
    own.filter(|map| !map.is_empty())
        .unwrap_or_else(|| map_of(realm))
}

fn map_of(realm: &Realm) -> Vec<(String, i64)> {
    let text = realm.settings.attribute("acr.loa.map");
    text.map(read).unwrap_or_default()
}

fn read(text: &str) -> Vec<(String, i64)> {
    let members: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(text).unwrap_or_default();
    let level = |value: &serde_json::Value| {
        value
            .as_i64()
            .or_else(|| value.as_str().and_then(|text| text.trim().parse().ok()))
    };
    members
        .iter()
        .filter_map(|(name, value)| Some((name.clone(), level(value)?)))
        .collect()
}

fn level_of(map: &[(String, i64)], name: &str) -> Option<i64> {
    let known = map.iter().find(|(known, _)| known == name);
    known
        .map(|(_, level)| *level)
        .or_else(|| name.parse::<i32>().ok().map(i64::from))
}

/// What discovery names: the realm's own names, then the levels that its browser flow knows.
pub fn supported(realm: &Realm) -> Vec<String> {
    let mut names: Vec<String> = map_of(realm).into_iter().map(|(name, _)| name).collect();
    let levels = level::configured(realm, &realm.settings.browser_flow);
    if levels.is_empty() {
        names.extend(["0", "1"].map(str::to_owned));
    }
    names.extend(levels.keys().map(i64::to_string));
    names
}
