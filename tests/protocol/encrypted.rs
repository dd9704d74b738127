//! Answers that only the client can read, and algorithms that the client chose.

use authn::fetch::{Document, Fetch, FetchError, Fetching};
use axum::body::Body;
use jose::{DecryptionKey, KeyManagement, Opened, PublicJwks};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;
use support::idp::app::claims;
use support::idp::{Idp, REALM, request, usual_realm};

static KEY: LazyLock<DecryptionKey> = LazyLock::new(|| made("mine"));

fn made(kid: &str) -> DecryptionKey {
    let der = jose::generate_rsa(2048).unwrap();
    DecryptionKey::from_der(kid, KeyManagement::RsaOaep, None, der.expose()).unwrap()
}

fn set(key: &DecryptionKey) -> String {
    json!({"keys": [key.jwk().unwrap()]}).to_string()
}

/// The usual realm where `web` has these attributes.
async fn with(attributes: &[(&str, &str)]) -> Idp {
    let mut realm = usual_realm();
    for (name, value) in attributes {
        realm["clients"][0]["attributes"][*name] = json!(value);
    }
    Idp::launch(realm).start().await
}

fn by_value<'a>(keys: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let own = [("use.jwks.string", "true"), ("jwks.string", keys)];
    own.into_iter().chain(more.iter().copied()).collect()
}

fn header(token: &str) -> Value {
    use base64::Engine as _;
    let part = token.split('.').next().unwrap();
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part);
    serde_json::from_slice(&bytes.unwrap()).unwrap()
}

/// What stands at addresses of clients, and how often somebody asked.
#[derive(Default)]
struct Web {
    pages: Mutex<HashMap<String, String>>,
    asked: Mutex<usize>,
}

impl Fetch for Web {
    fn get<'a>(&'a self, url: &'a str, _: u64) -> Fetching<'a> {
        *self.asked.lock().unwrap() += 1;
        let page = self.pages.lock().unwrap().get(url).cloned();
        Box::pin(async move {
            let body = page.ok_or_else(|| {
                FetchError::Failed(Arc::new(std::io::Error::other("nobody is there")))
            })?;
            Ok(Document {
                body: body.into_bytes(),
                max_age: Some(Duration::from_secs(60)),
            })
        })
    }
}

impl Web {
    fn put(&self, url: &str, page: String) {
        self.pages.lock().unwrap().insert(url.to_owned(), page);
    }
}

#[tokio::test]
async fn an_id_token_is_encrypted_for_the_client_and_signed_inside() {
    let keys = set(&KEY);
    let wanted = [
        ("id.token.encrypted.response.alg", "RSA-OAEP"),
        ("id.token.encrypted.response.enc", "A256GCM"),
    ];
    let idp = with(&by_value(&keys, &wanted)).await;
    let web = idp.app("web");
    let tokens = web.password("alice", "wonderland").await.granted();
    let id_token = tokens.json["id_token"].as_str().unwrap();
    assert_eq!(
        header(id_token),
        json!({"alg": "RSA-OAEP", "enc": "A256GCM", "cty": "JWT", "kid": "mine"})
    );
    let Opened { plain, .. } = KEY.decrypt(id_token).unwrap();
    let inside = String::from_utf8(plain).unwrap();
    let published = idp.get("/protocol/openid-connect/certs").await.ok();
    let verified = PublicJwks::parse(published.text.as_bytes())
        .unwrap()
        .verify::<Value>(&inside, &[jose::Algorithm::RS256])
        .unwrap();
    assert_eq!(verified.claims["aud"], "web");
    assert_eq!(
        verified.claims["at_hash"],
        jose::token_hash(jose::Algorithm::RS256, &tokens.access)
    );
    // A refresh brings one, too.
    let renewed = web.refresh(&tokens.refresh).await.granted();
    assert!(
        KEY.decrypt(renewed.json["id_token"].as_str().unwrap())
            .is_ok()
    );
}

#[tokio::test]
async fn without_an_algorithm_for_the_content_it_is_the_usual_one_and_without_one_for_the_key_nothing_is_encrypted()
 {
    let keys = set(&KEY);
    let idp = with(&by_value(
        &keys,
        &[("id.token.encrypted.response.alg", "RSA-OAEP")],
    ))
    .await;
    let tokens = idp
        .app("web")
        .password("alice", "wonderland")
        .await
        .granted();
    let id_token = tokens.json["id_token"].as_str().unwrap();
    assert_eq!(header(id_token)["enc"], "A128CBC-HS256");

    let idp = with(&by_value(
        &keys,
        &[("id.token.encrypted.response.enc", "A256GCM")],
    ))
    .await;
    let tokens = idp
        .app("web")
        .password("alice", "wonderland")
        .await
        .granted();
    assert_eq!(tokens.claims()["azp"], "web");
    assert_eq!(
        header(tokens.json["id_token"].as_str().unwrap())["alg"],
        "RS256"
    );
}

#[tokio::test]
async fn a_client_whose_keys_are_not_there_keeps_its_code() {
    let idp = with(&[
        ("use.jwks.url", "true"),
        ("jwks.url", "https://app.example/keys"),
        ("id.token.encrypted.response.alg", "RSA-OAEP"),
    ])
    .await;
    let site = Arc::new(Web::default());
    idp.server.set_fetch(site.clone());
    let web = idp.app("web");
    let mut browser = idp.browser();
    let code = browser
        .sign_in(&web.authorize(), "alice", "wonderland")
        .await
        .code();
    assert_eq!(web.redeem(&code).await.status, 500);
    // Nobody is asked again at once.
    assert_eq!(web.redeem(&code).await.status, 500);
    assert_eq!(*site.asked.lock().unwrap(), 1);

    site.put("https://app.example/keys", set(&KEY));
    idp.clock.advance(11);
    let tokens = web.redeem(&code).await.granted();
    let id_token = tokens.json["id_token"].as_str().unwrap();
    assert!(KEY.decrypt(id_token).is_ok());
    assert_eq!(*site.asked.lock().unwrap(), 2);

    // Kept as long as the answer said, then asked for again.
    let other = made("other");
    site.put("https://app.example/keys", set(&other));
    web.password("alice", "wonderland").await.granted();
    assert_eq!(*site.asked.lock().unwrap(), 2);
    idp.clock.advance(61);
    let tokens = web.password("alice", "wonderland").await.granted();
    let id_token = tokens.json["id_token"].as_str().unwrap();
    assert!(other.decrypt(id_token).is_ok());
}

#[tokio::test]
async fn a_relative_address_of_keys_begins_at_the_client() {
    let mut realm = usual_realm();
    realm["clients"][0]["rootUrl"] = json!("https://root.example/");
    realm["clients"][0]["attributes"] = json!({
        "use.jwks.url": "true", "jwks.url": "/keys", "id.token.encrypted.response.alg": "RSA-OAEP"
    });
    let idp = Idp::launch(realm).start().await;
    let site = Arc::new(Web::default());
    site.put("https://root.example/keys", set(&KEY));
    idp.server.set_fetch(site);
    idp.app("web")
        .password("alice", "wonderland")
        .await
        .granted();
}

#[tokio::test]
async fn what_cannot_be_encrypted_is_not_sent_plain() {
    let keys = set(&KEY);
    let signing = json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}).to_string();
    for attributes in [
        by_value(&keys, &[("id.token.encrypted.response.alg", "ECDH-ES")]),
        by_value(&keys, &[("id.token.encrypted.response.alg", "dir")]),
        by_value(&keys, &[("id.token.encrypted.response.alg", "none")]),
        by_value(
            &keys,
            &[
                ("id.token.encrypted.response.alg", "RSA-OAEP"),
                ("id.token.encrypted.response.enc", "none"),
            ],
        ),
        by_value(&signing, &[("id.token.encrypted.response.alg", "RSA-OAEP")]),
        by_value(
            "nonsense",
            &[("id.token.encrypted.response.alg", "RSA-OAEP")],
        ),
        vec![("id.token.encrypted.response.alg", "RSA-OAEP")],
        vec![
            ("jwks.string", keys.as_str()),
            ("id.token.encrypted.response.alg", "RSA-OAEP"),
        ],
    ] {
        let idp = with(&attributes).await;
        let answer = idp.app("web").password("alice", "wonderland").await;
        assert_eq!(answer.status, 500, "{attributes:?}");
        assert_eq!(answer.json()["error"], "server_error");
    }
}

#[tokio::test]
async fn userinfo_is_signed_or_encrypted_or_both() {
    let keys = set(&KEY);
    let signed = ("user.info.response.signature.alg", "ES256");
    let encrypted = ("user.info.encrypted.response.alg", "RSA-OAEP");
    for (attributes, is_signed, is_encrypted) in [
        (vec![], false, false),
        (vec![signed], true, false),
        (vec![encrypted], false, true),
        (vec![signed, encrypted], true, true),
        (
            vec![("user.info.response.signature.alg", "none"), encrypted],
            false,
            true,
        ),
    ] {
        let idp = with(&by_value(&keys, &attributes)).await;
        let web = idp.app("web");
        let tokens = web.password("alice", "wonderland").await.granted();
        let answer = web.userinfo(&tokens.access).await.ok();
        assert_eq!(answer.header("cache-control"), "no-store, no-cache");
        let kind = match is_signed || is_encrypted {
            true => "application/jwt",
            false => "application/json",
        };
        assert_eq!(answer.header("content-type"), kind);
        let mut body = answer.text.clone().into_bytes();
        if is_encrypted {
            let opened = KEY.decrypt(std::str::from_utf8(&body).unwrap()).unwrap();
            assert_eq!(
                opened.header.cty.as_deref(),
                is_signed.then_some("JWT"),
                "{attributes:?}"
            );
            body = opened.plain;
        }
        let told = match is_signed {
            true => {
                let text = String::from_utf8(body).unwrap();
                assert_eq!(header(&text)["alg"], "ES256");
                claims(&text)
            }
            false => serde_json::from_slice(&body).unwrap(),
        };
        assert_eq!(told["sub"], tokens.claims()["sub"]);
        let named = is_signed.then(|| json!("web"));
        assert_eq!(told.get("aud"), named.as_ref());
    }
}

#[tokio::test]
async fn shared_secrets_are_the_realms_own() {
    let idp = with(&[
        ("id.token.signed.response.alg", "HS256"),
        ("access.token.signed.response.alg", "HS384"),
    ])
    .await;
    let web = idp.app("web");
    let tokens = web.password("alice", "wonderland").await.granted();
    let id_token = tokens.json["id_token"].as_str().unwrap();
    assert_eq!(header(id_token)["alg"], "HS256");
    assert_eq!(header(&tokens.access)["alg"], "HS384");
    // Not the client's secret, and not one that is published.
    let published = idp.get("/protocol/openid-connect/certs").await.ok().json();
    let published = published["keys"].as_array().unwrap();
    assert!(
        published
            .iter()
            .all(|key| key["kid"] != header(id_token)["kid"])
    );
    web.userinfo(&tokens.access).await.ok();
}

#[tokio::test]
async fn introspection_brings_the_whole_token_where_the_client_may_have_it() {
    let allowed = "client.introspection.response.allow.jwt.claim.enabled";
    for (attributes, accept, is_there) in [
        (json!({allowed: "true"}), "application/jwt", true),
        (json!({allowed: "true"}), "*/*", false),
        (
            json!({allowed: "true"}),
            "application/token-introspection+jwt",
            false,
        ),
        (json!({}), "application/jwt", false),
        (
            json!({allowed: "true", "access.token.signed.response.alg": "PS256"}),
            "application/jwt",
            true,
        ),
    ] {
        let mut realm = usual_realm();
        realm["clients"][0]["protocolMappers"] = json!([{
            "name": "for other", "protocol": "openid-connect", "protocolMapper": "oidc-audience-mapper",
            "config": {"included.client.audience": "other", "access.token.claim": "true", "introspection.token.claim": "true"}
        }]);
        realm["clients"][0]["attributes"] =
            json!({"client.use.lightweight.access.token.enabled": "true"});
        realm["clients"][2]["attributes"] = attributes.clone();
        let idp = Idp::launch(realm).start().await;
        let tokens = idp
            .app("web")
            .password("alice", "wonderland")
            .await
            .granted();
        let headers = [("accept", accept)];
        let other = idp.app("other").with(&headers);
        let form = [("token", tokens.access.as_str())];
        let answer = other.post("token/introspect", &form).await.ok();
        assert_eq!(answer.header("content-type"), "application/json");
        let told = answer.json();
        assert_eq!(told["active"], true);
        assert_eq!(told.get("jwt").is_some(), is_there, "{attributes} {accept}");
        let Some(token) = told["jwt"].as_str() else {
            continue;
        };
        let wanted = attributes["access.token.signed.response.alg"].as_str();
        assert_eq!(header(token)["alg"], wanted.unwrap_or("RS256"));
        let inside = claims(token);
        for claim in ["sub", "jti", "preferred_username", "aud", "exp"] {
            assert_eq!(inside[claim], told[claim], "{claim}");
        }
        for claim in ["active", "username", "client_id", "token_type"] {
            assert!(inside.get(claim).is_none(), "{claim}");
        }
        // It is the same token, and counts as one.
        let uri = format!("/realms/{REALM}/protocol/openid-connect/userinfo");
        let asked = request("GET", &uri).header("authorization", format!("Bearer {token}"));
        idp.send(asked.body(Body::empty()).unwrap()).await.ok();
    }
}
