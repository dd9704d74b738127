//! Whether those who ask about tokens wait for those who hash passwords.

use crate::load::Client;
use crate::operations;
use crate::server::Server;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use support::http::Connection;

/// So many ask about tokens at the same time.
const ASKING: usize = 2;
/// So many sign in with a password meanwhile: more than there are threads that hash.
const SIGNING_IN: usize = 16;

/// The time within which 99 of 100 introspections are answered: alone, and while password hashing is saturated.
pub(crate) fn measure(server: &Server, time: Duration) -> (Duration, Duration) {
    let alone = p99(server, time);
    let over = AtomicBool::new(false);
    let busy = std::thread::scope(|scope| {
        for _ in 0..SIGNING_IN {
            let (mut connection, mut client) = begin(server, operations::PASSWORD_GRANT);
            let over = &over;
            scope.spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    client(&mut connection);
                }
            });
        }
        let busy = p99(server, time);
        over.store(true, Ordering::Relaxed);
        busy
    });
    (alone, busy)
}

fn p99(server: &Server, time: Duration) -> Duration {
    let mut clients: Vec<_> = (0..ASKING)
        .map(|_| begin(server, operations::INTROSPECTION))
        .collect();
    let (warm, end) = (Instant::now() + time / 4, Instant::now() + time);
    let mut waits: Vec<Duration> = std::thread::scope(|scope| {
        let threads: Vec<_> = clients
            .iter_mut()
            .map(|(connection, client)| {
                scope.spawn(move || {
                    let mut waits = Vec::new();
                    let mut asked = Instant::now();
                    while asked < end {
                        client(connection);
                        let answered = Instant::now();
                        if asked >= warm {
                            waits.push(answered - asked);
                        }
                        asked = answered;
                    }
                    waits
                })
            })
            .collect();
        let all = threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap());
        all.collect()
    });
    waits.sort();
    waits[waits.len() * 99 / 100]
}

fn begin(server: &Server, name: &str) -> (Connection, Client) {
    let all = operations::all(server);
    let operation = all.iter().find(|operation| operation.name == name).unwrap();
    let connection = Connection::open(server.postern.port()).unwrap();
    (connection, (operation.client)())
}
