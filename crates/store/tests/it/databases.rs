//! Databases for tests: SQLite in a file, SQLite in a temporary file of its own, and a PostgreSQL cluster started here.

use realm::{Realm, RealmId, RealmName, fresh};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use store::{Settings, Store};

/// A folder that goes away with its value.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        let path = std::env::temp_dir().join(format!("postern-test-{}", realm::random_key()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A PostgreSQL server of our own on a free loopback port.
pub struct Postgres {
    folder: Folder,
    port: u16,
    server: Child,
    databases: AtomicU32,
}

fn programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .expect("PostgreSQL is needed: apt-get install postgresql");
    versions
        .map(|entry| entry.unwrap().path().join("bin"))
        .find(|bin| bin.join("initdb").exists())
        .expect("PostgreSQL is needed: apt-get install postgresql")
}

/// PostgreSQL does not run as root: then as the user that its package makes.
fn command(program: &str) -> Command {
    let path = programs().join(program);
    let is_root = String::from_utf8(Command::new("id").arg("-u").output().unwrap().stdout)
        .unwrap()
        .trim()
        == "0";
    if is_root {
        let mut command = Command::new("setpriv");
        command
            .args(["--reuid=postgres", "--regid=postgres", "--clear-groups"])
            .arg(path);
        command
    } else {
        Command::new(path)
    }
}

impl Postgres {
    pub fn start() -> Self {
        let folder = Folder::new();
        let open = Command::new("chmod")
            .arg("777")
            .arg(folder.path())
            .status()
            .unwrap();
        assert!(open.success());
        let made = command("initdb")
            .args([
                "-U",
                "postern",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C",
                "-D",
            ])
            .arg(folder.path().join("data"))
            .output()
            .unwrap();
        assert!(
            made.status.success(),
            "{}",
            String::from_utf8_lossy(&made.stderr)
        );
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let server = Self::run(folder.path(), port);
        let postgres = Self {
            folder,
            port,
            server,
            databases: AtomicU32::new(0),
        };
        postgres.wait();
        postgres
    }

    fn run(folder: &Path, port: u16) -> Child {
        let mut postgres = command("postgres");
        postgres
            .arg("-D")
            .arg(folder.join("data"))
            .args([
                "-p",
                &port.to_string(),
                "-h",
                "127.0.0.1",
                "-c",
                "max_connections=200",
                "-k",
            ])
            .arg(folder);
        postgres
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    fn wait(&self) {
        let ready = || {
            command("pg_isready")
                .args(["-h", "127.0.0.1", "-p", &self.port.to_string()])
                .stdout(Stdio::null())
                .status()
                .unwrap()
                .success()
        };
        let started = std::time::Instant::now();
        while !ready() {
            assert!(started.elapsed().as_secs() < 60, "PostgreSQL did not start");
            std::thread::yield_now();
        }
    }

    /// Kills the server as a power cut would, and starts it again.
    pub fn crash(&mut self) {
        let main = std::fs::read_to_string(self.folder.path().join("data/postmaster.pid")).unwrap();
        let main = main.lines().next().unwrap().to_owned();
        assert!(
            Command::new("pkill")
                .args(["-KILL", "-P", &main])
                .status()
                .is_ok()
        );
        assert!(
            Command::new("kill")
                .args(["-KILL", &main])
                .status()
                .unwrap()
                .success()
        );
        self.server.wait().unwrap();
        let _ = std::fs::remove_file(self.folder.path().join("data/postmaster.pid"));
        self.server = Self::run(self.folder.path(), self.port);
        self.wait();
    }

    pub fn url(&self, database: &str) -> String {
        format!("postgres://postern@127.0.0.1:{}/{database}", self.port)
    }

    /// Makes a new database.
    pub fn database(&self) -> Settings {
        let name = format!("test{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let made = command("createdb")
            .args([
                "-h",
                "127.0.0.1",
                "-p",
                &self.port.to_string(),
                "-U",
                "postern",
                &name,
            ])
            .output()
            .unwrap();
        assert!(
            made.status.success(),
            "{}",
            String::from_utf8_lossy(&made.stderr)
        );
        Settings::Postgres {
            url: self.url(&name),
            pool_max: 40,
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let _ = command("pg_ctl")
            .args(["-m", "immediate", "stop", "-D"])
            .arg(self.folder.path().join("data"))
            .stdout(Stdio::null())
            .status();
        let _ = self.server.wait();
    }
}

/// The server that all tests of this program share; it ends with the program.
fn shared() -> &'static Postgres {
    static SHARED: OnceLock<Postgres> = OnceLock::new();
    SHARED.get_or_init(|| {
        let postgres = Postgres::start();
        // Statics are not dropped: a watcher in a process of its own ends the server when this program is gone.
        let stop = format!(
            "while kill -0 {} 2>/dev/null; do sleep 1; done; kill -QUIT {}; sleep 1; rm -rf '{}'",
            std::process::id(),
            postgres.server.id(),
            postgres.folder.path().display()
        );
        let watcher = Command::new("setsid")
            .args(["sh", "-c", &stop])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // It outlives this program, which is the point of it.
        std::mem::forget(watcher);
        postgres
    })
}

/// An open database with one realm in it.
pub struct Place {
    pub store: Store,
    pub settings: Settings,
    pub realm: RealmId,
    pub name: RealmName,
    _folder: Folder,
}

/// One of each kind of database.
pub async fn each() -> Vec<Place> {
    let file = Folder::new();
    let settings = vec![
        Settings::SqliteFile(file.path().join("data/postern.db")),
        Settings::Temporary,
        shared().database(),
    ];
    let mut folders = vec![file, Folder::new(), Folder::new()].into_iter();
    let mut places = Vec::new();
    for settings in settings {
        places.push(place(settings, folders.next().unwrap()).await);
    }
    places
}

/// A place with a new realm on a database.
pub async fn place(settings: Settings, folder: Folder) -> Place {
    static DOCUMENTS: OnceLock<Vec<realm::Document>> = OnceLock::new();
    let store = Store::open(&settings).await.unwrap();
    let name = RealmName::new("demo");
    let documents =
        DOCUMENTS.get_or_init(|| fresh::realm(&RealmName::new("demo")).unwrap().documents);
    let realm = Realm::build(1, documents).unwrap().id;
    let mut writer = store.write().await.unwrap();
    assert_eq!(
        writer
            .realms()
            .create(&realm, &name, documents)
            .await
            .unwrap(),
        store::Create::Created
    );
    writer.commit().await.unwrap();
    Place {
        store,
        settings,
        realm,
        name,
        _folder: folder,
    }
}
