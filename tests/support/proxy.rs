//! Real proxies with the configurations that are shipped, or with others.

use crate::folder::Folder;
use crate::ports;
use crate::process::Process;
use crate::program;
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

/// A proxy that listens on `localhost`.
pub struct Proxy {
    process: Process,
    port: u16,
}

/// What `deploy/` has a configuration of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `deploy/nginx/postern.conf`
    Nginx,
    /// `deploy/haproxy/postern.cfg`
    Haproxy,
    /// `deploy/apache/postern.conf`
    Apache,
    /// `deploy/caddy/Caddyfile`
    Caddy,
    /// `deploy/haproxy/passthrough.cfg`: hands on TLS as it is.
    HaproxyPassthrough,
    /// `deploy/nginx-stream/passthrough.conf`: hands on TLS as it is.
    NginxStream,
}

impl Kind {
    /// Those that end TLS and send the certificate in a header.
    pub const ENDING_TLS: [Self; 4] = [Self::Nginx, Self::Haproxy, Self::Apache, Self::Caddy];
    /// Those that hand on TLS, with the PROXY protocol before it.
    pub const PASSING_TLS: [Self; 2] = [Self::HaproxyPassthrough, Self::NginxStream];

    /// The shipped file, unchanged but for ports and paths; it listens on `port` and speaks to `postern`.
    ///
    /// `pki` has `server.pem`, `server.key`, `root.pem` and `ca-bundle.pem`.
    pub fn configuration(self, pki: &Path, port: u16, postern: u16) -> String {
        let file = match self {
            Self::Nginx => "nginx/postern.conf",
            Self::Haproxy => "haproxy/postern.cfg",
            Self::Apache => "apache/postern.conf",
            Self::Caddy => "caddy/Caddyfile",
            Self::HaproxyPassthrough => "haproxy/passthrough.cfg",
            Self::NginxStream => "nginx-stream/passthrough.conf",
        };
        let shipped = program::root().join("deploy").join(file);
        let mut text = std::fs::read_to_string(shipped).unwrap();
        let (ours, theirs, plain) = if Self::PASSING_TLS.contains(&self) {
            ("127.0.0.1:443", "127.0.0.1:8443", None)
        } else if self == Self::Caddy {
            ("localhost:8443", "127.0.0.1:8080", Some(" pki/"))
        } else {
            ("127.0.0.1:8443", "127.0.0.1:8080", Some(" pki/"))
        };
        let changes = [
            // In this order: what stands for one must not be taken for the other.
            Some((theirs, "127.0.0.1:{postern}".to_owned())),
            Some((
                ours,
                ours.replace("8443", "{port}").replace("443", "{port}"),
            )),
            plain.map(|plain| (plain, format!(" {}/", pki.display()))),
        ];
        for (from, to) in changes.into_iter().flatten() {
            assert!(text.contains(from), "{file} has no {from:?}");
            text = text.replace(from, &to);
        }
        text.replace("{postern}", &postern.to_string())
            .replace("{port}", &port.to_string())
    }

    /// The shipped configuration in front of this port of Postern's.
    pub fn shipped(self, folder: &Folder, pki: &Path, postern: u16) -> Proxy {
        let port = ports::free();
        let configuration = self.configuration(pki, port, postern);
        if self == Self::Haproxy {
            one_file_of_two(pki);
        }
        self.start(folder, port, &configuration)
    }

    /// Any configuration that listens on this port.
    pub fn start(self, folder: &Folder, port: u16, configuration: &str) -> Proxy {
        let name = format!("{self:?}-{port}").to_lowercase();
        let run = folder.at(&name);
        std::fs::create_dir_all(&run).unwrap();
        let file = folder.write(&format!("{name}/proxy.conf"), configuration);
        let mut command = match self {
            Self::Nginx | Self::NginxStream => {
                let mut nginx = Command::new("nginx");
                nginx.arg("-p").arg(&run).args(["-g", "daemon off;"]);
                nginx.arg("-c").arg(file);
                nginx
            }
            Self::Haproxy | Self::HaproxyPassthrough => {
                let mut haproxy = Command::new("haproxy");
                haproxy.arg("-db").arg("-f").arg(file);
                haproxy
            }
            Self::Apache => {
                let mut apache = Command::new("apache2");
                apache.args(["-D", "FOREGROUND", "-d"]).arg(&run);
                apache.arg("-f").arg(file);
                apache
            }
            Self::Caddy => {
                let mut caddy = Command::new("caddy");
                caddy.args(["run", "--adapter", "caddyfile", "--config"]);
                caddy.arg(file);
                for home in ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"] {
                    caddy.env(home, &run);
                }
                caddy
            }
        };
        command.current_dir(&run);
        let mut process = Process::start(&name, &mut command, folder.path());
        process.until("listens", |_| {
            TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        Proxy { process, port }
    }
}

impl Proxy {
    /// `https://localhost:PORT`.
    pub fn base(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What it said so far.
    pub fn log(&self) -> String {
        self.process.log()
    }
}

/// HAProxy wants certificate and key in one file.
pub fn one_file_of_two(pki: &Path) {
    let [certificate, key] =
        ["server.pem", "server.key"].map(|file| std::fs::read_to_string(pki.join(file)).unwrap());
    std::fs::write(pki.join("server-and-key.pem"), certificate + &key).unwrap();
}
