//! `postern edge dump`: in a server's place, what reaches it and what it makes of that.

use crate::config::operation::Shutdown;
use crate::config::{Config, Line, Profile, Surroundings, read, resolve};
use crate::log;
use crate::server::{Dump, Form, Open, open_dump};
use anyhow::bail;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// Shows each request until a signal says stop.
pub(super) fn dump(mut line: Line) -> anyhow::Result<()> {
    let form = form(&mut line)?;
    let config = config(line, Profile::Development)?;
    if form == Form::Text {
        log::start(&config.operation.log);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let lookup = config.proxy.lookup.clone();
        let open = open(config, form, None, super::say).await?;
        eprintln!("{lookup}");
        eprintln!(
            "shows what reaches {}; ends with Ctrl-C",
            open.addresses.join(" and ")
        );
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        close(open).await;
        Ok(())
    })
}

/// How things are shown: the option `format`.
pub(super) fn form(line: &mut Line) -> anyhow::Result<Form> {
    match line.take("format").as_deref() {
        None | Some("text") => Ok(Form::Text),
        Some("json") => Ok(Form::Json),
        Some(other) => bail!("{other:?} is no format: text or json (option format)"),
    }
}

/// What a server would be told, with this profile unless the option `profile` names another.
pub(super) fn config(mut line: Line, profile: Profile) -> anyhow::Result<Config> {
    line.take_flag("optimized");
    let profile = match line.take("profile").as_deref() {
        None => profile,
        Some("prod" | "start") => Profile::Production,
        Some("dev" | "start-dev") => Profile::Development,
        Some(other) => bail!("{other:?} is no profile: dev or prod"),
    };
    Ok(read(resolve(line, &Surroundings::of_process(), profile))?)
}

/// Opens the listeners of a server in its place. With a word only requests with it in their path are shown.
pub(super) async fn open(
    config: Config,
    form: Form,
    word: Option<String>,
    tell: fn(&str),
) -> anyhow::Result<Open> {
    let dump = Dump {
        edge: config.proxy.edge,
        hostname: config.address.hostname,
        trust: config.truststores.trust,
        provider: config.proxy.provider,
        form,
        word,
        tell,
    };
    Ok(open_dump(config.listen, dump).await?)
}

/// Ends without waiting long.
pub(super) async fn close(open: Open) {
    open.close(Shutdown {
        delay: Duration::ZERO,
        timeout: Duration::from_secs(1),
    })
    .await;
}
