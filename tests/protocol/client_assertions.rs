//! How clients prove themselves, case by case as a Keycloak 26.7.4 answers them.

use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jose::{Algorithm, Secret, SigningKey};
use serde_json::{Value, json};
use std::sync::LazyLock;
use support::idp::record::Record;
use support::idp::{Answer, Idp, golden_realm, request};

const ISSUER: &str = "http://localhost:8080/realms/test";
const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const SECRET: &str = "a-secret-that-is-long-enough-for-hs256";

static KEY: LazyLock<SigningKey> = LazyLock::new(|| key("k1"));
static OTHER: LazyLock<SigningKey> = LazyLock::new(|| key("k1"));
static STRANGE: LazyLock<SigningKey> = LazyLock::new(|| key("k2"));

fn key(kid: &str) -> SigningKey {
    let der = jose::generate_rsa(2048).unwrap();
    SigningKey::from_der(kid, Algorithm::RS256, der.expose()).unwrap()
}

fn secret_key(secret: &str) -> SigningKey {
    SigningKey::from_secret("", Algorithm::HS256, &Secret::from(secret)).unwrap()
}

async fn start() -> Idp {
    let mut realm = golden_realm();
    let jwks = json!({"keys": [KEY.jwk().unwrap()]}).to_string();
    let clients = realm["clients"].as_array_mut().unwrap();
    clients.push(json!({
        "clientId": "pkjwt", "clientAuthenticatorType": "client-jwt", "serviceAccountsEnabled": true, "fullScopeAllowed": true,
        "attributes": {"use.jwks.string": "true", "jwks.string": jwks},
    }));
    clients.push(json!({
        "clientId": "csjwt", "clientAuthenticatorType": "client-secret-jwt", "serviceAccountsEnabled": true, "fullScopeAllowed": true, "secret": SECRET,
    }));
    let base64 = STANDARD.encode(KEY.public_der().unwrap());
    clients.push(json!({
        "clientId": "written", "clientAuthenticatorType": "client-jwt", "serviceAccountsEnabled": true,
        "attributes": {"jwt.credential.public.key": base64, "token.endpoint.auth.signing.alg": "RS256"},
    }));
    Idp::launch(realm).start().await
}

/// Claims as they should be, with these changed; null leaves one out.
fn claims(idp: &Idp, client: &str, changes: &[(&str, Value)]) -> Value {
    let now = idp.clock.now().seconds();
    let mut claims = json!({
        "iss": client, "sub": client, "aud": ISSUER, "iat": now, "exp": now + 60, "jti": realm::random_key(),
    });
    for (name, value) in changes {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(*name)),
            value => claims[*name] = value.clone(),
        }
    }
    claims
}

async fn send(idp: &Idp, path: &str, headers: &[(&str, &str)], form: &[(&str, &str)]) -> Answer {
    let mut builder = request(
        "POST",
        &format!("/realms/test/protocol/openid-connect/{path}"),
    )
    .header("content-type", "application/x-www-form-urlencoded");
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    body.extend_pairs(form);
    idp.send(builder.body(Body::from(body.finish())).unwrap())
        .await
}

async fn show(idp: &Idp, assertion: &str, more: &[(&str, &str)]) -> Answer {
    let mut form = vec![
        ("grant_type", "client_credentials"),
        ("client_assertion_type", TYPE),
        ("client_assertion", assertion),
    ];
    form.extend(more);
    send(idp, "token", &[], &form).await
}

#[tokio::test]
async fn clients_prove_themselves_as_recorded() {
    let idp = start().await;
    let mut record = Record::read("client-authentication.json");
    let now = idp.clock.now().seconds();
    let endpoint = format!("{ISSUER}/protocol/openid-connect/token");
    let sign =
        |changes: &[(&str, Value)]| KEY.sign("JWT", &claims(&idp, "pkjwt", changes)).unwrap();
    let first = sign(&[]);
    for name in ["private_key_jwt", "private_key_jwt: same assertion again"] {
        record.check(name, &show(&idp, &first, &[]).await);
    }
    for (name, changes) in [
        ("aud = token endpoint", vec![("aud", json!(endpoint))]),
        ("aud = [issuer]", vec![("aud", json!([ISSUER]))]),
        (
            "aud = [issuer, token endpoint]",
            vec![("aud", json!([ISSUER, endpoint]))],
        ),
        (
            "aud wrong",
            vec![("aud", json!("https://elsewhere.example"))],
        ),
        ("no aud", vec![("aud", Value::Null)]),
        ("no jti", vec![("jti", Value::Null)]),
        ("no exp", vec![("exp", Value::Null)]),
        (
            "no exp, no iat",
            vec![("exp", Value::Null), ("iat", Value::Null)],
        ),
        (
            "expired",
            vec![("exp", json!(now - 60)), ("iat", json!(now - 120))],
        ),
        ("exp two hours ahead", vec![("exp", json!(now + 7200))]),
        (
            "iat in the future",
            vec![("iat", json!(now + 3600)), ("exp", json!(now + 7200))],
        ),
        (
            "nbf in the future",
            vec![("nbf", json!(now + 3600)), ("exp", json!(now + 7200))],
        ),
        ("iss differs from sub", vec![("iss", json!("web"))]),
        ("no sub", vec![("sub", Value::Null)]),
        (
            "unknown client in sub",
            vec![("sub", json!("nope")), ("iss", json!("nope"))],
        ),
    ] {
        record.check(name, &show(&idp, &sign(&changes), &[]).await);
    }
    let claims_of = |client: &str| claims(&idp, client, &[]);
    let strange = STRANGE.sign("JWT", &claims_of("pkjwt")).unwrap();
    record.check("unknown kid", &show(&idp, &strange, &[]).await);
    let other = OTHER.sign("JWT", &claims_of("pkjwt")).unwrap();
    record.check("other key", &show(&idp, &other, &[]).await);
    let renamed = with_algorithm(&sign(&[]), "PS256");
    record.check(
        "PS256 with an RS256 key entry",
        &show(&idp, &renamed, &[]).await,
    );
    let by_secret = secret_key(SECRET).sign("JWT", &claims_of("pkjwt")).unwrap();
    record.check("HS256 for a key client", &show(&idp, &by_secret, &[]).await);
    record.check("garbage assertion", &show(&idp, "garbage", &[]).await);
    let grant = ("grant_type", "client_credentials");
    let kind = ("client_assertion_type", TYPE);
    record.check(
        "no assertion",
        &send(&idp, "token", &[], &[grant, kind]).await,
    );
    let good = sign(&[]);
    let form = [
        grant,
        ("client_assertion_type", "nope"),
        ("client_assertion", &good),
    ];
    record.check(
        "wrong assertion type",
        &send(&idp, "token", &[], &form).await,
    );
    record.check(
        "client_id beside, other",
        &show(&idp, &sign(&[]), &[("client_id", "web")]).await,
    );
    record.check(
        "client_id beside, same",
        &show(&idp, &sign(&[]), &[("client_id", "pkjwt")]).await,
    );

    let secret_sign = |secret: &str, changes: &[(&str, Value)]| {
        secret_key(secret)
            .sign("JWT", &claims(&idp, "csjwt", changes))
            .unwrap()
    };
    record.check(
        "client_secret_jwt",
        &show(&idp, &secret_sign(SECRET, &[]), &[]).await,
    );
    let wrong = secret_sign("another-secret-that-is-as-long-as-that", &[]);
    record.check(
        "client_secret_jwt, wrong secret",
        &show(&idp, &wrong, &[]).await,
    );
    let old = secret_sign(
        SECRET,
        &[("exp", json!(now - 60)), ("iat", json!(now - 120))],
    );
    record.check("client_secret_jwt, expired", &show(&idp, &old, &[]).await);

    for (name, value, form) in [
        (
            "pkjwt client with secret basic",
            basic("pkjwt", "x"),
            vec![grant],
        ),
        ("basic, unencoded", basic("svc", "svc-secret"), vec![grant]),
        (
            "basic right and post wrong",
            basic("svc", "wrong"),
            vec![grant],
        ),
        (
            "basic wrong and post right",
            basic("svc", "svc-secret"),
            vec![grant, ("client_id", "svc"), ("client_secret", "wrong")],
        ),
        (
            "basic of one client, client_id of another",
            basic("svc", "svc-secret"),
            vec![grant, ("client_id", "web")],
        ),
        (
            "basic malformed base64",
            "Basic !!!".to_owned(),
            vec![grant],
        ),
        (
            "basic without colon",
            format!("Basic {}", STANDARD.encode("svc")),
            vec![grant],
        ),
        ("empty secret", basic("svc", ""), vec![grant]),
        ("Authorization Bearer", "Bearer abc".to_owned(), vec![grant]),
        (
            "secret for a public client",
            basic("app", "x"),
            vec![
                ("grant_type", "password"),
                ("username", "alice"),
                ("password", "alice-password-1"),
            ],
        ),
        (
            "public client by basic, empty secret",
            basic("app", ""),
            vec![
                ("grant_type", "password"),
                ("username", "alice"),
                ("password", "alice-password-1"),
            ],
        ),
    ] {
        let answer = send(&idp, "token", &[("authorization", &value)], &form).await;
        record.check(name, &answer);
    }
    let form = [grant, ("client_id", "svc"), ("client_secret", "svc-secret")];
    record.check("post", &send(&idp, "token", &[], &form).await);
    let query = "token?client_id=svc&client_secret=svc-secret";
    record.check(
        "query parameters instead of form",
        &send(&idp, query, &[], &[grant]).await,
    );
    record.done(&[]);
}

#[tokio::test]
async fn a_key_in_the_settings_counts_and_one_way_alone_for_each_request() {
    let idp = start().await;
    let signed = |client: &str| KEY.sign("JWT", &claims(&idp, client, &[])).unwrap();
    show(&idp, &signed("written"), &[]).await.granted();
    let basic = basic("pkjwt", "x");
    let assertion = signed("pkjwt");
    let form = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", TYPE),
        ("client_assertion", &assertion),
    ];
    let answer = send(&idp, "token", &[("authorization", &basic)], &form).await;
    answer.refused(
        401,
        "unauthorized_client",
        "Invalid client or Invalid client credentials",
    );
    // A client that shows a secret does not get through by another's way, even with a right secret beside.
    let assertion = secret_key("svc-secret-and-some-more-to-be-long")
        .sign("JWT", &claims(&idp, "svc", &[]))
        .unwrap();
    let answer = show(
        &idp,
        &assertion,
        &[("client_id", "svc"), ("client_secret", "svc-secret")],
    )
    .await;
    answer.refused(
        401,
        "unauthorized_client",
        "Invalid client or Invalid client credentials",
    );
    let far = KEY.sign(
        "JWT",
        &claims(
            &idp,
            "pkjwt",
            &[("exp", json!(idp.clock.now().seconds() + 90_000))],
        ),
    );
    let answer = show(&idp, &far.unwrap(), &[]).await;
    answer.refused(
        400,
        "invalid_client",
        "Token expiration is too far in the future",
    );
    assert_eq!(
        idp.last_event().await["details"]["reason"],
        "CLIENT-ASSERTION-TIME"
    );
}

#[tokio::test]
async fn of_many_who_show_one_assertion_one_gets_through() {
    let idp = start().await;
    let assertion = KEY.sign("JWT", &claims(&idp, "pkjwt", &[])).unwrap();
    let tries = (0..32).map(|_| show(&idp, &assertion, &[]));
    let mut granted = 0;
    for answer in join_all(tries).await {
        granted += usize::from(answer.status == 200);
    }
    assert_eq!(granted, 1);
}

#[tokio::test]
async fn a_secret_that_was_replaced_counts_until_its_end() {
    let mut realm = golden_realm();
    let end = support::idp::START.seconds() + 100;
    realm["clients"].as_array_mut().unwrap().push(json!({
        "clientId": "turning", "secret": "new-secret", "serviceAccountsEnabled": true,
        "attributes": {"client.secret.rotated": "old-secret", "client.secret.rotated.expiration.time": end.to_string()},
    }));
    let idp = Idp::launch(realm).start().await;
    let ask = |secret: &'static str| {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", "turning"),
            ("client_secret", secret),
        ];
        let idp = &idp;
        async move { send(idp, "token", &[], &form).await }
    };
    ask("new-secret").await.granted();
    ask("old-secret").await.granted();
    assert_eq!(ask("other-secret").await.status, 401);
    idp.clock.advance(100);
    ask("new-secret").await.granted();
    assert_eq!(ask("old-secret").await.status, 401);
}

#[tokio::test]
async fn a_client_that_may_use_one_way_alone_uses_that_one() {
    let mut realm = golden_realm();
    realm["clients"].as_array_mut().unwrap().push(json!({
        "clientId": "one-way", "secret": "a-secret", "serviceAccountsEnabled": true,
        "attributes": {"client.secret.authentication.allowed.method": "client_secret_basic"},
    }));
    let idp = Idp::launch(realm).start().await;
    let grant = ("grant_type", "client_credentials");
    let header = basic("one-way", "a-secret");
    send(&idp, "token", &[("authorization", &header)], &[grant])
        .await
        .granted();
    let form = [
        grant,
        ("client_id", "one-way"),
        ("client_secret", "a-secret"),
    ];
    send(&idp, "token", &[], &form).await.refused(
        401,
        "unauthorized_client",
        "Invalid client or Invalid client credentials",
    );
}

async fn join_all<F: Future<Output = Answer>>(tries: impl Iterator<Item = F>) -> Vec<Answer> {
    let mut pending: Vec<_> = tries.map(Box::pin).collect();
    let mut done: Vec<Option<Answer>> = pending.iter().map(|_| None).collect();
    std::future::poll_fn(|cx| {
        for (task, place) in pending.iter_mut().zip(&mut done) {
            if place.is_none()
                && let std::task::Poll::Ready(answer) = task.as_mut().poll(cx)
            {
                *place = Some(answer);
            }
        }
        match done.iter().all(Option::is_some) {
            true => std::task::Poll::Ready(()),
            false => std::task::Poll::Pending,
        }
    })
    .await;
    done.into_iter().flatten().collect()
}

fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

/// The same token with another algorithm in its header: the signature no longer fits.
fn with_algorithm(token: &str, algorithm: &str) -> String {
    let (header, rest) = token.split_once('.').unwrap();
    let mut header: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
    header["alg"] = json!(algorithm);
    format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header.to_string()))
}
