//! What was acknowledged is there after a crash, on both databases.

use std::sync::mpsc::{Sender, channel};
use support::folder::Folder;
use support::http::{Connection, form};
use support::pki::{Authority, Valid};
use support::postern::{Launch, Postern, demo_realm};
use support::postgres::Postgres;
use support::site::DIRECT_GRANT;

const CLIENTS: usize = 8;
const ROUNDS: usize = 3;
/// So many sign-ins before each crash.
const SIGN_INS: usize = 150;

#[test]
fn kill_9_loses_no_session_on_sqlite() {
    let folder = Folder::new("crash-sqlite");
    survives(&folder, |launch| launch);
}

#[test]
fn kill_9_loses_no_session_on_postgresql() {
    let folder = Folder::new("crash-postgresql");
    let postgres = Postgres::start(&folder);
    survives(&folder, |launch| launch.on_postgres(&postgres.jdbc_url()));
}

fn survives(folder: &Folder, database: impl FnOnce(Launch) -> Launch) {
    let authority = Authority::new("crash");
    let truststore = folder.write("ca.pem", authority.pem());
    let alice = authority.person(folder, "alice", "alice", Valid::Now);
    let launch = Launch::dev().behind_nginx(&truststore);
    let mut postern = database(launch.realm(folder, &demo_realm())).start(folder);

    for _ in 0..ROUNDS {
        let sessions = until_killed(&mut postern, &alice.escaped());
        postern.start_again();
        let mut connection = postern.connect();
        for refresh in sessions {
            let fields = [
                ("grant_type", "refresh_token"),
                ("client_id", "cert-cli"),
                ("refresh_token", &*refresh),
            ];
            let target = "/realms/demo/protocol/openid-connect/token";
            connection.post(target, &[], &form(&fields)).unwrap().ok();
        }
    }
}

/// Clients sign in at once until Postern is killed amid their requests; the refresh token of each that was acknowledged.
fn until_killed(postern: &mut Postern, certificate: &str) -> Vec<String> {
    let (acknowledged, sessions) = channel();
    let port = postern.port();
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            let acknowledged = acknowledged.clone();
            scope.spawn(move || sign_in_again_and_again(port, certificate, &acknowledged));
        }
        drop(acknowledged);
        let mut refresh: Vec<String> = sessions.iter().take(SIGN_INS).collect();
        assert_eq!(refresh.len(), SIGN_INS, "{}", postern.log());
        postern.kill();
        refresh.extend(sessions);
        refresh
    })
}

fn sign_in_again_and_again(port: u16, certificate: &str, acknowledged: &Sender<String>) {
    let mut connection = Connection::open(port).unwrap();
    let target = "/realms/demo/protocol/openid-connect/token";
    let headers = [("ssl-client-cert", certificate)];
    while let Ok(response) = connection.post(target, &headers, &form(&DIRECT_GRANT)) {
        let tokens = response.ok().json();
        let refresh = tokens["refresh_token"].as_str().unwrap().to_owned();
        acknowledged.send(refresh).unwrap();
    }
}
