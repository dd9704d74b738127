//! NIST's Public Key Interoperability Test Suite (PKITS, 2011 edition): every test is a row of a table.
//!
//! A table is text: `section | end certificate | certificates above it, nearest first | revocation lists | inputs | expected`, names of
//! files without their ending. The trust anchor is the same everywhere. Inputs (RFC 5280 §6.1.1): `explicit`, `no-mapping`, `no-any`,
//! `set=1,2` for NIST's test policies 1 and 2. Expected: the code of a refusal, or `accepted` with the user-constrained policy set where
//! the test states one: `1,2`, `any` or `none`.

mod paths;
mod revocation;

use std::path::PathBuf;
use x509::{
    AuthorityLeaf, Certificate, Chain, ChainError, Indicator, InitialPolicies, Judgement, Policy,
    TrustAnchors, VerifiedChain,
};

/// 2026-06-01, within the suite's validity periods.
pub const NOW: i64 = 1_780_272_000;

/// What NIST's test policies have in common.
const TEST_POLICY: &str = "2.16.840.1.101.3.2.1.48.";

/// One test.
#[derive(Debug)]
pub struct Row {
    /// The section, and a number behind it where a section asks several questions.
    pub section: &'static str,
    end: &'static str,
    above: Vec<&'static str>,
    lists: Vec<&'static str>,
    inputs: Vec<&'static str>,
    expected: &'static str,
}

/// The rows of a table.
pub fn rows(table: &'static str) -> Vec<Row> {
    let lines = table
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let [section, end, above, lists, inputs, expected] = cells[..] else {
                panic!("six cells make a row: {line}");
            };
            Row {
                section,
                end,
                above: above.split_whitespace().collect(),
                lists: lists.split_whitespace().collect(),
                inputs: inputs.split_whitespace().collect(),
                expected,
            }
        })
        .collect()
}

/// Judges every row; tells all that came out otherwise than expected.
pub fn all_as_expected(rows: &[Row], judge: impl Fn(&Row, &Chain) -> Judgement) {
    let differing: Vec<String> = rows
        .iter()
        .filter_map(|row| {
            let (outcome, last) = row.outcome(&judge);
            (outcome != row.expected).then(|| {
                format!(
                    "{} {}: expected {}, found {outcome} ({last})",
                    row.section, row.end, row.expected
                )
            })
        })
        .collect();
    assert!(differing.is_empty(), "\n{}", differing.join("\n"));
}

impl Row {
    /// What is presented: the end certificate and those above it.
    pub fn chain(&self) -> Result<Chain, ChainError> {
        let names = std::iter::once(&self.end).chain(&self.above);
        let ders: Vec<Vec<u8>> = names
            .map(|name| vector(&format!("certs/{name}.crt")))
            .collect();
        Chain::from_ders(ders.iter().map(Vec::as_slice))
    }

    /// What came of it as the table has it, and the last thing that was told.
    fn outcome(&self, judge: impl Fn(&Self, &Chain) -> Judgement) -> (String, String) {
        let chain = match self.chain() {
            Ok(chain) => chain,
            Err(error) => return (error.code().to_owned(), error.to_string()),
        };
        let judgement = judge(self, &chain);
        let last = judgement.steps.last().map(|step| step.text.clone());
        let outcome = match &judgement.outcome {
            Ok(verified) => self.accepted(verified),
            Err(rejection) => rejection.code().to_owned(),
        };
        (outcome, last.unwrap_or_default())
    }

    /// The suite's trust anchor.
    pub fn anchors(&self) -> TrustAnchors {
        let der = vector("certs/TrustAnchorRootCertificate.crt");
        TrustAnchors::new([Certificate::from_der(&der).unwrap()])
    }

    /// The row's inputs, and what the suite takes for granted: nothing is asked of usages, authorities may stand at the end.
    pub fn policy(&self) -> Policy {
        let mut initial_policies = InitialPolicies::default();
        for input in &self.inputs {
            match *input {
                "explicit" => initial_policies.explicit = Indicator::Set,
                "no-mapping" => initial_policies.mapping_inhibit = Indicator::Set,
                "no-any" => initial_policies.any_inhibit = Indicator::Set,
                set => {
                    let numbers = set.strip_prefix("set=").unwrap();
                    let oids = numbers
                        .split(',')
                        .map(|number| format!("{TEST_POLICY}{number}"));
                    initial_policies.acceptable = Some(oids.collect());
                }
            }
        }
        Policy {
            authority_leaf: AuthorityLeaf::Allowed,
            initial_policies,
            ..Policy::default()
        }
    }

    /// The row's revocation lists, DER.
    pub fn lists(&self) -> Vec<Vec<u8>> {
        self.lists
            .iter()
            .map(|name| vector(&format!("crls/{name}.crl")))
            .collect()
    }

    /// With the policies where the row states them.
    fn accepted(&self, verified: &VerifiedChain) -> String {
        if self.expected == "accepted" {
            return self.expected.to_owned();
        }
        let names = verified.policies().iter().map(|oid| match oid.as_str() {
            "2.5.29.32.0" => "any",
            oid => oid.strip_prefix(TEST_POLICY).unwrap_or(oid),
        });
        let names: Vec<&str> = names.collect();
        match names.is_empty() {
            true => "accepted none".to_owned(),
            false => format!("accepted {}", names.join(",")),
        }
    }
}

/// A file of the suite.
fn vector(name: &str) -> Vec<u8> {
    let home = std::env::var_os("POSTERN_PKITS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/vectors/pkits"),
        PathBuf::from,
    );
    let path = home.join(name);
    std::fs::read(&path).unwrap_or_else(|error| {
        panic!(
            "{}: {error}; run bin/vectors, which brings the test vectors, or set POSTERN_PKITS to the folder that holds certs and crls",
            path.display()
        )
    })
}
