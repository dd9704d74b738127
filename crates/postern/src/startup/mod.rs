//! From a configuration to a server that answers: the database, what has to be in it, and what is read once.

pub(crate) mod admin;
pub(crate) mod authorities;
pub(crate) mod fetcher;
pub(crate) mod fresh;
pub(crate) mod import;
pub(crate) mod master;
mod people;
pub(crate) mod proxies;
pub(crate) mod truststore;

use crate::config::address::Address;
use crate::config::proxy::Proxy;
use crate::config::themes::Themes;
use authn::passwords::Hashers;
use authn::{Clock, Server, Shared, Trust};
use edge::EdgeConfig;
use store::Store;

/// Passwords waiting to be compared, at the most: for more, waiting is longer than people do.
const LONGEST_QUEUE: usize = 256;

/// Puts together what all requests share.
///
/// # Errors
/// When the system gives no threads, or the folder with themes can't be read.
pub(crate) fn server(
    proxy: Proxy,
    address: Address,
    truststore: Trust,
    store: Store,
    themes: Themes,
) -> anyhow::Result<(EdgeConfig, Server)> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let shared = Shared {
        store,
        hashers: Hashers::start(processors.saturating_sub(1).max(1), LONGEST_QUEUE)?,
        hostname: address.hostname,
        node: address.node,
        truststore,
        pages: pages::Pages::new(themes.folder)?,
        clock: Clock::system(),
    };
    Ok((proxy.edge, Server::new(shared)))
}
