//! Devices without a browser (RFC 8628).

use serde_json::{Value, json};
use support::idp::page::attribute;
use support::idp::record::{Record, same_answer};
use support::idp::{Answer, Browser, Idp, golden_realm};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
const PATH: &str = "/realms/test/device";

async fn idp() -> Idp {
    Idp::launch(golden_realm()).start().await
}

async fn ask(idp: &Idp, app: &str, form: &[(&str, &str)]) -> Value {
    idp.app(app).post("auth/device", form).await.ok().json()
}

async fn poll(idp: &Idp, app: &str, asked: &Value) -> Answer {
    poll_with(idp, app, asked, &[]).await
}

async fn poll_with(idp: &Idp, app: &str, asked: &Value, more: &[(&str, &str)]) -> Answer {
    let code = asked["device_code"].as_str().unwrap();
    let mut form = vec![("grant_type", GRANT), ("device_code", code)];
    form.extend(more);
    idp.app(app).token(&form).await
}

fn person(idp: &Idp) -> Browser<'_> {
    idp.browser().behind("accept", "text/html")
}

/// The path of an address of ours.
fn path(asked: &Value, name: &str) -> String {
    let address = asked[name].as_str().unwrap();
    address
        .strip_prefix("http://localhost:8080")
        .unwrap()
        .to_owned()
}

/// Signs in for a device, up to the question.
async fn question(browser: &mut Browser<'_>, asked: &Value) -> Answer {
    let address = path(asked, "verification_uri_complete");
    let page = browser.get(&address).await.ok();
    if page.page_id() == "login-login-oauth-grant" {
        return page;
    }
    assert_eq!(page.page_id(), "login-login");
    let form = [("username", "alice"), ("password", "alice-password-1")];
    let page = browser.submit(&page, &form).await.ok();
    assert_eq!(page.page_id(), "login-login-oauth-grant");
    page
}

/// Answers the question.
async fn say(browser: &mut Browser<'_>, page: &Answer, answer: &str) -> Answer {
    let code = attribute(&page.text, "<input type=\"hidden\" name=\"code\"", "value").unwrap();
    browser
        .submit(page, &[("code", code.as_str()), (answer, "x")])
        .await
}

#[tokio::test]
async fn each_recorded_case() {
    let idp = idp().await;
    let mut record = Record::read("device.json");
    let device = idp.app("device");
    let first = device.post("auth/device", &[("scope", "openid")]).await;
    record.check("device authorization", &first);
    let asked = first.json();
    record.check("first poll", &poll(&idp, "device", &asked).await);
    record.check("second poll at once", &poll(&idp, "device", &asked).await);
    let unknown = json!({"device_code": "x".repeat(43)});
    record.check("unknown device code", &poll(&idp, "device", &unknown).await);
    let missing = device.token(&[("grant_type", GRANT)]).await;
    record.check("missing device code", &missing);
    record.check(
        "device code of another client",
        &poll(&idp, "web", &asked).await,
    );
    let off = idp.app("app").post("auth/device", &[]).await;
    record.check("client without the grant", &off);
    let without = idp.app("web").with_secret("").as_nobody();
    record.check("missing client", &without.post("auth/device", &[]).await);
    let form = [("client_id", "nope")];
    record.check("unknown client", &without.post("auth/device", &form).await);
    let scope = [("scope", "openid nope")];
    record.check("bad scope", &device.post("auth/device", &scope).await);
    let wrong = idp.app("box").with_secret("wrong");
    let wrong = wrong.post("auth/device", &[("scope", "openid")]).await;
    record.check("confidential client, wrong secret", &wrong);

    // Pages: their structure is compared where pages are made; here, what they do.
    let mut browser = person(&idp);
    let page = browser.get(PATH).await.ok();
    for (name, typed) in [
        ("GET verification_uri", None),
        (
            "wrong user code posted to the form's action",
            Some("WRON-GONE"),
        ),
        ("GET device?user_code=WRON-GONE", None),
    ] {
        let case = record.case(name);
        let page = match (typed, name.contains('?')) {
            (Some(typed), _) => {
                let form = [("device_user_code", typed)];
                browser.submit(&page, &form).await
            }
            (None, true) => browser.get(&format!("{PATH}?user_code=WRON-GONE")).await,
            (None, false) => browser.get(PATH).await,
        };
        assert_eq!(case["page"]["status"], page.status.as_u16(), "{name}");
        let id = &case["page"]["body-attributes"]["data-page-id"];
        assert_eq!(id, &page.page_id(), "{name}");
        let action = case["page"]["forms"][0]["action"]["to"].as_str().unwrap();
        let action = action.replace("{base}", "http://localhost:8080");
        assert_eq!(page.form_action(), action, "{name}");
        let has_message = case["page"]["message"].is_string();
        let said = page.text.contains("right. Please try again.");
        assert_eq!(said, has_message, "{name}: {}", page.text);
    }
    let mut other = idp.browser().behind("accept", "*/*");
    let form = [("device_user_code", "WRON-GONE")];
    record.check(
        "the same POST with Accept: */*",
        &other.post(PATH, &form).await,
    );
    // Where the recorded server redirects to the sign-in, ours is the sign-in.
    let code = asked["user_code"].as_str().unwrap();
    let bare = code.to_lowercase().replace('-', "");
    for (name, page) in [
        (
            "right user code in lower case without dash posted",
            person(&idp)
                .submit(&page, &[("device_user_code", bare.as_str())])
                .await,
        ),
        (
            "user code in lower case in the query",
            person(&idp)
                .get(&format!("{PATH}?user_code={}", code.to_lowercase()))
                .await,
        ),
        (
            "user code without dash in the query",
            person(&idp)
                .get(&format!("{PATH}?user_code={}", code.replace('-', "")))
                .await,
        ),
    ] {
        record.case(name);
        assert_eq!(page.ok().page_id(), "login-login", "{name}");
    }
    for name in [
        "GET verification_uri_complete",
        "then",
        "sign-in posted",
        "consent page",
    ] {
        record.case(name);
    }
    let asks = question(&mut browser, &asked).await;
    assert!(asks.text.contains("device"));
    let given = say(&mut browser, &asks, "accept").await;
    let case = record.case("consent given");
    let to = case["location"]["to"].as_str().unwrap();
    let to = to.replace("{base}", "http://localhost:8080");
    assert_eq!(given.location().as_str(), to);
    let case = record.case("status page");
    let status = browser.get(&format!("{PATH}/status")).await.ok();
    let id = &case["page"]["body-attributes"]["data-page-id"];
    assert_eq!(id, &status.page_id());

    idp.clock.advance(6);
    record.check("poll after approval", &poll(&idp, "device", &asked).await);
    record.check("poll after success", &poll(&idp, "device", &asked).await);

    let second = device.post("auth/device", &[]).await;
    record.check("second device authorization", &second);
    let second = second.json();
    record.case("signed in already: page");
    let asks = browser
        .get(&path(&second, "verification_uri_complete"))
        .await
        .ok();
    assert_eq!(asks.page_id(), "login-login-oauth-grant");
    record.case("denied: page");
    let denied = say(&mut browser, &asks, "cancel").await;
    let query = denied.location().query().map(str::to_owned);
    assert_eq!(query.as_deref(), Some("error=access_denied"));
    record.check("poll after denial", &poll(&idp, "device", &second).await);

    // The recorded client has five seconds between looks and one second in all.
    let short = idp.app("box").post("auth/device", &[]).await;
    let mut case = record.case("lifespan 1");
    case["body"]["interval"] = json!(7);
    same_answer("lifespan 1", &case, &short);
    idp.clock.advance(2);
    record.check("poll after expiry", &poll(&idp, "box", &short.json()).await);
    record.done(&[]);
}

#[tokio::test]
async fn whoever_looks_too_often_is_told_to_slow_down() {
    let idp = idp().await;
    let asked = ask(&idp, "device", &[]).await;
    let pending = "The authorization request is still pending";
    for _ in 0..3 {
        poll(&idp, "device", &asked)
            .await
            .refused(400, "authorization_pending", pending);
        idp.clock.advance(4);
        poll(&idp, "device", &asked)
            .await
            .refused(400, "slow_down", "Slow down");
        idp.clock.advance(2);
    }
    poll(&idp, "box", &asked)
        .await
        .refused(400, "invalid_grant", "unauthorized client");
}

#[tokio::test]
async fn a_code_is_answered_once_by_who_was_asked() {
    let idp = idp().await;
    let asked = ask(&idp, "device", &[("scope", "openid")]).await;
    let mut browser = person(&idp);
    let asks = question(&mut browser, &asked).await;
    // Nobody else can answer with what stands in the page.
    let code = attribute(&asks.text, "<input type=\"hidden\" name=\"code\"", "value").unwrap();
    let form = [("code", code.as_str()), ("accept", "x")];
    let action = asks.form_action();
    let stranger = person(&idp).post(&action, &form).await;
    assert_eq!(stranger.status, 400);
    let other = ask(&idp, "device", &[]).await;
    let mut second = person(&idp);
    question(&mut second, &other).await;
    assert_eq!(second.post(&action, &form).await.status, 400);
    let foreign = browser
        .headers
        .iter()
        .position(|(name, _)| name == "origin");
    assert_eq!(foreign, None);
    browser
        .headers
        .push(("origin".to_owned(), "http://evil.example".to_owned()));
    assert_eq!(browser.post(&action, &form).await.status, 403);
    browser.headers.pop();
    poll(&idp, "device", &asked).await.refused(
        400,
        "authorization_pending",
        "The authorization request is still pending",
    );

    say(&mut browser, &asks, "accept").await.location();
    let again = say(&mut browser, &asks, "cancel").await;
    assert_eq!(again.location().query(), Some("error=expired_token"));
    let used = browser
        .get(&path(&asked, "verification_uri_complete"))
        .await
        .ok();
    assert_eq!(used.page_id(), "login-login-oauth2-device-verify-user-code");
    idp.clock.advance(6);
    let tokens = poll(&idp, "device", &asked).await.granted();
    assert_eq!(tokens.id_claims()["aud"], "device");
    idp.app("device").refresh(&tokens.refresh).await.granted();
}

#[tokio::test]
async fn a_device_proves_that_the_code_is_its_own() {
    let verifier = "the-quick-brown-fox-jumps-over-the-lazy-dog-0123";
    let challenge = jose::sha256_base64url(verifier.as_bytes());
    let idp = idp().await;
    let device = idp.app("device");
    let with = |method: &'static str| {
        vec![
            ("code_challenge", challenge.clone()),
            ("code_challenge_method", method.to_owned()),
        ]
    };
    let form = with("S512");
    let form: Vec<_> = form
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    device.post("auth/device", &form).await.refused(
        400,
        "invalid_request",
        "Invalid parameter: code_challenge_method",
    );
    let form = with("S256");
    let form: Vec<_> = form
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    for (sent, refused) in [
        (None, Some("PKCE code verifier not specified")),
        (
            Some("another-verifier-that-is-long-enough-to-be-one-00"),
            Some("PKCE verification failed: Code mismatch"),
        ),
        (Some(verifier), None),
    ] {
        let asked = ask(&idp, "device", &form).await;
        let mut browser = person(&idp);
        let asks = question(&mut browser, &asked).await;
        say(&mut browser, &asks, "accept").await;
        let more: Vec<_> = sent
            .map(|sent| ("code_verifier", sent))
            .into_iter()
            .collect();
        let answer = poll_with(&idp, "device", &asked, &more).await;
        match refused {
            Some(text) => answer.refused(400, "invalid_grant", text),
            None => drop(answer.granted()),
        }
    }
}

#[tokio::test]
async fn who_signs_out_or_is_disabled_before_the_device_looks_gives_it_nothing() {
    let idp = idp().await;
    let asked = ask(&idp, "device", &[]).await;
    let mut browser = person(&idp);
    let asks = question(&mut browser, &asked).await;
    say(&mut browser, &asks, "accept").await;
    support::idp::change_user(&idp, "alice", |user| user.enabled = false).await;
    poll(&idp, "device", &asked)
        .await
        .refused(400, "invalid_grant", "User disabled");
}

#[tokio::test]
async fn who_guesses_codes_is_not_listened_to_for_a_while() {
    let idp = idp().await;
    let asked = ask(&idp, "device", &[]).await;
    let mut browser = person(&idp);
    for _ in 0..20 {
        browser
            .get(&format!("{PATH}?user_code=BBBB-BBBB"))
            .await
            .ok();
    }
    let right = path(&asked, "verification_uri_complete");
    assert_eq!(browser.get(&right).await.status, 429);
    idp.clock.advance(601);
    let asked = ask(&idp, "device", &[]).await;
    browser
        .get(&path(&asked, "verification_uri_complete"))
        .await
        .ok();
}

#[tokio::test]
async fn a_device_may_go_on_offline() {
    let idp = idp().await;
    let asked = ask(&idp, "device", &[("scope", "openid offline_access")]).await;
    let mut browser = person(&idp);
    let asks = question(&mut browser, &asked).await;
    say(&mut browser, &asks, "accept").await;
    let tokens = poll(&idp, "device", &asked).await.granted();
    assert!(
        tokens.claims()["jti"]
            .as_str()
            .unwrap()
            .starts_with("ofrtdg:")
    );
    assert_eq!(tokens.json["refresh_expires_in"], 0);
    idp.clock.advance(86_400);
    idp.app("device").refresh(&tokens.refresh).await.granted();
}

#[tokio::test]
async fn what_a_person_says_to_a_device_is_kept_where_the_client_asks_people() {
    let mut realm = golden_realm();
    let clients = realm["clients"].as_array_mut().unwrap();
    let device = clients
        .iter_mut()
        .find(|client| client["clientId"] == "device");
    device.unwrap()["consentRequired"] = json!(true);
    let idp = Idp::launch(realm).start().await;
    let asked = ask(&idp, "device", &[("scope", "openid")]).await;
    let mut browser = person(&idp);
    let asks = question(&mut browser, &asked).await;
    say(&mut browser, &asks, "accept").await;
    let tokens = poll(&idp, "device", &asked).await.granted();
    idp.app("device").refresh(&tokens.refresh).await.granted();
}
