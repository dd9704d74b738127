//! What may happen once happens once, however many try at the same time; and nobody's failure is another's.

use crate::databases::{Folder, each, place};
use crate::rows::code;
use realm::{Document, Kind};
use store::{Change, Claim, Fault, Redeem, Settings, Settles, Store, Timestamp};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_redeem_a_code_one_wins() {
    for place in each().await {
        let mut writer = place.store.write().await.unwrap();
        writer
            .codes()
            .issue(&place.realm, &code("a"))
            .await
            .unwrap();
        writer.commit().await.unwrap();
        let tries = (0..32).map(|_| {
            let (store, realm) = (place.store.clone(), place.realm.clone());
            tokio::spawn(async move {
                let mut writer = store.write().await.unwrap();
                let outcome = writer
                    .codes()
                    .redeem(&realm, "a", Timestamp(1))
                    .await
                    .unwrap();
                writer.commit().await.unwrap();
                outcome
            })
        });
        let mut granted = 0;
        for outcome in tries.collect::<Vec<_>>() {
            match outcome.await.unwrap() {
                Redeem::Granted(_) => granted += 1,
                Redeem::Replayed(..) => {}
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(granted, 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_claim_a_name_one_is_first() {
    for place in each().await {
        let tries = (0..32).map(|_| {
            let (store, realm) = (place.store.clone(), place.realm.clone());
            tokio::spawn(async move {
                let mut writer = store.write().await.unwrap();
                let outcome = writer
                    .single_use()
                    .claim(&realm, "name", Timestamp(1))
                    .await
                    .unwrap();
                writer.commit().await.unwrap();
                outcome
            })
        });
        let mut first = 0;
        for outcome in tries.collect::<Vec<_>>() {
            first += usize::from(outcome.await.unwrap() == Claim::First);
        }
        assert_eq!(first, 1);
        assert_eq!(place.store.sweep(Timestamp(1)).await.unwrap(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_commits_is_kept_and_who_leaves_is_not_in_any_mixture() {
    for place in each().await {
        let writes = (0..120).map(|at| {
            let (store, realm) = (place.store.clone(), place.realm.clone());
            tokio::spawn(async move {
                let mut writer = store.write().await.unwrap();
                writer
                    .single_use()
                    .claim(&realm, &format!("n{at}"), Timestamp(at))
                    .await
                    .unwrap();
                match at % 4 {
                    0 => drop(writer),
                    1 => {
                        // A fault in the middle of a turn.
                        assert!(
                            writer
                                .users()
                                .remove_credential(&"".into(), &"".into(), &"".into())
                                .await
                                .is_ok()
                        );
                        drop(writer);
                    }
                    _ => writer.commit().await.unwrap(),
                }
            })
        });
        for write in writes.collect::<Vec<_>>() {
            write.await.unwrap();
        }
        let mut writer = place.store.write().await.unwrap();
        for at in 0..120 {
            let expected = if at % 4 < 2 {
                Claim::First
            } else {
                Claim::Again
            };
            assert_eq!(
                writer
                    .single_use()
                    .claim(&place.realm, &format!("n{at}"), Timestamp(at))
                    .await
                    .unwrap(),
                expected,
                "n{at}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_writer_that_is_cancelled_hangs_nobody() {
    for place in each().await {
        for at in 0..40 {
            let (store, realm) = (place.store.clone(), place.realm.clone());
            let task = tokio::spawn(async move {
                let mut writer = store.write().await.unwrap();
                writer
                    .single_use()
                    .claim(&realm, &format!("c{at}"), Timestamp(0))
                    .await
                    .unwrap();
                writer.commit().await.unwrap();
            });
            tokio::task::yield_now().await;
            task.abort();
            let mut writer = place.store.write().await.unwrap();
            writer
                .single_use()
                .claim(&place.realm, &format!("d{at}"), Timestamp(0))
                .await
                .unwrap();
            writer.commit().await.unwrap();
        }
        let mut writer = place.store.write().await.unwrap();
        for at in 0..40 {
            assert_eq!(
                writer
                    .single_use()
                    .claim(&place.realm, &format!("d{at}"), Timestamp(0))
                    .await
                    .unwrap(),
                Claim::Again
            );
        }
    }
}

#[derive(Debug)]
enum Outcome {
    Answer,
    Fault,
}

impl Settles for Outcome {
    fn keeps_writes(&self) -> bool {
        matches!(self, Self::Answer)
    }
}

impl From<Fault> for Outcome {
    fn from(_: Fault) -> Self {
        Self::Fault
    }
}

#[tokio::test]
async fn an_answer_keeps_what_was_written_and_a_fault_does_not() {
    for place in each().await {
        for (name, outcome, expected) in [
            ("answer", Outcome::Answer, Claim::Again),
            ("fault", Outcome::Fault, Claim::First),
        ] {
            let mut writer = place.store.write().await.unwrap();
            writer
                .single_use()
                .claim(&place.realm, name, Timestamp(0))
                .await
                .unwrap();
            assert!(writer.settle::<(), _>(Err(outcome)).await.is_err());
            let mut writer = place.store.write().await.unwrap();
            assert_eq!(
                writer
                    .single_use()
                    .claim(&place.realm, name, Timestamp(0))
                    .await
                    .unwrap(),
                expected
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_reads_a_realm_while_it_changes_never_keeps_the_old_one() {
    for place in each().await {
        let readers: Vec<_> = (0..4)
            .map(|_| {
                let (store, name) = (place.store.clone(), place.name.clone());
                tokio::spawn(async move {
                    for _ in 0..40 {
                        store.realm(&name).await.unwrap().unwrap();
                        tokio::task::yield_now().await;
                    }
                })
            })
            .collect();
        let client = place
            .store
            .realm(&place.name)
            .await
            .unwrap()
            .unwrap()
            .client(&"account".into())
            .unwrap()
            .clone();
        for _ in 0..10 {
            let change = Change::Put(
                Document::of(Kind::Client, client.id.as_str(), client.as_ref()).unwrap(),
            );
            let mut writer = place.store.write().await.unwrap();
            let version = writer
                .realms()
                .change(&place.realm, &[change])
                .await
                .unwrap();
            writer.commit().await.unwrap();
            let seen = place
                .store
                .realm(&place.name)
                .await
                .unwrap()
                .unwrap()
                .version;
            assert_eq!(Some(seen), version);
        }
        for reader in readers {
            reader.await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_programs_that_write_to_one_file_wait_for_each_other() {
    let folder = Folder::new();
    let settings = Settings::SqliteFile(folder.path().join("postern.db"));
    let place = place(settings.clone(), folder).await;
    let other = Store::open(&settings).await.unwrap();
    let claim = async |store: &Store, name: &str| {
        let mut writer = store.write().await?;
        let claim = writer
            .single_use()
            .claim(&place.realm, name, Timestamp(1))
            .await?;
        Ok::<_, Fault>((writer, claim))
    };
    let (writer, _) = claim(&place.store, "one").await.unwrap();
    // Who gives up waiting leaves nothing open.
    let waiting = tokio::time::timeout(std::time::Duration::from_millis(50), claim(&other, "one"));
    assert!(waiting.await.is_err());
    let (waited, ended) = tokio::join!(claim(&other, "one"), writer.commit());
    ended.unwrap();
    let (waited, found) = waited.unwrap();
    assert_eq!(found, Claim::Again);
    waited.commit().await.unwrap();
    let (writer, _) = claim(&place.store, "two").await.unwrap();
    writer.commit().await.unwrap();
}
