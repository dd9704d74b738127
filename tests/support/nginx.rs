//! A real nginx.

use crate::folder::Folder;
use crate::ports;
use crate::process::Process;
use crate::program;
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

/// nginx, listening.
pub struct Nginx {
    _process: Process,
    port: u16,
}

impl Nginx {
    /// The shipped configuration, unchanged but for ports and paths, in front of this port.
    ///
    /// `pki` has `server.pem`, `server.key` and `ca-bundle.pem`.
    pub fn shipped(folder: &Folder, pki: &Path, postern: u16) -> Self {
        let port = ports::free();
        let shipped =
            std::fs::read_to_string(program::root().join("deploy/nginx/postern.conf")).unwrap();
        let mut conf = shipped;
        for (from, to) in [
            ("127.0.0.1:8080", format!("127.0.0.1:{postern}")),
            ("127.0.0.1:8443", format!("127.0.0.1:{port}")),
            (" pki/", format!(" {}/", pki.display())),
        ] {
            assert!(conf.contains(from), "the shipped file has no {from:?}");
            conf = conf.replace(from, &to);
        }
        Self::start(folder, port, &conf)
    }

    /// Any configuration that listens on this port.
    pub fn start(folder: &Folder, port: u16, conf: &str) -> Self {
        let prefix = folder.at("nginx");
        std::fs::create_dir_all(&prefix).unwrap();
        let conf = folder.write("nginx/nginx.conf", conf);
        let mut command = Command::new("nginx");
        command.arg("-p").arg(&prefix).arg("-c").arg(conf);
        command.args(["-g", "daemon off;"]);
        let mut process = Process::start("nginx", &mut command, folder.path());
        process.until("listens", |_| {
            TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        Self {
            _process: process,
            port,
        }
    }

    /// `https://localhost:PORT`.
    pub fn base(&self) -> String {
        format!("https://localhost:{}", self.port)
    }
}
