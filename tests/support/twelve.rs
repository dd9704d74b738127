//! The twelve certificates that have to name the same person by whatever way they come.

use crate::folder::Folder;
use crate::pki::{Authority, Identity, Valid, person, written};
use crate::postern::demo_realm;
use rcgen::{
    CertificateParams, CustomExtension, DnType, KeyPair, PKCS_ECDSA_P256_SHA256,
    PKCS_ECDSA_P384_SHA384, PKCS_RSA_SHA256, SanType,
};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Command;

/// What is special of each; also the names of their files and, but for one, of their people.
pub const CASES: [&str; 12] = [
    "ec",
    "rsa",
    "ed25519",
    "p384",
    "chain-two",
    "chain-three",
    "chain-four",
    "plus",
    "large",
    "utf8",
    "version-1",
    "two-emails",
];

/// Whom the certificate of the case `utf8` names.
const ELSEWHERE: &str = "zoë.ångström-山田";
/// So many bytes of an extension that nobody knows make `large` longer than 10 KiB.
const LARGE: usize = 10_000;

/// The certificates, their authorities, and a server's.
pub struct Twelve {
    /// Has `root.pem`, `intermediate.pem`, `ca-bundle.pem` (root and all intermediates), `server.pem`, `server.key`, and `CASE.pem` with `CASE.key`; the
    /// server's authority is another, `server-root.pem`, since clients send on what they find among those they believe.
    pub folder: PathBuf,
}

impl Twelve {
    /// Makes all of them, in the folder `pki` of this one.
    pub fn make(folder: &Folder) -> Self {
        let root = Authority::new("Proving Root");
        let first = root.intermediate("Proving Intermediate 1");
        let second = first.intermediate("Proving Intermediate 2");
        let third = second.intermediate("Proving Intermediate 3");
        folder.write("pki/root.pem", root.pem());
        folder.write("pki/intermediate.pem", first.pem());
        let all = [&root, &first, &second, &third].map(Authority::pem);
        folder.write("pki/ca-bundle.pem", all.concat());
        let servers = Authority::new("Proving Server Root");
        folder.write("pki/server-root.pem", servers.pem());
        servers.server_in(folder, "pki/server");

        let ec = || KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        for case in CASES {
            let (mut params, mut issuer, mut key) = (of_person(case), &root, ec());
            match case {
                "rsa" => key = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap(),
                "ed25519" => key = ed25519(),
                "p384" => key = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap(),
                "chain-two" => issuer = &first,
                "chain-three" => issuer = &second,
                "chain-four" => issuer = &third,
                "large" => params.custom_extensions.push(filler()),
                "two-emails" => params.subject_alt_names.push(mail("second")),
                _ => {}
            }
            let chain = match case {
                "version-1" => version_1(folder, &root, &key),
                "plus" => plus(|| issuer.chain(&params, &key)),
                _ => issuer.chain(&params, &key),
            };
            written(folder, &format!("pki/{case}"), &chain, &key);
        }
        Self {
            folder: folder.at("pki"),
        }
    }

    /// Whom clients of the server believe.
    pub fn server_root(&self) -> PathBuf {
        self.folder.join("server-root.pem")
    }

    /// `ec`, by somebody who sends the root along.
    pub fn with_the_root(&self) -> Identity {
        let mut identity = self.identity("ec");
        let both = identity.pem() + &std::fs::read_to_string(self.folder.join("root.pem")).unwrap();
        identity.certificate = self.folder.join("with-the-root.pem");
        std::fs::write(&identity.certificate, both).unwrap();
        identity
    }

    /// The certificate and key of a case.
    pub fn identity(&self, case: &str) -> Identity {
        Identity::of(&self.folder, case)
    }
}

/// The common name of the certificate, which is the person's user name.
pub fn name(case: &str) -> String {
    let name = if case == "utf8" { ELSEWHERE } else { case };
    name.to_owned()
}

/// The form of this key in which our libraries write it is not one that OpenSSL 3.0 reads, so curl does not either.
fn ed25519() -> KeyPair {
    let mut command = Command::new("openssl");
    command.args(["genpkey", "-algorithm", "ed25519"]);
    let output = command.output().expect("openssl: bin/test installs it");
    KeyPair::from_pem(&String::from_utf8(output.stdout).unwrap()).unwrap()
}

/// The demo realm with the people of the twelve certificates, who are found by their common names.
pub fn realm() -> Value {
    let mut realm = demo_realm();
    realm["eventsEnabled"] = true.into();
    for config in realm["authenticatorConfig"].as_array_mut().unwrap() {
        config["config"]["x509-cert-auth.mapping-source-selection"] =
            "Subject's Common Name".into();
    }
    let people = realm["users"].as_array_mut().unwrap();
    people.extend(CASES.map(|case| {
        json!({
            "username": name(case),
            "email": format!("{case}@example.com"),
            "firstName": "Proving",
            "lastName": case,
            "enabled": true,
        })
    }));
    realm
}

fn of_person(case: &str) -> CertificateParams {
    let mut params = person(case, Valid::Now);
    if case == "utf8" {
        let names = &mut params.distinguished_name;
        names.push(DnType::CommonName, ELSEWHERE);
        names.push(DnType::OrganizationName, "Ærø \u{2713} Ελλάδα");
    }
    params
}

fn mail(name: &str) -> SanType {
    SanType::Rfc822Name(format!("{name}@example.com").try_into().unwrap())
}

fn filler() -> CustomExtension {
    let content: Vec<u8> = (0..LARGE).map(|at| (at * 7 % 251) as u8).collect();
    // An octet string, with its length in two bytes.
    let length = u16::try_from(LARGE).unwrap().to_be_bytes();
    let der = [&[0x04, 0x82][..], &length, &content].concat();
    CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 59_999, 1], der)
}

/// Where base64 begins a line with a plus sign, readers that take it for a blank, or cut blanks off, go wrong.
fn plus(mut make: impl FnMut() -> String) -> String {
    loop {
        let pem = make();
        if pem.lines().any(|line| line.starts_with('+')) && pem.contains('/') {
            return pem;
        }
    }
}

/// As people's scripts make them: without `-extfile`, OpenSSL makes a certificate of version 1.
fn version_1(folder: &Folder, root: &Authority, key: &KeyPair) -> String {
    let root_pem = folder.write("version-1/root.pem", root.pem());
    let root_key = folder.write("version-1/root.key", root.key_pem());
    let key = folder.write("version-1/person.key", key.serialize_pem());
    let request = folder.at("version-1/person.csr");
    let certificate = folder.at("version-1/person.pem");
    let mut ask = Command::new("openssl");
    ask.args(["req", "-new", "-subj", "/CN=version-1", "-key"]);
    ask.arg(key).arg("-out").arg(&request);
    let mut sign = Command::new("openssl");
    sign.args(["x509", "-req", "-days", "30", "-set_serial", "0x00c0ffee"]);
    sign.arg("-in").arg(&request).arg("-CA").arg(root_pem);
    sign.arg("-CAkey").arg(root_key);
    sign.arg("-out").arg(&certificate);
    for mut command in [ask, sign] {
        let output = command.output().expect("openssl: bin/test installs it");
        assert!(output.status.success(), "{output:?}");
    }
    std::fs::read_to_string(certificate).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;
    use x509::Chain;

    #[test]
    fn they_are_what_they_are_called() {
        let folder = Folder::new("twelve");
        let twelve = Twelve::make(&folder);
        let pem = |case| twelve.identity(case).pem();
        for (case, length) in [
            ("ec", 1),
            ("chain-two", 2),
            ("chain-three", 3),
            ("chain-four", 4),
        ] {
            assert_eq!(pem(case).matches("BEGIN").count(), length, "{case}");
        }
        assert!(pem("large").len() > 10 * 1024 * 4 / 3);
        assert!(pem("plus").contains("\n+"));
        for case in CASES {
            let chain = Chain::from_pem(&pem(case)).unwrap();
            let subject = chain.leaf().subject().to_string();
            assert!(subject.contains(&format!("CN={}", name(case))), "{subject}");
        }
        let text = Command::new("openssl")
            .args(["x509", "-noout", "-text", "-in"])
            .arg(twelve.identity("version-1").certificate)
            .output()
            .unwrap();
        let text = String::from_utf8(text.stdout).unwrap();
        assert!(text.contains("Version: 1 (0x0)"), "{text}");
    }
}
