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

/// The same, at which people are asked whether the certificate is theirs.
pub(crate) const ASKING_CLIENT: (&str, &str) = ("bench-asking", "bench-secret");

/// A confidential client that may ask for tokens by password and for itself.
pub(crate) const CLIENT: (&str, &str) = ("bench", "bench-secret");

impl Server {
    /// Builds and starts it. What proxies say is believed from this machine.
    pub(crate) fn start() -> Self {
        let manifest = program::root().join("Cargo.toml");
        let program = program::build(&manifest, "postern", &["--release"], None);
        let folder = Folder::new("bench");
        let authority = Authority::new("bench");
        let between = authority.intermediate("bench intermediate");
        let both = [authority.pem(), between.pem()].concat();
        let truststore = folder.write("ca.pem", both);
        let postern = Launch::of(&program)
            .behind_nginx(&truststore)
            .realm(&folder, &realm())
            .start(&folder);
        Self {
            alice: leaf_alone(&folder, &between),
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

/// Alice's certificate as nginx sends it: without those above it.
fn leaf_alone(folder: &Folder, authority: &Authority) -> Identity {
    let alice = authority.person(folder, "alice", "alice", Valid::Now);
    let pem = alice.pem();
    let end = "-----END CERTIFICATE-----\n";
    let at = pem.find(end).unwrap() + end.len();
    std::fs::write(&alice.certificate, &pem[..at]).unwrap();
    alice
}

/// The demo realm, two clients more, and a flow that asks.
fn realm() -> Value {
    const FLOW: &str = "6f1d3c1e-9d0b-4f63-8d41-0d9a5b7c2e10";
    let mut realm = demo_realm();
    let mut config = realm["authenticatorConfig"][0].clone();
    let mut flows = realm["authenticationFlows"].as_array().unwrap().iter();
    let browser = &realm["browserFlow"];
    let mut flow = flows
        .find(|flow| flow["alias"] == *browser)
        .unwrap()
        .clone();
    let alias = config["alias"].take();
    config["alias"] = "asking".into();
    config["id"] = "6f1d3c1e-9d0b-4f63-8d41-0d9a5b7c2e11".into();
    config["config"]["x509-cert-auth.confirmation-page-disallowed"] = "false".into();
    flow["alias"] = "asking".into();
    flow["id"] = FLOW.into();
    for step in flow["authenticationExecutions"].as_array_mut().unwrap() {
        step.as_object_mut().unwrap().remove("id");
        if step["authenticatorConfig"] == alias {
            step["authenticatorConfig"] = "asking".into();
        }
    }
    realm["authenticatorConfig"]
        .as_array_mut()
        .unwrap()
        .push(config);
    realm["authenticationFlows"]
        .as_array_mut()
        .unwrap()
        .push(flow);
    let mut asking = client(ASKING_CLIENT);
    asking["authenticationFlowBindingOverrides"] = json!({"browser": FLOW});
    let clients = realm["clients"].as_array_mut().unwrap();
    clients.extend([client(CLIENT), asking]);
    realm
}

fn client((id, secret): (&str, &str)) -> Value {
    json!({
        "clientId": id,
        "secret": secret,
        "enabled": true,
        "protocol": "openid-connect",
        "publicClient": false,
        "standardFlowEnabled": true,
        "directAccessGrantsEnabled": true,
        "serviceAccountsEnabled": true,
        "redirectUris": ["http://localhost/*"],
        // It asks about its own tokens, which are for others otherwise.
        "protocolMappers": [{
            "name": "audience",
            "protocol": "openid-connect",
            "protocolMapper": "oidc-audience-mapper",
            "config": {
                "included.client.audience": id,
                "access.token.claim": "true",
                "introspection.token.claim": "true",
            },
        }],
    })
}
