//! Handshakes with a real client, `openssl s_client`, and with one that lies.

use super::*;
use crate::folder::Folder;
use rustls::ClientConfig;
use rustls::client::ResolvesClientCert;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::version::{TLS12, TLS13};
use std::process::{Command, Stdio};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;

const YEAR: &str = "365";

/// A root with a server and people below it, made by openssl.
struct Pki(Folder);

impl Pki {
    fn new() -> Self {
        let pki = Self(Folder::new());
        let root = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout root.key -out root.pem -days 9 -subj /CN=root";
        pki.openssl(root);
        pki.person("server", "ec", "subjectAltName=DNS:localhost", YEAR);
        pki
    }

    fn openssl(&self, line: &str) {
        self.0.run("openssl", &line.split(' ').collect::<Vec<_>>());
    }

    /// A certificate below the root; without extensions it is of version 1.
    fn person(&self, name: &str, kind: &str, extensions: &str, days: &str) {
        let curve = match kind {
            "ec" => " -pkeyopt ec_paramgen_curve:P-256",
            "p384" => " -pkeyopt ec_paramgen_curve:P-384",
            "p521" => " -pkeyopt ec_paramgen_curve:P-521",
            "rsa" => " -pkeyopt rsa_keygen_bits:2048",
            _ => "",
        };
        let kind = if kind.starts_with('p') { "ec" } else { kind };
        self.openssl(&format!(
            "req -newkey {kind}{curve} -nodes -keyout {name}.key -out {name}.csr -subj /CN={name}"
        ));
        std::fs::write(self.0.path("extensions"), extensions).unwrap();
        let file = match extensions {
            "" => "",
            _ => " -extfile extensions",
        };
        self.openssl(&format!(
            "x509 -req -in {name}.csr -CA root.pem -CAkey root.key -CAcreateserial -out {name}.pem -days {days}{file}"
        ));
    }

    fn tls(&self, clients: ClientAuth) -> Tls {
        self.tls_at(clients, None)
    }

    fn tls_at(&self, clients: ClientAuth, at: Option<&str>) -> Tls {
        let root = std::fs::read_to_string(self.0.path("root.pem")).unwrap();
        let mut anchors = TrustAnchors::default();
        anchors.add_pem(&root).unwrap();
        Tls::new(Settings {
            material: Material::Pem {
                certificate: self.0.path("server.pem"),
                key: self.0.path("server.key"),
            },
            reload: None,
            protocols: vec![&TLS13, &TLS12],
            suites: suites::all(),
            clients,
            at: at.map(Arc::from),
            hints: true,
            trust: Trust::new(anchors),
        })
        .unwrap()
    }
}

/// One connection: what the server was shown, if TLS came about, and what the client said.
async fn connect(pki: &Pki, tls: &Tls, options: &str) -> (Option<TlsClient>, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut command = Command::new("openssl");
    command
        .args(["s_client", "-ign_eof"])
        .args(["-connect", &format!("127.0.0.1:{port}")])
        .args(options.split(" ").filter(|option| !option.is_empty()))
        .current_dir(pki.0.path(""))
        .stdin(Stdio::null());
    let mut client = tokio::task::spawn_blocking(move || command.output().unwrap());
    let (stream, peer) = tokio::select! {
        accepted = listener.accept() => accepted.unwrap(),
        ended = &mut client => panic!("{options}: it did not connect: {:?}", ended.unwrap()),
    };
    let shown = match tls.accept(stream, &peer).await {
        Some(Accepted {
            mut stream,
            client: shown,
            ..
        }) => {
            stream.write_all(b"bye\n").await.unwrap();
            stream.shutdown().await.unwrap();
            let _ = stream.read_to_end(&mut Vec::new()).await;
            Some(shown)
        }
        None => None,
    };
    let output = client.await.unwrap();
    let said = [output.stdout, output.stderr].concat();
    (shown, String::from_utf8_lossy(&said).into_owned())
}

fn name(shown: Option<TlsClient>) -> String {
    match shown {
        Some(TlsClient::Certificate(chain)) => chain.leaf().subject(),
        Some(TlsClient::Anonymous) => "nobody".to_owned(),
        Some(TlsClient::Unreadable(why)) => why,
        None => "refused".to_owned(),
    }
}

fn as_person(name: &str) -> String {
    format!("-cert {name}.pem -key {name}.key")
}

const VERSIONS: [&str; 2] = ["-tls1_3", "-tls1_2"];

#[tokio::test(flavor = "multi_thread")]
async fn whoever_proves_a_key_is_taken_for_what_they_show() {
    let pki = Pki::new();
    let tls = pki.tls(ClientAuth::Request);
    let large = format!("1.2.3.4=ASN1:UTF8String:{}", "a".repeat(10 * 1024));
    let plain = "extendedKeyUsage=clientAuth";
    let kinds = [
        ("rsa", "rsa", plain),
        ("ec", "ec", plain),
        ("p384", "p384", plain),
        ("p521", "p521", plain),
        ("ed25519", "ed25519", plain),
        ("version1", "rsa", ""),
        ("large", "ec", &large),
    ];
    for (person, kind, extensions) in kinds {
        pki.person(person, kind, extensions, YEAR);
        for version in VERSIONS {
            let (shown, said) =
                connect(&pki, &tls, &format!("{version} {}", as_person(person))).await;
            assert_eq!(name(shown), format!("CN={person}"), "{version} {said}");
        }
    }
    let version1 = std::fs::read_to_string(pki.0.path("version1.pem")).unwrap();
    assert_eq!(x509::read_pem(&version1, 1).unwrap()[0].version(), 1);
    // Whom nobody vouches for is told later, where it can be explained.
    pki.openssl("req -x509 -newkey ed25519 -nodes -keyout stranger.key -out stranger.pem -subj /CN=stranger");
    for version in VERSIONS {
        let (shown, said) =
            connect(&pki, &tls, &format!("{version} {}", as_person("stranger"))).await;
        assert_eq!(name(shown), "CN=stranger", "{said}");
        let (shown, said) = connect(&pki, &tls, version).await;
        assert_eq!(name(shown), "nobody", "{said}");
        // Whose certificates are accepted is said.
        assert!(
            said.contains("Acceptable client certificate CA names\nCN = root"),
            "{said}"
        );
    }
    let root = std::fs::read_to_string(pki.0.path("root.pem")).unwrap();
    std::fs::write(pki.0.path("long.pem"), root.repeat(10)).unwrap();
    let (shown, said) = connect(
        &pki,
        &tls,
        &format!("{} -cert_chain long.pem", as_person("ec")),
    )
    .await;
    assert_eq!(name(shown), "11 certificates at once are refused", "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_certificate_is_required_the_alert_says_what_is_wrong() {
    let pki = Pki::new();
    let tls = pki.tls(ClientAuth::Require);
    pki.person("alice", "ec", "extendedKeyUsage=clientAuth", YEAR);
    pki.person("version1", "ec", "", YEAR);
    pki.person("late", "ec", "extendedKeyUsage=clientAuth", "-1");
    pki.person("other", "ec", "extendedKeyUsage=serverAuth", YEAR);
    pki.openssl("req -x509 -newkey ed25519 -nodes -keyout stranger.key -out stranger.pem -subj /CN=stranger");
    for version in VERSIONS {
        for person in ["alice", "version1"] {
            let (shown, said) =
                connect(&pki, &tls, &format!("{version} {}", as_person(person))).await;
            assert_eq!(name(shown), format!("CN={person}"), "{version} {said}");
            assert!(!said.contains("Reused"), "{said}");
        }
        for (person, alert) in [
            ("late", "alert certificate expired"),
            ("other", "alert unsupported certificate"),
            ("stranger", "alert unknown ca"),
        ] {
            let (shown, said) =
                connect(&pki, &tls, &format!("{version} {}", as_person(person))).await;
            assert_eq!(name(shown), "refused", "{version} {person}");
            assert!(said.contains(alert), "{version} {person}: {said}");
        }
        let (shown, said) = connect(&pki, &tls, version).await;
        assert_eq!(name(shown), "refused");
        assert!(
            said.contains("alert certificate required"),
            "{version} {said}"
        );
    }
}

/// A session is whose it was: with another certificate at hand, or none, it gives what it began with and nothing more.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_resumed_lends_nobody_another_certificate() {
    let pki = Pki::new();
    for person in ["alice", "bob"] {
        pki.person(person, "ec", "extendedKeyUsage=clientAuth", YEAR);
    }
    for version in VERSIONS {
        let tls = pki.tls(ClientAuth::Request);
        let began = |who: &str| format!("{version} {who} -sess_out session").replace("  ", " ");
        let again = |who: &str| format!("{version} {who} -sess_in session").replace("  ", " ");
        let (alice, bob) = (as_person("alice"), as_person("bob"));
        for other in [bob.as_str(), ""] {
            let (shown, said) = connect(&pki, &tls, &began(&alice)).await;
            assert_eq!(name(shown), "CN=alice", "{said}");
            let (shown, said) = connect(&pki, &tls, &again(other)).await;
            assert!(said.contains("Reused"), "{version} {said}");
            assert_eq!(name(shown), "CN=alice", "{version} {other:?}");
        }
        // One that began without a certificate stays without.
        let (shown, _) = connect(&pki, &tls, &began("")).await;
        assert_eq!(name(shown), "nobody");
        let (shown, said) = connect(&pki, &tls, &again(&alice)).await;
        assert!(said.contains("Reused"), "{version} {said}");
        assert_eq!(name(shown), "nobody");

        // A change of the truststore ends them all, and so does another listener.
        let (shown, _) = connect(&pki, &tls, &began(&alice)).await;
        assert_eq!(name(shown), "CN=alice");
        tls.renew_trust();
        for tls in [
            &tls,
            &pki.tls(ClientAuth::Request),
            &pki.tls(ClientAuth::Require),
        ] {
            let (shown, said) = connect(&pki, tls, &again(&bob)).await;
            assert!(!said.contains("Reused"), "{version} {said}");
            assert_eq!(name(shown), "CN=bob");
        }
    }
}

/// What began at one name is not resumed at the other, and is never another person's there.
#[tokio::test(flavor = "multi_thread")]
async fn sessions_do_not_cross_between_the_name_that_asks_and_the_others() {
    let pki = Pki::new();
    pki.person("alice", "ec", "extendedKeyUsage=clientAuth", YEAR);
    let tls = pki.tls_at(ClientAuth::Request, Some("apart.example"));
    for version in VERSIONS {
        for (first, second, began, after) in [
            ("apart.example", "localhost", "CN=alice", "nobody"),
            ("localhost", "apart.example", "nobody", "CN=alice"),
        ] {
            let alice = as_person("alice");
            let line = |name: &str, rest: &str| {
                format!("{version} {alice} {rest} session -servername {name}")
            };
            let (shown, said) = connect(&pki, &tls, &line(first, "-sess_out")).await;
            assert_eq!(name(shown), began, "{version} {said}");
            let (shown, said) = connect(&pki, &tls, &line(second, "-sess_in")).await;
            assert!(!said.contains("Reused"), "{version} {said}");
            assert_eq!(name(shown), after, "{version} {said}");
            let (shown, said) = connect(&pki, &tls, &line(first, "-sess_in")).await;
            assert_eq!(name(shown), began, "{version} {said}");
        }
        let (shown, said) = connect(&pki, &tls, &format!("{version} -noservername")).await;
        assert_eq!(name(shown), "nobody", "{version} {said}");
    }
}

/// Shows a certificate without having its key.
#[derive(Debug)]
struct Liar(Arc<CertifiedKey>);

impl ResolvesClientCert for Liar {
    fn resolve(&self, _: &[&[u8]], _: &[rustls::SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }

    fn has_certs(&self) -> bool {
        true
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_shows_a_certificate_without_its_key_is_refused() {
    let pki = Pki::new();
    for person in ["alice", "bob"] {
        pki.person(person, "ec", "", YEAR);
    }
    let read = |name: &str| std::fs::read(pki.0.path(name)).unwrap();
    let tls = pki.tls(ClientAuth::Request);
    let mut roots = rustls::RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(&read("root.pem")).unwrap())
        .unwrap();
    let alice = CertificateDer::from_pem_slice(&read("alice.pem")).unwrap();
    for version in [&TLS12, &TLS13] {
        for (key, outcome) in [("alice.key", "CN=alice"), ("bob.key", "refused")] {
            let key = PrivateKeyDer::from_pem_slice(&read(key)).unwrap();
            let provider = Arc::new(aws_lc_rs::default_provider());
            let key = provider.key_provider.load_private_key(key).unwrap();
            let liar = Liar(Arc::new(CertifiedKey::new(vec![alice.clone()], key)));
            let config = ClientConfig::builder_with_provider(provider)
                .with_protocol_versions(&[version])
                .unwrap()
                .with_root_certificates(roots.clone())
                .with_client_cert_resolver(Arc::new(liar));
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let connecting = async {
                let stream = TcpStream::connect(address).await.unwrap();
                let connector = TlsConnector::from(Arc::new(config));
                let name = ServerName::try_from("localhost").unwrap();
                let mut stream = connector.connect(name, stream).await?;
                stream.read_to_end(&mut Vec::new()).await
            };
            let accepting = async {
                let (stream, peer) = listener.accept().await.unwrap();
                Some(tls.accept(stream, &peer).await?.client)
            };
            let (_, shown) = tokio::join!(connecting, accepting);
            assert_eq!(name(shown), outcome, "{version:?}");
        }
    }
}
