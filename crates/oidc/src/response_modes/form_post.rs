//! `form_post`: a page whose form the browser sends at once (OAuth 2.0 Form Post Response Mode).

use crate::page;
use authn::Cx;
use axum::response::Response;
use http::StatusCode;
use pages::FormPostPage;

pub(super) fn page(cx: &Cx, to: &str, params: &[(&str, &str)]) -> Response {
    let form = FormPostPage {
        action_url: to,
        fields: params,
    };
    page::answer(
        StatusCode::OK,
        cx.server.pages.form_post(&cx.frame(""), &form),
    )
}
