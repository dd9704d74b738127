//! Failures to sign in are all counted, and begin anew when they should.

use crate::databases::each;
use crate::rows::{add, person};
use store::{LoginFailures, Timestamp};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_failures_at_once_each_counts() {
    for place in each().await {
        let alice = person("alice");
        add(&place, &alice).await;
        let tries = (1..=32).map(|at| {
            let (store, realm, user) = (place.store.clone(), place.realm.clone(), alice.id.clone());
            tokio::spawn(async move {
                let mut writer = store.write().await.unwrap();
                let mut failures = writer.login_failures();
                let counted = failures
                    .count(&realm, &user, Timestamp(at), "192.0.2.1", Some(1000))
                    .await
                    .unwrap();
                // What somebody decides by the count is decided before the next one counts.
                failures
                    .lock(&realm, &user, Timestamp(at), counted.lockouts + 1)
                    .await
                    .unwrap();
                writer.commit().await.unwrap();
                counted.failures
            })
        });
        let mut counts = Vec::new();
        for outcome in tries.collect::<Vec<_>>() {
            counts.push(outcome.await.unwrap());
        }
        counts.sort_unstable();
        assert_eq!(counts, (1..=32).collect::<Vec<_>>());
        let mut reader = place.store.read().await.unwrap();
        let known = reader.login_failures().find(&place.realm, &alice.id).await;
        let known = known.unwrap().unwrap();
        assert_eq!((known.failures, known.lockouts), (32, 32));
        assert_eq!(
            (known.last_failure, known.not_before),
            (Timestamp(32), Timestamp(32))
        );
    }
}

#[tokio::test]
async fn a_count_begins_anew_after_a_while_and_after_a_success() {
    for place in each().await {
        let alice = person("alice");
        add(&place, &alice).await;
        let (realm, user) = (&place.realm, &alice.id);
        let mut writer = place.store.write().await.unwrap();
        let mut failures = writer.login_failures();
        let mut count = async |now, address, after| {
            let counted = failures.count(realm, user, Timestamp(now), address, after);
            let counted = counted.await.unwrap();
            failures
                .lock(realm, user, Timestamp(now + 5), counted.failures)
                .await
                .unwrap();
            counted
        };
        let first = LoginFailures {
            failures: 1,
            lockouts: 0,
            not_before: Timestamp(0),
            last_failure: Timestamp(1000),
            previous_failure: None,
            last_address: "192.0.2.1".to_owned(),
        };
        assert_eq!(count(1000, "192.0.2.1", Some(100)).await, first);
        let second = LoginFailures {
            failures: 2,
            lockouts: 1,
            not_before: Timestamp(1005),
            last_failure: Timestamp(1100),
            previous_failure: Some(Timestamp(1000)),
            last_address: "192.0.2.2".to_owned(),
        };
        assert_eq!(count(1100, "192.0.2.2", Some(100)).await, second);
        assert_eq!(count(9000, "192.0.2.2", None).await.failures, 3);
        let anew = count(9101, "192.0.2.2", Some(100)).await;
        assert_eq!((anew.failures, anew.lockouts), (1, 0));
        // A lock-out lasts as long as it was to.
        assert_eq!(anew.not_before, Timestamp(9005));
        assert!(failures.clear(realm, user).await.unwrap());
        assert!(!failures.clear(realm, user).await.unwrap());
        writer.commit().await.unwrap();
    }
}

#[tokio::test]
async fn who_is_locked_out_for_good_is_disabled_once_and_keeps_the_rest() {
    for place in each().await {
        let alice = person("alice");
        add(&place, &alice).await;
        let (realm, user) = (&place.realm, &alice.id);
        let mut writer = place.store.write().await.unwrap();
        let mut users = writer.users();
        for expected in [true, false] {
            let disabled = users.disable(realm, user, "disabledReason", "why");
            assert_eq!(disabled.await.unwrap(), expected);
        }
        let gone = &"gone".into();
        let disabled = users.disable(realm, gone, "disabledReason", "why");
        assert!(!disabled.await.unwrap());
        writer.commit().await.unwrap();
        let mut reader = place.store.read().await.unwrap();
        let mut users = reader.users();
        let found = users.by_attribute(realm, "disabledReason", "why").await;
        let mut expected = users.by_id(realm, user).await.unwrap().unwrap();
        assert_eq!(found.unwrap(), [expected.clone()]);
        assert!(!expected.enabled);
        expected.enabled = true;
        let why = expected.attributes.shift_remove("disabledReason").unwrap();
        assert_eq!(why, ["why"]);
        assert_eq!(expected.attributes, alice.attributes);
        let found = users.by_email(realm, "alice@example.com").await.unwrap();
        assert_eq!(found.len(), 1);
    }
}
