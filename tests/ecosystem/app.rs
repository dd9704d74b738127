//! Applications, listening: pages for the browser alone, and programs of Node.js.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde_json::Value;
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use support::process::Process;
use support::site::Site;
use support::{npm, ports, program};
use tokio::net::TcpListener;

/// The origin of an application at this port.
pub fn base(port: u16) -> String {
    format!("http://localhost:{port}")
}

fn source(name: &str) -> PathBuf {
    program::root().join("tests/ecosystem/apps").join(name)
}

/// A port for pages, taken before the realm that names it is made.
pub struct Pages(TcpListener);

impl Pages {
    /// Takes it.
    pub async fn take() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    /// The origin of the pages.
    pub fn base(&self) -> String {
        base(self.0.local_addr().unwrap().port())
    }

    /// Serves the folder of one application, the packages that it imports, and its settings.
    pub fn serve(self, folder: &'static str, settings: &Value) {
        let served = Arc::new((folder, settings.to_string()));
        let router = Router::new()
            .route("/modules/{*path}", axum::routing::get(module))
            .route("/settings.json", axum::routing::get(settings_of))
            .route("/", axum::routing::get(index))
            .route("/{name}", axum::routing::get(page))
            .with_state(served);
        tokio::spawn(async move { axum::serve(self.0, router).await });
    }
}

type Served = State<Arc<(&'static str, String)>>;

async fn settings_of(State(served): Served) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (kind, served.1.clone()).into_response()
}

async fn index(served: Served) -> Response {
    page(served, Path("index.html".to_owned())).await
}

async fn page(State(served): Served, Path(name): Path<String>) -> Response {
    file(source(served.0).join(name), "text/html;charset=utf-8")
}

async fn module(Path(path): Path<String>) -> Response {
    file(npm::module(&path), "text/javascript")
}

fn file(path: PathBuf, kind: &'static str) -> Response {
    match std::fs::read(path) {
        Ok(content) => ([(header::CONTENT_TYPE, kind)], content).into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

/// A port for a program of Node.js.
pub struct Node(u16);

impl Node {
    /// Takes it.
    pub fn take() -> Self {
        Self(ports::free())
    }

    /// The origin of the program.
    pub fn base(&self) -> String {
        base(self.0)
    }

    /// Starts it, with its packages; it signs in at the demo realm of this site.
    pub fn start(&self, site: &Site, name: &str) -> Process {
        // Where its imports are found.
        let copy = site
            .folder
            .write(name, std::fs::read(source(name)).unwrap());
        let modules = site.folder.at("node_modules");
        std::os::unix::fs::symlink(npm::module(""), modules).unwrap();
        let mut command = Command::new("node");
        command
            .arg(copy)
            .env("NODE_EXTRA_CA_CERTS", &site.ca)
            .env("PORT", self.0.to_string())
            .env("BASE", self.base())
            .env("SERVER", site.base())
            .env("ISSUER", site.issuer())
            .env("CLIENT_SECRET", super::SECRET);
        let mut process = Process::start("application", &mut command, site.folder.path());
        process.until("listens", |_| {
            TcpStream::connect(("127.0.0.1", self.0)).is_ok()
        });
        process
    }
}
