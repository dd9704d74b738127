use crate::enter::Entered;
use crate::page;
use crate::params::Params;
use crate::visitor::Visitor;
use axum::extract::RawQuery;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use pages::{Message, OobCodePage};

/// `GET /realms/{realm}/protocol/openid-connect/oauth/oob`: shows the code to people whose application has no address of its own
/// (`urn:ietf:wg:oauth:2.0:oob`), for them to copy.
pub async fn oob(Entered(cx): Entered, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let params = Params::of_query(query);
    let visitor = Visitor::of(&cx, &headers, &params);
    let shown = match (params.filled("code"), params.filled("error")) {
        (Some(code), _) => OobCodePage::Code(code),
        // What the address says is nobody's word that a page should repeat.
        (None, Some(_)) => OobCodePage::Failed(Message::new("codeErrorMessage")),
        (None, None) => {
            let message = Message::new("invalidRequestMessage");
            return page::error(&cx, &visitor, StatusCode::BAD_REQUEST, message);
        }
    };
    let frame = cx.frame(&visitor.locale.tag);
    page::answer(StatusCode::OK, cx.server.pages.oob_code(&frame, &shown))
}
