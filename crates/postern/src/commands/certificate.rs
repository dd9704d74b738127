//! `postern certificate judge`: what the server would say of a certificate.

use anyhow::{Context, bail};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};
use x509::{Chain, Policy, TrustAnchors};

/// Prints each step of the judgement, and fails when the certificate is refused.
pub(super) fn judge(file: &Path, truststores: &[&Path]) -> anyhow::Result<()> {
    let read = |path: &Path| {
        std::fs::read_to_string(path).with_context(|| format!("{} can't be read", path.display()))
    };
    let chain = Chain::from_pem(&read(file)?)
        .with_context(|| format!("{} holds no certificate", file.display()))?;
    let mut anchors = TrustAnchors::default();
    for path in truststores {
        anchors
            .add_pem(&read(path)?)
            .with_context(|| format!("{} is no truststore", path.display()))?;
    }
    for listed in anchors.list() {
        println!(
            "{} {} (serial {})",
            if listed.root {
                "root        "
            } else {
                "intermediate"
            },
            listed.subject,
            listed.serial
        );
    }
    println!(
        "certificate  {} (serial {})",
        chain.leaf().subject(),
        chain.leaf().serial_decimal()
    );
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .context("the clock stands before 1970")?
        .as_secs();
    let judgement = x509::judge(&chain, &anchors, &Policy::default(), i64::try_from(now)?);
    for step in &judgement.steps {
        println!(
            "  {}{}",
            step.code
                .as_ref()
                .map(|code| format!("{code}: "))
                .unwrap_or_default(),
            step.text
        );
    }
    match judgement.outcome {
        Ok(_) => println!("accepted"),
        Err(rejection) => bail!("refused, {}: {rejection}", rejection.code()),
    }
    Ok(())
}
