//! The page that asks whether to sign out.

use minijinja::context;

use crate::page::linkable;
use crate::{Frame, Page, Pages};

/// What the sign-out question shows.
#[derive(Debug, Clone, Default)]
pub struct LogoutConfirmPage<'a> {
    /// Where the form goes.
    pub action_url: &'a str,
    /// Goes with the form as `session_code`.
    pub session_code: &'a str,
    /// The application's own page to go back to. Only web addresses are linked.
    pub back_url: Option<&'a str>,
}

impl Pages {
    /// The sign-out question: a form that sends `session_code` and `confirmLogout`.
    pub fn logout_confirm(&self, frame: &Frame<'_>, page: &LogoutConfirmPage<'_>) -> Page {
        self.render(
            "logout_confirm.html",
            frame,
            context! {
                page_id => "logout-confirm",
                action => page.action_url,
                session_code => page.session_code,
                back_url => linkable(page.back_url),
            },
        )
    }
}
