use crate::Cx;
use crate::cookies::Cookies;
use realm::User;
use serde_json::Value;

/// The language of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locale {
    /// Its tag, such as `de`.
    pub tag: String,
    /// Whether the person chose it just now (`kc_locale`), so that a cookie keeps it.
    pub chosen: bool,
}

impl Default for Locale {
    fn default() -> Self {
        Self {
            tag: "en".to_owned(),
            chosen: false,
        }
    }
}

/// Who wants which language, the strongest first. The cookie `KEYCLOAK_LOCALE` comes between the first two.
#[derive(Clone, Copy, Debug, Default)]
pub struct LocaleWish<'a> {
    /// The query's `kc_locale`.
    pub chosen: Option<&'a str>,
    /// The request's `ui_locales` (OpenID Connect Core §3.1.2.1): tags with blanks between.
    pub asked: Option<&'a str>,
    /// The header `Accept-Language`.
    pub accepted: Option<&'a str>,
}

impl Cx {
    /// The language of pages for this request: of those that the realm supports, the most wanted one; English when the realm speaks one
    /// language only.
    pub fn locale(&self, cookies: &Cookies, wish: LocaleWish<'_>) -> Locale {
        let supported = self.languages();
        let find = |tag: &str| best(&supported, tag);
        if let Some(tag) = wish.chosen.and_then(find) {
            return Locale { tag, chosen: true };
        }
        let default = self
            .realm
            .settings
            .other
            .get("defaultLocale")
            .and_then(Value::as_str);
        let tag = cookies
            .get("KEYCLOAK_LOCALE")
            .and_then(find)
            .or_else(|| wish.asked?.split_whitespace().find_map(find))
            .or_else(|| by_weight(wish.accepted?).into_iter().find_map(find))
            .or_else(|| default.and_then(find));
        tag.map_or_else(Locale::default, |tag| Locale { tag, chosen: false })
    }

    /// The language of pages for somebody known who chose none in this browser: that of their attribute `locale` when the realm offers it, or
    /// the one that was found out before.
    pub(crate) fn locale_of(&self, user: &User, before: &str) -> String {
        let attribute = user.attributes.get("locale");
        let wanted = attribute.and_then(|values| values.first());
        wanted
            .and_then(|tag| best(&self.languages(), tag))
            .unwrap_or_else(|| before.to_owned())
    }

    /// The languages that the realm offers and pages have; none when the realm speaks one language only.
    pub(crate) fn languages(&self) -> Vec<String> {
        let other = &self.realm.settings.other;
        if other.get("internationalizationEnabled") != Some(&Value::Bool(true)) {
            return Vec::new();
        }
        let known = self.server.pages.languages(self.theme());
        let supported = other.get("supportedLocales").and_then(Value::as_array);
        let supported = supported.into_iter().flatten().filter_map(Value::as_str);
        let mut tags: Vec<String> = supported
            .map(|tag| tag.replace('_', "-"))
            .filter(|tag| known.contains(tag) || self.texts().has(tag))
            .collect();
        tags.sort();
        tags.dedup();
        tags
    }
}

/// The supported tag for a wanted one: the same, or its primary language.
fn best(supported: &[String], wanted: &str) -> Option<String> {
    let primary = wanted.split(['-', '_']).next().unwrap_or_default();
    [wanted, primary]
        .iter()
        .find_map(|tag| {
            supported
                .iter()
                .find(|known| known.eq_ignore_ascii_case(tag))
        })
        .cloned()
}

/// The tags of an `Accept-Language` header (RFC 9110 §12.5.4), the most wanted first; those of weight 0 are left out.
fn by_weight(header: &str) -> Vec<&str> {
    let mut tags: Vec<(f32, &str)> = header
        .split(',')
        .map(|entry| {
            let (tag, parameters) = entry.split_once(';').unwrap_or((entry, ""));
            let weight = parameters
                .trim()
                .strip_prefix("q=")
                .map_or(1.0, |weight| weight.trim().parse().unwrap_or(0.0));
            (weight, tag.trim())
        })
        .filter(|(weight, tag)| *weight > 0.0 && !tag.is_empty())
        .take(20)
        .collect();
    tags.sort_by(|a, b| b.0.total_cmp(&a.0));
    tags.into_iter().map(|(_, tag)| tag).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_wanted_supported_language_wins() {
        let supported = ["de".to_owned(), "en".to_owned()];
        let choose = |header: &str| {
            by_weight(header)
                .into_iter()
                .find_map(|tag| best(&supported, tag))
        };
        for (header, tag) in [
            ("de-AT,de;q=0.9,en;q=0.8", Some("de")),
            ("fr, en;q=0.5, de;q=0.6", Some("de")),
            ("EN_us", Some("en")),
            ("de;q=0", None),
            ("fr;q=x,", None),
            ("", None),
        ] {
            assert_eq!(choose(header).as_deref(), tag, "{header}");
        }
    }
}
