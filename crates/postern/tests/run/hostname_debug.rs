//! `hostname-debug`, against the record of a real Keycloak: `hostname-debug.json`. Its texts are our own; what they say is not.

use crate::support::{Home, Running};
use serde_json::Value;
use std::process::Command;

/// Asks from an address of this machine, with the headers of a row.
fn ask(server: &Running, row: &Value) -> String {
    let path = row["path"].as_str().unwrap();
    let path = path.replace("/realms/edge/", "/realms/master/");
    let mut curl = Command::new("curl");
    curl.args(["-si", "--disable", "--noproxy", "*", "--interface"]);
    curl.arg(row["peer"].as_str().unwrap());
    let headers = row["headers"].as_array().unwrap();
    let named: Vec<(&str, &str)> = headers
        .iter()
        .map(|pair| (pair[0].as_str().unwrap(), pair[1].as_str().unwrap()))
        .collect();
    if !named.iter().any(|(name, _)| *name == "Host") {
        curl.args(["-H", "Host: localhost:8300"]);
    }
    for (name, value) in named {
        curl.arg("-H").arg(format!("{name}: {value}"));
    }
    curl.args(["-H", "Origin: https://o.example"]);
    curl.arg(format!("http://127.0.0.1:{}{path}", server.port()));
    let output = curl.output().unwrap();
    assert!(output.status.success(), "{row}");
    String::from_utf8(output.stdout).unwrap()
}

/// A line of a table of the page.
fn has_line(answer: &str, name: &str, value: &str) -> bool {
    answer.contains(&format!("<th scope=\"row\">{name}</th><td>{value}</td>"))
}

fn says_the_same(row: &Value, answer: &str) -> bool {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let text = |name: &str| row[name].as_str();
    let is_like = head.starts_with(&format!("HTTP/1.1 {}", row["status"]))
        && head.contains(&format!("content-type: {}", text("type").unwrap()))
        && text("acao")
            .is_none_or(|origin| head.contains(&format!("access-control-allow-origin: {origin}")));
    is_like
        && match text("text") {
            None => page_says_the_same(row, body),
            Some(theirs) if theirs.starts_with('{') => body == theirs,
            Some(theirs) => {
                let silent = theirs.contains("No proxy headers are set");
                // Keycloak says of a silent peer too that it is not trusted.
                let not_trusted = theirs.contains("the proxy is not trusted") && !silent;
                body.starts_with("OK") == theirs.starts_with("OK")
                    && body.contains("carries no forwarding header") == silent
                    && body.contains("is not trusted") == not_trusted
                    && body.contains("insecure") == theirs.contains("Non-secure")
            }
        }
}

fn page_says_the_same(row: &Value, body: &str) -> bool {
    let mut addresses = row["addresses"].as_object().unwrap().iter();
    let mut options = row["options"].as_object().unwrap().iter();
    addresses.all(|(name, address)| {
        let address = address.as_str().unwrap();
        body.contains(&format!("<td>{name}</td><td>{address}</td>"))
    }) && options.all(|(name, value)| {
        // This test has ports of its own.
        name.ends_with("-port") || has_line(body, name, value.as_str().unwrap())
    }) && has_line(body, "Server mode", row["mode"].as_str().unwrap())
        && has_line(body, "Realm", "master")
}

#[test]
fn a73_the_page_of_addresses_says_what_keycloaks_says() {
    let record = include_str!("../data/hostname-debug.json");
    let record: Value = serde_json::from_str(record).unwrap();
    let rows = record["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 90);
    let mut unlike = Vec::new();
    for config in record["configs"].as_array().unwrap() {
        let home = Home::new();
        let options = config["options"].as_array().unwrap().iter();
        let options: Vec<&str> = options.map(|option| option.as_str().unwrap()).collect();
        let server = home.start(
            &format!(
                "start --db=dev-mem --http-enabled=true --http-host=127.0.0.1 --http-port=0 --shutdown-delay=0s {}",
                options.join(" ")
            ),
            &[],
        );
        for row in rows.iter().filter(|row| row["c"] == config["config"]) {
            let answer = ask(&server, row);
            if !says_the_same(row, &answer) {
                unlike.push(format!("{row}\n{answer}"));
            }
        }
    }
    assert!(
        unlike.is_empty(),
        "{} unlike, the first:\n{}",
        unlike.len(),
        unlike[0]
    );
}
