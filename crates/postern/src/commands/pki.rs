//! `postern pki dev`: certificates to try things with.

use super::pkcs12;
use anyhow::{Context, bail};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, PKCS_RSA_SHA256, SanType,
};
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// Browsers ask for it when they take in a `.p12` file. It protects nothing: these are keys to try things with.
pub(super) const PASSWORD: &str = "changeit";
const DAY: u64 = 86_400;
/// Names of files that are not a user's.
const RESERVED: [&str; 4] = ["root", "intermediate", "ca-bundle", "server"];

/// Makes a root, an intermediate, a server's certificate and one for each user; says what it made. Existing files are left alone.
pub(super) fn dev(dir: &Path, hosts: &[String], users: &[String]) -> anyhow::Result<String> {
    let users: Vec<&str> = if users.is_empty() {
        vec!["alice", "bob"]
    } else {
        users.iter().map(String::as_str).collect()
    };
    if let Some(name) = users.iter().find(|name| {
        name.is_empty()
            || !name
                .bytes()
                .all(|letter| letter.is_ascii_alphanumeric() || b"-_.".contains(&letter))
            || name.starts_with('.')
    }) {
        bail!(
            "{name:?} can't be a user here: letters, digits, - _ and . alone, since files are named after it"
        );
    }
    for (at, name) in users.iter().enumerate() {
        if RESERVED.contains(name) || users[..at].contains(name) {
            bail!("{name:?} can't be a user here: {name}.pem is somebody else's file");
        }
    }
    let mut names = ["localhost", "127.0.0.1", "::1"]
        .map(str::to_owned)
        .to_vec();
    names.extend(hosts.iter().cloned());
    let mut server = CertificateParams::new(names)
        .with_context(|| format!("{hosts:?} can't all be hosts of a certificate"))?;
    if dir
        .read_dir()
        .is_ok_and(|mut entries| entries.next().is_some())
    {
        bail!(
            "{} is not empty, and nothing is written over: name a new folder",
            dir.display()
        );
    }
    std::fs::create_dir_all(dir).with_context(|| format!("{} can't be made", dir.display()))?;

    let (root_params, root_key) = (
        authority("Postern development root", 0),
        KeyPair::generate_for(&PKCS_RSA_SHA256)?,
    );
    let root_pem = root_params.self_signed(&root_key)?.pem();
    let root = Issuer::new(root_params, root_key);
    let (middle_params, middle_key) = (
        authority("Postern development intermediate", 1),
        KeyPair::generate_for(&PKCS_RSA_SHA256)?,
    );
    let middle = middle_params.signed_by(&middle_key, &root)?;
    let (middle_pem, middle_der) = (middle.pem(), middle.der().to_vec());
    let issuer = Issuer::new(middle_params, middle_key);

    save(dir, "root.pem", root_pem.as_bytes(), Secrecy::Public)?;
    save(
        dir,
        "intermediate.pem",
        middle_pem.as_bytes(),
        Secrecy::Public,
    )?;
    save(
        dir,
        "ca-bundle.pem",
        (root_pem + &middle_pem).as_bytes(),
        Secrecy::Public,
    )?;

    limit(&mut server, "localhost");
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    server.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    let key = KeyPair::generate_for(&PKCS_RSA_SHA256)?;
    let certificate = server.signed_by(&key, &issuer)?;
    save(
        dir,
        "server.pem",
        (certificate.pem() + &middle_pem).as_bytes(),
        Secrecy::Public,
    )?;
    save(
        dir,
        "server.key",
        key.serialize_pem().as_bytes(),
        Secrecy::Secret,
    )?;

    for user in &users {
        let mut person = CertificateParams::new(Vec::<String>::new())?;
        limit(&mut person, user);
        person.subject_alt_names = vec![SanType::Rfc822Name(
            format!("{user}@example.com").try_into()?,
        )];
        person.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        person.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let key = KeyPair::generate_for(&PKCS_RSA_SHA256)?;
        let certificate = person.signed_by(&key, &issuer)?;
        save(
            dir,
            &format!("{user}.pem"),
            certificate.pem().as_bytes(),
            Secrecy::Public,
        )?;
        save(
            dir,
            &format!("{user}-chain.pem"),
            (certificate.pem() + &middle_pem).as_bytes(),
            Secrecy::Public,
        )?;
        save(
            dir,
            &format!("{user}.key"),
            key.serialize_pem().as_bytes(),
            Secrecy::Secret,
        )?;
        let store = pkcs12::write(
            user,
            PASSWORD,
            key.serialized_der(),
            &[certificate.der(), &middle_der],
        )?;
        save(dir, &format!("{user}.p12"), &store, Secrecy::Secret)?;
    }
    let listed: Vec<String> = users.iter().map(|user| format!("  {user}.pem, {user}.key  and {user}.p12 for a browser (password {PASSWORD}): {user}@example.com\n")).collect();
    Ok(format!(
        "made in {}:\n  ca-bundle.pem  root and intermediate, for a truststore or a proxy\n  server.pem, server.key  for a TLS listener\n{}",
        dir.display(),
        listed.concat()
    ))
}

fn authority(name: &str, below: u8) -> CertificateParams {
    let mut params = CertificateParams::default();
    limit(&mut params, name);
    let path = if below == 0 {
        BasicConstraints::Unconstrained
    } else {
        BasicConstraints::Constrained(0)
    };
    params.is_ca = IsCa::Ca(path);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

/// A name, an issuer that can be found by its key, and two years from yesterday on.
fn limit(params: &mut CertificateParams, name: &str) {
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::OrganizationName, "Postern development");
    params.distinguished_name.push(DnType::CommonName, name);
    params.use_authority_key_identifier_extension = true;
    let now = SystemTime::now();
    params.not_before = (now - Duration::from_secs(DAY)).into();
    params.not_after = (now + Duration::from_secs(730 * DAY)).into();
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Secrecy {
    Public,
    Secret,
}

fn save(dir: &Path, name: &str, bytes: &[u8], secrecy: Secrecy) -> anyhow::Result<()> {
    let path = dir.join(name);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if secrecy == Secrecy::Secret {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    options
        .open(&path)
        .and_then(|mut file| file.write_all(bytes))
        .with_context(|| format!("{} can't be written", path.display()))
}
