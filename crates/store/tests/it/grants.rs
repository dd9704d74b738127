//! Offline sessions and requests of devices.

use crate::databases::{Place, each};
use realm::{ClientKey, User, UserId};
use store::{Ask, ClientSession, DeviceRequest, EmailRule, Insert, Poll, Session, Timestamp};

fn session(user: &UserId) -> Session {
    Session {
        id: "s".into(),
        user: user.clone(),
        started_at: Timestamp(1000),
        last_used_at: Timestamp(1000),
        auth_time: 1,
        ip_address: "127.0.0.1".to_owned(),
        remember_me: false,
        method: "pwd".to_owned(),
        notes: Default::default(),
    }
}

fn part(client: &str) -> ClientSession {
    ClientSession {
        session: "s".into(),
        client: ClientKey::new(client),
        started_at: Timestamp(1000),
        last_used_at: Timestamp(1000),
        scope: "offline_access".to_owned(),
        redirect_uri: None,
        nonce: None,
        notes: Default::default(),
    }
}

async fn person(place: &Place) -> UserId {
    let user = User {
        id: UserId::new("u"),
        username: "alice".to_owned(),
        enabled: true,
        ..User::default()
    };
    let mut writer = place.store.write().await.unwrap();
    let inserted = writer
        .users()
        .insert(&place.realm, &user, EmailRule::Unique)
        .await;
    assert_eq!(inserted.unwrap(), Insert::Inserted);
    writer.commit().await.unwrap();
    user.id
}

#[tokio::test]
async fn an_offline_session_lives_by_its_own_rules() {
    for place in each().await {
        let (realm, user) = (&place.realm, person(&place).await);
        let (id, a, b) = ("s".into(), ClientKey::new("a"), ClientKey::new("b"));
        let mut writer = place.store.write().await.unwrap();
        for client in ["a", "b"] {
            let mut sessions = writer.offline_sessions();
            sessions
                .keep(realm, &session(&user), &part(client), Timestamp(5000))
                .await
                .unwrap();
        }
        writer.commit().await.unwrap();

        let mut reader = place.store.read().await.unwrap();
        let mut sessions = reader.offline_sessions();
        assert_eq!(
            sessions.find(realm, &id).await.unwrap(),
            Some(session(&user))
        );
        assert_eq!(sessions.of_user(realm, &user).await.unwrap().len(), 1);
        assert_eq!(sessions.clients(realm, &id).await.unwrap().len(), 2);
        assert_eq!(
            sessions.client(realm, &id, &a).await.unwrap(),
            Some(part("a"))
        );
        assert_eq!(reader.sessions().find(realm, &id).await.unwrap(), None);
        drop(reader);

        let mut writer = place.store.write().await.unwrap();
        let mut sessions = writer.offline_sessions();
        let nobody = ClientKey::new("c");
        for (client, at, expected) in [
            (&a, 2000, true),
            (&a, 1500, false),
            (&nobody, 2500, false),
            (&b, 2500, true),
            (&b, 9000, false),
        ] {
            let touched = sessions
                .touch(realm, &id, client, Timestamp(at), Timestamp(at + 4000))
                .await;
            assert_eq!(touched.unwrap(), expected, "{client:?} {at}");
        }
        assert!(sessions.detach(realm, &id, &a).await.unwrap());
        assert!(!sessions.detach(realm, &id, &a).await.unwrap());
        assert!(!sessions.end_if_empty(realm, &id).await.unwrap());
        assert!(sessions.detach(realm, &id, &b).await.unwrap());
        assert!(sessions.end_if_empty(realm, &id).await.unwrap());
        sessions
            .keep(realm, &session(&user), &part("a"), Timestamp(5000))
            .await
            .unwrap();
        assert_eq!(sessions.end_of_user(realm, &user).await.unwrap(), 1);
        sessions
            .keep(realm, &session(&user), &part("a"), Timestamp(5000))
            .await
            .unwrap();
        assert!(sessions.end(realm, &id).await.unwrap());
        sessions
            .keep(realm, &session(&user), &part("a"), Timestamp(5000))
            .await
            .unwrap();
        writer.commit().await.unwrap();
        assert_eq!(place.store.sweep(Timestamp(4999)).await.unwrap(), 0);
        assert_eq!(place.store.sweep(Timestamp(5000)).await.unwrap(), 1);
    }
}

fn request(name: &str, interval: i64) -> DeviceRequest {
    DeviceRequest {
        digest: format!("digest {name}"),
        user_code: format!("CODE{name}"),
        client: ClientKey::new("c"),
        scope: Some("openid".to_owned()),
        nonce: None,
        challenge: None,
        interval,
        expires_at: Timestamp(600_000),
        session: None,
        acr: None,
    }
}

async fn ask(place: &Place, request: &DeviceRequest) -> Ask {
    let mut writer = place.store.write().await.unwrap();
    let mut requests = writer.device_requests();
    let asked = requests.ask(&place.realm, request, Timestamp(0)).await;
    writer.commit().await.unwrap();
    asked.unwrap()
}

async fn poll(place: &Place, name: &str, client: &str, at: i64) -> Poll {
    let mut writer = place.store.write().await.unwrap();
    let mut requests = writer.device_requests();
    let (digest, client) = (format!("digest {name}"), ClientKey::new(client));
    let found = requests
        .poll(&place.realm, &digest, &client, Timestamp(at))
        .await;
    writer.commit().await.unwrap();
    found.unwrap()
}

async fn approve(place: &Place, request: &DeviceRequest, at: i64) -> bool {
    let mut writer = place.store.write().await.unwrap();
    let mut requests = writer.device_requests();
    let approved = DeviceRequest {
        session: Some("s".into()),
        ..request.clone()
    };
    let done = requests
        .approve(&place.realm, &approved, Timestamp(at))
        .await;
    writer.commit().await.unwrap();
    done.unwrap()
}

#[tokio::test]
async fn what_a_device_finds() {
    for place in each().await {
        let a = request("a", 5);
        assert_eq!(ask(&place, &a).await, Ask::Asked);
        let same_code = DeviceRequest {
            digest: "other".to_owned(),
            ..a.clone()
        };
        assert_eq!(ask(&place, &same_code).await, Ask::Taken);
        assert_eq!(poll(&place, "a", "c", 0).await, Poll::Pending);
        assert_eq!(poll(&place, "a", "c", 4999).await, Poll::TooSoon);
        assert_eq!(poll(&place, "a", "x", 4999).await, Poll::OfAnotherClient);
        assert_eq!(poll(&place, "z", "c", 5000).await, Poll::Unknown);
        assert_eq!(poll(&place, "a", "c", 5000).await, Poll::Pending);

        let mut reader = place.store.read().await.unwrap();
        let mut requests = reader.device_requests();
        let waiting = requests.waiting(&place.realm, "CODEa", Timestamp(6000));
        assert_eq!(waiting.await.unwrap(), Some(a.clone()));
        let late = requests.waiting(&place.realm, "CODEa", Timestamp(600_000));
        assert_eq!(late.await.unwrap(), None);
        drop(reader);

        assert!(!approve(&place, &a, 600_000).await);
        assert!(approve(&place, &a, 6000).await);
        assert!(!approve(&place, &a, 6001).await, "the first answer counts");
        match poll(&place, "a", "c", 10_000).await {
            Poll::Granted(request) => assert_eq!(request.session, Some("s".into())),
            other => panic!("{other:?}"),
        }
        assert_eq!(poll(&place, "a", "c", 20_000).await, Poll::Unknown);

        let b = request("b", 0);
        assert_eq!(ask(&place, &b).await, Ask::Asked);
        let mut writer = place.store.write().await.unwrap();
        let mut requests = writer.device_requests();
        let denied = requests.deny(&place.realm, &b.digest, Timestamp(1));
        assert!(denied.await.unwrap());
        writer.commit().await.unwrap();
        assert_eq!(poll(&place, "b", "c", 2).await, Poll::Denied);
        assert_eq!(poll(&place, "b", "c", 600_000).await, Poll::Expired);
        // Late devices are told so for an hour.
        assert_eq!(place.store.sweep(Timestamp(4_199_999)).await.unwrap(), 0);
        assert_eq!(place.store.sweep(Timestamp(4_200_000)).await.unwrap(), 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_looks_at_a_granted_request_one_gets_it() {
    for place in each().await {
        let asked = request("a", 0);
        assert_eq!(ask(&place, &asked).await, Ask::Asked);
        assert!(approve(&place, &asked, 1).await);
        let tries = (0..32).map(|_| {
            let (store, realm) = (place.store.clone(), place.realm.clone());
            tokio::spawn(async move {
                let mut writer = store.write().await.unwrap();
                let mut requests = writer.device_requests();
                let client = ClientKey::new("c");
                let found = requests
                    .poll(&realm, "digest a", &client, Timestamp(2))
                    .await
                    .unwrap();
                writer.commit().await.unwrap();
                found
            })
        });
        let mut granted = 0;
        for outcome in tries.collect::<Vec<_>>() {
            match outcome.await.unwrap() {
                Poll::Granted(_) => granted += 1,
                Poll::Unknown | Poll::TooSoon => {}
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(granted, 1);
    }
}
