//! A theme's folder lies over our own files.
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;

use pages::{Frame, InfoPage, Message, Pages, ThemeError};

/// A folder of its own, gone at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let folder =
            Self(std::env::temp_dir().join(format!("postern-theme-{}-{name}", std::process::id())));
        std::fs::create_dir_all(&folder.0).unwrap();
        for (path, text) in files {
            let path = folder.0.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        folder
    }

    fn read(&self) -> Result<Pages, ThemeError> {
        Pages::new(Some(self.0.clone()))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn info(pages: &Pages, locale: &str) -> String {
    let frame = Frame {
        realm_name: "Demo",
        locale,
        ..Frame::default()
    };
    pages
        .info(
            &frame,
            &InfoPage {
                title: Message::new("successLogout"),
                detail: None,
                back_url: None,
            },
        )
        .html
}

#[test]
fn a_theme_changes_what_it_holds_and_nothing_else() {
    let theme = Folder::new(
        "whole",
        &[
            ("templates/info.html", "<p>{{ title }} & {{ realm_name }}"),
            ("messages/fr.properties", "successLogout=Au revoir"),
            ("messages/en.properties", "successLogout=Bye"),
            ("resources/style.css", "body { color: red }"),
            ("resources/logo.png", "png"),
        ],
    );
    let (pages, ours) = (theme.read().unwrap(), Pages::new(None).unwrap());
    assert_eq!(info(&pages, "fr"), "<p>Au revoir & Demo");
    assert_eq!(info(&pages, "en"), "<p>Bye & Demo");
    assert_eq!(info(&pages, "de"), "<p>Sie sind abgemeldet & Demo");
    assert_eq!(pages.languages().collect::<Vec<_>>(), ["de", "en", "fr"]);
    assert_eq!(
        &*pages.asset("login/postern/style.css").unwrap().bytes,
        b"body { color: red }"
    );
    assert_eq!(
        pages.asset("login/postern/logo.png").unwrap().content_type,
        "image/png"
    );
    assert_eq!(
        pages.asset("login/postern/mark.svg"),
        ours.asset("login/postern/mark.svg")
    );
    assert_ne!(pages.version(), ours.version());
}

#[test]
fn a_mistake_in_a_theme_is_named() {
    let cases = [
        (
            "template",
            "templates/info.html",
            "{% if %}",
            "is no template",
        ),
        ("page", "templates/inof.html", "", "has no place in a theme"),
        ("message", "messages/en.properties", "a=b\nc", "line 2 of"),
        ("script", "resources/app.js", "", "has no place in a theme"),
    ];
    for (name, path, text, says) in cases {
        let error = Folder::new(name, &[(path, text)])
            .read()
            .unwrap_err()
            .to_string();
        assert!(
            error.contains(says) && error.contains(path.rsplit('/').next().unwrap()),
            "{error}"
        );
    }
    let missing = Pages::new(Some("/nowhere/at/all".into())).unwrap_err();
    assert!(matches!(missing, ThemeError::Unreadable { .. }));
}

#[test]
fn a_template_that_fails_later_still_shows_a_page() {
    let theme = Folder::new(
        "late",
        &[("templates/info.html", "{{ nobody.knows.this }}")],
    );
    assert!(info(&theme.read().unwrap(), "en").contains("role=\"alert\""));
}
