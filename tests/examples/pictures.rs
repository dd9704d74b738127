//! Takes a picture of each page, as a person meets it, wide and narrow, light and dark: `cargo run -p postern-tests --example pictures -- DIR`.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use support::browser::Browser;
use support::postern::demo_realm;
use support::site::Site;

const SIZES: [(u32, u32); 2] = [(1280, 860), (390, 844)];

/// A browser, and where its pictures go.
struct Album<'a> {
    browser: Browser,
    folder: &'a Path,
    scheme: &'a str,
}

impl Album<'_> {
    async fn take(&self, name: &str) {
        for (width, height) in SIZES {
            let file = format!("{name}-{width}-{}.png", self.scheme);
            let picture = self.browser.picture(width, height).await;
            std::fs::write(self.folder.join(file), picture).unwrap();
        }
    }

    async fn open(&self, name: &str, address: &str) {
        self.browser.open(address).await;
        self.take(name).await;
    }

    async fn sign_in(&self, password: &str) {
        self.browser.fill("#username", "alice").await;
        self.browser.fill("#password", password).await;
        self.browser.follow("#kc-login").await;
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("pictures DIR: where the pictures go");
        std::process::exit(2);
    };
    std::fs::create_dir_all(&folder).unwrap();
    let mut realm = demo_realm();
    realm["authenticatorConfig"][0]["config"]["x509-cert-auth.confirmation-page-disallowed"] =
        "false".into();
    let site = Site::start(&realm);
    let alice = site.person("alice");
    for (scheme, arguments) in [
        ("light", &["--hide-scrollbars"][..]),
        (
            "dark",
            &[
                "--hide-scrollbars",
                "--blink-settings=preferredColorScheme=0",
            ],
        ),
    ] {
        for certificate in [None, Some(&alice)] {
            let album = Album {
                browser: Browser::with(&site.ca, certificate, arguments).await,
                folder: &folder,
                scheme,
            };
            match certificate {
                None => without_a_certificate(&album, &site).await,
                Some(_) => {
                    album.open("certificate", &sign_in_address(&site)).await;
                    album.browser.follow("#kc-cancel").await;
                    album.take("another-way").await;
                }
            }
            album.browser.close().await;
        }
    }
}

async fn without_a_certificate(album: &Album<'_>, site: &Site) {
    let address = sign_in_address(site);
    let openid = format!("{}/protocol/openid-connect", site.issuer());
    album.open("login", &address).await;
    album.sign_in("wrong").await;
    album.take("wrong-password").await;
    album
        .open("login-german", &format!("{address}&ui_locales=de"))
        .await;
    album
        .open(
            "unknown-application",
            &address.replace("=backend", "=nobody"),
        )
        .await;
    album
        .open(
            "unknown-address",
            &address.replace("localhost:3000", "elsewhere"),
        )
        .await;
    let nowhere = format!("{}/realms/nosuch/account", site.base());
    album.open("unknown-realm", &nowhere).await;

    album.browser.open(&address).await;
    album.sign_in("alice").await;
    album
        .open("sign-out", &format!("{openid}/logout?client_id=backend"))
        .await;
    album.browser.follow("#kc-logout").await;
    album.take("signed-out").await;
}

fn sign_in_address(site: &Site) -> String {
    format!(
        "{}/protocol/openid-connect/auth?client_id=backend&redirect_uri=http://localhost:3000/callback&response_type=code\
         &scope=openid&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256",
        site.issuer()
    )
}
