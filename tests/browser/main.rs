//! Every page in every state, in Chromium: judged by axe in both languages, wide and narrow, light and dark, under the policy that it is sent with.
#![allow(clippy::unwrap_used)]

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderName, StatusCode, header};
use pages::Pages;
use std::collections::BTreeMap;
use std::sync::Arc;
use support::browser::Browser;

#[path = "../../crates/pages/tests/samples/mod.rs"]
#[expect(dead_code, reason = "nothing is written here")]
mod samples;

const LANGUAGES: [&str; 2] = ["en", "de"];
const WIDTHS: [u32; 2] = [1280, 390];
/// The names that people go by for light and dark.
const SCHEMES: [(&str, &[&str]); 2] = [
    ("light", &[]),
    ("dark", &["--blink-settings=preferredColorScheme=0"]),
];

/// Runs axe, and what axe does not look at. A list of lines; none is well.
const JUDGE: &str = r#"
const done = arguments[arguments.length - 1];
const wrong = [];
if (getComputedStyle(document.querySelector("main")).display === "inline" || document.styleSheets.length !== 1)
  wrong.push("the style sheet is not there");
for (const image of document.images) if (!image.naturalWidth) wrong.push("a picture is not there: " + image.src);
if (document.documentElement.scrollWidth > document.documentElement.clientWidth)
  wrong.push("wider than the window: " + document.documentElement.scrollWidth);
if (innerWidth !== arguments[1]) wrong.push("another width: " + innerWidth);
if (matchMedia("(prefers-color-scheme: dark)").matches !== arguments[0]) wrong.push("another colour scheme");
const reached = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, [tabindex]")];
for (const one of reached) if (one.tabIndex > 0) wrong.push("an order of its own: " + one.outerHTML);
for (const one of document.querySelectorAll("[aria-describedby]"))
  for (const id of one.getAttribute("aria-describedby").split(" "))
    if (!document.getElementById(id)?.textContent.trim()) wrong.push("described by nothing: " + id);
for (const one of document.querySelectorAll("[aria-invalid=true]"))
  if (!one.hasAttribute("aria-describedby")) wrong.push("wrong without a reason: " + one.outerHTML);
axe.run(document, { resultTypes: ["violations"] }).then(
  (found) => {
    for (const rule of found.violations)
      for (const node of rule.nodes) wrong.push(rule.id + ": " + node.html + " " + node.failureSummary);
    done(wrong);
  },
  (error) => done([String(error)]),
);
"#;

/// The policy for who runs no script, and sees no frame.
const WITHOUT_SCRIPT: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'";

/// What the server of these tests serves.
struct Served {
    pages: Pages,
    shown: BTreeMap<String, pages::Page>,
}

async fn page(State(served): State<Arc<Served>>, Path(name): Path<String>) -> Response {
    let Some(page) = served.shown.get(&name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let policy = match leaves(&name) {
        true => WITHOUT_SCRIPT.to_owned(),
        false => page.csp.to_string(),
    };
    let headers: [(HeaderName, String); 2] = [
        (header::CONTENT_TYPE, "text/html;charset=utf-8".to_owned()),
        (header::CONTENT_SECURITY_POLICY, policy),
    ];
    (headers, page.html.clone()).into_response()
}

async fn asset(State(served): State<Arc<Served>>, Path(path): Path<String>) -> Response {
    match served.pages.asset(&format!("login/{path}")) {
        Some(asset) => (
            [(header::CONTENT_TYPE, asset.content_type)],
            asset.bytes.to_vec(),
        )
            .into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Serves all pages; their address, and their names.
async fn serve() -> (String, Vec<String>) {
    let pages = Pages::new(None).unwrap();
    let mut shown = BTreeMap::new();
    for locale in LANGUAGES {
        for (name, page) in samples::all(&pages, locale) {
            shown.insert(format!("{name}.{locale}"), page);
        }
    }
    let names = shown.keys().cloned().collect();
    let router = Router::new()
        .route("/{name}", axum::routing::get(page))
        .route("/login/{*path}", axum::routing::get(asset))
        .with_state(Arc::new(Served { pages, shown }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (address, names)
}

/// The text of axe.
fn axe() -> String {
    std::fs::read_to_string(support::npm::module("axe-core/axe.min.js")).unwrap()
}

/// The pages that leave by themselves as soon as they are shown; they are judged without their script, as whoever has none sees them.
fn leaves(name: &str) -> bool {
    name.starts_with("form-post.") || name.starts_with("frontchannel-logout.")
}

/// What is wrong with the page that the browser shows.
async fn judge(browser: &Browser, axe: &str, scheme: &str, width: u32) -> Vec<String> {
    browser.run(axe).await;
    let arguments = vec![(scheme == "dark").into(), width.into()];
    let found = browser.ask(JUDGE, arguments).await;
    let lines = found.as_array().unwrap().iter();
    lines
        .map(|line| line.as_str().unwrap().to_owned())
        .collect()
}

/// The judge sees what is wrong: at a page that was right before.
#[tokio::test]
async fn a_mistake_on_a_page_is_seen() {
    const MISTAKES: [(&str, &str); 7] = [
        (
            "color-contrast",
            "document.querySelector('h1').style.color = '#eee'",
        ),
        ("label", "document.querySelector('label').remove()"),
        (
            "html-has-lang",
            "document.documentElement.removeAttribute('lang')",
        ),
        (
            "an order of its own",
            "document.querySelector('input').tabIndex = 3",
        ),
        (
            "wrong without a reason",
            "document.querySelector('input').ariaInvalid = 'true'",
        ),
        (
            "wider than the window",
            "document.querySelector('main').style.width = '2000px'",
        ),
        (
            "the style sheet",
            "document.querySelector('link[rel=stylesheet]').remove()",
        ),
    ];
    let axe = axe();
    let (address, _) = serve().await;
    for (scheme, arguments) in SCHEMES {
        let browser = Browser::plain(arguments).await;
        for width in WIDTHS {
            browser.resize(width, 860).await;
            browser.open(&format!("{address}/login.en")).await;
            let found = judge(&browser, &axe, scheme, width).await;
            assert_eq!(found, Vec::<String>::new(), "{scheme}, {width}");
        }
        for (told, mistake) in MISTAKES.into_iter().filter(|_| scheme == "light") {
            browser.open(&format!("{address}/login.en")).await;
            browser.run(mistake).await;
            let found = judge(&browser, &axe, scheme, WIDTHS[1]).await;
            assert!(
                found.iter().any(|line| line.contains(told)),
                "{told}: {found:?}"
            );
        }
        browser.close().await;
    }
}

#[tokio::test]
async fn every_page_can_be_used_by_everybody() {
    let axe = axe();
    let (address, names) = serve().await;
    let mut wrong = Vec::new();
    let mut judged = 0;
    for (scheme, arguments) in SCHEMES {
        let browser = Browser::plain(arguments).await;
        for width in WIDTHS {
            browser.resize(width, 860).await;
            for name in &names {
                browser.open(&format!("{address}/{name}")).await;
                let found = judge(&browser, &axe, scheme, width).await;
                let told = found
                    .iter()
                    .map(|line| format!("{name}, {width}, {scheme}: {line}"));
                wrong.extend(told);
                judged += 1;
            }
        }
        browser.close().await;
    }
    assert!(judged > 200, "{judged}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
