//! The page that carries an answer to the application as a form (OAuth 2.0 Form Post Response Mode).

use minijinja::context;

use crate::{Frame, Page, Pages};

/// Allows the one line of script that sends the form, by its hash, and nothing else. A button does the same without script.
const CSP: &str = "default-src 'none'; script-src 'sha256-8lDeP0UDwCO6/RhblgeH/ctdBzjVpJxrXizsnIk3cEQ='; style-src 'self'; img-src 'self'; font-src 'self'; base-uri 'none'; frame-ancestors 'self'; object-src 'none'";

/// What the page carries.
#[derive(Debug, Clone)]
pub struct FormPostPage<'a> {
    /// The application's registered address.
    pub action_url: &'a str,
    /// Names and values.
    pub fields: &'a [(&'a str, &'a str)],
}

impl Pages {
    /// A form that sends itself to the application.
    pub fn form_post(&self, frame: &Frame<'_>, page: &FormPostPage<'_>) -> Page {
        let fields: Vec<Vec<String>> = page
            .fields
            .iter()
            .map(|(name, value)| vec![(*name).to_owned(), (*value).to_owned()])
            .collect();
        let page = context! {
            page_id => "form-post",
            action => page.action_url,
            fields => fields,
        };
        Page {
            csp: CSP.into(),
            ..self.render("form_post.html", frame, page)
        }
    }
}
