//! The page that asks whether an application, or a device, may act for the person.

use minijinja::context;

use crate::page::linkable;
use crate::{Frame, Message, Page, Pages};

/// What the question shows.
#[derive(Debug, Clone)]
pub struct ConsentPage<'a> {
    /// Where the form goes.
    pub action_url: &'a str,
    /// Goes with the form as `code`.
    pub code: &'a str,
    /// The application's name for people: [`Message::display`] of its name.
    pub client_name: Message,
    /// Who asks.
    pub asker: Asker,
    /// What is asked for, each a consent text such as `${profileScopeConsentText}` by [`Message::display`].
    pub scopes: Vec<Message>,
    /// The application's privacy policy. Only web addresses are linked.
    pub policy_url: Option<&'a str>,
    /// The application's terms of service. Only web addresses are linked.
    pub terms_url: Option<&'a str>,
}

/// Who asks for consent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Asker {
    /// An application in this browser.
    #[default]
    Application,
    /// A device that showed a code: the page says so, since somebody else may have sent the code.
    Device,
}

impl Pages {
    /// The question: a form that sends `code` with `accept` or `cancel`.
    pub fn consent(&self, frame: &Frame<'_>, page: &ConsentPage<'_>) -> Page {
        let texts = self.voice(frame);
        let scopes: Vec<String> = page.scopes.iter().map(|scope| texts.text(scope)).collect();
        self.render(
            "consent.html",
            frame,
            context! {
                page_id => "login-oauth-grant",
                action => page.action_url,
                code => page.code,
                client_name => texts.text(&page.client_name),
                is_device => page.asker == Asker::Device,
                scopes,
                policy_url => linkable(page.policy_url),
                terms_url => linkable(page.terms_url),
            },
        )
    }
}
