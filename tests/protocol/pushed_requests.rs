//! Requests that were sent ahead (RFC 9126) and request objects (RFC 9101), row by row as a real Keycloak answered them, and beyond.

use crate::recorded::{APP, address, cases, differs, idp, location, params, realm};
use authn::fetch::{Document, Fetch, FetchError, Fetching};
use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use support::idp::{Answer, Browser, Idp, request};

const PUSHED: [(&str, &str); 4] = [
    ("response_type", "code"),
    ("redirect_uri", "{app}/cb"),
    ("scope", "openid"),
    ("state", "s-p"),
];

fn secret(client: &str) -> String {
    format!("{client}-secret-{client}-secret-{client}-secret")
}

async fn push(idp: &Idp, client: Option<(&str, &str)>, form: &[(String, String)]) -> Answer {
    let uri = "/realms/golden/protocol/openid-connect/ext/par/request";
    let mut builder =
        request("POST", uri).header("content-type", "application/x-www-form-urlencoded");
    if let Some((id, secret)) = client {
        let basic = STANDARD.encode(format!("{id}:{secret}"));
        builder = builder.header("authorization", format!("Basic {basic}"));
    }
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish();
    idp.send(builder.body(Body::from(body)).unwrap()).await
}

/// A reference of the client `par` for a right request.
async fn reference(idp: &Idp, changed: &Value) -> String {
    let form = params(&PUSHED, changed);
    let answer = push(idp, Some(("par", &secret("par"))), &form).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.json()["request_uri"].as_str().unwrap().to_owned()
}

fn with_reference(client: &str, reference: &str, more: &Value) -> String {
    let right = [("client_id", client), ("request_uri", reference)];
    address("auth", &params(&right, more))
}

/// Opens an address and goes where it leads within the server.
async fn open(browser: &mut Browser<'_>, url: &str) -> Answer {
    let answer = browser.get(url).await;
    match answer.header("location").contains("/login-actions/") {
        true => {
            let to = answer.header("location").to_owned();
            browser.get(&to).await
        }
        false => answer,
    }
}

#[tokio::test]
async fn requests_sent_ahead_are_answered_as_recorded() {
    let idp = idp().await;
    let mut wrong = Vec::new();
    let mut rows = 0;
    for case in cases("par-and-request-objects") {
        let name = case["case"].as_str().unwrap();
        let Some(what) = name.strip_prefix("PAR: ") else {
            continue;
        };
        rows += 1;
        let mut form = params(&[], &case["request"]);
        let right = secret("par");
        let credentials = match what {
            "wrong secret" => Some(("par", "x")),
            "no client" | "public client" | "public client with enforced PKCE, no challenge" => {
                None
            }
            _ => Some(("par", right.as_str())),
        };
        if what == "duplicated parameter" {
            form.push(("scope".to_owned(), "openid".to_owned()));
        }
        let answer = match what {
            "GET" => {
                let uri = "/realms/golden/protocol/openid-connect/ext/par/request";
                idp.send(request("GET", uri).body(Body::empty()).unwrap())
                    .await
            }
            _ => push(&idp, credentials, &form).await,
        };
        if u64::from(answer.status.as_u16()) != case["status"].as_u64().unwrap() {
            wrong.push(format!("{name}: {} {}", answer.status, answer.text));
            continue;
        }
        wrong.extend(differs(name, &case["body"], &answer.json()));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(rows, 17);
}

#[tokio::test]
async fn a_reference_leads_to_one_answer_and_is_its_clients_own() {
    let idp = idp().await;
    let sent = reference(&idp, &json!({})).await;
    let url = with_reference("par", &sent, &json!({}));
    let mut browser = idp.browser();
    let first = browser.get(&url).await;
    let shown = location(&first);
    assert_eq!(
        shown["to"],
        "http://localhost:8080/realms/golden/login-actions/authenticate"
    );
    // The page can be loaded again, from either address.
    assert_eq!(open(&mut browser, &url).await.page_id(), "login-login");
    let page = open(&mut browser, &url).await;
    let mut other = idp.browser();
    let theirs = open(&mut other, &url).await;
    let form = [("username", "alice"), ("password", "wonderland")];
    let answer = browser.submit(&page, &form).await;
    assert_eq!(answer.param("state").as_deref(), Some("s-p"));
    assert!(answer.param("code").is_some());

    let late = other.submit(&theirs, &form).await;
    assert_eq!(
        (late.status.as_u16(), late.page_id()),
        (400, "login-error".to_owned())
    );
    for browser in [&mut browser, &mut other] {
        let again = browser.get(&url).await;
        assert_eq!(
            (again.status.as_u16(), again.page_id()),
            (400, "login-error".to_owned())
        );
    }
    // Keycloak lets another client use it.
    let sent = reference(&idp, &json!({})).await;
    let stolen = idp
        .browser()
        .get(&with_reference("web", &sent, &json!({})))
        .await;
    assert_eq!(
        (stolen.status.as_u16(), stolen.page_id()),
        (400, "login-error".to_owned())
    );
    let unknown = format!("urn:ietf:params:oauth:request_uri:{}", "0".repeat(36));
    let unknown = idp
        .browser()
        .get(&with_reference("par", &unknown, &json!({})))
        .await;
    assert_eq!(unknown.status, 400);
    idp.clock.advance(61);
    let old = idp
        .browser()
        .get(&with_reference("par", &sent, &json!({})))
        .await;
    assert_eq!(old.status, 400);
}

#[tokio::test]
async fn of_many_who_come_with_one_reference_one_gets_a_code() {
    let idp = idp().await;
    let mut browsers = Vec::new();
    for _ in 0..32 {
        let mut browser = idp.browser();
        let url = address("auth", &params(&PUSHED, &json!({"client_id": "web"})));
        let page = browser.get(&url).await.ok();
        let form = [("username", "alice"), ("password", "wonderland")];
        browser.submit(&page, &form).await.code();
        browsers.push(browser);
    }
    let sent = reference(&idp, &json!({})).await;
    let url = with_reference("par", &sent, &json!({}));
    let tries = browsers.iter_mut().map(|browser| browser.get(&url));
    let answers = futures_join(tries).await;
    let codes = answers.iter().filter(|answer| answer.status == 302);
    assert_eq!(codes.count(), 1);
    assert!(
        answers
            .iter()
            .all(|answer| answer.status == 302 || answer.status == 400)
    );
}

/// All at once, on one thread: each goes on while the others wait for the database.
async fn futures_join<F: Future<Output = Answer>>(tries: impl Iterator<Item = F>) -> Vec<Answer> {
    let mut tries: Vec<_> = tries.map(|one| (Box::pin(one), None)).collect();
    std::future::poll_fn(|context| {
        for (one, answer) in &mut tries {
            if answer.is_none()
                && let std::task::Poll::Ready(ready) = one.as_mut().poll(context)
            {
                *answer = Some(ready);
            }
        }
        match tries.iter().all(|(_, answer)| answer.is_some()) {
            true => std::task::Poll::Ready(()),
            false => std::task::Poll::Pending,
        }
    })
    .await;
    tries.into_iter().filter_map(|(_, answer)| answer).collect()
}

#[tokio::test]
async fn what_stands_beside_a_reference_does_not_count() {
    let idp = idp().await;
    let more = json!({"prompt": "none", "state": "other", "redirect_uri": "https://evil.example/", "scope": "nope", "response_type": "nope"});
    let sent = reference(&idp, &json!({"prompt": "none"})).await;
    let answer = idp
        .browser()
        .get(&with_reference("par", &sent, &more))
        .await;
    assert_eq!(answer.param("error").as_deref(), Some("login_required"));
    assert_eq!(answer.param("state").as_deref(), Some("s-p"));
    // Keycloak takes from beside it what is not in it.
    let sent = reference(&idp, &json!({"state": null, "prompt": "none"})).await;
    let answer = idp
        .browser()
        .get(&with_reference("par", &sent, &more))
        .await;
    assert_eq!(answer.param("state"), None);
}

fn object(claims: &Value, alg: &str, secret: &str) -> String {
    if alg == "none" {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        return format!("{}.{}.", part(&json!({"alg": "none"})), part(claims));
    }
    let algorithm = jose::Algorithm::from_name(alg).unwrap();
    let key = jose::SigningKey::from_secret("", algorithm, &jose::Secret::from(secret)).unwrap();
    key.sign("JWT", claims).unwrap()
}

/// The members of a right object.
fn claims(client: &str, changed: &Value) -> Value {
    let mut claims = json!({
        "client_id": client, "response_type": "code", "scope": "openid", "redirect_uri": format!("{APP}/cb"), "state": "from-object",
    });
    for (name, value) in changed.as_object().unwrap() {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value.clone(),
        }
    }
    claims
}

/// Brings one document from one address.
struct Brings(String, Arc<Mutex<Vec<String>>>);

impl Fetch for Brings {
    fn get<'a>(&'a self, url: &'a str, _: u64) -> Fetching<'a> {
        self.1.lock().unwrap().push(url.to_owned());
        let body = self.0.clone().into_bytes();
        Box::pin(async move {
            match url == format!("{APP}/ro") {
                true => Ok(Document {
                    body,
                    max_age: None,
                }),
                false => Err(FetchError::Busy),
            }
        })
    }
}

#[tokio::test]
async fn request_objects_are_answered_as_recorded() {
    let idp = idp().await;
    let asked = Arc::new(Mutex::new(Vec::new()));
    let stored = object(&claims("jar", &json!({})), "none", "");
    idp.server
        .set_fetch(Arc::new(Brings(stored, asked.clone())));
    let mut wrong = Vec::new();
    let mut rows = 0;
    for case in cases("par-and-request-objects") {
        let name = case["case"].as_str().unwrap();
        let Some(what) = name.strip_prefix("JAR: ") else {
            continue;
        };
        if what == "fetch of the request object" {
            assert_eq!(*asked.lock().unwrap(), [format!("{APP}/ro")]);
            continue;
        }
        rows += 1;
        let client = match what {
            "client wants none, object alg none" => "jar-none",
            "client wants HS256, object alg none" => "jar-HS256",
            "client wants RS256, object alg none" => "jar-RS256",
            "client wants any, object alg none" => "jar-any",
            "object required, none sent" => "jar-required",
            "request_uri not registered" => "web",
            _ => "jar",
        };
        let right = secret(client);
        let signed = |changed: Value| object(&claims(client, &changed), "HS256", &right);
        let text = match what {
            "HS256 by client secret" => signed(json!({})),
            "HS256 wrong secret" => object(&claims(client, &json!({})), "HS256", &secret("other")),
            "client_id differs" => signed(json!({"client_id": "web"})),
            "response_type differs" => signed(json!({"response_type": "id_token"})),
            "no client_id inside" => signed(json!({"client_id": null})),
            "garbage" => "garbage".to_owned(),
            "expired" => signed(json!({"exp": 1_000_000_000})),
            "bad redirect inside" => signed(json!({"redirect_uri": "https://evil.example/"})),
            _ => object(&claims(client, &json!({})), "none", ""),
        };
        let mut sent = params(&[("client_id", client)], &case["parameters"]);
        for (name, value) in &mut sent {
            if name == "request" {
                value.clone_from(&text);
            }
        }
        let answer = idp.browser().get(&address("auth", &sent)).await;
        let status = u64::from(answer.status.as_u16());
        if what == "expired" {
            // Keycloak does not look when an object ends.
            assert_eq!((status, answer.page_id()), (400, "login-error".to_owned()));
            continue;
        }
        if status != case["status"].as_u64().unwrap() {
            wrong.push(format!("{name}: {status} {}", answer.header("location")));
        } else if let Some(recorded) = case["headers"].get("location") {
            wrong.extend(differs(name, recorded, &location(&answer)));
        } else {
            let page = if status == 200 {
                "login-login"
            } else {
                "login-error"
            };
            wrong.extend(
                (answer.page_id() != page).then(|| format!("{name}: {}", answer.page_id())),
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(rows, 18);
}

#[tokio::test]
async fn objects_that_could_be_somebody_elses_are_refused() {
    let idp = idp().await;
    let right = secret("jar");
    let signed = |changed: Value| object(&claims("jar", &changed), "HS256", &right);
    let header = |header: Value| {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}.", part(&header), part(&claims("jar", &json!({}))))
    };
    let refused = [
        signed(json!({"iss": "web"})),
        signed(json!({"aud": "https://other.example/"})),
        signed(json!({"aud": ["https://other.example/", 5]})),
        signed(json!({"nbf": 4_000_000_000_i64})),
        signed(json!({"exp": "soon"})),
        signed(json!({"request": "x"})),
        signed(json!({"request_uri": "https://app.example/x"})),
        signed(json!({"client_id": 5})),
        header(json!({"alg": "none", "crit": ["x"]})),
        header(json!({"alg": "none", "jwk": {}})),
        header(json!({"alg": "None"})),
        header(json!({"alg": "none"})) + "c2ln",
        header(json!({"alg": "none"})) + ".x",
        object(&claims("jar", &json!({})), "none", "").replace('.', ".."),
    ];
    for text in refused {
        let url = address(
            "auth",
            &params(&[("client_id", "jar"), ("request", &text)], &json!({})),
        );
        let answer = idp.browser().get(&url).await;
        assert_eq!(
            (answer.status.as_u16(), answer.page_id()),
            (400, "login-error".to_owned()),
            "{text}"
        );
    }
    let accepted = [
        signed(
            json!({"aud": "http://localhost:8080/realms/golden", "iss": "jar", "exp": 4_000_000_000_i64}),
        ),
        signed(
            json!({"aud": ["x", "http://localhost:8080/realms/golden/protocol/openid-connect/auth"]}),
        ),
        signed(json!({"max_age": 5, "claims": {"id_token": {}}})),
    ];
    for text in accepted {
        let url = address(
            "auth",
            &params(&[("client_id", "jar"), ("request", &text)], &json!({})),
        );
        assert_eq!(
            idp.browser().get(&url).await.ok().page_id(),
            "login-login",
            "{text}"
        );
    }
}

#[tokio::test]
async fn an_object_may_be_encrypted_for_the_realm() {
    let mut realm = realm();
    let clients = realm["clients"].as_array_mut().unwrap();
    let strict = clients
        .iter_mut()
        .find(|client| client["clientId"] == "jar-any");
    strict.unwrap()["attributes"] = json!({"request.object.encryption.alg": "RSA-OAEP"});
    let idp = Idp::launch(realm).start().await;
    let uri = "/realms/golden/protocol/openid-connect/certs";
    let keys = idp
        .send(request("GET", uri).body(Body::empty()).unwrap())
        .await;
    let keys = jose::PublicJwks::parse(keys.text.as_bytes()).unwrap();
    let way = jose::KeyManagement::RsaOaep;
    let key = keys.encryption_key(way).unwrap();
    for client in ["jar", "jar-any"] {
        let inner = object(&claims(client, &json!({})), "HS256", &secret(client));
        let enc = jose::ContentEncryption::A128CbcHs256;
        let text = key
            .encrypt(way, enc, Some("JWT"), inner.as_bytes())
            .unwrap();
        for (text, status) in [
            (text, 200),
            (inner, if client == "jar" { 200 } else { 400 }),
        ] {
            let right = [("client_id", client), ("request", text.as_str())];
            let answer = idp
                .browser()
                .get(&address("auth", &params(&right, &json!({}))))
                .await;
            assert_eq!(answer.status.as_u16(), status, "{client}");
        }
    }
}

#[tokio::test]
async fn where_objects_are_required_nothing_beside_them_counts() {
    let idp = idp().await;
    for (client, state) in [("jar", Some("outside")), ("jar-required", None)] {
        let text = object(
            &claims(client, &json!({"state": null, "prompt": "none"})),
            "HS256",
            &secret(client),
        );
        let right = [
            ("client_id", client),
            ("request", text.as_str()),
            ("state", "outside"),
        ];
        let answer = idp
            .browser()
            .get(&address("auth", &params(&right, &json!({}))))
            .await;
        assert_eq!(answer.param("error").as_deref(), Some("login_required"));
        assert_eq!(answer.param("state").as_deref(), state, "{client}");
    }
}

#[tokio::test]
async fn an_object_may_be_sent_ahead_and_is_judged_at_once() {
    let idp = idp().await;
    let par = secret("par");
    let text = object(&claims("par", &json!({"prompt": "none"})), "HS256", &par);
    let form = [("request".to_owned(), text)];
    let answer = push(&idp, Some(("par", &par)), &form).await;
    let reference = answer.json()["request_uri"].as_str().unwrap().to_owned();
    let answer = idp
        .browser()
        .get(&with_reference("par", &reference, &json!({})))
        .await;
    assert_eq!(answer.param("state").as_deref(), Some("from-object"));
    let text = object(&claims("web", &json!({})), "HS256", &par);
    let answer = push(&idp, Some(("par", &par)), &[("request".to_owned(), text)]).await;
    assert_eq!(
        (answer.status.as_u16(), answer.json()["error"].as_str()),
        (400, Some("invalid_request_object"))
    );
}

#[tokio::test]
async fn pages_of_other_origins_push_only_where_the_client_says_so() {
    let idp = Idp::launch(realm()).start().await;
    let uri = "/realms/golden/protocol/openid-connect/ext/par/request";
    for (origin, status) in [(APP, 201), ("https://other.example", 403)] {
        let form = params(&PUSHED, &json!({"client_id": "app"}));
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&form)
            .finish();
        let request = request("POST", uri)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("origin", origin);
        let answer = idp.send(request.body(Body::from(body)).unwrap()).await;
        assert_eq!(answer.status.as_u16(), status, "{origin}");
        let told = answer.header("access-control-allow-origin");
        assert_eq!(told == origin, status == 201);
    }
}
