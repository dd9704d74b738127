//! The sign-in in steps.

use pages::{
    Frame, KnownUser, LoginError, LoginPasswordPage, LoginUsernamePage, Message, Page, Pages,
    RememberMe, SelectAuthenticatorPage, Way,
};

const KNOWN: KnownUser<'_> = KnownUser {
    username: "alice@example.com",
    restart_url: Some("/restart"),
};

pub(super) fn all(
    pages: &Pages,
    plain: &Frame<'_>,
    frame: &Frame<'_>,
) -> Vec<(&'static str, Page)> {
    let name = LoginUsernamePage {
        action_url: "?execution=1",
        client_name: Some("Backend"),
        remember_me: RememberMe::Unchecked,
        ..LoginUsernamePage::default()
    };
    let nobody = LoginUsernamePage {
        username: "nobody",
        error: Some(LoginError::Credentials(Message::new(
            "invalidUsernameOrEmailMessage",
        ))),
        attempt_code: Some("K7Q-M2X"),
        registration_url: Some("/registration"),
        certificate_url: Some("/certificate"),
        ..name.clone()
    };
    let password = LoginPasswordPage {
        action_url: "?execution=2",
        known_user: Some(KNOWN),
        another_way_url: Some("?execution=2"),
        ..LoginPasswordPage::default()
    };
    let wrong = LoginPasswordPage {
        error: Some(LoginError::Credentials(Message::new(
            "invalidPasswordMessage",
        ))),
        attempt_code: Some("K7Q-M2X"),
        reset_url: Some("/reset"),
        another_way_url: None,
        ..password.clone()
    };
    let ways = SelectAuthenticatorPage {
        action_url: "?execution=2",
        known_user: Some(KNOWN),
        ways: vec![
            Way {
                execution: "1",
                name: Message::new("password-display-name"),
                help: Some(Message::new("password-help-text")),
            },
            Way {
                execution: "2",
                name: Message::new("auth-x509-client-username-form-display-name"),
                help: Some(Message::new("auth-x509-client-username-form-help-text")),
            },
        ],
    };
    vec![
        ("login-username", pages.login_username(plain, &name)),
        (
            "login-username-unknown",
            pages.login_username(frame, &nobody),
        ),
        ("login-password", pages.login_password(plain, &password)),
        ("login-password-wrong", pages.login_password(frame, &wrong)),
        (
            "select-authenticator",
            pages.select_authenticator(frame, &ways),
        ),
    ]
}
