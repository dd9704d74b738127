//! Components of a realm file: those inside others come out, and the keys that a realm needs are made.

use super::FileError;
use super::import::{Reading, array, ensure_id};
use crate::representation::MASK;
use crate::{Component, KeyMaterialError, Kind, RealmName, fresh, keys};
use jose::{Algorithm, Family};
use serde_json::{Map, Value, json};

const USER_STORAGE: &str = "org.keycloak.storage.UserStorageProvider";
const USER_PROFILE: &str = "org.keycloak.userprofile.UserProfileProvider";

/// Reads `components` and puts their documents.
pub(super) fn read(
    reading: &mut Reading<'_>,
    realm: &RealmName,
    given: Option<Value>,
    model: &mut Map<String, Value>,
    default_algorithm: &str,
) -> Result<(), FileError> {
    let needed = fresh::key_components(model);
    let profile = model
        .get("components")
        .and_then(|types| types.get(USER_PROFILE)?.get(0)?.get("config"))
        .cloned();
    let given = given
        .filter(|given| !given.is_null())
        .or_else(|| model.remove("components"))
        .unwrap_or_default();
    let mut components = Vec::new();
    let parent = reading.realm_id.clone();
    flatten(reading, "$.components", given, &parent, &mut components)?;
    for (path, component) in &mut components {
        let look = look_at(reading, path, component, profile.as_ref());
        reading.go_on(look)?;
    }
    let mut missing: Vec<Component> = needed
        .into_iter()
        .filter(|needed| !components.iter().any(|(_, known)| covers(known, needed)))
        .collect();
    missing.extend(fallback(default_algorithm, &components));
    components.extend(missing.into_iter().map(|mut component| {
        keys::KEY_PROVIDER.clone_into(&mut component.provider_type);
        component.parent_id = Some(parent.clone());
        ("$.components".to_owned(), component)
    }));
    for (path, mut component) in components {
        if component.provider_type == keys::KEY_PROVIDER {
            if let Err(source) = keys::generate_missing(&mut component, realm.as_str()) {
                let is_ours = component.provider_id.ends_with("-generated")
                    && matches!(source, KeyMaterialError::Key(_));
                if is_ours {
                    return Err(FileError::Keys {
                        file: reading.file.to_owned(),
                        source,
                    });
                }
                // What is wrong with it, reading it says best.
                let error = match keys::is_idle(&component) {
                    Err(error) => reading.wrong(path, error),
                    Ok(_) => reading.wrong(path, source),
                };
                reading.go_on(Err(error))?;
                continue;
            }
            match keys::is_idle(&component) {
                Ok(None) => {}
                Ok(Some(what)) => reading.note(path, what),
                Err(error) => {
                    let error = reading.wrong(path, error);
                    reading.go_on(Err(error))?;
                }
            }
        }
        reading.put(Kind::Component, &component.id.clone(), &component)?;
    }
    Ok(())
}

/// Components by type, with those below them inside `subComponents`.
fn flatten(
    reading: &Reading<'_>,
    path: &str,
    types: Value,
    parent: &str,
    into: &mut Vec<(String, Component)>,
) -> Result<(), FileError> {
    let types = match types {
        Value::Null => return Ok(()),
        Value::Object(types) => types,
        _ => return Err(reading.wrong(path, "an object is needed here")),
    };
    for (kind, list) in types {
        let member = format!("components[{kind:?}]");
        for (at, mut value) in array(reading, &member, Some(list))?.into_iter().enumerate() {
            let path = format!("{path}[{kind:?}][{at}]");
            let id = ensure_id(&mut value);
            let below = value
                .as_object_mut()
                .and_then(|members| members.shift_remove("subComponents"));
            let mut component: Component = reading.parse(&path, value)?;
            component.provider_type.clone_from(&kind);
            component.parent_id = Some(parent.to_owned());
            into.push((path.clone(), component));
            let path = format!("{path}.subComponents");
            flatten(reading, &path, below.unwrap_or_default(), &id, into)?;
        }
    }
    Ok(())
}

/// Takes masks out of keys, so that they are made anew, and tells what has no effect.
fn look_at(
    reading: &mut Reading<'_>,
    path: &str,
    component: &mut Component,
    profile: Option<&Value>,
) -> Result<(), FileError> {
    match component.provider_type.as_str() {
        keys::KEY_PROVIDER => {
            let all = component.config.len();
            let masked = |values: &Vec<String>| values.iter().any(|value| value == MASK);
            component.config.retain(|_, values| !masked(values));
            if component.config.len() < all {
                if !component.provider_id.ends_with("-generated") {
                    return Err(reading.wrong(path, "the file masks the key"));
                }
                reading.note(path, "the file masks the key: a new one was made");
            }
        }
        USER_STORAGE => reading.note(path, "people are looked for in the database alone"),
        USER_PROFILE if profile != Some(&json!(component.config)) => {
            reading.note(path, "attributes of people are not checked by a profile");
        }
        _ => {}
    }
    Ok(())
}

/// Whether a component serves for what a new realm has this one for.
fn covers(known: &Component, needed: &Component) -> bool {
    let provider = |component: &Component| component.provider_id.replace("-generated", "");
    let algorithm = |component: &Component| match component.setting("algorithm") {
        Some(name) => name.to_owned(),
        None => match provider(component).as_str() {
            "rsa" => "RS256".to_owned(),
            "rsa-enc" => "RSA-OAEP".to_owned(),
            "hmac" => "HS256".to_owned(),
            other => other.to_owned(),
        },
    };
    is_active_key(known)
        && provider(known) == provider(needed)
        && algorithm(known) == algorithm(needed)
}

fn is_active_key(component: &Component) -> bool {
    component.provider_type == keys::KEY_PROVIDER
        && component.setting("enabled") != Some("false")
        && component.setting("active") != Some("false")
}

/// What signs by the realm's default algorithm when no component of the file does.
fn fallback(algorithm: &str, components: &[(String, Component)]) -> Option<Component> {
    let algorithm = Algorithm::from_name(algorithm)?;
    if algorithm == Algorithm::RS256 || algorithm.family() == Family::Oct {
        return None; // every realm has RS256 and HS512
    }
    let fallback = keys::fallback_component(algorithm);
    let same = |name: &str, known: &Component| known.setting(name) == fallback.setting(name);
    let known = components.iter().map(|(_, known)| known).any(|known| {
        is_active_key(known)
            && match algorithm.family() {
                Family::Rsa => known.provider_id.starts_with("rsa") && same("algorithm", known),
                _ => {
                    let curve = known.setting("ecdsaEllipticCurveKey").unwrap_or("P-256");
                    known.provider_id == fallback.provider_id
                        && fallback
                            .setting("ecdsaEllipticCurveKey")
                            .is_none_or(|wanted| wanted == curve)
                }
            }
    });
    (!known).then_some(fallback)
}
