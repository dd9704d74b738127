//! `VERIFY_PROFILE`: whether the profile has everything that the realm's user profile requires of the person.

use realm::{Realm, User};
use serde::Deserialize;

/// Required when a realm says nothing of its own.
const USUAL: [&str; 3] = ["email", "firstName", "lastName"];

#[derive(Deserialize)]
struct Profile {
    #[serde(default)]
    attributes: Vec<Attribute>,
}

#[derive(Deserialize)]
struct Attribute {
    name: String,
    #[serde(default)]
    required: Option<Required>,
}

#[derive(Deserialize)]
struct Required {
    #[serde(default)]
    roles: Vec<String>,
    /// Required only when one of these scopes is asked for; that is not looked at.
    #[serde(default)]
    scopes: Vec<String>,
}

impl Required {
    fn of_the_person(&self) -> bool {
        self.scopes.is_empty()
            && (self.roles.is_empty() || self.roles.iter().any(|role| role == "user"))
    }
}

/// The first attribute that is required and missing.
pub(super) fn missing(realm: &Realm, user: &User) -> Option<String> {
    let components = realm.components().iter();
    let config = components
        .filter(|component| component.provider_id == "declarative-user-profile")
        .find_map(|component| component.setting("kc.user.profile.config"));
    let Some(config) = config else {
        let mut usual = USUAL.into_iter();
        return usual.find(|name| !has(user, name)).map(str::to_owned);
    };
    // One that can't be read requires nothing: nobody could mend it by filling in anything.
    let profile: Profile = serde_json::from_str(config).ok()?;
    let mut attributes = profile.attributes.into_iter();
    let missing = attributes.find(|attribute| {
        let required = attribute.required.as_ref();
        required.is_some_and(Required::of_the_person) && !has(user, &attribute.name)
    });
    missing.map(|attribute| attribute.name)
}

fn has(user: &User, name: &str) -> bool {
    let value = match name {
        "username" => Some(&user.username),
        "email" => user.email.as_ref(),
        "firstName" => user.first_name.as_ref(),
        "lastName" => user.last_name.as_ref(),
        _ => user.attributes.get(name).and_then(|values| values.first()),
    };
    value.is_some_and(|value| !value.trim().is_empty())
}
