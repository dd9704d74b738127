//! A folder with themes lies over our own look.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use pages::{Frame, InfoPage, Language, Message, OwnTexts, Pages, Reload, ThemeFolder};

/// A folder of its own, gone at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let path =
            std::env::temp_dir().join(format!("postern-theme-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(path.join("themes")).unwrap();
        let folder = Self(path);
        for (path, text) in files {
            folder.write(path, text);
        }
        folder
    }

    fn themes(&self) -> PathBuf {
        self.0.join("themes")
    }

    fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.themes().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn pages(&self, reload: Reload) -> Pages {
        let path = self.themes();
        Pages::new(Some(ThemeFolder { path, reload })).unwrap()
    }

    fn read(&self) -> Pages {
        self.pages(Reload::Never)
    }

    /// Code, line and text of everything that is wrong.
    fn problems(&self) -> Vec<(&'static str, Option<usize>, String)> {
        let problems = self.read().problems().into_iter();
        let told = problems.map(|problem| (problem.code, problem.line, problem.to_string()));
        told.collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn info(pages: &Pages, theme: &str, locale: &str) -> String {
    let frame = Frame {
        realm_name: "Demo",
        resources_url: "/resources/v",
        locale,
        theme: Some(theme),
        ..Frame::default()
    };
    let page = InfoPage {
        title: Message::new("successLogout"),
        detail: None,
        back_url: None,
    };
    pages.info(&frame, &page).html
}

#[test]
fn a_theme_changes_what_it_holds_and_nothing_else() {
    let folder = Folder::new(
        "whole",
        &[
            (
                "acme/login/templates/info.html",
                "<p>{{ title }} & {{ realm_name }} {{ properties.motto }}",
            ),
            ("acme/login/theme.properties", "motto=Quick\n"),
            (
                "acme/login/messages/messages_fr.properties",
                "successLogout=Au revoir",
            ),
            (
                "acme/login/messages/messages_en.properties",
                "successLogout=Bye",
            ),
            ("acme/login/resources/style.css", "body { color: red }"),
            ("acme/login/resources/img/logo.png", "png"),
        ],
    );
    let (pages, ours) = (folder.read(), Pages::new(None).unwrap());
    assert_eq!(pages.problems(), []);
    assert_eq!(info(&pages, "acme", "fr"), "<p>Au revoir & Demo Quick");
    assert_eq!(info(&pages, "acme", "en"), "<p>Bye & Demo Quick");
    assert_eq!(
        info(&pages, "acme", "de"),
        "<p>Sie sind abgemeldet & Demo Quick"
    );
    for theme in ["", "postern", "keycloak.v2", "nobody"] {
        assert_eq!(info(&pages, theme, "de"), info(&ours, "", "de"), "{theme}");
    }
    assert_eq!(pages.languages(Some("acme")), ["de", "en", "fr"]);
    assert_eq!(pages.languages(None), ["de", "en"]);
    let bytes = |path: &str| pages.asset(path).map(|asset| asset.bytes.to_vec());
    assert_eq!(
        bytes("login/acme/style.css").unwrap(),
        b"body { color: red }"
    );
    assert_eq!(
        pages.asset("login/acme/img/logo.png").unwrap().content_type,
        "image/png"
    );
    assert_eq!(
        bytes("login/acme/mark.svg"),
        bytes("login/postern/mark.svg")
    );
    assert_eq!(
        bytes("login/postern/style.css"),
        ours.asset("login/postern/style.css")
            .map(|asset| asset.bytes.to_vec())
    );
    assert_ne!(pages.version(), ours.version());
    assert!(pages.has_theme("acme") && pages.has_theme("keycloak") && !pages.has_theme("nobody"));
}

#[test]
fn a_theme_stands_on_its_parent() {
    let folder = Folder::new(
        "parent",
        &[
            (
                "base-acme/login/messages/messages_en.properties",
                "successLogout=Parent\ndoYes=Aye",
            ),
            ("base-acme/login/resources/css/a.css", "a {}"),
            (
                "base-acme/login/theme.properties",
                "parent=keycloak.v2\nstyles=css/a.css",
            ),
            (
                "acme/login/theme.properties",
                "parent=base-acme\nimport=common/keycloak\nstyles=css/a.css css/b.css",
            ),
            (
                "acme/login/messages/messages_en.properties",
                "successLogout=Child",
            ),
            ("acme/login/resources/css/b.css", "b {}"),
        ],
    );
    let pages = folder.read();
    assert_eq!(pages.problems(), []);
    assert!(info(&pages, "base-acme", "en").contains("Parent"));
    let html = info(&pages, "acme", "en");
    assert!(html.contains("Child"));
    let place = |part: &str| {
        html.find(part)
            .unwrap_or_else(|| panic!("no {part} in {html}"))
    };
    let ours = place("href=\"/resources/v/login/acme/style.css\"");
    let first = place("href=\"/resources/v/login/acme/css/a.css\"");
    assert!(ours < first && first < place("href=\"/resources/v/login/acme/css/b.css\""));
}

#[test]
fn keycloaks_bundles_load_as_they_are() {
    let folder = Folder::new(
        "bundle",
        &[(
            "acme/login/messages/messages_pt_BR.properties",
            "# encoding: UTF-8\ndoLogIn=Entrar\nsuccessLogout=Voc\\u00ea saiu, d''Arc\nlocale_pt-BR=Portugu\\u00eas (Brasil)\nloginTitle=Entrar em {0}\nlong=a \\\n  b\n",
        )],
    );
    let pages = folder.read();
    assert_eq!(pages.problems(), []);
    let languages = ["en", "pt-BR"].map(|tag| Language { tag, url: "/" });
    let frame = Frame {
        locale: "pt-BR",
        theme: Some("acme"),
        languages: &languages,
        ..Frame::default()
    };
    let page = InfoPage {
        title: Message::new("successLogout"),
        detail: Some(Message::new("loginTitle").with("Demo")),
        back_url: None,
    };
    let html = pages.info(&frame, &page).html;
    for part in [
        "Você saiu, d&#x27;Arc",
        "Entrar em Demo",
        "<html lang=\"pt-BR\" dir=\"ltr\">",
        ">Português (Brasil)</a>",
        ">English</a>",
    ] {
        assert!(html.contains(part), "no {part} in {html}");
    }
}

#[test]
fn what_is_wrong_in_a_theme_is_named_and_our_own_look_stands_for_it() {
    let cases = [
        (
            "PAGE-TEMPLATE",
            Some(2),
            "templates/info.html",
            "\n{% if %}",
            "our own look",
        ),
        (
            "PAGE-THEME-FILE",
            None,
            "templates/inof.html",
            "",
            "no place",
        ),
        (
            "PAGE-THEME-TEXTS",
            Some(2),
            "messages/messages_en.properties",
            "a=b\nc",
            "key=value",
        ),
        (
            "PAGE-THEME-FILE",
            None,
            "resources/js/app.js",
            "",
            "no script",
        ),
        (
            "PAGE-THEME-FILE",
            None,
            "messages/en.properties",
            "",
            "no place",
        ),
        (
            "PAGE-THEME-FREEMARKER",
            None,
            "login.ftl",
            "<#if x>",
            "only run in Java",
        ),
        (
            "PAGE-THEME-PARENT",
            None,
            "theme.properties",
            "parent=nobody",
            "is not here",
        ),
        (
            "PAGE-THEME-PARENT",
            None,
            "theme.properties",
            "parent=acme",
            "its own parent",
        ),
        (
            "PAGE-THEME-FILE",
            None,
            "theme.properties",
            "styles=no.css",
            "no resources/no.css",
        ),
        (
            "PAGE-THEME-TEXTS",
            Some(1),
            "theme.properties",
            "styles",
            "key=value",
        ),
    ];
    let ours = info(&Pages::new(None).unwrap(), "", "en");
    for (code, line, path, text, says) in cases {
        let folder = Folder::new("wrong", &[(&format!("acme/login/{path}"), text)]);
        let problems = folder.problems();
        assert_eq!(problems.len(), 1, "{path}: {problems:?}");
        let (found, at, told) = &problems[0];
        assert_eq!((*found, *at), (code, line), "{told}");
        let name = path.rsplit('/').next().unwrap();
        assert!(told.contains(says) && told.contains(name), "{told}");
        let shown = info(&folder.read(), "acme", "en");
        assert_eq!(shown.replace("/login/acme/", "/login/postern/"), ours);
    }
    let folder = Folder::new(
        "latin",
        &[("acme/account/x.css", ""), ("keycloak/login/x", "")],
    );
    folder.write("acme/login/messages/messages_en.properties", b"a=\xfc");
    let codes: Vec<_> = folder
        .problems()
        .into_iter()
        .map(|(code, ..)| code)
        .collect();
    assert_eq!(
        codes,
        ["PAGE-THEME-KIND", "PAGE-THEME-KIND", "PAGE-THEME-FILE"]
    );
}

#[test]
fn a_folder_that_is_not_there_is_a_mistake() {
    let folder = ThemeFolder {
        path: "/nowhere/at/all".into(),
        reload: Reload::Never,
    };
    assert_eq!(
        Pages::new(Some(folder)).unwrap_err().path,
        Path::new("/nowhere/at/all")
    );
}

#[test]
fn a_template_that_fails_later_is_told_and_shows_our_page() {
    let folder = Folder::new(
        "late",
        &[("acme/login/templates/info.html", "{{ nobody.knows.this }}")],
    );
    let shown = info(&folder.read(), "acme", "en");
    assert!(shown.contains("You are signed out") && shown.contains("kc-page-title"));
}

#[test]
fn a_theme_can_not_reach_out_of_its_folder() {
    let folder = Folder::new("out", &[("acme/login/resources/a.css", "a")]);
    std::fs::write(folder.0.join("secret.css"), "secret").unwrap();
    let resources = folder.themes().join("acme/login/resources");
    std::os::unix::fs::symlink(folder.0.join("secret.css"), resources.join("b.css")).unwrap();
    std::os::unix::fs::symlink("/etc", resources.join("etc")).unwrap();
    std::os::unix::fs::symlink("a.css", resources.join("c.css")).unwrap();
    std::os::unix::fs::symlink(".", resources.join("loop")).unwrap();
    folder.write(
        "acme/login/templates/info.html",
        "{% include '../../../secret.css' %}",
    );
    let pages = folder.read();
    let told: Vec<String> = pages.problems().iter().map(ToString::to_string).collect();
    for link in ["b.css", "etc"] {
        assert!(
            told.iter()
                .any(|it| it.contains(link) && it.contains("leads out")),
            "{told:?}"
        );
    }
    assert!(
        told.iter()
            .any(|it| it.contains("loop") && it.contains("too deep")),
        "{told:?}"
    );
    let bytes = |path: &str| pages.asset(path).map(|asset| asset.bytes.to_vec());
    assert_eq!(bytes("login/acme/c.css").unwrap(), b"a");
    for path in [
        "login/acme/b.css",
        "login/acme/etc/passwd",
        "login/acme/../../../secret.css",
        "login/acme/..%2f..%2f..%2fsecret.css",
        "login/acme//a.css",
        "login/../acme/a.css",
        "login/nobody/style.css",
        "login/acme/",
        "acme/a.css",
    ] {
        assert_eq!(bytes(path), None, "{path}");
    }
    assert!(!info(&pages, "acme", "en").contains("secret"));
}

#[test]
fn whoever_makes_a_theme_sees_each_change_at_once_and_nobody_else_does() {
    let text = "acme/login/messages/messages_en.properties";
    let folder = Folder::new("reload", &[(text, "successLogout=One")]);
    let (live, still) = (folder.pages(Reload::OnChange), folder.read());
    let before = live.version();
    folder.write(text, "successLogout=Another");
    folder.write("acme/login/resources/x.css", "x {}");
    assert!(info(&live, "acme", "en").contains("Another"));
    assert_ne!(live.version(), before);
    assert!(live.asset("login/acme/x.css").is_some());
    assert!(info(&still, "acme", "en").contains("One"));
    std::fs::remove_dir_all(folder.themes()).unwrap();
    assert!(info(&live, "acme", "en").contains("Another"));
}

#[test]
fn a_realms_own_texts_stand_over_a_themes() {
    let folder = Folder::new(
        "own",
        &[(
            "acme/login/messages/messages_en.properties",
            "successLogout=Theme",
        )],
    );
    let own: OwnTexts = [("en".to_owned(), [("successLogout", "<Realm>")])]
        .into_iter()
        .collect();
    let frame = Frame {
        locale: "en",
        theme: Some("acme"),
        texts: Some(&own),
        ..Frame::default()
    };
    let page = InfoPage {
        title: Message::new("successLogout"),
        detail: None,
        back_url: None,
    };
    assert!(
        folder
            .read()
            .info(&frame, &page)
            .html
            .contains("&lt;Realm&gt;")
    );
}
