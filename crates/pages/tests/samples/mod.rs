//! Every page in each of its states, as people meet them: for looking at, and for every test that wants them all.

mod actions;
mod answers;
mod steps;

use std::path::Path;

use pages::{
    CertificatePage, Choice, ErrorPage, ExpiredPage, Frame, InfoPage, KnownUser, Language,
    LoginError, LoginPage, LogoutConfirmPage, Message, Page, Pages, RememberMe, X509ConfirmPage,
};

/// Writes every page in both languages into a folder, with the files they load.
///
/// # Errors
/// The system's.
pub fn write(pages: &Pages, dir: &Path) -> std::io::Result<Vec<String>> {
    std::fs::create_dir_all(dir.join("login/postern"))?;
    for file in ["style.css", "mark.svg", "continue.js"] {
        let path = format!("login/postern/{file}");
        if let Some(asset) = pages.asset(&path) {
            std::fs::write(dir.join(path), &asset.bytes)?;
        }
    }
    let mut names = Vec::new();
    for locale in ["en", "de"] {
        for (name, page) in all(pages, locale) {
            let name = format!("{name}.{locale}.html");
            std::fs::write(dir.join(&name), page.html)?;
            names.push(name);
        }
    }
    Ok(names)
}

/// Every page in every state, by name.
pub fn all(pages: &Pages, locale: &str) -> Vec<(&'static str, Page)> {
    let languages = [
        Language {
            tag: "de",
            url: "?kc_locale=de",
        },
        Language {
            tag: "en",
            url: "?kc_locale=en",
        },
    ];
    let plain = Frame {
        realm_name: "Demo",
        resources_url: ".",
        locale,
        languages: &[],
        ..Frame::default()
    };
    let frame = Frame {
        realm_name: "Harbour Logistics",
        languages: &languages,
        ..plain
    };
    let login = LoginPage {
        action_url: "?execution=1",
        client_name: Some("Backend"),
        ..LoginPage::default()
    };
    let confirm = X509ConfirmPage {
        action_url: "?execution=2",
        subject_dn: "EMAILADDRESS=alice@example.com, CN=Alice Archer, OU=Operations, O=Harbour Logistics, C=DE",
        username: Some("alice"),
        ..X509ConfirmPage::default()
    };
    let everything = LoginPage {
        username: "alice",
        remember_me: RememberMe::Checked,
        error: Some(LoginError::Credentials(Message::new("invalidUserMessage"))),
        attempt_code: Some("K7Q-M2X"),
        reset_url: Some("/reset"),
        registration_url: Some("/registration"),
        ..login.clone()
    };
    let refused = LoginPage {
        error: Some(LoginError::Page(Message::new("certificateRefused"))),
        attempt_code: Some("K7Q-M2X"),
        ..login.clone()
    };
    let again = LoginPage {
        known_user: Some(KnownUser {
            username: "alice",
            restart_url: Some("/restart"),
        }),
        error: None,
        notice: Some(Message::new("reauthenticate")),
        ..login.clone()
    };
    let nobody = X509ConfirmPage {
        username: None,
        choice: Choice::MayDecline,
        error: Some(Message::new("certificateNoAccount")),
        attempt_code: Some("K7Q-M2X"),
        ..confirm.clone()
    };
    let error = ErrorPage {
        message: Message::new("invalidRedirectUriMessage"),
        attempt_code: Some("K7Q-M2X"),
        back_url: Some("https://app.example/"),
    };
    let done = InfoPage {
        title: Message::new("successLogout"),
        detail: Some(Message::new("successLogoutIntro")),
        back_url: Some("https://app.example/"),
    };
    let logout = LogoutConfirmPage {
        action_url: "?tab_id=1",
        session_code: "s",
        back_url: Some("https://app.example/"),
    };
    vec![
        ("login", pages.login(&plain, &login)),
        ("login-wrong", pages.login(&frame, &everything)),
        ("login-certificate-refused", pages.login(&frame, &refused)),
        ("login-again", pages.login(&plain, &again)),
        ("x509-confirm", pages.x509_confirm(&frame, &confirm)),
        ("x509-nobody", pages.x509_confirm(&plain, &nobody)),
        (
            "certificate",
            pages.certificate(
                &plain,
                &CertificatePage {
                    certificate_url: "https://certificate.example/",
                    other_url: Some("/other"),
                    error: Some(Message::new("certificateNoAccount")),
                    attempt_code: Some("K7Q-M2X"),
                },
            ),
        ),
        ("error", pages.error(&frame, &error)),
        (
            "expired",
            pages.expired(
                &plain,
                &ExpiredPage {
                    restart_url: "/restart",
                    continue_url: "/continue",
                },
            ),
        ),
        ("logout-confirm", pages.logout_confirm(&plain, &logout)),
        ("info", pages.info(&plain, &done)),
    ]
    .into_iter()
    .chain(steps::all(pages, &plain, &frame))
    .chain(actions::all(pages, &plain, &frame))
    .chain(answers::all(pages, &plain, &frame))
    .collect()
}
