//! Browsers are asked for certificates at an address of its own, and at no other.

use authn::CertificateHost;
use serde_json::json;
use store::Timestamp;
use support::folder::Folder;
use support::idp::page::{attribute, text_of};
use support::idp::{Answer, Browser, Idp, usual_realm};
use support::pki::{Authority, Valid};
use support::postern::demo_realm;
use x509::TrustAnchors;

const HEADER: &str = "ssl-client-cert";
const APART: &str = "certificate.localhost:8080";

/// Whether there is a way beside the certificate.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Other {
    Password,
    None,
}

struct Case {
    idp: Idp,
    authority: Authority,
    folder: Folder,
}

async fn case(confirm: bool, other: Other) -> Case {
    let (mut realm, demo) = (usual_realm(), demo_realm());
    for member in ["authenticationFlows", "authenticatorConfig", "browserFlow"] {
        realm[member] = demo[member].clone();
    }
    let skip = "x509-cert-auth.confirmation-page-disallowed";
    realm["authenticatorConfig"][0]["config"][skip] = json!((!confirm).to_string());
    if other == Other::None {
        realm["authenticationFlows"] = json!([{
            "alias": "certificate alone", "providerId": "basic-flow", "topLevel": true, "authenticationExecutions": [{
                "authenticator": "auth-x509-client-username-form", "requirement": "REQUIRED", "priority": 10,
                "authenticatorConfig": demo["authenticatorConfig"][0]["alias"],
            }]
        }]);
        realm["browserFlow"] = json!("certificate alone");
    }
    let authority = Authority::new("Test root");
    let mut anchors = TrustAnchors::default();
    anchors.add_pem(authority.pem()).unwrap();
    let idp = Idp::launch(realm).truststore(anchors).start().await;
    let host = CertificateHost::new("certificate.localhost").unwrap();
    idp.server.set_certificate_host(host);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    idp.clock
        .set(Timestamp(now.unwrap().as_millis().try_into().unwrap()));
    Case {
        idp,
        authority,
        folder: Folder::new("certificate-host"),
    }
}

impl Case {
    /// A browser that has this person's certificate, where it is asked for it.
    fn browser(&self, name: &str) -> Browser<'_> {
        let person = self.authority.person(&self.folder, name, name, Valid::Now);
        self.idp
            .browser()
            .behind_at(APART, HEADER, &person.escaped())
    }

    /// Its first page.
    async fn begin(&self, browser: &mut Browser<'_>) -> Answer {
        let address = self.idp.app("web").authorize().address;
        browser.get(&address).await.ok()
    }

    async fn username(&self, answer: &Answer) -> String {
        let tokens = self.idp.app("web").redeem(&answer.code()).await.granted();
        tokens.claims()["preferred_username"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// Whether an answer lets nobody in, and the code of the reason.
    async fn refused(&self, answer: &Answer, reason: &str) {
        assert!(
            answer.headers.get("location").is_none(),
            "{:?}",
            answer.headers
        );
        let trace = self.idp.trace(&answer.attempt_code()).await;
        assert!(trace.contains(&reason.to_owned()), "{reason}: {trace:?}");
    }
}

/// Where the page's link to the other address leads.
fn link(page: &Answer) -> String {
    let link = attribute(
        &page.text,
        "<a class=\"secondary\" id=\"kc-certificate\"",
        "href",
    );
    let link = link.or_else(|| {
        attribute(
            &page.text,
            "<a class=\"primary\" id=\"kc-certificate\"",
            "href",
        )
    });
    let link = link.unwrap_or_else(|| panic!("{}", page.text));
    assert!(link.starts_with(&format!(
        "http://{APART}/realms/test/login-actions/certificate?"
    )));
    link
}

#[tokio::test]
async fn the_certificate_is_judged_apart_and_a_ticket_brings_it_back() {
    let case = case(false, Other::Password).await;
    let mut browser = case.browser("alice");
    let page = case.begin(&mut browser).await;
    assert_eq!(page.page_id(), "login-login");
    let away = browser.get(&link(&page)).await;
    assert_eq!(away.header("cache-control"), "no-store");
    let back = away.location();
    assert!(
        back.as_str()
            .starts_with("http://localhost:8080/realms/test/login-actions/authenticate?")
    );
    // Nothing of whose it is can be read on the way.
    assert!(!back.as_str().contains("alice"));
    let answer = browser.get(back.as_str()).await;
    assert_eq!(case.username(&answer).await, "alice");
    let events = case.idp.admin("events?type=LOGIN&client=web").await;
    let details = &events[0]["details"];
    assert_eq!(details["x509_cert_subject_distinguished_name"], "CN=alice");
    assert_eq!(details["username"], "alice@example.com");
    // Signed in, nobody is asked anything again.
    let again = browser.get(&case.idp.app("web").authorize().address).await;
    assert_eq!(case.username(&again).await, "alice");
}

#[tokio::test]
async fn who_has_no_certificate_is_not_sent_there() {
    let case = case(false, Other::Password).await;
    let mut browser = case.idp.browser();
    let page = case.begin(&mut browser).await;
    let wrong = browser
        .submit(&page, &[("username", "bob"), ("password", "wrong")])
        .await
        .ok();
    link(&wrong);
    let answer = browser
        .submit(&wrong, &[("username", "bob"), ("password", "builder")])
        .await;
    assert_eq!(case.username(&answer).await, "bob");
}

#[tokio::test]
async fn the_person_confirms_it_at_the_main_address() {
    let case = case(true, Other::Password).await;
    let mut browser = case.browser("alice");
    let page = case.begin(&mut browser).await;
    let back = browser.get(&link(&page)).await.location();
    let page = browser.get(back.as_str()).await.ok();
    assert_eq!(page.page_id(), "login-login-x509-info");
    assert_eq!(
        text_of(&page.text, "certificate_subjectDN").as_deref(),
        Some("CN=alice")
    );
    let answer = browser.submit(&page, &[("login", "")]).await;
    assert_eq!(case.username(&answer).await, "alice");
    // The page may still be there when they have signed out: who goes back to it is not signed in again.
    browser.cookies.retain(|name, _| name == "AUTH_SESSION_ID");
    let again = browser.submit(&page, &[("login", "")]).await.ok();
    case.refused(&again, "CERT-TICKET").await;

    let mut browser = case.browser("alice");
    let page = case.begin(&mut browser).await;
    let back = browser.get(&link(&page)).await.location();
    let page = browser.get(back.as_str()).await.ok();
    let page = browser.submit(&page, &[("cancel", "")]).await.ok();
    assert_eq!(page.page_id(), "login-login");
    // Another browser can't say yes in its place.
    let mut other = case.browser("alice");
    let page = case.begin(&mut browser).await;
    let back = browser.get(&link(&page)).await.location();
    let page = browser.get(back.as_str()).await.ok();
    let answer = other.submit(&page, &[("login", "")]).await;
    assert!(answer.headers.get("location").is_none());
    // Nor can whoever was switched off meanwhile.
    support::idp::change_user(&case.idp, "alice", |alice| alice.enabled = false).await;
    let answer = browser.submit(&page, &[("login", "")]).await.ok();
    case.refused(&answer, "USER-DISABLED").await;
}

#[tokio::test]
async fn a_ticket_is_good_once_for_its_browser_its_sign_in_and_a_minute() {
    let case = case(false, Other::Password).await;
    let mut browser = case.browser("alice");

    // Twice.
    let page = case.begin(&mut browser).await;
    let back = browser.get(&link(&page)).await.location();
    let cookies = browser.cookies.clone();
    browser.get(back.as_str()).await.code();
    let mut same = case.idp.browser();
    same.cookies = cookies;
    let again = same.get(back.as_str()).await;
    case.refused(&again, "CERT-TICKET").await;
    let event = case.idp.admin("events?type=LOGIN_ERROR&max=1").await;
    assert_eq!(event[0]["details"]["reason"], "CERT-TICKET");

    // Another browser.
    let mut browser = case.browser("alice");
    let page = case.begin(&mut browser).await;
    let back = browser.get(&link(&page)).await.location();
    let mut other = case.idp.browser();
    let answer = other.get(back.as_str()).await;
    assert_eq!(
        (answer.status.as_u16(), answer.page_id().as_str()),
        (400, "login-error")
    );
    let mut other = case.idp.browser();
    case.begin(&mut other).await;
    let answer = other.get(back.as_str()).await;
    assert!(
        answer.headers.get("location").is_none(),
        "{:?}",
        answer.headers
    );

    // Another sign-in of the same browser: the ticket of the first with the state of the second.
    let second = case.begin(&mut browser).await;
    let ticket = |url: &url::Url| {
        let found = url
            .query_pairs()
            .find(|(name, _)| name == "certificate_ticket");
        found.unwrap().1.into_owned()
    };
    let mut to_second = browser.get(&link(&second)).await.location();
    let (first, mut pairs) = (ticket(&back), Vec::new());
    for (name, value) in to_second.query_pairs() {
        let value = if name == "certificate_ticket" {
            first.clone()
        } else {
            value.into_owned()
        };
        pairs.push((name.into_owned(), value));
    }
    to_second.query_pairs_mut().clear().extend_pairs(&pairs);
    let answer = browser.get(to_second.as_str()).await.ok();
    case.refused(&answer, "CERT-TICKET").await;

    // Not one of ours.
    let forged = to_second.as_str().replace(&first, "AAAA");
    let answer = browser.get(&forged).await.ok();
    case.refused(&answer, "CERT-TICKET").await;

    // Too late.
    let page = case.begin(&mut browser).await;
    let back = browser.get(&link(&page)).await.location();
    case.idp.clock.advance(60);
    let answer = browser.get(back.as_str()).await.ok();
    case.refused(&answer, "CERT-TICKET").await;
    // From there on it works.
    let back = browser.get(&link(&answer)).await.location();
    assert_eq!(
        case.username(&browser.get(back.as_str()).await).await,
        "alice"
    );
}

#[tokio::test]
async fn a_certificate_that_does_not_count_can_be_chosen_again_or_passed_over() {
    let case = case(false, Other::Password).await;
    let mut browser = case.browser("nobody");
    let page = case.begin(&mut browser).await;
    let page = browser.get(&link(&page)).await.ok();
    assert_eq!(page.page_id(), "login-certificate");
    assert!(page.text.contains(&format!("http://{APART}/resources/")));
    case.refused(&page, "USER-NOT-FOUND").await;
    let event = case.idp.admin("events?type=LOGIN_ERROR&max=1").await;
    assert_eq!(event[0]["error"], "user_not_found");
    assert_eq!(
        event[0]["details"]["x509_cert_subject_distinguished_name"],
        "CN=nobody"
    );

    // Another certificate this time.
    let again = link(&page);
    let mut chosen = case.browser("alice");
    chosen.cookies.clone_from(&browser.cookies);
    let back = chosen.get(&again).await.location();
    assert_eq!(
        case.username(&chosen.get(back.as_str()).await).await,
        "alice"
    );

    // None: the browser was asked and has none.
    let mut without = case.idp.browser();
    without.cookies.clone_from(&browser.cookies);
    let none = without.get(&again).await.ok();
    case.refused(&none, "EDGE-CERT-HEADER-ABSENT").await;

    // Or another way.
    let other = attribute(&page.text, "<a class=\"secondary\" id=\"kc-other\"", "href").unwrap();
    let page = browser.get(&other).await.ok();
    assert_eq!(page.page_id(), "login-login");
    let form = [("username", "bob"), ("password", "builder")];
    let answer = browser.submit(&page, &form).await;
    assert_eq!(case.username(&answer).await, "bob");
}

#[tokio::test]
async fn a_required_certificate_is_asked_for_by_a_page_and_signing_out_stays_signed_out() {
    let case = case(false, Other::None).await;
    let mut browser = case.browser("alice");
    let page = case.begin(&mut browser).await;
    assert_eq!(page.page_id(), "login-certificate");
    assert!(!page.text.contains("role=\"alert\"") && !page.text.contains("kc-other"));
    let back = browser.get(&link(&page)).await.location();
    let answer = browser.get(back.as_str()).await;
    assert_eq!(case.username(&answer).await, "alice");

    let out = browser
        .get("/realms/test/protocol/openid-connect/logout")
        .await
        .ok();
    let session_code = attribute(
        &out.text,
        "<input type=\"hidden\" name=\"session_code\"",
        "value",
    );
    let form = session_code.unwrap_or_default();
    browser
        .submit(
            &out,
            &[("session_code", form.as_str()), ("confirmLogout", "")],
        )
        .await;
    let page = case.begin(&mut browser).await;
    assert_eq!(page.page_id(), "login-certificate");

    let mut nobody = case.idp.browser();
    let page = case.begin(&mut nobody).await;
    let page = nobody.get(&link(&page)).await.ok();
    assert_eq!(page.page_id(), "login-certificate");
    assert!(page.text.contains("role=\"alert\"") && !page.text.contains("kc-other"));
}

#[tokio::test]
async fn the_address_serves_errands_of_ours_alone_and_the_main_one_none() {
    let case = case(false, Other::Password).await;
    let mut browser = case.browser("alice");
    let page = case.begin(&mut browser).await;
    let url = link(&page);
    let at_main = url.replace(APART, "localhost:8080");
    assert_eq!(browser.get(&at_main).await.status, 404);
    let bare = url.split('?').next().unwrap();
    for query in ["", "?errand=x&session_code=y", "?errand=&session_code="] {
        let answer = browser.get(&format!("{bare}{query}")).await;
        assert_eq!(answer.status, 400, "{query}");
    }
    // A sign-in that took too long starts again where it began.
    let lifespan = 3_600 * 10;
    case.idp.clock.advance(lifespan);
    let back = browser.get(&url).await.location();
    assert!(!back.as_str().contains("certificate_ticket"));
    let page = browser.get(back.as_str()).await.ok();
    assert_eq!(page.page_id(), "login-login");
}
