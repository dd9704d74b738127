//! `postern start` and `postern start-dev`.

use crate::config::tls::Truststores;
use crate::config::{Config, Line, Profile, Surroundings, read, resolve};
use crate::startup::{self, admin, fetcher::Fetcher, fresh::Fresh, import, master};
use crate::{jobs, log, server};
use anyhow::Context;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use store::Store;
use tokio::signal::unix::{SignalKind, signal};

/// Serves until a signal says stop.
pub(super) fn run(profile: Profile, mut line: Line) -> anyhow::Result<()> {
    let began = Instant::now();
    // There is no build that could be left out.
    line.take_flag("optimized");
    let surroundings = Surroundings::of_process();
    let config = read(resolve(line, &surroundings, profile))?;
    log::start(&config.operation.log);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let outcome = runtime.block_on(serve(config, &surroundings, began));
    // What still runs was given its time.
    runtime.shutdown_timeout(Duration::from_millis(100));
    outcome
}

async fn serve(config: Config, surroundings: &Surroundings, began: Instant) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let Config {
        profile,
        listen,
        truststores,
        mut proxy,
        mut address,
        revocation,
        clients,
        backchannel,
        certificate,
        themes,
        database,
        operation,
        notes,
        warnings,
    } = config;
    for note in &notes {
        tracing::info!("{note}");
    }
    for warning in &warnings {
        tracing::warn!("{warning}");
    }
    tracing::info!("{}", proxy.lookup);
    match &address.node {
        Some(node) => tracing::info!(
            "the cookie AUTH_SESSION_ID has the route {} (spi-sticky-session-encoder--infinispan--should-attach-route)",
            node.as_str()
        ),
        None => tracing::info!("the cookie AUTH_SESSION_ID has no route"),
    }
    tracing::info!("database: {}", database.name);
    let store = Store::open(&database.settings)
        .await
        .with_context(|| database.name.clone())?;
    let now = authn::Clock::system().now();
    let master = master::ensure(&store).await?;
    if let Some(folder) = &operation.import {
        let named = |name: &str| surroundings.variable(name).map(str::to_owned);
        import::folder(&store, folder, &named, now).await?;
    }
    if let Some(wanted) = operation.admin {
        admin::from_options(&store, &master, wanted, now).await?;
    }
    let Truststores { trust, all, .. } = truststores;
    for (store, loaded) in &all {
        store.tell(loaded, now.seconds());
    }
    let debug = address.debug.take();
    let proxies = proxy.authority.take();
    let path = listen.path.as_prefix().to_owned();
    let listeners = listen.tls();
    let truststores = all.into_iter().map(|(store, _)| store).collect();
    let lacks_admin = admin::is_missing(&store, &master).await?;
    let (edge, shared) = startup::server(proxy, address, trust, store.clone(), themes)?;
    if let Some(host) = certificate.host {
        shared.set_certificate_host(host);
    }
    shared.blacklists().set_folder(operation.password_lists);
    let anchors = shared.anchors(edge::ShownBy::Proxy);
    shared.set_fetch(Arc::new(Fetcher::new(&clients, &anchors)));
    if profile == Profile::Development {
        shared.explain_on_pages();
    }
    let revocation = jobs::revocation::ready(&shared, revocation).await;
    let jobs = jobs::start(&shared, revocation, &backchannel);
    let shows = server::Shows { profile, debug };
    let open = server::open(listen, edge, shared, shows, started()).await?;
    let fresh = tokio::spawn(Fresh::new(truststores, proxies, listeners).keep());
    announce(&open, &path, profile, lacks_admin, began);

    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping");
    drop(jobs);
    fresh.abort();
    tokio::select! {
        () = open.close(operation.shutdown) => {}
        _ = interrupt.recv() => tracing::warn!("stopped at once, as asked a second time"),
    }
    store.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// The last lines of a start: where it is, and what to do first.
fn announce(open: &server::Open, path: &str, profile: Profile, lacks_admin: bool, began: Instant) {
    if lacks_admin {
        tracing::warn!(
            "nobody can administer anything yet: run `postern bootstrap-admin user`, or start with KC_BOOTSTRAP_ADMIN_USERNAME and KC_BOOTSTRAP_ADMIN_PASSWORD"
        );
    }
    if profile == Profile::Development {
        tracing::warn!(
            "Running the server in development mode. DO NOT use this configuration in production."
        );
    }
    let addresses = open.addresses.join(" and ");
    let management = match &open.management_address {
        Some(address) => format!(" Management interface listening on {address}."),
        None => String::new(),
    };
    tracing::info!(
        "Postern {} started in {:.3}s. Listening on: {addresses}.{management}",
        env!("CARGO_PKG_VERSION"),
        began.elapsed().as_secs_f64()
    );
    let mut addresses = open.addresses.iter();
    match (profile, addresses.find(|it| it.starts_with("http"))) {
        (Profile::Development, Some(address)) => {
            tracing::info!("Profile dev activated. Where things are: {address}{path}/");
        }
        (Profile::Development, None) => tracing::info!("Profile dev activated."),
        (Profile::Production, _) => tracing::info!("Profile prod activated."),
    }
}

/// When this process started, epoch seconds: close enough to now.
fn started() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_secs_f64()
}
