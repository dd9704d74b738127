//! The page that shows a code to be copied into the application (`urn:ietf:wg:oauth:2.0:oob`).

use minijinja::context;

use crate::{Frame, Message, Page, Pages};

/// What the page shows.
#[derive(Debug, Clone)]
pub enum OobCodePage<'a> {
    /// The code, to be copied.
    Code(&'a str),
    /// There is none, and why.
    Failed(Message),
}

impl Pages {
    /// The page with the field `code`, or the text `error`.
    pub fn oob_code(&self, frame: &Frame<'_>, page: &OobCodePage<'_>) -> Page {
        let texts = self.voice(frame);
        let (code, error) = match page {
            OobCodePage::Code(code) => (Some(*code), None),
            OobCodePage::Failed(message) => (None, Some(texts.text(message))),
        };
        self.render(
            "oob_code.html",
            frame,
            context! { page_id => "code", code, error },
        )
    }
}
