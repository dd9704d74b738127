use super::pki::Authority;
use super::{Folder, Node, until};
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};
use store::{Settings, Timestamp};
use x509::Strictness;

/// `openssl ocsp` as a responder, which speaks for the authority with its own key.
struct Responder {
    process: Child,
    port: u16,
}

impl Responder {
    fn start(authority: &Authority, folder: &Folder, revoked: &[u64], good: &[u64]) -> Self {
        let at = |name: &str| folder.0.join(name);
        std::fs::write(at("ca.pem"), &authority.pem).unwrap();
        std::fs::write(at("ca.key"), &authority.key_pem).unwrap();
        let mut index = String::new();
        for serial in revoked {
            writeln!(
                index,
                "R\t401231000000Z\t260101000000Z\t{serial:02X}\tunknown\t/CN=x"
            )
            .unwrap();
        }
        for serial in good {
            writeln!(index, "V\t401231000000Z\t\t{serial:02X}\tunknown\t/CN=x").unwrap();
        }
        std::fs::write(at("index.txt"), index).unwrap();
        let mut process = Command::new("openssl")
            .args(["ocsp", "-port", "0", "-nmin", "60", "-index"])
            .arg(at("index.txt"))
            .arg("-CA")
            .arg(at("ca.pem"))
            .arg("-rsigner")
            .arg(at("ca.pem"))
            .arg("-rkey")
            .arg(at("ca.key"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // `ACCEPT 0.0.0.0:PORT PID=…`
        let mut said = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = said
            .find_map(|line| {
                let line = line.ok()?;
                let address = line.strip_prefix("ACCEPT ")?.split(' ').next()?.to_owned();
                address.rsplit(':').next()?.parse().ok()
            })
            .expect("openssl says where it listens");
        Self { process, port }
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test]
async fn a_responder_is_asked_about_who_was_shown_and_its_word_counts() {
    let (authority, folder) = (Authority::new("CA"), Folder::new());
    let responder = Responder::start(&authority, &folder, &[0x17], &[0x18]);
    let people = [0x17, 0x18, 0x19].map(|serial| authority.person(serial, &[]));
    let mut node = Node::new(&Settings::Temporary, authority.anchors(), "127.0.0.1", &[]).await;
    // The responder's clock is the machine's.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    node.clock
        .set(Timestamp(now.as_millis().try_into().unwrap()));
    node.start();
    for chain in &people {
        let wanted = authn::Wanted {
            points: false,
            answers: true,
            responder: Some(format!("http://127.0.0.1:{}/", responder.port)),
            ..node.wanted(chain)
        };
        node.server.revocation().want(wanted);
    }
    for (chain, code) in people
        .iter()
        .zip([Some("CERT-REVOKED"), None, Some("CERT-OCSP-UNKNOWN")])
    {
        until("the answer is known", async || {
            node.judged(chain, Strictness::Off, Strictness::Hard) != Some("CERT-OCSP-MISSING")
        })
        .await;
        assert_eq!(node.judged(chain, Strictness::Off, Strictness::Hard), code);
    }
    assert_eq!(node.sources().await.len(), 3);
}
