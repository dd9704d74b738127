use super::{Attributes, Other, ProtocolMapper};
use crate::{ClientId, ClientKey, RoleId, ScopeId};
use serde::{Deserialize, Serialize};

/// An application that may ask for tokens (RFC 6749 §2).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the switches of Keycloak's representation"
)]
pub struct Client {
    /// The row's key.
    pub id: ClientKey,
    /// The protocol name, `client_id`.
    pub client_id: ClientId,
    /// Shown to people; `${…}` names a message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// For administrators.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Relative redirect URIs start here; may be `${authBaseUrl}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root_url: Option<String>,
    /// Where the application's administration calls go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admin_url: Option<String>,
    /// Where the application's front page is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// Legacy.
    #[serde(default)]
    pub surrogate_auth_required: bool,
    /// A disabled client gets nothing.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Shown in the account console even without a session.
    #[serde(default)]
    pub always_display_in_console: bool,
    /// How the client proves itself at the token endpoint.
    #[serde(default = "client_secret")]
    pub client_authenticator_type: String,
    /// The shared secret of a confidential client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// Registered redirect URIs, `*` allowed at the end.
    #[serde(default)]
    pub redirect_uris: Vec<String>,
    /// Origins that may call by CORS; `+` stands for those of the redirect URIs.
    #[serde(default)]
    pub web_origins: Vec<String>,
    /// Tokens issued before this instant (epoch seconds) are void.
    #[serde(default)]
    pub not_before: i64,
    /// Takes tokens, never asks for any.
    #[serde(default)]
    pub bearer_only: bool,
    /// Asks people before they share.
    #[serde(default)]
    pub consent_required: bool,
    /// Authorization code flow allowed.
    #[serde(default = "yes")]
    pub standard_flow_enabled: bool,
    /// Implicit flow allowed.
    #[serde(default)]
    pub implicit_flow_enabled: bool,
    /// Resource owner password grant allowed.
    #[serde(default)]
    pub direct_access_grants_enabled: bool,
    /// Client credentials grant allowed.
    #[serde(default)]
    pub service_accounts_enabled: bool,
    /// Authorization services in use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization_services_enabled: Option<bool>,
    /// Has no secret (RFC 6749 §2.1).
    #[serde(default)]
    pub public_client: bool,
    /// Logged out by the browser.
    #[serde(default)]
    pub frontchannel_logout: bool,
    /// `openid-connect` or `saml`; absent on the clients that stand for a realm's rights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// Further settings.
    #[serde(default)]
    pub attributes: Attributes,
    /// Flows of its own: `browser` or `direct_grant` to a flow's key.
    #[serde(default)]
    pub authentication_flow_binding_overrides: Attributes,
    /// All the user's roles go into tokens.
    #[serde(default)]
    pub full_scope_allowed: bool,
    /// Legacy.
    #[serde(default = "minus_one")]
    pub node_re_registration_timeout: i64,
    /// Claims of this client alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub protocol_mappers: Vec<ProtocolMapper>,
    /// Names of client scopes that always apply.
    #[serde(default)]
    pub default_client_scopes: Vec<String>,
    /// Names of client scopes that a request may name.
    #[serde(default)]
    pub optional_client_scopes: Vec<String>,
    /// Keys of roles that may appear in tokens when `full_scope_allowed` is off. Stored here; in files they stand in `scopeMappings`.
    #[serde(
        default,
        rename = "_scopeMappings",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub scope_mappings: Vec<RoleId>,
    /// Everything else.
    #[serde(flatten)]
    pub other: Other,
}

impl Client {
    /// An attribute's value; an empty one counts as absent.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// Whether it speaks OpenID Connect, which is so when nothing is said.
    pub fn is_oidc(&self) -> bool {
        self.protocol
            .as_deref()
            .is_none_or(|protocol| protocol == "openid-connect")
    }

    /// Whether an attribute is `true`.
    pub fn is_on(&self, name: &str) -> bool {
        self.attribute(name)
            .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// The key by which a consent holds that the client itself was allowed, where people are asked about that too.
    pub fn consent_key(&self) -> ScopeId {
        ScopeId::new(self.id.as_str())
    }

    /// Where the client hears of sign-outs from us (OpenID Connect Back-Channel Logout §2.2).
    pub fn backchannel_logout_url(&self) -> Option<&str> {
        self.attribute("backchannel.logout.url")
    }

    /// What a browser loads to sign out of the client (OpenID Connect Front-Channel Logout §2), where that is how the client wants it.
    pub fn frontchannel_logout_url(&self) -> Option<&str> {
        self.attribute("frontchannel.logout.url")
            .filter(|_| self.frontchannel_logout)
    }

    /// Where adapters hear of things from us, absolute and without a slash at the end.
    pub fn admin_address(&self) -> Option<String> {
        let own = self.admin_url.as_deref()?;
        let root = self.root_url.as_deref().unwrap_or_default();
        let address = match own.starts_with('/') {
            true => format!("{}{own}", root.trim_end_matches('/')),
            false => own.to_owned(),
        };
        let is_web = ["http://", "https://"]
            .iter()
            .any(|scheme| address.starts_with(scheme));
        is_web.then(|| address.trim_end_matches('/').to_owned())
    }

    /// A number of seconds or the like; what isn't a number counts as absent.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.attribute(name)
            .and_then(|value| value.trim().parse().ok())
    }
}

fn yes() -> bool {
    true
}

fn minus_one() -> i64 {
    -1
}

fn client_secret() -> String {
    "client-secret".to_owned()
}
