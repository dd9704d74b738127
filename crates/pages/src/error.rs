//! The page that says that it can't go on.

use minijinja::context;

use crate::page::linkable;
use crate::{Frame, Message, Page, Pages};

/// What the error page shows.
#[derive(Debug, Clone)]
pub struct ErrorPage<'a> {
    /// What happened, in plain words, and nothing that helps an attacker.
    pub message: Message,
    /// The short code of this sign-in or request for the administrator, such as `K7Q-M2X`.
    pub attempt_code: Option<&'a str>,
    /// The application's own page to go back to. Only web addresses are linked.
    pub back_url: Option<&'a str>,
}

impl Pages {
    /// The error page. The status is the caller's: 400 for most, 500 when it was us.
    pub fn error(&self, frame: &Frame<'_>, page: &ErrorPage<'_>) -> Page {
        self.render(
            "error.html",
            frame,
            context! {
                page_id => "error",
                message => self.voice(frame).text(&page.message),
                code => page.attempt_code,
                back_url => linkable(page.back_url),
            },
        )
    }
}
