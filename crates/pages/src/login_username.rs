//! The page that asks for the name alone; the next one asks for the proof.

use minijinja::context;

use crate::login::{label, tick};
use crate::page::linkable;
use crate::{Frame, LoginError, Message, Page, Pages, RememberMe, UsernameLabel};

/// What the page for the name shows.
#[derive(Debug, Clone, Default)]
pub struct LoginUsernamePage<'a> {
    /// Where the form goes.
    pub action_url: &'a str,
    /// The application's name for people, when it has one.
    pub client_name: Option<&'a str>,
    /// What stands in the name field: a hint, or what was typed before.
    pub username: &'a str,
    /// What the name field asks for.
    pub username_label: UsernameLabel,
    /// The check box, when the realm has it.
    pub remember_me: RememberMe,
    /// Why the page is shown, when nothing went wrong.
    pub notice: Option<Message>,
    /// What went wrong.
    pub error: Option<LoginError>,
    /// The short code of this sign-in for the administrator, such as `K7Q-M2X`. Shown whenever it is given.
    pub attempt_code: Option<&'a str>,
    /// Where an account is opened, when the realm allows it.
    pub registration_url: Option<&'a str>,
    /// The address where the browser is asked for a certificate, when one may be shown instead.
    pub certificate_url: Option<&'a str>,
    /// Where the form `kc-select-try-another-way-form` goes, when there is another way to sign in.
    pub another_way_url: Option<&'a str>,
}

impl Pages {
    /// The page for the name: form `kc-form-login` with `username` and perhaps `rememberMe`.
    pub fn login_username(&self, frame: &Frame<'_>, page: &LoginUsernamePage<'_>) -> Page {
        let texts = self.voice(frame);
        let (field_error, alert) = LoginError::places(page.error.as_ref(), &texts);
        self.render(
            "login_username.html",
            frame,
            context! {
                page_id => "login-username",
                action => page.action_url,
                client_name => page.client_name,
                username => page.username,
                label => label(page.username_label),
                remember_me => tick(page.remember_me),
                notice => page.notice.as_ref().map(|message| texts.text(message)),
                field_error,
                alert,
                attempt_code => page.attempt_code,
                registration_url => linkable(page.registration_url),
                certificate_url => linkable(page.certificate_url),
                another_way_url => page.another_way_url,
            },
        )
    }
}
