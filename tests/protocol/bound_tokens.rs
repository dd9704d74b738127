//! Tokens that count only together with a client certificate (RFC 8705 §3).

use axum::body::Body;
use serde_json::json;
use support::folder::Folder;
use support::idp::app::claims;
use support::idp::{Answer, App, Idp, REALM, request, usual_realm};
use support::pki::self_signed;

const HEADER: &str = "ssl-client-cert";
const MISSING: &str = "Client Certification missing for MTLS HoK Token Binding";
const BINDING: &str =
    "Client certificate missing, or its thumbprint and one in the refresh token did NOT match";

struct Case {
    idp: Idp,
    /// A certificate, and its thumbprint as RFC 8705 §3.1 writes it. Whoever shows it holds the key; nobody has to vouch for it.
    own: (String, String),
    other: String,
}

async fn case() -> Case {
    let mut realm = usual_realm();
    realm["enabledEventTypes"] = json!(["LOGIN", "CODE_TO_TOKEN_ERROR", "REFRESH_TOKEN_ERROR"]);
    for client in realm["clients"].as_array_mut().unwrap() {
        if ["web", "app", "svc"].contains(&client["clientId"].as_str().unwrap()) {
            client["attributes"]["tls.client.certificate.bound.access.tokens"] = json!("true");
        }
        if client["clientId"] == "svc" {
            client["attributes"]["client_credentials.use_refresh_token"] = json!("true");
            client["protocolMappers"] = json!([{
                "name": "cnf", "protocol": "openid-connect", "protocolMapper": "oidc-hardcoded-claim-mapper",
                "config": {"claim.name": "cnf", "claim.value": "nonsense", "access.token.claim": "true"}
            }]);
        }
    }
    realm["clients"][0]["protocolMappers"] = json!([{
        "name": "for other", "protocol": "openid-connect", "protocolMapper": "oidc-audience-mapper",
        "config": {"included.client.audience": "other", "access.token.claim": "true", "introspection.token.claim": "true"}
    }]);
    realm["clients"].as_array_mut().unwrap().push(json!({
        "clientId": "admin-bound", "publicClient": true, "directAccessGrantsEnabled": true, "standardFlowEnabled": false,
        "attributes": {"tls.client.certificate.bound.access.tokens": "true"}
    }));
    let idp = Idp::launch(realm).trusted("127.0.0.1").start().await;
    let folder = Folder::new("bound-tokens");
    let [own, other] = ["own", "other"].map(|name| self_signed(&folder, name, name));
    let chain = x509::Chain::from_pem(&own.pem()).unwrap();
    let thumbprint = jose::sha256_base64url(chain.leaf().der());
    Case {
        idp,
        own: (own.escaped(), thumbprint),
        other: other.escaped(),
    }
}

impl Case {
    fn header(&self) -> [(&str, &str); 1] {
        [(HEADER, &self.own.0)]
    }

    async fn get(&self, path: &str, token: &str, certificate: Option<&str>) -> Answer {
        let mut builder = request("GET", path).header("authorization", format!("Bearer {token}"));
        if let Some(certificate) = certificate {
            builder = builder.header(HEADER, certificate);
        }
        self.idp.send(builder.body(Body::empty()).unwrap()).await
    }
}

async fn each_grant(
    case: &Case,
    web: &App<'_>,
    public: &App<'_>,
    service: &App<'_>,
) -> Vec<Answer> {
    let mut browser = case.idp.browser();
    let code = browser
        .sign_in(&web.authorize(), "alice", "wonderland")
        .await
        .code();
    vec![
        web.redeem(&code).await,
        public.password("alice", "wonderland").await,
        service.token(&[("grant_type", "client_credentials")]).await,
    ]
}

#[tokio::test]
async fn every_grant_binds_and_says_to_what() {
    let case = case().await;
    let header = case.header();
    let [web, app, svc] = ["web", "app", "svc"].map(|id| case.idp.app(id).with(&header));
    let cnf = json!({"x5t#S256": case.own.1});
    for answer in each_grant(&case, &web, &app, &svc).await {
        let tokens = answer.granted();
        assert_eq!(tokens.claims()["cnf"], cnf);
        assert_eq!(claims(&tokens.refresh)["cnf"], cnf);
        let client = tokens.claims()["azp"].as_str().unwrap().to_owned();
        let app = case.idp.app(&client).with(&header);
        let renewed = app.refresh(&tokens.refresh).await.granted();
        assert_eq!(renewed.claims()["cnf"], cnf);
        assert_eq!(claims(&renewed.refresh)["cnf"], cnf);
    }
    // Who did not ask for it gets none.
    let unbound = case.idp.app("admin-cli").with(&header);
    let tokens = unbound.password("root", "root").await.granted();
    assert!(tokens.claims().get("cnf").is_none());
}

#[tokio::test]
async fn without_a_certificate_nothing_is_issued_and_nothing_used_up() {
    let case = case().await;
    let header = case.header();
    let web = case.idp.app("web");
    let mut browser = case.idp.browser();
    let code = browser
        .sign_in(&web.authorize(), "alice", "wonderland")
        .await
        .code();
    let answer = web.redeem(&code).await;
    answer.refused(400, "invalid_request", MISSING);
    let event = case.idp.last_event().await;
    assert_eq!(event["type"], "CODE_TO_TOKEN_ERROR");
    assert_eq!(event["error"], "invalid_request");
    assert_eq!(event["details"]["reason"], "TOKEN-CERT-MISSING");
    web.with(&header).redeem(&code).await.granted();
    let answer = case.idp.app("app").password("alice", "wonderland").await;
    answer.refused(400, "invalid_request", MISSING);
    let service = case.idp.app("svc");
    let answer = service.token(&[("grant_type", "client_credentials")]).await;
    answer.refused(400, "invalid_request", MISSING);
}

#[tokio::test]
async fn a_bound_refresh_token_is_nothing_without_its_certificate() {
    let case = case().await;
    let header = case.header();
    let app = case.idp.app("app");
    let tokens = app
        .with(&header)
        .password("alice", "wonderland")
        .await
        .granted();
    let other = [(HEADER, case.other.as_str())];
    for headers in [&[][..], &other] {
        let thief = app.with(headers);
        let answer = thief.refresh(&tokens.refresh).await;
        answer.refused(401, "unauthorized_client", BINDING);
        let event = case.idp.last_event().await;
        assert_eq!(event["error"], "not_allowed");
        assert_eq!(event["details"]["reason"], "TOKEN-CERT-MISMATCH");
        let form = [("refresh_token", tokens.refresh.as_str())];
        let answer = thief.post("logout", &form).await;
        answer.refused(401, "unauthorized_client", BINDING);
    }
    app.with(&header).refresh(&tokens.refresh).await.granted();
    let form = [("refresh_token", tokens.refresh.as_str())];
    let answer = app.with(&header).post("logout", &form).await;
    assert_eq!(answer.status, 204);
}

#[tokio::test]
async fn a_bound_access_token_is_nothing_without_its_certificate() {
    let case = case().await;
    let header = case.header();
    let userinfo = format!("/realms/{REALM}/protocol/openid-connect/userinfo");
    let admin = format!("/admin/realms/{REALM}/events");
    let app = case.idp.app("admin-bound").with(&header);
    let tokens = app.password("root", "root").await.granted();
    for path in [&userinfo, &admin] {
        let own = case.get(path, &tokens.access, Some(&case.own.0)).await;
        assert_eq!(own.status, 200, "{}", own.text);
        for certificate in [None, Some(case.other.as_str())] {
            let answer = case.get(path, &tokens.access, certificate).await;
            assert_eq!(answer.status, 401);
            if *path == userinfo {
                let challenge = answer.header("www-authenticate");
                let why = format!("error=\"invalid_token\", error_description=\"{BINDING}\"");
                assert!(challenge.ends_with(&why), "{challenge}");
            }
        }
    }
}

#[tokio::test]
async fn introspection_tells_what_a_token_is_bound_to() {
    let case = case().await;
    let header = case.header();
    let web = case.idp.app("web").with(&header);
    let tokens = web.password("alice", "wonderland").await.granted();
    // Who asks is not who holds it, and has no certificate.
    let asker = case.idp.app("other");
    let form = [("token", tokens.access.as_str())];
    let told = asker.post("token/introspect", &form).await.ok().json();
    assert_eq!(told["active"], true);
    assert_eq!(told["cnf"], json!({"x5t#S256": case.own.1}));
}
