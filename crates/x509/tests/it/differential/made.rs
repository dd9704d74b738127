//! Chains that are changed in every way we can think of: a few at a time, each told by its name.

use super::change::{Change, raw_changes, spec_changes};
use super::random::Random;
use crate::der::{body, elements, sequence};
use crate::made::{authority, person};
use rcgen::{CertificateParams, DistinguishedName, DnType, Issuer, KeyPair, SigningKey};

/// What three judges are asked about.
pub struct Made {
    /// The names of what was changed, with the place: 0 is the root, the last is the person.
    pub changes: Vec<(usize, &'static str)>,
    pub root: Vec<u8>,
    /// The person's first.
    pub sent: Vec<Vec<u8>>,
    /// How many certificates the whole path has.
    pub length: usize,
}

/// A certificate that is not made yet.
pub struct Spec {
    pub params: CertificateParams,
    /// Which of the keys is its own.
    pub key: usize,
    /// Which key signs it, and under which name: the certificate above, unless changed.
    pub signer: Option<usize>,
    pub issuer: Option<DistinguishedName>,
    /// Whether it is sent along.
    pub sent: bool,
}

/// Keys for all chains, always the same: eight of P-256, then one each of P-384, Ed25519, RSA and P-521.
pub struct Keys(Vec<KeyPair>);

impl Keys {
    pub fn new() -> Self {
        let keys = include_str!("../data/keys.pem").split_inclusive("-----END PRIVATE KEY-----\n");
        let algorithms = std::iter::repeat_n(&rcgen::PKCS_ECDSA_P256_SHA256, 8).chain([
            &rcgen::PKCS_ECDSA_P384_SHA384,
            &rcgen::PKCS_ED25519,
            &rcgen::PKCS_RSA_SHA256,
            &rcgen::PKCS_ECDSA_P521_SHA512,
        ]);
        Self(
            keys.zip(algorithms)
                .map(|(pem, algorithm)| KeyPair::from_pem_and_sign_algo(pem, algorithm).unwrap())
                .collect(),
        )
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    fn get(&self, at: usize) -> &KeyPair {
        &self.0[at]
    }
}

/// The chain of this number. Names are its own, so that many can be judged at once.
pub fn chain(number: usize, keys: &Keys) -> Made {
    let random = &mut Random::new(u64::try_from(number).unwrap() + 1);
    let length = 2 + random.below(3);
    let mut specs: Vec<Spec> = (0..length)
        .map(|at| {
            // Names that one changed byte makes nobody else's.
            let place = ["root", "upper", "lower", "person"][at];
            let name = format!("n{number}.{number} {place}");
            let mut params = if at + 1 == length {
                person(&name.replace(' ', "."))
            } else {
                authority(&name)
            };
            params.distinguished_name = DistinguishedName::new();
            params
                .distinguished_name
                .push(DnType::OrganizationName, "Acme");
            params.distinguished_name.push(DnType::CommonName, name);
            Spec {
                params,
                key: (number + at) % 8,
                signer: None,
                issuer: None,
                sent: at > 0,
            }
        })
        .collect();
    let mut changes = Vec::new();
    for _ in 0..random.below(4) {
        let at = random.below(length);
        let Change { name, apply } = random.pick(spec_changes());
        if apply(&mut specs, at, keys, random) {
            changes.push((at, *name));
        }
    }
    let mut ders: Vec<Vec<u8>> = (0..length).map(|at| issue(&specs, at, keys)).collect();
    if random.one_in(2) {
        let at = random.below(length);
        let Change { name, apply } = random.pick(raw_changes());
        let signed = elements(body(&ders[at]))[0].to_vec();
        if let Some(changed) = apply(&signed, random) {
            changes.push((at, *name));
            ders[at] = sign(&changed, &ders[at], signer(&specs, at, keys));
        }
    }
    let root = ders[0].clone();
    let sent = ders
        .into_iter()
        .zip(&specs)
        .filter(|(_, spec)| spec.sent)
        .map(|(der, _)| der)
        .rev()
        .collect();
    Made {
        changes,
        root,
        sent,
        length,
    }
}

fn signer<'k>(specs: &[Spec], at: usize, keys: &'k Keys) -> &'k KeyPair {
    let own = specs[at].signer.unwrap_or(specs[at.saturating_sub(1)].key);
    keys.get(own)
}

fn issue(specs: &[Spec], at: usize, keys: &Keys) -> Vec<u8> {
    let (spec, above) = (&specs[at], &specs[at.saturating_sub(1)]);
    let mut params = above.params.clone();
    if let Some(name) = &spec.issuer {
        params.distinguished_name = name.clone();
    }
    let issuer = Issuer::new(params, signer(specs, at, keys));
    let made = spec.params.signed_by(keys.get(spec.key), &issuer).unwrap();
    made.der().to_vec()
}

/// What is signed, signed anew; the algorithm stays.
fn sign(signed: &[u8], before: &[u8], key: &KeyPair) -> Vec<u8> {
    let algorithm = elements(body(before))[1].to_vec();
    let bits = [&[0], key.sign(signed).unwrap().as_slice()].concat();
    sequence([signed.to_vec(), algorithm, crate::der::element(3, &bits)])
}
