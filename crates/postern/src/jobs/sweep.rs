//! Removes rows that expired.

use std::time::Duration;

/// The first sweep waits so long, so that it does not slow the start; the others follow as far apart.
const PERIOD: Duration = Duration::from_secs(300);

pub(super) async fn run(server: authn::Server) {
    loop {
        tokio::time::sleep(PERIOD).await;
        match server.store.sweep(server.clock.now()).await {
            Ok(0) => {}
            Ok(rows) => tracing::debug!(rows, "expired rows were removed"),
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "expired rows could not be removed"
            ),
        }
    }
}
