//! Each page has the form of Keycloak's: names, identifiers, kinds of fields (`golden/pages.json`).
//!
//! What differs, always: Keycloak's buttons that show a typed password, and other things that need script, are not there; a `button` may stand for
//! an `input` of type `submit`; ours says `required` where Keycloak's does not.
#![allow(clippy::unwrap_used)]

mod html;
#[expect(dead_code, reason = "nothing is written here")]
mod samples;

use html::{Form, Input};
use pages::Pages;
use serde_json::Value;

/// A record, and the sample that shows the same state.
const SAME: &[(&str, &str)] = &[
    ("login, wrong password", "login-wrong"),
    ("login, least", "login"),
    ("re-authentication (prompt=login)", "login-again"),
    ("user name page", "login-username"),
    ("user name page, unknown user", "login-username-unknown"),
    ("password page with another way", "login-password"),
    ("password page, wrong", "login-password-wrong"),
    ("select authenticator", "select-authenticator"),
    ("update password (required action)", "update-password"),
    (
        "update password, against the policy",
        "update-password-short",
    ),
    ("update password, mismatch", "update-password-differs"),
    (
        "kc_action=UPDATE_PASSWORD (re-authentication or page)",
        "update-password-cancel",
    ),
    ("update profile (required action)", "update-profile"),
    ("update profile, bad e-mail", "update-profile-wrong"),
    ("kc_action=UPDATE_PROFILE", "update-profile-cancel"),
    ("consent", "consent"),
    ("terms and conditions", "terms"),
    ("logout confirm", "logout-confirm"),
    ("after logout (info)", "info"),
    ("error: bad redirect, known client", "error"),
    ("page expired", "expired"),
    ("device: enter code", "device-code"),
    ("device: wrong code", "device-code-wrong"),
];

/// A form as both sides write it, without what always differs.
fn told(form: &Form) -> (Option<String>, String, Vec<String>) {
    let inputs = form
        .inputs
        .iter()
        .filter(|input| {
            // Without script there is nothing that such a button could do.
            !input
                .id
                .as_deref()
                .unwrap_or_default()
                .ends_with("-show-password")
        })
        // Ours sends the forms for another way with a button, Keycloak's with a script.
        .filter(|input| {
            input.name.is_some() || !matches!(input.id.as_deref(), None | Some("try-another-way"))
        })
        .map(Input::told)
        .collect();
    // Keycloak gives all these forms one identifier; a page may have each identifier once.
    let id = form.id.clone().map(|id| {
        let is_way = id.starts_with("kc-select-credential-form");
        if is_way {
            "kc-select-credential-form".to_owned()
        } else {
            id
        }
    });
    (id, form.method.clone(), inputs)
}

fn recorded(record: &Value) -> Vec<Form> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    record["forms"]
        .as_array()
        .unwrap()
        .iter()
        .map(|form| Form {
            id: text(&form["id"]),
            method: text(&form["method"]).unwrap(),
            inputs: form["inputs"]
                .as_array()
                .unwrap()
                .iter()
                .map(|input| Input {
                    name: text(&input["name"]).filter(|name| !name.is_empty()),
                    id: text(&input["id"]),
                    kind: text(&input["type"]).unwrap(),
                    autocomplete: text(&input["autocomplete"]),
                    is_checked: input["checked"] == true,
                    has_focus: input["autofocus"] == true,
                })
                .collect(),
        })
        .collect()
}

#[test]
fn every_page_has_the_form_of_keycloaks() {
    let records: Value = serde_json::from_str(include_str!("golden/pages.json")).unwrap();
    let pages = Pages::new(None).unwrap();
    let samples = samples::all(&pages, "en");
    let mut differences = Vec::new();
    for (name, sample) in SAME {
        let record = &records[*name];
        let ours = samples.iter().find(|(name, _)| name == sample);
        let ours = html::read(&ours.unwrap_or_else(|| panic!("no sample {sample}")).1.html);
        let mut check = |what: &str, theirs: String, ours: String| {
            if theirs != ours {
                differences.push(format!(
                    "{name}: {what}\n  theirs {theirs}\n  ours   {ours}"
                ));
            }
        };
        for attribute in ["id", "data-page-id"] {
            let theirs = record["body-attributes"][attribute].as_str();
            let ours = ours.body.get(attribute).map(String::as_str);
            check(attribute, format!("{theirs:?}"), format!("{ours:?}"));
        }
        let forms = |forms: &[Form]| {
            let lines: Vec<String> = forms
                .iter()
                .map(|form| format!("{:?}", told(form)))
                .collect();
            lines.join("\n         ")
        };
        check("forms", forms(&recorded(record)), forms(&ours.forms));
        let places = record["field-error-ids"].as_array();
        let mut theirs: Vec<&str> = places
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let mut places: Vec<&str> = ours
            .ids
            .iter()
            .map(String::as_str)
            .filter(|id| id.starts_with("input-error-"))
            .collect();
        theirs.sort_unstable();
        places.sort_unstable();
        check("error places", format!("{theirs:?}"), format!("{places:?}"));
        for link in record["links"].as_array().into_iter().flatten() {
            if let Some(id) = link["id"].as_str() {
                let is_there = ours.ids.iter().any(|ours| ours == id);
                check(
                    "link",
                    id.to_owned(),
                    if is_there {
                        id.to_owned()
                    } else {
                        String::new()
                    },
                );
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// Every record of a page is compared above, or here is why it isn't.
#[test]
fn no_record_is_forgotten() {
    let records: Value = serde_json::from_str(include_str!("golden/pages.json")).unwrap();
    // Shown by another program part or not served yet; the same page in a state that changes no form.
    const ELSEWHERE: &[&str] = &[
        "login",
        "login, German by kc_locale",
        "login with login_hint",
        "update password, nothing filled in",
        "update password (temporary password)",
        "verify profile (incomplete user)",
        "two required actions: the first",
        "logout confirm with client",
        "after logout, no client (info)",
        "error: unknown client",
        "error: no cookie",
        "password page",
        "verify e-mail (no mail server)",
        "recovery codes",
        "passkey registration",
        "organizations on: the first page",
        "organizations on: then",
        "login with an identity provider",
        "GET welcome page /",
    ];
    for (name, record) in records.as_object().unwrap() {
        let is_page = record["body-attributes"].is_object();
        let left_out = [
            "register",
            "forgot password",
            "configure one-time",
            "one-time",
        ]
        .iter()
        .any(|start| name.starts_with(start));
        let compared = SAME.iter().any(|(record, _)| record == name);
        assert!(
            !is_page || left_out || compared || ELSEWHERE.contains(&name.as_str()),
            "{name}"
        );
    }
}
