//! The page that asks for a new password.

use minijinja::context;

use crate::{Frame, Message, Page, Pages};

/// What the page for a new password shows.
#[derive(Debug, Clone, Default)]
pub struct UpdatePasswordPage<'a> {
    /// Where the form goes.
    pub action_url: &'a str,
    /// Why the page is shown (`updatePasswordMessage`), when nothing went wrong.
    pub notice: Option<Message>,
    /// What went wrong.
    pub error: Option<UpdatePasswordError>,
    /// Whether the person may leave without a new password.
    pub way_out: WayOut,
}

/// What is wrong with a new password, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UpdatePasswordError {
    /// With the first field: it is empty.
    Password(Message),
    /// With the second: it differs from the first.
    Confirmation(Message),
    /// With the password itself (the realm's policy), or something else. It stands above the form.
    Page(Message),
}

/// Whether a page of the sign-in may be left by its own button.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum WayOut {
    /// It has to be done.
    #[default]
    None,
    /// The application asked for it: the form has `cancel-aia` too.
    CancelAction,
}

impl Pages {
    /// The page for a new password: form `kc-passwd-update-form` with `password-new`, `password-confirm`, `logout-sessions` and perhaps `cancel-aia`.
    pub fn update_password(&self, frame: &Frame<'_>, page: &UpdatePasswordPage<'_>) -> Page {
        let texts = self.voice(frame);
        let at = |wanted: fn(&UpdatePasswordError) -> Option<&Message>| {
            let message = page.error.as_ref().and_then(wanted);
            message.map(|message| texts.text(message))
        };
        self.render(
            "update_password.html",
            frame,
            context! {
                page_id => "login-update-password",
                action => page.action_url,
                notice => page.notice.as_ref().map(|message| texts.text(message)),
                password_error => at(|error| match error {
                    UpdatePasswordError::Password(message) => Some(message),
                    _ => None,
                }),
                confirm_error => at(|error| match error {
                    UpdatePasswordError::Confirmation(message) => Some(message),
                    _ => None,
                }),
                alert => at(|error| match error {
                    UpdatePasswordError::Page(message) => Some(message),
                    _ => None,
                }),
                can_cancel => page.way_out == WayOut::CancelAction,
            },
        )
    }
}
