//! A folder to run in, and the program running in it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// A folder of its own, which goes away.
pub struct Home(PathBuf);

/// What a command that ended said.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Home {
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "postern-run-{}-{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// The key stores that `stores/make` makes, in the folder `stores`.
    pub fn stores(&self) {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/run/stores");
        std::fs::create_dir_all(self.path("stores")).unwrap();
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = format!("stores/{}", entry.file_name().to_string_lossy());
            std::fs::copy(entry.path(), self.path(&name)).unwrap();
        }
    }

    fn command(&self, program: &Path, line: &str, environment: &[(&str, &str)]) -> Command {
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("KC_") {
                command.env_remove(name);
            }
        }
        command
            .args(line.split_whitespace())
            .envs(environment.iter().copied())
            .current_dir(&self.0)
            .stdin(Stdio::null());
        command
    }

    /// Runs a command line to its end.
    pub fn run(&self, line: &str, environment: &[(&str, &str)]) -> Said {
        self.run_program(Path::new(env!("CARGO_BIN_EXE_postern")), line, environment)
    }

    pub fn run_program(&self, program: &Path, line: &str, environment: &[(&str, &str)]) -> Said {
        let output = self.command(program, line, environment).output().unwrap();
        Said {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Starts a server and waits until it listens. Give it port 0.
    pub fn start(&self, line: &str, environment: &[(&str, &str)]) -> Running {
        let mut child = self
            .command(Path::new(env!("CARGO_BIN_EXE_postern")), line, environment)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let (mut log, mut listening) = (String::new(), String::new());
        while listening.is_empty() {
            let mut read = String::new();
            if out.read_line(&mut read).unwrap() == 0 {
                panic!("it ended before it listened:\n{log}");
            }
            if let Some((_, addresses)) = read.split_once("Listening on: ") {
                listening = addresses.to_owned();
            }
            log.push_str(&read);
        }
        let log = Arc::new((Mutex::new(log), Condvar::new()));
        let rest = log.clone();
        let reader = std::thread::spawn(move || {
            let mut read = String::new();
            while out.read_line(&mut read).is_ok_and(|bytes| bytes > 0) {
                rest.0.lock().unwrap().push_str(&std::mem::take(&mut read));
                rest.1.notify_all();
            }
        });
        Running {
            child,
            addresses: addresses(&listening),
            log,
            reader: Some(reader),
        }
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The ports of a line such as `http://localhost:1 and https://localhost:2. Management interface listening on http://localhost:3.`
fn addresses(line: &str) -> Vec<(String, u16)> {
    line.split("://")
        .skip(1)
        .zip(line.split("://"))
        .map(|(behind, before)| {
            let scheme = before.rsplit(' ').next().unwrap().to_owned();
            let port = behind.split(':').nth(1).unwrap();
            let port: String = port.chars().take_while(char::is_ascii_digit).collect();
            (scheme, port.parse().unwrap())
        })
        .collect()
}

/// A server that is running.
pub struct Running {
    child: Child,
    /// Scheme and port of each listener, in the log's order.
    pub addresses: Vec<(String, u16)>,
    log: Arc<(Mutex<String>, Condvar)>,
    reader: Option<JoinHandle<()>>,
}

impl Running {
    pub fn port(&self) -> u16 {
        self.addresses[0].1
    }

    /// Sends bytes to the first listener and reads until the server closes.
    pub fn send(&self, bytes: &[u8]) -> String {
        send(self.port(), bytes)
    }

    /// One request on a connection of its own: the whole answer.
    pub fn get(&self, path: &str, headers: &str) -> String {
        get(self.port(), path, headers)
    }

    /// Sends a signal.
    pub fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status();
        assert!(sent.unwrap().success());
    }

    /// Waits until the log says this so many times.
    pub fn says(&self, text: &str, times: usize) {
        let log = self.log.0.lock().unwrap();
        let lacks = |log: &mut String| log.matches(text).count() < times;
        let patience = Duration::from_secs(60);
        let (log, waited) = self.log.1.wait_timeout_while(log, patience, lacks).unwrap();
        assert!(
            !waited.timed_out(),
            "{text:?} was not said {times} times:\n{log}"
        );
    }

    /// Sends a signal; gives the exit code and the whole log.
    pub fn stop(mut self, signal: &str) -> (Option<i32>, String) {
        self.signal(signal);
        let status = self.child.wait().unwrap();
        self.reader.take().unwrap().join().unwrap();
        let log = self.log.0.lock().unwrap().clone();
        (status.code(), log)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One request on a connection of its own: the whole answer.
pub fn get(port: u16, path: &str, headers: &str) -> String {
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n{headers}\r\n"
    );
    send(port, request.as_bytes())
}

fn send(port: u16, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(bytes).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}
