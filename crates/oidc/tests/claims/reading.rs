//! Tokens that come back, and settings that no token can be made with.

use crate::world::{ISSUER, NOW, World, client_in};
use oidc::tokens::{self, MintError, Refresh, TokenRefusal, read_access, read_refresh};
use serde_json::json;

#[test]
fn each_reader_takes_its_own_tokens_alone() {
    let world = World::golden();
    let asked = world.code("web", "alice", Some("openid"));
    let response = tokens::mint(&world.subject(&asked), Refresh::Issue).unwrap();
    let (access, id) = (response.access_token, response.id_token.unwrap());
    let refresh = response.refresh_token.unwrap();

    let read = read_refresh(&world.realm, &refresh, NOW, ISSUER).unwrap();
    assert_eq!(Some(&read), response.refresh.as_ref());
    assert_eq!((read.azp.as_str(), read.typ.as_str()), ("web", "Refresh"));
    let claims = read_access(&world.realm, &access, NOW, ISSUER).unwrap();
    assert_eq!(claims.jti, response.token_id);
    assert_eq!(claims.scope, response.scope);

    for token in [
        access.as_str(),
        &id,
        "",
        "a.b.c",
        &refresh[..refresh.len() - 4],
    ] {
        let refused = read_refresh(&world.realm, token, NOW, ISSUER).unwrap_err();
        assert_eq!(refused, TokenRefusal::Invalid);
    }
    for token in [
        refresh.as_str(),
        &id,
        "",
        "a.b.c",
        &access[..access.len() - 4],
    ] {
        let refused = read_access(&world.realm, token, NOW, ISSUER).unwrap_err();
        assert_eq!(refused, TokenRefusal::Invalid);
    }
}

#[test]
fn a_token_is_good_until_it_expires_and_under_its_own_name() {
    let world = World::golden();
    let asked = world.code("web", "alice", None);
    let response = tokens::mint(&world.subject(&asked), Refresh::Issue).unwrap();
    let refresh = response.refresh_token.unwrap();
    let access = response.access_token;
    let other = "https://other.example.com/realms/golden";
    for (seconds, issuer, expected) in [
        (299, ISSUER, None),
        (300, ISSUER, Some(TokenRefusal::Expired)),
        (0, other, Some(TokenRefusal::Issuer)),
    ] {
        let at = NOW.plus_seconds(seconds);
        assert_eq!(
            read_access(&world.realm, &access, at, issuer).err(),
            expected
        );
        let at = NOW.plus_seconds(seconds * 6);
        assert_eq!(
            read_refresh(&world.realm, &refresh, at, issuer).err(),
            expected
        );
    }
    let stranger = World::with(|_| ());
    let refused = read_refresh(&stranger.realm, &refresh, NOW, ISSUER).unwrap_err();
    assert_eq!(refused, TokenRefusal::Invalid, "another realm's key");
}

#[test]
fn an_access_token_signed_with_the_refresh_tokens_key_is_no_refresh_token() {
    let world = World::with(|realm| {
        client_in(realm, "web")["attributes"] =
            json!({"access.token.signed.response.alg": "HS512"});
    });
    let asked = world.code("web", "alice", None);
    let response = tokens::mint(&world.subject(&asked), Refresh::Issue).unwrap();
    let token = &response.access_token;
    assert!(read_access(&world.realm, token, NOW, ISSUER).is_ok());
    assert_eq!(
        read_refresh(&world.realm, token, NOW, ISSUER).unwrap_err(),
        TokenRefusal::Invalid
    );
}

#[test]
fn a_key_that_is_missing_is_told() {
    for (name, told) in [
        ("EdDSA", "the realm has no active key for EdDSA"),
        (
            "RS257",
            "client web wants its tokens signed with RS257, which is not served",
        ),
        (
            "none",
            "client web wants its tokens signed with none, which is not served",
        ),
    ] {
        for setting in [
            "access.token.signed.response.alg",
            "id.token.signed.response.alg",
        ] {
            let world = World::with(|realm| {
                client_in(realm, "web")["attributes"] = json!({setting: name});
            });
            let asked = world.code("web", "alice", Some("openid"));
            let error = tokens::mint(&world.subject(&asked), Refresh::Issue).unwrap_err();
            assert_eq!(error.to_string(), told);
            assert!(matches!(
                error,
                MintError::NoKey(_) | MintError::UnknownAlgorithm { .. }
            ));
        }
    }
}
