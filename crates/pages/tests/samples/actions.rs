//! What has to be done, or agreed to, before a sign-in is finished.

use pages::{
    Asker, ChoiceStyle, ConsentPage, DeleteAccountPage, DeleteCredentialPage, Frame, Line,
    LineKind, Message, Page, Pages, ProfileField, ProfileGroup, ProfileInput, ProfileOption,
    TermsPage, UpdatePasswordError, UpdatePasswordPage, UpdateProfilePage, Values, WayOut,
};

pub(super) fn all(
    pages: &Pages,
    plain: &Frame<'_>,
    frame: &Frame<'_>,
) -> Vec<(&'static str, Page)> {
    let password = UpdatePasswordPage {
        action_url: "?execution=UPDATE_PASSWORD",
        notice: Some(Message::new("updatePasswordMessage")),
        ..UpdatePasswordPage::default()
    };
    let differs = UpdatePasswordPage {
        notice: None,
        error: Some(UpdatePasswordError::Confirmation(Message::new(
            "notMatchPasswordMessage",
        ))),
        ..password.clone()
    };
    let short = UpdatePasswordPage {
        error: Some(UpdatePasswordError::Page(
            Message::new("invalidPasswordMinLengthMessage").with("8"),
        )),
        ..differs.clone()
    };
    let profile = UpdateProfilePage {
        action_url: "?execution=UPDATE_PROFILE",
        notice: Some(Message::new("updateProfileMessage")),
        fields: plain_fields(),
        ..UpdateProfilePage::default()
    };
    let asked = UpdateProfilePage {
        notice: None,
        way_out: WayOut::CancelAction,
        ..profile.clone()
    };
    let mut wrong = UpdateProfilePage {
        notice: None,
        ..profile.clone()
    };
    wrong.fields[0].error = Some(Message::new("error-invalid-email"));
    wrong.fields[1].error = Some(Message::new("error-user-attribute-required"));
    let everything = UpdateProfilePage {
        action_url: "?execution=UPDATE_PROFILE",
        error: Some(Message::new("updateReadOnlyAttributesRejectedMessage")),
        fields: every_field(),
        way_out: WayOut::CancelAction,
        ..UpdateProfilePage::default()
    };
    let consent = ConsentPage {
        action_url: "?client_id=backend",
        code: "c",
        client_name: Message::display("Backend"),
        asker: Asker::Application,
        scopes: ["profile", "email", "roles"]
            .map(|scope| Message::display(format!("${{{scope}ScopeConsentText}}")))
            .into(),
        policy_url: Some("https://app.example/policy"),
        terms_url: Some("https://app.example/terms"),
    };
    let device = ConsentPage {
        asker: Asker::Device,
        policy_url: None,
        terms_url: None,
        ..consent.clone()
    };
    let account = DeleteAccountPage {
        action_url: "?execution=delete_account",
        way_out: WayOut::CancelAction,
    };
    let credential = DeleteCredentialPage {
        action_url: "?execution=delete_credential",
        credential_label: "Phone",
    };
    vec![
        ("update-password", pages.update_password(plain, &password)),
        (
            "update-password-differs",
            pages.update_password(frame, &differs),
        ),
        (
            "update-password-short",
            pages.update_password(plain, &short),
        ),
        (
            "update-password-cancel",
            pages.update_password(
                plain,
                &UpdatePasswordPage {
                    error: None,
                    way_out: WayOut::CancelAction,
                    ..differs.clone()
                },
            ),
        ),
        ("update-profile", pages.update_profile(plain, &profile)),
        ("update-profile-wrong", pages.update_profile(frame, &wrong)),
        ("update-profile-cancel", pages.update_profile(plain, &asked)),
        (
            "update-profile-everything",
            pages.update_profile(frame, &everything),
        ),
        ("consent", pages.consent(frame, &consent)),
        ("consent-device", pages.consent(plain, &device)),
        (
            "terms",
            pages.terms(
                plain,
                &TermsPage {
                    action_url: "?execution=TERMS_AND_CONDITIONS",
                },
            ),
        ),
        ("delete-account", pages.delete_account(plain, &account)),
        (
            "delete-credential",
            pages.delete_credential(frame, &credential),
        ),
    ]
}

fn plain_fields<'a>() -> Vec<ProfileField<'a>> {
    [
        ("email", "alice@example.com", Some("email")),
        ("firstName", "Alice", None),
        ("lastName", "Archer", None),
    ]
    .into_iter()
    .map(|(name, value, autocomplete)| ProfileField {
        name,
        label: Some(Message::display(format!("${{{name}}}"))),
        values: vec![value],
        required: true,
        autocomplete,
        ..ProfileField::default()
    })
    .collect()
}

/// A field of every kind, with everything that may stand at one.
fn every_field<'a>() -> Vec<ProfileField<'a>> {
    let group = Some(ProfileGroup {
        name: "work",
        header: Some("Your work"),
        description: Some("Only your administration sees this."),
    });
    let line = |kind| {
        ProfileInput::Line(Line {
            kind,
            ..Line::default()
        })
    };
    let list = |style| ProfileInput::Choice {
        style,
        options: ["Hamburg", "Bremen", "Rostock"]
            .map(|city| ProfileOption {
                value: city,
                label: Message::display(city),
            })
            .into(),
    };
    let field = |name, label: &str, input| ProfileField {
        name,
        label: Some(Message::display(label)),
        input,
        group,
        ..ProfileField::default()
    };
    let mut fields = plain_fields();
    fields[0].error = Some(Message::new("error-invalid-email"));
    fields[0].values = vec!["x"];
    fields.insert(
        0,
        ProfileField {
            name: "username",
            label: Some(Message::display("${username}")),
            values: vec!["alice"],
            read_only: true,
            autocomplete: Some("username"),
            ..ProfileField::default()
        },
    );
    fields.extend([
        ProfileField {
            help_before: Some(Message::display("Without blanks.")),
            help_after: Some(Message::display("It stands on your badge.")),
            error: Some(Message::new("error-pattern-no-match")),
            required: true,
            ..field(
                "badge",
                "Badge",
                ProfileInput::Line(Line {
                    placeholder: Some("A-1234"),
                    pattern: Some("[A-Z]-[0-9]{4}"),
                    max_length: Some(6),
                    ..Line::default()
                }),
            )
        },
        field("site", "Site", list(ChoiceStyle::Select)),
        ProfileField {
            values: vec!["Bremen"],
            required: true,
            ..field("home", "Home port", list(ChoiceStyle::Radio))
        },
        ProfileField {
            values: vec!["Hamburg", "Rostock"],
            ..field("ports", "Ports", list(ChoiceStyle::Checkboxes))
        },
        field("sites", "Sites", list(ChoiceStyle::MultiSelect)),
        ProfileField {
            values: vec!["+49 40 1", "+49 40 2"],
            multiple: Values::Many,
            autocomplete: Some("tel"),
            ..field("phone", "Phones", line(LineKind::Tel))
        },
        field("since", "Since", line(LineKind::Date)),
        field("level", "Level", line(LineKind::Range)),
        field(
            "notes",
            "Notes",
            ProfileInput::TextArea {
                cols: None,
                rows: Some(4),
                max_length: Some(200),
            },
        ),
    ]);
    fields
}
