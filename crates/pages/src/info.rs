//! The page that says that something is done.

use minijinja::context;

use crate::page::linkable;
use crate::{Frame, Message, Page, Pages};

/// What the information page shows.
#[derive(Debug, Clone)]
pub struct InfoPage<'a> {
    /// What is done, short: it is the heading. `successLogout` after signing out.
    pub title: Message,
    /// A sentence below it.
    pub detail: Option<Message>,
    /// The application's own page to go back to. Only web addresses are linked.
    pub back_url: Option<&'a str>,
}

impl Pages {
    /// The information page, such as "You are signed out".
    pub fn info(&self, frame: &Frame<'_>, page: &InfoPage<'_>) -> Page {
        let texts = self.voice(frame);
        self.render(
            "info.html",
            frame,
            context! {
                page_id => "info",
                title => texts.text(&page.title),
                detail => page.detail.as_ref().map(|message| texts.text(message)),
                back_url => linkable(page.back_url),
            },
        )
    }
}
