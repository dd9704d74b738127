//! The page that asks to accept the terms.

use minijinja::context;

use crate::{Frame, Page, Pages};

/// What the terms page shows. The text itself is the message `termsText`, which a realm's own texts replace.
#[derive(Debug, Clone, Default)]
pub struct TermsPage<'a> {
    /// Where the form goes.
    pub action_url: &'a str,
}

impl Pages {
    /// The terms: a form that sends `accept` or `cancel`.
    pub fn terms(&self, frame: &Frame<'_>, page: &TermsPage<'_>) -> Page {
        self.render(
            "terms.html",
            frame,
            context! {
                page_id => "terms",
                action => page.action_url,
            },
        )
    }
}
