//! Several tabs, the back button, and pages that are too old: there is always a way on.

use support::idp::page::attribute;
use support::idp::{Idp, REALM};

const FORM: [(&str, &str); 2] = [("username", "alice"), ("password", "wonderland")];

#[tokio::test]
async fn the_back_button_after_signing_in_leads_on_in_the_same_session() {
    let idp = Idp::start().await;
    let web = idp.app("web");
    let mut browser = idp.browser();
    let page = browser.get(&web.authorize().address).await.ok();
    let first = browser.submit(&page, &FORM).await;
    let session = first.param("session_state");
    // The same form once more, and the same page reloaded.
    let again = browser.submit(&page, &FORM).await;
    assert_eq!(again.param("session_state"), session);
    assert_ne!(again.code(), first.code());
    let reloaded = browser.get(&page.form_action()).await;
    assert_eq!(reloaded.param("session_state"), session);
    // A code of the first answer is still good once.
    web.redeem(&first.code()).await.granted();
}

#[tokio::test]
async fn a_tab_that_waits_goes_on_after_another_signed_in_or_out() {
    let idp = Idp::start().await;
    let (web, other) = (idp.app("web"), idp.app("other"));
    let mut browser = idp.browser();
    let waiting = browser.get(&web.authorize().address).await.ok();
    let to = other.authorize_with(&[("redirect_uri", "http://other.example/cb")]);
    let in_other = browser.sign_in(&to, FORM[0].1, FORM[1].1).await;
    let on = browser.submit(&waiting, &FORM).await;
    assert_eq!(on.param("session_state"), in_other.param("session_state"));

    // Signed out in one tab while another waits: its form begins a new session.
    let waiting = browser
        .get(&web.authorize_with(&[("prompt", "login")]).address)
        .await
        .ok();
    let logout = format!("/realms/{REALM}/protocol/openid-connect/logout");
    let page = browser.get(&logout).await.ok();
    let start = "<input type=\"hidden\" name=\"session_code\"";
    let code = attribute(&page.text, start, "value").unwrap();
    let action = page.form_action();
    browser.post(&action, &[("session_code", &code)]).await.ok();
    let next = browser.submit(&waiting, &FORM).await;
    let next = if next.status == 302 {
        next
    } else {
        browser.submit(&next, &FORM).await
    };
    assert_ne!(next.param("session_state"), on.param("session_state"));
    // The question of before is over: it was about the session that ended.
    let late = browser.post(&action, &[("session_code", &code)]).await;
    assert_eq!(late.status, 400);
}

#[tokio::test]
async fn signing_out_while_a_sign_in_is_under_way_disturbs_it_not() {
    let idp = Idp::start().await;
    let web = idp.app("web");
    let mut browser = idp.browser();
    let page = browser.get(&web.authorize().address).await.ok();
    let query = "client_id=web&post_logout_redirect_uri=http://app.example/bye";
    let logout = format!("/realms/{REALM}/protocol/openid-connect/logout?{query}");
    let answer = browser.get(&logout).await;
    assert_eq!(answer.location().as_str(), "http://app.example/bye");
    browser.submit(&page, &FORM).await.code();
}

#[tokio::test]
async fn consent_in_two_tabs_is_asked_and_given_twice_without_harm() {
    let idp = Idp::start().await;
    let asks = idp.app("asks");
    let mut browser = idp.browser();
    let one = browser
        .sign_in(&asks.authorize(), FORM[0].1, FORM[1].1)
        .await
        .ok();
    let two = browser
        .sign_in(&asks.authorize(), FORM[0].1, FORM[1].1)
        .await
        .ok();
    let mut sessions = Vec::new();
    for page in [one, two] {
        let start = "<input type=\"hidden\" name=\"code\"";
        let code = attribute(&page.text, start, "value").unwrap();
        let action = page.form_action();
        let answer = browser
            .post(&action, &[("code", &code), ("accept", "")])
            .await;
        asks.redeem(&answer.code()).await.granted();
        sessions.push(answer.param("session_state"));
    }
    assert_eq!(sessions.len(), 2);
}
