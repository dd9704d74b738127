//! Looks of an operator's own.

use crate::support::Home;

const REALM: &str = r#"{"realm": "demo", "enabled": true, "loginTheme": "acme", "sslRequired": "none",
    "clients": [{"clientId": "web", "publicClient": true, "redirectUris": ["http://localhost/cb"]},
        {"clientId": "plain", "publicClient": true, "redirectUris": ["http://localhost/cb"],
         "attributes": {"login_theme": "postern"}}]}"#;

#[test]
fn a_realm_shows_the_theme_that_it_names_and_a_client_may_show_another() {
    let home = Home::new();
    home.write("data/import/demo.json", REALM);
    home.write("themes/acme/login/template.ftl", "<#macro>");
    home.write("themes/acme/login/theme.properties", "styles=acme.css\n");
    home.write("themes/acme/login/resources/acme.css", "h1 { color: red }");
    home.write(
        "themes/acme/login/messages/messages_en.properties",
        "doLogIn=Come in\n",
    );
    let line =
        "start-dev --http-port=0 --http-management-port=0 --import-realm --log-console-color=false";
    let server = home.start(line, &[]);
    let page = |client: &str| {
        let path = format!(
            "/realms/demo/protocol/openid-connect/auth?client_id={client}&response_type=code&scope=openid&redirect_uri=http://localhost/cb"
        );
        server.get(&path, "")
    };
    let shown = page("web");
    let style = shown
        .split_once("/acme.css")
        .unwrap()
        .0
        .rsplit_once('"')
        .unwrap()
        .1;
    let style = format!(
        "/resources{}/acme.css",
        style.split_once("/resources").unwrap().1
    );
    assert!(shown.contains(">Come in</button>"), "{shown}");
    assert!(server.get(&style, "").contains("h1 { color: red }"));
    assert!(page("plain").contains(">Sign in</button>"));

    // Whoever makes a theme sees it at once, mistakes too.
    home.write(
        "themes/acme/login/messages/messages_en.properties",
        "doLogIn=Enter\n",
    );
    assert!(page("web").contains(">Enter</button>"));
    home.write(
        "themes/acme/login/templates/login.html",
        "\n{{ nobody.knows }}",
    );
    assert!(page("web").contains("kc-form-login"));
    let said = server.stop("-TERM").1;
    for part in [
        "PAGE-THEME-FREEMARKER",
        "template.ftl",
        "PAGE-TEMPLATE",
        "login.html",
        "line=2",
    ] {
        assert!(said.contains(part), "{part} is not in {said}");
    }
}
