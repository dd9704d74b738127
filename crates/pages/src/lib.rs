//! What does the person see?
//!
//! The only HTML of the program: one file here and one template per page, text in English and German, and the files that pages load.
//! This crate knows no realm, no user and no flow: it is given plain values, and it escapes every one of them. Pages need no script.
//!
//! Start at [`Pages::new`]; each page is a method that takes the [`Frame`] and the page's own values, such as [`Pages::login`].
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod assets;
mod certificate;
mod error;
mod expired;
mod form_post;
mod hostname_debug;
mod info;
mod login;
mod logout_confirm;
mod messages;
mod page;
mod theme;
mod x509_confirm;

pub use assets::Asset;
pub use certificate::CertificatePage;
pub use error::ErrorPage;
pub use expired::ExpiredPage;
pub use form_post::FormPostPage;
pub use hostname_debug::HostnameDebugPage;
pub use info::InfoPage;
pub use login::{KnownUser, LoginError, LoginPage, RememberMe, UsernameLabel};
pub use logout_confirm::LogoutConfirmPage;
pub use messages::Message;
pub use page::{CSP, Frame, Language, Page};
pub use theme::{Pages, ThemeError};
pub use x509_confirm::{Choice, X509ConfirmPage};
