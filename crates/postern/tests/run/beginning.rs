//! What is in the database after a start, and what stops one.

use crate::support::Home;

const DEV: &str = "start-dev --http-port=0";
const REALM: &str = r#"{"realm": "shop", "enabled": true, "smtpServer": {"host": "mail"}, "clients": [{"clientId": "web", "redirectUris": ["${APP_URL}/*", "${OTHER:http://x}/*"]}],
    "users": [{"username": "Ada", "enabled": true, "email": "ada@example.com", "credentials": [{"type": "password", "value": "hidden"}]}]}"#;

#[test]
fn realm_files_come_in_whole_and_once() {
    let home = Home::new();
    home.write("data/import/shop-realm.json", REALM);
    home.write(
        "data/import/shop-users-0.json",
        r#"{"realm": "shop", "users": [{"username": "bob", "enabled": true}]}"#,
    );
    let line = format!("{DEV} --import-realm");
    let (_, log) = home
        .start(&line, &[("APP_URL", "https://app.example")])
        .stop("-TERM");
    assert!(
        log.contains("Realm 'shop' imported") && !log.contains("hidden"),
        "{log}"
    );
    assert_eq!(log.matches("$.smtpServer").count(), 1, "{log}");
    let (_, log) = home.start(&line, &[]).stop("-TERM");
    assert!(
        log.contains("Realm 'shop' already exists. Import skipped")
            && !log.contains("$.smtpServer"),
        "{log}"
    );

    let said = home.run("export --dir out", &[]);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    let shop = std::fs::read_to_string(home.path("out/shop-realm.json")).unwrap();
    for expected in [
        "\"ada\"",
        "\"bob\"",
        "argon2",
        "https://app.example/*",
        "http://x/*",
        "\"mail\"",
    ] {
        assert!(shop.contains(expected), "{expected}");
    }
    assert!(!shop.contains("\"hidden\""));
    let master = std::fs::read_to_string(home.path("out/master-realm.json")).unwrap();
    assert!(
        master.contains("\"shop-realm\""),
        "master can't administer the realm"
    );

    let changed = shop.replace("\"bob\"", "\"rob\"");
    home.write("changed.json", &changed);
    let said = home.run("import --file changed.json --override false", &[]);
    assert!(
        said.code == 0 && said.out.contains("0 realms imported"),
        "{said:?}"
    );
    let said = home.run("import --file changed.json", &[]);
    assert!(
        said.code == 0 && said.out.contains("1 realms imported"),
        "{said:?}"
    );
    assert_eq!(
        home.run("export --realm shop --file again.json", &[]).code,
        0
    );
    let again = std::fs::read_to_string(home.path("again.json")).unwrap();
    assert_eq!(again, changed);
}

#[test]
fn a_broken_realm_file_names_place_and_reason_and_changes_nothing() {
    let home = Home::new();
    home.write("data/import/a.json", r#"{"realm": "a", "enabled": true}"#);
    home.write(
        "data/import/b.json",
        r#"{"realm": "b", "users": [{"username": ""}, {"username": "x", "credentials": 7}]}"#,
    );
    home.write("data/import/c.json", "{\"realm\": \n c}");
    let said = home.run(&format!("{DEV} --import-realm"), &[]);
    assert_eq!(said.code, 2);
    for expected in [
        "data/import/b.json: $.users[",
        "data/import/c.json: not readable as json: expected value at line 2",
    ] {
        assert!(said.err.contains(expected), "{expected}\n{}", said.err);
    }
    let said = home.run("export --dir out", &[]);
    assert!(
        said.code == 0 && said.out.lines().count() == 1 && said.out.starts_with("master:"),
        "{said:?}"
    );

    home.write(
        "data/import/b.json",
        r#"{"realm": "b", "users": [{"username": "x"}, {"username": "X"}]}"#,
    );
    std::fs::remove_file(home.path("data/import/c.json")).unwrap();
    let said = home.run(&format!("{DEV} --import-realm"), &[]);
    assert!(
        said.code == 2 && said.err.contains("b") && said.err.contains("$.users[1]"),
        "{}",
        said.err
    );
    assert_eq!(home.run("export --realm b --file b.json", &[]).code, 2);
}

#[test]
fn the_first_administrator_is_made_once_and_does_not_come_back() {
    let home = Home::new();
    let first = [
        ("KC_BOOTSTRAP_ADMIN_USERNAME", "Boss"),
        ("KC_BOOTSTRAP_ADMIN_PASSWORD", "hidden"),
    ];
    let (_, log) = home.start(DEV, &first).stop("-TERM");
    assert!(
        log.contains("Created temporary admin user with username boss") && !log.contains("hidden"),
        "{log}"
    );
    assert!(!log.contains("nobody can administer"), "{log}");
    let (_, log) = home.start(DEV, &first).stop("-TERM");
    assert!(!log.contains("Created"), "{log}");
    let other = [
        ("KC_BOOTSTRAP_ADMIN_USERNAME", "other"),
        ("KC_BOOTSTRAP_ADMIN_PASSWORD", "hidden"),
    ];
    let (_, log) = home.start(DEV, &other).stop("-TERM");
    assert!(
        !log.contains("Created") && log.contains("no administrator other was made"),
        "{log}"
    );

    let said = home.run(
        "bootstrap-admin user --username:env NAME --password:env PW --no-prompt",
        &[("NAME", "rescue"), ("PW", "hidden")],
    );
    assert!(
        said.code == 0 && said.out.contains("username rescue"),
        "{said:?}"
    );
    for (line, expected) in [
        (
            "bootstrap-admin user --username rescue --password:env PW",
            "there is a user rescue",
        ),
        (
            "bootstrap-admin user --password:env NOPE",
            "the variable NOPE is not set",
        ),
        (
            "bootstrap-admin user --password secret",
            "can be seen by everybody",
        ),
        ("bootstrap-admin user", "a password is needed"),
    ] {
        let said = home.run(line, &[("PW", "hidden")]);
        assert!(
            said.code == 2 && said.err.contains(expected),
            "{line}: {said:?}"
        );
    }
    home.run("export --realm master --file m.json", &[]);
    let master = std::fs::read_to_string(home.path("m.json")).unwrap();
    assert_eq!(master.matches("is_temporary_admin").count(), 2);
}

#[test]
fn what_can_not_be_read_stops_a_start_with_the_options_name() {
    let home = Home::new();
    home.write(
        "broken.pem",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
    );
    home.write("empty/readme.txt", "nothing");
    home.write("store.p12", "x");
    home.write("file", "not a folder");
    home.run("pki dev pki", &[]);
    let tls = "--https-certificate-key-file=pki/server.key --https-certificate-file";
    for (options, expected) in [
        (
            "--truststore-paths=broken.pem",
            "--truststore-paths: broken.pem: block 1",
        ),
        (
            "--truststore-paths=empty",
            "--truststore-paths: empty: there is no certificate in the folder",
        ),
        (
            "--truststore-paths=pki/root.pem,store.p12",
            "--truststore-paths: store.p12: there is no certificate in it",
        ),
        (
            &format!("{tls}=none.pem"),
            "--https-certificate-file: none.pem can't be read",
        ),
        (
            &format!("{tls}=pki/server.key"),
            "--https-certificate-file: pki/server.key holds no certificate",
        ),
        (
            &format!("{tls}=pki/alice.pem"),
            "--https-certificate-key-file: certificate and key can't be used",
        ),
        (
            "--https-certificate-file=pki/server.pem",
            "--https-certificate-key-file: https-certificate-file is given without it",
        ),
        ("--data-dir=file/x", "option data-dir"),
        (
            "--db-url=jdbc:h2:mem:x --db=postgres",
            "--db-url: is no address of PostgreSQL",
        ),
        (
            "--db=postgres --db-url-properties=?sslfactory=x",
            "--db-url-properties: sslfactory is no setting that is served",
        ),
    ] {
        let said = home.run(&format!("{DEV} {options}"), &[]);
        assert!(
            said.code == 2 && said.err.contains(expected),
            "{options}: {}",
            said.err
        );
        assert!(!said.err.contains("hidden"), "{}", said.err);
    }
    let elsewhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = elsewhere.local_addr().unwrap().port();
    std::thread::spawn(move || {
        use std::io::Write as _;
        // Somebody answers there who is no PostgreSQL.
        for stream in elsewhere.incoming() {
            let _ = stream.unwrap().write_all(b"HTTP/1.1 400\r\n\r\n");
        }
    });
    let said = home.run(
        &format!(
            "{DEV} --db=postgres --db-url-host=127.0.0.1 --db-url-port={port} --db-password=hidden"
        ),
        &[],
    );
    assert!(
        said.code == 2
            && said
                .err
                .contains("options db-url, db-username, db-password"),
        "{}",
        said.err
    );
    assert!(!said.err.contains("hidden"), "{}", said.err);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let said = home.run(
        &format!("start-dev --db=dev-mem --http-host=127.0.0.1 --http-port={port}"),
        &[],
    );
    assert!(
        said.code == 2 && said.err.contains("options http-port and http-host"),
        "{}",
        said.err
    );
}

#[test]
fn the_truststore_is_listed_with_what_is_odd_in_it() {
    let home = Home::new();
    home.run("pki dev pki", &[]);
    std::fs::create_dir_all(home.path("conf/truststores")).unwrap();
    std::fs::copy(
        home.path("pki/intermediate.pem"),
        home.path("conf/truststores/middle.crt"),
    )
    .unwrap();
    let line = "start-dev --db=dev-mem --http-port=0 --spi-x509cert-lookup--provider=nginx";
    let (_, log) = home.start(line, &[]).stop("-TERM");
    for expected in [
        "truststore: intermediate CN=Postern development intermediate",
        "there are intermediates and no root",
        "no client certificate will be accepted: truststore-paths names no root",
        "certificates come by the look-up nginx in the header ssl-client-cert (command line)",
        "certificates are believed of proxies on this machine alone",
    ] {
        assert!(log.contains(expected), "{expected}\n{log}");
    }
    let (_, log) = home
        .start(
            &format!(
                "{line} --truststore-paths=pki/ca-bundle.pem --proxy-trusted-addresses=10.0.0.1"
            ),
            &[],
        )
        .stop("-TERM");
    assert!(
        log.contains("truststore: root CN=Postern development root"),
        "{log}"
    );
    assert!(
        !log.contains("no root") && !log.contains("on this machine alone"),
        "{log}"
    );
}

/// Row A17, and A34: which look-up is chosen, who chose it, and whom it believes.
#[test]
fn a17_a34_the_log_names_the_look_up_its_source_and_whom_it_believes() {
    let home = Home::new();
    home.write(
        "conf/keycloak.conf",
        "spi-x509cert-lookup--provider=haproxy\nspi-x509cert-lookup--haproxy--ssl-cert-chain-prefix=CERT_CHAIN\n",
    );
    let line = "start-dev --db=dev-mem --http-port=0";
    let alone = "certificates are believed of proxies on this machine alone";
    for (options, environment, expected, is_alone) in [
        (
            "",
            &[][..],
            "certificates come by the look-up haproxy in the header client-cert, its chain in cert_chain_0 and so on (conf/keycloak.conf, line 1)",
            true,
        ),
        (
            "--proxy-trusted-addresses=10.0.0.1",
            &[("KC_SPI_X509CERT_LOOKUP__PROVIDER", "rfc9440")],
            "certificates come by the look-up rfc9440 in the header client-cert, its chain in client-cert-chain (KC_SPI_X509CERT_LOOKUP__PROVIDER)",
            false,
        ),
        (
            "--spi-x509cert-lookup-provider=default",
            &[],
            "certificates come by the look-up default in the TLS connection (command line)",
            false,
        ),
    ] {
        let (_, log) = home
            .start(&format!("{line} {options}"), environment)
            .stop("-TERM");
        assert!(log.contains(expected), "{expected}\n{log}");
        assert_eq!(log.contains(alone), is_alone, "{log}");
        let unused = "haproxy--ssl-cert-chain-prefix in conf/keycloak.conf, line 2 has no effect";
        assert_eq!(log.contains(unused), !expected.contains("haproxy"), "{log}");
    }
}

#[test]
fn a70_a_server_behind_a_proxy_that_ends_tls_needs_http_enabled() {
    let home = Home::new();
    let line = "start --hostname=https://id.example --db=sqlite --proxy-headers=xforwarded";
    let said = home.run(line, &[]);
    assert_eq!(said.code, 2, "{}", said.err);
    for words in [
        "there is no certificate for HTTPS, and HTTP is off",
        "--http-enabled=true when a proxy ends TLS",
    ] {
        assert!(said.err.contains(words), "{words}: {}", said.err);
    }
    let on = format!("{line} --http-enabled=true --http-port=0");
    let server = home.start(&on, &[]);
    assert_eq!(server.addresses[0].0, "http");
    let answer = server.get("/realms/master", "X-Forwarded-Proto: https\r\n");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn a21_the_log_takes_keycloaks_categories_and_has_no_colours_in_a_pipe() {
    let home = Home::new();
    let dev =
        "start-dev --db=dev-mem --http-port=0 --log-level=info,org.keycloak.services.x509:debug";
    let (_, log) = home.start(dev, &[]).stop("-TERM");
    assert!(log.contains("INFO") && !log.contains('\u{1b}'), "{log}");
    let json = format!("{dev} --log-console-output=json");
    let (_, log) = home.start(&json, &[]).stop("-TERM");
    for line in log.lines() {
        let read: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(
            read["level"].is_string() && read["message"].is_string(),
            "{line}"
        );
    }
    let said = home.run("start-dev --log-level=info,org.keycloak:loud", &[]);
    assert!(
        said.code == 2 && said.err.contains("log-level"),
        "{}",
        said.err
    );
}
