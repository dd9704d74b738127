//! What Postern costs, beside what the machine could do at best: see `README.md`.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "../../crates/x509/tests/it/cases.rs"]
mod cases;
mod certificates;
#[expect(
    dead_code,
    reason = "bench measures some of what the tests of crates/x509 make"
)]
#[path = "../../crates/x509/tests/it/der.rs"]
mod der;
mod fairness;
mod limits;
mod load;
#[expect(
    dead_code,
    reason = "bench measures some of what the tests of crates/x509 make"
)]
#[path = "../../crates/x509/tests/it/made.rs"]
mod made;
mod operations;
mod revocation;
#[expect(
    dead_code,
    reason = "bench measures some of what the tests of crates/x509 make"
)]
#[path = "../../crates/x509/tests/it/revocation/made.rs"]
mod revocation_made;
mod server;
mod sessions;
mod usage;

use load::{Client, Load};
use server::Server;
use std::process::Command;
use std::time::Duration;
use support::folder::Folder;
use support::http::Connection;
use support::ports;
use support::process::Process;

const EMPTY_ANSWER: &str = "serve-nothing";
/// Keycloak 26.7.4 in production mode on such a machine, milliseconds for each: for scale.
const KEYCLOAK: [(&str, f64); 8] = [
    ("client credentials", 2.9),
    ("password grant", 75.0),
    ("refresh", 2.1),
    ("userinfo", 0.50),
    ("discovery", 0.44),
    ("JWKS", 0.44),
    ("login page", 1.5),
    ("browser login", 104.0),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut load = Load {
        connections: 8,
        time: Duration::from_secs(4),
    };
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["certificates"] => std::process::exit(i32::from(certificates::measure() > 0)),
        ["revocation"] => std::process::exit(i32::from(revocation::measure() > 0)),
        [EMPTY_ANSWER, port] => return limits::serve_nothing(port.parse().unwrap()),
        ["only", name, seconds] => {
            load.time = Duration::from_secs(seconds.parse().unwrap());
            return only(name, load);
        }
        [] => {}
        ["--seconds", seconds] => load.time = Duration::from_secs(seconds.parse().unwrap()),
        _ => {
            eprintln!(
                "postern-bench [--seconds N]: how long each operation is measured; postern-bench only NAME SECONDS: one of them; postern-bench certificates: hostile certificates alone; postern-bench revocation: a large revocation list alone"
            );
            std::process::exit(2);
        }
    }

    let mut server = Server::start();
    let start = server.time_to_answer();
    let rest = usage::resident(server.postern.id());
    let size = std::fs::metadata(&server.program).unwrap().len();

    let signature = limits::signature(load.time / 2);
    let verification = limits::verification(load.time / 2);
    let path = limits::path(load.time / 2);
    let hash = limits::password(load.time / 2);
    let (nothing, nothing_rate) = empty_answer(load);
    println!("the machine's limits, CPU time for each");
    println!(
        "  RS256 signature, 2048 bits      {}",
        milliseconds(signature)
    );
    println!(
        "  RS256 verification              {}",
        milliseconds(verification)
    );
    println!("  path of three certificates      {}", milliseconds(path));
    println!("  argon2id, Keycloak's parameters {}", milliseconds(hash));
    println!(
        "  empty answer of axum            {}  {nothing_rate:>8.0}/s",
        milliseconds(nothing)
    );

    println!("\nPostern                  CPU for each    each second   Keycloak's CPU");
    let mut costs = Vec::new();
    for operation in operations::all(&server) {
        let port = server.postern.port();
        let cost = load.run(server.postern.id(), port, operation.client);
        let keycloak = KEYCLOAK.iter().find(|(name, _)| *name == operation.name);
        let keycloak = keycloak.map_or_else(String::new, |(_, value)| format!("{value:>11.2} ms"));
        let (cpu, rate) = (milliseconds(cost.cpu), cost.rate);
        println!(
            "  {:<22} {cpu}  {rate:>10.0}/s   {keycloak}",
            operation.name
        );
        costs.push((operation.name, cost.cpu));
    }
    let (alone, busy) = fairness::measure(&server, load.time);
    println!(
        "  introspection, p99     {}, while passwords are hashed {}",
        milliseconds(alone),
        milliseconds(busy)
    );
    let loaded = usage::resident(server.postern.id());
    let sessions = sessions::measure(&server, load.connections);

    let cost = |name| costs.iter().find(|(found, _)| *found == name).unwrap().1;
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    let rows = [
        (
            "start to first answer, ms",
            start.as_secs_f64() * 1e3,
            100.0,
        ),
        ("resident memory at rest, MiB", mib(rest), 32.0),
        ("release binary, MB", size as f64 / 1e6, 25.0),
        (
            "client credentials / (signature + empty answer)",
            cost("client credentials").div_duration_f64(signature + nothing),
            1.6,
        ),
        (
            "password grant / argon2id hash",
            cost(operations::PASSWORD_GRANT).div_duration_f64(hash),
            1.2,
        ),
        (
            "certificate login / (path + 2 signatures + 3 empty)",
            cost("certificate login").div_duration_f64(path + 2 * signature + 3 * nothing),
            1.6,
        ),
        (
            "the same, confirmed",
            cost("the same, confirmed").div_duration_f64(path + 2 * signature + 3 * nothing),
            1.6,
        ),
        (
            "refresh / 2 signatures",
            cost("refresh").div_duration_f64(2 * signature),
            1.5,
        ),
        (
            "introspection / (verification + empty answer)",
            cost(operations::INTROSPECTION).div_duration_f64(verification + nothing),
            2.0,
        ),
        (
            "userinfo / (verification + empty answer)",
            cost("userinfo").div_duration_f64(verification + nothing),
            2.0,
        ),
        (
            "JWKS / empty answer",
            cost("JWKS").div_duration_f64(nothing),
            1.25,
        ),
        (
            "discovery / empty answer",
            cost("discovery").div_duration_f64(nothing),
            1.25,
        ),
        (
            "introspection's p99, passwords hashed / alone",
            busy.div_duration_f64(alone),
            5.0,
        ),
        (
            "resident memory of 100,000 more sessions, MB",
            sessions as f64 / 1e6,
            100.0,
        ),
    ];
    println!();
    let mut missed = certificates::measure() + revocation::measure();
    println!("\ntargets                                              measured     at most");
    for (name, measured, at_most) in rows {
        let verdict = if measured <= at_most { "" } else { "  missed" };
        missed += usize::from(measured > at_most);
        println!("  {name:<52} {measured:>9.2}  {at_most:>9.2}{verdict}");
    }
    println!(
        "  resident memory after the load, MiB              {:>9.2}",
        mib(loaded)
    );
    // Destructors stop the server, so they have to run before this program ends.
    drop(server);
    if missed > 0 {
        std::process::exit(1);
    }
}

/// One operation alone, for who looks at the server meanwhile.
fn only(name: &str, load: Load) {
    let server = Server::start();
    let (process, port) = (server.postern.id(), server.postern.port());
    let mut all = operations::all(&server).into_iter();
    let operation = all.find(|operation| operation.name == name).unwrap();
    println!("process {process}");
    let cost = load.run(process, port, operation.client);
    println!(
        "  {name:<22} {}  {:>10.0}/s",
        milliseconds(cost.cpu),
        cost.rate
    );
}

/// An empty answer over connections that stay open, served by a process of its own: its cost, and how many in a second.
fn empty_answer(load: Load) -> (Duration, f64) {
    let (folder, port) = (Folder::new("bench-nothing"), ports::free());
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([EMPTY_ANSWER, &port.to_string()]);
    let mut process = Process::start("nothing", &mut command, folder.path());
    process.until("listens", |_| Connection::open(port).is_ok());
    let cost = load.run(process.id(), port, || -> Client {
        Box::new(|connection| {
            connection
                .post("/", &[], "grant_type=client_credentials")
                .unwrap()
                .ok();
        })
    });
    (cost.cpu, cost.rate)
}

fn milliseconds(time: Duration) -> String {
    format!("{:>9.4} ms", time.as_secs_f64() * 1e3)
}
