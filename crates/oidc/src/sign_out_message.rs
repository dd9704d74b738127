//! What a client is sent when somebody is signed out: a logout token (OpenID Connect Back-Channel Logout §2.4), or, to adapters without an
//! address for that, Keycloak's own.

use crate::mappers::pairwise_subject;
use crate::tokens::{MintError, key_for};
use realm::{Client, Realm};
use serde_json::{Value, json};
use store::{Notice, Timestamp};

/// A logout token counts so long, seconds.
const LIFE: i64 = 120;
/// What is told to an adapter counts so long, seconds.
const ADAPTER_LIFE: i64 = 30;
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// A request to be sent to a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignOutMessage {
    /// Where.
    pub url: String,
    /// What the body is.
    pub content_type: &'static str,
    /// The body of the `POST`.
    pub body: String,
}

/// What a client is told by this notice, signed now; nothing when the client is gone or does not want to hear of it any more.
///
/// # Errors
/// When there is no key to sign with.
pub fn sign_out_message(
    realm: &Realm,
    notice: &Notice,
    now: Timestamp,
) -> Result<Option<SignOutMessage>, MintError> {
    let client = realm.client_by_key(&notice.client);
    let Some(client) = client.filter(|client| client.enabled) else {
        return Ok(None);
    };
    if let Some(url) = client.backchannel_logout_url() {
        let key = key_for(realm, client, "id.token.signed.response.alg")?;
        let token = key.sign("logout+jwt", &logout_token(client, notice, now))?;
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        return Ok(Some(SignOutMessage {
            url: url.to_owned(),
            content_type: "application/x-www-form-urlencoded",
            body: form.append_pair("logout_token", &token).finish(),
        }));
    }
    let (Some(address), Some(own_session)) = (client.admin_address(), &notice.own_session) else {
        return Ok(None);
    };
    let key = key_for(realm, client, "")?;
    let told = json!({
        "id": realm::random_key(),
        "expiration": now.seconds() + ADAPTER_LIFE,
        "resource": client.client_id,
        "action": "LOGOUT",
        "adapterSessionIds": [own_session],
        "notBefore": 0,
        "keycloakSessionIds": [notice.session],
    });
    Ok(Some(SignOutMessage {
        url: format!("{address}/k_logout"),
        content_type: "text/plain;charset=utf-8",
        body: key.sign("JWT", &told)?,
    }))
}

fn logout_token(client: &Client, notice: &Notice, now: Timestamp) -> Value {
    let iat = now.seconds();
    let sub = pairwise_subject(client, &notice.user);
    let mut token = json!({
        "exp": iat + LIFE,
        "iat": iat,
        "jti": realm::random_key(),
        "iss": notice.issuer,
        "aud": client.client_id,
        "sub": sub.as_deref().unwrap_or(notice.user.as_str()),
        "typ": "Logout",
    });
    if client.is_on("backchannel.logout.session.required") {
        token["sid"] = json!(notice.session);
    }
    token["events"] = json!({ EVENT: {} });
    if client.is_on("backchannel.logout.revoke.offline.tokens") {
        token["events"]["revoke_offline_access"] = json!(true);
    }
    token
}
