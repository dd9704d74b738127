//! The example applications, running.

use crate::folder::Folder;
use crate::ports;
use crate::process::Process;
use crate::program;
use serde_json::Value;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// Which example.
#[derive(Clone, Copy)]
pub enum Example {
    /// `examples/backend`.
    Rust,
    /// `examples/backend-node`.
    Node,
}

impl Example {
    /// The port that its manual and the demo realm name.
    fn usual_port(self) -> u16 {
        match self {
            Self::Rust => 3000,
            Self::Node => 3001,
        }
    }

    fn command(self) -> Command {
        match self {
            Self::Rust => Command::new(program::backend()),
            Self::Node => {
                let mut node = Command::new("node");
                node.arg("server.js").current_dir(node_folder());
                node
            }
        }
    }
}

/// A place for an application that will run: a port, which its realm has to know.
pub struct Place {
    example: Example,
    port: u16,
}

/// An application, listening.
pub struct Application {
    _process: Process,
    port: u16,
}

impl Place {
    /// Takes a free port, and changes the realm accordingly.
    pub fn take(example: Example, realm: &mut Value) -> Self {
        let port = ports::free();
        let (usual, ours) = (format!(":{}/", example.usual_port()), format!(":{port}/"));
        let text = realm.to_string();
        assert!(text.contains(&usual));
        *realm = serde_json::from_str(&text.replace(&usual, &ours)).unwrap();
        Self { example, port }
    }

    /// Starts the application, which signs in at this issuer, and believes its server's authority.
    pub fn start(self, folder: &Folder, issuer: &str, ca: &Path) -> Application {
        let port = self.port;
        let mut command = self.example.command();
        command
            .env("PORT", port.to_string())
            .env("OIDC_ISSUER", issuer)
            .env("OIDC_CA_FILE", ca)
            .env("NODE_EXTRA_CA_CERTS", ca);
        let mut process = Process::start("application", &mut command, folder.path());
        process.until("listens", |_| {
            TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        Application {
            _process: process,
            port,
        }
    }
}

impl Application {
    /// An address of it.
    pub fn at(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.port)
    }
}

/// The Node.js example with its packages.
fn node_folder() -> &'static Path {
    static READY: OnceLock<PathBuf> = OnceLock::new();
    READY.get_or_init(|| {
        let folder = program::root().join("examples/backend-node");
        let age =
            |file: &str| std::fs::metadata(folder.join(file)).and_then(|file| file.modified());
        let installed = age("node_modules/.package-lock.json");
        if installed.is_err() || installed.unwrap() < age("package-lock.json").unwrap() {
            let mut npm = Command::new("npm");
            npm.args(["ci", "--no-audit", "--no-fund"])
                .current_dir(&folder);
            let done = npm.stdout(Stdio::null()).status();
            assert!(done.is_ok_and(|status| status.success()), "npm ci failed");
        }
        folder
    })
}
