use super::{Attributes, Other};
use crate::RoleId;
use serde::{Deserialize, Serialize};

/// The realm's own settings. Fields are those that rules read; the rest of the representation is in `other`, in its place.
///
/// Spans are seconds; 0 means "as the wider setting says" where Keycloak has it so.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the switches of Keycloak's representation"
)]
pub struct Settings {
    /// The realm's key.
    pub id: String,
    /// The realm's name.
    pub realm: String,
    /// Shown on pages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Tokens issued before this instant (epoch seconds) are void.
    pub not_before: i64,
    /// Signature algorithm of tokens unless a client says otherwise.
    pub default_signature_algorithm: String,
    /// Whether a refresh token is good for one use only.
    pub revoke_refresh_token: bool,
    /// Uses allowed beyond the first when `revoke_refresh_token` is on.
    pub refresh_token_max_reuse: i64,
    /// Life span of access tokens.
    pub access_token_lifespan: i64,
    /// The same for the implicit flow.
    pub access_token_lifespan_for_implicit_flow: i64,
    /// A session unused for so long ends.
    pub sso_session_idle_timeout: i64,
    /// A session so old ends.
    pub sso_session_max_lifespan: i64,
    /// The same for remembered sessions.
    pub sso_session_idle_timeout_remember_me: i64,
    /// The same for remembered sessions.
    pub sso_session_max_lifespan_remember_me: i64,
    /// The same for one client's part of a session.
    pub client_session_idle_timeout: i64,
    /// The same for one client's part of a session.
    pub client_session_max_lifespan: i64,
    /// How long an offline session may be unused.
    pub offline_session_idle_timeout: i64,
    /// Whether offline sessions have a greatest age.
    pub offline_session_max_lifespan_enabled: bool,
    /// That age.
    pub offline_session_max_lifespan: i64,
    /// How long a client's part in an offline session may be unused; 0 leaves it to the session.
    pub client_offline_session_idle_timeout: i64,
    /// How long a client's part in an offline session may last, where such sessions have a greatest age; 0 leaves it to the session.
    pub client_offline_session_max_lifespan: i64,
    /// How long a device may wait for an answer.
    #[serde(rename = "oauth2DeviceCodeLifespan")]
    pub device_code_lifespan: i64,
    /// Seconds between two looks of a device.
    #[serde(rename = "oauth2DevicePollingInterval")]
    pub device_polling_interval: i64,
    /// Life span of an authorization code.
    pub access_code_lifespan: i64,
    /// How long a required action may take.
    pub access_code_lifespan_user_action: i64,
    /// How long a sign-in may take.
    pub access_code_lifespan_login: i64,
    /// A disabled realm serves nothing.
    pub enabled: bool,
    /// Who must come by HTTPS.
    pub ssl_required: SslRequired,
    /// Whether e-mail addresses serve as user names.
    pub registration_email_as_username: bool,
    /// Whether the login page offers to be remembered.
    pub remember_me: bool,
    /// Whether people may sign in by e-mail address.
    pub login_with_email_allowed: bool,
    /// Whether several people may share an address.
    pub duplicate_emails_allowed: bool,
    /// Whether repeated failures lock people out.
    pub brute_force_protected: bool,
    /// Whether they are locked out for good: at once, or after so many times for a while.
    pub permanent_lockout: bool,
    /// So many lock-outs for a while come before one for good; with 0 there are none.
    pub max_temporary_lockouts: i64,
    /// How lock-outs grow.
    pub brute_force_strategy: BruteForceStrategy,
    /// The longest lock-out.
    pub max_failure_wait_seconds: i64,
    /// The lock-out after two failures in quick succession.
    pub minimum_quick_login_wait_seconds: i64,
    /// By how much lock-outs grow.
    pub wait_increment_seconds: i64,
    /// What quick succession is, milliseconds.
    pub quick_login_check_milli_seconds: i64,
    /// After so long without a failure the count begins anew.
    pub max_delta_time_seconds: i64,
    /// So many failures lock out.
    pub failure_factor: i64,
    /// Whether login events are stored.
    pub events_enabled: bool,
    /// Stored login events are kept for so many seconds; 0 or absent is for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events_expiration: Option<i64>,
    /// Which event types are stored; empty means Keycloak's default set.
    pub enabled_event_types: Vec<String>,
    /// Headers of pages.
    pub browser_security_headers: Attributes,
    /// Alias of the flow for browsers.
    pub browser_flow: String,
    /// Alias of the flow for the password grant.
    pub direct_grant_flow: String,
    /// Further settings; `frontendUrl` and `acr.loa.map` among them.
    pub attributes: Attributes,
    /// Names of client scopes that new clients get.
    pub default_default_client_scopes: Vec<String>,
    /// Names of client scopes that new clients may ask for.
    pub default_optional_client_scopes: Vec<String>,
    /// Key of the role that everybody has. Stored here; in files it stands in `defaultRole`.
    #[serde(rename = "_defaultRole", skip_serializing_if = "Option::is_none")]
    pub default_role: Option<RoleId>,
    /// Everything else, such as policies of features that are not served yet.
    #[serde(flatten)]
    pub other: Other,
}

impl Settings {
    /// An attribute's value; an empty one counts as absent.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }
}

impl Default for Settings {
    /// Keycloak's defaults of a realm that a representation does not mention, but disabled and nameless.
    fn default() -> Self {
        Self {
            id: String::new(),
            realm: String::new(),
            display_name: None,
            not_before: 0,
            default_signature_algorithm: "RS256".to_owned(),
            revoke_refresh_token: false,
            refresh_token_max_reuse: 0,
            access_token_lifespan: 300,
            access_token_lifespan_for_implicit_flow: 900,
            sso_session_idle_timeout: 1800,
            sso_session_max_lifespan: 36000,
            sso_session_idle_timeout_remember_me: 0,
            sso_session_max_lifespan_remember_me: 0,
            client_session_idle_timeout: 0,
            client_session_max_lifespan: 0,
            offline_session_idle_timeout: 2_592_000,
            offline_session_max_lifespan_enabled: false,
            offline_session_max_lifespan: 5_184_000,
            client_offline_session_idle_timeout: 0,
            client_offline_session_max_lifespan: 0,
            device_code_lifespan: 600,
            device_polling_interval: 5,
            access_code_lifespan: 60,
            access_code_lifespan_user_action: 300,
            access_code_lifespan_login: 1800,
            enabled: false,
            ssl_required: SslRequired::External,
            registration_email_as_username: false,
            remember_me: false,
            login_with_email_allowed: true,
            duplicate_emails_allowed: false,
            brute_force_protected: false,
            permanent_lockout: false,
            max_temporary_lockouts: 0,
            brute_force_strategy: BruteForceStrategy::Multiple,
            max_failure_wait_seconds: 900,
            minimum_quick_login_wait_seconds: 60,
            wait_increment_seconds: 60,
            quick_login_check_milli_seconds: 1000,
            max_delta_time_seconds: 43_200,
            failure_factor: 30,
            events_enabled: false,
            events_expiration: None,
            enabled_event_types: Vec::new(),
            browser_security_headers: Attributes::new(),
            browser_flow: "browser".to_owned(),
            direct_grant_flow: "direct grant".to_owned(),
            attributes: Attributes::new(),
            default_default_client_scopes: Vec::new(),
            default_optional_client_scopes: Vec::new(),
            default_role: None,
            other: Other::new(),
        }
    }
}

/// How lock-outs grow with the failures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum BruteForceStrategy {
    /// With each multiple of the failures that lock out.
    #[default]
    Multiple,
    /// With each failure.
    Linear,
}

/// Who must come by HTTPS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SslRequired {
    /// Everybody.
    All,
    /// Everybody whose address is not local.
    #[default]
    External,
    /// Nobody.
    None,
}
