//! What is fuzzed: each parser of bytes that strangers send, as a function that must not panic, not run away and not believe too much.
//!
//! `fuzz/fuzz_targets` wraps each in a program for libFuzzer; `tests/corpus.rs` replays what was found worth keeping, on any compiler.
#![allow(
    clippy::panic,
    reason = "a broken promise has to stop the fuzzer where it was broken"
)]

mod certificates;
mod requests;
mod revocation;
mod tokens;

/// A target: its name, which is its folder in `fuzz/corpus`, and what it does with an input.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: &[Target] = &[
    ("certificate", certificates::certificate),
    ("pem_chain", certificates::pem_chain),
    ("client_cert", requests::client_cert),
    ("forwarding", requests::forwarding),
    ("target", requests::target),
    ("preamble", requests::preamble),
    ("revocation_list", revocation::list),
    ("ocsp_answer", revocation::answer),
    ("token", tokens::token),
    ("sealed", tokens::sealed),
];

/// Runs the target of this name.
///
/// # Panics
/// When there is no such target, or the target's promise is broken.
pub fn run(name: &str, input: &[u8]) {
    match TARGETS.iter().find(|(known, _)| *known == name) {
        Some((_, target)) => target(input),
        None => panic!("there is no target {name}"),
    }
}
