//! A PostgreSQL server of a test's own.

use crate::folder::Folder;
use crate::ports;
use crate::process::Process;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// PostgreSQL with one empty database, `postern`, and a user of that name who needs no password.
pub struct Postgres {
    _process: Process,
    port: u16,
}

impl Postgres {
    /// Makes a cluster in the folder and starts it.
    pub fn start(folder: &Folder) -> Self {
        // It runs as somebody else than root, who has to get in.
        let open = std::fs::Permissions::from_mode(0o777);
        std::fs::set_permissions(folder.path(), open).unwrap();
        let data = folder.at("postgres");
        done(
            command("initdb")
                .args(["--username=postern", "--auth=trust", "--encoding=UTF8"])
                .args(["--locale=C", "--pgdata"])
                .arg(&data)
                .output(),
        );
        let port = ports::free();
        let mut server = command("postgres");
        server.arg("-D").arg(&data).arg("-k").arg(folder.path());
        server.args(["-h", "127.0.0.1", "-p", &port.to_string()]);
        let mut process = Process::start("postgres", &mut server, folder.path());
        let at = ["--host=127.0.0.1".to_owned(), format!("--port={port}")];
        process.until("answers", |_| {
            let mut ask = command("pg_isready");
            ask.args(&at)
                .stdout(Stdio::null())
                .status()
                .unwrap()
                .success()
        });
        done(
            command("createdb")
                .args(&at)
                .args(["--username=postern", "postern"])
                .output(),
        );
        Self {
            _process: process,
            port,
        }
    }

    /// The same for a store.
    pub fn settings(&self) -> store::Settings {
        store::Settings::Postgres {
            url: format!("postgres://postern@127.0.0.1:{}/postern", self.port),
            pool_max: 20,
        }
    }

    /// As Keycloak's `db-url` names it.
    pub fn jdbc_url(&self) -> String {
        format!("jdbc:postgresql://127.0.0.1:{}/postern", self.port)
    }
}

fn done(output: std::io::Result<Output>) {
    let output = output.unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// A program of PostgreSQL, as the user that its package makes when we are root.
fn command(program: &str) -> Command {
    const NEEDED: &str = "PostgreSQL is needed: bin/test installs it";
    let path: PathBuf = std::fs::read_dir("/usr/lib/postgresql")
        .expect(NEEDED)
        .map(|version| version.unwrap().path().join("bin").join(program))
        .find(|path| path.exists())
        .expect(NEEDED);
    let id = Command::new("id").arg("-u").output().unwrap().stdout;
    if id != b"0\n" {
        return Command::new(path);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
    // To become somebody else is to lose this; see `Process`.
    command.args(["--pdeathsig", "INT", "--"]);
    command.arg(path);
    command
}
