//! Three judges, asked the same: ours, `rustls-webpki` and `openssl verify`.

use super::made::Made;
use crate::made::NOW;
use rustls_pki_types::{CertificateDer, UnixTime};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};
use x509::{Certificate, Chain, Policy, TrustAnchors, judge};

/// What a judge said: nothing, or why not.
pub type Verdict = Result<(), String>;

pub fn ours(made: &Made) -> Verdict {
    let chain = Chain::from_ders(made.sent.iter().map(Vec::as_slice))
        .map_err(|error| error.code().to_owned())?;
    // Whoever configures an unreadable root is told, and has none.
    let root = Certificate::from_der(&made.root);
    let judgement = judge(&chain, &TrustAnchors::new(root), &Policy::default(), NOW);
    judgement
        .outcome
        .map(|_| ())
        .map_err(|rejection| rejection.code().to_owned())
}

pub fn webpki(made: &Made) -> Verdict {
    let name = |error: webpki::Error| {
        let text = format!("{error:?}");
        text.split([' ', '(', '{']).next().unwrap().to_owned()
    };
    let ders: Vec<CertificateDer<'_>> = made
        .sent
        .iter()
        .map(|der| CertificateDer::from(der.as_slice()))
        .collect();
    let root = CertificateDer::from(made.root.as_slice());
    let anchor = anchor_from_trusted_cert(&root).map_err(name)?;
    let leaf = EndEntityCert::try_from(&ders[0]).map_err(name)?;
    let now = UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(NOW).unwrap()));
    leaf.verify_for_usage(
        ::webpki::ALL_VERIFICATION_ALGS,
        &[anchor],
        &ders[1..],
        now,
        KeyUsage::client_auth(),
        None,
        None,
    )
    .map(|_| ())
    .map_err(name)
}

/// Many at once, since starting the program takes longer than judging: names are unique, so that nobody helps another.
pub fn openssl(all: &[Made], folder: &Path) -> Vec<Verdict> {
    std::fs::create_dir_all(folder).unwrap();
    let pems =
        |ders: &mut dyn Iterator<Item = &Vec<u8>>| -> String { ders.map(|der| pem(der)).collect() };
    let write = |name: String, text: String| -> PathBuf {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let trusted = write(
        "trusted.pem".to_owned(),
        pems(&mut all.iter().map(|made| &made.root)),
    );
    // A good one at the end, since a file without any is an error.
    let untrusted = pems(&mut all.iter().flat_map(|made| &made.sent[1..]))
        + include_str!("../data/openssl-root.pem");
    let untrusted = write("untrusted.pem".to_owned(), untrusted);
    let leaves: Vec<PathBuf> = all
        .iter()
        .enumerate()
        .map(|(at, made)| write(format!("{at}.pem"), pems(&mut made.sent.iter().take(1))))
        .collect();
    let output = Command::new("openssl")
        .args(["verify", "-purpose", "sslclient", "-auth_level", "2"])
        .args(["-policy_check", "-policy", "2.5.29.32.0"])
        .args(["-attime", &NOW.to_string(), "-no-CApath", "-no-CAfile"])
        .arg("-trusted")
        .arg(trusted)
        .arg("-untrusted")
        .arg(untrusted)
        .args(&leaves)
        .output()
        .expect("openssl, which bin/test installs");
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    let mut verdicts: HashMap<&str, Verdict> = HashMap::new();
    for line in out.lines() {
        if let Some(path) = line.strip_suffix(": OK") {
            verdicts.insert(path, Ok(()));
        }
    }
    let mut reason: Option<&str> = None;
    for line in err.lines() {
        if let Some((_, text)) = line.split_once(" depth lookup: ") {
            reason.get_or_insert(text);
        } else if let Some(path) = line
            .strip_prefix("error ")
            .and_then(|rest| rest.strip_suffix(": verification failed"))
        {
            let reason = reason.take().unwrap_or("without a reason");
            verdicts.insert(path, Err(reason.to_owned()));
        } else if let Some(path) = line.strip_prefix("Could not read certificate file from ") {
            verdicts.insert(path, Err("not read".to_owned()));
        }
    }
    leaves
        .iter()
        .map(|leaf| {
            let leaf = leaf.to_str().unwrap();
            verdicts
                .remove(leaf)
                .unwrap_or_else(|| panic!("openssl says nothing of {leaf}:\n{err}"))
        })
        .collect()
}

/// The certificate as files hold it.
pub fn pem(der: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines = text.as_bytes().chunks(64).map(String::from_utf8_lossy);
    let lines: String = lines.map(|line| format!("{line}\n")).collect();
    format!("-----BEGIN CERTIFICATE-----\n{lines}-----END CERTIFICATE-----\n")
}
