//! Signing in at a browser, page by page.

mod at_certificate_host;
mod begin;
mod conclude;
mod held;
mod requested_action;
mod resume;
pub(crate) mod ways;

pub use at_certificate_host::{Visit, visit};
pub use begin::begin;
pub use held::{Answered, Once, Question, hold, take_up};
pub use requested_action::{ActionStatus, RequestedAction};
pub use resume::{Place, resume};

use crate::auth_session::BrowserId;
use crate::cookies::{Cookies, Life, Scope, SetCookie};
use crate::event::EventDraft;
use crate::level::RequestedLevel;
use crate::refusal::Refusal;
use crate::sealed::Restartable;
use crate::trace::Attempt;
use crate::{Cx, Locale, flow};
use pages::Page;
use realm::{Client, ClientId, User};
use serde_json::Value;
use std::collections::BTreeMap;
use store::Session;

/// A sign-in that a protocol asks for.
pub struct Begin<'a> {
    /// Who asks. The protocol has checked that it exists, is enabled and may ask.
    pub client: &'a Client,
    /// The protocol's own parameters: opaque here, sealed, and given back.
    pub request: Value,
    /// Whether somebody has to prove themselves even though they are signed in, or must not be asked at all.
    pub prompt: Prompt,
    /// So many seconds old the last proof may be.
    pub max_age: Option<i64>,
    /// Who the client thinks it is.
    pub login_hint: Option<String>,
    /// The scope that the client asks for: names with blanks between.
    pub scope: Option<String>,
    /// What they are to do before the client gets its answer.
    pub action: Option<RequestedAction>,
    /// How sure the client wants to be of who it is.
    pub level: Option<RequestedLevel>,
    /// The protocol's `client_data` for the action URL: opaque here.
    pub client_data: String,
    /// The client's own page to go back to from an error page.
    pub back_url: Option<String>,
    /// The language of the pages.
    pub locale: Locale,
    /// What the protocol adds to each event of this sign-in (`auth_method`, `redirect_uri`, …).
    pub event_details: BTreeMap<String, String>,
    /// Whether this starts again what ran out of time.
    pub again: Again,
}

/// Whether pages may be shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Prompt {
    /// When they are needed.
    #[default]
    Normal,
    /// Never: who is not signed in is refused.
    None,
    /// Even to somebody who is signed in.
    Login,
}

/// Whether a sign-in starts again, and why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Again {
    /// It does not.
    #[default]
    No,
    /// The one before took too long; the page says so.
    TimedOut,
    /// The person asked for it, or has meanwhile signed in elsewhere.
    Asked,
}

/// The query of `login-actions/authenticate`.
#[derive(Clone, Debug, Default)]
pub struct Action {
    /// The sealed state.
    pub session_code: Option<String>,
    /// Which step the form is for.
    pub execution: Option<String>,
    /// At which client.
    pub client_id: Option<String>,
    /// Which tab.
    pub tab_id: Option<String>,
    /// The protocol's, opaque here.
    pub client_data: Option<String>,
    /// The language that was chosen on the page.
    pub kc_locale: Option<String>,
    /// What the browser brings back from where it was asked for a certificate.
    pub certificate_ticket: Option<String>,
}

/// Where a sign-in stands.
pub enum Progress {
    /// A page is to be shown: a form, or that it can't go on.
    Show(Shown),
    /// Somebody has signed in.
    SignedIn(Box<SignedIn>),
    /// The client is told that it did not happen.
    Refused(Box<Refused>),
    /// The protocol begins anew with the request that it gave, once it has checked it again.
    Restart(Box<Restart>),
}

/// A page to show.
pub struct Shown {
    /// The page.
    pub page: Page,
    /// The HTTP status.
    pub status: u16,
    /// The address at which it can be seen again, if it is a step's.
    pub address: Option<String>,
    /// Cookies to set.
    pub set_cookies: Vec<SetCookie>,
}

/// A sign-in that ends without anybody.
pub struct Refused {
    /// The protocol's own parameters.
    pub request: Value,
    /// Who asked.
    pub client: ClientId,
    /// Why.
    pub why: Why,
    /// Cookies to set.
    pub set_cookies: Vec<SetCookie>,
}

/// Why a sign-in ends without anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Nobody is signed in, and no page may be shown.
    LoginRequired,
    /// Somebody is signed in, has something to do first, and no page may be shown.
    InteractionRequired,
    /// The person does not want to.
    AccessDenied,
    /// The person does not accept the realm's terms.
    TermsDeclined,
}

/// A request to begin anew with. What was asked of the sign-in is asked again: each member belongs into the [`Begin`] member of its name.
pub struct Restart {
    /// Who asked.
    pub client: ClientId,
    /// The protocol's own parameters.
    pub request: Value,
    /// Whether somebody who is signed in has to prove themselves.
    pub prompt: Prompt,
    /// So many seconds old the last proof may be.
    pub max_age: Option<i64>,
    /// Who the client thinks it is.
    pub login_hint: Option<String>,
    /// What they are to do before the client gets its answer.
    pub action: Option<RequestedAction>,
    /// How sure the client wants to be.
    pub level: Option<RequestedLevel>,
    /// For [`Begin::again`].
    pub again: Again,
}

/// Somebody has signed in, and nothing of it is written yet.
pub struct SignedIn {
    /// Who.
    pub user: User,
    /// The session, to be written by [`crate::sso::keep`].
    pub session: Session,
    /// Whether the session begins now.
    pub is_new: bool,
    /// Whether they proved themselves now, and not only by being signed in.
    pub fresh: bool,
    /// The action that the client asked for, and what became of it.
    pub action: Option<(RequestedAction, ActionStatus)>,
    /// The level of authentication that was reached, now or by the session that goes on; none where the flow knows no levels.
    pub level: Option<i64>,
    /// At which client.
    pub client: ClientId,
    /// The protocol's own parameters.
    pub request: Value,
    /// Cookies to set.
    pub set_cookies: Vec<SetCookie>,
    /// What was found out, to be closed by the protocol.
    pub attempt: Attempt,
    /// `LOGIN`, to be completed and recorded by the protocol.
    pub event: EventDraft,
    /// At which browser, if at one.
    pub(crate) browser: Option<BrowserId>,
}

/// The sign-in that this browser began last, as its cookie `KC_RESTART` has it. The protocol checks it again and begins anew.
pub fn restart(cx: &Cx, cookies: &Cookies) -> Option<Restart> {
    let restartable = Restartable::read(cx, cookies)?;
    Some(Restart::of(restartable, Again::Asked))
}

/// Removes the cookie that a sign-in can be begun again from: it ended.
pub fn forget_restart(cx: &Cx) -> SetCookie {
    Restartable::remove(cx)
}

impl Restart {
    fn of(restartable: Restartable, again: Again) -> Self {
        Self {
            client: restartable.client,
            request: restartable.request,
            prompt: if restartable.proof.always {
                Prompt::Login
            } else {
                Prompt::Normal
            },
            max_age: restartable.proof.max_age,
            login_hint: restartable.login_hint,
            action: restartable.action,
            level: restartable.level,
            again,
        }
    }
}

/// The alias of the browser flow: the client's own, or the realm's.
pub(crate) fn browser_flow(cx: &Cx, client: &Client) -> Result<String, Refusal> {
    flow::alias(cx, client, "browser", &cx.realm.settings.browser_flow)
}

fn show(page: Page, status: u16) -> Progress {
    Progress::Show(Shown {
        page,
        status,
        address: None,
        set_cookies: Vec::new(),
    })
}

fn locale_cookie(cx: &Cx, locale: &Locale) -> SetCookie {
    SetCookie::new(
        cx,
        "KEYCLOAK_LOCALE",
        &locale.tag,
        Scope::Federation,
        Life::Browser,
    )
}
