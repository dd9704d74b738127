//! Revocation: lists and OCSP answers, read and judged.

mod answers;
mod hostile;
mod lists;
mod made;
mod openssl;
mod read;

use crate::made::{NOW, Party, anchors, chain};
use std::sync::Arc;
use x509::{
    Judgement, OcspAnswer, Policy, Reach, RevocationList, RevocationPolicy, Revocations,
    Strictness, judge,
};

pub const SOFT: Strictness = Strictness::Soft { max_age: None };

/// Lists in DER, which have to be readable.
pub fn lists(ders: &[Vec<u8>]) -> Revocations {
    let read = |der: &Vec<u8>| Arc::new(RevocationList::from_der(der).unwrap());
    Revocations::new(ders.iter().map(read), [])
}

pub fn answers(ders: &[Vec<u8>]) -> Revocations {
    let read = |der: &Vec<u8>| Arc::new(OcspAnswer::from_der(der).unwrap());
    Revocations::new([], ders.iter().map(read))
}

pub fn by_lists(crl: Strictness) -> RevocationPolicy {
    RevocationPolicy {
        crl,
        ..RevocationPolicy::default()
    }
}

pub fn by_answers(ocsp: Strictness) -> RevocationPolicy {
    RevocationPolicy {
        ocsp,
        ..RevocationPolicy::default()
    }
}

pub fn whole_path(crl: Strictness) -> RevocationPolicy {
    RevocationPolicy {
        reach: Reach::Path,
        ..by_lists(crl)
    }
}

/// Judges the first of `path`, whose trust anchor is the last.
pub fn judged(path: &[&Party], revocation: RevocationPolicy, known: Revocations) -> Judgement {
    let policy = Policy {
        revocation,
        revocations: Arc::new(known),
        ..Policy::default()
    };
    let (anchor, sent) = path.split_last().unwrap();
    judge(&chain(sent), &anchors(&[anchor]), &policy, NOW)
}

/// The refusal's code, or `accepted` with the codes of all notes.
pub fn outcome(judgement: &Judgement) -> String {
    match &judgement.outcome {
        Ok(_) => {
            let codes = judgement.steps.iter().filter_map(|step| step.code.clone());
            let all = std::iter::once("accepted".to_owned()).chain(codes);
            all.collect::<Vec<_>>().join(" ")
        }
        Err(rejection) => rejection.code().to_owned(),
    }
}
