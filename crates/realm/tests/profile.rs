//! The user profile: validators and documents as a real Keycloak judges them (`golden/profile-validators.json`), and who may change what.
#![allow(clippy::unwrap_used, missing_docs)]

use realm::profile::{Problem, ProfileConfig, UserProfile, Values, View, Who};
use realm::{Settings, User};
use serde_json::{Value, json};

fn record() -> Value {
    let path = format!(
        "{}/tests/golden/profile-validators.json",
        env!("CARGO_MANIFEST_DIR")
    );
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn view<'a>(who: Who, settings: &'a Settings, scopes: &'a [String]) -> View<'a> {
    View {
        who,
        settings,
        scopes,
        locale: "en",
    }
}

/// The usual profile with these attributes besides.
fn profile(attributes: &[Value]) -> UserProfile {
    UserProfile::new(document(attributes))
}

fn document(attributes: &[Value]) -> ProfileConfig {
    let mut config = serde_json::to_value(UserProfile::usual()).unwrap();
    config["attributes"]
        .as_array_mut()
        .unwrap()
        .extend_from_slice(attributes);
    serde_json::from_value(config).unwrap()
}

fn values(members: Value) -> Values {
    serde_json::from_value(members).unwrap()
}

fn told(problems: &[Problem]) -> Vec<(&str, &str)> {
    let problems = problems.iter();
    problems
        .map(|problem| (problem.field.as_str(), problem.message.as_str()))
        .collect()
}

#[test]
fn values_are_judged_as_recorded() {
    let settings = Settings::default();
    for row in record()["values"].as_array().unwrap() {
        let name = row["validator"].as_str().unwrap();
        let both = json!(["admin", "user"]);
        let profile = profile(&[json!({
            "name": "x", "validations": {name: row["settings"]}, "permissions": {"view": both, "edit": both},
            "multivalued": name == "multivalued"
        })]);
        let input = values(json!({"username": ["some"], "x": row["values"]}));
        let judged = profile.judge(
            view(Who::Administrator, &settings, &[]),
            &User::default(),
            &input,
        );
        let mut found = match judged {
            Ok(_) => Value::Null,
            Err(problems) => {
                let one = &problems[0];
                assert_eq!(problems.len(), 1, "{row} {problems:?}");
                json!({"field": one.field, "errorMessage": one.message, "params": one.params})
            }
        };
        let mut recorded = row["answer"].clone();
        if name == "uri"
            && recorded["params"]
                .as_array()
                .is_some_and(|params| params.len() == 3)
            && recorded["errorMessage"] == "error-invalid-uri"
        {
            // The last says why, in the words of Java's parser.
            recorded["params"][2] = json!("why");
            found["params"][2] = json!("why");
        }
        assert_eq!(found, recorded, "{row}");
    }
}

#[test]
fn documents_are_judged_as_recorded() {
    for row in record()["documents"].as_array().unwrap() {
        let config = document(&[row["attribute"].clone()]);
        let errors = UserProfile::errors(&config, |scope| scope == "phone");
        assert_eq!(
            format!("[{}]", errors.join(", ")),
            row["answer"].as_str().unwrap(),
            "{row}"
        );
    }
    let without = |name: &str| {
        let mut config = UserProfile::usual();
        config.attributes.retain(|attribute| attribute.name != name);
        UserProfile::errors(&config, |_| true)
    };
    assert_eq!(
        without("email"),
        ["The attribute 'email' can not be removed"]
    );
    assert!(without("lastName").is_empty());
}

#[test]
fn the_usual_profile_asks_people_for_address_and_names() {
    let settings = Settings::default();
    let user = User {
        username: "alice".to_owned(),
        first_name: Some("Alice".to_owned()),
        ..User::default()
    };
    let usual = profile(&[]);
    let person = view(Who::Person, &settings, &[]);
    let fields: Vec<_> = usual
        .fields(person)
        .iter()
        .map(|field| {
            (
                field.attribute.name.clone(),
                field.required,
                field.read_only,
            )
        })
        .collect();
    let field = |name: &str| (name.to_owned(), true, false);
    assert_eq!(
        fields,
        [field("email"), field("firstName"), field("lastName")]
    );
    let wrong = usual.wrong(person, &user);
    let required = "error-user-attribute-required";
    assert_eq!(told(&wrong), [("email", required), ("lastName", required)]);
    let administrator = view(Who::Administrator, &settings, &[]);
    assert!(usual.wrong(administrator, &user).is_empty());
    let judged = usual.judge(
        administrator,
        &user,
        &values(json!({"username": ["a"], "email": ["x"]})),
    );
    assert_eq!(
        told(&judged.unwrap_err()),
        [
            ("username", "error-invalid-length"),
            ("email", "error-invalid-email")
        ]
    );
}

#[test]
fn people_change_what_they_may_and_nothing_else() {
    let (both, admin) = (json!(["admin", "user"]), json!(["admin"]));
    let profile = profile(&[
        json!({"name": "ro", "permissions": {"view": both, "edit": admin}}),
        json!({"name": "hidden", "permissions": {"view": admin, "edit": admin}}),
        json!({"name": "nick", "permissions": {"view": both, "edit": both}, "required": {"scopes": ["phone"]}}),
        json!({"name": "many", "permissions": {"view": both, "edit": both}, "multivalued": true, "group": "user-metadata"}),
        json!({"name": "only", "permissions": {"view": both, "edit": both}, "selector": {"scopes": ["phone"]}}),
    ]);
    let settings = Settings::default();
    let mut user = User {
        username: "alice".to_owned(),
        attributes: values(json!({"ro": ["R"], "hidden": ["H"], "free": ["F"]})),
        ..User::default()
    };
    let filled = json!({"email": ["A@X.org "], "firstName": ["F"], "lastName": ["L"]});
    let with = |members: Value| {
        let mut all = filled.clone();
        all.as_object_mut()
            .unwrap()
            .extend(members.as_object().unwrap().clone());
        values(all)
    };
    let person = view(Who::Person, &settings, &[]);
    let judged = profile.judge(person, &user, &with(json!({"ro": ["other"]})));
    assert_eq!(
        told(&judged.unwrap_err()),
        [("ro", "error-user-attribute-read-only")]
    );
    let judged = profile.judge(person, &user, &with(json!({"nick": ["a", "b"]})));
    assert_eq!(
        told(&judged.unwrap_err()),
        [("nick", "error-invalid-multivalued-size")]
    );
    let input = with(json!({
        "ro": ["R"], "hidden": ["x"], "username": ["mallory"], "many": ["1", "", "2"], "only": ["x"], "other": ["x"]
    }));
    let accepted = profile.judge(person, &user, &input).unwrap();
    let changed = accepted.apply(&settings, &mut user);
    let names: Vec<_> = changed.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["email", "firstName", "lastName", "many"]);
    assert_eq!(
        (user.username.as_str(), user.email.as_deref()),
        ("alice", Some("a@x.org"))
    );
    let attributes =
        values(json!({"ro": ["R"], "hidden": ["H"], "free": ["F"], "many": ["1", "2"]}));
    assert_eq!(user.attributes, attributes);
    // With the scope there is one attribute more, and one more is required.
    let scopes = ["phone".to_owned()];
    let person = view(Who::Person, &settings, &scopes);
    let names: Vec<_> = profile
        .fields(person)
        .iter()
        .map(|field| field.attribute.name.clone())
        .collect();
    assert_eq!(
        names,
        [
            "email",
            "firstName",
            "lastName",
            "ro",
            "nick",
            "only",
            "many"
        ]
    );
    let judged = profile.judge(person, &user, &with(json!({})));
    assert_eq!(
        told(&judged.unwrap_err()),
        [("nick", "error-user-attribute-required")]
    );
}

#[test]
fn user_names_change_only_where_they_may() {
    let user = User {
        username: "alice".to_owned(),
        ..User::default()
    };
    let input = values(
        json!({"username": ["Mallory"], "email": ["m@x.org"], "firstName": ["F"], "lastName": ["L"]}),
    );
    for (may_edit, by_email, expected) in [
        (false, false, "alice"),
        (true, false, "mallory"),
        (true, true, "m@x.org"),
        (false, true, "m@x.org"),
    ] {
        let mut settings = Settings {
            registration_email_as_username: by_email,
            ..Settings::default()
        };
        settings
            .other
            .insert("editUsernameAllowed".to_owned(), may_edit.into());
        let mut user = user.clone();
        let judged = profile(&[]).judge(view(Who::Person, &settings, &[]), &user, &input);
        judged.unwrap().apply(&settings, &mut user);
        assert_eq!(user.username, expected, "{may_edit} {by_email}");
    }
}

#[test]
fn attributes_without_a_name_in_the_profile_follow_its_policy() {
    let settings = Settings::default();
    let input = values(json!({
        "username": ["alice"], "email": ["a@x.org"], "firstName": ["F"], "lastName": ["L"], "free": ["x"]
    }));
    for (policy, person, administrator) in [
        (None, false, false),
        (Some("ENABLED"), true, true),
        (Some("ADMIN_EDIT"), false, true),
        (Some("ADMIN_VIEW"), false, false),
    ] {
        let mut config = serde_json::to_value(UserProfile::usual()).unwrap();
        config["unmanagedAttributePolicy"] = json!(policy);
        let profile = UserProfile::new(serde_json::from_value(config).unwrap());
        for (who, takes) in [(Who::Person, person), (Who::Administrator, administrator)] {
            let judged = profile.judge(view(who, &settings, &[]), &User::default(), &input);
            assert_eq!(
                judged.unwrap().get("free").is_some(),
                takes,
                "{policy:?} {who:?}"
            );
        }
    }
}
