use crate::answer;
use crate::enter::Entered;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

/// What anybody may know of a realm.
#[derive(Serialize)]
struct RealmInfo<'a> {
    realm: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    public_key: Option<String>,
    #[serde(rename = "token-service")]
    token_service: String,
    #[serde(rename = "account-service")]
    account_service: String,
    #[serde(rename = "tokens-not-before")]
    tokens_not_before: i64,
}

/// `GET /realms/{realm}`: the key that signs by default and where things are, as old adapters ask for them.
pub async fn realm_info(Entered(cx): Entered) -> Response {
    let key = cx.realm.keys.active(jose::Algorithm::RS256);
    let info = RealmInfo {
        realm: &cx.realm.settings.realm,
        public_key: key
            .and_then(|key| key.public_der())
            .map(|der| STANDARD.encode(der)),
        token_service: format!("{}/protocol/openid-connect", cx.issuer()),
        account_service: format!("{}/account", cx.issuer()),
        tokens_not_before: cx.realm.settings.not_before,
    };
    let mut response = answer::json(StatusCode::OK, &info);
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json;charset=UTF-8"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}
