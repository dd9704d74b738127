//! `postern doctor`: whether the options are right, and `postern doctor proxy URL`: which side is at fault when certificates don't arrive.
//!
//! `probe` asks through the proxy, `forged` is what nobody may be believed, `verdict` judges what came of it, `mend` knows the lines of each
//! proxy's configuration.

mod findings;
mod forged;
mod judge;
mod mend;
mod probe;
mod signs;
#[cfg(test)]
mod tests;
mod verdict;

use super::edge::{close, config, form, open};
use crate::config::{Line, Profile};
use crate::server::Form;
use crate::startup::authorities;
use anyhow::{Context, bail};
use edge::ShownBy;
use findings::Findings;
use mend::Kind;
use probe::{Identity, Prober};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use std::path::PathBuf;
use url::Url;
use verdict::Report;
use x509::TrustAnchors;

/// Judges the options alone, as a start does, and lists the truststore.
pub(super) fn options(line: Line) -> anyhow::Result<()> {
    let config = config(line, Profile::Production).context("the options")?;
    let now = authn::Clock::system().now().seconds();
    let mut text = format!("{}\n", config.proxy.lookup);
    for warning in &config.warnings {
        text += &format!("think about: {warning}\n");
    }
    for note in &config.notes {
        text += &format!("note: {note}\n");
    }
    let anchors = config.truststores.trust.anchors(ShownBy::Proxy);
    let listed = anchors.roots().iter().map(|it| ("root", it));
    let listed = listed.chain(anchors.intermediates().map(|it| ("intermediate", it)));
    let mut expired = 0;
    for (what, certificate) in listed {
        let until = x509::instant_text(certificate.not_after());
        let is_past = certificate.not_after() < now;
        expired += usize::from(is_past);
        let past = if is_past { ", which is past" } else { "" };
        text += &format!("{what}: {} until {until}{past}\n", certificate.subject());
    }
    super::say(&text);
    if expired > 0 {
        bail!("certificates of the truststore that are expired: {expired}");
    }
    super::say("a start would find nothing wrong with the options\n");
    Ok(())
}

/// Asks through the proxy and says which side is at fault.
pub(super) fn proxy(url: &str, mut line: Line) -> anyhow::Result<()> {
    let url = address(url)?;
    let form = form(&mut line)?;
    let file = |name: &str, line: &mut Line| line.take(name).map(PathBuf::from);
    let authorities = file("cacert", &mut line);
    let own = (file("cert", &mut line), file("key", &mut line));
    let connect = line.take("connect-to");
    let named = line.take("proxy").map(|name| Kind::named(&name));
    let named = named.transpose()?;
    let listens = !line.take_flag("no-listen");
    let word = format!("postern-doctor-{}", realm::random_key());
    let identity = match &own {
        (Some(certificate), Some(key)) => Identity::read(certificate, key)?,
        (None, None) => Identity::throw_away(&word)?,
        (Some(_), None) => bail!("--cert needs --key, the file with its private key"),
        (None, Some(_)) => bail!("--key needs --cert, the file with the certificate"),
    };
    if !listens && let Some((option, _)) = line.options.first() {
        bail!("--{option} is not read with --no-listen: say it to `postern edge dump`");
    }
    let config =
        if listens {
            Some(config(line, Profile::Production).context(
                "the doctor listens in Postern's place and needs the options of its start",
            )?)
        } else {
            None
        };
    let mut roots: Vec<Vec<u8>> = Vec::new();
    if let Some(file) = &authorities {
        let read = CertificateDer::pem_file_iter(file)
            .with_context(|| format!("{} can't be read (option cacert)", file.display()))?;
        for certificate in read {
            let certificate = certificate.with_context(|| {
                format!("{} holds no certificates (option cacert)", file.display())
            })?;
            roots.push(certificate.to_vec());
        }
    } else {
        let trust = config
            .as_ref()
            .map(|it| it.truststores.trust.anchors(ShownBy::Proxy));
        roots = authorities::roots(trust.as_deref().unwrap_or(&TrustAnchors::default()));
    }
    let provider = config.as_ref().map(|it| it.proxy.provider.clone());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let findings = runtime.block_on(async {
        let open = match config {
            None => None,
            Some(config) => Some(
                open(config, Form::Json, Some(word.clone()), |_| {})
                    .await
                    .context("stop Postern for the seconds that this takes, or run `postern edge dump` in its place and the doctor with --no-listen")?,
            ),
        };
        let prober = Prober::new(&url, connect, &roots, &word)?;
        let findings = Findings::gather(url, identity, &prober, provider).await;
        if let Some(open) = open {
            close(open).await;
        }
        anyhow::Ok(findings)
    })?;
    let report = Report::new(&findings, named);
    super::say(&match form {
        Form::Text => report.text(),
        Form::Json => report.json(),
    });
    match report.faults() {
        0 => Ok(()),
        1 => bail!("one thing has to be mended or looked at"),
        many => bail!("{many} things have to be mended or looked at"),
    }
}

/// The public address: http or https, a host, no query.
fn address(text: &str) -> anyhow::Result<Url> {
    let url = Url::parse(text).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    });
    url.with_context(|| format!("{text:?} is no address such as https://id.example.com"))
}
