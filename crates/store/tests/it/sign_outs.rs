//! Consents, notices of sign-outs, and sessions that end once.

use crate::databases::each;
use crate::rows::{add, person, session};
use realm::{ClientKey, Consent, RealmName, ScopeId};
use std::collections::BTreeSet;
use store::{ClientSession, Notice, Timestamp};

fn scopes(names: &[&str]) -> BTreeSet<ScopeId> {
    names.iter().map(|name| ScopeId::from(*name)).collect()
}

fn part(session: &str, client: &str) -> ClientSession {
    ClientSession {
        session: session.into(),
        client: client.into(),
        started_at: Timestamp(1000),
        last_used_at: Timestamp(1000),
        scope: String::new(),
        redirect_uri: None,
        nonce: None,
        notes: [].into(),
    }
}

fn notice(id: &str) -> Notice {
    Notice {
        id: id.to_owned(),
        realm: RealmName::new("test"),
        client: "app".into(),
        user: "u".into(),
        session: "s".into(),
        issuer: "https://id.example/realms/test".to_owned(),
        own_session: None,
        failures: 0,
    }
}

#[tokio::test]
async fn a_consent_grows_and_goes_with_its_owner() {
    for place in each().await {
        let alice = person("alice");
        add(&place, &alice).await;
        let (realm, user) = (&place.realm, &alice.id);
        let (app, other) = (ClientKey::from("app"), ClientKey::from("other"));
        let mut writer = place.store.write().await.unwrap();
        let mut consents = writer.consents();
        for (names, at) in [(&["a"][..], 10), (&["a", "b"], 20), (&["b"], 30), (&[], 40)] {
            let now = Timestamp(at);
            let scopes = scopes(names);
            let granted = consents.grant(realm, user, &app, &scopes, now).await;
            granted.unwrap();
        }
        let file = Consent {
            client: other.clone(),
            created_at: 1,
            updated_at: 2,
            scopes: scopes(&["c"]),
        };
        consents.put(realm, user, &file).await.unwrap();
        writer.commit().await.unwrap();

        let mut reader = place.store.read().await.unwrap();
        let grown = Consent {
            client: app.clone(),
            created_at: 10,
            updated_at: 20,
            scopes: scopes(&["a", "b"]),
        };
        let all = reader.consents().of_user(realm, user).await.unwrap();
        assert_eq!(all, [grown, file.clone()]);
        let found = reader.consents().find(realm, user, &other).await.unwrap();
        assert_eq!(found, Some(file));
        drop(reader);

        let mut writer = place.store.write().await.unwrap();
        let mut consents = writer.consents();
        assert!(consents.withdraw(realm, user, &app).await.unwrap());
        assert!(!consents.withdraw(realm, user, &app).await.unwrap());
        assert!(writer.users().remove(realm, user).await.unwrap());
        writer.commit().await.unwrap();
        let mut reader = place.store.read().await.unwrap();
        assert!(
            reader
                .consents()
                .of_user(realm, user)
                .await
                .unwrap()
                .is_empty()
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_many_allow_at_once_is_all_kept() {
    for place in each().await {
        let alice = person("alice");
        add(&place, &alice).await;
        let tries = (0..16).map(|at| {
            let (store, realm, user) = (place.store.clone(), place.realm.clone(), alice.id.clone());
            tokio::spawn(async move {
                let mut writer = store.write().await.unwrap();
                let mut consents = writer.consents();
                let own = scopes(&[&format!("s{at}")]);
                let client = ClientKey::from("app");
                let granted = consents.grant(&realm, &user, &client, &own, Timestamp(at));
                granted.await.unwrap();
                writer.commit().await.unwrap();
            })
        });
        for granted in tries.collect::<Vec<_>>() {
            granted.await.unwrap();
        }
        let mut reader = place.store.read().await.unwrap();
        let all = reader
            .consents()
            .of_user(&place.realm, &alice.id)
            .await
            .unwrap();
        assert_eq!(all[0].scopes.len(), 16);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_end_a_session_one_gets_its_parts() {
    for place in each().await {
        let alice = person("alice");
        add(&place, &alice).await;
        let realm = &place.realm;
        let mut writer = place.store.write().await.unwrap();
        let mut sessions = writer.sessions();
        let begun = session(&alice, "s");
        sessions
            .begin(realm, &begun, Timestamp(i64::MAX))
            .await
            .unwrap();
        for client in ["b", "a", "c"] {
            assert!(sessions.attach(realm, &part("s", client)).await.unwrap());
        }
        let taken = sessions.take_part(realm, &"s".into(), &"c".into()).await;
        let (whole, own) = taken.unwrap().unwrap();
        assert_eq!((whole.id, own.client), ("s".into(), "c".into()));
        let again = sessions.take_part(realm, &"s".into(), &"c".into()).await;
        assert_eq!(again.unwrap(), None);
        let keys = sessions.keys_of_user(realm, &alice.id).await.unwrap();
        assert_eq!(keys, ["s".into()]);
        writer.commit().await.unwrap();

        let tries = (0..32).map(|_| {
            let (store, realm) = (place.store.clone(), realm.clone());
            tokio::spawn(async move {
                let mut writer = store.write().await.unwrap();
                let taken = writer.sessions().take(&realm, &"s".into()).await.unwrap();
                writer.commit().await.unwrap();
                taken
            })
        });
        let mut winners = Vec::new();
        for taken in tries.collect::<Vec<_>>() {
            winners.extend(taken.await.unwrap());
        }
        let [(ended, parts)] = winners.as_slice() else {
            panic!("{winners:?}")
        };
        assert_eq!(*ended, begun);
        let clients: Vec<&str> = parts.iter().map(|part| part.client.as_str()).collect();
        assert_eq!(clients, ["a", "b"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_claim_a_notice_one_has_it() {
    for place in each().await {
        let mut writer = place.store.write().await.unwrap();
        let mut notices = writer.notices();
        for id in ["one", "two"] {
            notices
                .add(&place.realm, &notice(id), Timestamp(10))
                .await
                .unwrap();
        }
        // One that failed before comes after the others.
        let one = notice("one");
        let failed = notices.claim(&one, Timestamp(10), Timestamp(15)).await;
        assert!(failed.unwrap());
        writer.commit().await.unwrap();

        let mut reader = place.store.read().await.unwrap();
        let mut due = async |at| {
            let due = reader.notices().due(Timestamp(at), 10).await.unwrap();
            due.into_iter().map(|notice| notice.id).collect::<Vec<_>>()
        };
        assert_eq!(due(9).await, Vec::<String>::new());
        assert_eq!(due(10).await, ["two"]);
        assert_eq!(due(20).await, ["two", "one"]);
        drop(reader);

        let tries = (0..32).map(|_| {
            let store = place.store.clone();
            tokio::spawn(async move {
                let mut writer = store.write().await.unwrap();
                let mut notices = writer.notices();
                let two = notice("two");
                let won = notices.claim(&two, Timestamp(20), Timestamp(30)).await;
                writer.commit().await.unwrap();
                won.unwrap()
            })
        });
        let mut won = 0;
        for claimed in tries.collect::<Vec<_>>() {
            won += usize::from(claimed.await.unwrap());
        }
        assert_eq!(won, 1);

        let mut writer = place.store.write().await.unwrap();
        let mut notices = writer.notices();
        notices
            .postpone(&notice("two"), Timestamp(100))
            .await
            .unwrap();
        notices.remove(&notice("one")).await.unwrap();
        writer.commit().await.unwrap();
        let mut reader = place.store.read().await.unwrap();
        assert!(
            reader
                .notices()
                .due(Timestamp(99), 10)
                .await
                .unwrap()
                .is_empty()
        );
        let left = reader.notices().due(Timestamp(100), 10).await.unwrap();
        assert_eq!((left.len(), left[0].failures), (1, 1));
    }
}
