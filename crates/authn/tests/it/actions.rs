//! What has to be done before a sign-in ends.

use crate::browser::{Ask, Browser, action, brief, shown, signed_in};
use crate::world::{World, person, world};
use authn::login::{ActionStatus, Progress, Prompt, Shown, Why};
use serde_json::{Value, json};
use store::Event;

/// Somebody who has these actions to do.
fn busy(name: &str, actions: &[&str]) -> Value {
    let mut person = person(name);
    person["requiredActions"] = json!(actions);
    person
}

async fn with(actions: &[&str], members: Value) -> World {
    let mut all = json!({"users": [busy("alice", actions), person("bob")]});
    all.as_object_mut()
        .unwrap()
        .extend(members.as_object().unwrap().clone());
    world(all).await
}

const NAME: [(&str, &str); 2] = [("username", "alice"), ("password", "pw")];

/// The page behind alice's password.
async fn behind(world: &World, browser: &mut Browser, ask: Ask) -> Progress {
    let page = shown(browser.ask(world, ask).await);
    browser.send(world, &page, &NAME).await
}

fn page_id(page: &Shown) -> &str {
    let behind = page
        .page
        .html
        .split("data-page-id=\"login-")
        .nth(1)
        .unwrap();
    behind.split('"').next().unwrap()
}

fn new_password(password: &str) -> [(&str, &str); 2] {
    [("password-new", password), ("password-confirm", password)]
}

/// What events tell, sorted: the clock stands still.
fn told(events: &[Event]) -> Vec<(&str, &str)> {
    let events = events.iter();
    let mut told: Vec<(&str, &str)> = events
        .map(|event| {
            (
                event.kind.as_str(),
                event.error.as_deref().unwrap_or_default(),
            )
        })
        .collect();
    told.sort_unstable();
    told
}

fn of<'e>(events: &'e [Event], kind: &str, error: &str) -> &'e Event {
    let mut events = events.iter();
    let found = events
        .find(|event| event.kind == kind && event.error.as_deref().unwrap_or_default() == error);
    found.unwrap_or_else(|| panic!("no {kind} {error}"))
}

const REQUEST: &str = "required-action";

#[tokio::test]
async fn a_temporary_password_is_changed_before_the_sign_in_ends() {
    let world = with(
        &["UPDATE_PASSWORD"],
        json!({"passwordPolicy": "length(8) and digits(1)"}),
    )
    .await;
    let mut browser = Browser::default();
    let page = shown(behind(&world, &mut browser, Ask::default()).await);
    assert_eq!(page_id(&page), "login-update-password");
    assert!(page.page.html.contains(REQUEST) && !page.page.html.contains("cancel-aia"));
    assert_eq!(action(&page).execution.as_deref(), Some("UPDATE_PASSWORD"));
    for form in [
        new_password(""),
        [("password-new", "abcdefg8"), ("password-confirm", "other")],
        new_password("short1"),
    ] {
        let again = shown(browser.send(&world, &page, &form).await);
        assert_eq!(page_id(&again), "login-update-password");
    }
    let done = signed_in(browser.send(&world, &page, &new_password("abcdefg8")).await);
    assert_eq!(
        (done.user.username.as_str(), done.fresh, done.action),
        ("alice", true, None)
    );
    assert!(world.user("alice").await.required_actions.is_empty());
    let events = world.events().await;
    assert_eq!(
        told(&events),
        [
            ("UPDATE_CREDENTIAL", ""),
            ("UPDATE_CREDENTIAL_ERROR", "password_confirm_error"),
            ("UPDATE_CREDENTIAL_ERROR", "password_missing"),
            ("UPDATE_CREDENTIAL_ERROR", "password_rejected"),
            ("UPDATE_PASSWORD", ""),
            ("UPDATE_PASSWORD_ERROR", "password_confirm_error"),
            ("UPDATE_PASSWORD_ERROR", "password_missing"),
            ("UPDATE_PASSWORD_ERROR", "password_rejected"),
        ]
    );
    let details = &of(&events, "UPDATE_CREDENTIAL_ERROR", "password_rejected").details;
    assert_eq!(details["reason"], "invalidPasswordMinLengthMessage");
    assert_eq!(details["custom_required_action"], "UPDATE_PASSWORD");
    assert_eq!(details["credential_type"], "password");
    // The new one counts, the old one no longer.
    for (password, end) in [("pw", "login 200"), ("abcdefg8", "alice")] {
        let mut browser = Browser::default();
        let page = shown(browser.begin(&world).await);
        let form = [("username", "alice"), ("password", password)];
        assert_eq!(brief(&browser.send(&world, &page, &form).await), end);
    }
}

#[tokio::test]
async fn a_form_of_an_action_counts_once() {
    let world = with(&["UPDATE_PASSWORD"], json!({})).await;
    let mut browser = Browser::default();
    let page = shown(behind(&world, &mut browser, Ask::default()).await);
    signed_in(browser.send(&world, &page, &new_password("first")).await);
    // Nobody kept the session: as if alice had signed out. The page is still in the browser's history.
    for again in [Some(new_password("second")), None] {
        let again = again.as_ref().map(<[_; 2]>::as_slice);
        let progress = browser.act(&world, &action(&page), again).await;
        assert_eq!(brief(&progress), "restart Asked");
    }
    let mut browser = Browser::default();
    let page = shown(browser.begin(&world).await);
    let form = [("username", "alice"), ("password", "first")];
    assert_eq!(brief(&browser.send(&world, &page, &form).await), "alice");
}

#[tokio::test]
async fn actions_come_in_the_realms_order_and_keep_their_place() {
    let actions = ["UPDATE_PASSWORD", "UPDATE_PROFILE"];
    let world = with(&actions, json!({})).await;
    let mut browser = Browser::default();
    let first = shown(behind(&world, &mut browser, Ask::default()).await);
    assert_eq!(page_id(&first), "login-update-profile");
    let profile = [
        ("email", "alice@example.com"),
        ("firstName", "New"),
        ("lastName", "Doe"),
    ];
    let second = shown(browser.send(&world, &first, &profile).await);
    assert_eq!(page_id(&second), "login-update-password");
    // The page before, sent again, is over.
    assert_eq!(
        brief(&browser.send(&world, &first, &profile).await),
        "restart Asked"
    );
    // Reloaded, the page is still there.
    let again = shown(browser.act(&world, &action(&second), None).await);
    assert_eq!(page_id(&again), "login-update-password");
    // An address of another action is not.
    let mut other = action(&second);
    other.execution = Some("TERMS_AND_CONDITIONS".to_owned());
    assert_eq!(
        brief(&browser.act(&world, &other, Some(&[])).await),
        "login-page-expired 200"
    );
    let done = signed_in(browser.send(&world, &second, &new_password("pw2")).await);
    assert_eq!(done.user.first_name.as_deref(), Some("New"));
}

#[tokio::test]
async fn an_action_has_a_time_of_its_own() {
    let world = with(
        &["UPDATE_PASSWORD"],
        json!({"accessCodeLifespanUserAction": 60}),
    )
    .await;
    let mut browser = Browser::default();
    let page = shown(behind(&world, &mut browser, Ask::default()).await);
    world.clock.advance(59);
    let again = shown(browser.send(&world, &page, &new_password("")).await);
    world.clock.advance(1);
    let progress = browser.send(&world, &again, &new_password("new")).await;
    assert_eq!(brief(&progress), "restart TimedOut");
}

#[tokio::test]
async fn a_page_of_a_step_is_no_page_of_an_action() {
    let world = with(&["UPDATE_PASSWORD"], json!({})).await;
    let mut browser = Browser::default();
    let login = shown(browser.begin(&world).await);
    let mut wrong = action(&login);
    wrong.execution = Some("UPDATE_PASSWORD".to_owned());
    let progress = browser
        .act(&world, &wrong, Some(&new_password("new")))
        .await;
    assert_eq!(brief(&progress), "login-page-expired 200");
}

#[tokio::test]
async fn who_is_signed_in_does_what_is_due_and_is_not_asked_without_pages() {
    let world = with(&[], json!({})).await;
    let mut browser = Browser::default();
    browser.sign_in(&world, "alice").await;
    let due = vec!["UPDATE_PASSWORD".to_owned()];
    world
        .change_user("alice", |user| user.required_actions = due)
        .await;
    let none = Ask {
        prompt: Prompt::None,
        ..Ask::default()
    };
    let refused = browser.ask(&world, none).await;
    assert!(
        matches!(refused, Progress::Refused(refused) if refused.why == Why::InteractionRequired)
    );
    let page = shown(browser.begin(&world).await);
    let done = signed_in(browser.send(&world, &page, &new_password("new")).await);
    assert_eq!((done.is_new, done.fresh), (false, false));
}

#[tokio::test]
async fn pages_speak_a_persons_language_once_they_are_proven_and_chose_no_other() {
    let world = with(
        &["UPDATE_PASSWORD"],
        json!({"internationalizationEnabled": true, "supportedLocales": ["en", "de"]}),
    )
    .await;
    let german = vec!["de-AT".to_owned()];
    world
        .change_user("alice", |user| {
            user.attributes.insert("locale".to_owned(), german);
        })
        .await;
    let mut browser = Browser::default();
    let first = shown(browser.begin(&world).await);
    let wrong = [("username", "alice"), ("password", "wrong")];
    for page in [&first, &shown(browser.send(&world, &first, &wrong).await)] {
        assert!(page.page.html.contains("<html lang=\"en\""));
    }
    let page = shown(browser.send(&world, &first, &NAME).await);
    assert!(page.page.html.contains("<html lang=\"de\""));
    let mut english = action(&page);
    english.kc_locale = Some("en".to_owned());
    let page = shown(browser.act(&world, &english, None).await);
    assert_eq!(page_id(&page), "login-update-password");
    assert!(page.page.html.contains("<html lang=\"en\""));
}

#[tokio::test]
async fn other_sessions_end_when_the_person_wants_that() {
    for ends in [false, true] {
        let world = with(&[], json!({})).await;
        let mut other = Browser::default();
        other.sign_in(&world, "alice").await;
        let mut bob = Browser::default();
        bob.sign_in(&world, "bob").await;
        let mut browser = Browser::default();
        browser.sign_in(&world, "alice").await;
        let due = vec!["UPDATE_PASSWORD".to_owned()];
        world
            .change_user("alice", |user| user.required_actions = due)
            .await;
        let page = shown(browser.begin(&world).await);
        let mut form = new_password("new").to_vec();
        form.extend(ends.then_some(("logout-sessions", "on")));
        signed_in(browser.send(&world, &page, &form).await);
        assert_eq!(brief(&browser.begin(&world).await), "alice");
        assert_eq!(brief(&bob.begin(&world).await), "bob");
        let end = if ends { "login 200" } else { "alice" };
        assert_eq!(brief(&other.begin(&world).await), end);
    }
}

fn asking(alias: &'static str) -> Ask {
    Ask {
        action: Some(alias),
        ..Ask::default()
    }
}

#[tokio::test]
async fn a_client_may_ask_for_an_action_and_the_person_may_decline() {
    let world = with(&[], json!({})).await;
    for (form, status) in [
        (new_password("pw").to_vec(), ActionStatus::Success),
        (vec![("cancel-aia", "true")], ActionStatus::Cancelled),
    ] {
        let mut browser = Browser::default();
        let page = shown(behind(&world, &mut browser, asking("UPDATE_PASSWORD")).await);
        assert!(page.page.html.contains("cancel-aia"));
        let done = signed_in(browser.send(&world, &page, &form).await);
        let (asked, found) = done.action.unwrap();
        assert_eq!((asked.alias.as_str(), found), ("UPDATE_PASSWORD", status));
        // It signs in once.
        assert_eq!(
            brief(&browser.send(&world, &page, &form).await),
            "restart Asked"
        );
    }
    let events = world.events().await;
    of(&events, "CUSTOM_REQUIRED_ACTION_ERROR", "rejected_by_user");
}

#[tokio::test]
async fn what_a_client_can_not_ask_for_is_an_error_of_the_action_alone() {
    let world = with(&[], json!({})).await;
    for alias in [
        "made-up",
        "TERMS_AND_CONDITIONS",
        "VERIFY_PROFILE",
        "CONFIGURE_TOTP",
        "delete_account",
    ] {
        let mut browser = Browser::default();
        let done = signed_in(behind(&world, &mut browser, asking(alias)).await);
        assert_eq!(done.action.unwrap().1, ActionStatus::Error, "{alias}");
    }
}

#[tokio::test]
async fn an_action_that_is_due_anyway_can_not_be_declined() {
    let world = with(&["UPDATE_PASSWORD"], json!({})).await;
    let mut browser = Browser::default();
    let page = shown(behind(&world, &mut browser, asking("UPDATE_PASSWORD")).await);
    assert!(!page.page.html.contains("cancel-aia"));
    let again = shown(browser.send(&world, &page, &[("cancel-aia", "true")]).await);
    let done = signed_in(browser.send(&world, &again, &new_password("new")).await);
    assert_eq!(done.action.unwrap().1, ActionStatus::Success);
}

#[tokio::test]
async fn an_action_asked_for_may_want_a_younger_proof() {
    let actions = |age: &str| json!([{"alias": "UPDATE_PASSWORD", "providerId": "UPDATE_PASSWORD", "enabled": true, "config": {"max_auth_age": age}}]);
    for (members, page) in [
        (json!({}), "login-update-password"),
        (json!({"requiredActions": actions("0")}), "login"),
        (json!({"passwordPolicy": "maxAuthAge(0)"}), "login"),
        (
            json!({"passwordPolicy": "maxAuthAge(99)", "requiredActions": actions("0")}),
            "login-update-password",
        ),
    ] {
        let world = with(&[], members.clone()).await;
        let mut browser = Browser::default();
        browser.sign_in(&world, "alice").await;
        let shown = shown(browser.ask(&world, asking("UPDATE_PASSWORD")).await);
        assert_eq!(page_id(&shown), page, "{members}");
    }
    let world = with(&[], json!({})).await;
    let mut browser = Browser::default();
    browser.sign_in(&world, "alice").await;
    world.clock.advance(301);
    let shown = shown(browser.ask(&world, asking("UPDATE_PASSWORD")).await);
    assert_eq!(page_id(&shown), "login");
}

#[tokio::test]
async fn terms_are_accepted_or_nobody_signs_in() {
    let terms = json!([{"alias": "TERMS_AND_CONDITIONS", "providerId": "TERMS_AND_CONDITIONS", "enabled": true}]);
    let world = with(&["TERMS_AND_CONDITIONS"], json!({"requiredActions": terms})).await;
    let mut browser = Browser::default();
    let page = shown(behind(&world, &mut browser, Ask::default()).await);
    assert_eq!(page_id(&page), "terms");
    let refused = browser.send(&world, &page, &[("cancel", "")]).await;
    assert!(matches!(refused, Progress::Refused(refused) if refused.why == Why::TermsDeclined));
    assert!(
        !world
            .user("alice")
            .await
            .attributes
            .contains_key("terms_and_conditions")
    );
    let page = shown(behind(&world, &mut browser, Ask::default()).await);
    signed_in(browser.send(&world, &page, &[("accept", "")]).await);
    let accepted = world.user("alice").await.attributes["terms_and_conditions"].clone();
    assert_eq!(accepted, [crate::world::NOW.seconds().to_string()]);
    let events = world.events().await;
    assert_eq!(
        told(&events),
        [
            ("CUSTOM_REQUIRED_ACTION", ""),
            ("CUSTOM_REQUIRED_ACTION_ERROR", "rejected_by_user"),
        ]
    );
}

#[tokio::test]
async fn a_profile_is_completed_and_checked() {
    let mut alice = person("alice");
    alice["firstName"] = json!("");
    let world = world(json!({"users": [alice, person("bob")]})).await;
    let mut browser = Browser::default();
    let page = shown(behind(&world, &mut browser, Ask::default()).await);
    assert_eq!(page_id(&page), "login-update-profile");
    assert!(
        page.page.html.contains("id=\"input-error-firstName\""),
        "{}",
        page.page.html
    );
    let form = |email, first| [("email", email), ("firstName", first), ("lastName", "Doe")];
    for (form, wrong) in [
        (form("x", "A"), "input-error-email"),
        (form("bob@example.com", "A"), "input-error-email"),
        (form("alice@example.com", " "), "input-error-firstName"),
    ] {
        let again = shown(browser.send(&world, &page, &form).await);
        assert!(
            again.page.html.contains(wrong),
            "{form:?} {}",
            again.page.html
        );
    }
    let done = signed_in(
        browser
            .send(&world, &page, &form("New@Example.com", "A"))
            .await,
    );
    assert_eq!(done.user.email.as_deref(), Some("new@example.com"));
    let events = world.events().await;
    let verified = of(&events, "VERIFY_PROFILE", "");
    assert_eq!(verified.details["fields_to_update"], "firstName");
    let details = &of(&events, "UPDATE_PROFILE", "").details;
    for (name, value) in [
        ("context", "UPDATE_PROFILE"),
        ("custom_required_action", "VERIFY_PROFILE"),
        ("previous_email", "alice@example.com"),
        ("updated_email", "new@example.com"),
        ("updated_first_name", "A"),
    ] {
        assert_eq!(details[name], value, "{name}");
    }
    assert!(!details.contains_key("previous_first_name"));
}

#[tokio::test]
async fn passwords_of_before_do_not_come_again() {
    let world = with(&[], json!({"passwordPolicy": "passwordHistory(2)"})).await;
    let mut browser = Browser::default();
    browser.sign_in(&world, "alice").await;
    // As a real Keycloak answered, password after password.
    for (password, taken) in [
        ("p1", true),
        ("p1", false),
        ("p2", true),
        ("p1", false),
        ("p3", true),
        ("p1", true),
    ] {
        world.clock.advance(1);
        let due = vec!["UPDATE_PASSWORD".to_owned()];
        world
            .change_user("alice", |user| user.required_actions = due)
            .await;
        let page = shown(browser.begin(&world).await);
        let progress = browser.send(&world, &page, &new_password(password)).await;
        assert_eq!(
            matches!(progress, Progress::SignedIn(_)),
            taken,
            "{password}"
        );
    }
}

#[tokio::test]
async fn a_password_is_hashed_as_the_realm_says() {
    let policy = "hashAlgorithm(pbkdf2-sha256) and hashIterations(1000)";
    let world = with(&[], json!({"passwordPolicy": policy})).await;
    Browser::default().sign_in(&world, "alice").await;
    let alice = world.user("alice").await;
    let mut reader = world.server.store.read().await.unwrap();
    let stored = reader
        .users()
        .credentials(&world.id, &alice.id)
        .await
        .unwrap();
    let data: Value = serde_json::from_str(&stored[0].credential_data).unwrap();
    assert_eq!(
        data,
        json!({"hashIterations": 1000, "algorithm": "pbkdf2-sha256", "additionalParameters": {}})
    );
    drop(reader);
    // And it is still theirs.
    Browser::default().sign_in(&world, "alice").await;
}

#[tokio::test]
async fn a_password_that_too_many_know_is_refused() {
    let folder = std::env::temp_dir().join(format!("postern-lists-{}", realm::random_key()));
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("known.txt"), "letmein\r\nHunter2\n\n").unwrap();
    for (list, password, taken) in [
        ("known.txt", "LetMeIn", false),
        ("known.txt", "hunter2", false),
        ("known.txt", "hunter3", true),
        ("gone.txt", "hunter3", false),
        ("../known.txt", "hunter3", false),
    ] {
        let policy = format!("passwordBlacklist({list})");
        let world = with(&["UPDATE_PASSWORD"], json!({"passwordPolicy": policy})).await;
        world.server.blacklists().set_folder(folder.clone());
        let mut browser = Browser::default();
        let page = shown(behind(&world, &mut browser, Ask::default()).await);
        let progress = browser.send(&world, &page, &new_password(password)).await;
        assert_eq!(
            matches!(progress, Progress::SignedIn(_)),
            taken,
            "{list} {password}"
        );
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test]
async fn what_is_not_served_still_refuses() {
    let world = with(&["CONFIGURE_TOTP"], json!({})).await;
    let mut browser = Browser::default();
    let progress = behind(&world, &mut browser, Ask::default()).await;
    assert_eq!(brief(&progress), "error 400");
    assert_eq!(world.only_event().await.2, "FLOW-ACTION-NOT-SERVED");
}
