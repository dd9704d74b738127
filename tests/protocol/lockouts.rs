//! Who guesses too often, step by step as a real Keycloak 26.7.4 answered: `lockouts.json`. There `lockedFor` is how many seconds after the
//! last failure a lock-out ends, and `off` an account that is switched off.

use realm::{RealmName, User};
use serde_json::{Value, json};
use store::{LoginFailures, Timestamp};
use support::idp::{Answer, Browser, Idp, REALM, usual_realm};

/// Where we answer otherwise on purpose: the scenario, and why.
const OTHERWISE: &[(&str, &str)] = &[
    (
        "factor of nothing",
        "a factor of 0 makes Keycloak count nothing at all; here it is as good as 1",
    ),
    (
        "a person who is switched off",
        "at Keycloak's token endpoint guesses at an account that is switched off go on for ever, and it says when one is right; here they lock out",
    ),
];

struct Scenario<'a> {
    name: &'a str,
    idp: &'a Idp,
    browser: Option<(Browser<'a>, Answer)>,
    refresh: String,
    seen: Vec<String>,
}

fn realm_with(settings: &Value) -> Value {
    let mut realm = usual_realm();
    for (name, value) in [
        ("bruteForceProtected", json!(true)),
        ("failureFactor", json!(3)),
        ("waitIncrementSeconds", json!(4)),
        ("maxFailureWaitSeconds", json!(900)),
        ("minimumQuickLoginWaitSeconds", json!(4)),
        ("quickLoginCheckMilliSeconds", json!(0)),
        ("maxDeltaTimeSeconds", json!(600)),
    ] {
        realm[name] = value;
    }
    let mut settings = settings.as_object().unwrap().clone();
    if settings.remove("off").is_some() {
        realm["users"][0]["enabled"] = json!(false);
    }
    realm.as_object_mut().unwrap().extend(settings);
    realm
}

/// What is known of alice.
async fn known(idp: &Idp) -> (User, Option<LoginFailures>) {
    let store = &idp.server.store;
    let realm = store.realm(&RealmName::new(REALM)).await.unwrap().unwrap();
    let mut reader = store.read().await.unwrap();
    let alice = reader.users().by_username(&realm.id, "alice").await;
    let alice = alice.unwrap().unwrap();
    let failures = reader.login_failures().find(&realm.id, &alice.id).await;
    (alice, failures.unwrap())
}

impl Scenario<'_> {
    async fn take(&mut self, step: &Value) {
        let text = |name: &str| step[name].as_str();
        let password = text("password").unwrap_or_default();
        let username = text("username").unwrap_or("alice");
        let app = self.idp.app("app");
        let answer = match text("do").unwrap() {
            "grant" => app.password(username, password).await,
            "refresh" => app.refresh(&self.refresh).await,
            "browser" => self.at_the_page(username, password).await,
            other => panic!("{other}"),
        };
        let at = format!("{}: {step}: {}", self.name, answer.text);
        let status = step["status"].as_u64().unwrap();
        assert_eq!(u64::from(answer.status.as_u16()), status, "{at}");
        if let Some(error) = text("error") {
            let told = answer.json();
            assert_eq!(told["error"], error, "{at}");
            assert_eq!(told["error_description"], step["description"], "{at}");
        }
        if let Some(page) = text("page") {
            assert_eq!(answer.page_id(), page, "{at}");
        }
        if step["keep"] == true {
            self.refresh = answer.granted().refresh;
        }
        self.is_as_recorded(step, &at).await;
        self.told(step, &at).await;
    }

    async fn at_the_page(&mut self, username: &str, password: &str) -> Answer {
        let (mut browser, page) = match self.browser.take() {
            Some(open) => open,
            None => {
                let mut browser = self.idp.browser();
                let address = self.idp.app("app").authorize().address;
                let page = browser.get(&address).await.ok();
                (browser, page)
            }
        };
        let form = [("username", username), ("password", password)];
        let answer = browser.submit(&page, &form).await;
        let next = if answer.status == 200 {
            answer.clone()
        } else {
            page
        };
        self.browser = Some((browser, next));
        answer
    }

    /// The counts, and for how long.
    async fn is_as_recorded(&self, step: &Value, at: &str) {
        let (alice, failures) = known(self.idp).await;
        let count = |of: fn(&LoginFailures) -> i64| failures.as_ref().map_or(0, of);
        assert_eq!(count(|it| it.failures), step["failures"], "{at}");
        assert_eq!(count(|it| it.lockouts), step["lockouts"], "{at}");
        assert_eq!(alice.enabled, step["enabled"], "{at}");
        let reason = alice.attributes.get("disabledReason");
        assert_eq!(json!(reason), step["attributes"]["disabledReason"], "{at}");
        let locked = match reason {
            Some(_) => json!("for good"),
            None => json!(count(|it| match it.not_before {
                Timestamp(0) => 0,
                not_before => not_before.seconds() - it.last_failure.seconds(),
            })),
        };
        assert_eq!(locked, step["lockedFor"], "{at}");
    }

    /// The events since the last step.
    async fn told(&mut self, step: &Value, at: &str) {
        let all = self.idp.admin("events?max=100").await;
        let events = all.as_array().unwrap().iter().rev();
        let mut new = Vec::new();
        for event in events.filter(|event| event["clientId"] != "admin-cli") {
            let id = event["id"].as_str().unwrap().to_owned();
            if !self.seen.contains(&id) {
                self.seen.push(id);
                new.push(event);
            }
        }
        let mut expected: Vec<&Value> = step["events"].as_array().unwrap().iter().collect();
        // Events of one request have no order among themselves.
        let by_type = |event: &&Value| event["type"].as_str().unwrap().to_owned();
        new.sort_by_key(by_type);
        expected.sort_by_key(by_type);
        assert_eq!(new.len(), expected.len(), "{at} {new:?}");
        for (event, expected) in new.into_iter().zip(expected) {
            for name in ["type", "error"] {
                assert_eq!(event[name], expected[name], "{at} {event}");
            }
            assert_eq!(event["clientId"], expected["client"], "{at} {event}");
            assert_eq!(
                event["userId"].is_string(),
                expected["user"],
                "{at} {event}"
            );
            for (name, value) in expected["details"].as_object().into_iter().flatten() {
                let ours = &event["details"][name];
                match value.as_str() {
                    Some("<date>") => assert_eq!(ours.as_str().unwrap().len(), 19, "{at} {event}"),
                    _ => assert_eq!(ours, value, "{at} {event}"),
                }
            }
        }
    }
}

#[tokio::test]
async fn lockouts_are_those_that_keycloak_makes() {
    let record: Value = serde_json::from_str(include_str!("lockouts.json")).unwrap();
    let scenarios = record.as_array().unwrap();
    assert_eq!(scenarios.len(), 24);
    for scenario in scenarios {
        let name = scenario["name"].as_str().unwrap();
        if OTHERWISE.iter().any(|(otherwise, _)| *otherwise == name) {
            continue;
        }
        let idp = Idp::launch(realm_with(&scenario["settings"])).start().await;
        let mut taking = Scenario {
            name,
            idp: &idp,
            browser: None,
            refresh: String::new(),
            seen: Vec::new(),
        };
        for step in scenario["steps"].as_array().unwrap() {
            match step["wait"].as_f64() {
                Some(seconds) => {
                    let millis = std::time::Duration::from_secs_f64(seconds).as_millis();
                    let now = idp.clock.now().0 + i64::try_from(millis).unwrap();
                    idp.clock.set(Timestamp(now));
                }
                None => taking.take(step).await,
            }
        }
    }
}

#[tokio::test]
async fn a_factor_of_nothing_is_as_good_as_one() {
    let idp = Idp::launch(realm_with(&json!({"failureFactor": 0})))
        .start()
        .await;
    idp.app("app").password("alice", "wrong").await;
    let (_, failures) = known(&idp).await;
    assert!(failures.unwrap().not_before > idp.clock.now());
    let answer = idp.app("app").password("alice", "wonderland").await;
    answer.refused(400, "invalid_grant", "Invalid user credentials");
}

#[tokio::test]
async fn guesses_at_an_account_that_is_switched_off_count_as_any_others() {
    let idp = Idp::launch(realm_with(&json!({"off": true}))).start().await;
    let app = idp.app("app");
    let right = app.password("alice", "wonderland").await;
    right.refused(400, "invalid_grant", "Account disabled");
    for password in ["a", "b", "c", "wonderland"] {
        let answer = app.password("alice", password).await;
        answer.refused(400, "invalid_grant", "Invalid user credentials");
    }
    assert_eq!(idp.last_event().await["error"], "user_temporarily_disabled");
}
