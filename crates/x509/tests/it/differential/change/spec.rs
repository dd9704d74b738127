//! What a certificate is to say.

use super::{Change, SpecChange};
use crate::der::{
    any_policy, element, extension, mappings, name_constraints, oid, policies, sequence,
};
use crate::differential::made::Spec;
use crate::differential::random::Random;
use rcgen::{
    BasicConstraints, CustomExtension, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyIdMethod, KeyUsagePurpose, SanType, date_time_ymd,
};

/// Changes of what a certificate is to say. They give whether anything was changed.
pub fn spec_changes() -> &'static [Change<SpecChange>] {
    &[
        Change {
            name: "times",
            apply: |specs, at, _, random| {
                let (from, to) = *random.pick(&[(2010, 2020), (2030, 2040), (1960, 2060)]);
                specs[at].params.not_before = date_time_ymd(from, 1, 1);
                specs[at].params.not_after = date_time_ymd(to, 1, 1);
                true
            },
        },
        Change {
            name: "basic constraints",
            apply: |specs, at, _, random| {
                specs[at].params.is_ca = match random.below(5) {
                    0 => IsCa::NoCa,
                    1 => IsCa::ExplicitNoCa,
                    2 => IsCa::Ca(BasicConstraints::Unconstrained),
                    length => {
                        let length = u8::try_from(length - 3).unwrap();
                        IsCa::Ca(BasicConstraints::Constrained(length))
                    }
                };
                true
            },
        },
        Change {
            name: "key usage",
            apply: |specs, at, _, random| {
                let all = [
                    KeyUsagePurpose::DigitalSignature,
                    KeyUsagePurpose::KeyCertSign,
                    KeyUsagePurpose::CrlSign,
                    KeyUsagePurpose::KeyAgreement,
                ];
                specs[at].params.key_usages =
                    all.into_iter().filter(|_| random.one_in(2)).collect();
                true
            },
        },
        Change {
            name: "extended key usage",
            apply: |specs, at, _, random| {
                let all = [
                    ExtendedKeyUsagePurpose::ClientAuth,
                    ExtendedKeyUsagePurpose::ServerAuth,
                    ExtendedKeyUsagePurpose::Any,
                    ExtendedKeyUsagePurpose::EmailProtection,
                ];
                specs[at].params.extended_key_usages =
                    all.into_iter().filter(|_| random.one_in(3)).collect();
                true
            },
        },
        Change {
            name: "names",
            apply: |specs, at, _, random| {
                let host = *random.pick(&["a.example.com", "example.com", "b.example.org", "com"]);
                let uri = format!("https://{host}/x");
                let email = format!("x@{host}");
                specs[at].params.subject_alt_names = match random.below(5) {
                    0 => vec![SanType::DnsName(host.try_into().unwrap())],
                    1 => vec![SanType::Rfc822Name(email.as_str().try_into().unwrap())],
                    2 => vec![SanType::URI(uri.as_str().try_into().unwrap())],
                    3 => vec![SanType::IpAddress("10.1.2.3".parse().unwrap())],
                    _ => Vec::new(),
                };
                true
            },
        },
        Change {
            name: "name constraints",
            apply: |specs, at, _, random| {
                let texts: [&[u8]; 5] = [
                    b"example.com",
                    b".example.com",
                    b"example.org",
                    b"a.example.com",
                    b"",
                ];
                let acme = sequence([element(
                    0x31,
                    &sequence([element(6, &[85, 4, 10]), element(12, b"acme")]),
                )]);
                let base = |random: &mut Random| -> (u8, Vec<u8>) {
                    match random.below(6) {
                        0 => (0x81, random.pick(&texts).to_vec()),
                        1 => (0x82, random.pick(&texts).to_vec()),
                        2 => (0x86, random.pick(&texts).to_vec()),
                        3 => (0xa4, acme.clone()),
                        4 => (0x87, vec![10, 1, 0, 0, 255, 255, 0, 0]),
                        _ => (0x87, vec![10, 1, 0, 0, 255, 0, 255, 0]),
                    }
                };
                let count = 1 + random.below(2);
                let bases: Vec<(u8, Vec<u8>)> = (0..count).map(|_| base(random)).collect();
                let bases: Vec<(u8, &[u8])> = bases
                    .iter()
                    .map(|(tag, base)| (*tag, base.as_slice()))
                    .collect();
                let constraints = match random.one_in(2) {
                    true => name_constraints(&bases, &[]),
                    false => name_constraints(&[], &bases),
                };
                add(&mut specs[at], constraints)
            },
        },
        Change {
            name: "policies",
            apply: |specs, at, _, random| {
                let mut held: Vec<Vec<u8>> = (1..4).filter(|_| random.one_in(2)).map(oid).collect();
                if held.is_empty() || random.one_in(4) {
                    held.push(any_policy());
                }
                let mut extension = policies(held);
                extension.set_criticality(random.one_in(2));
                add(&mut specs[at], extension)
            },
        },
        Change {
            name: "policies everywhere",
            apply: |specs, _, _, random| {
                let require = random.below(3);
                for (at, spec) in specs.iter_mut().enumerate() {
                    let mut held = vec![oid(1)];
                    held.extend(random.one_in(2).then(|| oid(2)));
                    held.extend(random.one_in(3).then(any_policy));
                    let mut extension = policies(held);
                    extension.set_criticality(false);
                    add(spec, extension);
                    if at == require {
                        add(spec, constraints(0x80, random));
                    }
                }
                true
            },
        },
        Change {
            name: "policy mappings",
            apply: |specs, at, _, random| {
                let mut extension = mappings([(
                    oid(u32::try_from(1 + random.below(2)).unwrap()),
                    oid(u32::try_from(1 + random.below(3)).unwrap()),
                )]);
                extension.set_criticality(false);
                add(&mut specs[at], extension)
            },
        },
        Change {
            name: "policy constraints",
            apply: |specs, at, _, random| {
                let tag = *random.pick(&[0x80, 0x81]);
                let extension = constraints(tag, random);
                add(&mut specs[at], extension)
            },
        },
        Change {
            name: "inhibit any-policy",
            apply: |specs, at, _, random| {
                let skip = u8::try_from(random.below(3)).unwrap();
                add(&mut specs[at], extension(54, false, element(2, &[skip])))
            },
        },
        Change {
            name: "unknown extension",
            apply: |specs, at, _, random| {
                let mut extension =
                    CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 99999, 1], vec![5, 0]);
                extension.set_criticality(random.one_in(2));
                add(&mut specs[at], extension)
            },
        },
        Change {
            name: "key identifiers",
            apply: |specs, at, _, random| {
                specs[at].params.use_authority_key_identifier_extension = random.one_in(2);
                specs[at].params.key_identifier_method = match random.below(3) {
                    0 => KeyIdMethod::Sha512,
                    1 => KeyIdMethod::PreSpecified(vec![1, 2, 3]),
                    _ => KeyIdMethod::Sha256,
                };
                true
            },
        },
        Change {
            name: "another key",
            apply: |specs, at, keys, random| {
                specs[at].key = random.below(keys.count());
                true
            },
        },
        Change {
            name: "another signer",
            apply: |specs, at, keys, random| {
                specs[at].signer = Some(random.below(keys.count()));
                true
            },
        },
        Change {
            name: "issuer's name",
            apply: |specs, at, _, random| {
                let above = &specs[at.saturating_sub(1)].params.distinguished_name;
                let name = match above.get(&DnType::CommonName) {
                    Some(rcgen::DnValue::Utf8String(name)) => name.clone(),
                    _ => return false,
                };
                let (organization, name) = match random.below(4) {
                    0 => ("ACME", name.to_uppercase()),
                    1 => ("Acme", format!("  {}", name.replace(' ', "   "))),
                    2 => ("Acme", format!("{name}x")),
                    _ => ("Acme Inc.", name),
                };
                let mut changed = DistinguishedName::new();
                changed.push(DnType::OrganizationName, organization);
                changed.push(DnType::CommonName, name);
                specs[at].issuer = Some(changed);
                true
            },
        },
        Change {
            name: "self-issued",
            apply: |specs, at, _, _| {
                let above = &specs[at.saturating_sub(1)].params.distinguished_name;
                specs[at].params.distinguished_name = above.clone();
                at > 0
            },
        },
        Change {
            name: "no subject",
            // Authorities without a name would help other chains.
            apply: |specs, at, _, _| {
                let is_last = at + 1 == specs.len();
                if is_last {
                    specs[at].params.distinguished_name = DistinguishedName::new();
                }
                is_last
            },
        },
        Change {
            name: "not sent",
            apply: |specs, at, _, _| {
                let is_middle = at > 0 && at + 1 < specs.len();
                specs[at].sent &= !is_middle;
                is_middle
            },
        },
        Change {
            name: "serial number",
            apply: |specs, at, _, random| {
                let lengths: [&[u8]; 4] = [&[0], &[0x7f; 20], &[0x7f; 21], &[1; 60]];
                let bytes = random.pick(&lengths);
                specs[at].params.serial_number = Some(bytes.to_vec().into());
                true
            },
        },
    ]
}

fn constraints(tag: u8, random: &mut Random) -> CustomExtension {
    let skip = u8::try_from(random.below(3)).unwrap();
    extension(36, false, sequence([element(tag, &[skip])]))
}

/// Adds an extension, once of each kind: what stands twice is a raw change.
fn add(spec: &mut Spec, extension: CustomExtension) -> bool {
    let is_there = spec
        .params
        .custom_extensions
        .iter()
        .any(|held| held.oid_components().eq(extension.oid_components()));
    if !is_there {
        spec.params.custom_extensions.push(extension);
    }
    !is_there
}
