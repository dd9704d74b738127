//! Chains that are changed in every way we can think of, judged by us, by `rustls-webpki` and by `openssl verify`. Where they differ, a
//! table says why. `cargo run --release -p postern-x509 --example differential -- FROM TO` judges any other range of them.

mod change;
mod judges;
mod made;
mod random;
mod reasons;

use judges::Verdict;
use made::{Keys, Made};
use reasons::reason;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

/// How many are given to one `openssl verify`.
const BATCH: usize = 100;

/// What came of many chains.
#[derive(Debug, Default)]
pub struct Outcome {
    pub accepted: usize,
    pub refused: usize,
    /// How often each explained difference was met.
    pub explained: BTreeMap<&'static str, usize>,
    /// Differences that nobody explained, each once, with an example.
    pub unexplained: BTreeMap<String, String>,
}

/// Judges the chains of these numbers; openssl those whose number is divisible by `openssl_each`.
pub fn compare(numbers: Range<usize>, openssl_each: usize, folder: &Path) -> Outcome {
    let keys = Keys::new();
    let mut outcome = Outcome::default();
    let mut waiting: Vec<(usize, Made, Verdict)> = Vec::new();
    let last = numbers.end - 1;
    for number in numbers {
        let made = made::chain(number, &keys);
        let ours = judges::ours(&made);
        match &ours {
            Ok(()) => outcome.accepted += 1,
            Err(_) => outcome.refused += 1,
        }
        note(
            &mut outcome,
            number,
            &made,
            &ours,
            "webpki",
            &judges::webpki(&made),
        );
        if number % openssl_each == 0 {
            waiting.push((number, made, ours));
        }
        if waiting.len() == BATCH || (number == last && !waiting.is_empty()) {
            let (others, made): (Vec<_>, Vec<Made>) = waiting
                .drain(..)
                .map(|(number, made, ours)| ((number, ours), made))
                .unzip();
            let theirs = judges::openssl(&made, folder);
            for (((number, ours), made), theirs) in others.iter().zip(&made).zip(&theirs) {
                note(&mut outcome, *number, made, ours, "openssl", theirs);
            }
        }
    }
    outcome
}

/// All that is said of one chain, and its certificates.
#[cfg_attr(test, expect(dead_code, reason = "for the example"))]
pub fn explain(number: usize, folder: &Path) -> String {
    let made = made::chain(number, &Keys::new());
    let mut text = format!("changes: {:?}\n", made.changes);
    let chain = x509::Chain::from_ders(made.sent.iter().map(Vec::as_slice));
    let root = x509::Certificate::from_der(&made.root);
    match (chain, root) {
        (Ok(chain), Ok(root)) => {
            let anchors = x509::TrustAnchors::new([root]);
            let policy = x509::Policy::default();
            let judgement = x509::judge(&chain, &anchors, &policy, crate::made::NOW);
            for step in judgement.steps {
                text += &format!("ours: {}\n", step.text);
            }
        }
        (chain, root) => text += &format!("ours: {chain:?} {root:?}\n"),
    }
    text += &format!("webpki: {:?}\n", judges::webpki(&made));
    let all = [made];
    text += &format!("openssl: {:?}\n", judges::openssl(&all, folder));
    let [made] = all;
    let ders = std::iter::once(&made.root).chain(&made.sent);
    ders.fold(text, |text, der| text + &judges::pem(der))
}

fn note(
    outcome: &mut Outcome,
    number: usize,
    made: &Made,
    ours: &Verdict,
    who: &'static str,
    theirs: &Verdict,
) {
    if ours.is_ok() == theirs.is_ok() {
        return;
    }
    if let Some(why) = reason(made, ours, who, theirs) {
        *outcome.explained.entry(why).or_default() += 1;
        return;
    }
    let said = |verdict: &Verdict| verdict.clone().err().unwrap_or("accepted".to_owned());
    let what = format!("ours {}, {who} {}", said(ours), said(theirs));
    let example = format!("chain {number} of {}: {:?}", made.length, made.changes);
    let examples = outcome.unexplained.entry(what).or_default();
    if examples.lines().count() < 4 {
        *examples += &format!("\n    {example}");
    }
}

#[cfg(test)]
mod tests {
    use super::compare;
    use std::path::PathBuf;

    #[test]
    fn ten_thousand_changed_chains_are_judged_alike_but_for_what_is_explained() {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("differential");
        let outcome = compare(0..10_000, 1, &folder);
        std::fs::remove_dir_all(&folder).unwrap();
        let unexplained: Vec<String> = outcome
            .unexplained
            .iter()
            .map(|(what, examples)| format!("{what}:{examples}"))
            .collect();
        assert!(
            unexplained.is_empty(),
            "\n{}\n\nexplained: {:#?}",
            unexplained.join("\n"),
            outcome.explained
        );
        assert!(
            outcome.accepted > 2_000 && outcome.refused > 2_000,
            "{outcome:#?}"
        );
    }
}
