//! The built program, as an operator starts it.

use crate::folder::Folder;
use crate::http::{Connection, form};
use crate::ports;
use crate::process::Process;
use crate::program;
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
}

/// Postern, answering.
pub struct Postern {
    process: Process,
    launch: Launch,
    folder: PathBuf,
    port: u16,
}

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
        };
        for name in ["USERNAME", "PASSWORD"] {
            launch = launch.environment(&format!("KC_BOOTSTRAP_ADMIN_{name}"), ADMIN);
        }
        launch
    }

    /// With an option.
    pub fn option(mut self, key: &str, value: &str) -> Self {
        self.arguments.push(format!("--{key}={value}"));
        self
    }

    /// With a variable.
    pub fn environment(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Behind nginx, and judging certificates by this truststore.
    pub fn behind_nginx(self, truststore: &Path) -> Self {
        self.option("proxy-headers", "xforwarded")
            .option("spi-x509cert-lookup--provider", "nginx")
            .option("truststore-paths", truststore.to_str().unwrap())
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
    pub fn start(mut self, folder: &Folder) -> Postern {
        let port = ports::free();
        self = self
            .option("http-port", &port.to_string())
            .option("http-management-port", &ports::free().to_string());
        let mut postern = Postern {
            process: self.spawn(folder.path()),
            launch: self,
            folder: folder.path().to_owned(),
            port,
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

    /// Its number.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// A new connection.
    pub fn connect(&self) -> Connection {
        Connection::open(self.port).unwrap()
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
        let port = self.port;
        self.process.until("answers", |_| {
            Connection::open(port)
                .and_then(|mut connection| connection.get("/realms/master", &[]))
                .is_ok_and(|response| response.status == 200)
        });
    }

    /// Asks for tokens.
    pub fn tokens(&self, realm: &str, fields: &[(&str, &str)]) -> crate::http::Response {
        let target = format!("/realms/{realm}/protocol/openid-connect/token");
        self.connect().post(&target, &[], &form(fields)).unwrap()
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
