//! What does the person see?
//!
//! The only HTML of the program: one file here and one template per page, text in English and German, and the files that pages load.
//! This crate knows no realm, no user and no flow: it is given plain values, and it escapes every one of them. Pages need no script.
//!
//! Start at [`Pages::new`]; each page is a method that takes the [`Frame`] and the page's own values, such as [`Pages::login`].
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod assets;
mod certificate;
mod consent;
mod delete;
mod device_code;
mod error;
mod expired;
mod form_post;
mod frontchannel_logout;
mod hostname_debug;
mod info;
mod listing;
mod login;
mod login_password;
mod login_username;
mod logout_confirm;
mod message_format;
mod messages;
mod oob_code;
mod page;
mod pages;
mod properties;
mod select_authenticator;
mod session_status;
mod templates;
mod terms;
mod theme;
mod theme_folder;
mod update_password;
mod update_profile;
mod x509_confirm;

pub use assets::Asset;
pub use certificate::CertificatePage;
pub use consent::{Asker, ConsentPage};
pub use delete::{DeleteAccountPage, DeleteCredentialPage};
pub use device_code::DeviceCodePage;
pub use error::ErrorPage;
pub use expired::ExpiredPage;
pub use form_post::FormPostPage;
pub use frontchannel_logout::{FrontchannelLogoutPage, ToldClient};
pub use hostname_debug::HostnameDebugPage;
pub use info::InfoPage;
pub use login::{KnownUser, LoginError, LoginPage, RememberMe, UsernameLabel};
pub use login_password::LoginPasswordPage;
pub use login_username::LoginUsernamePage;
pub use logout_confirm::LogoutConfirmPage;
pub use messages::{Message, OwnTexts};
pub use oob_code::OobCodePage;
pub use page::{CSP, Frame, Language, Page};
pub use pages::Pages;
pub use select_authenticator::{SelectAuthenticatorPage, Way};
pub use session_status::FramedDocument;
pub use terms::TermsPage;
pub use theme_folder::{Reload, ThemeError, ThemeFolder, ThemeProblem};
pub use update_password::{UpdatePasswordError, UpdatePasswordPage, WayOut};
pub use update_profile::{
    ChoiceStyle, Line, LineKind, ProfileField, ProfileGroup, ProfileInput, ProfileOption,
    UpdateProfilePage, Values,
};
pub use x509_confirm::{Choice, X509ConfirmPage};
