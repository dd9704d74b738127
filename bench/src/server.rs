//! The release build of Postern with something to do.

use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use support::folder::Folder;
use support::pki::{Authority, Identity, Valid};
use support::postern::{Launch, Postern, demo_realm};
use support::program;

/// Postern, and what its clients need to know.
pub(crate) struct Server {
    pub(crate) postern: Postern,
    pub(crate) program: PathBuf,
    pub(crate) alice: Identity,
    _folder: Folder,
}

/// A confidential client that may ask for tokens by password and for itself.
pub(crate) const CLIENT: (&str, &str) = ("bench", "bench-secret");

impl Server {
    /// Builds and starts it. What proxies say is believed from this machine.
    pub(crate) fn start() -> Self {
        let manifest = program::root().join("Cargo.toml");
        let program = program::build(&manifest, "postern", &["--release"], None);
        let folder = Folder::new("bench");
        let authority = Authority::new("bench");
        let truststore = folder.write("ca.pem", authority.pem());
        let postern = Launch::of(&program)
            .behind_nginx(&truststore)
            .realm(&folder, &realm())
            .start(&folder);
        Self {
            alice: authority.person(&folder, "alice", "alice", Valid::Now),
            postern,
            program,
            _folder: folder,
        }
    }

    /// From the start on the database that is there to the first answer: the median of several.
    pub(crate) fn time_to_answer(&mut self) -> Duration {
        let mut times: Vec<Duration> = (0..9)
            .map(|_| {
                self.postern.terminate();
                let started = Instant::now();
                self.postern.start_again();
                started.elapsed()
            })
            .collect();
        times.sort();
        times[times.len() / 2]
    }
}

/// The demo realm and one client more.
fn realm() -> Value {
    let mut realm = demo_realm();
    let client = json!({
        "clientId": CLIENT.0,
        "secret": CLIENT.1,
        "enabled": true,
        "protocol": "openid-connect",
        "publicClient": false,
        "standardFlowEnabled": true,
        "directAccessGrantsEnabled": true,
        "serviceAccountsEnabled": true,
        "redirectUris": ["http://localhost/*"],
    });
    realm["clients"].as_array_mut().unwrap().push(client);
    realm
}
