//! The embedded templates.

/// Name and text of each template: a page, or a part that pages include.
pub(crate) const TEMPLATES: &[(&str, &str)] = &[
    ("frame.html", include_str!("../templates/frame.html")),
    ("alert.html", include_str!("../templates/alert.html")),
    (
        "known_user.html",
        include_str!("../templates/known_user.html"),
    ),
    (
        "another_way.html",
        include_str!("../templates/another_way.html"),
    ),
    ("login.html", include_str!("../templates/login.html")),
    (
        "login_username.html",
        include_str!("../templates/login_username.html"),
    ),
    (
        "login_password.html",
        include_str!("../templates/login_password.html"),
    ),
    (
        "select_authenticator.html",
        include_str!("../templates/select_authenticator.html"),
    ),
    (
        "x509_confirm.html",
        include_str!("../templates/x509_confirm.html"),
    ),
    (
        "certificate.html",
        include_str!("../templates/certificate.html"),
    ),
    (
        "update_password.html",
        include_str!("../templates/update_password.html"),
    ),
    (
        "update_profile.html",
        include_str!("../templates/update_profile.html"),
    ),
    ("consent.html", include_str!("../templates/consent.html")),
    ("terms.html", include_str!("../templates/terms.html")),
    (
        "device_code.html",
        include_str!("../templates/device_code.html"),
    ),
    ("oob_code.html", include_str!("../templates/oob_code.html")),
    (
        "delete_account.html",
        include_str!("../templates/delete_account.html"),
    ),
    (
        "delete_credential.html",
        include_str!("../templates/delete_credential.html"),
    ),
    ("error.html", include_str!("../templates/error.html")),
    (
        "form_post.html",
        include_str!("../templates/form_post.html"),
    ),
    ("expired.html", include_str!("../templates/expired.html")),
    (
        "logout_confirm.html",
        include_str!("../templates/logout_confirm.html"),
    ),
    (
        "frontchannel_logout.html",
        include_str!("../templates/frontchannel_logout.html"),
    ),
    ("info.html", include_str!("../templates/info.html")),
    (
        "hostname_debug.html",
        include_str!("../templates/hostname_debug.html"),
    ),
];
