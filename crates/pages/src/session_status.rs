//! Documents that applications frame and that nobody sees: whether the session is still the browser's (OpenID Connect Session Management
//! §3.3), and whether the browser lets framed pages have cookies at all. Each is one file of script of our own.

use crate::{Page, Pages};

/// Our own files run and ask our own host. Who may frame the document is for its endpoint to say: any application's page has to.
const CSP: &str =
    "default-src 'none'; script-src 'self'; connect-src 'self'; base-uri 'none'; object-src 'none'";

/// A document that applications frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FramedDocument {
    /// Answers whether the application's session is still the browser's.
    SessionStatus,
    /// Sets a cookie and goes on to the next.
    CookieProbe,
    /// Tells whether the cookie came along.
    CookieProbed,
}

impl Pages {
    /// The document; `resources_url` as in [`Frame`](crate::Frame::resources_url).
    pub fn framed_document(&self, resources_url: &str, document: FramedDocument) -> Page {
        let script = match document {
            FramedDocument::SessionStatus => "session-status.js",
            FramedDocument::CookieProbe => "cookie-probe.js",
            FramedDocument::CookieProbed => "cookie-probed.js",
        };
        let resources = resources_url
            .replace('&', "&amp;")
            .replace('"', "&quot;")
            .replace('<', "&lt;");
        let html = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>-</title>\n\
            <script type=\"module\" src=\"{resources}/login/postern/{script}\"></script>\n</head>\n<body></body>\n</html>\n"
        );
        Page {
            html,
            csp: CSP.into(),
        }
    }
}
