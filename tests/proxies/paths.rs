//! Under `/auth` behind a real nginx: with Postern there itself, with nginx that takes the prefix off and Postern that is told by a header or
//! by its `hostname`. And static files from a cache of nginx's, and what goes wrong without `proxy-headers`.

use support::curl::{Answer, Curl};
use support::folder::Folder;
use support::person::{CALLBACK, Person, action};
use support::pki::{self, Identity};
use support::ports;
use support::postern::{Launch, Postern, demo_realm};
use support::proxy::{Kind, Proxy};
use support::site::Site;

struct Under {
    person: Person,
    alice: Identity,
    base: String,
    postern: Postern,
    proxy: Proxy,
    folder: Folder,
}

/// Postern with this option, behind nginx whose locations have `/auth` before them and whose upstream has this path.
fn under(option: Option<(&str, &str)>, upstream: &str, header: &str, prefix: &str) -> Under {
    let folder = Folder::new("paths");
    let (pki, port) = (pki::dev(&folder), ports::free());
    let base = format!("https://localhost:{port}/auth");
    let launch = Launch::dev().behind_nginx(&pki.join("ca-bundle.pem"));
    let launch = match option {
        Some((key, value)) => launch.option(key, &value.replace("BASE", &base)),
        None => launch,
    };
    let launch = launch.realm(&folder, &demo_realm());
    let postern = launch.start_under(&folder, prefix);
    let mut conf = Kind::Nginx.configuration(&pki, port, postern.port());
    for place in ["realms", "resources", ".well-known"] {
        let shipped = format!("location /{place}/ {{\n            proxy_pass http://postern;");
        assert!(conf.contains(&shipped), "{place}");
        let ours = match upstream {
            "" => "http://postern".to_owned(),
            _ => format!("http://postern/{place}/"),
        };
        conf = conf.replace(
            &shipped,
            &format!("location /auth/{place}/ {{\n proxy_pass {ours};"),
        );
    }
    let none = "X-Forwarded-Prefix \"\"";
    assert!(conf.contains(none));
    conf = conf.replace(none, &format!("X-Forwarded-Prefix \"{header}\""));
    let proxy = Kind::Nginx.start(&folder, port, &conf);
    Under {
        person: Person::new(&base, &pki.join("ca-bundle.pem"), &folder.at("cookies")),
        alice: Identity::of(&pki, "alice"),
        base,
        postern,
        proxy,
        folder,
    }
}

impl Under {
    fn everything_is_there(&self) {
        let Self { person, base, .. } = self;
        let realm = format!("{base}/realms/demo");
        let discovery = person
            .curl()
            .get(&format!("{realm}/.well-known/openid-configuration"));
        assert_eq!(
            discovery.status,
            200,
            "{discovery:?} {}",
            self.postern.log()
        );
        let discovery = discovery.json();
        assert_eq!(discovery["issuer"], realm.as_str());
        for endpoint in ["authorization_endpoint", "token_endpoint", "jwks_uri"] {
            let at = discovery[endpoint].as_str().unwrap();
            assert!(at.starts_with(&realm), "{endpoint}: {at}");
        }
        let keys = person.curl().get(discovery["jwks_uri"].as_str().unwrap());
        assert_eq!(keys.status, 200);

        // By password: form, cookies, files and redirects.
        let page = person.login_page();
        assert!(action(&page).starts_with(&realm), "{}", action(&page));
        let cookie = page.header("set-cookie").unwrap();
        assert!(cookie.contains("Path=/auth/realms/demo/"), "{cookie}");
        let style = style_sheet(&page);
        assert!(style.starts_with(&format!("{base}/resources/")), "{style}");
        assert_eq!(person.curl().get(&style).status, 200);
        let done = person.submit(&page, "alice", "alice");
        let (tokens, claims) = person.redeem(&done);
        assert_eq!(claims["preferred_username"], "alice", "{tokens:?}");

        // By certificate.
        let ca = self.folder.at("pki/ca-bundle.pem");
        let alice = Person::new(base, &ca, &self.folder.at("alice")).with(&self.alice);
        let begun = alice.begin();
        let location = begun.header("location").unwrap_or_default();
        assert!(location.starts_with(CALLBACK), "{begun:?}");
        assert_eq!(alice.direct_grant().status, 200, "{}", self.proxy.log());
    }
}

/// The address of a page's style sheet.
fn style_sheet(page: &Answer) -> String {
    let mut texts = page.body.split('"');
    texts
        .find(|text| text.contains("/resources/") && text.contains(".css"))
        .expect("the page has a style sheet")
        .to_owned()
}

#[test]
fn a72_under_a_path_that_nginx_keeps() {
    let site = under(Some(("http-relative-path", "/auth")), "", "", "/auth");
    site.everything_is_there();
    let outside = site.postern.connect().get("/realms/demo", &[]).unwrap();
    assert_eq!(outside.status, 404);
}

#[test]
fn a72_under_a_path_that_nginx_takes_off_and_hostname_names() {
    under(Some(("hostname", "BASE")), "/", "", "").everything_is_there();
}

#[test]
fn a72_under_a_path_that_nginx_takes_off_and_a_header_names() {
    under(None, "/", "/auth", "").everything_is_there();
}

#[test]
fn a80_static_files_come_from_a_cache() {
    let mut realm = demo_realm();
    realm["eventsEnabled"] = true.into();
    let site = Site::start(&realm);
    let port = ports::free();
    let shipped = Kind::Nginx.configuration(&site.pki, port, site.postern.port());
    let conf = shipped
        .replace(
            "    upstream postern {",
            "    proxy_cache_path cache keys_zone=static:1m;\n    upstream postern {",
        )
        .replace(
            "location /resources/ {",
            "location /resources/ {\n proxy_cache static; add_header X-Cache $upstream_cache_status always;",
        );
    let cdn = Kind::Nginx.start(&site.folder, port, &conf);
    let page = site.somebody().login_page();
    let style = style_sheet(&page).replace(&site.base(), &cdn.base());
    let get = || Curl::new(&site.ca).get(&style);
    let (first, second) = (get(), get());
    assert_eq!(first.status, 200);
    assert_eq!(first.header("x-cache"), Some("MISS"), "{first:?}");
    assert_eq!(second.header("x-cache"), Some("HIT"), "{second:?}");
    assert_eq!(first.body, second.body);
    let control = first.header("cache-control").unwrap();
    assert!(control.contains("max-age=2592000"), "{control}");
    let tag = first.header("etag").unwrap();
    let again = Curl::new(&site.ca).header("If-None-Match", tag).get(&style);
    assert_eq!(again.status, 304, "{again:?}");
}

#[test]
fn a68_without_proxy_headers_a_form_is_refused_and_log_and_page_say_what_to_set() {
    let folder = Folder::new("origin");
    let pki = pki::dev(&folder);
    let postern = Launch::dev().realm(&folder, &demo_realm()).start(&folder);
    let nginx = Kind::Nginx.shipped(&folder, &pki, postern.port());
    let ca = pki.join("ca-bundle.pem");
    let person = Person::new(&nginx.base(), &ca, &folder.at("cookies"));
    let page = person.login_page();
    // Postern thinks that it is spoken to without TLS.
    let wrong = action(&page);
    assert!(wrong.starts_with("http://"), "{wrong}");
    let answer = person
        .curl()
        .header("Origin", &nginx.base())
        .form(&[("username", "alice"), ("password", "alice")])
        .get(&wrong.replacen("http:", "https:", 1));
    assert_eq!(answer.status, 403, "{answer:?}");
    for part in ["URL-ORIGIN", "proxy-headers is not set", &nginx.base()] {
        assert!(answer.body.contains(part), "{part}: {answer:?}");
    }
    let log = postern.log();
    assert!(
        log.contains("URL-ORIGIN") && log.contains("proxy-headers") && log.contains(&nginx.base()),
        "{log}"
    );
}
