//! Ports of the loopback interface that nobody has.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU32, Ordering};

/// Below what Linux gives to outgoing connections, so that none of them takes a port before its server does.
const FIRST: u32 = 10_000;
const MANY: u32 = 22_000;

/// A port that nobody listens on, and that is not given out twice.
pub fn free() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        // Test programs that run at once begin at different places.
        let step = NEXT.fetch_add(1, Ordering::Relaxed) + std::process::id().wrapping_mul(97);
        let port = u16::try_from(FIRST + step % MANY).unwrap();
        if TcpListener::bind(("0.0.0.0", port)).is_ok() {
            return port;
        }
    }
}
