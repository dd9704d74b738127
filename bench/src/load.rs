//! Many requests over connections that stay open, and what they cost the server.

use crate::usage;
use std::time::{Duration, Instant};
use support::http::Connection;

/// How the load is made.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    /// Clients that each wait for an answer before they ask again.
    pub(crate) connections: usize,
    /// How long they ask.
    pub(crate) time: Duration,
}

/// What it took.
pub(crate) struct Cost {
    /// Of the server's processor time, for each operation.
    pub(crate) cpu: Duration,
    /// Operations in a second of the clock.
    pub(crate) rate: f64,
}

/// One client: what it does with its connection, again and again.
pub(crate) type Client = Box<dyn FnMut(&mut Connection) + Send>;

impl Load {
    /// Loads a server. The first part is not counted: it warms up.
    pub(crate) fn run(self, process: u32, port: u16, client: impl Fn() -> Client) -> Cost {
        let mut clients: Vec<(Connection, Client)> = (0..self.connections)
            .map(|_| (Connection::open(port).unwrap(), client()))
            .collect();
        let mut round = |time: Duration| -> u32 {
            let end = Instant::now() + time;
            std::thread::scope(|scope| {
                let threads: Vec<_> = clients
                    .iter_mut()
                    .map(|(connection, client)| {
                        scope.spawn(move || {
                            let mut done = 0;
                            while Instant::now() < end {
                                client(connection);
                                done += 1;
                            }
                            done
                        })
                    })
                    .collect();
                threads
                    .into_iter()
                    .map(|thread| thread.join().unwrap())
                    .sum()
            })
        };
        round(self.time / 4);
        let (before, started) = (usage::cpu(process), Instant::now());
        let done = round(self.time);
        Cost {
            rate: f64::from(done) / started.elapsed().as_secs_f64(),
            cpu: (usage::cpu(process) - before) / done,
        }
    }
}
