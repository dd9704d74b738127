//! What clients ask for. Each is one operation, from a client that keeps its connection.

use crate::load::Client;
use crate::server::{ASKING_CLIENT, CLIENT, Server};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use support::http::{Connection, Response, form};
use support::pki::Identity;

/// Names that others look for.
pub(crate) const PASSWORD_GRANT: &str = "password grant";
pub(crate) const CERTIFICATE_GRANT: &str = "certificate grant";
pub(crate) const INTROSPECTION: &str = "introspection";

const REALM: &str = "/realms/demo";
const BACK: &str = "http://localhost/back";

/// An operation.
pub(crate) struct Operation {
    /// Its name in the table.
    pub(crate) name: &'static str,
    /// Makes a client that does it.
    pub(crate) client: Box<dyn Fn() -> Client>,
}

/// All that are measured.
pub(crate) fn all(server: &Server) -> Vec<Operation> {
    let escaped = server.alice.escaped();
    let port = server.postern.port();
    vec![
        operation("client credentials", || {
            token_client(&[("grant_type", "client_credentials")])
        }),
        operation(PASSWORD_GRANT, || token_client(&password())),
        operation(CERTIFICATE_GRANT, move || {
            let escaped = escaped.clone();
            let body = form(&[
                ("grant_type", "password"),
                ("client_id", "cert-cli"),
                ("scope", "openid"),
            ]);
            Box::new(move |connection| {
                let headers = [("ssl-client-cert", escaped.as_str())];
                connection.post(&at("token"), &headers, &body).unwrap().ok();
            })
        }),
        operation("refresh", move || {
            let mut refresh = signed_in(port, "refresh_token");
            Box::new(move |connection| {
                let fields = [
                    ("grant_type", "refresh_token"),
                    ("refresh_token", &*refresh),
                ];
                let tokens = ask(connection, &form(&fields)).json();
                refresh = tokens["refresh_token"].as_str().unwrap().to_owned();
            })
        }),
        operation("userinfo", move || {
            let bearer = format!("Bearer {}", signed_in(port, "access_token"));
            Box::new(move |connection| {
                let headers = [("authorization", bearer.as_str())];
                connection.get(&at("userinfo"), &headers).unwrap().ok();
            })
        }),
        operation(INTROSPECTION, move || {
            let token = form(&[("token", &signed_in(port, "access_token"))]);
            Box::new(move |connection| {
                let answer = post_as(connection, CLIENT, &at("token/introspect"), &token);
                // An inactive token would be answered by less work.
                assert!(
                    answer.body.ends_with(b"\"active\":true}"),
                    "{}",
                    answer.text()
                );
            })
        }),
        operation("discovery", || {
            page(&format!("{REALM}/.well-known/openid-configuration"))
        }),
        operation("JWKS", || page(&at("certs"))),
        operation("login page", || page(&login_page(CLIENT))),
        operation("browser login", || Box::new(sign_in_at_a_browser)),
        by_certificate("certificate login", &server.alice, CLIENT),
        by_certificate("the same, confirmed", &server.alice, ASKING_CLIENT),
    ]
}

fn operation(name: &'static str, client: impl Fn() -> Client + 'static) -> Operation {
    let client = Box::new(client);
    Operation { name, client }
}

fn by_certificate(
    name: &'static str,
    person: &Identity,
    client: (&'static str, &'static str),
) -> Operation {
    let escaped = person.escaped();
    operation(name, move || {
        let escaped = escaped.clone();
        Box::new(move |connection| {
            sign_in_by_certificate(connection, client, ("ssl-client-cert", &escaped));
        })
    })
}

fn at(endpoint: &str) -> String {
    format!("{REALM}/protocol/openid-connect/{endpoint}")
}

fn password() -> [(&'static str, &'static str); 4] {
    [
        ("grant_type", "password"),
        ("username", "alice"),
        ("password", "alice"),
        ("scope", "openid"),
    ]
}

fn login_page(client: (&str, &str)) -> String {
    let query = form(&[
        ("client_id", client.0),
        ("redirect_uri", BACK),
        ("response_type", "code"),
        ("scope", "openid"),
        ("state", "state"),
        ("nonce", "nonce"),
    ]);
    format!("{}?{query}", at("auth"))
}

/// The page, the form with the password, and the code for tokens: three requests, from a browser that comes for the first time.
fn sign_in_at_a_browser(connection: &mut Connection) {
    let page = connection.get(&login_page(CLIENT), &[]).unwrap().ok();
    let fields = form(&[("username", "alice"), ("password", "alice")]);
    let answer = fill_in(connection, &page, &fields, &[]);
    redeem(connection, CLIENT, &answer);
}

/// The same by a certificate that a proxy sends; the person is asked whether it is theirs, or nobody is and there are two requests.
fn sign_in_by_certificate(
    connection: &mut Connection,
    client: (&str, &str),
    certificate: (&str, &str),
) {
    let answer = connection.get(&login_page(client), &[certificate]).unwrap();
    let answer = if client == ASKING_CLIENT {
        fill_in(connection, &answer.ok(), "login=login", &[certificate])
    } else {
        answer
    };
    redeem(connection, client, &answer);
}

/// Sends the form of a page.
fn fill_in(
    connection: &mut Connection,
    page: &Response,
    fields: &str,
    headers: &[(&str, &str)],
) -> Response {
    let cookies: Vec<&str> = page
        .headers
        .iter()
        .filter(|(name, _)| name == "set-cookie")
        .filter_map(|(_, value)| value.split(';').next())
        .collect();
    let html = page.text();
    let (_, action) = html.split_once("action=\"").unwrap();
    let action = action.split('"').next().unwrap();
    let action = action.replace("&#x2f;", "/").replace("&amp;", "&");
    let target = action.find(REALM).map(|at| &action[at..]).unwrap();
    let cookies = cookies.join("; ");
    let mut all = vec![("cookie", cookies.as_str())];
    all.extend_from_slice(headers);
    connection.post(target, &all, fields).unwrap()
}

/// Exchanges the code of an answer for tokens.
fn redeem(connection: &mut Connection, client: (&str, &str), answer: &Response) {
    let location = answer
        .header("location")
        .unwrap_or_else(|| panic!("{}: {}", answer.status, answer.text()));
    let (_, code) = location.split_once("code=").unwrap();
    let fields = [
        ("grant_type", "authorization_code"),
        ("redirect_uri", BACK),
        ("code", code.split('&').next().unwrap()),
    ];
    ask_as(connection, client, &form(&fields));
}

fn page(target: &str) -> Client {
    let target = target.to_owned();
    Box::new(move |connection| {
        connection.get(&target, &[]).unwrap().ok();
    })
}

fn token_client(fields: &[(&str, &str)]) -> Client {
    let body = form(fields);
    Box::new(move |connection| {
        ask(connection, &body);
    })
}

/// Asks the token endpoint as the client `bench`.
fn ask(connection: &mut Connection, body: &str) -> Response {
    ask_as(connection, CLIENT, body)
}

fn ask_as(connection: &mut Connection, client: (&str, &str), body: &str) -> Response {
    post_as(connection, client, &at("token"), body)
}

fn post_as(
    connection: &mut Connection,
    client: (&str, &str),
    target: &str,
    body: &str,
) -> Response {
    let basic = format!(
        "Basic {}",
        STANDARD.encode(format!("{}:{}", client.0, client.1))
    );
    let headers = [("authorization", basic.as_str())];
    connection.post(target, &headers, body).unwrap().ok()
}

/// One of alice's tokens.
fn signed_in(port: u16, token: &str) -> String {
    let mut connection = Connection::open(port).unwrap();
    let tokens = ask(&mut connection, &form(&password())).json();
    tokens[token].as_str().unwrap().to_owned()
}
