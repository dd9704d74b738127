//! Our own addresses, and the ways by which proxies come.

use crate::support::{Home, Running, get};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::process::Command;

const DEV: &str = "start-dev --db=dev-mem --http-port=0";

fn start(home: &Home, options: &str) -> Running {
    home.start(&format!("{DEV} {options}"), &[])
}

/// What comes back until the other end closes, or resets.
fn all(mut stream: impl std::io::Read + std::io::Write, bytes: &[u8]) -> String {
    stream.write_all(bytes).unwrap();
    let mut answer = Vec::new();
    let mut piece = [0; 4096];
    while let Ok(read @ 1..) = stream.read(&mut piece) {
        answer.extend_from_slice(&piece[..read]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}

fn has(answer: &str, parts: &[&str]) {
    for part in parts {
        assert!(answer.contains(part), "{part}\n{answer}");
    }
}

#[test]
fn a72_everything_is_below_the_relative_path() {
    let home = Home::new();
    let server = start(
        &home,
        "--http-relative-path=/auth --proxy-headers=xforwarded --health-enabled=true --http-management-port=0",
    );
    let port = server.port();
    let base = format!("http://localhost:{port}/auth");
    let text_html = "Accept: text/html\r\n";
    for (path, headers, status, part) in [
        ("/", "", 302, "location: /auth\r\n"),
        ("/auth", "", 303, "location: /auth/\r\n"),
        (
            "/",
            "X-Forwarded-Prefix: /id\r\n",
            302,
            "location: /id/auth\r\n",
        ),
        ("/auth/", "", 200, "/auth/realms/master/.well-known/"),
        ("/auth/realms/master/", "", 200, "\"realm\":\"master\""),
        ("/auth/robots.txt", "", 200, "Disallow: /"),
        ("/realms/master", "", 404, "HTTP 404 Not Found"),
        ("/authx/realms/master", "", 404, "HTTP 404 Not Found"),
        ("/robots.txt", text_html, 404, "/auth/resources/"),
        ("/auth/realms//master", "", 400, "missingNormalization"),
        ("/auth/../realms/master", "", 400, "missingNormalization"),
        ("/auth/realms/master;x", "", 400, "invalidCharacter"),
        ("/auth/%2e%2e/realms", text_html, 400, "\"/auth/resources/"),
        (
            "/.well-known/oauth-authorization-server/auth/realms/master",
            "",
            200,
            "/auth/realms/master\"",
        ),
        (
            "/auth/realms/master/.well-known/openid-configuration",
            "X-Forwarded-Prefix: /id\r\n",
            200,
            "/id/auth/realms/master/protocol/openid-connect/token\"",
        ),
    ] {
        let answer = server.get(path, headers);
        let status = format!("HTTP/1.1 {status} ");
        assert!(answer.starts_with(&status), "{path}: {answer}");
        has(&answer, &[part]);
    }
    let page = server.get(
        &format!("/auth/realms/master/protocol/openid-connect/auth?client_id=account&response_type=code&redirect_uri={base}/realms/master/account/"),
        text_html,
    );
    has(
        &page,
        &[
            ";Path=/auth/realms/master/",
            &format!("action=\"{base}/realms/master/login-actions/authenticate?"),
            &format!("href=\"{base}/resources/"),
        ],
    );
    let style = page
        .split("href=\"")
        .find(|rest| rest.contains("style.css"))
        .unwrap();
    let style = style
        .split('"')
        .next()
        .unwrap()
        .strip_prefix(&format!("http://localhost:{port}"));
    has(
        &server.get(style.unwrap(), ""),
        &["HTTP/1.1 200", "text/css", "max-age=2592000", "etag: "],
    );
    let management = server.addresses[1].1;
    for (path, part) in [
        ("/auth/health/ready", "HTTP/1.1 200"),
        ("/auth", "/health/ready"),
        ("/", "location: /auth\r\n"),
        ("/health/ready", "HTTP/1.1 404"),
    ] {
        has(&get(management, path, ""), &[part]);
    }
}

#[test]
fn a72_the_management_listener_can_have_a_path_of_its_own() {
    let home = Home::new();
    let server = start(
        &home,
        "--http-relative-path=/auth --http-management-relative-path=/ --health-enabled=true --http-management-port=0",
    );
    has(
        &get(server.addresses[1].1, "/health/ready", ""),
        &["HTTP/1.1 200"],
    );
    let said = home.run(
        "show-config --profile=dev --http-relative-path=auth --http-management-relative-path=/a//b",
        &[],
    );
    has(
        &said.err,
        &[
            "--http-relative-path: is no path that begins with a slash",
            "--http-management-relative-path: is no path",
            "write --http-relative-path=/auth",
        ],
    );
}

/// Sends a request over HTTP/2 and gives the status.
fn http2(port: u16, path: &str) -> u16 {
    let url = format!("http://localhost:{port}{path}");
    let curl = [
        "-s",
        "-o",
        "/dev/null",
        "-w",
        "%{http_code}",
        "--path-as-is",
        "--http2-prior-knowledge",
    ];
    let output = Command::new("curl").args(curl).arg(url).output().unwrap();
    String::from_utf8(output.stdout).unwrap().parse().unwrap()
}

#[test]
fn paths_that_can_be_read_in_two_ways_are_refused_in_every_form_of_request() {
    let home = Home::new();
    let server = start(&home, "");
    let port = server.port();
    for path in [
        "/realms//master",
        "/realms/../realms/master",
        "/realms/master;x",
        "/realms/%2e/master",
        "/realms%2fmaster",
        "/realms/master%00",
        "/realms%5cmaster",
        "/realms/%",
    ] {
        assert_eq!(http2(port, path), 400, "{path}");
        for target in [path.to_owned(), format!("http://localhost:{port}{path}")] {
            let request = format!(
                "GET {target} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n"
            );
            has(&server.send(request.as_bytes()), &["HTTP/1.1 400"]);
        }
    }
    assert_eq!(http2(port, "/realms/master"), 200);
    let absolute = format!(
        "GET http://localhost:{port}/realms/master HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n"
    );
    has(&server.send(absolute.as_bytes()), &["HTTP/1.1 200"]);
}

#[test]
fn a82_connections_begin_with_a_proxy_preamble_or_are_closed() {
    let home = Home::new();
    let options =
        "--proxy-protocol-enabled=true --proxy-trusted-addresses=127.0.0.1 --hostname-debug=true";
    let server = start(&home, options);
    let connect = || TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    let request = "GET /realms/master/hostname-debug HTTP/1.1\r\nHost: id.example\r\nX-Forwarded-For: 127.0.0.9\r\nX-Forwarded-Host: evil.example\r\nConnection: close\r\n\r\n";
    let two =
        b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xcb\0\x71\x07\x0a\0\0\x01\x12\x34\x01\xbb".to_vec();
    for (preamble, client) in [
        (
            b"PROXY TCP4 203.0.113.7 10.0.0.1 4711 443\r\n".to_vec(),
            "203.0.113.7",
        ),
        (
            b"PROXY TCP6 2001:db8::7 ::1 4711 443\r\n".to_vec(),
            "2001:db8::7",
        ),
        (b"PROXY UNKNOWN\r\n".to_vec(), "127.0.0.1"),
        (two, "203.0.113.7"),
        (b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0".to_vec(), "127.0.0.1"),
    ] {
        let answer = all(connect(), &[preamble, request.as_bytes().to_vec()].concat());
        let told = format!("<td>{client}</td>");
        has(
            &answer,
            &[
                "HTTP/1.1 200",
                &told,
                "http://id.example/",
                "not believed and removed",
            ],
        );
        assert!(!answer.contains("evil.example"), "{answer}");
    }
    for bytes in [
        request.as_bytes(),
        b"PROXY TCP4 x y 1 2\r\n",
        b"\x16\x03\x01\x02\0\x01\0\0\0\0\0\0\0",
    ] {
        assert_eq!(all(connect(), bytes), "");
    }
    let (_, log) = server.stop("-TERM");
    has(
        &log,
        &["EDGE-PREAMBLE", "does not begin with a PROXY preamble"],
    );

    let server = start(
        &home,
        "--proxy-protocol-enabled=true --proxy-trusted-addresses=10.0.0.1",
    );
    let connect = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    assert_eq!(
        all(
            connect,
            b"PROXY UNKNOWN\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"
        ),
        ""
    );
    let (_, log) = server.stop("-TERM");
    has(
        &log,
        &["EDGE-PREAMBLE", "it is not one of proxy-trusted-addresses"],
    );
}

#[test]
fn a71_tls_that_a_proxy_passes_on_comes_behind_the_preamble() {
    let home = Home::new();
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    home.write("server.pem", &params.self_signed(&key).unwrap().pem());
    home.write("server.key", &key.serialize_pem());
    let server = home.start(
        "start-dev --db=dev-mem --http-enabled=false --https-port=0 --https-certificate-file=server.pem --https-certificate-key-file=server.key --proxy-protocol-enabled=true",
        &[],
    );
    let (_, port) = server
        .addresses
        .iter()
        .find(|(scheme, _)| scheme == "https")
        .unwrap();
    let url = format!("https://localhost:{port}/realms/master/.well-known/openid-configuration");
    let curl = |options: &[&str]| {
        let output = Command::new("curl")
            .args(["-sk", "--max-time", "20"])
            .args(options)
            .arg(&url)
            .output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    };
    let issuer = format!("\"issuer\":\"https://localhost:{port}/realms/master\"");
    has(&curl(&["--haproxy-protocol"]), &[&issuer]);
    assert_eq!(curl(&[]), "");
    let (_, log) = server.stop("-TERM");
    has(
        &log,
        &["everybody who can connect may say whose connection it is"],
    );
}

#[test]
fn a81_a_socket_in_the_file_system_can_be_the_only_listener() {
    let home = Home::new();
    let line = "start --db=dev-mem --hostname=https://id.example --http-unix-socket=http.sock --shutdown-delay=0s";
    let server = home.start(line, &[]);
    let path = home.path("http.sock");
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o660);
    let request = b"GET /realms/master HTTP/1.1\r\nHost: backend\r\nConnection: close\r\n\r\n";
    let answer = all(UnixStream::connect(&path).unwrap(), request);
    has(
        &answer,
        &["HTTP/1.1 200", "https://id.example/realms/master/"],
    );
    let second = home.run(line, &[]);
    assert_ne!(second.code, 0);
    has(&second.err, &["http-unix-socket", "http.sock"]);
    let (code, log) = server.stop("-TERM");
    assert_eq!(code, Some(0), "{log}");
    has(&log, &["Listening on: unix:http.sock"]);
    assert!(!path.exists());

    // Killed: the file stays, and the next one takes its place.
    let (_, log) = home.start(line, &[]).stop("-KILL");
    assert!(path.exists(), "{log}");
    let (code, log) = home
        .start(&format!("{line} --http-unix-socket-mode=600"), &[])
        .stop("-TERM");
    assert_eq!(code, Some(0), "{log}");
    home.write("http.sock", "not ours");
    let refused = home.run(line, &[]);
    assert_ne!(refused.code, 0);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "not ours");
    let wrong = home.run(
        "show-config --hostname=a --http-unix-socket=a --http-unix-socket-mode=999",
        &[],
    );
    has(&wrong.err, &["--http-unix-socket-mode: is no octal mode"]);
}

#[test]
fn a73_the_page_of_addresses_is_there_when_it_is_asked_for() {
    let home = Home::new();
    let server = home.start(
        "start --db=dev-mem --http-enabled=true --http-host=127.0.0.1 --http-port=0 --hostname=https://id.example/auth --hostname-admin=https://adm.example --hostname-debug=true --proxy-headers=xforwarded --hostname-backchannel-dynamic=true --shutdown-delay=0s",
        &[],
    );
    let port = server.port();
    let proxied =
        "X-Forwarded-Proto: https\r\nX-Forwarded-Host: id.example\r\nOrigin: https://o.example\r\n";
    let page = server.get("/realms/master/hostname-debug", proxied);
    has(
        &page,
        &[
            "HTTP/1.1 200",
            "content-type: text/html;charset=UTF-8",
            "script-src 'sha256-",
            "<td>https://id.example/auth/</td>",
            "<td>https://adm.example/</td>",
            "data-check=\"https://adm.example/realms/master/hostname-debug/test?frontEnd=true\"",
            "production [start]",
            "<th scope=\"row\">hostname-admin</th><td>https://adm.example</td>",
            "a trusted proxy",
        ],
    );
    let test = "/realms/master/hostname-debug/test";
    for (query, headers, parts) in [
        (
            "?frontEnd=true",
            proxied,
            &[
                "\r\n\r\nOK",
                "access-control-allow-origin: https://o.example",
            ][..],
        ),
        (
            "?frontEnd=true",
            "",
            &[
                "the frontend's address is https://id.example/auth",
                "carries no forwarding header",
            ],
        ),
        (
            "?frontEnd=false",
            "",
            &["\r\n\r\nOK", "content-type: text/plain;charset=UTF-8"],
        ),
        ("", "", &["\r\n\r\nOK"]),
    ] {
        has(&server.get(&format!("{test}{query}"), headers), parts);
    }
    has(
        &server.get("/realms/none/hostname-debug", ""),
        &["HTTP/1.1 404", "{\"error\":\"HTTP 404 Not Found\"}"],
    );
    has(
        &server.get("/", ""),
        &["location: https://adm.example/admin/\r\n"],
    );
    // The frontend is one address, and what applications call themselves may be another.
    let discovery = server.get("/realms/master/.well-known/openid-configuration", "");
    let inside = format!("http://localhost:{port}/realms/master/protocol/openid-connect");
    let outside = "https://id.example/auth/realms/master";
    has(
        &discovery,
        &[
            &format!("\"issuer\":\"{outside}\""),
            &format!("\"authorization_endpoint\":\"{outside}/protocol/openid-connect/auth\""),
            &format!("\"end_session_endpoint\":\"{outside}/"),
            &format!("\"revocation_endpoint\":\"{outside}/"),
            &format!("\"token_endpoint\":\"{inside}/token\""),
            &format!("\"jwks_uri\":\"{inside}/certs\""),
            &format!("\"userinfo_endpoint\":\"{inside}/userinfo\""),
            &format!("\"introspection_endpoint\":\"{inside}/token/introspect\""),
        ],
    );
    let through = server.get("/realms/master/.well-known/openid-configuration", proxied);
    has(&through, &[&format!("\"token_endpoint\":\"{outside}/")]);
    let without = start(&home, "");
    has(
        &without.get("/realms/master/hostname-debug", ""),
        &["HTTP/1.1 404"],
    );
}

#[test]
fn a73_options_of_addresses_are_judged_together_in_keycloaks_words() {
    let home = Home::new();
    for (options, problem) in [
        (
            "",
            "hostname is not configured; either configure hostname, or set hostname-strict to false",
        ),
        (
            "--hostname=id.example:8443",
            "--hostname: Provided hostname is neither a plain hostname nor a valid URL",
        ),
        (
            "--hostname=https://id.example --hostname-admin=adm.example",
            "--hostname-admin: Provided hostname-admin is not a valid URL",
        ),
        (
            "--hostname=id.example --hostname-admin=https://adm.example",
            "--hostname: hostname must be set to a URL when hostname-admin is set",
        ),
        (
            "--hostname-strict=false --hostname-backchannel-dynamic=true",
            "hostname-backchannel-dynamic must be set to false when no hostname is provided",
        ),
        (
            "--hostname=id.example --hostname-backchannel-dynamic=true",
            "hostname-backchannel-dynamic must be set to false if hostname is not provided as full URL",
        ),
        (
            "--hostname=id.example --proxy-headers=xforwarded --proxy-protocol-enabled=true",
            "proxy protocol cannot be enabled when using the proxy-headers option",
        ),
        (
            "--hostname=id.example --proxy-trusted-addresses=10.0.0.1",
            "nothing is read from trusted proxies",
        ),
        (
            "--hostname=id.example --spi-cache-embedded--default--node-name=a;b",
            "is no name that a cookie could hold",
        ),
    ] {
        let said = home.run(
            &format!("show-config --db=sqlite --http-enabled=true {options}"),
            &[],
        );
        assert_eq!(said.code, 2, "{options}");
        has(&said.err, &["one option has to be mended first", problem]);
    }
    for (options, warning) in [
        (
            "--hostname-strict=false",
            Some(
                "`proxy-headers` unset, and `hostname-strict=false`, the server is running in an insecure context.",
            ),
        ),
        (
            "--hostname=id.example",
            Some("and a non-URL `hostname`, the server is running in an insecure context."),
        ),
        (
            "--hostname=http://id.example",
            Some(
                "`hostname` is configured to use HTTP instead of HTTPS, the server is running in an insecure context.",
            ),
        ),
        (
            "--hostname=https://id.example",
            Some("When using an edge proxy, you must use `proxy-headers`."),
        ),
        (
            "--hostname=id.example --hostname-strict=false --proxy-headers=forwarded",
            Some("If hostname is specified, hostname-strict is effectively ignored"),
        ),
        ("--hostname=id.example --proxy-headers=forwarded", None),
        (
            "--hostname=https://id.example --proxy-headers=forwarded",
            None,
        ),
        ("--hostname=localhost", None),
        ("--hostname=http://localhost:8080", None),
    ] {
        let said = home.run(
            &format!("show-config --db=sqlite --http-enabled=true {options}"),
            &[],
        );
        assert_eq!((said.code, said.err.as_str()), (0, ""), "{options}");
        let mut told = said
            .out
            .lines()
            .filter(|line| line.trim().starts_with("# "));
        match warning {
            Some(warning) => has(told.next().unwrap_or_default(), &[warning]),
            None => assert_eq!(told.next(), None, "{options}"),
        }
    }
}

#[test]
fn a18_a77_the_cookie_has_a_route_when_the_node_has_a_name() {
    let home = Home::new();
    let route = |options: &str| {
        let server = start(&home, options);
        let port = server.port();
        let answer = server.get(&format!("/realms/master/protocol/openid-connect/auth?client_id=account&response_type=code&redirect_uri=http://localhost:{port}/realms/master/account/"), "Accept: text/html\r\n");
        let cookie = answer
            .split("AUTH_SESSION_ID=")
            .nth(1)
            .unwrap_or_else(|| panic!("{answer}"));
        let value = cookie.split(';').next().unwrap();
        let route = value.split_once('.').map(|(_, route)| route.to_owned());
        server.says(
            &match &route {
                Some(route) => format!("the cookie AUTH_SESSION_ID has the route {route} (spi-"),
                None => "the cookie AUTH_SESSION_ID has no route".to_owned(),
            },
            1,
        );
        route
    };
    let named = "--spi-cache-embedded--default--node-name=keycloak1";
    assert_eq!(route(named).as_deref(), Some("keycloak1"));
    assert_eq!(route("").as_deref(), None);
    for off in [
        "--spi-sticky-session-encoder--infinispan--should-attach-route=false",
        "--spi-sticky-session-encoder-infinispan-should-attach-route=false",
    ] {
        assert_eq!(route(&format!("{named} {off}")).as_deref(), None);
    }
}
