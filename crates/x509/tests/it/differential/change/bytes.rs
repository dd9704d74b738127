//! The bytes that are signed.

use super::{Change, RawChange};
use crate::der::{body, element, elements, sequence};

/// Changes of the bytes that are signed.
pub fn raw_changes() -> &'static [Change<RawChange>] {
    &[
        Change {
            name: "a byte",
            apply: |signed, random| {
                let mut changed = signed.to_vec();
                let head = signed.len() - body(signed).len();
                let at = head + random.below(signed.len() - head);
                changed[at] = u8::try_from(random.below(256)).unwrap();
                Some(changed)
            },
        },
        Change {
            name: "a bit",
            apply: |signed, random| {
                let mut changed = signed.to_vec();
                let head = signed.len() - body(signed).len();
                let at = head + random.below(signed.len() - head);
                changed[at] ^= 1 << random.below(8);
                Some(changed)
            },
        },
        Change {
            name: "a bit of an extension",
            apply: |signed, random| {
                edit_extensions(signed, |extensions| {
                    let chosen = random.below(extensions.len());
                    let extension = &mut extensions[chosen];
                    let at = 2 + random.below(extension.len() - 2);
                    extension[at] ^= 1 << random.below(8);
                })
            },
        },
        Change {
            name: "an extension twice",
            apply: |signed, random| {
                edit_extensions(signed, |extensions| {
                    let twice = random.pick(extensions).clone();
                    extensions.push(twice);
                })
            },
        },
        Change {
            name: "an extension left out",
            apply: |signed, random| {
                edit_extensions(signed, |extensions| {
                    let at = random.below(extensions.len());
                    extensions.remove(at);
                })
            },
        },
        Change {
            name: "criticality",
            apply: |signed, random| {
                edit_extensions(signed, |extensions| {
                    let at = random.below(extensions.len());
                    let parts = elements(body(&extensions[at]));
                    let (first, last) = (parts[0].to_vec(), parts[parts.len() - 1].to_vec());
                    let critical = match (parts.len(), random.one_in(4)) {
                        (_, true) => element(1, &[0]),
                        (2, false) => element(1, &[0xff]),
                        _ => Vec::new(),
                    };
                    extensions[at] = sequence([first, critical, last]);
                })
            },
        },
        Change {
            name: "something behind an extension's value",
            apply: |signed, random| {
                edit_extensions(signed, |extensions| {
                    let at = random.below(extensions.len());
                    let mut parts: Vec<Vec<u8>> = elements(body(&extensions[at]))
                        .into_iter()
                        .map(<[u8]>::to_vec)
                        .collect();
                    let value = parts.pop().unwrap();
                    parts.push(element(4, &[body(&value), &[5, 0]].concat()));
                    extensions[at] = sequence(parts);
                })
            },
        },
        Change {
            name: "version 1",
            apply: |signed, _| {
                let parts = elements(body(signed));
                let old = parts.iter().filter(|part| !matches!(part[0], 0xa0..=0xa3));
                Some(sequence(old.map(|part| part.to_vec())))
            },
        },
        Change {
            name: "version",
            apply: |signed, random| {
                let number = *random.pick(&[0, 1, 3, 0x80]);
                let rest = elements(body(signed))
                    .into_iter()
                    .skip(1)
                    .map(<[u8]>::to_vec);
                let version = element(0xa0, &element(2, &[number]));
                Some(sequence(std::iter::once(version).chain(rest)))
            },
        },
        Change {
            name: "negative serial number",
            apply: |signed, _| {
                let mut parts: Vec<Vec<u8>> = elements(body(signed))
                    .into_iter()
                    .map(<[u8]>::to_vec)
                    .collect();
                parts[1] = element(2, &[0x80, 1]);
                Some(sequence(parts))
            },
        },
    ]
}

/// What is signed, with other extensions; `None` where there are none.
fn edit_extensions(signed: &[u8], edit: impl FnOnce(&mut Vec<Vec<u8>>)) -> Option<Vec<u8>> {
    let mut parts: Vec<Vec<u8>> = elements(body(signed))
        .into_iter()
        .map(<[u8]>::to_vec)
        .collect();
    let last = parts.pop().filter(|last| last[0] == 0xa3)?;
    let list = elements(body(&last))[0].to_vec();
    let mut extensions: Vec<Vec<u8>> = elements(body(&list))
        .into_iter()
        .map(<[u8]>::to_vec)
        .collect();
    edit(&mut extensions);
    parts.push(element(0xa3, &sequence(extensions)));
    Some(sequence(parts))
}
