//! Our own addresses and the client's, against the record of a real Keycloak: every row of it, each difference with its reason.
#![allow(clippy::unwrap_used, missing_docs)]

use edge::{
    Arrival, Channel, EdgeConfig, Hostname, HostnameOptions, Peer, ProxyHeaders, RelativePath,
    TlsClient, Trusted,
};
use http::Request;
use serde_json::Value;
use std::net::{IpAddr, SocketAddr};

/// What is compared of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    /// The issuer, and with it the redirect to the administration and the path of cookies.
    Address,
    /// The token endpoint's address where it differs from the issuer's.
    Backend,
    /// The client's address.
    Client,
}
use What::{Address, Client};

/// Where we answer otherwise, by the name of the row: all of it is on purpose.
const OTHERWISE: &[(&str, &[What], &[&str])] = &[
    (
        "what is no host, port, scheme or path is refused or says nothing, and is never repeated into a link",
        &[Address, Client],
        &[
            "Host with empty port",
            "Host empty",
            "Host twice",
            "Host with port out of range",
            "Host with port text",
            "Host with userinfo",
            "Host with path",
            "Host with quote and markup",
            "Host non-ASCII",
            "Proto HTTPS in capitals",
            "Proto empty",
            "Proto wss",
            "Proto javascript",
            "Proto garbage",
            "Host leading comma",
            "Host IPv6 without brackets",
            "Host quoted",
            "Host with scheme",
            "Host with blank inside",
            "Host with markup",
            "Host with query",
            "Host with fragment",
            "Host with bad port",
            "Host with port 0",
            "Host with port 70000",
            "Port 0",
            "Prefix list",
            "Prefix dots",
            "Prefix double slash (other host)",
            "Prefix URL",
            "Prefix markup",
            "Prefix query",
            "Prefix encoded slash",
            "proto in capitals",
            "proto ftp",
            "host with path",
            "host with userinfo",
            "host with markup",
            "host bad port",
            "host port 70000",
            "host list in quotes",
        ],
    ),
    (
        "a client's address is an address: what is none, or is written otherwise than addresses are, is not repeated",
        &[Client],
        &[
            "For v6 bracketed",
            "For v6 bracketed and port",
            "For v6 quoted",
            "For v6 zone",
            "For unknown",
            "For host name",
            "For localhost",
            "For garbage",
            "For with quote",
            "For 999",
            "For short v4",
            "For decimal v4",
            "For port garbage",
            "for v6 quoted",
            "for v6 quoted and port",
            "for v6 unquoted",
            "for v6 obfuscated port",
            "for unknown",
            "for obfuscated",
            "for hidden with port",
            "for host name",
            "for escaped quote",
            "v4-mapped",
        ],
    ),
    (
        "an empty entry is nobody's address, and no error 500",
        &[Address, Client],
        &["For leading comma", "For empty"],
    ),
    (
        "of a list the entry counts that the outermost trusted proxy wrote, not what the client put before it",
        &[Address, Client],
        &[
            "Proto list https,http",
            "Proto list http, https",
            "Proto twice https then http",
            "Port list",
            "Host list",
            "Host list without blank",
            "For list",
            "For list, first local",
            "For list without blank",
            "For twice",
            "two elements",
            "two elements, for only then rest",
            "two elements without blank",
            "two lines",
            "two lines, first without host",
        ],
    ),
    (
        "names of parameters are whole names, and values are no places to look for parameters",
        &[Address, Client],
        &["text before parameter", "xhost, no host", "name in value"],
    ),
    (
        "a line of Forwarded that follows no grammar is refused",
        &[Address, Client],
        &[
            "blanks around equals",
            "parameter twice",
            "garbage",
            "unclosed quote",
        ],
    ),
    (
        "the record holds the beginning of the header alone",
        &[Address, Client],
        &["long list", "For 200 entries"],
    ),
    (
        "::1 in the list of trusted addresses is the peer ::1",
        &[Address, Client],
        &["xforwarded, listener on ::, trusted ::1 / X all"],
    ),
];

struct Outcome {
    issuer: String,
    token: String,
    root: String,
    cookie: String,
    client: String,
}

fn ours(config: &Value, row: &Value) -> Option<Outcome> {
    let name = config["config"].as_str().unwrap();
    let option = |key: &str| {
        let mut options = config["options"].as_array().unwrap().iter();
        options.find_map(|option| option.as_str().unwrap().strip_prefix(&format!("--{key}=")))
    };
    let hostname = Hostname::from_options(&HostnameOptions {
        hostname: option("hostname"),
        admin: option("hostname-admin"),
        strict: option("hostname-strict") != Some("false"),
        backchannel_dynamic: option("hostname-backchannel-dynamic") == Some("true"),
    })
    .unwrap();
    let family = match option("proxy-headers") {
        Some("xforwarded") => ProxyHeaders::XForwarded,
        Some("forwarded") => ProxyHeaders::Forwarded,
        _ => ProxyHeaders::Ignored,
    };
    let trusted = option("proxy-trusted-addresses")
        .map_or_else(Trusted::loopback, |list| Trusted::from_list(list).unwrap());
    let path = RelativePath::read(option("http-relative-path").unwrap_or("/")).unwrap();
    let edge = EdgeConfig::new(family, trusted, None).below(&path);
    let is_tls = name.starts_with("https listener");
    let local_port = if is_tls { 8301 } else { 8300 };
    let from = row["peer"].as_str().unwrap_or("127.0.0.1");
    let peer = Peer {
        address: SocketAddr::new(from.parse().unwrap(), 40000).into(),
        announced: None,
        local_port,
        channel: if is_tls {
            Channel::Tls(TlsClient::Anonymous)
        } else {
            Channel::Plain
        },
    };
    let mut request = Request::builder().uri(format!("{}/realms/edge", path.as_prefix()));
    let headers = row["headers"].as_array().unwrap();
    let is_host = |pair: &Value| pair[0].as_str().unwrap().eq_ignore_ascii_case("host");
    if !headers.iter().any(is_host) {
        request = request.header("host", format!("localhost:{local_port}"));
    }
    for pair in headers {
        let value = pair[1].as_str().unwrap();
        request = request.header(pair[0].as_str().unwrap(), value.as_bytes());
    }
    let request = edge.admit(&peer, request.body(()).unwrap()).ok()?;
    let arrival = Arrival::of(&request).unwrap();
    let frontend = hostname.frontend_base(&arrival, None);
    let behind = frontend.split_once("://").unwrap().1;
    let path = behind.find('/').map_or("", |at| &behind[at..]);
    Some(Outcome {
        cookie: format!("{path}/realms/edge/"),
        issuer: format!("{frontend}/realms/edge"),
        token: format!("{}/realms/edge", hostname.backend_base(&arrival, None)),
        root: format!("{}/admin/", hostname.admin_base(&arrival, None)),
        client: arrival.client_address().to_string(),
    })
}

#[test]
fn a67_a73_addresses_are_those_that_keycloak_makes() {
    let record: Value = serde_json::from_str(include_str!("data/matrix.json")).unwrap();
    let configs = record["configs"].as_array().unwrap();
    let rows = record["rows"].as_array().unwrap();
    let (mut compared, mut unlike, mut needed) = (0, Vec::new(), std::collections::BTreeSet::new());
    for row in rows {
        let config = configs.iter().find(|it| it["config"] == row["c"]).unwrap();
        let label = row["r"].as_str().unwrap();
        let ours = ours(config, row);
        let theirs = |column: &str| row.get(column).and_then(Value::as_str);
        let mut differs = |what: What, ours: Option<&str>, theirs: Option<&str>| {
            compared += 1;
            if ours == theirs {
                return;
            }
            let exact = format!("{} / {label}", config["config"].as_str().unwrap());
            let reason = OTHERWISE
                .iter()
                .filter(|(_, columns, _)| columns.contains(&what))
                .flat_map(|(.., labels)| labels.iter())
                .find(|name| **name == label || **name == exact);
            match reason {
                Some(name) => _ = needed.insert(*name),
                None => unlike.push(format!(
                    "{} / {label} {}: {what:?}: ours {ours:?}, theirs {theirs:?}",
                    row["c"], row["headers"]
                )),
            }
        };
        let ours = ours.as_ref();
        differs(Address, ours.map(|it| it.issuer.as_str()), theirs("issuer"));
        if let Some(root) = theirs("root") {
            differs(Address, ours.map(|it| it.root.as_str()), Some(root));
        }
        if let Some(cookie) = theirs("cookie") {
            differs(Address, ours.map(|it| it.cookie.as_str()), Some(cookie));
        }
        let token = theirs("token").or(theirs("issuer"));
        if theirs("issuer") == ours.map(|it| it.issuer.as_str()) {
            differs(What::Backend, ours.map(|it| it.token.as_str()), token);
        }
        if let Some(client) = row["ip"].get(1).and_then(Value::as_str) {
            // The same address can be written in several ways.
            let read = client.parse::<IpAddr>().map(|it| it.to_canonical());
            let client = read.map_or(client.to_owned(), |it| it.to_string());
            differs(Client, ours.map(|it| it.client.as_str()), Some(&client));
        }
    }
    assert!(
        unlike.is_empty(),
        "{} unlike:\n{}",
        unlike.len(),
        unlike.join("\n")
    );
    assert_eq!(rows.len(), 761);
    assert!(compared > 3000, "{compared}");
    let named = OTHERWISE.iter().flat_map(|(.., labels)| labels.iter());
    let idle: Vec<&&str> = named.filter(|label| !needed.contains(**label)).collect();
    assert!(idle.is_empty(), "no difference any more: {idle:?}");
}
