//! Which scopes a request gets.

use crate::world::World;
use oidc::scopes::GrantedScopes;
use oidc::tokens::{self, Refresh};

fn resolve(requested: Option<&str>) -> Result<String, String> {
    let world = World::golden();
    GrantedScopes::resolve(&world.realm, world.client("web"), requested)
        .map(|granted| granted.shown())
        .map_err(|refused| refused.to_string())
}

#[test]
fn words_are_read_as_keycloak_reads_them() {
    let granted = |text: &str| resolve(Some(text)).unwrap();
    assert_eq!(resolve(None).unwrap(), "email profile");
    assert_eq!(granted(" "), "email profile");
    assert_eq!(granted("openid profile profile "), "openid email profile");
    assert_eq!(
        granted("phone openid address phone"),
        "openid email profile phone address"
    );
    // Nobody is in an organization, but it may be asked.
    assert_eq!(
        granted("organization organization:acme organization:*"),
        "email profile"
    );

    for bad in [
        "",
        "  openid",
        "openid  profile",
        "OpenID",
        "nope",
        "service_account",
        "address:x",
    ] {
        assert_eq!(
            resolve(Some(bad)).unwrap_err(),
            format!("Invalid scopes: {bad}")
        );
    }
    assert_eq!(
        resolve(Some("openid\tprofile\r\n")).unwrap_err(),
        "Invalid scopes: openidprofile"
    );
}

#[test]
fn a_refresh_narrows_and_never_widens() {
    let world = World::golden();
    let web = world.client("web");
    let before = GrantedScopes::resolve(&world.realm, web, Some("openid address phone")).unwrap();
    let narrow = |requested| {
        before
            .narrow(&world.realm, web, requested)
            .map(|granted| granted.shown())
            .map_err(|refused| refused.to_string())
    };
    assert_eq!(narrow(None).unwrap(), "openid email profile address phone");
    assert_eq!(
        narrow(Some("openid phone")).unwrap(),
        "openid email profile phone"
    );
    assert_eq!(
        narrow(Some("phone microprofile-jwt")).unwrap(),
        "email profile phone"
    );
    assert_eq!(narrow(Some("nope")).unwrap_err(), "Invalid scopes: nope");
    assert_eq!(narrow(Some("")).unwrap_err(), "Invalid scopes: ");

    // Who narrowed openid away still gets an ID token, and the refresh token keeps what was granted.
    let mut asked = world.code("web", "alice", Some("openid address phone"));
    let first = tokens::mint(&world.subject(&asked), Refresh::Issue).unwrap();
    let old = first.refresh.unwrap();
    asked.scopes = before.narrow(&world.realm, web, Some("phone")).unwrap();
    let second = tokens::mint(&world.subject(&asked), Refresh::Renew(&old)).unwrap();
    assert_eq!(second.scope, "email profile phone");
    assert!(second.id_token.is_some());
    assert_eq!(second.refresh.unwrap().scope, old.scope);
}

#[test]
fn what_a_client_lost_since_is_passed_over() {
    let world = World::golden();
    let web = world.client("web");
    let recalled = |text| GrantedScopes::recall(&world.realm, web, text).shown();
    assert_eq!(
        recalled("openid profile gone phone"),
        "openid email profile phone"
    );
    assert_eq!(recalled(""), "email profile");
}
