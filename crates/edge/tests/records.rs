//! What proxies really send is what the look-ups read: recorded from real ones, and by the documentation of those that can't be run here.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::{Outcome, admit, peer};
use edge::{
    Arrival, ClientCert, EdgeConfig, Encoded, Lookup, LookupSettings, ProxyHeaders, Trusted,
};
use std::path::{Path, PathBuf};
use x509::Chain;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(name)
}

/// The headers of a record. Folded lines are unfolded as a reader of HTTP does (RFC 9112 §5.2).
fn headers(path: &Path) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(path).unwrap();
    let text = text.replace("\r\n", "\n").replace("\n\t", " \t");
    let lines = text.lines().filter(|line| !line.is_empty());
    lines
        .map(|line| line.split_once(':').unwrap())
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        .collect()
}

/// Which look-up reads the records of a folder, the code when there is no certificate, and whether the chain comes along.
struct Read {
    folder: &'static str,
    lookup: &'static str,
    header: Option<&'static str>,
    encoded: Encoded,
    none: &'static str,
    chain: bool,
}

const fn reads(folder: &'static str, lookup: &'static str, none: &'static str) -> Read {
    Read {
        folder,
        lookup,
        header: None,
        encoded: Encoded::Url,
        none,
        chain: false,
    }
}

const ABSENT: &str = "EDGE-CERT-HEADER-ABSENT";
const SAYS_NONE: &str = "EDGE-CERT-HEADER-SAYS-NONE";

const RECORDED: &[Read] = &[
    reads("nginx-…-escaped", "nginx", ABSENT),
    Read {
        encoded: Encoded::Plain,
        ..reads("nginx-…-folded", "nginx", ABSENT)
    },
    Read {
        chain: true,
        ..reads("haproxy-…-der", "haproxy", ABSENT)
    },
    Read {
        chain: true,
        ..reads("apache-…-pem", "apache", ABSENT)
    },
    Read {
        chain: true,
        ..reads("apache-…-null", "apache", SAYS_NONE)
    },
    reads("caddy-…-rfc9440", "caddy", ABSENT),
    reads("caddy-…-rfc9440", "rfc9440", ABSENT),
    reads("caddy-…-unconditional", "caddy", SAYS_NONE),
    Read {
        header: Some("X-Client-Cert"),
        ..reads("caddy-…-der", "caddy", SAYS_NONE)
    },
];

const DOCUMENTED: &[Read] = &[
    Read {
        chain: true,
        ..reads("traefik-3-pem", "traefik", ABSENT)
    },
    Read {
        chain: true,
        ..reads("traefik-2-pem", "traefik", ABSENT)
    },
    Read {
        chain: true,
        ..reads("envoy-1-cert-chain", "envoy", ABSENT)
    },
    reads("envoy-1-cert", "envoy", ABSENT),
    Read {
        chain: true,
        ..reads("aws-alb-passthrough", "aws-alb", ABSENT)
    },
    reads("aws-alb-verify", "aws-alb", ABSENT),
    reads("azure-app-service", "azure", ABSENT),
    Read {
        header: Some("X-Client-Certificate"),
        ..reads("azure-application-gateway", "azure", ABSENT)
    },
];

impl Read {
    fn edge(&self) -> EdgeConfig {
        let settings = LookupSettings {
            header: self.header,
            encoded: self.encoded,
            ..LookupSettings::default()
        };
        let lookup = Lookup::with(self.lookup, &settings).unwrap();
        EdgeConfig::new(ProxyHeaders::Ignored, Trusted::loopback(), Some(lookup))
    }

    /// Whether a folder's name is this one's, whatever its version is.
    fn is_for(&self, folder: &str) -> bool {
        match self.folder.split_once('…') {
            Some((begin, end)) => folder.starts_with(begin) && folder.ends_with(end),
            None => folder == self.folder,
        }
    }

    /// Reads each record of a folder; gives how many there were.
    fn check(&self, folder: &Path, certificates: &Path) -> usize {
        let mut count = 0;
        for record in std::fs::read_dir(folder).unwrap() {
            let record = record.unwrap().path();
            let case = record.file_stem().unwrap().to_str().unwrap();
            let headers = headers(&record);
            let headers: Vec<(&str, &str)> = headers
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            let outcome = admit(&self.edge(), &peer("127.0.0.1"), &headers);
            if case == "none" {
                assert_eq!(outcome.certificate, self.none, "{}", record.display());
            } else {
                let shown = certificates.join(format!("{case}.pem"));
                self.is_whole(&outcome, &shown, &record);
            }
            count += 1;
        }
        count
    }

    fn is_whole(&self, outcome: &Outcome, shown: &Path, record: &Path) {
        let shown = Chain::from_pem(&std::fs::read_to_string(shown).unwrap()).unwrap();
        let arrival = Arrival::of(&outcome.request).unwrap();
        let ClientCert::Present(read) = arrival.client_cert() else {
            panic!("{}: {}", record.display(), outcome.reason);
        };
        assert_eq!(read.leaf(), shown.leaf(), "{}", record.display());
        let rest = if self.chain { shown.rest() } else { &[] };
        assert_eq!(read.rest(), rest, "{}", record.display());
    }
}

fn check_all(name: &str, reads: &[Read], least: usize) {
    let (all, mut count) = (folder(name), 0);
    for entry in std::fs::read_dir(&all).unwrap() {
        let entry = entry.unwrap();
        let folder = entry.file_name().into_string().unwrap();
        if folder == "certificates" || folder == "README.md" {
            continue;
        }
        let mut readers = reads.iter().filter(|read| read.is_for(&folder)).peekable();
        assert!(readers.peek().is_some(), "nothing reads {folder}");
        for read in readers {
            count += read.check(&entry.path(), &all.join("certificates"));
        }
    }
    assert!(count >= least, "{count}");
}

#[test]
fn what_real_proxies_send_is_read() {
    check_all("recorded", RECORDED, 100);
}

#[test]
fn what_documented_proxies_send_is_read() {
    check_all("documented", DOCUMENTED, 80);
}
