//! Authorization requests and answers, row by row as a real Keycloak answered them.

use crate::recorded::{address, cases, differs, fields, idp, location, params, realm};
use axum::body::Body;
use serde_json::{Value, json};
use support::idp::{Answer, Browser, Idp, request};

/// The right request of `errors-authorization`.
const RIGHT: [(&str, &str); 5] = [
    ("client_id", "web"),
    ("redirect_uri", "{app}/cb"),
    ("response_type", "code"),
    ("scope", "openid"),
    ("state", "s-1"),
];

async fn signed_in<'a>(idp: &'a Idp, client: &str) -> Browser<'a> {
    let mut browser = idp.browser();
    let url = address("auth", &params(&RIGHT, &json!({"client_id": client})));
    let page = browser.get(&url).await.ok();
    let form = [("username", "alice"), ("password", "wonderland")];
    browser.submit(&page, &form).await.code();
    browser
}

#[tokio::test]
async fn each_response_type_is_answered_in_each_mode_as_recorded() {
    let idp = idp().await;
    let mut wrong = Vec::new();
    let mut rows = 0;
    for case in cases("authorization-response") {
        let name = case["case"].as_str().map_or_else(
            || format!("{} {}", case["response_type"], case["response_mode"]),
            str::to_owned,
        );
        let mut changed = json!({"client_id": "hyb", "state": "st-1", "nonce": "n-h"});
        for parameter in ["response_type", "response_mode"] {
            if let Some(value) = case.get(parameter).filter(|value| !value.is_null()) {
                changed[parameter] = value.clone();
            }
        }
        match case["case"].as_str() {
            None => {}
            Some("client that excludes session_state and iss") => {
                changed["client_id"] = json!("quiet")
            }
            Some("no state") => changed["state"] = Value::Null,
            Some("redirect_uri with a query") => {
                changed["redirect_uri"] = json!("{app}/cb?a=1&b=2")
            }
            Some("state with special characters, raw form") => changed["state"] = json!("s p&=#ü"),
            Some(other) => panic!("{other}"),
        }
        // A sign-in of its own each time: `acr` is 1 then.
        let mut browser = idp.browser();
        let url = address("auth", &params(&RIGHT, &changed));
        let mut answer = browser.get(&url).await;
        if answer.page_id() == "login-login" {
            let form = [("username", "alice"), ("password", "wonderland")];
            answer = browser.submit(&answer, &form).await;
        }
        rows += 1;
        if let Some(state) = case.get("state as sent") {
            let sent = answer.header("location").split("state=").nth(1).unwrap();
            let sent = sent.split('&').next().unwrap();
            assert_eq!(json!(sent), *state);
            continue;
        }
        let status = case.get("status").and_then(Value::as_u64).unwrap_or(302);
        let mut differences = Vec::new();
        if u64::from(answer.status.as_u16()) != status {
            differences.push(format!("status {}", answer.status));
        }
        match case.get("form") {
            Some(form) => {
                let action = answer.form_action();
                differences.extend(differs("action", &form["action"], &json!(action)));
                differences.extend(differs("fields", &form["fields"], &fields(&answer.text)));
            }
            None => differences.extend(differs("location", &case["location"], &location(&answer))),
        }
        wrong.extend(
            differences
                .into_iter()
                .map(|text| format!("{name}: {text}")),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(rows > 60);
}

/// What is answered otherwise, and why.
const OTHERWISE: [(&str, &str); 3] = [
    ("HEAD", "it is answered as GET is, without the body"),
    (
        "signed in: kc_action=UPDATE_PASSWORD",
        "the action's own step answers, see the tests of required actions",
    ),
    (
        "signed in: kc_action=UPDATE_PASSWORD prompt=none",
        "the action's own step answers, see the tests of required actions",
    ),
];

#[tokio::test]
async fn wrong_requests_are_answered_as_recorded() {
    let idp = idp().await;
    let mut browser = signed_in(&idp, "web").await;
    let mut off = realm();
    off["enabled"] = json!(false);
    let off = Idp::launch(off).start().await;
    let mut wrong = Vec::new();
    let mut rows = 0;
    for case in cases("errors-authorization") {
        let name = case["case"].as_str().unwrap();
        if OTHERWISE.iter().any(|(other, _)| *other == name) {
            continue;
        }
        rows += 1;
        let answer = if let Some(what) = name.strip_prefix("realm disabled") {
            disabled(&off, what).await
        } else {
            let mut changed = case["changed"].clone();
            for (parameter, value) in changed.as_object_mut().unwrap() {
                if value == "<long>" {
                    let length = if parameter == "nonce" { 3000 } else { 4000 };
                    let start = if parameter == "scope" { "openid " } else { "" };
                    *value = format!("{start}{}", "a".repeat(length)).into();
                }
            }
            let url = address("auth", &params(&RIGHT, &changed));
            if name.contains("three seconds later") {
                idp.clock.advance(3);
            }
            if name.starts_with("signed in") {
                browser.get(&url).await
            } else {
                anonymous(&idp, &case, name, &url).await
            }
        };
        wrong.extend(
            compared(&case, &answer)
                .into_iter()
                .map(|text| format!("{name}: {text}")),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(rows > 100, "{rows}");
}

async fn anonymous(idp: &Idp, case: &Value, name: &str, url: &str) -> Answer {
    let (path, query) = url.split_once('?').unwrap();
    let method = case["method"].as_str().unwrap_or("GET");
    let request = match (name, method) {
        ("unknown realm", _) => request("GET", &url.replace("golden", "nope")),
        ("JSON accepted only", _) => request("GET", url).header("accept", "application/json"),
        (_, "POST") => {
            request("POST", path).header("content-type", "application/x-www-form-urlencoded")
        }
        (_, method) => request(method, url),
    };
    let body = match method {
        "POST" => Body::from(query.to_owned()),
        _ => Body::empty(),
    };
    idp.send(request.body(body).unwrap()).await
}

async fn disabled(off: &Idp, what: &str) -> Answer {
    let oidc = "/realms/golden/protocol/openid-connect";
    let (method, path) = match what {
        "" => ("GET", address("auth", &params(&RIGHT, &json!({})))),
        ": token" => ("POST", format!("{oidc}/token")),
        ": certs" => ("GET", format!("{oidc}/certs")),
        ": discovery" => (
            "GET",
            "/realms/golden/.well-known/openid-configuration".to_owned(),
        ),
        ": realm" => ("GET", "/realms/golden".to_owned()),
        ": userinfo" => ("GET", format!("{oidc}/userinfo")),
        ": introspect" => return introspected(off).await,
        ": logout" => ("GET", format!("{oidc}/logout")),
        other => panic!("{other}"),
    };
    off.send(request(method, &path).body(Body::empty()).unwrap())
        .await
}

async fn introspected(off: &Idp) -> Answer {
    let form = "client_id=web&client_secret=web-secret-web-secret-web-secret&token=x";
    let uri = "/realms/golden/protocol/openid-connect/token/introspect";
    let request = request("POST", uri).header("content-type", "application/x-www-form-urlencoded");
    off.send(request.body(Body::from(form)).unwrap()).await
}

/// What differs from the record.
fn compared(case: &Value, answer: &Answer) -> Vec<String> {
    let mut differences = Vec::new();
    if u64::from(answer.status.as_u16()) != case["status"].as_u64().unwrap() {
        differences.push(format!(
            "status {} {}",
            answer.status,
            answer.header("location")
        ));
        return differences;
    }
    if let Some(recorded) = case["headers"].get("location") {
        differences.extend(differs("location", recorded, &location(answer)));
    }
    if let Some(recorded) = case["headers"]
        .get("cache-control")
        .filter(|_| answer.status == 302)
    {
        differences.extend(differs(
            "cache-control",
            recorded,
            &json!(answer.header("cache-control")),
        ));
    }
    let html = &case["body"]["<html>"];
    // A page of an error; where Keycloak has a page for a browser that asks for JSON, the status is the contract.
    if html.is_object() && answer.header("content-type").starts_with("text/html") {
        differences.extend((answer.page_id() != "login-error").then(|| answer.page_id()));
    }
    if let Some(error) = case["body"].get("error") {
        differences.extend(differs("body", &case["body"], &answer.json()));
        assert!(error.is_string());
    }
    if let Some(id) = case["page"].get("data-page-id") {
        differences.extend((answer.page_id() != id.as_str().unwrap()).then(|| answer.page_id()));
    }
    differences
}
