//! The documents that are made for somebody.

use crate::world::{Asked, World};
use oidc::tokens;
use serde_json::{Value, json};

pub fn access(world: &World, asked: &Asked) -> Value {
    Value::Object(tokens::access_claims(&world.subject(asked)))
}

pub fn id(world: &World, asked: &Asked) -> Value {
    Value::Object(tokens::id_claims(&world.subject(asked)))
}

pub fn userinfo(world: &World, asked: &Asked) -> Value {
    Value::Object(tokens::userinfo_claims(&world.subject(asked)))
}

pub fn introspection(world: &World, asked: &Asked) -> Value {
    let token = serde_json::from_value(access(world, asked)).unwrap();
    Value::Object(tokens::introspection_claims(&world.subject(asked), &token))
}

pub fn alice(world: &World) -> Asked {
    world.password("web", "alice", Some("openid"))
}

/// A mapper with a fixed claim, written into those documents that the flags name.
pub fn flagged(claim: &str, flags: &Value) -> Value {
    let mut config = json!({"claim.name": claim, "claim.value": "v"});
    for (name, value) in flags.as_object().unwrap() {
        config[name] = value.clone();
    }
    json!({"name": claim, "protocol": "openid-connect", "protocolMapper": "oidc-hardcoded-claim-mapper", "config": config})
}
