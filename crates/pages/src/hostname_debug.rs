//! The page that shows what is made of addresses, for whoever sets up a proxy.

use minijinja::context;

use crate::page::linkable;
use crate::{Frame, Page, Pages};

/// Allows the one line of script that asks each address, by its hash, and what it asks. A link beside each does the same without script.
const CSP: &str = "default-src 'none'; script-src 'sha256-CTF4cyP8B2IuuzWhV9oCEk0ExvS6Y68yFUDwuGnC7fw='; connect-src http: https:; style-src 'self'; img-src 'self'; font-src 'self'; base-uri 'none'; frame-ancestors 'self'; object-src 'none'";

/// What the page shows.
#[derive(Debug, Clone)]
pub struct HostnameDebugPage<'a> {
    /// Each address of ours: what it is for, the address, and the address that says whether it leads here.
    pub addresses: &'a [(&'a str, String, String)],
    /// What is known of the server and the request: name and value.
    pub runtime: &'a [(&'a str, String)],
    /// Options and their values.
    pub options: &'a [(&'a str, String)],
    /// What was found out about the request, in order.
    pub facts: &'a [String],
}

impl Pages {
    /// The page of addresses.
    pub fn hostname_debug(&self, frame: &Frame<'_>, page: &HostnameDebugPage<'_>) -> Page {
        let addresses: Vec<Vec<String>> = page
            .addresses
            .iter()
            .map(|(name, base, check)| {
                let check = linkable(Some(check)).unwrap_or_default();
                vec![(*name).to_owned(), base.clone(), check.to_owned()]
            })
            .collect();
        let page = context! {
            page_id => "hostname-debug",
            addresses => addresses,
            runtime => lines(page.runtime),
            options => lines(page.options),
            facts => page.facts.to_vec(),
        };
        Page {
            csp: CSP.into(),
            ..self.render("hostname_debug.html", frame, page)
        }
    }
}

fn lines(pairs: &[(&str, String)]) -> Vec<Vec<String>> {
    pairs
        .iter()
        .map(|(name, value)| vec![(*name).to_owned(), value.clone()])
        .collect()
}
