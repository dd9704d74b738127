//! The page for a form that was overtaken: by another tab, the back button or the clock.

use minijinja::context;

use crate::page::linkable;
use crate::{Frame, Page, Pages};

/// What the page for an overtaken form shows.
#[derive(Debug, Clone, Default)]
pub struct ExpiredPage<'a> {
    /// Starts the sign-in again from its first page.
    pub restart_url: &'a str,
    /// Goes on where the sign-in stands now.
    pub continue_url: &'a str,
}

impl Pages {
    /// The page for an overtaken form: links `loginRestartLink` and `loginContinueLink`.
    pub fn expired(&self, frame: &Frame<'_>, page: &ExpiredPage<'_>) -> Page {
        self.render(
            "expired.html",
            frame,
            context! {
                page_id => "login-page-expired",
                restart_url => linkable(Some(page.restart_url)),
                continue_url => linkable(Some(page.continue_url)),
            },
        )
    }
}
