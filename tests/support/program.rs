//! The programs under test, built when first asked for.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The repository's root.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// `postern`, as the tests of the workspace build it: with all of it, so that no library is built twice.
pub fn postern() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        build(
            &root().join("Cargo.toml"),
            "postern",
            &["--workspace"],
            None,
        )
    })
}

/// `examples/backend`, with build results of its own: it is no part of this workspace.
pub fn backend() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        // Beside the results of this workspace, wherever they are: TARGET/debug/deps/THIS-PROGRAM.
        let this = std::env::current_exe().unwrap();
        let target = this.ancestors().nth(3).unwrap().join("examples");
        build(
            &root().join("examples/backend/Cargo.toml"),
            "backend",
            &[],
            Some(&target),
        )
    })
}

/// Builds a program; its path.
pub fn build(manifest: &Path, program: &str, arguments: &[&str], target: Option<&Path>) -> PathBuf {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--locked", "--bin", program, "--manifest-path"]);
    cargo.arg(manifest).args(arguments);
    cargo.args(["--message-format", "json-render-diagnostics"]);
    if let Some(target) = target {
        cargo.arg("--target-dir").arg(target);
    }
    let built = cargo.stderr(Stdio::inherit()).output().unwrap();
    assert!(built.status.success(), "{program} does not build");
    String::from_utf8(built.stdout)
        .unwrap()
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["target"]["name"] == program)
        .find_map(|message| Some(PathBuf::from(message["executable"].as_str()?)))
        .expect("cargo names what it built")
}
