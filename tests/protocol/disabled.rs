//! A disabled person, client or realm gets nothing, whatever they got before: every grant and every endpoint, generated from their lists.

use crate::assertion::{Issuer, with_issuer};
use axum::body::Body;
use serde_json::{Value, json};
use support::idp::page::attribute;
use support::idp::{Answer, Browser, Idp, REALM, Tokens, change_document, change_user, request};

/// What is disabled after everything was handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Disabled {
    Person,
    Client,
    Realm,
}

const ALL: [Disabled; 3] = [Disabled::Person, Disabled::Client, Disabled::Realm];

const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const ASSERTION: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

fn realm() -> Value {
    let mut realm = support::idp::usual_realm();
    let clients = realm["clients"].as_array_mut().unwrap();
    clients.push(json!({
        "clientId": "all", "secret": "all-secret", "redirectUris": ["http://app.example/*"], "directAccessGrantsEnabled": true,
        "serviceAccountsEnabled": true, "implicitFlowEnabled": true, "fullScopeAllowed": true,
        "attributes": {"oauth2.device.authorization.grant.enabled": "true", "standard.token.exchange.enabled": "true"},
        "protocolMappers": [{"name": "for the resource", "protocol": "openid-connect", "protocolMapper": "oidc-audience-mapper",
            "config": {"included.client.audience": "resource", "access.token.claim": "true", "introspection.token.claim": "true"}}]
    }));
    clients.push(json!({"clientId": "resource", "secret": "resource-secret", "redirectUris": []}));
    with_issuer(&mut realm, &Issuer::new(), &[]);
    realm
}

/// Everything that a client can have from a person.
struct Held<'a> {
    idp: &'a Idp,
    browser: Browser<'a>,
    code: String,
    tokens: Tokens,
    device: Value,
    page: Answer,
}

async fn hold(idp: &Idp) -> Held<'_> {
    let all = idp.app("all");
    let mut browser = idp.browser().behind("accept", "text/html");
    let first = browser
        .sign_in(&all.authorize(), "alice", "wonderland")
        .await
        .code();
    let tokens = all.redeem(&first).await.granted();
    let code = browser.get(&all.authorize().address).await.code();
    let device = all.post("auth/device", &[]).await.ok().json();
    let address = device["verification_uri_complete"].as_str().unwrap();
    let page = browser.get(address).await.ok();
    let question = attribute(&page.text, "<input type=\"hidden\" name=\"code\"", "value").unwrap();
    browser
        .submit(&page, &[("code", &question), ("accept", "x")])
        .await;
    // Somebody else's page of a sign-in that goes on.
    let page = idp.browser().get(&all.authorize().address).await.ok();
    Held {
        idp,
        browser,
        code,
        tokens,
        device,
        page,
    }
}

async fn disable(idp: &Idp, what: Disabled) {
    match what {
        Disabled::Person => {
            change_user(idp, "alice", |alice| alice.enabled = false).await;
            let account = "service-account-all";
            change_user(idp, account, |account| account.enabled = false).await;
        }
        Disabled::Client => {
            for client in ["all", "vouched"] {
                let off = |client: &mut Value| client["enabled"] = json!(false);
                change_document(idp, Some(client), off).await;
            }
        }
        Disabled::Realm => {
            change_document(idp, None, |realm| realm["enabled"] = json!(false)).await
        }
    }
}

/// A request of this grant that was in order until now.
async fn grant(held: &Held<'_>, name: &str) -> Option<Answer> {
    let all = held.idp.app("all");
    Some(match name {
        "authorization_code" => all.redeem(&held.code).await,
        "refresh_token" => all.refresh(&held.tokens.refresh).await,
        "password" => all.password("alice", "wonderland").await,
        "client_credentials" => all.token(&[("grant_type", name)]).await,
        DEVICE => {
            let code = held.device["device_code"].as_str().unwrap();
            all.token(&[("grant_type", name), ("device_code", code)])
                .await
        }
        EXCHANGE => {
            let access = "urn:ietf:params:oauth:token-type:access_token";
            let form = [
                ("grant_type", name),
                ("subject_token", held.tokens.access.as_str()),
                ("subject_token_type", access),
            ];
            all.token(&form).await
        }
        ASSERTION => {
            let assertion = Issuer::new().assertion(held.idp, &[]);
            let form = [("grant_type", name), ("assertion", assertion.as_str())];
            held.idp.app("vouched").token(&form).await
        }
        // No grant of the token endpoint: the authorization endpoint answers it.
        "implicit" => return None,
        other => panic!("say here what a request of the grant {other} is"),
    })
}

async fn grants(idp: &Idp) -> Vec<String> {
    let discovery = idp.get("/.well-known/openid-configuration").await.ok();
    let grants = discovery.json()["grant_types_supported"].clone();
    serde_json::from_value(grants).unwrap()
}

#[tokio::test]
async fn what_is_disabled_gets_no_token_by_any_grant() {
    let idp = Idp::launch(realm()).start().await;
    let names = grants(&idp).await;
    assert!(names.len() >= 6, "{names:?}");
    // Otherwise refusals would prove nothing.
    for name in &names {
        let held = hold(&idp).await;
        if let Some(answer) = grant(&held, name).await {
            assert_eq!(answer.status, 200, "{name}: {}", answer.text);
        }
    }
    for what in ALL {
        let idp = Idp::launch(realm()).start().await;
        let held = hold(&idp).await;
        disable(&idp, what).await;
        for name in &names {
            let Some(answer) = grant(&held, name).await else {
                continue;
            };
            let status = answer.status.as_u16();
            assert!(
                (400..500).contains(&status),
                "{what:?} {name}: {}",
                answer.text
            );
            assert!(!answer.text.contains("access_token"), "{what:?} {name}");
        }
    }
}

/// What an endpoint answers to somebody who is disabled.
#[derive(Debug, PartialEq, Eq)]
enum Gets {
    /// The same as anybody: it tells nothing of them and does nothing for them.
    Public,
    /// To be rid of something, which they may.
    SignedOut,
    /// This status.
    Status(u16),
    /// An error at the application, or a page without a code.
    NoCode,
    /// That the token does not count.
    Inactive,
}

async fn get(idp: &Idp, uri: &str, bearer: &str) -> Answer {
    let request = request("GET", uri).header("authorization", format!("Bearer {bearer}"));
    idp.send(request.body(Body::empty()).unwrap()).await
}

async fn endpoint(held: &mut Held<'_>, path: &str, what: Disabled) -> (Gets, Answer) {
    let oidc = "/protocol/openid-connect";
    let uri = format!("/realms/{REALM}{path}");
    let (idp, access) = (held.idp, held.tokens.access.clone());
    let (all, resource) = (idp.app("all"), idp.app("resource"));
    let name = path.strip_prefix(oidc).unwrap_or(path);
    let realm_is = |status, other: Gets| match what {
        Disabled::Realm => Gets::Status(status),
        _ => other,
    };
    match name {
        ""
        | "/certs"
        | "/.well-known/openid-configuration"
        | "/.well-known/oauth-authorization-server"
        | "/login-status-iframe.html"
        | "/3p-cookies/step1.html"
        | "/3p-cookies/step2.html" => (Gets::Public, held.browser.get(&uri).await),
        "/login-status-iframe.html/init" => {
            let expected = match what {
                Disabled::Client => Gets::Status(403),
                _ => Gets::Public,
            };
            let query = "client_id=all&origin=http://localhost:8080";
            (expected, held.browser.get(&format!("{uri}?{query}")).await)
        }
        "/auth" => {
            let url = all.authorize_with(&[("prompt", "none")]);
            (Gets::NoCode, held.browser.get(&url.address).await)
        }
        "/token" => (
            Gets::Status(if what == Disabled::Realm {
                403
            } else if what == Disabled::Client {
                401
            } else {
                400
            }),
            all.refresh(&held.tokens.refresh).await,
        ),
        "/token/introspect" => {
            let answer = resource
                .post("token/introspect", &[("token", &access)])
                .await;
            (realm_is(403, Gets::Inactive), answer)
        }
        "/revoke" => {
            let expected = match what {
                Disabled::Person => Gets::SignedOut,
                Disabled::Client => Gets::Status(401),
                Disabled::Realm => Gets::Status(403),
            };
            (expected, all.post("revoke", &[("token", &access)]).await)
        }
        "/userinfo" => (Gets::Status(401), get(idp, &uri, &access).await),
        "/ext/par/request" => {
            let expected = match what {
                Disabled::Person => Gets::Public,
                Disabled::Client => Gets::Status(401),
                Disabled::Realm => Gets::Status(403),
            };
            let callback = "http://app.example/cb";
            let form = [("response_type", "code"), ("redirect_uri", callback)];
            (expected, all.post("ext/par/request", &form).await)
        }
        "/oauth/oob" => {
            let address = format!("{uri}?error=x");
            (
                realm_is(400, Gets::Public),
                held.browser.get(&address).await,
            )
        }
        "/registrations" | "/forgot-credentials" => {
            let url = all
                .authorize()
                .address
                .replace("/auth?", &format!("{name}?"));
            (Gets::NoCode, held.browser.get(&url).await)
        }
        "/login-actions/required-action" => {
            let form = [("username", "alice"), ("password", "wonderland")];
            (
                realm_is(400, Gets::NoCode),
                held.browser.post(&uri, &form).await,
            )
        }
        "/auth/device" => {
            let expected = match what {
                Disabled::Person => Gets::Public,
                Disabled::Client => Gets::Status(401),
                Disabled::Realm => Gets::Status(403),
            };
            (expected, all.post("auth/device", &[]).await)
        }
        "/device" | "/device/status" => (realm_is(400, Gets::NoCode), held.browser.get(&uri).await),
        "/device/consent" => (
            Gets::Status(400),
            held.browser
                .post(&uri, &[("code", "x"), ("accept", "x")])
                .await,
        ),
        "/logout" => (Gets::SignedOut, held.browser.get(&uri).await),
        "/logout/logout-confirm" => (
            Gets::Status(400),
            held.browser.post(&uri, &[("session_code", "x")]).await,
        ),
        "/logout/backchannel-logout" => (Gets::Status(400), held.browser.post(&uri, &[]).await),
        "/login-actions/authenticate" => {
            let form = [("username", "alice"), ("password", "wonderland")];
            (
                realm_is(400, Gets::NoCode),
                held.browser.submit(&held.page, &form).await,
            )
        }
        "/login-actions/consent" => (
            realm_is(400, Gets::NoCode),
            held.browser.post(&uri, &[("code", "x")]).await,
        ),
        "/login-actions/restart" => (realm_is(400, Gets::NoCode), held.browser.get(&uri).await),
        "/login-actions/certificate" => (Gets::Status(404), held.browser.get(&uri).await),
        other => panic!("say here what {other} does for who is disabled"),
    }
}

#[tokio::test]
async fn what_is_disabled_is_refused_at_every_endpoint() {
    for what in ALL {
        for path in oidc::paths() {
            let idp = Idp::launch(realm()).start().await;
            let mut held = hold(&idp).await;
            disable(&idp, what).await;
            let (gets, answer) = endpoint(&mut held, &path, what).await;
            let at = format!("{what:?} {path}: {:?} {}", answer.headers, answer.text);
            assert!(!answer.text.contains("access_token\""), "{at}");
            let status = answer.status.as_u16();
            match gets {
                Gets::Public => assert!((200..300).contains(&status), "{at}"),
                Gets::SignedOut => assert!(status < 400, "{at}"),
                Gets::Status(expected) => assert_eq!(status, expected, "{at}"),
                Gets::NoCode => {
                    let to = answer.header("location");
                    assert!(
                        !to.contains("code=") || to.contains("session_code="),
                        "{at}"
                    );
                    assert!(status < 500, "{at}");
                }
                Gets::Inactive => assert_eq!(answer.json(), json!({"active": false}), "{at}"),
            }
        }
    }
}

#[tokio::test]
async fn a_session_that_was_ended_everywhere_is_ended_for_every_client() {
    let idp = Idp::launch(realm()).start().await;
    let mut held = hold(&idp).await;
    let cx = authn::Cx::enter(&idp.server, &realm::RealmName::new(REALM), arrival()).await;
    let cx = cx.unwrap().unwrap();
    let mut reader = idp.server.store.read().await.unwrap();
    let alice = reader
        .users()
        .by_username(&cx.realm.id, "alice")
        .await
        .unwrap()
        .unwrap();
    drop(reader);
    let mut writer = idp.server.store.write().await.unwrap();
    let ended = authn::sign_out::end_all(&cx, &mut writer, &alice.id, None).await;
    assert_eq!(ended.unwrap().len(), 1);
    writer.commit().await.unwrap();
    let userinfo = idp.app("all").userinfo(&held.tokens.access).await;
    assert_eq!(userinfo.status, 401);
    for name in ["authorization_code", "refresh_token", DEVICE] {
        let answer = grant(&held, name).await.unwrap();
        assert_eq!(answer.status, 400, "{name}: {}", answer.text);
    }
    let page = held
        .browser
        .get(&idp.app("all").authorize().address)
        .await
        .ok();
    assert_eq!(page.page_id(), "login-login");
}

fn arrival() -> edge::Arrival {
    let peer = edge::Peer {
        address: std::net::SocketAddr::from(([127, 0, 0, 1], 40_000)).into(),
        local_port: 8080,
        announced: None,
        channel: edge::Channel::Plain,
    };
    let edge = edge::EdgeConfig::new(
        edge::ProxyHeaders::XForwarded,
        edge::Trusted::loopback(),
        None,
    );
    let request = request("GET", "/").body(Body::empty()).unwrap();
    let request = edge.admit(&peer, request).expect("the edge lets it in");
    edge::Arrival::of(&request).unwrap()
}
