//! Judges a range of changed chains by us, by `rustls-webpki` and by `openssl verify`: `differential FROM TO`, or one chain with all that is
//! said of it and its certificates: `differential NUMBER`.
#![allow(clippy::unwrap_used, dead_code, missing_docs)]

#[path = "../tests/it/der.rs"]
mod der;
#[path = "../tests/it/differential/mod.rs"]
mod differential;
#[path = "../tests/it/made.rs"]
mod made;

fn main() {
    let numbers: Vec<usize> = std::env::args()
        .skip(1)
        .map(|argument| argument.parse().expect("a number"))
        .collect();
    let folder = std::env::temp_dir().join(format!("differential-{}", std::process::id()));
    match numbers[..] {
        [number] => print!("{}", differential::explain(number, &folder)),
        [from, to] if from < to => {
            let outcome = differential::compare(from..to, 1, &folder);
            println!("{outcome:#?}");
        }
        _ => eprintln!("differential FROM TO, or differential NUMBER"),
    }
    std::fs::remove_dir_all(&folder).ok();
}
