use crate::acr;
use crate::client_auth::METHODS;
use crate::endpoints::Oidc;
use crate::enter::Entered;
use crate::response_modes::ResponseMode;
use crate::response_type::ResponseType;
use crate::{answer, cors, grants};
use authn::Cx;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use jose::{Algorithm, ContentEncryption, KeyManagement};
use realm::Realm;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// OpenID Connect Discovery §3 and RFC 8414 §2, in Keycloak's order. It names what is served, and nothing else.
#[derive(Serialize)]
struct Discovery<'a> {
    issuer: &'a str,
    authorization_endpoint: String,
    token_endpoint: String,
    introspection_endpoint: String,
    userinfo_endpoint: String,
    end_session_endpoint: String,
    frontchannel_logout_session_supported: bool,
    frontchannel_logout_supported: bool,
    jwks_uri: String,
    check_session_iframe: String,
    grant_types_supported: Vec<&'static str>,
    acr_values_supported: Vec<String>,
    response_types_supported: [&'static str; 8],
    subject_types_supported: [&'static str; 2],
    prompt_values_supported: Vec<&'static str>,
    id_token_signing_alg_values_supported: Vec<&'static str>,
    id_token_encryption_alg_values_supported: [&'static str; 7],
    id_token_encryption_enc_values_supported: [&'static str; 6],
    userinfo_signing_alg_values_supported: Vec<&'static str>,
    userinfo_encryption_alg_values_supported: [&'static str; 7],
    userinfo_encryption_enc_values_supported: [&'static str; 6],
    request_object_signing_alg_values_supported: Vec<&'static str>,
    request_object_encryption_alg_values_supported: [&'static str; 7],
    request_object_encryption_enc_values_supported: [&'static str; 6],
    response_modes_supported: [&'static str; 7],
    token_endpoint_auth_methods_supported: [&'static str; 5],
    token_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    introspection_endpoint_auth_methods_supported: [&'static str; 5],
    introspection_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    authorization_signing_alg_values_supported: Vec<&'static str>,
    authorization_encryption_alg_values_supported: [&'static str; 7],
    authorization_encryption_enc_values_supported: [&'static str; 6],
    claims_supported: [&'static str; 14],
    claim_types_supported: [&'static str; 1],
    claims_parameter_supported: bool,
    scopes_supported: Vec<&'a str>,
    request_parameter_supported: bool,
    request_uri_parameter_supported: bool,
    require_request_uri_registration: bool,
    code_challenge_methods_supported: [&'static str; 2],
    tls_client_certificate_bound_access_tokens: bool,
    dpop_signing_alg_values_supported: Vec<&'static str>,
    revocation_endpoint: String,
    revocation_endpoint_auth_methods_supported: [&'static str; 5],
    revocation_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    backchannel_logout_supported: bool,
    backchannel_logout_session_supported: bool,
    device_authorization_endpoint: String,
    require_pushed_authorization_requests: bool,
    pushed_authorization_request_endpoint: String,
    mtls_endpoint_aliases: MtlsEndpoints,
    authorization_response_iss_parameter_supported: bool,
}

/// Where clients that show certificates find the endpoints (RFC 8705 §5): at the usual addresses, or at the one where certificates are asked for.
#[derive(Serialize)]
struct MtlsEndpoints {
    token_endpoint: String,
    revocation_endpoint: String,
    introspection_endpoint: String,
    device_authorization_endpoint: String,
    userinfo_endpoint: String,
    pushed_authorization_request_endpoint: String,
}

/// So many documents are remembered: they are few, but whoever may choose our name chooses how many.
const REMEMBERED: usize = 1024;

/// Documents as they were written before, by the addresses in them; each of one snapshot of its realm. Cheap to clone.
#[derive(Clone, Default)]
pub struct Documents(Arc<Mutex<HashMap<String, Written>>>);

/// The snapshot that it is of, and its bytes.
type Written = (Weak<Realm>, Bytes);

impl Documents {
    /// The document, written anew when anything is not as it was.
    fn get(&self, cx: &Cx) -> Result<Bytes, serde_json::Error> {
        let certificates = cx.certificate_base().unwrap_or_default();
        let key = [cx.issuer(), cx.backend(), &certificates].join("\n");
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((realm, written)) = known.get(&key)
            && realm.as_ptr() == Arc::as_ptr(&cx.realm)
        {
            return Ok(written.clone());
        }
        let written = Bytes::from(serde_json::to_vec(&document(cx))?);
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(key, (Arc::downgrade(&cx.realm), written.clone()));
        Ok(written)
    }
}

/// `GET /realms/{realm}/.well-known/openid-configuration`: where everything is and what it can do.
pub async fn discovery(
    State(oidc): State<Oidc>,
    Entered(cx): Entered,
    headers: HeaderMap,
) -> Response {
    let document = match oidc.documents.get(&cx) {
        Ok(document) => document,
        Err(error) => return crate::error::faulty(&error),
    };
    let mut response = answer::bytes_of(StatusCode::OK, "application/json", document);
    let cache = HeaderValue::from_static("no-cache, must-revalidate, no-transform, no-store");
    response.headers_mut().insert(header::CACHE_CONTROL, cache);
    cors::allow(&mut response, cors::origin(&headers), cors::Expose::Nothing);
    response
}

/// Of the realm's snapshot and of the addresses that it is remembered by, and of nothing else.
fn document(cx: &Cx) -> Discovery<'_> {
    let at = |path: &str| format!("{}/protocol/openid-connect/{path}", cx.issuer());
    // What a browser never sees may be called from inside.
    let inside = |path: &str| format!("{}/protocol/openid-connect/{path}", cx.backend());
    // A key that the realm lacks is made when a client wants it.
    let signing = || {
        Algorithm::ALL
            .iter()
            .map(|algorithm| algorithm.name())
            .collect::<Vec<_>>()
    };
    let keys = KeyManagement::PUBLIC.map(KeyManagement::name);
    let contents = ContentEncryption::ALL.map(ContentEncryption::name);
    let mtls = cx.certificate_base();
    let mtls = |path: &str| match &mtls {
        Some(base) => format!(
            "{base}/realms/{}/protocol/openid-connect/{path}",
            cx.realm.name.as_str()
        ),
        None => at(path),
    };
    Discovery {
        issuer: cx.issuer(),
        authorization_endpoint: at("auth"),
        token_endpoint: inside("token"),
        introspection_endpoint: inside("token/introspect"),
        userinfo_endpoint: inside("userinfo"),
        end_session_endpoint: at("logout"),
        frontchannel_logout_session_supported: true,
        frontchannel_logout_supported: true,
        jwks_uri: inside("certs"),
        check_session_iframe: at("login-status-iframe.html"),
        grant_types_supported: grant_types(),
        acr_values_supported: acr::supported(&cx.realm),
        response_types_supported: ResponseType::NAMES,
        subject_types_supported: ["public", "pairwise"],
        prompt_values_supported: vec!["none", "login", "consent"],
        id_token_signing_alg_values_supported: signing(),
        id_token_encryption_alg_values_supported: keys,
        id_token_encryption_enc_values_supported: contents,
        userinfo_signing_alg_values_supported: or_none(signing()),
        userinfo_encryption_alg_values_supported: keys,
        userinfo_encryption_enc_values_supported: contents,
        request_object_signing_alg_values_supported: or_none(signing()),
        request_object_encryption_alg_values_supported: keys,
        request_object_encryption_enc_values_supported: contents,
        response_modes_supported: ResponseMode::NAMES,
        token_endpoint_auth_methods_supported: METHODS,
        token_endpoint_auth_signing_alg_values_supported: signing(),
        introspection_endpoint_auth_methods_supported: METHODS,
        introspection_endpoint_auth_signing_alg_values_supported: signing(),
        authorization_signing_alg_values_supported: signing(),
        authorization_encryption_alg_values_supported: keys,
        authorization_encryption_enc_values_supported: contents,
        claims_supported: [
            "iss",
            "sub",
            "aud",
            "exp",
            "iat",
            "auth_time",
            "name",
            "given_name",
            "family_name",
            "preferred_username",
            "email",
            "acr",
            "azp",
            "nonce",
        ],
        claim_types_supported: ["normal"],
        claims_parameter_supported: true,
        scopes_supported: scopes(cx),
        request_parameter_supported: true,
        request_uri_parameter_supported: true,
        require_request_uri_registration: true,
        code_challenge_methods_supported: ["plain", "S256"],
        tls_client_certificate_bound_access_tokens: true,
        dpop_signing_alg_values_supported: authn::proof::algorithms()
            .map(|algorithm| algorithm.name())
            .collect(),
        revocation_endpoint: at("revoke"),
        revocation_endpoint_auth_methods_supported: METHODS,
        revocation_endpoint_auth_signing_alg_values_supported: signing(),
        backchannel_logout_supported: true,
        backchannel_logout_session_supported: true,
        device_authorization_endpoint: at("auth/device"),
        require_pushed_authorization_requests: false,
        pushed_authorization_request_endpoint: inside("ext/par/request"),
        mtls_endpoint_aliases: MtlsEndpoints {
            token_endpoint: mtls("token"),
            revocation_endpoint: mtls("revoke"),
            introspection_endpoint: mtls("token/introspect"),
            device_authorization_endpoint: mtls("auth/device"),
            userinfo_endpoint: mtls("userinfo"),
            pushed_authorization_request_endpoint: mtls("ext/par/request"),
        },
        authorization_response_iss_parameter_supported: true,
    }
}

/// What the token endpoint takes, and the flow that needs no token endpoint.
fn grant_types() -> Vec<&'static str> {
    let mut names = grants::names();
    names.push("implicit");
    names.sort_unstable();
    names
}

/// The same, and that nothing may be signed.
fn or_none(mut algorithms: Vec<&'static str>) -> Vec<&'static str> {
    algorithms.push("none");
    algorithms
}

/// `openid`, then the realm's client scopes that may be told.
fn scopes(cx: &Cx) -> Vec<&str> {
    let told = |scope: &realm::ClientScope| {
        let attribute = scope.attributes.get("include.in.openid.provider.metadata");
        scope.protocol.as_deref() != Some("saml") && attribute.is_none_or(|told| told != "false")
    };
    let mut names: Vec<&str> = cx
        .realm
        .scopes()
        .filter(|scope| told(scope))
        .map(|scope| scope.name.as_str())
        .collect();
    names.sort_unstable();
    names.insert(0, "openid");
    names
}
