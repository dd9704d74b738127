//! A server that shows what reached it.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// Answers each request with nothing, and keeps its head.
pub struct Dump {
    port: u16,
    heads: Receiver<Vec<u8>>,
}

impl Dump {
    /// On a port that the system chooses.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (tell, heads) = channel();
        // Ends with the test's process.
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut head = Vec::new();
                let mut some = [0; 4096];
                while !head.windows(4).any(|end| end == b"\r\n\r\n") {
                    match stream.read(&mut some) {
                        Ok(read) if read > 0 => head.extend_from_slice(&some[..read]),
                        _ => break,
                    }
                }
                if head.is_empty() {
                    continue;
                }
                let _ = stream.write_all(ANSWER);
                if tell.send(head).is_err() {
                    return;
                }
            }
        });
        Self { port, heads }
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The next request's head, as it came.
    pub fn head(&self) -> Vec<u8> {
        self.heads
            .recv_timeout(Duration::from_secs(60))
            .expect("a request reaches the server")
    }

    /// Whether nothing came that was not asked for yet.
    pub fn is_quiet(&self) -> bool {
        self.heads.try_recv().is_err()
    }
}
