//! The page that leads to the address where browsers are asked for a certificate, or back from there.

use minijinja::context;

use crate::page::linkable;
use crate::{Frame, Message, Page, Pages};

/// What the page shows.
#[derive(Debug, Clone, Default)]
pub struct CertificatePage<'a> {
    /// The address where the browser is asked for a certificate.
    pub certificate_url: &'a str,
    /// The way to go on without one, when there is one.
    pub other_url: Option<&'a str>,
    /// Why the certificate that was shown does not count; without it none was shown yet.
    pub error: Option<Message>,
    /// The short code of this sign-in for the administrator, such as `K7Q-M2X`. Shown whenever it is given.
    pub attempt_code: Option<&'a str>,
}

impl Pages {
    /// The page with the link `kc-certificate`, and perhaps `kc-other`.
    pub fn certificate(&self, frame: &Frame<'_>, page: &CertificatePage<'_>) -> Page {
        let texts = self.voice(frame);
        self.render(
            "certificate.html",
            frame,
            context! {
                page_id => "certificate",
                certificate_url => linkable(Some(page.certificate_url)),
                other_url => linkable(page.other_url),
                alert => page.error.as_ref().map(|message| texts.text(message)),
                attempt_code => page.attempt_code,
            },
        )
    }
}
