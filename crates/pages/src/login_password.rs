//! The page that asks somebody named for the password alone.

use minijinja::context;

use crate::page::linkable;
use crate::{Frame, KnownUser, LoginError, Message, Page, Pages};

/// What the page for the password shows.
#[derive(Debug, Clone, Default)]
pub struct LoginPasswordPage<'a> {
    /// Where the form goes.
    pub action_url: &'a str,
    /// The name that was given, and the way back to give another.
    pub known_user: Option<KnownUser<'a>>,
    /// Why the page is shown, when nothing went wrong.
    pub notice: Option<Message>,
    /// What went wrong.
    pub error: Option<LoginError>,
    /// The short code of this sign-in for the administrator, such as `K7Q-M2X`. Shown whenever it is given.
    pub attempt_code: Option<&'a str>,
    /// Where a forgotten password is reset, when the realm allows it.
    pub reset_url: Option<&'a str>,
    /// Where the form `kc-select-try-another-way-form` goes, when there is another way to sign in.
    pub another_way_url: Option<&'a str>,
}

impl Pages {
    /// The page for the password: form `kc-form-login` with `password`.
    pub fn login_password(&self, frame: &Frame<'_>, page: &LoginPasswordPage<'_>) -> Page {
        let texts = self.voice(frame);
        let (field_error, alert) = LoginError::places(page.error.as_ref(), &texts);
        self.render(
            "login_password.html",
            frame,
            context! {
                page_id => "login-password",
                action => page.action_url,
                known_user => page.known_user.map(|known| known.username),
                restart_url => linkable(page.known_user.and_then(|known| known.restart_url)),
                notice => page.notice.as_ref().map(|message| texts.text(message)),
                field_error,
                alert,
                attempt_code => page.attempt_code,
                reset_url => linkable(page.reset_url),
                another_way_url => page.another_way_url,
            },
        )
    }
}
