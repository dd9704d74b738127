//! The pages of several steps, with one value in every place that takes one.

use pages::{
    Asker, ChoiceStyle, ConsentPage, DeleteAccountPage, DeleteCredentialPage, DeviceCodePage,
    Frame, FrontchannelLogoutPage, KnownUser, Line, LineKind, LoginError, LoginPasswordPage,
    LoginUsernamePage, Message, OobCodePage, Page, Pages, ProfileField, ProfileGroup, ProfileInput,
    ProfileOption, RememberMe, SelectAuthenticatorPage, TermsPage, ToldClient, UpdatePasswordError,
    UpdatePasswordPage, UpdateProfilePage, UsernameLabel, Values, Way, WayOut,
};

fn some(value: &str) -> Option<Message> {
    Some(Message::new(value.to_owned()))
}

pub fn all(
    pages: &Pages,
    frame: &Frame<'_>,
    value: &str,
    link: Option<&str>,
) -> Vec<(&'static str, Page)> {
    let known_user = Some(KnownUser {
        username: value,
        restart_url: link,
    });
    let name = LoginUsernamePage {
        action_url: value,
        client_name: Some(value),
        username: value,
        username_label: UsernameLabel::Username,
        remember_me: RememberMe::Checked,
        notice: some(value),
        error: Some(LoginError::Credentials(Message::new(value.to_owned()))),
        attempt_code: Some(value),
        registration_url: link,
        certificate_url: link,
        another_way_url: Some(value),
    };
    let name_refused = LoginUsernamePage {
        error: Some(LoginError::Page(Message::display(value))),
        ..name.clone()
    };
    let password = LoginPasswordPage {
        action_url: value,
        known_user,
        notice: some(value),
        error: Some(LoginError::Credentials(Message::new(value.to_owned()))),
        attempt_code: Some(value),
        reset_url: link,
        another_way_url: Some(value),
    };
    let password_refused = LoginPasswordPage {
        error: Some(LoginError::Page(Message::display(value))),
        ..password.clone()
    };
    let ways = SelectAuthenticatorPage {
        action_url: value,
        known_user,
        ways: vec![
            Way {
                execution: value,
                name: Message::new(value.to_owned()),
                help: some(value),
            };
            2
        ],
    };
    let update = |error| UpdatePasswordPage {
        action_url: value,
        notice: some(value),
        error: Some(error),
        way_out: WayOut::CancelAction,
    };
    let message = || Message::new(value.to_owned());
    let errors = [
        UpdatePasswordError::Password(message()),
        UpdatePasswordError::Confirmation(message()),
        UpdatePasswordError::Page(message()),
    ]
    .map(|error| {
        (
            "update password",
            pages.update_password(frame, &update(error)),
        )
    });
    let consent = ConsentPage {
        action_url: value,
        code: value,
        client_name: Message::display(value),
        asker: Asker::Device,
        scopes: vec![
            Message::display(value),
            Message::display(format!("${{{value}}}")),
        ],
        policy_url: link,
        terms_url: link,
    };
    let device = DeviceCodePage {
        action_url: value,
        user_code: value,
        error: some(value),
    };
    let told = FrontchannelLogoutPage {
        clients: vec![ToldClient {
            name: Message::display(value),
            url: value,
        }],
        continue_url: link,
    };
    let way_out = WayOut::CancelAction;
    errors
        .into_iter()
        .chain([
            ("name", pages.login_username(frame, &name)),
            ("name refused", pages.login_username(frame, &name_refused)),
            ("password", pages.login_password(frame, &password)),
            (
                "password refused",
                pages.login_password(frame, &password_refused),
            ),
            ("ways", pages.select_authenticator(frame, &ways)),
            ("profile", profile(pages, frame, value)),
            ("consent", pages.consent(frame, &consent)),
            (
                "terms",
                pages.terms(frame, &TermsPage { action_url: value }),
            ),
            ("device", pages.device_code(frame, &device)),
            ("code", pages.oob_code(frame, &OobCodePage::Code(value))),
            (
                "no code",
                pages.oob_code(frame, &OobCodePage::Failed(message())),
            ),
            (
                "account",
                pages.delete_account(
                    frame,
                    &DeleteAccountPage {
                        action_url: value,
                        way_out,
                    },
                ),
            ),
            (
                "credential",
                pages.delete_credential(
                    frame,
                    &DeleteCredentialPage {
                        action_url: value,
                        credential_label: value,
                    },
                ),
            ),
            (
                "front channel",
                pages.frontchannel_logout(
                    frame,
                    &FrontchannelLogoutPage {
                        continue_url: None,
                        ..told
                    },
                ),
            ),
        ])
        .collect()
}

/// A field of every kind; their names differ, as attributes' do.
fn profile(pages: &Pages, frame: &Frame<'_>, value: &str) -> Page {
    let options = || {
        vec![
            ProfileOption {
                value,
                label: Message::display(value),
            };
            2
        ]
    };
    let choice = |style| ProfileInput::Choice {
        style,
        options: options(),
    };
    let inputs = [
        ProfileInput::Text,
        ProfileInput::Line(Line {
            kind: LineKind::Number,
            placeholder: Some(value),
            pattern: Some(value),
            size: Some(1),
            min_length: Some(1),
            max_length: Some(1),
            min: Some(value),
            max: Some(value),
            step: Some(value),
        }),
        ProfileInput::TextArea {
            cols: Some(1),
            rows: Some(1),
            max_length: Some(1),
        },
        choice(ChoiceStyle::Select),
        choice(ChoiceStyle::MultiSelect),
        choice(ChoiceStyle::Radio),
        choice(ChoiceStyle::Checkboxes),
    ];
    let names: Vec<String> = (0..inputs.len())
        .map(|index| format!("{value}{index}"))
        .collect();
    let fields = inputs
        .into_iter()
        .zip(&names)
        .map(|(input, name)| ProfileField {
            name,
            label: Some(Message::display(value)),
            values: vec![value, value],
            input,
            multiple: Values::Many,
            required: true,
            read_only: true,
            group: Some(ProfileGroup {
                name,
                header: Some(value),
                description: Some(value),
            }),
            help_before: some(value),
            help_after: some(value),
            error: some(value),
            autocomplete: Some(value),
        });
    let page = UpdateProfilePage {
        action_url: value,
        notice: some(value),
        error: some(value),
        fields: fields.collect(),
        way_out: WayOut::CancelAction,
    };
    pages.update_profile(frame, &page)
}
