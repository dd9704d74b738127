//! The built program, as an operator starts it.

use crate::folder::Folder;
use crate::http::{Connection, form};
use crate::ports;
use crate::process::Process;
use crate::program;
use crate::proxy::Kind;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

/// Name and password of the first administrator.
pub const ADMIN: &str = "admin";

/// How to start it.
pub struct Launch {
    program: PathBuf,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    preamble: &'static str,
}

/// Postern, answering.
pub struct Postern {
    process: Process,
    launch: Launch,
    folder: PathBuf,
    port: u16,
    https_port: u16,
    management_port: u16,
    path: String,
}

/// What a proxy that speaks the PROXY protocol begins a connection with.
const PREAMBLE: &str = "PROXY TCP4 127.0.0.1 127.0.0.1 40000 443\r\n";

impl Launch {
    /// `postern start-dev`, in a folder that takes its data.
    pub fn dev() -> Self {
        Self::of(program::postern())
    }

    /// The same of another build.
    pub fn of(program: &Path) -> Self {
        let mut launch = Self {
            program: program.to_owned(),
            arguments: vec!["start-dev".to_owned()],
            environment: Vec::new(),
            preamble: "",
        };
        for name in ["USERNAME", "PASSWORD"] {
            launch = launch.environment(&format!("KC_BOOTSTRAP_ADMIN_{name}"), ADMIN);
        }
        launch
    }

    /// With an option, in place of one that was said before.
    pub fn option(mut self, key: &str, value: &str) -> Self {
        let option = format!("--{key}=");
        self.arguments.retain(|said| !said.starts_with(&option));
        self.arguments.push(option + value);
        self
    }

    /// With a variable.
    pub fn environment(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Behind nginx, and judging certificates by this truststore.
    pub fn behind_nginx(self, truststore: &Path) -> Self {
        self.behind(Kind::Nginx, truststore)
    }

    /// Behind this proxy with the configuration that is shipped, as that says it has to be.
    pub fn behind(self, kind: Kind, truststore: &Path) -> Self {
        let launch = self.option("truststore-paths", truststore.to_str().unwrap());
        let (lookup, more): (_, &[(&str, &str)]) = match kind {
            Kind::Nginx => ("nginx", &[]),
            Kind::Haproxy => (
                "haproxy",
                &[
                    ("ssl-client-cert", "Client-Cert"),
                    ("ssl-cert-chain", "Client-Cert-Chain"),
                    ("certificate-chain-length", "3"),
                ],
            ),
            Kind::Apache => (
                "apache",
                &[
                    ("ssl-client-cert", "SSL_CLIENT_CERT"),
                    ("ssl-cert-chain-prefix", "SSL_CLIENT_CERT_CHAIN"),
                    ("certificate-chain-length", "3"),
                ],
            ),
            Kind::Caddy => ("rfc9440", &[]),
            Kind::HaproxyPassthrough | Kind::NginxStream => {
                let launch = launch.option("proxy-protocol-enabled", "true");
                return Self {
                    preamble: PREAMBLE,
                    ..launch
                };
            }
        };
        let launch = launch
            .option("proxy-headers", "xforwarded")
            .option("spi-x509cert-lookup--provider", lookup);
        more.iter().fold(launch, |launch, (key, value)| {
            launch.option(&format!("spi-x509cert-lookup--{lookup}--{key}"), value)
        })
    }

    /// Ends TLS itself, with `server.pem` and `server.key` of this folder, and asks people for certificates.
    pub fn with_tls(self, pki: &Path) -> Self {
        let file = |name: &str| pki.join(name).to_str().unwrap().to_owned();
        self.option("https-certificate-file", &file("server.pem"))
            .option("https-certificate-key-file", &file("server.key"))
            .option("https-client-auth", "request")
    }

    /// On PostgreSQL.
    pub fn on_postgres(self, jdbc_url: &str) -> Self {
        self.option("db", "postgres")
            .option("db-url", jdbc_url)
            .option("db-username", "postern")
            .option("db-password", "not-asked-for")
    }

    /// With this realm, imported as it starts.
    pub fn realm(mut self, folder: &Folder, realm: &Value) -> Self {
        let name = realm["realm"].as_str().unwrap();
        folder.write(&format!("data/import/{name}.json"), realm.to_string());
        self.arguments.push("--import-realm".to_owned());
        self
    }

    /// Starts it on a free port, and waits until it answers.
    pub fn start(self, folder: &Folder) -> Postern {
        self.start_under(folder, "")
    }

    /// The same, where everything is below this path.
    pub fn start_under(mut self, folder: &Folder, path: &str) -> Postern {
        let [port, https_port, management_port] = [(); 3].map(|()| ports::free());
        self = self
            .option("http-port", &port.to_string())
            .option("https-port", &https_port.to_string())
            .option("http-management-port", &management_port.to_string());
        let mut postern = Postern {
            process: self.spawn(folder.path()),
            launch: self,
            folder: folder.path().to_owned(),
            port,
            https_port,
            management_port,
            path: path.to_owned(),
        };
        postern.until_it_answers();
        postern
    }

    fn spawn(&self, folder: &Path) -> Process {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).current_dir(folder);
        command.envs(self.environment.iter().cloned());
        Process::start("postern", &mut command, folder)
    }
}

impl Postern {
    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where it speaks TLS, when it does.
    pub fn https_port(&self) -> u16 {
        self.https_port
    }

    /// Where its health and metrics are.
    pub fn management_port(&self) -> u16 {
        self.management_port
    }

    /// Its number.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// A new connection.
    pub fn connect(&self) -> Connection {
        Connection::open_with(self.port, self.launch.preamble).unwrap()
    }

    /// Ends it as a power cut does.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Asks it to end.
    pub fn terminate(&mut self) -> Option<ExitStatus> {
        self.process.terminate()
    }

    /// Starts it again, on the same port, database and folder.
    pub fn start_again(&mut self) {
        self.process = self.launch.spawn(&self.folder);
        self.until_it_answers();
    }

    /// What it said so far.
    pub fn log(&self) -> String {
        self.process.log()
    }

    fn until_it_answers(&mut self) {
        let (port, preamble) = (self.port, self.launch.preamble);
        let master = format!("{}/realms/master", self.path);
        self.process.until("answers", |_| {
            Connection::open_with(port, preamble)
                .and_then(|mut connection| connection.get(&master, &[]))
                .is_ok_and(|response| response.status == 200)
        });
    }

    /// Asks for tokens.
    pub fn tokens(&self, realm: &str, fields: &[(&str, &str)]) -> crate::http::Response {
        let target = format!("/realms/{realm}/protocol/openid-connect/token");
        self.connect().post(&target, &[], &form(fields)).unwrap()
    }

    /// What it counted under this name, with these labels in any order; 0 when nothing.
    pub fn counted(&self, name: &str, labels: &[(&str, &str)]) -> u64 {
        let mut connection = Connection::open(self.management_port).unwrap();
        let text = connection.get("/metrics", &[]).unwrap().ok().text();
        let labels: Vec<String> = labels
            .iter()
            .map(|(label, value)| format!("{label}=\"{value}\""))
            .collect();
        text.lines()
            .filter(|line| {
                line.starts_with(name) && labels.iter().all(|label| line.contains(label))
            })
            .filter_map(|line| line.rsplit_once(' ')?.1.parse::<u64>().ok())
            .sum()
    }

    /// An administrator's view.
    pub fn admin(&self, path: &str) -> Value {
        let fields = [
            ("grant_type", "password"),
            ("client_id", "admin-cli"),
            ("username", ADMIN),
            ("password", ADMIN),
        ];
        let tokens = self.tokens("master", &fields).ok().json();
        let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
        let target = format!("/admin/realms/{path}");
        let mut connection = self.connect();
        let response = connection.get(&target, &[("authorization", &bearer)]);
        response.unwrap().ok().json()
    }
}

/// The realm that is shipped for trying things.
pub fn demo_realm() -> Value {
    let path = program::root().join("deploy/realm/demo-realm.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}
