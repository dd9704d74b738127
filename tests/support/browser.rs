//! Chromium, with a person's certificate or without.

use crate::folder::Folder;
use crate::pki::Identity;
use crate::process::Process;
use crate::wait::DEADLINE;
use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Instant;

/// Where Debian's Chromium looks for what administrators want. No option and no variable moves it.
const POLICIES: &str = "/etc/chromium/policies/managed";
const ARGUMENTS: [&str; 8] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// A browser of its own: profile, certificates and cookies are new, and go away with it.
pub struct Browser {
    client: Client,
    // In this order: the browser ends, then its folder goes.
    _driver: Driver,
    _policy: Policy,
    _home: Folder,
}

impl Browser {
    /// Believes this authority's servers, and shows this certificate to each that asks.
    pub async fn start(ca: &Path, certificate: Option<&Identity>) -> Self {
        Self::with(ca, certificate, &[]).await
    }

    /// With further arguments of Chromium.
    pub async fn with(ca: &Path, certificate: Option<&Identity>, arguments: &[&str]) -> Self {
        let home = Folder::new("browser");
        certificates(&home, ca, certificate);
        Self::launch(home, arguments).await
    }

    /// Lets pages of other sites that are framed have their cookies, which Debian's Chromium does not by itself.
    pub async fn with_cookies_in_frames(ca: &Path) -> Self {
        const PREFERENCES: &str = r#"{"profile":{"cookie_controls_mode":0}}"#;
        let home = Folder::new("browser");
        certificates(&home, ca, None);
        home.write("profile/Default/Preferences", PREFERENCES);
        Self::launch(home, &[]).await
    }

    /// For addresses without TLS.
    pub async fn plain(arguments: &[&str]) -> Self {
        Self::launch(Folder::new("browser"), arguments).await
    }

    async fn launch(home: Folder, arguments: &[&str]) -> Self {
        let policy = Policy::select_without_asking();
        let mut command = Command::new("chromedriver");
        command.arg("--port=0").env("HOME", home.path());
        command
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("XDG_DATA_HOME");
        let mut driver = Driver {
            process: Process::start("chromedriver", &mut command, home.path()),
            home: home.path().to_owned(),
        };
        let mut port = None;
        driver.process.until("listens", |log| {
            port = log
                .split_once("successfully on port ")
                .and_then(|(_, rest)| rest.split_once('.'))
                .map(|(port, _)| port.to_owned());
            port.is_some()
        });

        let profile = format!("--user-data-dir={}", home.at("profile").display());
        let arguments: Vec<&str> = ARGUMENTS
            .iter()
            .chain(arguments)
            .copied()
            .chain([profile.as_str()])
            .collect();
        let capabilities = json!({ "goog:chromeOptions": { "args": arguments } });
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities.as_object().unwrap().clone())
            .connect(&format!("http://127.0.0.1:{}", port.unwrap()))
            .await
            .unwrap();
        Self {
            client,
            _driver: driver,
            _policy: policy,
            _home: home,
        }
    }

    /// Goes to a page.
    pub async fn open(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }

    /// Where it is.
    pub async fn url(&self) -> String {
        self.client.current_url().await.unwrap().to_string()
    }

    /// Waits for an element.
    ///
    /// # Panics
    /// When the page does not get it; says which page that is.
    pub async fn find(&self, css: &str) -> Element {
        let found = self.client.wait().at_most(DEADLINE);
        match found.for_element(Locator::Css(css)).await {
            Ok(element) => element,
            Err(error) => panic!(
                "no {css:?} at {}: {error}\n{}",
                self.url().await,
                self.text().await
            ),
        }
    }

    /// The text of an element that is there, or comes.
    pub async fn read(&self, css: &str) -> String {
        self.find(css).await.text().await.unwrap()
    }

    /// Whether the page has an element now.
    pub async fn has(&self, css: &str) -> bool {
        !self
            .client
            .find_all(Locator::Css(css))
            .await
            .unwrap()
            .is_empty()
    }

    /// Clicks a link or a button, and waits until its page is gone.
    pub async fn follow(&self, css: &str) {
        let element = self.find(css).await;
        element.click().await.unwrap();
        let clicked = Instant::now();
        while element.tag_name().await.is_ok() {
            let url = self.url().await;
            assert!(clicked.elapsed() < DEADLINE, "{css:?} leads nowhere: {url}");
        }
    }

    /// Types into a field, in place of what is there.
    pub async fn fill(&self, css: &str, text: &str) {
        let field = self.find(css).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// What a person reads on the page.
    pub async fn text(&self) -> String {
        let body = self.client.find(Locator::Css("body")).await.unwrap();
        body.text().await.unwrap()
    }

    /// Makes the window so large.
    pub async fn resize(&self, width: u32, height: u32) {
        self.client.set_window_size(width, height).await.unwrap();
    }

    /// Runs a script on the page.
    pub async fn run(&self, script: &str) {
        self.client.execute(script, Vec::new()).await.unwrap();
    }

    /// Runs a script that calls its last argument with what is asked for.
    pub async fn ask(&self, script: &str, arguments: Vec<serde_json::Value>) -> serde_json::Value {
        self.client.execute_async(script, arguments).await.unwrap()
    }

    /// A picture of the page, as PNG.
    pub async fn picture(&self, width: u32, height: u32) -> Vec<u8> {
        self.client.set_window_size(width, height).await.unwrap();
        self.client.screenshot().await.unwrap()
    }

    /// Ends it.
    pub async fn close(self) {
        let _ = self.client.clone().close().await;
    }
}

/// The driver; whatever browser it leaves behind ends with it.
struct Driver {
    process: Process,
    home: PathBuf,
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.process.terminate();
        // The folder's name is ours alone, so these are our processes.
        let home = self.home.to_str().unwrap().to_owned();
        for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
            let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
            if String::from_utf8_lossy(&line).contains(&home) {
                let mut kill = Command::new("kill");
                let _ = kill.arg("-KILL").arg(entry.file_name()).output();
            }
        }
    }
}

/// A file that lets Chromium choose a certificate by itself. All tests write the same, so that they don't disturb each other.
struct Policy(PathBuf);

impl Policy {
    fn select_without_asking() -> Self {
        const CONTENT: &str = r#"{"AutoSelectCertificateForUrls":["{\"pattern\":\"https://localhost\",\"filter\":{}}"]}"#;
        let folder = Path::new(POLICIES);
        std::fs::create_dir_all(folder).expect("tests with a browser run as root");
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            // Left behind by a test that was killed.
            let name = entry.file_name().to_string_lossy().into_owned();
            let owner = name
                .strip_prefix("postern-tests-")
                .and_then(|rest| rest.split('-').next());
            if owner.is_some_and(|process| !Path::new("/proc").join(process).exists()) {
                let _ = std::fs::remove_file(entry.path());
            }
        }
        let unique = realm::random_key();
        let name = format!("postern-tests-{}-{unique}.json", std::process::id());
        let path = folder.join(name);
        // Whole at once: a browser that starts now must not read half of it.
        let new = path.with_extension("new");
        std::fs::write(&new, CONTENT).unwrap();
        std::fs::rename(&new, &path).unwrap();
        Self(path)
    }
}

impl Drop for Policy {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// A certificate database in the place where Chromium looks.
fn certificates(home: &Folder, ca: &Path, certificate: Option<&Identity>) {
    let database = home.at(".pki/nssdb");
    std::fs::create_dir_all(&database).unwrap();
    let database = format!("sql:{}", database.display());
    let run = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output();
        let Output { status, stderr, .. } =
            output.unwrap_or_else(|_| panic!("{program} is needed: bin/test installs it"));
        let said = String::from_utf8_lossy(&stderr);
        assert!(status.success(), "{program} {arguments:?}: {said}");
    };
    run("certutil", &["-N", "-d", &database, "--empty-password"]);
    let ca = ca.to_str().unwrap();
    run(
        "certutil",
        &[
            "-A",
            "-d",
            &database,
            "-n",
            "authority",
            "-t",
            "C,,",
            "-i",
            ca,
        ],
    );
    if let Some(Identity { certificate, key }) = certificate {
        let file = home.at("person.p12");
        let file = file.to_str().unwrap();
        let (certificate, key) = (certificate.to_str().unwrap(), key.to_str().unwrap());
        let export = ["pkcs12", "-export", "-in", certificate, "-inkey", key];
        let named = ["-name", "person", "-passout", "pass:changeit", "-out", file];
        run("openssl", &[&export[..], &named[..]].concat());
        run("pk12util", &["-d", &database, "-i", file, "-W", "changeit"]);
    }
}
