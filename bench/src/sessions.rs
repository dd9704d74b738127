//! What live sessions cost in memory.

use crate::operations;
use crate::server::Server;
use crate::usage;
use std::sync::atomic::{AtomicUsize, Ordering};
use support::http::Connection;

/// So many.
pub(crate) const SESSIONS: usize = 100_000;

/// Signs people in so many times, by certificate since that is quick, and gives by how many bytes the server's resident memory grew.
pub(crate) fn measure(server: &Server, connections: usize) -> u64 {
    let before = usage::resident(server.postern.id());
    let begun = AtomicUsize::new(0);
    let all = operations::all(server);
    let operation = all
        .iter()
        .find(|operation| operation.name == operations::CERTIFICATE_GRANT)
        .unwrap();
    std::thread::scope(|scope| {
        for _ in 0..connections {
            let mut connection = Connection::open(server.postern.port()).unwrap();
            let mut client = (operation.client)();
            let begun = &begun;
            scope.spawn(move || {
                while begun.fetch_add(1, Ordering::Relaxed) < SESSIONS {
                    client(&mut connection);
                }
            });
        }
    });
    usage::resident(server.postern.id()).saturating_sub(before)
}
