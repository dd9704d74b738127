//! What follows from our own address and the client's: whether cookies are secure, and whether a realm asks for HTTPS. Row by row as a real
//! Keycloak answered, where the addresses are those of Keycloak; the edge's own test says of each other row why they are not.

use axum::body::Body;
use edge::{
    Arrival, Channel, EdgeConfig, Hostname, HostnameOptions, Peer, ProxyHeaders, RelativePath,
    TlsClient, Trusted,
};
use http::Request;
use serde_json::{Value, json};
use std::net::{IpAddr, SocketAddr};
use support::idp::{Idp, usual_realm};

/// A node as a configuration of the record has it.
struct Node {
    idp: Idp,
    hostname: Hostname,
    is_tls: bool,
}

impl Node {
    fn of(first: &Idp, config: &Value) -> Self {
        let name = config["config"].as_str().unwrap();
        let option = |key: &str| {
            let mut options = config["options"].as_array().unwrap().iter();
            let key = format!("--{key}=");
            options.find_map(|option| option.as_str().unwrap().strip_prefix(&key))
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
        Self {
            idp: first.beside(hostname.clone(), edge),
            hostname,
            is_tls: name.starts_with("https listener"),
        }
    }

    fn peer(&self, row: &Value) -> Peer {
        let from = row["peer"].as_str().unwrap_or("127.0.0.1");
        Peer {
            address: SocketAddr::new(from.parse().unwrap(), 40000).into(),
            announced: None,
            local_port: if self.is_tls { 8301 } else { 8300 },
            channel: if self.is_tls {
                Channel::Tls(TlsClient::Anonymous)
            } else {
                Channel::Plain
            },
        }
    }

    /// A request with the headers of a row. The program's door has taken the relative path off.
    fn request(&self, row: &Value, method: &str, path: &str, body: &'static str) -> Request<Body> {
        let mut request = Request::builder().method(method).uri(path);
        let headers = row["headers"].as_array().unwrap();
        let is_host = |pair: &Value| pair[0].as_str().unwrap().eq_ignore_ascii_case("host");
        if !headers.iter().any(is_host) {
            let port = if self.is_tls { 8301 } else { 8300 };
            request = request.header("host", format!("localhost:{port}"));
        }
        for pair in headers {
            let value = pair[1].as_str().unwrap();
            request = request.header(pair[0].as_str().unwrap(), value.as_bytes());
        }
        if !body.is_empty() {
            request = request.header("content-type", "application/x-www-form-urlencoded");
        }
        request.body(Body::from(body)).unwrap()
    }

    /// Whether both addresses are as recorded, so that what follows from them can be compared: the request's own, our public one and the client's then.
    fn same_addresses(&self, row: &Value) -> Option<(String, String, IpAddr)> {
        let request = self.request(row, "GET", "/realms/none", "");
        let request = self.idp.edge.admit(&self.peer(row), request).ok()?;
        let arrival = Arrival::of(&request).unwrap();
        let base = self.hostname.frontend_base(&arrival, None);
        let client = row["ip"][1].as_str().and_then(|text| text.parse().ok());
        let client = client.map(|client: IpAddr| client.to_canonical());
        let is_same = row["issuer"] == format!("{base}/realms/edge")
            && client == Some(arrival.client_address());
        is_same.then(|| (arrival.origin(), base, arrival.client_address()))
    }
}

/// Whether an address of the record is of this machine or a private network.
fn is_own(client: IpAddr) -> bool {
    match client {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

fn realm(name: &str, ssl_required: &str) -> Value {
    let mut realm = usual_realm();
    realm["realm"] = json!(name);
    realm["sslRequired"] = json!(ssl_required);
    for kind in ["users", "clients"] {
        realm[kind] = json!([]);
    }
    realm["clients"] = json!([{
        "clientId": "app", "publicClient": true, "redirectUris": ["http://localhost/*"]
    }]);
    realm
}

#[tokio::test]
async fn a67_a69_cookies_and_the_demand_for_https_follow_as_keycloak_has_it() {
    const AUTHORIZE: &str = "/realms/edge/protocol/openid-connect/auth?client_id=app&response_type=code&scope=openid&redirect_uri=http%3A%2F%2Flocalhost%2Fcb";
    let record = include_str!("../../crates/edge/tests/data/matrix.json");
    let record: Value = serde_json::from_str(record).unwrap();
    let first = Idp::launch(realm("edge", "none"))
        .and(realm("external", "external"))
        .and(realm("all", "all"))
        .start()
        .await;
    let (mut compared, mut apart, mut unlike) = (0, 0, Vec::new());
    for config in record["configs"].as_array().unwrap() {
        let node = Node::of(&first, config);
        let rows = record["rows"].as_array().unwrap().iter();
        for row in rows.filter(|row| row["c"] == config["config"]) {
            let Some((origin, base, client)) = node.same_addresses(row) else {
                continue;
            };
            let peer = node.peer(row);
            let at = format!("{} / {}", row["c"], row["r"]);
            if let Some(secure) = row["secure"].as_bool() {
                let request = node.request(row, "GET", AUTHORIZE, "");
                let page = node.idp.send_as(&peer, request).await.unwrap();
                let cookies = page.headers.get_all("set-cookie").iter();
                let mut cookies = cookies.map(|line| line.to_str().unwrap());
                let cookie = cookies.find(|line| line.starts_with("AUTH_SESSION_ID="));
                let cookie = cookie.unwrap_or_else(|| panic!("{at}: {}", page.text));
                // Keycloak goes by the address of the request, we by the one that browsers see: our public one.
                assert_eq!(secure, edge::is_secure_context(&origin), "{at}");
                let ours = edge::is_secure_context(&base);
                let expected = if ours { "None" } else { "Lax" };
                let is_like = cookie.contains(";Secure") == ours
                    && cookie.contains(&format!(";SameSite={expected}"));
                if !is_like {
                    unlike.push(format!("{at}: {cookie}"));
                }
                apart += usize::from(secure != ours);
                compared += 1;
            }
            let Some(refused) = row["refused"].as_array() else {
                continue;
            };
            for name in ["external", "all"] {
                let token = format!("/realms/{name}/protocol/openid-connect/token");
                let request = node.request(row, "POST", &token, "grant_type=password");
                let answer = node.idp.send_as(&peer, request).await.unwrap();
                // Keycloak lets everything in where our public address is https; we go by how the request came.
                let theirs = refused.contains(&json!(name));
                let switched_off = base.starts_with("https:") && origin.starts_with("http:");
                assert!(!(switched_off && theirs), "{at}");
                let ours = theirs || (switched_off && (name == "all" || !is_own(client)));
                apart += usize::from(theirs != ours);
                if ours != (answer.status == 403) {
                    unlike.push(format!("{at}: sslRequired={name}: {}", answer.status));
                }
                compared += 1;
            }
        }
    }
    assert!(unlike.is_empty(), "{}", unlike.join("\n"));
    assert!(compared > 1200, "{compared}");
    assert!(apart > 0 && apart < 300, "{apart}");
}
