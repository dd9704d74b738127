//! The pages that ask before something is deleted: the account, or a way to sign in.

use minijinja::context;

use crate::{Frame, Page, Pages, WayOut};

/// What the question before an account is deleted shows.
#[derive(Debug, Clone, Default)]
pub struct DeleteAccountPage<'a> {
    /// Where the form goes.
    pub action_url: &'a str,
    /// Whether the person may leave the account alone.
    pub way_out: WayOut,
}

/// What the question before a way to sign in is deleted shows.
#[derive(Debug, Clone, Default)]
pub struct DeleteCredentialPage<'a> {
    /// Where the form goes.
    pub action_url: &'a str,
    /// What the person calls it.
    pub credential_label: &'a str,
}

impl Pages {
    /// The question before the account is deleted: a form with a button, and perhaps `cancel-aia`.
    pub fn delete_account(&self, frame: &Frame<'_>, page: &DeleteAccountPage<'_>) -> Page {
        self.render(
            "delete_account.html",
            frame,
            context! {
                page_id => "delete-account-confirm",
                action => page.action_url,
                can_cancel => page.way_out == WayOut::CancelAction,
            },
        )
    }

    /// The question before a way to sign in is deleted: a form that sends `accept` or `cancel-aia`.
    pub fn delete_credential(&self, frame: &Frame<'_>, page: &DeleteCredentialPage<'_>) -> Page {
        self.render(
            "delete_credential.html",
            frame,
            context! {
                page_id => "delete-credential",
                action => page.action_url,
                credential_label => page.credential_label,
            },
        )
    }
}
