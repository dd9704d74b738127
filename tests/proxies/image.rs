//! The container image, as `bin/image` builds it: unpacked into an empty root, where it runs alone.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use support::folder::Folder;
use support::process::Process;
use support::{ports, postern, program};

/// A folder in the layout of the OCI, and what the image in it says of itself.
struct Image {
    layout: PathBuf,
    manifest: Value,
    config: Value,
}

impl Image {
    fn build(layout: PathBuf) -> Self {
        // The libraries are taken from where this test was built: TARGET/debug/deps/THIS-PROGRAM.
        let this = std::env::current_exe().unwrap();
        let built = Command::new(program::root().join("bin/image"))
            .args(["--profile", "dev", "--layout"])
            .arg(&layout)
            .env("CARGO", env!("CARGO"))
            .env("CARGO_TARGET_DIR", this.ancestors().nth(3).unwrap())
            .output();
        succeeded(&built.unwrap());
        let index = json(&layout.join("index.json"));
        let manifest = json(&blob(&layout, &index["manifests"][0]));
        let config = json(&blob(&layout, &manifest["config"]));
        Self {
            config: config["config"].clone(),
            manifest,
            layout,
        }
    }

    /// Lays its layers out in a folder, as those who run it do.
    fn unpack(&self, root: &Path) {
        std::fs::create_dir(root).unwrap();
        for layer in self.manifest["layers"].as_array().unwrap() {
            let mut tar = Command::new("tar");
            tar.args(["--extract", "--gzip", "--same-owner", "--same-permissions"]);
            tar.arg("--numeric-owner").arg("--directory").arg(root);
            let unpacked = tar.arg("--file").arg(blob(&self.layout, layer)).output();
            succeeded(&unpacked.unwrap());
        }
    }

    fn text(&self, name: &str) -> &str {
        self.config[name].as_str().unwrap()
    }

    fn list(&self, name: &str) -> Vec<&str> {
        let list = self.config[name].as_array().unwrap();
        list.iter().map(|one| one.as_str().unwrap()).collect()
    }
}

fn succeeded(output: &Output) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn blob(layout: &Path, descriptor: &Value) -> PathBuf {
    let digest = descriptor["digest"].as_str().unwrap();
    layout.join("blobs").join(digest.replace(':', "/"))
}

/// What a program asks of the system that starts it: another program that loads it (`PT_INTERP`), and libraries (`DT_NEEDED`).
#[derive(Debug, PartialEq, Eq)]
struct Asks {
    loader: bool,
    libraries: usize,
}

/// Reads an ELF file of 64 bits, low byte first.
fn asks(elf: &[u8]) -> Asks {
    assert_eq!(&elf[..6], b"\x7fELF\x02\x01");
    let number = |at: usize, size: usize| {
        let bytes = elf[at..at + size].iter().rev();
        usize::try_from(bytes.fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte))).unwrap()
    };
    let (table, size, count) = (number(32, 8), number(54, 2), number(56, 2));
    let headers = (0..count).map(|at| table + at * size);
    let (mut loader, mut libraries) = (false, 0);
    for header in headers {
        match number(header, 4) {
            3 => loader = true,
            2 => {
                let (begin, size) = (number(header + 8, 8), number(header + 32, 8));
                let tags = (begin..begin + size).step_by(16);
                libraries += tags.filter(|tag| number(*tag, 8) == 1).count();
            }
            _ => {}
        }
    }
    Asks { loader, libraries }
}

/// Runs a program where there is no network but its own loopback, if this system lets us: elsewhere in the network of this test.
fn apart(command: &str) -> Command {
    let alone = "ip link set lo up && ";
    let mut try_it = Command::new("unshare");
    try_it.args(["--net", "sh", "-c", &format!("{alone}true")]);
    let mut apart;
    if try_it.output().is_ok_and(|tried| tried.status.success()) {
        apart = Command::new("unshare");
        apart.args(["--net", "sh", "-c", &format!("{alone}exec {command}")]);
    } else {
        apart = Command::new("sh");
        apart.args(["-c", &format!("exec {command}")]);
    }
    apart
}

#[test]
fn a03_the_image_from_scratch_starts_in_an_empty_root_without_a_network() {
    let folder = Folder::new("image");
    let image = Image::build(folder.at("layout"));
    let root = folder.at("root");
    image.unpack(&root);

    let [program] = image.list("Entrypoint")[..] else {
        panic!("one program: {}", image.config);
    };
    let inside = |path: &str| root.join(path.trim_start_matches('/'));
    let nothing = Asks {
        loader: false,
        libraries: 0,
    };
    assert_eq!(asks(&std::fs::read(inside(program)).unwrap()), nothing);
    // The reader finds what there is: an ordinary program, such as this test, asks for both.
    let ordinary = asks(&std::fs::read(std::env::current_exe().unwrap()).unwrap());
    assert!(ordinary.loader && ordinary.libraries > 0, "{ordinary:?}");
    let mut files = Vec::new();
    files_below(&root, &mut files);
    files.sort();
    let home = root.join("opt/keycloak/bin");
    // Whose public servers it believes is what the building machine has, if it has any.
    files.retain(|file| !file.ends_with("etc/ssl/certs/ca-certificates.crt"));
    assert_eq!(files, [home.join("kc.sh"), home.join("postern")]);

    // What a runtime for containers adds.
    std::fs::write(inside("/etc/hosts"), "127.0.0.1 inside.test\n").unwrap();
    std::fs::create_dir(inside("/dev")).unwrap();
    for (device, minor) in [("random", "8"), ("urandom", "9")] {
        let mut mknod = Command::new("mknod");
        mknod.arg("--mode=666").arg(inside("/dev").join(device));
        succeeded(&mknod.args(["c", "1", minor]).output().unwrap());
    }
    let realm = postern::demo_realm().to_string();
    std::fs::write(inside("/opt/keycloak/data/import/demo.json"), realm).unwrap();

    let port = ports::free();
    let (user, work) = (image.text("User"), image.text("WorkingDir"));
    assert_ne!(user, "0");
    let mut command = apart(&format!(
        "unshare --root={} --wd={work} --setgid=0 --setuid={user} {program} start-dev --import-realm --http-port={port} --http-host=inside.test",
        root.display()
    ));
    for variable in image.list("Env") {
        let (name, value) = variable.split_once('=').unwrap();
        if name.starts_with("KC_") {
            command.env(name, value);
        }
    }
    let mut postern = Process::start("postern", &mut command, folder.path());
    let network = format!("--net=/proc/{}/ns/net", postern.id());
    let get = |path: &str| {
        let mut curl = Command::new("nsenter");
        curl.args([&network, "--", "curl", "-sSf", "--noproxy", "*"]);
        curl.arg(format!("http://127.0.0.1:{port}{path}"));
        let output = curl.output().unwrap();
        output
            .status
            .success()
            .then(|| String::from_utf8(output.stdout).unwrap())
    };
    postern.until("answers", |_| get("/realms/demo").is_some());
    let page = get(
        "/realms/demo/protocol/openid-connect/auth?client_id=backend&response_type=code&redirect_uri=http%3A%2F%2F127.0.0.1%3A3000%2F&code_challenge_method=S256&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    );
    let page = page.expect("a login page");
    assert!(page.contains("id=\"kc-form-login\""), "{page}");
    // Its data is where the volume is.
    let volumes = image.config["Volumes"].as_object().unwrap();
    assert!(volumes.contains_key("/opt/keycloak/data"));
    let mut written = Vec::new();
    files_below(&inside("/opt/keycloak/data"), &mut written);
    assert!(written.len() > 1, "{written:?}");
    let ended = postern.terminate();
    assert!(ended.is_some_and(|status| status.success()), "{ended:?}");
}

/// All that are no folders.
fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            files_below(&entry.path(), found);
        } else {
            found.push(entry.path());
        }
    }
}
