//! The README's way to a certificate sign-in works as printed, with the ports and the build of this test.

use std::process::Command;
use support::folder::Folder;
use support::process::Process;
use support::{ports, program, wait};

/// The blocks of commands of a section, up to the next one.
fn blocks<'a>(readme: &'a str, heading: &str) -> Vec<&'a str> {
    let (_, section) = readme.split_once(heading).expect("the section is there");
    let section = section.split("\n## ").next().unwrap();
    section
        .split("```sh\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect()
}

#[test]
fn a09_ten_minutes_to_a_sign_in_by_certificate() {
    let readme = std::fs::read_to_string(program::root().join("README.md")).unwrap();
    let blocks = blocks(&readme, "## Ten minutes");
    let (_, stop) = readme.split_once("To stop: `").unwrap();
    let stop = stop.split('`').next().unwrap();
    let (begin, ask) = (blocks[0], blocks[1]);
    let (build, begin) = begin.trim_start().split_once('\n').unwrap();
    assert!(build.starts_with("cargo build --release"), "{build}");

    // A clone with other ports.
    let folder = Folder::new("readme");
    let (inside, outside) = (ports::free().to_string(), ports::free().to_string());
    let ported = |text: &str| text.replace("8443", &outside).replace("8080", &inside);
    for file in ["deploy/nginx/postern.conf", "deploy/realm/demo-realm.json"] {
        let text = std::fs::read_to_string(program::root().join(file)).unwrap();
        folder.write(file, ported(&text));
    }
    let programs = program::postern().parent().unwrap().display();
    let path = format!("{programs}:{}", std::env::var("PATH").unwrap());
    let bash = |commands: &str| {
        let mut bash = Command::new("bash");
        bash.args(["-e", "-c", commands]).current_dir(folder.path());
        bash.env("PATH", &path).env("KC_HTTP_PORT", &inside);
        bash.env("KC_HTTP_MANAGEMENT_PORT", ports::free().to_string());
        bash
    };
    let commands = format!(
        "set -m; trap exit TERM; trap '{stop}' EXIT\n{}\nwait",
        ported(begin)
    );
    let mut running = Process::start("readme", &mut bash(&commands), folder.path());
    let ready = format!("curl -sf --cacert pki/root.pem https://localhost:{outside}/realms/demo");
    running.until("answers", |_| {
        bash(&ready).output().unwrap().status.success()
    });

    let answer = bash(&ported(ask)).output().unwrap();
    let tokens: serde_json::Value = serde_json::from_slice(&answer.stdout).unwrap();
    assert!(tokens["access_token"].is_string(), "{tokens}");

    assert!(running.terminate().is_some(), "it stops as printed");
    wait::until("nginx ends", || !folder.at("run/nginx.pid").exists());
}
