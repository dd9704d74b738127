//! Records what each real proxy sends of each certificate, for the readers' own tests (`crates/edge/tests/recorded`):
//!
//! ```sh
//! cargo run -p postern-tests --example record
//! ```
//!
//! Each file has the lines of one request that speak of the certificate, byte for byte. Certificates are new each time.
#![allow(clippy::unwrap_used, missing_docs)]

use std::path::Path;
use std::process::Command;
use support::curl::Curl;
use support::dump::Dump;
use support::folder::Folder;
use support::ports;
use support::program;
use support::proxy::{Kind, one_file_of_two};
use support::twelve::{CASES, Twelve};

/// A configuration to record: the shipped one, with some of its text replaced.
struct Recording {
    /// Follows the proxy's name and version in the folder's name.
    suffix: &'static str,
    kind: Kind,
    changes: &'static [(&'static str, &'static str)],
    /// The beginnings, in lower case, of the names of headers that speak of the certificate.
    headers: &'static [&'static str],
}

const RECORDINGS: [Recording; 8] = [
    Recording {
        suffix: "escaped",
        kind: Kind::Nginx,
        changes: &[],
        headers: &["ssl-client-"],
    },
    Recording {
        suffix: "folded",
        kind: Kind::Nginx,
        changes: &[("$ssl_client_escaped_cert", "$ssl_client_cert")],
        headers: &["ssl-client-"],
    },
    Recording {
        suffix: "der",
        kind: Kind::Haproxy,
        changes: &[],
        headers: &["client-cert"],
    },
    Recording {
        suffix: "pem",
        kind: Kind::Apache,
        changes: &[],
        headers: &["ssl_client_"],
    },
    Recording {
        suffix: "null",
        kind: Kind::Apache,
        changes: &[("expr=-n ", "expr=true || -n ")],
        headers: &["ssl_client_"],
    },
    Recording {
        suffix: "rfc9440",
        kind: Kind::Caddy,
        changes: &[],
        headers: &["client-cert"],
    },
    Recording {
        suffix: "unconditional",
        kind: Kind::Caddy,
        changes: &[(
            "request_header @certificate Client",
            "request_header Client",
        )],
        headers: &["client-cert"],
    },
    Recording {
        suffix: "der",
        kind: Kind::Caddy,
        changes: &[(
            "request_header @certificate Client-Cert \":{tls_client_certificate_der_base64}:\"",
            "request_header X-Client-Cert {tls_client_certificate_der_base64}",
        )],
        headers: &["x-client-cert"],
    },
];

fn main() {
    let folder = Folder::new("record");
    let twelve = Twelve::make(&folder);
    one_file_of_two(&twelve.folder);
    let target = program::root().join("crates/edge/tests/recorded");
    let certificates = target.join("certificates");
    std::fs::create_dir_all(&certificates).unwrap();
    twelve.with_the_root();
    for file in CASES.into_iter().chain(["with-the-root", "ca-bundle"]) {
        let file = format!("{file}.pem");
        std::fs::copy(twelve.folder.join(&file), certificates.join(&file)).unwrap();
    }
    for recording in &RECORDINGS {
        let name = format!("{}-{}", version(recording.kind), recording.suffix);
        println!("{name}");
        record(recording, &folder, &twelve, &target.join(name));
    }
}

fn record(recording: &Recording, folder: &Folder, twelve: &Twelve, target: &Path) {
    let backend = Dump::start();
    let port = ports::free();
    let kind = recording.kind;
    let mut configuration = kind.configuration(&twelve.folder, port, backend.port());
    for (from, to) in recording.changes {
        assert!(configuration.contains(from), "{kind:?} has no {from:?}");
        configuration = configuration.replace(from, to);
    }
    let proxy = kind.start(folder, port, &configuration);
    std::fs::create_dir_all(target).unwrap();
    for case in CASES.into_iter().chain(["with-the-root", "none"]) {
        let curl = Curl::new(&twelve.server_root());
        let curl = match case {
            "none" => curl,
            "with-the-root" => curl.certificate(&twelve.with_the_root()),
            case => curl.certificate(&twelve.identity(case)),
        };
        let answer = curl.get(&format!("{}/realms/demo", proxy.base()));
        assert_eq!(
            answer.status,
            200,
            "{kind:?} {case}: {answer:?} {}",
            proxy.log()
        );
        let lines = about(&backend.head(), recording.headers);
        std::fs::write(target.join(format!("{case}.txt")), lines).unwrap();
    }
}

/// The lines of these headers, each with what it is continued by.
fn about(head: &[u8], names: &[&str]) -> Vec<u8> {
    let mut found = Vec::new();
    let mut ours = false;
    for line in head.split_inclusive(|byte| *byte == b'\n') {
        if !line.starts_with(b" ") && !line.starts_with(b"\t") {
            let name = line.to_ascii_lowercase();
            ours = names.iter().any(|ours| name.starts_with(ours.as_bytes()));
        }
        if ours {
            found.extend_from_slice(line);
        }
    }
    found
}

/// Name and version, as `nginx-1.22.1`.
fn version(kind: Kind) -> String {
    let (name, program, argument, before) = match kind {
        Kind::Nginx | Kind::NginxStream => ("nginx", "nginx", "-v", "nginx/"),
        Kind::Haproxy | Kind::HaproxyPassthrough => ("haproxy", "haproxy", "-v", "version "),
        Kind::Apache => ("apache", "apache2", "-v", "Apache/"),
        Kind::Caddy => ("caddy", "caddy", "version", ""),
    };
    let output = Command::new(program).arg(argument).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8(said).unwrap();
    let (_, rest) = said.split_once(before).unwrap();
    let number = rest.trim_start_matches('v');
    let end = number.find(|c: char| c != '.' && !c.is_ascii_digit());
    format!("{name}-{}", &number[..end.unwrap_or(number.len())])
}
