use super::{MASK, Secrets, mask, members};
use crate::Component;
use serde_json::{Map, Value};

/// A component. Masked, the key material of generating providers is left out.
pub fn component(component: &Component, secrets: Secrets) -> Map<String, Value> {
    let mut own = members(component);
    if let (Secrets::Masked, Some(Value::Object(config))) = (secrets, own.get_mut("config")) {
        if component.provider_id.ends_with("-generated") {
            config.retain(|name, _| !GENERATED.contains(&name.as_str()));
        } else {
            for (name, value) in config.iter_mut() {
                if SECRET.contains(&name.as_str()) {
                    *value = Value::Array(vec![MASK.into()]);
                }
            }
        }
    }
    own
}

/// An identity provider, as stored.
pub fn identity_provider(provider: &Value, secrets: Secrets) -> Value {
    let mut own = provider.clone();
    if let (Secrets::Masked, Some(Value::Object(config))) = (secrets, own.get_mut("config")) {
        mask(config, "clientSecret");
    }
    own
}

/// What a generating provider writes into its own settings.
const GENERATED: &[&str] = &[
    "privateKey",
    "certificate",
    "secret",
    "kid",
    "keyUse",
    "ecdsaPrivateKey",
    "ecdsaPublicKey",
    "ecdhPrivateKey",
    "ecdhPublicKey",
    "eddsaPrivateKey",
    "eddsaPublicKey",
];

/// Settings of other providers that nobody may read back.
const SECRET: &[&str] = &[
    "privateKey",
    "secret",
    "bindCredential",
    "keystorePassword",
    "keyPassword",
];
