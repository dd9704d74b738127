//! Requests on real sockets.

use crate::support::{Home, Running, get};
use std::process::Command;

fn start(home: &Home, options: &str) -> Running {
    home.start(
        &format!("start-dev --db=dev-mem --http-port=0 {options}"),
        &[],
    )
}

#[test]
fn answers_come_from_the_first_request_to_the_signal_that_ends_it() {
    let home = Home::new();
    let server = home.start("start-dev --http-port=0", &[]);
    let answer = server.get("/", "");
    assert!(
        answer.starts_with("HTTP/1.1 200 OK") && answer.contains("/realms/master/"),
        "{answer}"
    );
    let (code, log) = server.stop("-TERM");
    assert_eq!(code, Some(0), "{log}");
    assert!(
        log.contains("Initializing master realm") && log.trim_end().ends_with("stopped"),
        "{log}"
    );
    assert!(log.contains("nobody can administer anything yet"), "{log}");
    // The second start finds everything.
    let (code, log) = home
        .start("start-dev --http-port=0 --log-console-output=json", &[])
        .stop("-INT");
    assert_eq!(code, Some(0));
    assert!(!log.contains("Initializing"), "{log}");
    assert!(
        log.lines()
            .all(|line| line.starts_with('{') && line.contains("\"level\":\"")),
        "{log}"
    );
}

#[test]
fn a79_what_is_not_there_is_told_in_keycloaks_words() {
    let home = Home::new();
    let server = start(&home, "");
    for (path, headers, status, body) in [
        (
            "/nope",
            "",
            404,
            "{\"error\":\"Unable to find matching target resource method\"}",
        ),
        (
            "/realms",
            "",
            404,
            "{\"error\":\"Unable to find matching target resource method\"}",
        ),
        (
            "/realms/nope",
            "",
            404,
            "{\"error\":\"Realm does not exist\"}",
        ),
        (
            "/realms/Master/x",
            "",
            404,
            "{\"error\":\"Realm does not exist\"}",
        ),
        (
            "/realms/master/nope",
            "",
            404,
            "{\"error\":\"HTTP 404 Not Found\"}",
        ),
        (
            "/realms/master/protocol/nope",
            "",
            404,
            "{\"error\":\"Protocol not found\"}",
        ),
        (
            "/nope",
            "Accept: text/html,*/*;q=0.8\r\n",
            404,
            "<!DOCTYPE html>",
        ),
        (
            "/realms//master",
            "",
            400,
            "{\"error\":\"missingNormalization\",\"error_description\":\"Request path not normalized\"}",
        ),
        ("/realms/a/../master", "", 400, "\"missingNormalization\""),
        (
            "/realms/master;x=1",
            "",
            400,
            "{\"error\":\"invalidCharacter\",\"error_description\":\"Request path contains invalid character ';'\"}",
        ),
        ("/realms//master", "Accept: text/html\r\n", 400, "URL-PATH"),
        ("/", "Host: other\r\n", 400, "URL-HOST"),
        ("/robots.txt", "", 200, "User-agent: *\nDisallow: /"),
    ] {
        let answer = server.get(path, headers);
        let expected = format!("HTTP/1.1 {status} ");
        assert!(
            answer.starts_with(&expected) && answer.contains(body),
            "{path}: {answer}"
        );
        // What is below a realm is for its endpoints to say.
        let is_ours = !path.starts_with("/realms/") || status == 400;
        assert!(
            answer.contains("x-content-type-options: nosniff") || !is_ours,
            "{answer}"
        );
    }
    let answer = server.send(
        b"POST /robots.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    );
    assert!(
        answer.starts_with("HTTP/1.1 405") && answer.contains("HTTP 405 Method Not Allowed"),
        "{answer}"
    );
    let answer = server.send(b"OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    let answer = server.send(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
}

#[test]
fn production_leads_to_the_administration_and_development_says_where_things_are() {
    let home = Home::new();
    let server = home.start("start --http-enabled=true --db=dev-mem --http-port=0 --http-host=127.0.0.1 --hostname=https://id.example/x --shutdown-delay=0", &[]);
    let answer = server.get("/", "");
    assert!(
        answer.starts_with("HTTP/1.1 302")
            && answer.contains("location: https://id.example/x/admin/\r\n"),
        "{answer}"
    );
    let (_, log) = server.stop("-TERM");
    assert!(
        log.contains("When using an edge proxy, you must use `proxy-headers`. When a proxy ends TLS, write --proxy-headers=xforwarded"),
        "{log}"
    );
}

/// The status of a request over HTTP/2 with a header so long.
fn http2_status(port: u16, kib: usize) -> u16 {
    use hyper_util::rt::{TokioExecutor, TokioIo};
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let stream = tokio::net::TcpStream::connect(("127.0.0.1", port))
            .await
            .unwrap();
        let (mut sender, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
                .await
                .unwrap();
        tokio::spawn(connection);
        let request = http::Request::get(format!("http://localhost:{port}/robots.txt"))
            .header("x-big", "a".repeat(kib * 1024))
            .body(http_body_util::Empty::<bytes::Bytes>::new())
            .unwrap();
        sender
            .send_request(request)
            .await
            .unwrap()
            .status()
            .as_u16()
    })
}

/// Certificates in headers take up to 40 KiB.
#[test]
fn headers_of_40_kib_pass_and_those_over_64_get_a_logged_431() {
    let home = Home::new();
    let server = start(&home, "");
    let header = |kib: usize| format!("X-Big: {}\r\n", "a".repeat(kib * 1024));
    assert!(
        server
            .get("/robots.txt", &header(40))
            .starts_with("HTTP/1.1 200")
    );
    assert!(
        server
            .get("/robots.txt", &header(70))
            .starts_with("HTTP/1.1 431")
    );
    // What is far too long, and what is too many, is not even read to its end, and the answer arrives all the same.
    assert!(
        server
            .get("/robots.txt", &header(2000))
            .starts_with("HTTP/1.1 431")
    );
    assert!(
        server
            .get("/robots.txt", &"X-Small: a\r\n".repeat(200))
            .starts_with("HTTP/1.1 431")
    );
    assert_eq!(http2_status(server.port(), 40), 200);
    assert_eq!(http2_status(server.port(), 70), 431);
    let (_, log) = server.stop("-TERM");
    // One line a second of each kind; the others are counted in the next.
    for kind in [
        "headers over 64 KiB",
        "headers that are far too long or too many",
    ] {
        let line = format!("{kind}: answered with 431");
        assert!(log.contains(&line), "{line}: {log}");
    }
    assert!(
        log.contains("peer=127.0.0.1 bytes=") && !log.contains("aaaa"),
        "{log}"
    );
}

#[test]
fn forms_of_two_megabytes_are_too_large() {
    let home = Home::new();
    let server = start(&home, "");
    let mut request = b"POST /nope HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n".to_vec();
    request.resize(request.len() + 2_000_000, b'a');
    let answer = server.send(&request);
    assert!(
        answer.starts_with("HTTP/1.1 413") && answer.contains("HTTP 413 Request Entity Too Large"),
        "{answer}"
    );
}

#[test]
fn a80_files_of_pages_are_kept_for_ever_under_their_version_alone() {
    let home = Home::new();
    let server = start(&home, "");
    let page = server.get("/nope", "Accept: text/html\r\n");
    let path = page
        .split("href=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let path = path
        .strip_prefix(&format!("http://localhost:{}", server.port()))
        .unwrap()
        .to_owned();
    let answer = server.get(&path, "");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(
        answer.contains("cache-control: public, max-age=2592000, immutable\r\n"),
        "{answer}"
    );
    let tag = answer
        .split("etag: ")
        .nth(1)
        .unwrap()
        .split("\r\n")
        .next()
        .unwrap();
    let answer = server.get(&path, &format!("If-None-Match: {tag}\r\n"));
    assert!(
        answer.starts_with("HTTP/1.1 304") && answer.ends_with("\r\n\r\n"),
        "{answer}"
    );
    let version = path.split('/').nth(2).unwrap();
    assert!(
        server
            .get(&path.replace(version, "0123456789"), "")
            .starts_with("HTTP/1.1 404")
    );
}

#[test]
fn tls_of_our_own_in_both_versions_of_http_and_management_beside_it() {
    let home = Home::new();
    assert_eq!(home.run("pki dev pki", &[]).code, 0);
    let line = "start --hostname=localhost --http-host=127.0.0.1 --https-port=0 --https-certificate-file=pki/server.pem --https-certificate-key-file=pki/server.key \
        --db=sqlite --health-enabled=true --metrics-enabled=true --http-management-port=0 --http-management-scheme=http --shutdown-delay=0s";
    let server = home.start(line, &[]);
    let schemes: Vec<&str> = server
        .addresses
        .iter()
        .map(|(scheme, _)| scheme.as_str())
        .collect();
    assert_eq!(schemes, ["https", "http"]);
    let (main, management) = (server.port(), server.addresses[1].1);
    let url = format!("https://localhost:{main}/");
    let ca = home.path("pki/ca-bundle.pem");
    for (options, expected) in [
        (&["--http1.1"][..], "302 1.1"),
        (&["--http2"], "302 2"),
        (&["--tls-max", "1.2"], "302 2"),
    ] {
        let curl = Command::new("curl")
            .args([
                "-s",
                "-o",
                "/dev/null",
                "-w",
                "%{http_code} %{http_version}",
                "--cacert",
            ])
            .arg(&ca)
            .args(options)
            .arg(&url)
            .output()
            .unwrap();
        assert_eq!(
            String::from_utf8_lossy(&curl.stdout),
            expected,
            "{options:?}"
        );
    }
    for path in [
        "/health",
        "/health/ready",
        "/health/live",
        "/health/started",
    ] {
        let answer = get(management, path, "");
        assert!(
            answer.starts_with("HTTP/1.1 200") && answer.contains("\"status\": \"UP\""),
            "{answer}"
        );
    }
    assert!(
        get(management, "/health/ready", "")
            .contains("Keycloak database connections async health check")
    );
    let metrics = get(management, "/metrics", "");
    for expected in [
        "http_server_requests_seconds_count{method=\"GET\",outcome=\"REDIRECTION\",status=\"302\"} 3\n",
        "postern_removed_certificate_headers_total{format=\"nginx\",reason=\"untrusted_peer\"} 0\n",
        "postern_build_info{version=\"",
        "process_start_time_seconds ",
    ] {
        assert!(metrics.contains(expected), "{expected}\n{metrics}");
    }
    let curl = Command::new("curl")
        .args(["-s", "--cacert"])
        .arg(&ca)
        .arg(format!("{url}health"))
        .output()
        .unwrap();
    assert!(
        !String::from_utf8_lossy(&curl.stdout).contains("UP"),
        "health is for management alone"
    );
    assert_eq!(server.stop("-TERM").0, Some(0));
}

/// Readiness goes first; a request that is running is answered; then it ends.
#[test]
fn a86_a_signal_to_stop_lets_running_requests_finish() {
    let home = Home::new();
    let server = home.start("start-dev --db=dev-mem --http-port=0 --health-enabled=true --http-management-port=0 --shutdown-delay=1s", &[]);
    let (main, management) = (server.port(), server.addresses[1].1);
    let mut waiting = std::net::TcpStream::connect(("127.0.0.1", main)).unwrap();
    use std::io::{Read as _, Write as _};
    write!(waiting, "GET /robots.txt HTTP/1.1\r\nHost: localhost\r\n").unwrap();
    let stopping = std::thread::spawn(move || server.stop("-TERM"));
    let down = (0..1000).any(|_| get(management, "/health/ready", "").starts_with("HTTP/1.1 503"));
    assert!(down, "readiness did not go down");
    // New connections are still taken, since proxies notice late.
    assert!(get(main, "/robots.txt", "").starts_with("HTTP/1.1 200"));
    write!(waiting, "Connection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    waiting.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let (code, log) = stopping.join().unwrap();
    assert!(code == Some(0) && !log.contains("cut off"), "{log}");
}

/// Rows A14, A34: whoever has no certificate leaves no warning, and whoever forges headers leaves one a minute and a count.
#[test]
fn a14_a34_plain_requests_warn_of_nothing_and_forged_headers_once() {
    let home = Home::new();
    let server = start(
        &home,
        "--spi-x509cert-lookup--provider=nginx --proxy-trusted-addresses=10.0.0.1 --metrics-enabled=true --http-management-port=0",
    );
    let management = server.addresses[1].1;
    for _ in 0..50 {
        assert!(server.get("/robots.txt", "").starts_with("HTTP/1.1 200"));
    }
    let forged = "ssl-client-cert: forged-value\r\nssl-client-verify: SUCCESS\r\n";
    for _ in 0..5 {
        assert!(
            server
                .get("/robots.txt", forged)
                .starts_with("HTTP/1.1 200")
        );
    }
    let metrics = get(management, "/metrics", "");
    let count =
        "postern_removed_certificate_headers_total{format=\"nginx\",reason=\"untrusted_peer\"} 5\n";
    assert!(metrics.contains(count), "{metrics}");
    let (_, log) = server.stop("-TERM");
    let removed = "a certificate header was removed";
    let told: Vec<&str> = log.lines().filter(|line| line.contains(removed)).collect();
    assert_eq!(told.len(), 1, "{log}");
    assert!(
        told[0].contains("client_cert_header_untrusted")
            && told[0].contains("peer=127.0.0.1")
            && !log.contains("forged-value"),
        "{log}"
    );
    assert!(!log.contains("\"\" is empty"), "{log}");
    let serving = log.split("Where things are").nth(1).unwrap_or_default();
    assert_eq!(serving.matches(" WARN ").count(), 1, "{log}");
}
