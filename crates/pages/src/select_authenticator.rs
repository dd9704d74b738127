//! The page that offers the ways to sign in.

use minijinja::{Value, context};

use crate::page::linkable;
use crate::{Frame, KnownUser, Message, Page, Pages};

/// What the choice of ways shows.
#[derive(Debug, Clone, Default)]
pub struct SelectAuthenticatorPage<'a> {
    /// Where each form goes.
    pub action_url: &'a str,
    /// Who signs in, when a name was given before.
    pub known_user: Option<KnownUser<'a>>,
    /// The ways, in their order.
    pub ways: Vec<Way<'a>>,
}

/// One way to sign in.
#[derive(Debug, Clone)]
pub struct Way<'a> {
    /// The execution's identifier; the form sends it as `authenticationExecution`.
    pub execution: &'a str,
    /// What the way is called (`password-display-name`).
    pub name: Message,
    /// What it needs (`password-help-text`).
    pub help: Option<Message>,
}

impl Pages {
    /// The choice of ways: for each a form that sends `authenticationExecution`; the first is `kc-select-credential-form`.
    pub fn select_authenticator(
        &self,
        frame: &Frame<'_>,
        page: &SelectAuthenticatorPage<'_>,
    ) -> Page {
        let texts = self.voice(frame);
        let ways: Vec<Value> = page
            .ways
            .iter()
            .map(|way| {
                context! {
                    execution => way.execution,
                    name => texts.text(&way.name),
                    help => way.help.as_ref().map(|message| texts.text(message)),
                }
            })
            .collect();
        self.render(
            "select_authenticator.html",
            frame,
            context! {
                page_id => "select-authenticator",
                action => page.action_url,
                known_user => page.known_user.map(|known| known.username),
                restart_url => linkable(page.known_user.and_then(|known| known.restart_url)),
                ways,
            },
        )
    }
}
