//! Clients that prove themselves by certificate (RFC 8705 §2.1).

use authn::CertificateHost;
use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use store::Timestamp;
use support::folder::Folder;
use support::idp::{Answer, Idp, REALM, request, usual_realm};
use support::pki::{Authority, Identity, Valid, self_signed};
use x509::TrustAnchors;

const HEADER: &str = "ssl-client-cert";
const TEXT: &str = "Invalid client or Invalid client credentials";

fn client(id: &str, attributes: &[(&str, &str)]) -> Value {
    let attributes: serde_json::Map<String, Value> = attributes
        .iter()
        .map(|(name, value)| ((*name).to_owned(), json!(value)))
        .collect();
    json!({
        "clientId": id, "clientAuthenticatorType": "client-x509", "serviceAccountsEnabled": true, "standardFlowEnabled": false,
        "attributes": attributes
    })
}

struct Case {
    idp: Idp,
    authority: Authority,
    /// Another one of the same name, trusted too.
    namesake: Authority,
    other: Authority,
    folder: Folder,
}

const EXACT: (&str, &str) = ("x509.allow.regex.pattern.comparison", "false");

async fn case() -> Case {
    let authority = Authority::new("Test root");
    let namesake = Authority::new("Test root");
    let other = Authority::new("Other root");
    let mut anchors = TrustAnchors::default();
    for trusted in [&authority, &namesake, &other] {
        anchors.add_pem(trusted.pem()).unwrap();
    }
    let mut realm = usual_realm();
    realm["clients"].as_array_mut().unwrap().extend([
        client("exact", &[("x509.subjectdn", "cn = svc-1"), EXACT]),
        client("pattern", &[("x509.subjectdn", "CN=svc-[0-9]+")]),
        client(
            "of-authority",
            &[
                ("x509.subjectdn", "CN=svc-1"),
                EXACT,
                ("x509.casubjectdn", "CN=Test root"),
            ],
        ),
        client(
            "of-nobody",
            &[
                ("x509.subjectdn", "CN=svc-1"),
                ("x509.casubjectdn", "CN=No root"),
            ],
        ),
        client("no-subject", &[EXACT]),
        client("no-name", &[("x509.subjectdn", "svc-1"), EXACT]),
        client("no-expression", &[("x509.subjectdn", "CN=(?=svc)")]),
        client(
            "no-authority",
            &[
                ("x509.subjectdn", "CN=svc-1"),
                ("x509.casubjectdn", "Test root"),
            ],
        ),
    ]);
    let idp = Idp::launch(realm)
        .truststore(anchors)
        .trusted("127.0.0.1")
        .start()
        .await;
    idp.clock.set(now());
    Case {
        idp,
        authority,
        namesake,
        other,
        folder: Folder::new("client-certificates"),
    }
}

/// By the clock of this machine, which certificates are made by.
fn now() -> Timestamp {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Timestamp(now.unwrap().as_millis().try_into().unwrap())
}

impl Case {
    fn certificate(&self, authority: &Authority, name: &str) -> String {
        authority
            .person(&self.folder, &realm::random_key(), name, Valid::Now)
            .escaped()
    }

    async fn token(&self, client: &str, certificate: Option<&str>) -> Answer {
        let headers: Vec<_> = certificate
            .map(|value| (HEADER, value))
            .into_iter()
            .collect();
        let app = self.idp.app(client).with(&headers);
        app.token(&[("grant_type", "client_credentials")]).await
    }

    /// Checks that nobody learns why, but an administrator.
    async fn refused(&self, client: &str, certificate: Option<&str>, reason: &str) {
        let answer = self.token(client, certificate).await;
        answer.refused(401, "invalid_client", TEXT);
        let event = self.idp.last_event().await;
        assert_eq!(event["type"], "CLIENT_LOGIN_ERROR");
        assert_eq!(event["error"], "invalid_client_credentials");
        assert_eq!(event["details"]["reason"], reason, "{client}");
        let attempt = event["details"]["attempt"].as_str().unwrap();
        let trace = self.idp.trace(attempt).await;
        assert_eq!(trace.last().unwrap(), reason, "{trace:?}");
    }
}

#[tokio::test]
async fn a_certificate_with_the_right_name_from_the_right_authority_is_the_clients() {
    let case = case().await;
    for (client, authority, name) in [
        ("exact", &case.authority, "svc-1"),
        ("exact", &case.other, "svc-1"),
        ("pattern", &case.authority, "svc-42"),
        ("of-authority", &case.authority, "svc-1"),
        ("of-authority", &case.namesake, "svc-1"),
    ] {
        let certificate = case.certificate(authority, name);
        case.token(client, Some(&certificate)).await.granted();
        let event = case.idp.last_event().await;
        assert_eq!(event["details"]["client_auth_method"], "client-x509");
    }
}

#[tokio::test]
async fn any_other_certificate_is_refused_and_the_event_says_why() {
    let case = case().await;
    let right = case.certificate(&case.authority, "svc-1");
    for (client, name) in [
        ("exact", "svc-2"),
        ("exact", "SVC-1"),
        ("pattern", "svc-x"),
        ("pattern", "a-svc-1"),
        ("pattern", "svc-1-b"),
    ] {
        let certificate = case.certificate(&case.authority, name);
        case.refused(client, Some(&certificate), "CLIENT-CERT-SUBJECT")
            .await;
    }
    let elsewhere = case.certificate(&case.other, "svc-1");
    for client in ["of-authority", "of-nobody"] {
        case.refused(client, Some(&elsewhere), "CERT-OTHER-AUTHORITY")
            .await;
    }
    for client in ["no-subject", "no-name", "no-expression", "no-authority"] {
        case.refused(client, Some(&right), "CLIENT-CERT-SETTING")
            .await;
    }
    case.refused("exact", None, "EDGE-CERT-HEADER-ABSENT").await;
    // Names prove nothing: the path always counts, and keys tell authorities apart.
    let stranger = case.certificate(&Authority::new("Test root"), "svc-1");
    for client in ["exact", "of-authority"] {
        case.refused(client, Some(&stranger), "CERT-SIGNATURE")
            .await;
    }
    let own = self_signed(&case.folder, "own", "svc-1").escaped();
    case.refused("exact", Some(&own), "CERT-SELF-SIGNED").await;
    let old = case
        .authority
        .person(&case.folder, "old", "svc-1", Valid::Past);
    case.refused("exact", Some(&old.escaped()), "CERT-EXPIRED")
        .await;
}

#[tokio::test]
async fn a_forged_header_proves_no_client() {
    let case = case().await;
    let certificate = case.certificate(&case.authority, "svc-1");
    let uri = format!("/realms/{REALM}/protocol/openid-connect/token");
    let forged = request("POST", &uri)
        .header("content-type", "application/x-www-form-urlencoded")
        .header(HEADER, certificate)
        .body(Body::from("grant_type=client_credentials&client_id=exact"))
        .unwrap();
    let answer = case.idp.send_from(([127, 0, 0, 2], 4000).into(), forged);
    answer.await.refused(401, "invalid_client", TEXT);
    let event = case.idp.last_event().await;
    assert_eq!(event["details"]["reason"], "EDGE-CERT-PEER-NOT-TRUSTED");
}

#[tokio::test]
async fn the_client_id_may_stand_in_the_query_and_no_secret_beside_a_certificate() {
    let case = case().await;
    let certificate = case.certificate(&case.authority, "svc-1");
    let send = async |query: &str, basic: Option<&str>| {
        let uri = format!("/realms/{REALM}/protocol/openid-connect/token{query}");
        let mut builder = request("POST", &uri)
            .header("content-type", "application/x-www-form-urlencoded")
            .header(HEADER, &certificate);
        if let Some(basic) = basic {
            builder = builder.header("authorization", format!("Basic {}", STANDARD.encode(basic)));
        }
        let body = Body::from("grant_type=client_credentials");
        case.idp.send(builder.body(body).unwrap()).await
    };
    send("?client_id=exact", None).await.granted();
    // What has a secret says who it is in the header or the form.
    for query in [
        "?client_id=svc&client_secret=svc-secret",
        "?client_id=app",
        "",
    ] {
        let answer = send(query, None).await;
        answer.refused(401, "invalid_client", TEXT);
    }
    let answer = send("", Some("exact:anything")).await;
    answer.refused(401, "unauthorized_client", TEXT);
    // Nor is a secret any good for it, or a certificate for a client with a secret.
    let app = case.idp.app("exact");
    let form = [
        ("grant_type", "client_credentials"),
        ("client_secret", "anything"),
    ];
    app.token(&form).await.refused(401, "invalid_client", TEXT);
    let answer = send("", Some("svc:wrong")).await;
    answer.refused(401, "unauthorized_client", TEXT);
}

#[tokio::test]
async fn introspection_and_revocation_take_the_certificate_too() {
    let case = case().await;
    let certificate = case.certificate(&case.authority, "svc-1");
    let headers = [(HEADER, certificate.as_str())];
    let app = case.idp.app("exact").with(&headers);
    let tokens = case.token("exact", Some(&certificate)).await.granted();
    let form = [("token", tokens.access.as_str())];
    assert_eq!(app.post("token/introspect", &form).await.status, 200);
    assert_eq!(app.post("revoke", &form).await.status, 200);
    let without = case.idp.app("exact");
    for endpoint in ["token/introspect", "revoke"] {
        assert_eq!(without.post(endpoint, &form).await.status, 401);
    }
}

#[tokio::test]
async fn discovery_names_certificates_and_where_to_show_them() {
    let idp = Idp::start().await;
    let document = idp.get("/.well-known/openid-configuration").await.json();
    for endpoint in ["token", "introspection", "revocation"] {
        let methods = &document[format!("{endpoint}_endpoint_auth_methods_supported")];
        let is_there = methods
            .as_array()
            .unwrap()
            .contains(&json!("tls_client_auth"));
        assert!(is_there, "{endpoint}");
    }
    assert_eq!(document["tls_client_certificate_bound_access_tokens"], true);
    let aliases = document["mtls_endpoint_aliases"].as_object().unwrap();
    assert!(aliases.contains_key("token_endpoint"), "{aliases:?}");
    for (name, address) in aliases {
        assert_eq!(document[name], *address);
    }
}

#[tokio::test]
async fn an_authority_with_two_roots_counts_for_whichever_of_them_is_trusted() {
    let (old, new) = (Authority::new("Old root"), Authority::new("New root"));
    let issuing = old.intermediate("Issuing");
    let below_new = issuing.also_under("Issuing", &new);
    let folder = Folder::new("two-roots");
    let certificate = issuing.person(&folder, "svc", "svc-1", Valid::Now);
    // As nginx has it: the client's own certificate, and nothing above it.
    let (begin, end) = certificate.pem().split_once("-----END").map_or_else(
        || panic!("PEM"),
        |(begin, _)| (begin.to_owned(), "-----END CERTIFICATE-----\n"),
    );
    let leaf = folder.write("leaf.pem", begin + end);
    let leaf = Identity {
        certificate: leaf,
        key: certificate.key,
    }
    .escaped();
    let mut realm = usual_realm();
    let pinned = |id: &str, root: &str| {
        let authority = ("x509.casubjectdn", root);
        client(id, &[("x509.subjectdn", "CN=svc-1"), EXACT, authority])
    };
    realm["clients"].as_array_mut().unwrap().extend([
        client("any", &[("x509.subjectdn", "CN=svc-1"), EXACT]),
        pinned("old", "CN=Old root"),
        pinned("new", "CN=New root"),
    ]);
    for (roots, of_old, of_new) in [
        (&[&old, &new][..], true, true),
        (&[&new, &old], true, true),
        (&[&old], true, false),
        (&[&new], false, true),
    ] {
        for between in [[issuing.pem(), &below_new], [&below_new, issuing.pem()]] {
            let mut anchors = TrustAnchors::default();
            for pem in roots.iter().map(|root| root.pem()).chain(between) {
                anchors.add_pem(pem).unwrap();
            }
            let idp = Idp::launch(realm.clone()).truststore(anchors).start().await;
            idp.clock.set(now());
            for (client, is_let_in) in [("any", true), ("old", of_old), ("new", of_new)] {
                let headers = [(HEADER, leaf.as_str())];
                let form = [("grant_type", "client_credentials")];
                let answer = idp.app(client).with(&headers).token(&form).await;
                if is_let_in {
                    answer.granted();
                } else {
                    answer.refused(401, "invalid_client", TEXT);
                    let event = idp.last_event().await;
                    assert_eq!(event["details"]["reason"], "CERT-OTHER-AUTHORITY");
                }
            }
        }
    }
}

#[tokio::test]
async fn discovery_names_the_certificate_host_where_tokens_have_the_same_issuer_there() {
    let apart = || CertificateHost::new("certificate.example").unwrap();
    let main = "http://localhost:8080/realms/test";
    for (hostname, certificate_host, base) in [
        (None, "certificate.example", main),
        (
            Some("id.example"),
            "certificate.example",
            "http://certificate.example:8080/realms/test",
        ),
        (
            Some("id.example"),
            "https://certificate.example",
            "http://id.example:8080/realms/test",
        ),
        (
            Some("https://id.example"),
            "certificate.example",
            "https://certificate.example/realms/test",
        ),
        (
            Some("https://id.example/auth"),
            "https://id.example:8443/auth",
            "https://id.example:8443/auth/realms/test",
        ),
    ] {
        let mut launch = Idp::launch(usual_realm());
        if let Some(hostname) = hostname {
            launch = launch.hostname(hostname);
        }
        let idp = launch.start().await;
        let host = CertificateHost::new(certificate_host).unwrap();
        idp.server.set_certificate_host(host);
        let document = idp.get("/.well-known/openid-configuration").await.json();
        for (name, path) in [
            ("token_endpoint", "token"),
            ("revocation_endpoint", "revoke"),
            ("introspection_endpoint", "token/introspect"),
            ("userinfo_endpoint", "userinfo"),
        ] {
            let address = format!("{base}/protocol/openid-connect/{path}");
            assert_eq!(document["mtls_endpoint_aliases"][name], address);
        }
    }
    // What is asked for there has the issuer of the main address.
    let idp = Idp::launch(usual_realm())
        .hostname("https://id.example")
        .start()
        .await;
    idp.server.set_certificate_host(apart());
    let uri = format!("/realms/{REALM}/protocol/openid-connect/token");
    let asked = request("POST", &uri)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("x-forwarded-host", "certificate.example")
        .header("x-forwarded-proto", "https");
    let form = "grant_type=password&client_id=app&username=alice&password=wonderland";
    let answer = idp.send(asked.body(Body::from(form)).unwrap()).await;
    let tokens = answer.granted();
    assert_eq!(tokens.claims()["iss"], "https://id.example/realms/test");
}
