//! The page where the code that a device shows is typed in.

use minijinja::context;

use crate::{Frame, Message, Page, Pages};

/// What the page shows.
#[derive(Debug, Clone, Default)]
pub struct DeviceCodePage<'a> {
    /// Where the form goes.
    pub action_url: &'a str,
    /// What stands in the field: what was typed before.
    pub user_code: &'a str,
    /// What is wrong with it (`oauth2DeviceInvalidUserCodeMessage`).
    pub error: Option<Message>,
}

impl Pages {
    /// The page for a device's code: form `kc-user-verify-device-user-code-form` with `device_user_code`.
    pub fn device_code(&self, frame: &Frame<'_>, page: &DeviceCodePage<'_>) -> Page {
        let texts = self.voice(frame);
        self.render(
            "device_code.html",
            frame,
            context! {
                page_id => "login-oauth2-device-verify-user-code",
                action => page.action_url,
                user_code => page.user_code,
                alert => page.error.as_ref().map(|message| texts.text(message)),
            },
        )
    }
}
