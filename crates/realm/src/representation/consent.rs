use super::ordered;
use crate::{ClientId, Consent, Realm, ScopeId, User};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The member of a person's representation.
const MEMBER: &str = "clientConsents";

/// What a person allowed a client; nothing when the client is gone. Scopes stand by their names, those that are gone don't.
pub fn consent(realm: &Realm, consent: &Consent) -> Option<Map<String, Value>> {
    let client = realm.client_by_key(&consent.client)?;
    let own = consent.scopes.contains(&client.consent_key());
    let mut scopes: Vec<&str> = realm
        .scopes()
        .filter(|scope| consent.scopes.contains(&scope.id))
        .map(|scope| scope.name.as_str())
        .chain(own.then_some(client.client_id.as_str()))
        .collect();
    scopes.sort_unstable();
    let members = json!({
        "clientId": client.client_id,
        "grantedClientScopes": scopes,
        "createdDate": consent.created_at,
        "lastUpdatedDate": consent.updated_at,
    });
    match members {
        Value::Object(members) => Some(ordered(members, &[])),
        _ => None,
    }
}

/// Puts consents into a person's representation, for a file.
pub fn put_consents(realm: &Realm, user: &mut User, consents: &[Consent]) {
    let shown: Vec<Value> = consents
        .iter()
        .filter_map(|one| consent(realm, one).map(Value::Object))
        .collect();
    if shown.is_empty() {
        return;
    }
    let all = user.other.entry(MEMBER).or_insert_with(|| json!([]));
    if let Value::Array(all) = all {
        all.extend(shown);
    }
}

/// Takes the consents out of a person's representation. What names a client or a scope that is not there stays in it.
pub fn take_consents(realm: &Realm, user: &mut User) -> Vec<Consent> {
    let Some(Value::Array(all)) = user.other.get_mut(MEMBER) else {
        return Vec::new();
    };
    let mut taken = Vec::new();
    all.retain(|value| match read(realm, value) {
        Some(consent) => {
            taken.push(consent);
            false
        }
        None => true,
    });
    if all.is_empty() {
        user.other.shift_remove(MEMBER);
    }
    taken
}

fn read(realm: &Realm, value: &Value) -> Option<Consent> {
    let client = realm.client(&ClientId::new(value.get("clientId")?.as_str()?))?;
    let scopes: &[Value] = match value.get("grantedClientScopes") {
        Some(Value::Array(names)) => names,
        None | Some(Value::Null) => &[],
        Some(_) => return None,
    };
    let key = |name: &Value| -> Option<ScopeId> {
        let name = name.as_str()?;
        match realm.scope(name) {
            Some(scope) => Some(scope.id.clone()),
            None => (name == client.client_id.as_str()).then(|| client.consent_key()),
        }
    };
    let date = |name: &str| value.get(name).and_then(Value::as_i64).unwrap_or(0);
    Some(Consent {
        client: client.id.clone(),
        created_at: date("createdDate"),
        updated_at: date("lastUpdatedDate"),
        scopes: scopes.iter().map(key).collect::<Option<BTreeSet<_>>>()?,
    })
}
