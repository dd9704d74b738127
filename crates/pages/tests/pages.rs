//! What every page keeps: its form, no script, and nobody else's HTML.
#![allow(clippy::unwrap_used)]

use pages::{
    CertificatePage, Choice, ErrorPage, ExpiredPage, Frame, InfoPage, KnownUser, Language,
    LoginError, LoginPage, LogoutConfirmPage, Message, Page, Pages, RememberMe, UsernameLabel,
    X509ConfirmPage,
};

mod hostile;

/// Would be an element, an attribute, a template or an entity, wherever it stands unescaped.
const HOSTILE: &str = "'\"><script>alert(1)</script><b style=x onload=y>{{ 7*7 }}{0}&lt;";

/// All pages in each of their states, with `value` in every place that takes one.
fn all(pages: &Pages, locale: &str, value: &str) -> Vec<(&'static str, Page)> {
    let languages = [
        Language {
            tag: "de",
            url: value,
        },
        Language {
            tag: value,
            url: value,
        },
    ];
    let frame = Frame {
        realm_name: value,
        resources_url: value,
        locale,
        languages: &languages,
        ..Frame::default()
    };
    let path = format!("/{value}");
    let link = Some(path.as_str());
    let login = LoginPage {
        action_url: value,
        client_name: Some(value),
        username: value,
        username_label: UsernameLabel::Email,
        credential_id: value,
        remember_me: RememberMe::Unchecked,
        known_user: None,
        notice: Some(Message::new(value.to_owned())),
        error: Some(LoginError::Credentials(Message::new("invalidUserMessage"))),
        attempt_code: Some(value),
        reset_url: link,
        registration_url: link,
        certificate_url: link,
        another_way_url: Some(value),
    };
    let refused = LoginPage {
        error: Some(LoginError::Page(Message::new(value.to_owned()))),
        ..login.clone()
    };
    let known = LoginPage {
        known_user: Some(KnownUser {
            username: value,
            restart_url: link,
        }),
        error: None,
        ..login.clone()
    };
    let confirm = X509ConfirmPage {
        action_url: value,
        subject_dn: value,
        username: Some(value),
        choice: Choice::MayDecline,
        error: Some(Message::new("missingParameterMessage").with(value)),
        attempt_code: Some(value),
    };
    let nobody = X509ConfirmPage {
        username: None,
        ..confirm.clone()
    };
    let certificate = CertificatePage {
        certificate_url: &path,
        other_url: link,
        error: None,
        attempt_code: Some(value),
    };
    let certificate_refused = CertificatePage {
        error: Some(Message::new(value.to_owned())),
        ..certificate.clone()
    };
    let error = ErrorPage {
        message: Message::new("invalidParameterMessage").with(value),
        attempt_code: Some(value),
        back_url: link,
    };
    let info = InfoPage {
        title: Message::new(value.to_owned()),
        detail: Some(Message::new("loginTitle").with(value)),
        back_url: link,
    };
    vec![
        ("login", pages.login(&frame, &login)),
        ("login refused", pages.login(&frame, &refused)),
        ("login known", pages.login(&frame, &known)),
        ("x509 confirm", pages.x509_confirm(&frame, &confirm)),
        ("x509 nobody", pages.x509_confirm(&frame, &nobody)),
        ("certificate", pages.certificate(&frame, &certificate)),
        (
            "certificate refused",
            pages.certificate(&frame, &certificate_refused),
        ),
        ("error", pages.error(&frame, &error)),
        (
            "expired",
            pages.expired(
                &frame,
                &ExpiredPage {
                    restart_url: &path,
                    continue_url: &path,
                },
            ),
        ),
        (
            "logout",
            pages.logout_confirm(
                &frame,
                &LogoutConfirmPage {
                    action_url: value,
                    session_code: value,
                    back_url: link,
                },
            ),
        ),
        ("info", pages.info(&frame, &info)),
    ]
    .into_iter()
    .chain(hostile::all(pages, &frame, value, link))
    .collect()
}

#[track_caller]
fn has(page: &Page, parts: &[&str]) {
    for part in parts {
        assert!(page.html.contains(part), "{part} is not in\n{}", page.html);
    }
}

#[track_caller]
fn lacks(page: &Page, parts: &[&str]) {
    for part in parts {
        assert!(!page.html.contains(part), "{part} is in\n{}", page.html);
    }
}

fn frame() -> Frame<'static> {
    Frame {
        realm_name: "Demo",
        resources_url: "/resources/v",
        locale: "en",
        languages: &[],
        ..Frame::default()
    }
}

#[test]
fn values_never_become_html() {
    let pages = Pages::new(None).unwrap();
    for locale in ["en", "de"] {
        for (name, page) in all(&pages, locale, HOSTILE) {
            assert!(page.html.contains("&lt;script&gt;"), "{name} shows nothing");
            lacks(
                &page,
                &["<script", "<b ", "alert(1)</", "'\"", "49", "{0}{0}"],
            );
        }
    }
}

#[test]
fn pages_need_no_script_and_no_inline_style() {
    let pages = Pages::new(None).unwrap();
    for (_, page) in all(&pages, "en", "plain") {
        lacks(
            &page,
            &[
                "<script",
                "javascript:",
                " style=",
                "<style",
                " onload=",
                " onclick=",
            ],
        );
        has(
            &page,
            &[
                "<html lang=\"en\" dir=\"ltr\">",
                "<title>",
                "rel=\"stylesheet\"",
                "data-page-id=\"login-",
            ],
        );
        for (id, rest) in page
            .html
            .split(" id=\"")
            .skip(1)
            .map(|rest| rest.split_once('"').unwrap())
        {
            assert!(
                !rest.contains(&format!(" id=\"{id}\"")),
                "{id} stands twice in\n{}",
                page.html
            );
        }
    }
}

#[test]
fn the_policy_lets_nothing_run_and_forms_lead_on_to_applications() {
    let page = Pages::new(None)
        .unwrap()
        .login(&frame(), &LoginPage::default());
    assert!(page.csp.contains("default-src 'none'") && page.csp.contains("frame-ancestors 'self'"));
    assert!(
        !page.csp.contains("unsafe")
            && !page.csp.contains("form-action")
            && !page.csp.contains("script-src")
    );
}

#[test]
fn the_login_form_is_keycloaks() {
    let pages = Pages::new(None).unwrap();
    let plain = pages.login(
        &frame(),
        &LoginPage {
            action_url: "/a?b=c&d=e",
            username: "ann",
            ..LoginPage::default()
        },
    );
    has(
        &plain,
        &[
            "<title>Sign in to Demo</title>",
            "<form id=\"kc-form-login\" method=\"post\" action=\"/a?b=c&amp;d=e\">",
            "id=\"username\" name=\"username\" type=\"text\" value=\"ann\" autocomplete=\"username\"",
            "id=\"password\" name=\"password\" type=\"password\" value=\"\" autocomplete=\"current-password\"",
            "id=\"id-hidden-input\" name=\"credentialId\" type=\"hidden\"",
            "id=\"kc-login\" name=\"login\" type=\"submit\"",
            "href=\"/resources/v/login/postern/style.css\"",
        ],
    );
    lacks(
        &plain,
        &[
            "rememberMe",
            "role=\"alert\"",
            "aria-invalid",
            "attempt-code",
            "kc-locale",
        ],
    );

    let ticked = pages.login(
        &frame(),
        &LoginPage {
            remember_me: RememberMe::Checked,
            ..LoginPage::default()
        },
    );
    has(
        &ticked,
        &["id=\"rememberMe\" name=\"rememberMe\" type=\"checkbox\" checked"],
    );
}

#[test]
fn a_wrong_password_marks_both_fields_and_shows_the_code() {
    let pages = Pages::new(None).unwrap();
    let page = LoginPage {
        error: Some(LoginError::Credentials(Message::new("invalidUserMessage"))),
        attempt_code: Some("K7Q-M2X"),
        ..LoginPage::default()
    };
    let page = pages.login(&frame(), &page);
    has(
        &page,
        &[
            "id=\"input-error-username\"",
            "role=\"alert\"",
            "K7Q-M2X",
            "Show this code to your administrator:",
        ],
    );
    assert_eq!(
        page.html
            .matches("aria-invalid=\"true\" aria-describedby=\"input-error-username\"")
            .count(),
        2
    );
}

#[test]
fn somebody_known_is_asked_for_the_password_alone() {
    let pages = Pages::new(None).unwrap();
    let known = KnownUser {
        username: "ann",
        restart_url: Some("/restart"),
    };
    let page = LoginPage {
        known_user: Some(known),
        remember_me: RememberMe::Checked,
        ..LoginPage::default()
    };
    let page = pages.login(&frame(), &page);
    has(
        &page,
        &[
            "id=\"kc-attempted-username\">ann<",
            "id=\"reset-login\"",
            "id=\"password\"",
        ],
    );
    lacks(&page, &["name=\"username\"", "rememberMe"]);
}

#[test]
fn a_certificate_is_accepted_or_passed_over() {
    let pages = Pages::new(None).unwrap();
    let page = X509ConfirmPage {
        subject_dn: "CN=Ann",
        username: Some("ann"),
        ..X509ConfirmPage::default()
    };
    let both = pages.x509_confirm(&frame(), &page);
    has(
        &both,
        &[
            "<form id=\"kc-x509-login-info\" method=\"post\"",
            "name=\"login\" value=\"login\"",
            "name=\"cancel\" value=\"cancel\"",
            "CN=Ann",
        ],
    );
    let only = pages.x509_confirm(
        &frame(),
        &X509ConfirmPage {
            choice: Choice::CertificateOnly,
            ..page.clone()
        },
    );
    has(&only, &["name=\"login\""]);
    lacks(&only, &["name=\"cancel\""]);
    let nobody = pages.x509_confirm(
        &frame(),
        &X509ConfirmPage {
            username: None,
            ..page
        },
    );
    has(&nobody, &["name=\"cancel\""]);
    lacks(&nobody, &["name=\"login\""]);
}

#[test]
fn a_certificate_may_be_asked_for_at_another_address() {
    let pages = Pages::new(None).unwrap();
    let url = "https://certificate.example/realms/demo/login-actions/certificate?a=1&b=2";
    let page = CertificatePage {
        certificate_url: url,
        other_url: Some("https://id.example/other"),
        ..CertificatePage::default()
    };
    let link = "id=\"kc-certificate\" href=\"https:&#x2f;&#x2f;certificate.example&#x2f;realms&#x2f;demo&#x2f;login-actions&#x2f;certificate?a=1&amp;b=2\"";
    let shown = pages.certificate(&frame(), &page);
    let plain = |page: &Page| page.html.replace('/', "&#x2f;");
    assert!(plain(&shown).contains(&plain(&Page {
        html: link.to_owned(),
        ..shown.clone()
    })));
    has(
        &shown,
        &["id=\"kc-other\"", "data-page-id=\"login-certificate\""],
    );
    lacks(&shown, &["role=\"alert\"", "<form"]);
    let refused = CertificatePage {
        other_url: None,
        error: Some(Message::new("certificateNoAccount")),
        attempt_code: Some("K7Q-M2X"),
        ..page
    };
    let refused = pages.certificate(&frame(), &refused);
    has(
        &refused,
        &["role=\"alert\"", "K7Q-M2X", "id=\"kc-certificate\""],
    );
    lacks(&refused, &["id=\"kc-other\""]);
    let login = LoginPage {
        certificate_url: Some(url),
        ..LoginPage::default()
    };
    has(&pages.login(&frame(), &login), &["id=\"kc-certificate\""]);
    lacks(
        &pages.login(&frame(), &LoginPage::default()),
        &["id=\"kc-certificate\""],
    );
}

#[test]
fn signing_out_sends_the_session_code() {
    let page = LogoutConfirmPage {
        action_url: "/out",
        session_code: "s3",
        back_url: None,
    };
    let page = Pages::new(None).unwrap().logout_confirm(&frame(), &page);
    has(
        &page,
        &[
            "method=\"post\" action=\"/out\"",
            "name=\"session_code\" value=\"s3\"",
            "id=\"kc-logout\" name=\"confirmLogout\"",
            "type=\"submit\"",
        ],
    );
    lacks(&page, &["backToApplication"]);
}

#[test]
fn links_lead_to_the_web_alone() {
    let pages = Pages::new(None).unwrap();
    let error = ErrorPage {
        message: Message::new("clientNotFoundMessage"),
        attempt_code: None,
        back_url: Some("javascript:alert(1)"),
    };
    lacks(
        &pages.error(&frame(), &error),
        &["javascript", "backToApplication"],
    );
    let error = ErrorPage {
        back_url: Some("https://app.example/"),
        ..error
    };
    has(
        &pages.error(&frame(), &error),
        &[
            "id=\"kc-error-message\"",
            "id=\"backToApplication\" href=\"https://app.example/\"",
        ],
    );
}

#[test]
fn files_are_found_by_their_path_and_by_nothing_else() {
    let pages = Pages::new(None).unwrap();
    let css = pages.asset("login/postern/style.css").unwrap();
    assert_eq!(css.content_type, "text/css;charset=utf-8");
    assert!(css.etag.starts_with('"') && css.etag.len() == 18);
    assert_eq!(
        pages.asset("login/postern/mark.svg").unwrap().content_type,
        "image/svg+xml"
    );
    for path in [
        "",
        "style.css",
        "login/postern/../postern/style.css",
        "/login/postern/style.css",
    ] {
        assert!(pages.asset(path).is_none(), "{path}");
    }
}
