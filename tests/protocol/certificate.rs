//! Sign-in by certificate behind a proxy that sends it in a header.

use serde_json::json;
use std::sync::Arc;
use store::Timestamp;
use support::folder::Folder;
use support::idp::{Idp, usual_realm};
use support::pki::{Authority, Identity, Valid, self_signed};
use support::postern::demo_realm;
use x509::{RevocationList, TrustAnchors};

const HEADER: &str = "ssl-client-cert";

/// The usual realm with the flows of the demo realm: certificate first, then name and password.
fn realm_with_certificates(confirm: bool) -> serde_json::Value {
    let (mut realm, demo) = (usual_realm(), demo_realm());
    for member in ["authenticationFlows", "authenticatorConfig", "browserFlow"] {
        realm[member] = demo[member].clone();
    }
    let skip = "x509-cert-auth.confirmation-page-disallowed";
    realm["authenticatorConfig"][0]["config"][skip] = json!((!confirm).to_string());
    realm["directGrantFlow"] = json!("direct grant x509");
    // Administrators sign in by password.
    realm["clients"].as_array_mut().unwrap().push(json!({
        "clientId": "admin-cli", "publicClient": true, "directAccessGrantsEnabled": true, "standardFlowEnabled": false,
        "authenticationFlowBindingOverrides": {"direct_grant": "5f3c1d52-1c0e-4f5b-9a55-6d0a3b8f1e99"}
    }));
    realm["authenticationFlows"].as_array_mut().unwrap().push(json!({
        "id": "5f3c1d52-1c0e-4f5b-9a55-6d0a3b8f1e99", "alias": "passwords", "providerId": "basic-flow", "topLevel": true,
        "authenticationExecutions": [
            {"authenticator": "direct-grant-validate-username", "requirement": "REQUIRED", "priority": 10},
            {"authenticator": "direct-grant-validate-password", "requirement": "REQUIRED", "priority": 20}
        ]
    }));
    realm
}

struct Case {
    idp: Idp,
    authority: Authority,
    folder: Folder,
}

async fn case(confirm: bool) -> Case {
    case_of(realm_with_certificates(confirm)).await
}

async fn case_of(realm: serde_json::Value) -> Case {
    let authority = Authority::new("Test root");
    let mut anchors = TrustAnchors::default();
    anchors.add_pem(authority.pem()).unwrap();
    let idp = Idp::launch(realm)
        .truststore(anchors)
        .trusted("127.0.0.1")
        .start()
        .await;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    idp.clock
        .set(Timestamp(now.unwrap().as_millis().try_into().unwrap()));
    Case {
        idp,
        authority,
        folder: Folder::new("certificate"),
    }
}

impl Case {
    fn alice(&self) -> Identity {
        self.authority
            .person(&self.folder, "alice", "alice", Valid::Now)
    }

    /// Each bad certificate, and the code of its refusal.
    fn refused(&self) -> Vec<(&'static str, Option<String>)> {
        let other = Authority::new("Somebody else's root");
        let same_name = Authority::new("Test root");
        let person = |authority: &Authority, file, name, valid| {
            Some(authority.person(&self.folder, file, name, valid).escaped())
        };
        vec![
            ("EDGE-CERT-HEADER-ABSENT", None),
            ("EDGE-CERT-HEADER-BLANK", Some(String::new())),
            ("EDGE-CERT-UNREADABLE", Some("garbage".to_owned())),
            (
                "EDGE-CERT-UNREADABLE",
                Some(
                    "-----BEGIN%20CERTIFICATE-----%0AAAAA%0A-----END%20CERTIFICATE-----".to_owned(),
                ),
            ),
            ("CERT-NO-PATH", person(&other, "a", "alice", Valid::Now)),
            (
                "CERT-SIGNATURE",
                person(&same_name, "b", "alice", Valid::Now),
            ),
            (
                "CERT-EXPIRED",
                person(&self.authority, "c", "alice", Valid::Past),
            ),
            (
                "CERT-NOT-YET-VALID",
                person(&self.authority, "d", "alice", Valid::Later),
            ),
            (
                "CERT-SELF-SIGNED",
                Some(self_signed(&self.folder, "e", "alice").escaped()),
            ),
            (
                "USER-NOT-FOUND",
                person(&self.authority, "f", "nobody", Valid::Now),
            ),
            (
                "USER-DISABLED",
                person(&self.authority, "g", "gone", Valid::Now),
            ),
        ]
    }
}

#[tokio::test]
async fn who_is_locked_out_is_so_by_certificate_too_and_certificates_are_no_guesses() {
    for (permanent, event, reason) in [
        (false, "user_temporarily_disabled", "USER-LOCKED"),
        (true, "user_disabled", "USER-LOCKED-FOR-GOOD"),
    ] {
        let mut realm = realm_with_certificates(false);
        realm["bruteForceProtected"] = json!(true);
        realm["permanentLockout"] = json!(permanent);
        realm["failureFactor"] = json!(2);
        realm["quickLoginCheckMilliSeconds"] = json!(0);
        let case = case_of(realm).await;
        let web = case.idp.app("web");
        let expired = case
            .authority
            .person(&case.folder, "old", "alice", Valid::Past);
        let mut browser = case.idp.browser().behind(HEADER, &expired.escaped());
        for _ in 0..3 {
            browser.get(&web.authorize().address).await.ok();
        }
        let right = case.alice().escaped();
        let mut browser = case.idp.browser().behind(HEADER, &right);
        browser.get(&web.authorize().address).await.code();
        // Guesses are made at the login page.
        for _ in 0..2 {
            let mut browser = case.idp.browser();
            let answer = browser.sign_in(&web.authorize(), "alice", "wrong").await;
            assert_eq!(answer.page_id(), "login-login");
        }
        let mut browser = case.idp.browser().behind(HEADER, &right);
        let page = browser.get(&web.authorize().address).await.ok();
        assert_eq!(case.idp.last_event().await["error"], event);
        let trace = case.idp.trace(&page.attempt_code()).await;
        assert!(trace.iter().any(|code| code == reason), "{trace:?}");
        let headers = [(HEADER, right.as_str())];
        let app = case.idp.app("app").with(&headers);
        let answer = app.token(&[("grant_type", "password")]).await;
        answer.refused(400, "invalid_grant", "Invalid user credentials");
        assert_eq!(case.idp.last_event().await["details"]["reason"], reason);
    }
}

#[tokio::test]
async fn a_certificate_signs_in_without_a_page() {
    let case = case(false).await;
    let web = case.idp.app("web");
    let mut browser = case.idp.browser().behind(HEADER, &case.alice().escaped());
    let answer = browser.get(&web.authorize().address).await;
    let tokens = web.redeem(&answer.code()).await.granted();
    assert_eq!(tokens.claims()["email"], "alice@example.com");
    let events = case.idp.admin("events?type=LOGIN&client=web").await;
    let details = &events[0]["details"];
    assert_eq!(details["x509_cert_subject_distinguished_name"], "CN=alice");
    assert_eq!(
        details["x509_cert_issuer_distinguished_name"],
        "CN=Test root"
    );
    assert!(details["x509_cert_serial_number"].is_string(), "{details}");
}

#[tokio::test]
async fn the_person_may_be_asked_first() {
    let case = case(true).await;
    let web = case.idp.app("web");
    let mut browser = case.idp.browser().behind(HEADER, &case.alice().escaped());
    let page = browser.get(&web.authorize().address).await.ok();
    assert_eq!(page.page_id(), "login-login-x509-info");
    assert!(page.text.contains("CN=alice"));
    let answer = browser.submit(&page, &[("login", "")]).await;
    assert_eq!(
        web.redeem(&answer.code()).await.granted().claims()["preferred_username"],
        "alice"
    );

    let mut browser = case.idp.browser().behind(HEADER, &case.alice().escaped());
    let page = browser.get(&web.authorize().address).await.ok();
    let page = browser.submit(&page, &[("cancel", "")]).await.ok();
    assert_eq!(page.page_id(), "login-login");
    let form = [("username", "bob"), ("password", "builder")];
    let answer = browser.submit(&page, &form).await;
    assert_eq!(
        web.redeem(&answer.code()).await.granted().claims()["preferred_username"],
        "bob"
    );
}

#[tokio::test]
async fn saying_yes_with_another_certificate_is_no_yes() {
    let case = case(true).await;
    let web = case.idp.app("web");
    let mut browser = case.idp.browser().behind(HEADER, &case.alice().escaped());
    let page = browser.get(&web.authorize().address).await.ok();
    let bob = case
        .authority
        .person(&case.folder, "bob", "bob", Valid::Now);
    for header in [Some(bob.escaped()), None] {
        let mut other = case.idp.browser();
        other.cookies.clone_from(&browser.cookies);
        if let Some(header) = header {
            other = other.behind(HEADER, &header);
        }
        let answer = other.submit(&page, &[("login", "")]).await;
        assert!(answer.headers.get("location").is_none(), "{}", answer.text);
    }
}

#[tokio::test]
async fn a_bad_certificate_leads_to_the_form_which_says_under_which_code_why() {
    let case = case(false).await;
    let web = case.idp.app("web");
    for (code, header) in case.refused() {
        let mut browser = case.idp.browser();
        if let Some(header) = &header {
            browser = browser.behind(HEADER, header);
        }
        let page = browser.get(&web.authorize().address).await.ok();
        assert_eq!(page.page_id(), "login-login", "{code}");
        let trace = case.idp.trace(&page.attempt_code()).await;
        assert!(trace.iter().any(|known| known == code), "{code}: {trace:?}");
        if code.starts_with("CERT-") || code.starts_with("USER-") {
            let events = case.idp.admin("events?type=LOGIN_ERROR&max=1").await;
            assert_eq!(events[0]["details"]["reason"], code);
        }
        // The password still works.
        let form = [("username", "bob"), ("password", "builder")];
        browser.submit(&page, &form).await.code();
    }
}

#[tokio::test]
async fn without_a_browser_a_certificate_is_enough_and_nothing_else_is() {
    let case = case(false).await;
    let alice = case.alice().escaped();
    let headers = [(HEADER, alice.as_str())];
    let grant = [("grant_type", "password"), ("scope", "openid")];
    let tokens = case
        .idp
        .app("web")
        .with(&headers)
        .token(&grant)
        .await
        .granted();
    assert_eq!(tokens.claims()["preferred_username"], "alice");

    for (code, header) in case.refused() {
        let headers: Vec<_> = header
            .iter()
            .map(|value| (HEADER, value.as_str()))
            .collect();
        let answer = case.idp.app("web").with(&headers).token(&grant).await;
        assert!(
            matches!(answer.status.as_u16(), 400 | 401),
            "{code}: {}",
            answer.text
        );
        assert!(answer.json().get("access_token").is_none());
        let events = case.idp.admin("events?type=LOGIN_ERROR&max=1").await;
        assert_eq!(events[0]["details"]["reason"], code, "{events}");
    }
    // A name and a password are not what this flow asks for.
    let missing = case.idp.app("web").password("alice", "wonderland").await;
    missing.refused(
        401,
        "invalid_request",
        "X509 client certificate is missing.",
    );
}

#[tokio::test]
async fn a_header_counts_from_the_proxy_alone() {
    let case = case(false).await;
    let alice = case.alice().escaped();
    let url = case.idp.app("web").authorize().address;
    let request = support::idp::request("GET", &url).header(HEADER, &alice);
    let request = request.body(axum::body::Body::empty()).unwrap();
    let page = case
        .idp
        .send_from(([127, 0, 0, 2], 40_000).into(), request)
        .await
        .ok();
    assert_eq!(page.page_id(), "login-login");
    let trace = case.idp.trace(&page.attempt_code()).await;
    assert!(
        trace.contains(&"EDGE-CERT-PEER-NOT-TRUSTED".to_owned()),
        "{trace:?}"
    );
}

#[tokio::test]
async fn a_session_ends_when_its_certificate_is_revoked_later() {
    let case = case(false).await;
    let web = case.idp.app("web");
    let alice = case
        .authority
        .person_listed(&case.folder, "alice", 7, "http://crl.example/a");
    let mut browser = case.idp.browser().behind(HEADER, &alice.escaped());
    let answer = browser.get(&web.authorize().address).await;
    let tokens = web.redeem(&answer.code()).await.granted();
    let mut by_password = case.idp.browser();
    let answer = by_password
        .sign_in(&web.authorize(), "bob", "builder")
        .await;
    let others = web.redeem(&answer.code()).await.granted();
    let tokens = web.refresh(&tokens.refresh).await.granted();

    let list = RevocationList::from_der(&case.authority.list(1, &[7]));
    let list = Arc::new(list.unwrap());
    let mut anchors = TrustAnchors::default();
    anchors.add_pem(case.authority.pem()).unwrap();
    list.verify(&anchors, case.idp.clock.now().seconds())
        .unwrap();
    let known = x509::Revocations::new([list], []);
    case.idp.server.revocation().replace(Arc::new(known));
    web.refresh(&tokens.refresh).await.refused(
        400,
        "invalid_grant",
        "The certificate that the session began with is revoked",
    );
    let event = case.idp.admin("events?type=LOGOUT").await[0].take();
    let details = &event["details"];
    assert_eq!(details["reason"], "SESSION-CERT-REVOKED");
    assert_eq!(
        details["x509_cert_issuer_distinguished_name"],
        "CN=Test root"
    );
    assert!(event["userId"].is_string() && event["sessionId"].is_string());
    // It is over for everybody, and nobody else's is.
    web.refresh(&tokens.refresh)
        .await
        .refused(400, "invalid_grant", "Session not active");
    web.refresh(&others.refresh).await.granted();
}

#[tokio::test]
async fn a_trace_tells_the_whole_way() {
    let case = case(false).await;
    let expired = case
        .authority
        .person(&case.folder, "x", "alice", Valid::Past)
        .escaped();
    let mut browser = case.idp.browser().behind(HEADER, &expired);
    let page = browser
        .get(&case.idp.app("web").authorize().address)
        .await
        .ok();
    let attempt = case
        .idp
        .admin(&format!("attempts/{}", page.attempt_code()))
        .await;
    let text = attempt["steps"].to_string();
    for part in [
        "127.0.0.1",
        "trusted proxy",
        "CN=alice",
        "CERT-EXPIRED",
        "expired at",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert_eq!(
        (&attempt["clientId"], &attempt["ipAddress"]),
        (&json!("web"), &json!("127.0.0.1"))
    );
}
