//! Wycheproof's vectors for every primitive that JOSE uses. `bin/vectors` brings them.
//!
//! Each test says what the vectors say, unless JOSE wants it otherwise; where it does, the test says why. Numbers of vectors are exact, so that none
//! gets lost.

mod encryption;
mod signatures;

use serde_json::Value;
use std::path::PathBuf;

/// A vector, with the group that it stands in.
struct Vector {
    file: String,
    group: Value,
    test: Value,
}

impl Vector {
    /// Bytes of the vector.
    fn bytes(&self, member: &str) -> Vec<u8> {
        hex(self.test[member].as_str().unwrap())
    }

    /// A number of the group.
    fn number(&self, member: &str) -> u64 {
        self.group[member].as_u64().unwrap()
    }

    fn text(&self, member: &str) -> &str {
        self.group[member].as_str().unwrap_or_default()
    }

    fn has_flag(&self, flag: &str) -> bool {
        self.test["flags"]
            .as_array()
            .unwrap()
            .iter()
            .any(|known| known == flag)
    }

    /// Whether it is right by its own algorithm.
    fn is_valid(&self) -> bool {
        self.test["result"] == "valid"
    }

    /// Compares with what the vector says; what is acceptable may go either way.
    fn expect(&self, is_accepted: bool) {
        match self.test["result"].as_str().unwrap() {
            "valid" => assert!(is_accepted, "{}", self.name()),
            "invalid" => assert!(!is_accepted, "{}", self.name()),
            "acceptable" => {}
            other => panic!("{other}: {}", self.name()),
        }
    }

    fn name(&self) -> String {
        format!(
            "{} {}: {} {}",
            self.file, self.test["tcId"], self.test["comment"], self.test["flags"]
        )
    }
}

/// All vectors of files whose names begin and end so.
fn vectors(begin: &str, end: &str) -> Vec<Vector> {
    let home = std::env::var_os("POSTERN_WYCHEPROOF").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/vectors/wycheproof"),
        PathBuf::from,
    );
    let listed = std::fs::read_dir(&home).unwrap_or_else(|error| {
        panic!(
            "{}: {error}; run bin/vectors, which brings the test vectors, or set POSTERN_WYCHEPROOF to the folder that holds them",
            home.display()
        )
    });
    let mut names: Vec<String> = listed
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with(begin) && name.ends_with(&format!("{end}_test.json")))
        .collect();
    names.sort();
    let mut all = Vec::new();
    for file in names {
        let text = std::fs::read_to_string(home.join(&file)).unwrap();
        let mut set: Value = serde_json::from_str(&text).unwrap();
        let before = all.len();
        for mut group in set["testGroups"].as_array_mut().unwrap().drain(..) {
            let Value::Array(tests) = group["tests"].take() else {
                panic!("{file} has a group without tests")
            };
            all.extend(tests.into_iter().map(|test| Vector {
                file: file.clone(),
                group: group.clone(),
                test,
            }));
        }
        assert_eq!((all.len() - before) as u64, set["numberOfTests"], "{file}");
    }
    all
}

fn hex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2);
    digits
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}
