//! Options: sources, mistakes, older names.

use crate::support::{Home, Said};
use std::path::Path;

fn lines(said: &Said) -> Vec<&str> {
    said.out.lines().map(str::trim).collect()
}

#[test]
fn a84_the_command_line_wins_over_the_environment_over_files_over_defaults() {
    let home = Home::new();
    home.write(
        "conf/keycloak.conf",
        "hostname=file.example\nhttp-port=1\nhttps-port=2\nhttp-host=${MY_HOST:::1}\n",
    );
    home.write(
        "conf/postern.conf",
        "# ours comes first\nhttp-port=3\ndb-username=a\\\\b\n",
    );
    let environment = [
        ("KC_HTTP_PORT", "4"),
        ("KC_HOSTNAME", "env.example"),
        ("KC_HTTP_MANAGEMENT_PORT", "${MY_PORT}"),
        ("MY_PORT", "9123"),
        ("KC_DB_PASSWORD", "hidden1"),
        ("KCRAW_DB_USERNAME", "x${y}"),
    ];
    let said = home.run("show-config all --hostname line.example --db=postgres --db-url=postgres://u:hidden2@h/d?password=hidden3", &environment);
    let lines = lines(&said);
    for expected in [
        "hostname = line.example  (command line; KC_HOSTNAME)",
        "http-port = 4  (KC_HTTP_PORT)",
        "https-port = 2  (conf/keycloak.conf, line 3; KC_HTTPS_PORT)",
        "http-host = ::1  (conf/keycloak.conf, line 4; KC_HTTP_HOST)",
        "http-management-port = 9123  (KC_HTTP_MANAGEMENT_PORT)",
        "db-username = x${y}  (KCRAW_DB_USERNAME; KC_DB_USERNAME)",
        "db-password = *******  (KC_DB_PASSWORD)",
        "shutdown-timeout = 10s  (default; KC_SHUTDOWN_TIMEOUT)",
    ] {
        assert!(lines.contains(&expected), "{expected}\n{}", said.out);
    }
    assert!(
        !said.out.contains("hidden") && !said.err.contains("hidden"),
        "{}",
        said.out
    );

    home.write("other.conf", "http-port=5\n");
    let said = home.run("show-config -cf other.conf --profile=dev", &[]);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    assert!(
        said.out
            .contains("http-port = 5  (other.conf, line 1; KC_HTTP_PORT)")
            && !said.out.contains("hostname"),
        "{}",
        said.out
    );
}

/// Key, value, source and variable of each option, as `tests/data/show-config.txt` has them.
#[test]
fn a84_show_config_lists_every_option_with_value_source_and_variable() {
    let home = Home::new();
    home.write("conf/keycloak.conf", "proxy-trusted-addresses=10.0.0.5\n");
    let said = home.run(
        "show-config all --profile=dev --proxy-headers=xforwarded --spi-x509cert-lookup-provider=nginx",
        &[
            ("KC_HOSTNAME", "https://id.example/auth"),
            ("KC_BOOTSTRAP_ADMIN_PASSWORD", "hidden"),
            ("KC_LOG_LEVEL_ORG_KEYCLOAK_SERVICES", "debug"),
        ],
    );
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    let file = "tests/data/show-config.txt";
    let expected = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let expected = std::fs::read_to_string(expected).unwrap();
    assert!(said.out == expected, "{file} should be:\n{}", said.out);
}

#[test]
fn everything_that_is_wrong_is_told_at_once_with_its_remedy() {
    let home = Home::new();
    home.write("conf/keycloak.conf", "\nhttp-enabld=true\n");
    let line = "start --http-port=abc --hostname=a_b --proxy-trusted-addresses=proxy.example --db=oracle --https-client-auth=sometimes \
        --truststore-paths=none.pem --proxy-headers=forwardd --log-level=loud --bootstrap-admin-password=hidden --spi-x509cert-lookup--provider=nginx \
        --spi-x509cert-lookup--nginx--ssl-client-certt=x";
    let said = home.run(
        line,
        &[("KC_HTP_PORT", "1"), ("KC_DB_PASSWORD", "hidden${")],
    );
    assert_eq!(said.code, 2);
    for expected in [
        "13 options have to be mended first",
        "--http-port: \"abc\" is no port, which is a number from 0 to 65535\n      write --http-port=8080",
        "--hostname: Provided hostname is neither a plain hostname nor a valid URL\n      write --hostname=https://id.example.com",
        "--proxy-trusted-addresses: proxy.example is not a valid IP address (IPv4 or IPv6) nor valid CIDR notation.",
        "--db: oracle is not served",
        "--https-client-auth: \"sometimes\" is not one of none, request, required",
        "--truststore-paths: none.pem: can't be read",
        "--proxy-headers: \"forwardd\" is not one of xforwarded, forwarded\n      write --proxy-headers=xforwarded",
        "--log-level: \"loud\" is no level",
        "--spi-x509cert-lookup--nginx--ssl-client-certt: there is no such option\n      did you mean --spi-x509cert-lookup--nginx--ssl-client-cert?",
        "KC_HTP_PORT: there is no such option\n      did you mean KC_HTTP_PORT?",
        "http-enabld in conf/keycloak.conf, line 2: there is no such option\n      did you mean http-enabled?",
        "--https-certificate-file, --https-certificate-key-file: there is no certificate",
        "KC_DB_PASSWORD: is an address of PostgreSQL, and db is not set",
    ] {
        assert!(said.err.contains(expected), "{expected}\n{}", said.err);
    }
    assert!(!said.err.contains("hidden"), "{}", said.err);
}

#[test]
fn an_unset_variable_is_named_but_never_what_stands_around_it_in_a_secret() {
    let home = Home::new();
    let said = home.run(
        "show-config --hostname=${NOPE}.example",
        &[("KC_DB_PASSWORD", "hid${den}")],
    );
    assert!(
        said.err.contains("--hostname: ${NOPE} names a variable"),
        "{}",
        said.err
    );
    assert!(
        said.err.contains("KC_DB_PASSWORD: it names a variable")
            && said.err.contains("set KCRAW_DB_PASSWORD"),
        "{}",
        said.err
    );
    assert!(
        !said.err.contains("hid$") && !said.err.contains("{den}"),
        "{}",
        said.err
    );
}

#[test]
fn a57_older_names_are_understood_or_answered_with_the_new_ones() {
    let home = Home::new();
    let line = "start --hostname-url=https://id.example --hostname-port=1 --spi-truststore-file-file=a.jks --proxy=edge";
    let said = home.run(line, &[("KC_HOSTNAME_STRICT_HTTPS", "true")]);
    for expected in [
        "--hostname-url: is an option of older Keycloaks\n      write --hostname=https://id.example",
        "--hostname-port: is an option of older Keycloaks",
        "--proxy: is an option of older Keycloaks\n      write --proxy-headers=xforwarded and write --http-enabled=true",
        "--spi-truststore-file-file: is an option of older Keycloaks\n      write --truststore-paths",
        "KC_HOSTNAME_STRICT_HTTPS: is an option of older Keycloaks",
    ] {
        assert!(said.err.contains(expected), "{expected}\n{}", said.err);
    }
    // What is left over beside its successor harms nobody.
    let line =
        "show-config --hostname=https://id.example --proxy-headers=xforwarded --http-enabled=true";
    let left = [
        ("KC_PROXY", "edge"),
        ("KEYCLOAK_ADMIN", "admin"),
        ("KEYCLOAK_ADMIN_PASSWORD", "hidden"),
        ("PROXY_ADDRESS_FORWARDING", "true"),
    ];
    let said = home.run(line, &left);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    for expected in [
        "# KC_PROXY has no effect: proxy-headers takes its place",
        "# KEYCLOAK_ADMIN is the older name of KC_BOOTSTRAP_ADMIN_USERNAME",
        "bootstrap-admin-username = admin  (KEYCLOAK_ADMIN; KC_BOOTSTRAP_ADMIN_USERNAME)",
        "bootstrap-admin-password = *******  (KEYCLOAK_ADMIN_PASSWORD; KC_BOOTSTRAP_ADMIN_PASSWORD)",
        "# PROXY_ADDRESS_FORWARDING has no effect",
    ] {
        assert!(said.out.contains(expected), "{expected}\n{}", said.out);
    }
}

/// The certificate look-up in every way that Keycloak's documents, charts and files write it.
#[test]
fn a48_options_of_spis_in_both_spellings() {
    let home = Home::new();
    let dev = "show-config --profile=dev";
    let by_line = [
        "--spi-x509cert-lookup--provider=nginx --spi-x509cert-lookup--nginx--ssl-client-cert=my-cert",
        "--spi-x509cert-lookup-provider=nginx --spi-x509cert-lookup-nginx-ssl-client-cert my-cert",
    ]
    .map(|options| home.run(&format!("{dev} {options}"), &[]));
    let by_environment = [
        [
            ("KC_SPI_X509CERT_LOOKUP_PROVIDER", "nginx"),
            ("KC_SPI_X509CERT_LOOKUP_NGINX_SSL_CLIENT_CERT", "my-cert"),
        ],
        [
            ("KC_SPI_X509CERT_LOOKUP__PROVIDER", "nginx"),
            ("KC_SPI_X509CERT_LOOKUP__NGINX__SSL_CLIENT_CERT", "my-cert"),
        ],
    ]
    .map(|environment| home.run(dev, &environment));
    for said in by_line.iter().chain(&by_environment) {
        assert_eq!((said.code, said.err.as_str()), (0, ""));
        assert!(
            said.out.contains("spi-x509cert-lookup--provider = nginx"),
            "{}",
            said.out
        );
        assert!(
            said.out
                .contains("spi-x509cert-lookup--nginx--ssl-client-cert = my-cert"),
            "{}",
            said.out
        );
    }
    let useless = [
        (
            "KC_SPI_X509CERT_LOOKUP_NGINX_SSL_CERT_CHAIN_PREFIX",
            "USELESS",
        ),
        ("KC_SPI_X509CERT_LOOKUP_NGINX_CERTIFICATE_CHAIN_LENGTH", "2"),
        (
            "KC_SPI_CONNECTIONS_HTTP_CLIENT_DEFAULT_SOCKET_TIMEOUT_MILLIS",
            "5000",
        ),
    ];
    let said = home.run(
        &format!("{dev} --spi-sticky-session-encoder-infinispan-should-attach-route=false"),
        &useless,
    );
    assert_eq!(
        (said.code, said.out.matches("has no effect").count()),
        (0, 3),
        "{}",
        said.out
    );
    assert!(
        said.out
            .contains("KC_SPI_X509CERT_LOOKUP_NGINX_SSL_CERT_CHAIN_PREFIX has no effect: no header of the proxy nginx"),
        "{}",
        said.out
    );
}

/// Rows A5, A10: what a look-up can't be is told at once, and so is what has no effect.
#[test]
fn a05_a10_a_wrong_look_up_stops_the_start_with_the_line_that_mends_it() {
    let home = Home::new();
    let spi = "--spi-x509cert-lookup--";
    for (options, expected) in [
        ("provider=ngnix", "is not one of default, nginx, haproxy"),
        ("nginx--ssl-client-cert=", "\"\" is no name of a header"),
        (
            "nginx--ssl-client-cert=a:b",
            "\"a:b\" is no name of a header",
        ),
        (
            "apache--ssl-cert-chain-prefix=a(b",
            "\"a(b\" is no name of a header",
        ),
        (
            "haproxy--certificate-chain-length=-1",
            "\"-1\" is no whole number from 0 to 100",
        ),
        (
            "nginx--trust-proxy-verification=yes",
            "is neither true nor false",
        ),
        (
            "nginx--ssl-client-certt=x",
            "did you mean --spi-x509cert-lookup--nginx--ssl-client-cert?",
        ),
        (
            "traefik--certificate-chain-lenght=2",
            "did you mean --spi-x509cert-lookup--traefik--certificate-chain-length?",
        ),
        (
            "provider=apache --spi-x509cert-lookup--apache--ssl-client-cert=Cookie",
            "the header cookie is for something else",
        ),
        (
            "provider=rfc9440 --spi-x509cert-lookup--rfc9440--ssl-client-cert=Client-Cert-Chain",
            "the header client-cert-chain can't hold both",
        ),
    ] {
        let said = home.run(&format!("start-dev --db=dev-mem {spi}{options}"), &[]);
        assert!(
            said.code == 2 && said.err.contains(expected),
            "{options}: {}",
            said.err
        );
    }
    for (options, expected) in [
        (
            "--proxy-trusted-tls-keys=abc",
            "\"abc\" is no sha-256 of a public key",
        ),
        (
            "--proxy-trusted-tls-names=proxy.example",
            "--proxy-trusted-tls-ca-file: is not set",
        ),
        (
            "--proxy-trusted-tls-ca-file=none.pem",
            "--proxy-trusted-tls-names: is not set",
        ),
        (
            "--proxy-trusted-tls-ca-file=none.pem --proxy-trusted-tls-names=proxy.example",
            "--proxy-trusted-tls-ca-file: none.pem: can't be read",
        ),
        (
            "--proxy-ignored-certificate-headers=a:b",
            "--proxy-ignored-certificate-headers: \"a:b\" is no header name",
        ),
    ] {
        let line = format!("start-dev --db=dev-mem {spi}provider=nginx {options}");
        let said = home.run(&line, &[]);
        assert!(
            said.code == 2 && said.err.contains(expected),
            "{options}: {}",
            said.err
        );
    }
}

#[test]
fn every_option_of_keycloak_is_known() {
    let home = Home::new();
    let list = include_str!("../data/keycloak-options.txt");
    let options: Vec<&str> = list.lines().filter(|line| !line.starts_with('#')).collect();
    let file: Vec<String> = options
        .iter()
        .map(|option| format!("{option}=false\n"))
        .collect();
    home.write("conf/keycloak.conf", &file.concat());
    let said = home.run("show-config", &[]);
    assert!(
        options.len() > 220 && !said.err.contains("there is no such option"),
        "{}",
        said.err
    );
}

#[test]
fn the_reference_of_options_is_up_to_date() {
    let said = Home::new().run("options", &[]);
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide/options.md");
    let page = std::fs::read_to_string(page).unwrap_or_default();
    assert!(
        said.out == page,
        "docs/guide/options.md is stale: cargo run -- options > docs/guide/options.md"
    );
}

/// Keycloak's command lines, as its guides print them. What is not served is refused in its own words, never as unknown.
#[test]
fn a64_a83_kc_sh_takes_the_command_lines_of_keycloaks_guides() {
    let home = Home::new();
    let shim = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../bin/kc.sh");
    let environment = [
        ("POSTERN", env!("CARGO_BIN_EXE_postern")),
        ("KC_HOME_DIR", "."),
    ];
    let run = |line: &str| home.run_program(&shim, line, &environment);
    for (line, code, expected) in [
        (
            "build --db=postgres --health-enabled=true --features=token-exchange",
            0,
            "nothing to build",
        ),
        (
            "build --spi-x509cert-lookup-provider=nginx",
            0,
            "nothing to build",
        ),
        ("--help", 0, "start-dev"),
        ("start --help-all", 0, "--optimized"),
        ("--version", 0, "postern "),
        ("show-config", 2, "hostname is not configured"),
        ("start --optimized", 2, "hostname is not configured"),
        (
            "start --proxy-headers forwarded",
            2,
            "hostname is not configured",
        ),
        (
            "start --proxy-protocol-enabled true",
            2,
            "hostname is not configured",
        ),
        (
            "show-config --hostname my.keycloak.org --http-enabled true --http-relative-path /auth",
            0,
            "http-relative-path = /auth",
        ),
        (
            "start --spi-sticky-session-encoder-infinispan-should-attach-route=false",
            2,
            "hostname is not configured",
        ),
        ("bootstrap-admin service", 2, "not served yet"),
        ("export", 2, "--dir"),
    ] {
        let said = run(line);
        let text = said.out.clone() + &said.err;
        assert!(
            said.code == code && text.contains(expected),
            "{line}: {} {text}",
            said.code
        );
        assert!(!text.contains("no such option"), "{line}: {text}");
    }
}
