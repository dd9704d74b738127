//! The page that asks for a name and a password.

use minijinja::context;

use crate::page::linkable;
use crate::pages::Voice;
use crate::{Frame, Message, Page, Pages};

/// What the login page shows.
#[derive(Debug, Clone, Default)]
pub struct LoginPage<'a> {
    /// Where the form goes.
    pub action_url: &'a str,
    /// The application's name for people, when it has one.
    pub client_name: Option<&'a str>,
    /// What stands in the name field: a hint, or what was typed before.
    pub username: &'a str,
    /// What the name field asks for.
    pub username_label: UsernameLabel,
    /// The stored credential that was chosen, mostly empty.
    pub credential_id: &'a str,
    /// The check box, when the realm has it.
    pub remember_me: RememberMe,
    /// Somebody known signs in once more: the name is shown and can't be changed.
    pub known_user: Option<KnownUser<'a>>,
    /// Why the page is shown, when nothing went wrong (`reauthenticate`).
    pub notice: Option<Message>,
    /// What went wrong.
    pub error: Option<LoginError>,
    /// The short code of this sign-in for the administrator, such as `K7Q-M2X`. Shown whenever it is given.
    pub attempt_code: Option<&'a str>,
    /// Where a forgotten password is reset, when the realm allows it.
    pub reset_url: Option<&'a str>,
    /// Where an account is opened, when the realm allows it.
    pub registration_url: Option<&'a str>,
    /// The address where the browser is asked for a certificate, when one may be shown instead.
    pub certificate_url: Option<&'a str>,
    /// Where the form `kc-select-try-another-way-form` goes, when there is another way to sign in.
    pub another_way_url: Option<&'a str>,
}

/// Who signs in once more.
#[derive(Debug, Clone, Copy)]
pub struct KnownUser<'a> {
    /// The user name.
    pub username: &'a str,
    /// Lets somebody else sign in instead.
    pub restart_url: Option<&'a str>,
}

/// What went wrong, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginError {
    /// Name or password: the fields of the page are marked, and nobody learns which of them it was.
    Credentials(Message),
    /// Something else, such as a certificate that was not accepted or a page that was too old.
    Page(Message),
}

/// What the name field asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum UsernameLabel {
    /// A user name.
    Username,
    /// A user name or an e-mail address.
    #[default]
    UsernameOrEmail,
    /// An e-mail address; it is the user name in this realm.
    Email,
}

/// The "remember me" check box.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RememberMe {
    /// The realm doesn't have it.
    #[default]
    Off,
    /// There, without a tick.
    Unchecked,
    /// There, with a tick.
    Checked,
}

impl LoginError {
    /// The text at the fields, and the text above the form.
    pub(crate) fn places(error: Option<&Self>, texts: &Voice) -> (Option<String>, Option<String>) {
        match error {
            Some(Self::Credentials(message)) => (Some(texts.text(message)), None),
            Some(Self::Page(message)) => (None, Some(texts.text(message))),
            None => (None, None),
        }
    }
}

/// The key of what the name field asks for.
pub(crate) fn label(label: UsernameLabel) -> &'static str {
    match label {
        UsernameLabel::Username => "username",
        UsernameLabel::UsernameOrEmail => "usernameOrEmail",
        UsernameLabel::Email => "email",
    }
}

/// The state of the check box, as templates know it.
pub(crate) fn tick(remember_me: RememberMe) -> &'static str {
    match remember_me {
        RememberMe::Off => "off",
        RememberMe::Unchecked => "unchecked",
        RememberMe::Checked => "checked",
    }
}

impl Pages {
    /// The login page: form `kc-form-login` with `username`, `password`, `credentialId` and perhaps `rememberMe`.
    pub fn login(&self, frame: &Frame<'_>, page: &LoginPage<'_>) -> Page {
        let texts = self.voice(frame);
        let (field_error, alert) = LoginError::places(page.error.as_ref(), &texts);
        self.render(
            "login.html",
            frame,
            context! {
                page_id => "login",
                action => page.action_url,
                client_name => page.client_name,
                username => page.username,
                label => label(page.username_label),
                known_user => page.known_user.map(|known| known.username),
                restart_url => linkable(page.known_user.and_then(|known| known.restart_url)),
                credential_id => page.credential_id,
                remember_me => tick(page.remember_me),
                notice => page.notice.as_ref().map(|message| texts.text(message)),
                field_error,
                alert,
                attempt_code => page.attempt_code,
                reset_url => linkable(page.reset_url),
                registration_url => linkable(page.registration_url),
                certificate_url => linkable(page.certificate_url),
                another_way_url => page.another_way_url,
            },
        )
    }
}
