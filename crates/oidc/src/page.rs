//! Pages as answers.

use crate::visitor::Visitor;
use authn::Cx;
use authn::cookies::SetCookie;
use authn::login::Shown;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use pages::{Message, Page};

/// A page as an answer that nobody may keep.
pub fn answer(status: StatusCode, page: Page) -> Response {
    // One that is no header must not leave the page without any.
    let policy = HeaderValue::try_from(&*page.csp)
        .unwrap_or(const { HeaderValue::from_static("default-src 'none'") });
    let mut response = crate::answer::bytes_of(status, "text/html;charset=utf-8", page.html);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("no-store, must-revalidate, max-age=0"),
    );
    response
}

/// A page of a sign-in.
pub fn shown(shown: Shown) -> Response {
    let status = StatusCode::from_u16(shown.status).unwrap_or(StatusCode::OK);
    with_cookies(answer(status, shown.page), &shown.set_cookies)
}

/// Sends the browser to an address of ours.
pub fn redirect(to: &str) -> Response {
    let Ok(to) = HeaderValue::from_str(to) else {
        return crate::answer::bytes_of(StatusCode::BAD_REQUEST, "text/plain", String::new());
    };
    let mut response = crate::answer::bytes_of(StatusCode::FOUND, "text/plain", String::new());
    let headers = response.headers_mut();
    headers.insert(header::LOCATION, to);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The page that says that it can't go on.
pub fn error(cx: &Cx, visitor: &Visitor, status: StatusCode, message: Message) -> Response {
    let page = cx.error_page(&visitor.locale.tag, message, None, None);
    answer(status, page)
}

/// The page for what is our fault: it is logged, and the page shows under which identifier.
pub fn fault(cx: &Cx, visitor: &Visitor, fault: &(dyn std::error::Error + 'static)) -> Response {
    let id = crate::error::log_fault(fault);
    let message = Message::new("unexpectedError");
    let page = cx.error_page(&visitor.locale.tag, message, Some(&id), None);
    answer(StatusCode::INTERNAL_SERVER_ERROR, page)
}

/// Adds cookies to an answer.
pub fn with_cookies(mut response: Response, cookies: &[SetCookie]) -> Response {
    for cookie in cookies {
        match HeaderValue::from_str(cookie.header()) {
            Ok(value) => {
                response.headers_mut().append(header::SET_COOKIE, value);
            }
            Err(_) => tracing::error!(cookie = cookie.name(), "a cookie could not be written"),
        }
    }
    response
}
