//! What is written is read back; what must not be is not.

use crate::databases::{Place, each};
use realm::{Credential, CredentialId, User, UserId};
use store::{
    AttemptRecord, ClientSession, Code, EmailRule, Event, EventFilter, Insert, Redeem, Session,
    Timestamp, Update,
};

pub fn person(name: &str) -> User {
    User {
        id: UserId::new(format!("id-{name}")),
        username: name.to_owned(),
        email: Some(format!("{name}@Example.com")),
        email_verified: true,
        first_name: Some("Ä".to_owned()),
        enabled: true,
        attributes: [(
            "usercertificate".to_owned(),
            vec!["a".to_owned(), "b".to_owned()],
        )]
        .into_iter()
        .collect(),
        ..User::default()
    }
}

pub async fn add(place: &Place, user: &User) {
    let mut writer = place.store.write().await.unwrap();
    assert_eq!(
        writer
            .users()
            .insert(&place.realm, user, EmailRule::Unique)
            .await
            .unwrap(),
        Insert::Inserted
    );
    writer.commit().await.unwrap();
}

pub fn session(user: &User, id: &str) -> Session {
    Session {
        id: id.into(),
        user: user.id.clone(),
        started_at: Timestamp(1_000),
        last_used_at: Timestamp(1_000),
        auth_time: 1,
        ip_address: "192.0.2.1".to_owned(),
        remember_me: false,
        method: "password".to_owned(),
        notes: [("a".to_owned(), "b".to_owned())].into(),
    }
}

pub fn code(digest: &str) -> Code {
    Code {
        digest: digest.to_owned(),
        session: "s".into(),
        client: "app".into(),
        redirect_uri: Some("https://app.example.com/".to_owned()),
        challenge: Some(("S256".to_owned(), "x".to_owned())),
        scope: "openid".to_owned(),
        nonce: None,
        acr: None,
        issued_at: Timestamp(0),
        expires_at: Timestamp(60_000),
        notes: [].into(),
    }
}

#[tokio::test]
async fn people_are_found_by_what_names_them() {
    for place in each().await {
        add(&place, &person("alice")).await;
        let mut reader = place.store.read().await.unwrap();
        let mut users = reader.users();
        let found = users
            .by_username(&place.realm, "ALICE")
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            found,
            User {
                email: Some("alice@example.com".to_owned()),
                ..person("alice")
            }
        );
        assert_eq!(
            users
                .by_email(&place.realm, "Alice@example.COM")
                .await
                .unwrap()
                .len(),
            1
        );
        assert_eq!(
            users
                .by_attribute(&place.realm, "usercertificate", "b")
                .await
                .unwrap()
                .len(),
            1
        );
        assert!(
            users
                .by_attribute(&place.realm, "usercertificate", "B")
                .await
                .unwrap()
                .is_empty()
        );
        assert!(
            users
                .by_id(&"other".into(), &found.id)
                .await
                .unwrap()
                .is_none(),
            "a realm sees its own people"
        );
        assert!(
            users
                .by_username(&place.realm, "' OR 1=1 --")
                .await
                .unwrap()
                .is_none()
        );
        drop(reader);

        let mut writer = place.store.write().await.unwrap();
        let mut users = writer.users();
        assert_eq!(
            users
                .insert(
                    &place.realm,
                    &User {
                        id: "x".into(),
                        ..person("Alice")
                    },
                    EmailRule::Shared
                )
                .await
                .unwrap(),
            Insert::Taken
        );
        let namesake = User {
            id: "y".into(),
            email: person("alice").email,
            ..person("bob")
        };
        assert_eq!(
            users
                .insert(&place.realm, &namesake, EmailRule::Unique)
                .await
                .unwrap(),
            Insert::Taken
        );
        assert_eq!(
            users
                .insert(&place.realm, &namesake, EmailRule::Shared)
                .await
                .unwrap(),
            Insert::Inserted
        );
        assert_eq!(
            users
                .update(
                    &place.realm,
                    &User {
                        attributes: [].into_iter().collect(),
                        ..found.clone()
                    },
                    EmailRule::Unique
                )
                .await
                .unwrap(),
            Update::Updated
        );
        assert_eq!(
            users
                .update(&place.realm, &person("nobody"), EmailRule::Unique)
                .await
                .unwrap(),
            Update::Gone
        );
        writer.commit().await.unwrap();
        let mut reader = place.store.read().await.unwrap();
        assert_eq!(
            reader
                .users()
                .by_email(&place.realm, "alice@example.com")
                .await
                .unwrap()
                .len(),
            2
        );
        assert_eq!(
            reader
                .users()
                .by_attribute(&place.realm, "usercertificate", "b")
                .await
                .unwrap()
                .len(),
            1,
            "the changed one lost it"
        );
        assert_eq!(
            reader
                .users()
                .page(&place.realm, Some(&"id-alice".into()), 10)
                .await
                .unwrap()
                .len(),
            1
        );
    }
}

#[tokio::test]
async fn credentials_come_in_their_order_and_go_with_their_owner() {
    for place in each().await {
        let alice = person("alice");
        add(&place, &alice).await;
        let credential = |id: &str, priority| Credential {
            id: CredentialId::new(id),
            kind: "password".to_owned(),
            user_label: None,
            created_date: 5,
            secret_data: "{}".to_owned(),
            credential_data: "{}".to_owned(),
            priority,
        };
        let mut writer = place.store.write().await.unwrap();
        for (id, priority) in [("b", 20), ("a", 10), ("b", 5)] {
            writer
                .users()
                .put_credential(&place.realm, &alice.id, &credential(id, priority))
                .await
                .unwrap();
        }
        writer.commit().await.unwrap();
        let ids: Vec<String> = place
            .store
            .read()
            .await
            .unwrap()
            .users()
            .credentials(&place.realm, &alice.id)
            .await
            .unwrap()
            .iter()
            .map(|found| found.id.to_string())
            .collect();
        assert_eq!(ids, ["b", "a"]);

        // Renewed only as it was read.
        let renewed = Credential {
            secret_data: "{\"value\":\"new\"}".to_owned(),
            ..credential("a", 10)
        };
        for (before, expected) in [
            (credential("a", 11), false),
            (credential("a", 10), true),
            (credential("a", 10), false),
        ] {
            let mut writer = place.store.write().await.unwrap();
            let done = writer
                .users()
                .renew_credential(&place.realm, &alice.id, &before, &renewed)
                .await
                .unwrap();
            writer.commit().await.unwrap();
            assert_eq!(done, expected);
        }
        let mut writer = place.store.write().await.unwrap();
        assert!(
            writer
                .users()
                .remove(&place.realm, &alice.id)
                .await
                .unwrap()
        );
        writer.commit().await.unwrap();
        assert!(
            place
                .store
                .read()
                .await
                .unwrap()
                .users()
                .credentials(&place.realm, &alice.id)
                .await
                .unwrap()
                .is_empty()
        );
    }
}

#[tokio::test]
async fn a_session_is_used_and_ends_with_every_part_of_it() {
    for place in each().await {
        let alice = person("alice");
        add(&place, &alice).await;
        let part = ClientSession {
            session: "s".into(),
            client: "app".into(),
            started_at: Timestamp(1_000),
            last_used_at: Timestamp(1_000),
            scope: "openid".to_owned(),
            redirect_uri: None,
            nonce: Some("n".to_owned()),
            notes: [].into(),
        };
        let mut writer = place.store.write().await.unwrap();
        let mut sessions = writer.sessions();
        assert!(
            !sessions.attach(&place.realm, &part).await.unwrap(),
            "nothing attaches to a session that is not there"
        );
        sessions
            .begin(&place.realm, &session(&alice, "s"), Timestamp(10_000))
            .await
            .unwrap();
        assert!(sessions.attach(&place.realm, &part).await.unwrap());
        assert!(
            sessions
                .touch(
                    &place.realm,
                    &"s".into(),
                    Some(&"app".into()),
                    Timestamp(5_000),
                    Timestamp(15_000)
                )
                .await
                .unwrap()
        );
        assert!(
            !sessions
                .touch(
                    &place.realm,
                    &"s".into(),
                    None,
                    Timestamp(15_000),
                    Timestamp(25_000)
                )
                .await
                .unwrap(),
            "too late"
        );
        writer.commit().await.unwrap();

        let mut reader = place.store.read().await.unwrap();
        let found = reader
            .sessions()
            .find(&place.realm, &"s".into())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            found,
            Session {
                last_used_at: Timestamp(5_000),
                ..session(&alice, "s")
            }
        );
        assert_eq!(
            reader
                .sessions()
                .clients(&place.realm, &"s".into())
                .await
                .unwrap(),
            [ClientSession {
                last_used_at: Timestamp(5_000),
                ..part
            }]
        );
        assert_eq!(
            reader
                .sessions()
                .of_user(&place.realm, &alice.id)
                .await
                .unwrap()
                .len(),
            1
        );
        drop(reader);

        assert_eq!(place.store.sweep(Timestamp(14_999)).await.unwrap(), 0);
        assert_eq!(place.store.sweep(Timestamp(15_000)).await.unwrap(), 1);
        assert!(
            place
                .store
                .read()
                .await
                .unwrap()
                .sessions()
                .client(&place.realm, &"s".into(), &"app".into())
                .await
                .unwrap()
                .is_none()
        );
    }
}

#[tokio::test]
async fn a_code_is_good_once_and_remembered_as_used() {
    for place in each().await {
        let mut writer = place.store.write().await.unwrap();
        let mut codes = writer.codes();
        codes.issue(&place.realm, &code("a")).await.unwrap();
        codes.issue(&place.realm, &code("b")).await.unwrap();
        assert_eq!(
            codes
                .redeem(&place.realm, "a", Timestamp(59_999))
                .await
                .unwrap(),
            Redeem::Granted(Box::new(code("a")))
        );
        assert_eq!(
            codes
                .redeem(&place.realm, "a", Timestamp(59_999))
                .await
                .unwrap(),
            Redeem::Replayed("s".into(), "app".into())
        );
        assert_eq!(
            codes
                .redeem(&place.realm, "b", Timestamp(60_000))
                .await
                .unwrap(),
            Redeem::Expired(Box::new(code("b")))
        );
        assert_eq!(
            codes.redeem(&place.realm, "c", Timestamp(0)).await.unwrap(),
            Redeem::Unknown
        );
        assert_eq!(
            codes
                .redeem(&"other".into(), "a", Timestamp(0))
                .await
                .unwrap(),
            Redeem::Unknown
        );
        writer.commit().await.unwrap();
        assert_eq!(
            place
                .store
                .sweep(Timestamp(60_000 + 3_599_999))
                .await
                .unwrap(),
            0
        );
        assert_eq!(
            place
                .store
                .sweep(Timestamp(60_000 + 3_600_000))
                .await
                .unwrap(),
            2
        );
    }
}

#[tokio::test]
async fn events_are_listed_by_what_narrows_them_and_expire() {
    for place in each().await {
        let event = |at: i64, kind: &str, client: &str| Event {
            id: format!("e{at}"),
            time: Timestamp(at),
            kind: kind.to_owned(),
            client_id: Some(client.to_owned()),
            user: None,
            session: None,
            ip_address: "192.0.2.1".to_owned(),
            error: None,
            details: [("username".to_owned(), "Ä'\"".to_owned())].into(),
        };
        let mut writer = place.store.write().await.unwrap();
        for (at, kind, client, expires) in [
            (1, "LOGIN", "a", Some(Timestamp(100))),
            (2, "LOGIN_ERROR", "a", None),
            (3, "LOGIN", "b", None),
        ] {
            writer
                .events()
                .record(&place.realm, &event(at, kind, client), expires)
                .await
                .unwrap();
        }
        writer.commit().await.unwrap();
        let list = async |filter: EventFilter| -> Vec<i64> {
            let mut reader = place.store.read().await.unwrap();
            reader
                .events()
                .list(&place.realm, &filter)
                .await
                .unwrap()
                .iter()
                .map(|event| event.time.0)
                .collect()
        };
        let all = EventFilter {
            max: 10,
            ..EventFilter::default()
        };
        assert_eq!(list(all.clone()).await, [3, 2, 1]);
        assert_eq!(
            list(EventFilter {
                kind: Some("LOGIN".to_owned()),
                ..all.clone()
            })
            .await,
            [3, 1]
        );
        assert_eq!(
            list(EventFilter {
                client_id: Some("a".to_owned()),
                from: Some(Timestamp(2)),
                ..all.clone()
            })
            .await,
            [2]
        );
        assert_eq!(
            list(EventFilter {
                first: 1,
                max: 1,
                ..all.clone()
            })
            .await,
            [2]
        );
        assert_eq!(place.store.sweep(Timestamp(100)).await.unwrap(), 1);
        assert_eq!(list(all).await, [3, 2]);
    }
}

#[tokio::test]
async fn an_attempt_is_found_by_its_code_at_once_and_after_it_was_written() {
    for place in each().await {
        let attempt = |code: &str| AttemptRecord {
            realm: place.realm.clone(),
            code: code.to_owned(),
            time: Timestamp(1),
            outcome: "refused".to_owned(),
            client_id: None,
            user: None,
            ip_address: "192.0.2.1".to_owned(),
            steps: serde_json::json!([{"part": "edge"}]),
        };
        place.store.traces().keep(attempt("K7QX-M2RD"));
        let find = async |store: &store::Store, code: &str| {
            store
                .traces()
                .find(store, &place.realm, code)
                .await
                .unwrap()
        };
        assert_eq!(
            find(&place.store, " k7qx-m2rd ").await,
            Some(attempt("K7QX-M2RD"))
        );
        assert_eq!(
            place
                .store
                .traces()
                .find(&place.store, &"other".into(), "K7QX-M2RD")
                .await
                .unwrap(),
            None
        );
        let other = store::Store::open(&place.settings).await.unwrap();
        if !matches!(place.settings, store::Settings::Temporary) {
            place.store.close().await;
            assert_eq!(find(&other, "K7QX-M2RD").await, Some(attempt("K7QX-M2RD")));
            assert_eq!(other.sweep(Timestamp(1 + 24 * 3_600_000)).await.unwrap(), 1);
        }
        other.close().await;
    }
}
