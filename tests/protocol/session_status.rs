//! What applications frame to hear whether somebody is still signed in.

use support::idp::Idp;

const OIDC: &str = "/protocol/openid-connect";

#[tokio::test]
async fn applications_may_frame_the_documents_and_nothing_runs_in_them_but_our_files() {
    let idp = Idp::start().await;
    for (path, script) in [
        ("login-status-iframe.html", "session-status.js"),
        ("3p-cookies/step1.html", "cookie-probe.js"),
        ("3p-cookies/step2.html", "cookie-probed.js"),
    ] {
        let answer = idp.get(&format!("{OIDC}/{path}")).await.ok();
        assert_eq!(answer.header("content-type"), "text/html;charset=utf-8");
        // As recorded.
        let cache = "no-cache, must-revalidate, no-transform, no-store";
        assert_eq!(answer.header("cache-control"), cache);
        assert_eq!(answer.header("x-frame-options"), "");
        let policies: Vec<&str> = answer
            .headers
            .get_all("content-security-policy")
            .iter()
            .map(|value| value.to_str().unwrap())
            .collect();
        assert!(
            policies
                .iter()
                .all(|policy| !policy.contains("frame-ancestors"))
        );
        assert!(
            policies.contains(&"frame-src 'self'; object-src 'none';"),
            "{policies:?}"
        );
        assert!(
            policies
                .iter()
                .any(|policy| policy.contains("script-src 'self'"))
        );
        assert!(!policies.concat().contains("unsafe"));
        let name = format!("login/postern/{script}");
        assert!(answer.text.contains(&name), "{}", answer.text);
        assert!(idp.server.pages.asset(&name).is_some());
        assert!(!answer.text.contains("<script>"));
    }
    // Other pages are as before.
    let page = idp.get("/protocol/openid-connect/logout").await.ok();
    assert_eq!(page.header("x-frame-options"), "SAMEORIGIN");
}

#[tokio::test]
async fn a_page_may_ask_in_the_name_of_a_client_whose_origin_it_has() {
    let idp = Idp::start().await;
    for (query, status) in [
        ("client_id=web&origin=http://app.example", 204),
        ("client_id=web&origin=http://localhost:8080", 204),
        ("client_id=web&origin=http://evil.example", 403),
        ("client_id=web&origin=null", 403),
        ("client_id=nope&origin=http://app.example", 403),
        ("client_id=off&origin=http://app.example", 403),
        ("client_id=web", 403),
        ("", 403),
    ] {
        let path = format!("{OIDC}/login-status-iframe.html/init?{query}");
        let answer = idp.get(&path).await;
        assert_eq!(
            (answer.status.as_u16(), answer.text.as_str()),
            (status, ""),
            "{query}"
        );
    }
}
