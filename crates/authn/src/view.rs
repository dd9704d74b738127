//! What forms have in common: where they go, and what surrounds them.

use crate::Cx;
use crate::flow::Walk;
use crate::sealed::Ticket;
use pages::{Frame, Language, Page};
use realm::ExecutionId;
use url::form_urlencoded::Serializer;

/// The address of a login action for this tab.
fn action(
    cx: &Cx,
    name: &str,
    ticket: &Ticket,
    before: &[(&str, &str)],
    after: &[(&str, &str)],
) -> String {
    let mut query = Serializer::new(String::new());
    query.extend_pairs(before);
    query.append_pair("client_id", ticket.client.as_str());
    query.append_pair("tab_id", &ticket.tab);
    query.append_pair("client_data", &ticket.client_data);
    query.extend_pairs(after);
    format!("{}/login-actions/{name}?{}", cx.issuer(), query.finish())
}

/// Where the form of this step goes.
pub(crate) fn authenticate_url(
    cx: &Cx,
    ticket: &Ticket,
    execution: &ExecutionId,
    sealed: &str,
) -> String {
    let before = [("session_code", sealed), ("execution", execution.as_str())];
    action(cx, "authenticate", ticket, &before, &[])
}

/// Where the form of this required action goes.
pub(crate) fn action_url(cx: &Cx, ticket: &Ticket, alias: &str, sealed: &str) -> String {
    let before = [("session_code", sealed), ("execution", alias)];
    action(cx, "required-action", ticket, &before, &[])
}

/// Where a sign-in starts again.
pub(crate) fn restart_url(cx: &Cx, ticket: &Ticket) -> String {
    action(cx, "restart", ticket, &[], &[("skip_logout", "false")])
}

impl Walk<'_> {
    /// A page with the form of this step: `show` is given the frame and the form's address. `None` when the state is too large to travel.
    pub(crate) fn page(
        &mut self,
        execution: &ExecutionId,
        show: impl FnOnce(&Self, &Frame<'_>, &str) -> Page,
    ) -> Option<Page> {
        let sealed = self.seal(execution)?;
        let ticket = self.browser()?.ticket.clone();
        let url = authenticate_url(self.cx, &ticket, execution, &sealed);
        Some(self.framed(&ticket.locale, url, show))
    }

    /// A page with the form of this required action, in the same way. Who has to do it is known and proven, so it may speak their language; the
    /// pages before must not tell a visitor anything of somebody whose name they typed.
    pub(crate) fn action_page(
        &mut self,
        alias: &str,
        show: impl FnOnce(&Self, &Frame<'_>, &str) -> Page,
    ) -> Option<Page> {
        let sealed = self.seal(&ExecutionId::new(alias))?;
        let ticket = self.browser()?.ticket.clone();
        let url = action_url(self.cx, &ticket, alias, &sealed);
        let locale = self.locale()?;
        Some(self.framed(&locale, url, show))
    }

    fn framed(
        &mut self,
        locale: &str,
        url: String,
        show: impl FnOnce(&Self, &Frame<'_>, &str) -> Page,
    ) -> Page {
        let cx = self.cx;
        let tags = cx.languages();
        let urls: Vec<String> = tags
            .iter()
            .map(|tag| format!("{url}&kc_locale={tag}"))
            .collect();
        let languages: Vec<Language<'_>> = tags
            .iter()
            .zip(&urls)
            .map(|(tag, url)| Language { tag, url })
            .collect();
        let frame = Frame {
            languages: &languages,
            ..self.frame(locale)
        };
        let page = show(self, &frame, &url);
        self.address = Some(url);
        page
    }

    /// The language of this sign-in's pages, now that it is sure who signs in.
    fn locale(&mut self) -> Option<String> {
        let browser = self.browser()?;
        let kept = browser.cookies.get("KEYCLOAK_LOCALE").is_some();
        let chosen = kept || browser.ticket.chose_locale;
        let before = browser.ticket.locale.clone();
        Some(match self.user.as_ref().filter(|_| !chosen) {
            Some(user) => self.cx.locale_of(user, &before),
            None => before,
        })
    }

    /// What surrounds this sign-in's pages: the client may have a look of its own.
    pub(crate) fn frame<'a>(&'a self, locale: &'a str) -> Frame<'a> {
        let frame = self.cx.frame(locale);
        Frame {
            theme: self.client.attribute("login_theme").or(frame.theme),
            ..frame
        }
    }

    /// The client's name for people.
    pub(crate) fn client_name(&self) -> &str {
        let name = self.client.name.as_deref().unwrap_or_default();
        if name.trim().is_empty() || name.contains("${") {
            self.client.client_id.as_str()
        } else {
            name
        }
    }
}
