//! What is fetched from addresses that clients name.

use super::given::Given;
use super::problem::Problems;
use super::setting::Default::{Always, By};
use super::setting::{Kind, settings};
use outbound::Allowed;
use std::time::Duration;

settings! {
    /// Who may be asked for what clients have at addresses of theirs, such as their key sets (`jwks.url`): hosts (`app.example.com`, `10.0.0.5:8443`), beginnings of addresses (`https://app.example.com/keys/`), `*.example.com`, or `*` for everybody with a public address. Private and loopback addresses are asked only when the host itself is written; in development this machine is. Empty asks nobody. Postern's own, as are all options here.
    CLIENT_FETCH_ALLOWED = "client-fetch-allowed", Kind::List, By { start: "*", dev: "*,localhost,127.0.0.1,[::1]" }, since "0.1.0";
    /// How long fetching such a document may take. Somebody waits for it.
    CLIENT_FETCH_TIMEOUT = "client-fetch-timeout", Kind::Duration, Always("5s"), since "0.1.0";
}

/// What is fetched from addresses that clients name.
#[derive(Clone, Debug)]
pub(crate) struct Clients {
    /// Who may be asked.
    pub allowed: Allowed,
    /// How long it may take.
    pub timeout: Duration,
}

pub(super) fn read(given: &Given, problems: &mut Problems) -> Option<Clients> {
    let allowed = Allowed::from_list(given.list(&CLIENT_FETCH_ALLOWED)).map_err(|error| {
        problems.add(
            given.written(&CLIENT_FETCH_ALLOWED),
            error.to_string(),
            given.rewritten(&CLIENT_FETCH_ALLOWED, "app.example.com"),
        );
    });
    Some(Clients {
        allowed: allowed.ok()?,
        timeout: given
            .duration(&CLIENT_FETCH_TIMEOUT)
            .clamp(Duration::from_secs(1), Duration::from_secs(60)),
    })
}
