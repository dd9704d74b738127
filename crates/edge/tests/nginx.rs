//! A real nginx, on the configuration in `deploy/nginx` as it is but for ports and paths: what arrives is what the edge reads.
#![allow(clippy::unwrap_used, missing_docs)]

use edge::{
    Arrival, Channel, ClientCert, EdgeConfig, Hostname, Lookup, Peer, ProxyHeaders, Trusted,
};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair,
};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

struct Nginx {
    folder: PathBuf,
    server: Child,
    port: u16,
    arrived: Receiver<String>,
}

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn authority(name: &str) -> (String, Issuer<'static, KeyPair>) {
    let mut params = named(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    (
        params.self_signed(&key).unwrap().pem(),
        Issuer::new(params, key),
    )
}

fn issue(folder: &Path, issuer: &Issuer<'_, KeyPair>, name: &str) {
    let key = KeyPair::generate().unwrap();
    std::fs::write(
        folder.join(format!("{name}.pem")),
        named(name).signed_by(&key, issuer).unwrap().pem(),
    )
    .unwrap();
    std::fs::write(folder.join(format!("{name}.key")), key.serialize_pem()).unwrap();
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

/// Answers every request with 204 and passes its head on.
fn backend() -> (u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (send, receive) = channel();
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let (mut connection, send) = (connection.unwrap(), send.clone());
            std::thread::spawn(move || {
                let mut head = Vec::new();
                let mut byte = [0];
                while connection.read(&mut byte).is_ok_and(|count| count == 1) {
                    head.push(byte[0]);
                    if head.ends_with(b"\r\n\r\n") {
                        let _ = send.send(String::from_utf8(std::mem::take(&mut head)).unwrap());
                        let _ = connection.write_all(b"HTTP/1.1 204 No Content\r\n\r\n");
                    }
                }
            });
        }
    });
    (port, receive)
}

impl Nginx {
    fn start(test: &str) -> Self {
        let folder =
            std::env::temp_dir().join(format!("postern-nginx-{test}-{}", std::process::id()));
        let pki = folder.join("pki");
        std::fs::create_dir_all(&pki).unwrap();
        let (root, ours) = authority("ours");
        let (_, theirs) = authority("theirs");
        std::fs::write(pki.join("ca-bundle.pem"), root).unwrap();
        issue(&pki, &ours, "server");
        issue(&pki, &ours, "alice");
        issue(&pki, &theirs, "stranger");

        let (port, (backend, arrived)) = (free_port(), backend());
        let shipped = std::fs::read_to_string(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../deploy/nginx/postern.conf"
        ))
        .unwrap();
        let conf = shipped
            .replace("127.0.0.1:8080", &format!("127.0.0.1:{backend}"))
            .replace("127.0.0.1:8443", &format!("127.0.0.1:{port}"))
            .replace("pki/", &format!("{}/", pki.display()));
        std::fs::write(folder.join("nginx.conf"), conf).unwrap();
        let server = Command::new("nginx")
            .arg("-p")
            .arg(&folder)
            .arg("-c")
            .arg(folder.join("nginx.conf"))
            .args(["-g", "daemon off;"])
            .stderr(Stdio::inherit())
            .spawn();
        let mut server = server.expect("nginx is needed: apt-get install nginx");
        let started = std::time::Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(
                server.try_wait().unwrap().is_none() && started.elapsed().as_secs() < 30,
                "nginx did not start"
            );
            std::thread::yield_now();
        }
        Self {
            folder,
            server,
            port,
            arrived,
        }
    }

    /// Asks for a path by curl; gives the status.
    fn get(&self, path: &str, certificate: Option<&str>, headers: &[&str]) -> String {
        let mut curl = Command::new("curl");
        curl.args([
            "--silent",
            "--insecure",
            "--path-as-is",
            "--output",
            "/dev/null",
            "--write-out",
            "%{http_code}",
        ]);
        if let Some(name) = certificate {
            curl.arg("--cert")
                .arg(self.folder.join(format!("pki/{name}.pem")))
                .arg("--key")
                .arg(self.folder.join(format!("pki/{name}.key")));
        }
        for header in headers {
            curl.args(["--header", header]);
        }
        let output = curl
            .arg(format!("https://localhost:{}{path}", self.port))
            .output()
            .expect("curl is needed: apt-get install curl");
        String::from_utf8(output.stdout).unwrap()
    }

    /// What the edge makes of the request that arrived: certificate or code, and our address.
    fn arrival(&self) -> (String, String, Arrival) {
        let head = self
            .arrived
            .recv_timeout(std::time::Duration::from_secs(20))
            .expect("nothing arrived");
        let mut lines = head.trim_end().split("\r\n");
        let target = lines.next().unwrap().split(' ').nth(1).unwrap();
        let mut request = http::Request::builder().uri(target);
        for line in lines {
            let (name, value) = line.split_once(": ").unwrap();
            request = request.header(name, value);
        }
        let edge = EdgeConfig::new(
            ProxyHeaders::XForwarded,
            Trusted::loopback(),
            Some(Lookup::new("nginx", None).unwrap()),
        );
        let peer = Peer {
            address: std::net::SocketAddr::from(([127, 0, 0, 1], 40000)).into(),
            local_port: 8080,
            announced: None,
            channel: Channel::Plain,
        };
        let arrival = Arrival::of(&edge.admit(&peer, request.body(()).unwrap()).unwrap()).unwrap();
        let outcome = match arrival.client_cert() {
            ClientCert::Present(chain) => chain.leaf().subject(),
            ClientCert::Absent(reason) => reason.code().to_owned(),
        };
        (
            outcome,
            Hostname::new(None, false)
                .unwrap()
                .frontend_base(&arrival, None),
            arrival,
        )
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = Command::new("nginx")
            .arg("-p")
            .arg(&self.folder)
            .arg("-c")
            .arg(self.folder.join("nginx.conf"))
            .args(["-s", "stop"])
            .stderr(Stdio::null())
            .status();
        let _ = self.server.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[test]
fn a_certificate_arrives_through_the_shipped_configuration() {
    let nginx = Nginx::start("shipped");
    assert_eq!(nginx.get("/realms/demo", Some("alice"), &[]), "204");
    let (certificate, base, arrival) = nginx.arrival();
    assert_eq!(
        (certificate.as_str(), base),
        ("CN=alice", format!("https://localhost:{}", nginx.port))
    );
    assert!(arrival.client_address().is_loopback());

    assert_eq!(nginx.get("/realms/demo", None, &[]), "204");
    assert_eq!(nginx.arrival().0, "EDGE-CERT-HEADER-ABSENT");

    for who in ["alice", "stranger"] {
        for inside in ["/", "/admin/", "/metrics", "/health"] {
            assert_eq!(nginx.get(inside, Some(who), &[]), "404", "{inside}");
        }
    }
}

#[test]
fn what_a_client_says_of_itself_does_not_pass_the_shipped_configuration() {
    let nginx = Nginx::start("forged");
    let forged = [
        "ssl-client-cert: forged",
        "Ssl-Client-Cert: forged",
        "ssl-client-verify: SUCCESS",
        "X-Forwarded-For: 203.0.113.7",
        "X-Forwarded-Host: evil.example",
        "X-Forwarded-Prefix: /evil",
        "Forwarded: host=evil.example",
    ];
    assert_eq!(nginx.get("/realms/demo", None, &forged), "204");
    let (certificate, base, arrival) = nginx.arrival();
    assert_eq!(
        (certificate.as_str(), base),
        (
            "EDGE-CERT-HEADER-ABSENT",
            format!("https://localhost:{}", nginx.port)
        )
    );
    assert!(arrival.client_address().is_loopback());
}

#[test]
fn a_strangers_certificate_that_nginx_lets_pass_is_judged_by_us() {
    let nginx = Nginx::start("stranger");
    assert_eq!(nginx.get("/realms/demo", Some("stranger"), &[]), "204");
    let (certificate, _, arrival) = nginx.arrival();
    assert_eq!(certificate, "CN=stranger");
    let mut anchors = x509::TrustAnchors::default();
    anchors
        .add_pem(&std::fs::read_to_string(nginx.folder.join("pki/ca-bundle.pem")).unwrap())
        .unwrap();
    let ClientCert::Present(chain) = arrival.client_cert() else {
        panic!("it was there")
    };
    let rejection = x509::judge(chain, &anchors, &x509::Policy::default(), 1_800_000_000)
        .outcome
        .unwrap_err();
    assert_eq!(rejection.code(), "CERT-NO-PATH");
}
