//! Devices, codes, and what is shown on the way out.

use pages::{
    DeviceCodePage, FormPostPage, Frame, FrontchannelLogoutPage, InfoPage, Message, OobCodePage,
    Page, Pages, ToldClient,
};

pub(super) fn all(
    pages: &Pages,
    plain: &Frame<'_>,
    frame: &Frame<'_>,
) -> Vec<(&'static str, Page)> {
    let device = DeviceCodePage {
        action_url: "/device",
        ..DeviceCodePage::default()
    };
    let wrong = DeviceCodePage {
        user_code: "WRON-GONE",
        error: Some(Message::new("oauth2DeviceInvalidUserCodeMessage")),
        ..device.clone()
    };
    let info = |title: &'static str, detail: &'static str| InfoPage {
        title: Message::new(title),
        detail: Some(Message::new(detail)),
        back_url: None,
    };
    let signed_in = info(
        "oauth2DeviceVerificationCompleteHeader",
        "oauth2DeviceVerificationCompleteMessage",
    );
    let denied = info(
        "oauth2DeviceVerificationFailedHeader",
        "oauth2DeviceConsentDeniedMessage",
    );
    let told = FrontchannelLogoutPage {
        clients: vec![
            ToldClient {
                name: Message::display("Backend"),
                url: "https://backend.invalid/out?sid=1",
            },
            ToldClient {
                name: Message::display("Warehouse"),
                url: "https://warehouse.invalid/out",
            },
        ],
        continue_url: Some("https://app.invalid/"),
    };
    let form = FormPostPage {
        action_url: "https://app.invalid/",
        fields: &[("state", "s")],
    };
    vec![
        ("device-code", pages.device_code(plain, &device)),
        ("device-code-wrong", pages.device_code(frame, &wrong)),
        ("device-signed-in", pages.info(plain, &signed_in)),
        ("device-denied", pages.info(frame, &denied)),
        (
            "code",
            pages.oob_code(plain, &OobCodePage::Code("b1c6ad27.79a5.4b0e")),
        ),
        (
            "code-none",
            pages.oob_code(
                frame,
                &OobCodePage::Failed(Message::new("accessDeniedMessage")),
            ),
        ),
        (
            "frontchannel-logout",
            pages.frontchannel_logout(plain, &told),
        ),
        ("form-post", pages.form_post(plain, &form)),
    ]
}
