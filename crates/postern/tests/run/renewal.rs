//! Certificates and truststores that change while the server runs.

use crate::support::Home;
use crate::tls::{DEV, PEM, curl};
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

/// Puts a version of a Kubernetes secret in place, as the kubelet does: the files lead into a folder by a link that is turned.
fn mount(home: &Home, version: &str, pki: &str) {
    use std::os::unix::fs::symlink;
    let folder = home.path("secret");
    let data = folder.join(format!("..{version}"));
    std::fs::create_dir_all(&data).unwrap();
    for (name, file) in [
        ("tls.crt", "server.pem"),
        ("tls.key", "server.key"),
        ("ca.crt", "ca-bundle.pem"),
    ] {
        std::fs::copy(home.path(pki).join(file), data.join(name)).unwrap();
        let link = folder.join(name);
        if link.symlink_metadata().is_err() {
            symlink(format!("..data/{name}"), link).unwrap();
        }
    }
    symlink(format!("..{version}"), folder.join("..data_tmp")).unwrap();
    std::fs::rename(folder.join("..data_tmp"), folder.join("..data")).unwrap();
}

/// A connection that stays.
struct Kept {
    child: std::process::Child,
    answers: BufReader<std::process::ChildStdout>,
}

impl Kept {
    fn open(port: u16) -> Self {
        let mut child = Command::new("openssl")
            .args([
                "s_client",
                "-quiet",
                "-connect",
                &format!("localhost:{port}"),
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        Self { child, answers }
    }

    fn status(&mut self) -> String {
        let input = self.child.stdin.as_mut().unwrap();
        input
            .write_all(b"GET /robots.txt HTTP/1.1\r\nHost: localhost\r\n\r\n")
            .unwrap();
        let mut status = String::new();
        while !status.starts_with("HTTP/1.1") {
            status.clear();
            assert!(
                self.answers.read_line(&mut status).unwrap() > 0,
                "it was closed"
            );
        }
        status.trim_end().to_owned()
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a49_a_secret_that_is_turned_over_needs_no_restart() {
    let home = Home::new();
    for pki in ["old", "new"] {
        home.run(&format!("pki dev {pki}"), &[]);
    }
    mount(&home, "one", "old");
    let server = home.start(
        &format!(
            "{DEV} --https-certificate-file=secret/tls.crt --https-certificate-key-file=secret/tls.key --truststore-paths=secret \
             --https-client-auth=required"
        ),
        &[],
    );
    let with = |ca: &str, person: &str| {
        format!(
            "--cacert {ca}/ca-bundle.pem --cert {person}/alice-chain.pem --key {person}/alice.key"
        )
    };
    let port = server.port();
    assert_eq!(curl(&home, port, "/robots.txt", &with("old", "old")), "200");
    mount(&home, "two", "new");
    server.says("the certificate was read anew", 1);
    server.says("truststore: read anew", 1);
    assert_eq!(curl(&home, port, "/robots.txt", &with("new", "new")), "200");
    let said = curl(&home, port, "/robots.txt", &with("new", "old"));
    assert!(said.contains("alert"), "{said}");
}

#[test]
fn a49_connections_stay_when_the_certificate_is_changed() {
    let home = Home::new();
    home.run("pki dev pki", &[]);
    home.run("pki dev new", &[]);
    let server = home.start(
        &format!("{DEV} {PEM} --https-certificates-reload-period=-1"),
        &[],
    );
    let port = server.port();
    let mut kept = Kept::open(port);
    assert_eq!(kept.status(), "HTTP/1.1 200 OK");
    for name in ["server.pem", "server.key"] {
        std::fs::copy(home.path("new").join(name), home.path("pki").join(name)).unwrap();
    }
    // With -1 nothing is looked at, unless it is asked for.
    server.signal("-HUP");
    server.says("the certificate was read anew", 1);
    assert_eq!(
        curl(&home, port, "/robots.txt", "--cacert new/ca-bundle.pem"),
        "200"
    );
    assert_eq!(kept.status(), "HTTP/1.1 200 OK");
}

#[test]
fn what_is_broken_leaves_the_old_in_place() {
    let home = Home::new();
    home.stores();
    home.run("pki dev pki", &[]);
    let server = home.start(
        &format!(
            "{DEV} {PEM} --https-client-auth=required --https-trust-store-file=stores/trust.jks --https-trust-store-password=changeit"
        ),
        &[],
    );
    home.write("pki/server.pem", "");
    server.says("pki/server.pem holds no certificate in PEM form", 1);
    home.write("stores/trust.jks", "");
    server.says(
        "stores/trust.jks: it is neither PEM nor PKCS #12 nor JKS; the old one stays",
        1,
    );
    let carol = "--cacert pki/ca-bundle.pem --cert stores/client.pem --key stores/client.key";
    assert_eq!(curl(&home, server.port(), "/robots.txt", carol), "200");
    // A store that is in order counts as soon as it is there.
    std::fs::copy(home.path("stores/root.pem"), home.path("stores/trust.jks")).unwrap();
    server.says("truststore of the HTTPS listener: read anew", 1);
    let said = curl(&home, server.port(), "/robots.txt", carol);
    assert!(
        said.contains("alert unknown ca"),
        "the authority is not sent along: {said}"
    );
}
