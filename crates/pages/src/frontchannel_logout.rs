//! The page that tells applications, through the browser, that somebody signed out (OpenID Connect Front-Channel Logout 1.0).

use std::collections::BTreeSet;

use minijinja::{Value, context};

use crate::page::linkable;
use crate::{Frame, Message, Page, Pages};

/// What the page shows.
#[derive(Debug, Clone, Default)]
pub struct FrontchannelLogoutPage<'a> {
    /// The applications to be told.
    pub clients: Vec<ToldClient<'a>>,
    /// Where to go when all were told. Only web addresses are linked.
    pub continue_url: Option<&'a str>,
}

/// An application that is told.
#[derive(Debug, Clone)]
pub struct ToldClient<'a> {
    /// Its name for people: [`Message::display`] of its name.
    pub name: Message,
    /// Its front-channel logout address, with `iss` and `sid` where it wants them. Anything but `http:` and `https:` is left out.
    pub url: &'a str,
}

impl Pages {
    /// The page with a hidden frame per application, and the link `continue`, which is followed when all frames have loaded.
    ///
    /// The page's policy allows frames of exactly these origins, and our own file of script that follows the link. Without script the link is
    /// there to be followed.
    pub fn frontchannel_logout(
        &self,
        frame: &Frame<'_>,
        page: &FrontchannelLogoutPage<'_>,
    ) -> Page {
        let texts = self.voice(frame);
        let mut origins = BTreeSet::new();
        let mut clients: Vec<Value> = Vec::new();
        for client in &page.clients {
            let origin = origin(client.url);
            clients.push(context! {
                name => texts.text(&client.name),
                url => origin.is_some().then_some(client.url),
            });
            origins.extend(origin);
        }
        let shown = self.render(
            "frontchannel_logout.html",
            frame,
            context! {
                page_id => "frontchannel-logout",
                clients,
                continue_url => linkable(page.continue_url),
            },
        );
        Page {
            csp: policy(&origins).into(),
            ..shown
        }
    }
}

fn policy(origins: &BTreeSet<&str>) -> String {
    let mut frames = String::new();
    for origin in origins {
        frames.push(' ');
        frames.push_str(origin);
    }
    if frames.is_empty() {
        frames.push_str(" 'none'");
    }
    format!(
        "default-src 'none'; frame-src{frames}; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; base-uri 'none'; frame-ancestors 'self'; object-src 'none'"
    )
}

/// The scheme and host of a web address, when they can stand in a policy; without a user, and without a letter that means something there.
fn origin(url: &str) -> Option<&str> {
    let host = ["http://", "https://"].iter().find_map(|scheme| {
        let start = url.get(..scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then_some(scheme.len())
    })?;
    let length = url[host..].find(['/', '?', '#', '\\']);
    let end = length.map_or(url.len(), |length| host + length);
    let named = !url[host..end].is_empty()
        && url[host..end]
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte));
    named.then(|| &url[..end])
}

#[cfg(test)]
mod tests {
    use super::origin;

    #[test]
    fn an_origin_can_not_widen_the_policy() {
        for (url, expected) in [
            ("https://app.example/out?sid=1", Some("https://app.example")),
            ("http://localhost:3000", Some("http://localhost:3000")),
            ("https://[::1]:1?x", Some("https://[::1]:1")),
            ("https://a.example;script-src *", None),
            ("https://a.example *", None),
            ("https://*/", None),
            ("https://user@a.example/", None),
            ("https:///x", None),
            ("javascript:alert(1)", None),
            ("//a.example/", None),
            ("é", None),
        ] {
            assert_eq!(origin(url), expected, "{url}");
        }
    }
}
