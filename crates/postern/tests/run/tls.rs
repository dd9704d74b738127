//! TLS of our own, with real files and a real client.

use crate::support::{Home, Running};
use std::process::{Command, Stdio};

pub(crate) const DEV: &str = "start-dev --db=dev-mem --http-enabled=false --https-port=0";
pub(crate) const PEM: &str =
    "--https-certificate-file=pki/server.pem --https-certificate-key-file=pki/server.key";

/// The status of a request, or what curl says when there is none.
pub(crate) fn curl(home: &Home, port: u16, path: &str, options: &str) -> String {
    let output = Command::new("curl")
        .args(["-sS", "-o", "/dev/null", "-w", "%{http_code}"])
        .args(options.split_whitespace())
        .arg(format!("https://localhost:{port}{path}"))
        .current_dir(home.path(""))
        .output()
        .unwrap();
    let said = if output.status.success() {
        output.stdout
    } else {
        output.stderr
    };
    String::from_utf8(said).unwrap()
}

/// What openssl says of a handshake.
fn handshake(home: &Home, port: u16, options: &str) -> String {
    let output = Command::new("openssl")
        .args(["s_client", "-connect", &format!("localhost:{port}")])
        .args(options.split_whitespace())
        .current_dir(home.path(""))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

#[test]
fn key_stores_serve_https() {
    let home = Home::new();
    home.stores();
    for options in [
        "--https-key-store-file=stores/server.p12",
        "--https-key-store-file=stores/server.jks --https-key-store-password=password --https-key-store-type=JKS",
        "--https-key-store-file=stores/two.p12 --https-key-store-alias=SERVER",
    ] {
        let server = home.start(&format!("{DEV} {options}"), &[]);
        let status = curl(
            &home,
            server.port(),
            "/robots.txt",
            "--cacert stores/root.pem",
        );
        assert_eq!(status, "200", "{options}");
    }
    // Where Keycloak looks for one by itself.
    std::fs::create_dir_all(home.path("conf")).unwrap();
    std::fs::copy(
        home.path("stores/server.p12"),
        home.path("conf/server.keystore"),
    )
    .unwrap();
    let server = home.start(DEV, &[]);
    let status = curl(
        &home,
        server.port(),
        "/robots.txt",
        "--cacert stores/root.pem",
    );
    assert_eq!(status, "200");
}

#[test]
fn what_can_not_be_used_is_told_with_what_helps() {
    let home = Home::new();
    home.stores();
    home.run("pki dev pki", &[]);
    home.write("empty.p12", "");
    let store = "--https-key-store-file=stores";
    let trust = "--https-trust-store-file=stores";
    for (options, option, what, remedy) in [
        (
            &*format!("{store}/none.p12"),
            "--https-key-store-file",
            "stores/none.p12 can't be read: No such file",
            "name a file that is there",
        ),
        (
            &format!("{store}/server.p12 --https-key-store-password=hidden"),
            "--https-key-store-password",
            "the password is wrong, or the file is damaged",
            "write the password with which the store was made",
        ),
        (
            &format!("{store}/trust.p12 --https-key-store-password=changeit"),
            "--https-key-store-file",
            "stores/trust.p12 holds no private key, and 2 certificates",
            "one with certificates alone is for --https-trust-store-file",
        ),
        (
            &format!("{store}/two.p12"),
            "https-key-store-alias",
            "stores/two.p12 holds several private keys: ",
            "say which one: --https-key-store-alias=NAME",
        ),
        (
            &format!("{store}/two.p12 --https-key-store-alias=third"),
            "--https-key-store-alias",
            "stores/two.p12 holds no private key \"third\", but ",
            "say which one: --https-key-store-alias=NAME",
        ),
        (
            &format!("{store}/other.jks"),
            "--https-key-store-file",
            "the key \"server\" has another password than the store",
            "keytool -keypasswd -keystore stores/other.jks -alias server",
        ),
        (
            &format!("{store}/server.jceks"),
            "--https-key-store-file",
            "it is of the kind JCEKS, which is not read",
            "keytool -importkeystore -srckeystore stores/server.jceks",
        ),
        (
            &format!("{store}/old.p12"),
            "--https-key-store-file",
            "it is encrypted with ",
            "openssl pkcs12 -legacy -in stores/old.p12 -nodes | openssl pkcs12 -export",
        ),
        (
            "--https-key-store-file=empty.p12",
            "--https-key-store-file",
            "it is neither PKCS #12 nor JKS",
            "--https-certificate-file and --https-certificate-key-file",
        ),
        (
            &format!("{store}/server.p12 --https-key-store-type=BCFKS"),
            "--https-key-store-type",
            "\"BCFKS\" is not one of PKCS12, JKS",
            "--https-key-store-type=PKCS12",
        ),
        (
            &format!("{PEM} {store}/server.p12"),
            "--https-key-store-file",
            "https-certificate-file is given too",
            "leave one of the two out",
        ),
        (
            &format!("{PEM} --https-cipher-suites=TLS_RSA_WITH_AES_128_CBC_SHA"),
            "--https-cipher-suites",
            "\"TLS_RSA_WITH_AES_128_CBC_SHA\" is no suite that is served",
            "name some of TLS_AES_256_GCM_SHA384, TLS_AES_128_GCM_SHA256, ",
        ),
        (
            &format!(
                "{PEM} --https-protocols=TLSv1.3 --https-cipher-suites=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
            ),
            "--https-cipher-suites",
            "TLS can't be spoken: ",
            "name suites of the versions in https-protocols",
        ),
        (
            &format!("{PEM} --https-protocols=TLSv1.1,TLSv1.3"),
            "--https-protocols",
            "has \"TLSv1.1\", which is not one of TLSv1.3, TLSv1.2",
            "--https-protocols=TLSv1.3",
        ),
        (
            &format!("{PEM} {trust}/trust.jks --https-trust-store-password=hidden"),
            "--https-trust-store-file",
            "stores/trust.jks: the password is wrong, or the file is damaged",
            "its password in --https-trust-store-password",
        ),
        (
            &format!("{PEM} --https-management-trust-store-file=stores/trust.p12"),
            "--https-management-trust-store-file",
            "stores/trust.p12: it needs a password",
            "its password in --https-management-trust-store-password",
        ),
        (
            "--https-client-auth=required --https-certificate-file=pki/server.pem",
            "https-certificate-key-file",
            "https-certificate-file is given without it",
            "--https-certificate-key-file=FILE",
        ),
        (
            &format!("{PEM} --https-certificates-reload-period=10s"),
            "--https-certificates-reload-period",
            "is neither a duration of more than 30s nor -1",
            "--https-certificates-reload-period=1h",
        ),
        (
            "",
            "--https-certificate-file, --https-certificate-key-file",
            "there is no certificate for HTTPS, and HTTP is off",
            "--https-key-store-file=FILE",
        ),
    ] {
        let said = home.run(&format!("{DEV} {options}"), &[]);
        assert_eq!(said.code, 2, "{options}: {said:?}");
        let lines: Vec<&str> = said.err.lines().collect();
        let at = lines
            .iter()
            .position(|line| line.contains(option) && line.contains(what));
        let at = at.unwrap_or_else(|| panic!("{options}: {}", said.err));
        assert!(lines[at + 1].contains(remedy), "{options}: {}", said.err);
        assert!(!said.err.contains("hidden"), "{}", said.err);
    }
}

#[test]
fn a20_a_certificate_is_required_by_a_truststore_of_java() {
    let home = Home::new();
    home.stores();
    home.run("pki dev pki", &[]);
    let server = home.start(
        &format!(
            "{DEV} --https-key-store-file=stores/server.jks --https-client-auth=required --https-trust-store-file=stores/trust.jks \
             --https-trust-store-password=changeit --health-enabled=true --http-management-port=0"
        ),
        &[],
    );
    let (main, management) = (server.port(), server.addresses[1].1);
    let carol = "--cacert stores/root.pem --cert stores/client.pem --key stores/client.key";
    for version in ["--tls-max 1.2", "--tlsv1.3", "--http1.1"] {
        let status = curl(&home, main, "/robots.txt", &format!("{carol} {version}"));
        assert_eq!(status, "200", "{version}");
    }
    let nobody = "--cacert stores/root.pem";
    let said = curl(&home, main, "/robots.txt", nobody);
    assert!(said.contains("alert"), "{said}");
    server.says("a connection without a client certificate was refused", 1);
    let alice = "--cacert stores/root.pem --cert pki/alice-chain.pem --key pki/alice.key";
    let said = curl(&home, main, "/robots.txt", alice);
    assert!(said.contains("alert unknown ca"), "{said}");
    server.says(
        "a client certificate was refused in the handshake: CN=alice",
        1,
    );
    // Probes need none, unless they are told to.
    assert_eq!(server.addresses[1].0, "https");
    assert_eq!(curl(&home, management, "/health/ready", nobody), "200");
    let (_, log) = server.stop("-TERM");
    assert!(
        log.contains("code=\"CERT-") && log.contains("peer=127.0.0.1 "),
        "{log}"
    );
}

#[test]
fn the_management_listener_may_have_tls_of_its_own() {
    let home = Home::new();
    home.stores();
    home.run("pki dev pki", &[]);
    let server = home.start(
        &format!(
            "{DEV} {PEM} --health-enabled=true --http-management-port=0 --https-management-key-store-file=stores/server.p12 \
             --https-management-client-auth=required --https-management-trust-store-file=stores/trust.p12 \
             --https-management-trust-store-password=changeit --https-management-protocols=TLSv1.2 \
             --https-management-cipher-suites=TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
        ),
        &[],
    );
    let (main, management) = (server.port(), server.addresses[1].1);
    assert_eq!(
        curl(&home, main, "/robots.txt", "--cacert pki/ca-bundle.pem"),
        "200"
    );
    let carol = "--cacert stores/root.pem --cert stores/client.pem --key stores/client.key";
    assert_eq!(curl(&home, management, "/health", carol), "200");
    let said = curl(&home, management, "/health", "--cacert stores/root.pem");
    assert!(said.contains("alert"), "{said}");
    let said = handshake(
        &home,
        management,
        "-cert stores/client.pem -key stores/client.key",
    );
    assert!(
        said.contains("TLSv1.2, Cipher is ECDHE-ECDSA-AES128-GCM-SHA256"),
        "{said}"
    );
    let said = handshake(&home, management, "-tls1_3");
    assert!(said.contains("alert protocol version"), "{said}");
}

#[test]
fn what_is_likely_a_mistake_is_told() {
    let home = Home::new();
    home.stores();
    let warns = |options: &str, expected: &str| {
        let server: Running = home.start(
            &format!("start-dev --db=dev-mem --http-port=0 --https-port=0 {options}"),
            &[],
        );
        let (_, log) = server.stop("-TERM");
        assert!(log.contains(expected), "{options}: {log}");
    };
    let store = "--https-key-store-file=stores/server.p12";
    warns(
        &format!("{store} --https-client-auth=request"),
        "https-trust-store-file is not set: truststore-paths and conf/truststores say which are accepted",
    );
    warns(
        &format!("{store} --https-client-auth=request"),
        "no client certificate will be accepted on the HTTPS listener",
    );
    warns(
        &format!("{store} --https-trust-store-file=stores/root.pem"),
        "https-trust-store-file has no effect: https-client-auth asks for no certificates",
    );
    warns(
        "--https-client-auth=request",
        "https-client-auth has no effect: there is no certificate for HTTPS",
    );
    warns(
        &format!("{store} --https-cipher-suites=TLS_AES_128_GCM_SHA256"),
        "TLSv1.2 will not be spoken: https-cipher-suites names none of its suites",
    );
    warns(
        "--https-key-store-type=JKS",
        "https-key-store-type has no effect without https-key-store-file",
    );
}

/// Whom the tokens of these answers name.
fn named(home: &Home, files: &[&str]) -> Vec<String> {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let name = |file: &&str| {
        let answer = std::fs::read_to_string(home.path(file)).unwrap();
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        let token = answer["access_token"]
            .as_str()
            .unwrap_or_else(|| panic!("{answer}"));
        let claims = token.split('.').nth(1).unwrap();
        let claims = URL_SAFE_NO_PAD.decode(claims).unwrap();
        let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
        claims["preferred_username"].as_str().unwrap().to_owned()
    };
    files.iter().map(name).collect()
}

#[test]
fn a8_each_request_of_a_connection_has_its_certificate_and_headers_count_beside_it() {
    let home = Home::new();
    home.run("pki dev pki", &[]);
    let realm = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../deploy/realm/demo-realm.json"
    );
    home.write(
        "data/import/demo-realm.json",
        &std::fs::read_to_string(realm).unwrap(),
    );
    let server = home.start(
        &format!(
            "start-dev --db=dev-mem --import-realm --http-port=0 --https-port=0 {PEM} --https-client-auth=request --truststore-paths=pki/ca-bundle.pem \
             --spi-x509cert-lookup--provider=nginx --proxy-trusted-addresses=127.0.0.9"
        ),
        &[],
    );
    let (plain, tls) = (server.addresses[0].1, server.addresses[1].1);
    assert_eq!(server.addresses[1].0, "https");
    let request =
        "-4 -sS -w %{http_code}/%{num_connects}; -d grant_type=password -d client_id=cert-cli";
    let alice = "--cacert pki/ca-bundle.pem --cert pki/alice-chain.pem --key pki/alice.key";
    let path = "realms/demo/protocol/openid-connect/token";
    let ask = |line: &str| {
        let mut curl = Command::new("curl");
        curl.args(line.split_whitespace())
            .current_dir(home.path(""));
        String::from_utf8(curl.output().unwrap().stdout).unwrap()
    };
    for version in ["--http1.1", "--http2"] {
        let one = |file: &str| {
            format!("{request} {version} {alice} -o {file} https://localhost:{tls}/{path}")
        };
        let said = ask(&format!("{} --next {}", one("first"), one("second")));
        assert_eq!(said, "200/1;200/0;", "{version}");
        assert_eq!(named(&home, &["first", "second"]), ["alice", "alice"]);
    }
    // On the same instance a proxy speaks for bob.
    let pem = std::fs::read_to_string(home.path("pki/bob.pem")).unwrap();
    let escape = |byte: u8| format!("%{byte:02x}");
    let header: String = pem.bytes().map(escape).collect();
    let header = format!("ssl-client-cert:{header}");
    let url = format!("http://127.0.0.1:{plain}/{path}");
    let said = ask(&format!(
        "{request} --interface 127.0.0.9 -H {header} -o proxy {url}"
    ));
    assert_eq!(said, "200/1;");
    assert_eq!(named(&home, &["proxy"]), ["bob"]);
    // Anybody else speaks for themselves, whatever they send.
    let url = format!("https://localhost:{tls}/{path}");
    let said = ask(&format!("{request} {alice} -H {header} -o forged {url}"));
    assert_eq!(said, "200/1;");
    assert_eq!(named(&home, &["forged"]), ["alice"]);
}

#[test]
fn clients_are_asked_at_the_host_for_certificates_and_at_no_other_name() {
    let home = Home::new();
    home.write(
        "extensions",
        "subjectAltName=DNS:localhost,DNS:apart.localhost",
    );
    let openssl = |line: &str| {
        let mut openssl = Command::new("openssl");
        openssl.args(line.split(' ')).current_dir(home.path(""));
        assert!(openssl.output().unwrap().status.success(), "{line}");
    };
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    openssl(&format!(
        "req -x509 {key} -keyout root.key -out root.pem -days 9 -subj /CN=root"
    ));
    for name in ["both", "alice"] {
        openssl(&format!(
            "req {key} -keyout {name}.key -out {name}.csr -subj /CN={name}"
        ));
        openssl(&format!(
            "x509 -req -in {name}.csr -CA root.pem -CAkey root.key -CAcreateserial -days 9 -extfile extensions -out {name}.pem"
        ));
    }
    let options = "--https-certificate-file=both.pem --https-certificate-key-file=both.key --https-client-auth=request --https-trust-store-file=root.pem";
    let server = home.start(
        &format!("{DEV} {options} --certificate-hostname=apart.localhost"),
        &[],
    );
    let port = server.port();
    let ask = |name: &str, options: &str| {
        let output = Command::new("curl")
            .args([
                "-sSv",
                "-o",
                "/dev/null",
                "-w",
                "%{http_code}",
                "--cacert",
                "root.pem",
            ])
            .args(["--resolve", &format!("{name}:{port}:127.0.0.1")])
            .args(options.split_whitespace())
            .arg(format!("https://{name}:{port}/robots.txt"))
            .current_dir(home.path(""))
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        let status = String::from_utf8(output.stdout).unwrap();
        (status, said.contains("Request CERT"), said)
    };
    let alice = "--cert alice.pem --key alice.key";
    for version in ["--tls-max 1.3", "--tls-max 1.2", "--http1.1"] {
        for (name, other, asked) in [
            ("localhost", "apart.localhost", false),
            ("apart.localhost", "localhost", true),
        ] {
            for shown in ["", alice] {
                let (status, was_asked, said) = ask(name, &format!("{version} {shown}"));
                assert_eq!((&*status, was_asked), ("200", asked), "{name}: {said}");
            }
            // As browsers that use a connection for another name too.
            let (status, _, said) = ask(name, &format!("{version} -H Host:{other}:{port}"));
            assert_eq!(status, "421", "{version} {name}: {said}");
        }
        let (status, asked, said) = ask("127.0.0.1", &format!("{version} --insecure"));
        assert_eq!((&*status, asked), ("200", false), "{said}");
    }
}

/// Proxies that are known by their certificates have to be asked for them at any name, and speak for whom they like.
#[test]
fn proxies_with_certificates_are_asked_at_any_name() {
    let home = Home::new();
    home.run("pki dev pki", &[]);
    let key = "00".repeat(32);
    let server = home.start(
        &format!("{DEV} {PEM} --https-client-auth=request --https-trust-store-file=pki/ca-bundle.pem --certificate-hostname=apart.localhost --proxy-headers=xforwarded --proxy-trusted-tls-keys={key}"),
        &[],
    );
    let said = handshake(&home, server.port(), "-servername localhost");
    assert!(
        said.contains("Acceptable client certificate CA names"),
        "{said}"
    );
    let options = "--cacert pki/ca-bundle.pem -H Host:apart.localhost";
    assert_eq!(curl(&home, server.port(), "/robots.txt", options), "200");
}
