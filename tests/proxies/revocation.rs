//! A certificate is taken back while everything runs: a list is fetched from where certificates say, and one is brought by hand.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Command;
use support::folder::Folder;
use support::pki::Authority;
use support::postern::demo_realm;
use support::program;
use support::site::Site;
use support::wait;

/// Hands out one list to everybody, as long as this program runs; the address of it.
fn published(list: Vec<u8>) -> (String, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let address = format!("http://{host}/ca.crl");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = Vec::new();
            let mut bytes = [0; 512];
            while !request.ends_with(b"\r\n\r\n") {
                match stream.read(&mut bytes) {
                    Ok(count) if count > 0 => request.extend_from_slice(&bytes[..count]),
                    _ => break,
                }
            }
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", list.len());
            let _ = stream.write_all(head.as_bytes());
            let _ = stream.write_all(&list);
        }
    });
    (host, address)
}

/// Why the last one was refused.
fn reason(site: &Site) -> String {
    let events = site.postern.admin("demo/events?type=LOGIN_ERROR&max=1");
    let reason = events[0]["details"]["reason"].as_str();
    reason.unwrap_or_default().to_owned()
}

#[test]
fn a_certificate_that_is_taken_back_signs_nobody_in() {
    let folder = Folder::new("revocation");
    let ours = Authority::new("ours");
    folder.write("pki/ca-bundle.pem", ours.pem());
    let server = ours.server(&folder);
    let pki = folder.at("pki");
    std::fs::rename(server.certificate, pki.join("server.pem")).unwrap();
    std::fs::rename(server.key, pki.join("server.key")).unwrap();
    let (host, address) = published(ours.list(1, &[9]));
    let alice = ours.person_listed(&folder, "alice", 7, &address);
    let bob = ours.person_listed(&folder, "bob", 8, &address);
    let mut realm = demo_realm();
    realm["eventsEnabled"] = true.into();
    let site = Site::with(folder, pki, &realm, |launch| {
        launch
            .option("revocation-crl", "hard")
            .option("revocation-fetch-allowed", &host)
    });

    // Nothing is fetched while somebody signs in, and without a list nobody does.
    let first = site.direct_grant(Some(&alice));
    assert!(matches!(first.status, 400 | 401), "{first:?}");
    assert_eq!(reason(&site), "CERT-CRL-MISSING");
    wait::until("the list is fetched", || {
        site.direct_grant(Some(&alice)).status == 200
    });

    let list = site.folder.write("two.crl", ours.list(2, &[7, 9]));
    let added = Command::new(program::postern())
        .args(["crl", "add"])
        .arg(&list)
        .arg("--truststore-paths")
        .arg(&site.ca)
        .current_dir(site.folder.path())
        .output()
        .unwrap();
    assert!(added.status.success(), "{added:?}");
    wait::until("the newer list counts", || {
        site.direct_grant(Some(&alice)).status != 200
    });
    assert_eq!(reason(&site), "CERT-REVOKED");
    assert_eq!(site.direct_grant(Some(&bob)).status, 200);
}
