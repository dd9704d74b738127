//! Two nodes on one PostgreSQL behind HAProxy, which sends each request to the next of them: any node continues what another began.

use std::sync::atomic::{AtomicBool, Ordering};
use support::curl::Answer;
use support::folder::Folder;
use support::http::{Connection, form};
use support::person::Person;
use support::pki;
use support::ports;
use support::postern::{ADMIN, Launch, Postern, demo_realm};
use support::postgres::Postgres;
use support::program;
use support::proxy::{Kind, Proxy, one_file_of_two};
use support::wait;

const NAMES: [&str; 2] = ["one", "two"];

struct Cluster {
    proxy: Proxy,
    /// HAProxy without TLS, for what only counts.
    plain: u16,
    nodes: [Postern; 2],
    _postgres: Postgres,
    _homes: [Folder; 2],
    folder: Folder,
}

impl Cluster {
    fn start(more: impl Fn(Launch, &str) -> Launch, rules: &str) -> Self {
        let folder = Folder::new("cluster");
        let postgres = Postgres::start(&folder);
        let homes = NAMES.map(Folder::new);
        let node = |at: usize| {
            let launch = Launch::dev()
                .on_postgres(&postgres.jdbc_url())
                .option("proxy-headers", "xforwarded")
                .option("health-enabled", "true")
                .option("shutdown-delay", "1s");
            let mut realm = demo_realm();
            realm["eventsEnabled"] = true.into();
            let launch = match at {
                0 => launch.realm(&homes[at], &realm),
                _ => launch,
            };
            more(launch, NAMES[at]).start(&homes[at])
        };
        let nodes = [node(0), node(1)];
        let pki = pki::dev(&folder);
        one_file_of_two(&pki);
        let (port, plain) = (ports::free(), ports::free());
        let shipped = Kind::Haproxy.configuration(&pki, port, 1);
        let (people, _) = shipped.split_once("\nbackend postern\n").unwrap();
        let people = people.replace(
            "    bind ",
            &format!("    bind 127.0.0.1:{plain}\n    bind "),
        );
        let backend = two_nodes(&nodes);
        let seen = "http-response set-header x-node %s";
        let configuration = format!("{people}\n{backend}{rules}    {seen}\n");
        let proxy = Kind::Haproxy.start(&folder, port, &configuration);
        Self {
            proxy,
            plain,
            nodes,
            _postgres: postgres,
            _homes: homes,
            folder,
        }
    }

    /// Until HAProxy gives it requests again: before that the other node is all there is.
    fn until_taken_back(&self, name: &str) {
        wait::until("the node is taken back", || {
            let mut connection = Connection::open(self.plain).unwrap();
            let answer = connection.get("/realms/demo", &[]);
            answer.is_ok_and(|answer| answer.header("x-node") == Some(name))
        });
    }

    fn person(&self, name: &str) -> Person {
        let ca = self.folder.at("pki/ca-bundle.pem");
        Person::new(&self.proxy.base(), &ca, &self.folder.at(name))
    }
}

/// The backend that the manual prints, with the ports of these nodes.
fn two_nodes(nodes: &[Postern; 2]) -> String {
    let mut block = printed("## Two nodes");
    let ports = [
        ("8080", nodes[0].port()),
        ("8180", nodes[1].port()),
        ("9000", nodes[0].management_port()),
        ("9100", nodes[1].management_port()),
    ];
    for (printed, _) in &ports {
        assert!(block.contains(&format!("{printed}\n")) || block.contains(&format!("{printed} ")));
        block = block.replace(printed, &format!("<{printed}>"));
    }
    for (printed, ours) in ports {
        block = block.replace(&format!("<{printed}>"), &ours.to_string());
    }
    block
}

/// The first block of a section of HAProxy's manual that comes after this text.
fn printed(after: &str) -> String {
    let manual = std::fs::read_to_string(program::root().join("deploy/haproxy/README.md")).unwrap();
    let (_, rest) = manual.split_once(after).unwrap();
    let (_, block) = rest.split_once("```haproxy\n").unwrap();
    block.split("```").next().unwrap().to_owned()
}

fn node(answer: &Answer) -> &str {
    answer.header("x-node").expect("HAProxy says which")
}

#[test]
fn a74_a_sign_in_that_one_node_began_another_ends() {
    let cluster = Cluster::start(|launch, _| launch, "");
    let person = cluster.person("alice");
    let page = person.login_page();
    let again = person.submit(&page, "alice", "wrong");
    assert_eq!(again.status, 200, "{again:?}");
    let done = person.submit(&again, "alice", "alice");
    let (tokens, claims) = person.redeem(&done);
    assert_eq!(claims["preferred_username"], "alice");
    let way = [&page, &again, &done, &tokens].map(node);
    assert!(
        way.windows(2).all(|step| step[0] != step[1]),
        "each step has the other node: {way:?}"
    );
}

#[test]
fn a75_a_node_that_dies_amid_a_sign_in_takes_nothing_along() {
    let mut cluster = Cluster::start(|launch, _| launch, "");
    for round in ["first", "second"] {
        let page = cluster.person(round).login_page();
        let dead = NAMES.iter().position(|name| *name == node(&page)).unwrap();
        cluster.nodes[dead].kill();
        let person = cluster.person(round);
        let done = person.submit(&page, "alice", "alice");
        let (_, claims) = person.redeem(&done);
        assert_eq!(claims["preferred_username"], "alice", "{round}");
        assert_eq!(node(&done), NAMES[1 - dead], "{round}");
        cluster.nodes[dead].start_again();
        cluster.until_taken_back(NAMES[dead]);
    }
}

#[test]
fn a86_nobody_notices_that_nodes_are_restarted() {
    let mut cluster = Cluster::start(|launch, _| launch, "");
    let (over, plain) = (AtomicBool::new(false), cluster.plain);
    let (asked, failed) = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..3)
            .map(|_| scope.spawn(|| ask_until(&over, plain)))
            .collect();
        for (at, name) in NAMES.into_iter().enumerate() {
            assert!(
                cluster.nodes[at]
                    .terminate()
                    .is_some_and(|status| status.success())
            );
            cluster.nodes[at].start_again();
            cluster.until_taken_back(name);
        }
        over.store(true, Ordering::Relaxed);
        let results = clients.into_iter().map(|client| client.join().unwrap());
        results.fold((0, Vec::new()), |(asked, mut failed), (more, mut also)| {
            failed.append(&mut also);
            (asked + more, failed)
        })
    });
    assert!(asked > 100, "{asked} requests");
    assert!(failed.is_empty(), "of {asked}: {failed:?}");
}

#[test]
fn a76_the_cookie_keeps_a_person_on_one_node_where_that_is_wished() {
    let cluster = Cluster::start(
        |launch, name| launch.option("spi-cache-embedded--default--node-name", name),
        &printed("stay on one node"),
    );
    for round in ["first", "second"] {
        let person = cluster.person(round);
        let mut page = person.login_page();
        let cookies = std::fs::read_to_string(cluster.folder.at(round)).unwrap();
        let cookie = cookies
            .lines()
            .find(|line| line.contains("AUTH_SESSION_ID"));
        let home = cookie.unwrap().rsplit('.').next().unwrap().to_owned();
        assert_eq!(home, node(&page));
        for _ in 0..3 {
            page = person.submit(&page, "alice", "wrong");
            assert_eq!(node(&page), home, "{page:?}");
        }
        let done = person.submit(&page, "alice", "alice");
        assert_eq!(node(&done), home);
        person.redeem(&done);
    }
}

/// Asks for documents and tokens, one after the other; how often, and what did not come.
fn ask_until(over: &AtomicBool, port: u16) -> (usize, Vec<String>) {
    let (mut asked, mut failed) = (0, Vec::new());
    let sign_in = form(&[
        ("grant_type", "password"),
        ("client_id", "admin-cli"),
        ("username", ADMIN),
        ("password", ADMIN),
    ]);
    let mut connection = Connection::open(port).unwrap();
    while !over.load(Ordering::Relaxed) {
        asked += 1;
        let answer = if asked % 10 == 0 {
            let target = "/realms/master/protocol/openid-connect/token";
            connection.post(target, &[], &sign_in)
        } else {
            let target = "/realms/demo/.well-known/openid-configuration";
            connection.get(target, &[])
        };
        match answer {
            Ok(answer) if answer.status == 200 => {}
            Ok(answer) => failed.push(format!("{} {}", answer.status, answer.text())),
            Err(error) => {
                failed.push(error.to_string());
                connection = Connection::open(port).unwrap();
            }
        }
    }
    (asked, failed)
}
