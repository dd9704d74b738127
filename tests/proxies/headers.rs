//! Certificates and addresses in headers as real proxies write them, in settings other than the shipped ones.

use serde_json::Value;
use std::path::Path;
use support::curl::Answer;
use support::folder::Folder;
use support::person::{CALLBACK, Person};
use support::pki;
use support::ports;
use support::postern::demo_realm;
use support::proxy::{Kind, Proxy, one_file_of_two};
use support::site::Site;
use support::twelve::{self, Twelve};

/// Where people come from, as far as a proxy sees.
const FROM: &str = "127.0.0.5";

fn realm() -> Value {
    let mut realm = demo_realm();
    realm["eventsEnabled"] = true.into();
    realm
}

/// Another proxy in front of the same Postern: the shipped configuration, changed.
fn changed(site: &Site, kind: Kind, changes: &[(&str, &str)]) -> Proxy {
    one_file_of_two(&site.pki);
    let port = ports::free();
    let mut text = kind.configuration(&site.pki, port, site.postern.port());
    for (from, to) in changes {
        assert!(text.contains(from), "{kind:?} has no {from:?}");
        text = text.replace(from, to);
    }
    kind.start(&site.folder, port, &text)
}

fn by(proxy: &Proxy, site: &Site, ca: &Path) -> Person {
    let cookies = site.folder.at(&format!("cookies-{}", proxy.port()));
    Person::new(&proxy.base(), ca, &cookies)
}

fn is_in(answer: &Answer, case: &str) {
    assert_eq!(answer.status, 200, "{case}: {answer:?}");
}

#[test]
fn a25_folded_by_nginx_it_is_told_what_to_send_or_read_when_that_is_said() {
    let folded = [("$ssl_client_escaped_cert", "$ssl_client_cert")];
    for (encoded, code) in [("true", Some("EDGE-CERT-UNREADABLE")), ("false", None)] {
        let folder = Folder::new("folded");
        let pki = pki::dev(&folder);
        let site = Site::with(folder, pki, &realm(), |launch| {
            launch.option("spi-x509cert-lookup--nginx--cert-is-url-encoded", encoded)
        });
        let nginx = changed(&site, Kind::Nginx, &folded);
        let alice = site.person("alice");
        let answer = by(&nginx, &site, &site.ca).with(&alice).direct_grant();
        let Some(code) = code else {
            is_in(&answer, "folded, and said to be");
            continue;
        };
        let event = site.because(&answer, "folded", code);
        let attempt = event["details"]["attempt"].as_str().unwrap();
        let trace = site.postern.admin(&format!("demo/attempts/{attempt}"));
        let told = trace.to_string();
        assert!(told.contains("$ssl_client_escaped_cert"), "{told}");
    }
}

#[test]
fn a24_over_http_2_to_postern_names_in_lower_case_are_the_same() {
    let folder = Folder::new("h2");
    let pki = pki::dev(&folder);
    let site = Site::behind(Some(Kind::Haproxy), folder, pki, &realm(), |launch| launch);
    let port = site.postern.port();
    let line = format!("server postern 127.0.0.1:{port}");
    let haproxy = changed(
        &site,
        Kind::Haproxy,
        &[(&line, &format!("{line} proto h2"))],
    );
    let alice = site.person("alice");
    let person = by(&haproxy, &site, &site.ca).with(&alice);
    for _ in 0..3 {
        is_in(&person.direct_grant(), "HTTP/2");
    }
}

#[test]
fn a28_a29_chains_come_along_or_are_in_the_truststore() {
    // With the root alone in the truststore, what the client sends along has to reach Postern: HAProxy and httpd can, nginx and Caddy can't.
    for (kind, sends) in [
        (Some(Kind::Haproxy), true),
        (Some(Kind::Apache), true),
        (None, true),
        (Some(Kind::Nginx), false),
        (Some(Kind::Caddy), false),
    ] {
        let folder = Folder::new("chains");
        let twelve = Twelve::make(&folder);
        let root = twelve.folder.join("root.pem");
        let site = Site::behind(
            kind,
            folder,
            twelve.folder.clone(),
            &twelve::realm(),
            |launch| launch.option("truststore-paths", root.to_str().unwrap()),
        );
        let person = |case: &str| {
            let cookies = site.folder.at("cookies");
            Person::new(&site.base(), &twelve.server_root(), &cookies).with(&twelve.identity(case))
        };
        is_in(&person("ec").direct_grant(), &format!("{kind:?}"));
        for case in ["chain-two", "chain-four"] {
            let answer = person(case).direct_grant();
            if sends {
                is_in(&answer, &format!("{kind:?} {case}"));
                continue;
            }
            let event = site.because(&answer, case, "CERT-NO-PATH");
            let attempt = event["details"]["attempt"].as_str().unwrap();
            let trace = site.postern.admin(&format!("demo/attempts/{attempt}"));
            let missing = match case {
                "chain-two" => "Proving Intermediate 1",
                _ => "Proving Intermediate 3",
            };
            assert!(trace.to_string().contains(missing), "{kind:?} {trace}");
        }
    }
}

#[test]
fn a36_a_chain_longer_than_is_allowed_is_refused() {
    for (kind, lookup) in [(Kind::Haproxy, "haproxy"), (Kind::Apache, "apache")] {
        let folder = Folder::new("length");
        let twelve = Twelve::make(&folder);
        let key = format!("spi-x509cert-lookup--{lookup}--certificate-chain-length");
        let site = Site::behind(
            Some(kind),
            folder,
            twelve.folder.clone(),
            &twelve::realm(),
            |launch| launch.option(&key, "1"),
        );
        let ask = |case: &str| {
            let cookies = site.folder.at("cookies");
            Person::new(&site.base(), &twelve.server_root(), &cookies)
                .with(&twelve.identity(case))
                .direct_grant()
        };
        is_in(&ask("ec"), "none besides");
        is_in(&ask("chain-two"), "one besides");
        site.because(&ask("chain-three"), lookup, "EDGE-CERT-CHAIN-TOO-LONG");
    }
}

#[test]
fn a32_nginx_that_demands_refuses_before_postern_hears_of_it() {
    let site = Site::start(&realm());
    let on = changed(
        &site,
        Kind::Nginx,
        &[("ssl_verify_client optional;", "ssl_verify_client on;")],
    );
    let person = by(&on, &site, &site.ca);
    let refused = person.begin();
    assert_eq!(refused.status, 400, "{refused:?}");
    assert!(
        refused
            .body
            .contains("No required SSL certificate was sent")
    );
    let alice = site.person("alice");
    is_in(&person.with(&alice).direct_grant(), "with one");
    // As shipped, who has none gets the page with name and password.
    let somebody = site.somebody();
    let page = somebody.login_page();
    let done = somebody.submit(&page, "alice", "alice");
    assert!(
        done.header("location")
            .unwrap_or_default()
            .starts_with(CALLBACK)
    );
}

#[test]
fn a26_names_that_people_made_up_are_nobodys_identity() {
    let site = Site::start(&realm());
    let made_up = [
        ("proxy-ssl-client-subject-dn", "CN=bob"),
        ("proxy-ssl-client-issuer-dn", "CN=Postern development root"),
        ("proxy-ssl-client-verify", "SUCCESS"),
        ("ssl-client-subject-dn", "CN=bob"),
    ];
    let alice = site.person("alice");
    for (name, value) in made_up {
        // From the proxy itself, as a configuration snippet sets them.
        let setting = format!("proxy_set_header {name} \"{value}\";\n proxy_set_header Host ");
        let changes = [("proxy_set_header Host ", setting.as_str())];
        let emptied = format!("proxy_set_header {name} \"\";");
        let mut changes = changes.to_vec();
        if name == "ssl-client-subject-dn" {
            changes.push((&emptied, ""));
            changes.reverse();
        }
        let nginx = changed(&site, Kind::Nginx, &changes);
        let nobody = by(&nginx, &site, &site.ca);
        site.because(&nobody.direct_grant(), name, "EDGE-CERT-HEADER-ABSENT");
        let person = nobody.with(&alice);
        is_in(&person.direct_grant(), name);
        let login = site.postern.admin("demo/events?type=LOGIN&max=1");
        assert_eq!(
            login[0]["details"]["username"], "alice@example.com",
            "{login}"
        );
    }
}

#[test]
fn a69_the_address_is_the_last_that_no_proxy_of_ours_has() {
    let folder = Folder::new("hops");
    let pki = pki::dev(&folder);
    let site = Site::with(folder, pki, &realm(), |launch| {
        launch.option("proxy-trusted-addresses", "127.0.0.1,127.0.0.3")
    });
    // The inner one appends, as many guides have it; the outer one lets pass what clients say, and appends as well.
    let inner = ports::free();
    let conf = format!(
        "pid nginx.pid; error_log stderr warn; events {{}}
         http {{ access_log off; client_body_temp_path a; proxy_temp_path b; fastcgi_temp_path c; uwsgi_temp_path d; scgi_temp_path e;
           server {{ listen 127.0.0.1:{inner}; location / {{ proxy_pass http://127.0.0.1:{};
             proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; }} }} }}",
        site.postern.port()
    );
    let _inner = Kind::Nginx.start(&site.folder, inner, &conf);
    let postern = format!("127.0.0.1:{}", site.postern.port());
    let outer = changed(
        &site,
        Kind::Haproxy,
        &[
            (&postern, &format!("127.0.0.1:{inner} source 127.0.0.3")),
            ("    http-request del-header X-Forwarded- -m beg\n", ""),
            (
                "    http-request set-header X-Forwarded-For %[src]\n",
                "    option forwardfor\n",
            ),
        ],
    );
    let person = by(&outer, &site, &site.ca).arguments(&[
        "--interface",
        FROM,
        "--header",
        "X-Forwarded-For: 192.0.2.7, 198.51.100.9",
    ]);
    let page = person.login_page();
    let done = person.submit(&page, "alice", "alice");
    let (_, claims) = person.redeem(&done);
    assert_eq!(claims["preferred_username"], "alice");
    let login = site.postern.admin("demo/events?type=LOGIN&max=1");
    assert_eq!(login[0]["ipAddress"], FROM, "{login}");
}

#[test]
fn a66_forwarded_as_haproxy_writes_it() {
    let folder = Folder::new("forwarded");
    let pki = pki::dev(&folder);
    let site = Site::behind(Some(Kind::Haproxy), folder, pki, &realm(), |launch| {
        launch.option("proxy-headers", "forwarded")
    });
    let haproxy = changed(
        &site,
        Kind::Haproxy,
        &[
            (
                "    http-request set-header X-Forwarded-Host %[req.hdr(Host)]\n",
                "",
            ),
            (
                "    http-request set-header X-Forwarded-For %[src]\n",
                "    http-request set-header Forwarded for=%[src];proto=https;host=\\\"%[req.hdr(Host)]\\\"\n",
            ),
        ],
    );
    let person = by(&haproxy, &site, &site.ca)
        .with(&site.person("alice"))
        .arguments(&["--interface", FROM]);
    let discovery = format!(
        "{}/realms/demo/.well-known/openid-configuration",
        haproxy.base()
    );
    let issuer = person.curl().get(&discovery).json()["issuer"].clone();
    assert_eq!(issuer, format!("{}/realms/demo", haproxy.base()));
    is_in(&person.direct_grant(), "forwarded");
    let login = site.postern.admin("demo/events?type=LOGIN&max=1");
    assert_eq!(login[0]["ipAddress"], FROM, "{login}");
}

#[test]
fn a81_a_proxy_on_the_same_machine_comes_by_a_socket() {
    let folder = Folder::new("socket");
    let pki = pki::dev(&folder);
    let socket = folder.at("postern.sock").to_str().unwrap().to_owned();
    let site = Site::with(folder, pki, &realm(), |launch| {
        // nginx's workers are somebody else when it is started as root.
        launch
            .option("http-unix-socket", &socket)
            .option("http-unix-socket-mode", "0666")
            .option("proxy-trusted-addresses", "192.0.2.1")
    });
    let port = format!("127.0.0.1:{}", site.postern.port());
    let nginx = changed(&site, Kind::Nginx, &[(&port, &format!("unix:{socket}"))]);
    let alice = site.person("alice");
    let person = by(&nginx, &site, &site.ca)
        .with(&alice)
        .arguments(&["--interface", FROM]);
    is_in(&person.direct_grant(), "by the socket");
    let login = site.postern.admin("demo/events?type=LOGIN&max=1");
    assert_eq!(login[0]["ipAddress"], FROM, "{login}");
    // By the port the same nginx is nobody.
    let answer = site.direct_grant(Some(&alice));
    site.because(&answer, "by the port", "EDGE-CERT-PEER-NOT-TRUSTED");
}
