//! Signing out, row by row as a real Keycloak was recorded.

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use support::idp::page::attribute;
use support::idp::{Answer, Browser, Idp, REALM, Tokens};

const APP: &str = "http://app.example";

/// The clients of the record: those that it names, with its settings.
fn realm() -> Value {
    let mut realm = support::idp::usual_realm();
    let client = |id: &str, attributes: Value| {
        json!({"clientId": id, "secret": format!("{id}-secret"), "redirectUris": ["http://app.example/*"],
            "attributes": attributes, "frontchannelLogout": id == "fcl"})
    };
    let clients = realm["clients"].as_array_mut().unwrap();
    clients[1]["redirectUris"] = json!(["http://app.example/*"]);
    clients[1]["attributes"] = json!({});
    clients.push(client("bcl", json!({"backchannel.logout.url": "http://app.example/backchannel", "backchannel.logout.session.required": "true"})));
    clients.push(client("fcl", json!({"frontchannel.logout.url": "http://app.example/frontchannel", "frontchannel.logout.session.required": "true"})));
    realm
}

fn cases() -> BTreeMap<String, Value> {
    let file: Value = serde_json::from_str(include_str!("golden/logout.json")).unwrap();
    let cases = file["cases"].as_array().unwrap().iter();
    cases
        .map(|case| (case["case"].as_str().unwrap().to_owned(), case.clone()))
        .collect()
}

/// Somebody signed in at these clients, in this order, with a browser.
async fn signed_in<'a>(
    idp: &'a Idp,
    who: (&str, &str),
    clients: &[&str],
) -> (Browser<'a>, Vec<Tokens>) {
    let mut browser = idp.browser();
    let mut all = Vec::new();
    for (at, client) in clients.iter().enumerate() {
        let app = idp.app(client);
        let answer = match at {
            0 => browser.sign_in(&app.authorize(), who.0, who.1).await,
            _ => browser.get(&app.authorize().address).await,
        };
        all.push(app.redeem(&answer.code()).await.granted());
    }
    (browser, all)
}

/// Sends what the row sends.
async fn send(browser: &mut Browser<'_>, case: &Value, hint: &str) -> Answer {
    let params: Vec<(String, String)> = case["parameters"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| {
            let value = value.as_str().unwrap().replace("{app}", APP);
            (name.clone(), value.replace("<id token>", hint))
        })
        .collect();
    let address = format!("/realms/{REALM}/protocol/openid-connect/logout");
    let pairs: Vec<(&str, &str)> = params
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    if case["method"] == "POST" {
        return browser.post(&address, &pairs).await;
    }
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&pairs)
        .finish();
    browser.get(&format!("{address}?{query}")).await
}

fn at(recorded: &Value) -> String {
    let base = format!("http://localhost:8080/realms/{REALM}");
    let text = recorded.as_str().unwrap();
    text.replace("{base}/realms/golden", &base)
        .replace("{app}", APP)
}

/// Compares all that the row says and that is not text for people.
#[track_caller]
fn same(case: &Value, answer: &Answer) {
    let name = case["case"].as_str().unwrap();
    assert_eq!(
        u64::from(answer.status.as_u16()),
        case["status"].as_u64().unwrap(),
        "{name}: {}",
        answer.text
    );
    if let Some(location) = case.get("location") {
        let found = answer.location();
        let bare = found.as_str().split('?').next().unwrap().to_owned();
        assert_eq!(bare, at(&location["to"]), "{name}");
        let query: BTreeMap<String, String> = found.query_pairs().into_owned().collect();
        assert_eq!(json!(query), location["query"], "{name}");
    }
    if let Some(cleared) = case.get("cookies cleared") {
        let removed: BTreeSet<&str> = answer
            .headers
            .get_all("set-cookie")
            .iter()
            .map(|line| line.to_str().unwrap())
            .filter(|line| line.contains("Max-Age=0"))
            .filter_map(|line| line.split('=').next())
            .collect();
        assert_eq!(json!(removed), *cleared, "{name}");
    }
    let Some(page) = case.get("page") else {
        return;
    };
    let id = match page["heading"].as_str().unwrap() {
        "We are sorry..." => "login-error",
        "You are logged out" => "login-info",
        "Logging out" if case.get("iframes").is_some() => "login-frontchannel-logout",
        "Logging out" => "login-logout-confirm",
        other => panic!("{name}: what is {other}"),
    };
    assert_eq!(answer.page_id(), id, "{name}: {}", answer.text);
    let Some(form) = page["forms"].get(0) else {
        assert!(!answer.text.contains("<form"), "{name}");
        return;
    };
    let action = url::Url::parse(&answer.form_action()).unwrap();
    let bare = action.as_str().split('?').next().unwrap().to_owned();
    assert_eq!(bare, at(&form["action"]["to"]), "{name}");
    let query: BTreeMap<String, String> = action.query_pairs().into_owned().collect();
    let recorded = form["action"]["query"].as_object().unwrap();
    assert_eq!(
        query["client_id"],
        recorded["client_id"].as_str().unwrap(),
        "{name}"
    );
    assert_eq!(query.len(), recorded.len(), "{name}");
    assert_eq!(query["tab_id"].len(), 11, "{name}");
    for input in form["inputs"].as_array().unwrap() {
        let input = input["name"].as_str().unwrap();
        assert!(
            answer.text.contains(&format!("name=\"{input}\"")),
            "{name}: {input}"
        );
    }
}

fn id_token(tokens: &Tokens) -> String {
    tokens.json["id_token"].as_str().unwrap().to_owned()
}

async fn confirm(browser: &mut Browser<'_>, page: &Answer) -> Answer {
    let start = "<input type=\"hidden\" name=\"session_code\"";
    let code = attribute(&page.text, start, "value").unwrap();
    let action = page.form_action();
    browser
        .post(&action, &[("session_code", &code), ("confirmLogout", "x")])
        .await
}

const ALICE: (&str, &str) = ("alice", "wonderland");

#[tokio::test]
async fn with_proof_of_the_application() {
    let idp = Idp::launch(realm()).start().await;
    let cases = cases();
    let (mut browser, tokens) = signed_in(&idp, ALICE, &["web"]).await;
    let hint = id_token(&tokens[0]);
    let case = &cases["id_token_hint and registered redirect"];
    same(case, &send(&mut browser, case, &hint).await);
    let refresh = idp.app("web").refresh(&tokens[0].refresh).await;
    let case = &cases["refresh after logout"];
    assert_eq!(refresh.json(), case["body"]);
    let case = &cases["again with the same hint, no session any more"];
    same(case, &send(&mut browser, case, &hint).await);

    for (row, method) in [
        ("id_token_hint, no redirect", "GET"),
        ("POST with hint", "POST"),
    ] {
        let (mut browser, tokens) = signed_in(&idp, ALICE, &["web"]).await;
        let case = &cases[row];
        assert_eq!(case["method"], method);
        same(case, &send(&mut browser, case, &id_token(&tokens[0])).await);
    }
}

#[tokio::test]
async fn without_proof() {
    let idp = Idp::launch(realm()).start().await;
    let cases = cases();
    let (mut browser, _) = signed_in(&idp, ALICE, &["web"]).await;
    let case = &cases["no parameters, signed in"];
    let page = send(&mut browser, case, "").await;
    same(case, &page);
    same(
        &cases["confirm posted"],
        &confirm(&mut browser, &page).await,
    );
    let case = &cases["no parameters, not signed in"];
    same(case, &send(&mut browser, case, "").await);

    let (mut browser, _) = signed_in(&idp, ALICE, &["web"]).await;
    let case = &cases["client_id and redirect, signed in"];
    let page = send(&mut browser, case, "").await;
    same(case, &page);
    let answer = confirm(&mut browser, &page).await;
    same(
        &cases["confirm posted with client_id and redirect"],
        &answer,
    );
    let case = &cases["client_id and redirect, not signed in"];
    same(case, &send(&mut browser, case, "").await);
}

#[tokio::test]
async fn what_is_not_in_order() {
    let idp = Idp::launch(realm()).start().await;
    let cases = cases();
    let (mut browser, tokens) = signed_in(&idp, ALICE, &["web"]).await;
    let (id, access) = (id_token(&tokens[0]), tokens[0].access.clone());
    let mut bob = signed_in(&idp, ("bob", "builder"), &["web"]).await.0;
    for (row, hint) in [
        ("redirect only", ""),
        ("redirect not registered", id.as_str()),
        ("redirect not registered, client_id", ""),
        ("garbage hint", ""),
        ("access token as hint", &access),
        ("hint of another client than client_id", &id),
        ("unknown client_id", ""),
        ("old redirect_uri parameter", ""),
        ("client without post.logout.redirect.uris", ""),
    ] {
        let case = &cases[row];
        same(case, &send(&mut browser, case, hint).await);
    }
    let case = &cases["hint of another user's session"];
    same(case, &send(&mut bob, case, &id).await);
    idp.app("web").refresh(&tokens[0].refresh).await.granted();
}

#[tokio::test]
async fn without_a_browser() {
    let idp = Idp::launch(realm()).start().await;
    let cases = cases();
    let (_, tokens) = signed_in(&idp, ALICE, &["web"]).await;
    let web = idp.app("web");
    let good = tokens[0].refresh.as_str();
    for (row, token) in [
        ("POST refresh_token, confidential", good),
        ("POST refresh_token again", good),
        ("POST refresh_token garbage", "garbage"),
    ] {
        let case = &cases[row];
        let answer = web.post("logout", &[("refresh_token", token)]).await;
        same(case, &answer);
        for (name, value) in case["headers"].as_object().unwrap() {
            assert_eq!(answer.header(name), value, "{row}");
        }
        if let Some(body) = case.get("body") {
            assert_eq!(answer.json(), *body, "{row}");
        }
    }
    let answer = web.post("logout", &[]).await;
    same(&cases["POST client but no token"], &answer);
    assert_eq!(answer.page_id(), "login-logout-confirm");
    let mut browser = idp.browser();
    let address = format!("/realms/{REALM}/protocol/openid-connect/logout");
    for (row, client) in [
        ("POST refresh_token, wrong secret", Some("web")),
        ("POST refresh_token, no client", None),
    ] {
        let mut form = vec![("refresh_token", good)];
        form.extend(client.map(|client| ("client_id", client)));
        form.extend(client.map(|_| ("client_secret", "wrong")));
        let answer = browser.post(&address, &form).await;
        same(&cases[row], &answer);
        assert_eq!(answer.json(), cases[row]["body"], "{row}");
    }
    let received = format!("{address}/backchannel-logout");
    for (row, form) in [
        ("POST logout/backchannel-logout no logout_token", vec![]),
        (
            "POST logout/backchannel-logout garbage",
            vec![("logout_token", "garbage")],
        ),
    ] {
        let answer = browser.post(&received, &form).await;
        same(&cases[row], &answer);
        assert_eq!(answer.json(), cases[row]["body"], "{row}");
    }
}

#[tokio::test]
async fn clients_that_the_browser_tells() {
    let idp = Idp::launch(realm()).start().await;
    let cases = cases();
    let (mut browser, tokens) = signed_in(&idp, ALICE, &["web", "bcl", "fcl"]).await;
    let sid = tokens[0].claims()["sid"].as_str().unwrap().to_owned();
    let case = &cases["two clients: back-channel and front-channel"];
    let answer = send(&mut browser, case, &id_token(&tokens[0])).await;
    same(case, &answer);
    let frame = attribute(&answer.text, "<iframe", "src").unwrap();
    let frame = url::Url::parse(&frame).unwrap();
    let recorded = &case["iframes"][0];
    assert!(frame.as_str().starts_with(&at(&recorded["to"])));
    let query: Vec<(String, String)> = frame.query_pairs().into_owned().collect();
    let issuer = format!("http://localhost:8080/realms/{REALM}");
    let expected = [("sid".to_owned(), sid), ("iss".to_owned(), issuer)];
    assert_eq!(query, expected);
    assert_eq!(answer.text.matches("<iframe").count(), 1);
    let link = attribute(&answer.text, "<a class=\"primary\" id=\"continue\"", "href").unwrap();
    assert_eq!(link, "http://app.example/bye?state=x");
    // Every policy allows the frame, and nothing but our own file runs.
    let policies: Vec<&str> = answer
        .headers
        .get_all("content-security-policy")
        .iter()
        .map(|value| value.to_str().unwrap())
        .collect();
    assert_eq!(policies.len(), 2);
    assert!(
        policies.iter().all(|policy| {
            let frames = policy
                .split(';')
                .find(|part| part.trim().starts_with("frame-src"));
            frames.unwrap().contains(" http://app.example")
        }),
        "{policies:?}"
    );

    // The one of the back channel is noted down, to be told by a job.
    let mut reader = idp.server.store.read().await.unwrap();
    let due = reader.notices().due(idp.clock.now(), 10).await.unwrap();
    assert_eq!(due.len(), 1);
}
