//! The page that shows whose certificate the browser sent, before it counts.

use minijinja::context;

use crate::{Frame, Message, Page, Pages};

/// What the confirmation page shows.
#[derive(Debug, Clone, Default)]
pub struct X509ConfirmPage<'a> {
    /// Where the form goes. It sends `login` or `cancel`.
    pub action_url: &'a str,
    /// The certificate's subject as text.
    pub subject_dn: &'a str,
    /// The account the certificate belongs to; without one, the only way on is to go on without the certificate.
    pub username: Option<&'a str>,
    /// Whether the certificate can be passed over.
    pub choice: Choice,
    /// Why the certificate does not lead to an account.
    pub error: Option<Message>,
    /// The short code of this sign-in for the administrator, such as `K7Q-M2X`. Shown whenever it is given.
    pub attempt_code: Option<&'a str>,
}

/// Whether the certificate can be passed over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Choice {
    /// The form has `cancel` beside `login`.
    #[default]
    MayDecline,
    /// The form has `login` alone.
    CertificateOnly,
}

impl Pages {
    /// The confirmation of a certificate: form `kc-x509-login-info`, which sends `login` to accept and `cancel` to decline.
    pub fn x509_confirm(&self, frame: &Frame<'_>, page: &X509ConfirmPage<'_>) -> Page {
        let texts = self.voice(frame);
        self.render(
            "x509_confirm.html",
            frame,
            context! {
                page_id => "login-x509-info",
                action => page.action_url,
                subject_dn => page.subject_dn,
                username => page.username,
                may_decline => page.choice == Choice::MayDecline,
                alert => page.error.as_ref().map(|message| texts.text(message)),
                attempt_code => page.attempt_code,
            },
        )
    }
}
