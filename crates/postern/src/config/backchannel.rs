//! How clients hear of sign-outs from us.

use super::given::Given;
use super::problem::Problems;
use super::setting::Default::{Always, By};
use super::setting::{Kind, settings};
use outbound::Allowed;
use std::time::Duration;

settings! {
    /// Whom this server may tell that somebody is signed out, at the addresses that clients have for it (`backchannel.logout.url`, and the admin URL for Keycloak's adapters): hosts (`app.example.com`, `10.0.0.5:8080`), beginnings of addresses (`https://app.example.com/oidc/`), `*.example.com`, or `*` for everybody with a public address at the usual ports. Private and loopback addresses are told only when the host itself is written. Postern's own.
    BACKCHANNEL_LOGOUT_ALLOWED = "backchannel-logout-allowed", Kind::List, By { start: "*", dev: "*,localhost,127.0.0.1,[::1]" }, since "0.3.0";
    /// How long a client may take to answer when it is told. One that does not is told again, later and later, for about two hours. Postern's own.
    BACKCHANNEL_LOGOUT_TIMEOUT = "backchannel-logout-timeout", Kind::Duration, Always("5s"), since "0.3.0";
}

/// How clients hear of sign-outs.
#[derive(Clone, Debug)]
pub(crate) struct Backchannel {
    /// Who may be told.
    pub allowed: Allowed,
    /// How long a client may take.
    pub timeout: Duration,
}

pub(super) fn read(given: &Given, problems: &mut Problems) -> Option<Backchannel> {
    let allowed = Allowed::from_list(given.list(&BACKCHANNEL_LOGOUT_ALLOWED)).map_err(|error| {
        problems.add(
            given.written(&BACKCHANNEL_LOGOUT_ALLOWED),
            error.to_string(),
            given.rewritten(&BACKCHANNEL_LOGOUT_ALLOWED, "app.example.com"),
        );
    });
    let timeout = given.duration(&BACKCHANNEL_LOGOUT_TIMEOUT);
    Some(Backchannel {
        allowed: allowed.ok()?,
        timeout: timeout.clamp(Duration::from_millis(100), Duration::from_secs(60)),
    })
}
