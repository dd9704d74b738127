//! What one node fetches, all have; nothing that is older replaces what is newer.

use crate::databases::{Place, each};
use serde_json::{Value, json};
use std::time::Duration;
use store::revocation::{Content, Replace, Seen, SourceKind};
use store::{Settings, Store, Timestamp};

const NAME: &str = "http://crl.example/a.crl";
const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

fn content(digest: &str, size: usize, number: Option<u32>, this_update: i64) -> Content {
    Content {
        digest: digest.to_owned(),
        size: size as u64,
        number: number.map(|number| format!("{number:040x}")),
        this_update: Timestamp(this_update),
        next_update: Some(Timestamp(this_update + DAY)),
    }
}

async fn want(store: &Store, name: &str, kind: SourceKind, now: i64) {
    let mut writer = store.write().await.unwrap();
    let of = json!({"for": name});
    writer
        .revocations()
        .want(name, kind, &of, Timestamp(now))
        .await
        .unwrap();
    writer.commit().await.unwrap();
}

async fn replace(store: &Store, new: &Content, now: i64) -> Replace {
    let mut writer = store.write().await.unwrap();
    let outcome = writer
        .revocations()
        .replace(
            NAME,
            "a",
            new,
            &Value::Null,
            Timestamp(now),
            Timestamp(now + HOUR),
        )
        .await
        .unwrap();
    writer.commit().await.unwrap();
    outcome
}

async fn claim(store: &Store, node: &str, now: i64) -> bool {
    let mut writer = store.write().await.unwrap();
    let until = Timestamp(now + 1000);
    let won = writer
        .revocations()
        .claim(NAME, node, Timestamp(now), until)
        .await
        .unwrap();
    writer.commit().await.unwrap();
    won
}

async fn remove(store: &Store, name: &str, now: i64) -> bool {
    let mut writer = store.write().await.unwrap();
    let was = writer
        .revocations()
        .remove(name, Timestamp(now))
        .await
        .unwrap();
    writer.commit().await.unwrap();
    was
}

/// Another node on the same database; the same one where nobody else can be.
async fn other_node(place: &Place) -> Store {
    match place.settings {
        Settings::Temporary => place.store.clone(),
        _ => Store::open(&place.settings).await.unwrap(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_nodes_that_take_a_source_one_has_it() {
    for place in each().await {
        want(&place.store, NAME, SourceKind::List, 10).await;
        let other = other_node(&place).await;
        for round in 0..3 {
            let now = 10 + round * 1000;
            let tries = (0..24).map(|at| {
                let store = if at % 2 == 0 { &place.store } else { &other }.clone();
                tokio::spawn(async move { claim(&store, &format!("n{at}"), now).await })
            });
            let mut won = 0;
            for outcome in tries.collect::<Vec<_>>() {
                won += usize::from(outcome.await.unwrap());
            }
            assert_eq!(won, 1, "and again after the claim ended");
            let mut reader = other.read().await.unwrap();
            let due = reader.revocations().due(Timestamp(now), 9).await.unwrap();
            assert!(due.is_empty(), "nobody is offered what somebody has");
        }
    }
}

#[tokio::test]
async fn a_source_is_asked_when_it_is_due_and_rests_between() {
    for place in each().await {
        let due = async |now| {
            let mut reader = place.store.read().await.unwrap();
            let due = reader.revocations().due(Timestamp(now), 9).await.unwrap();
            due.len()
        };
        assert_eq!(due(0).await, 0);
        want(&place.store, NAME, SourceKind::List, 10).await;
        assert!(claim(&place.store, "a", 10).await);
        let mut writer = place.store.write().await.unwrap();
        let mut revocations = writer.revocations();
        // Not by a node that has it no more.
        revocations
            .failed(NAME, "b", "late", Timestamp(0))
            .await
            .unwrap();
        revocations
            .failed(NAME, "a", "closed", Timestamp(50))
            .await
            .unwrap();
        writer.commit().await.unwrap();
        assert_eq!((due(49).await, due(50).await), (0, 1));
        let mut reader = place.store.read().await.unwrap();
        let source = reader.revocations().all().await.unwrap().remove(0);
        assert_eq!(
            (source.failures, source.error.as_deref()),
            (1, Some("closed"))
        );
        assert_eq!(source.body, json!({"for": NAME}));
        drop(reader);

        assert!(claim(&place.store, "a", 50).await);
        let mut writer = place.store.write().await.unwrap();
        let (now, next) = (Timestamp(50), Timestamp(90));
        writer
            .revocations()
            .unchanged(NAME, "a", now, next)
            .await
            .unwrap();
        writer.commit().await.unwrap();
        assert_eq!((due(89).await, due(90).await), (0, 1));
        let mut reader = place.store.read().await.unwrap();
        let source = reader.revocations().all().await.unwrap().remove(0);
        assert_eq!((source.failures, source.error), (0, None));
        assert_eq!(source.fetched_at, Timestamp(50));
    }
}

#[tokio::test]
async fn nothing_older_replaces_what_is_kept_until_it_is_removed() {
    for place in each().await {
        let store = &place.store;
        assert_eq!(
            replace(store, &content("x", 1, Some(1), 0), 0).await,
            Replace::Older
        );
        want(store, NAME, SourceKind::List, 0).await;
        for (number, this_update, is_newer) in [
            (Some(9), 100, true),
            // As numbers, not as texts of any width.
            (Some(10), 100, true),
            (Some(9), 200, false),
            (Some(11), 99, false),
            (None, 99, false),
            (None, 101, true),
            (Some(1), 101, true),
        ] {
            let outcome = replace(store, &content("x", 1, number, this_update), 0).await;
            let replaced = matches!(outcome, Replace::Replaced(_));
            assert_eq!(replaced, is_newer, "{number:?} {this_update}");
        }
        assert!(remove(store, NAME, 0).await);
        let first = content("x", 1, Some(0), 1);
        assert!(matches!(
            replace(store, &first, 0).await,
            Replace::Replaced(_)
        ));
    }
}

#[tokio::test]
async fn what_one_node_keeps_the_others_read_and_hear_of() {
    for place in each().await {
        let other = other_node(&place).await;
        let bytes: Vec<u8> = (0..1_500_000u32).map(|at| (at % 251) as u8).collect();
        want(&place.store, NAME, SourceKind::List, 0).await;
        let mut reader = other.read().await.unwrap();
        let before = reader.revocations().version().await.unwrap();
        drop(reader);

        let kept = place
            .store
            .keep_revocation_content("digest", &bytes, Timestamp(0))
            .await;
        kept.unwrap();
        // A node that began to listen a moment ago may miss what came before that.
        let mut number = 0;
        let mut change = async || {
            number += 1;
            let new = content("digest", bytes.len(), Some(number), 5);
            match replace(&place.store, &new, 7).await {
                Replace::Replaced(version) => (new, version),
                Replace::Older => panic!("it is newer"),
            }
        };
        let hears = matches!(place.settings, Settings::Postgres { .. });
        let mut heard = std::pin::pin!(async {
            place.store.revocation_news().await;
            if hears {
                other.revocation_news().await;
            }
        });
        let (new, version) = loop {
            let changed = change().await;
            let wait = tokio::time::timeout(Duration::from_millis(200), heard.as_mut());
            if wait.await.is_ok() {
                break changed;
            }
            assert!(
                changed.0.number < Some(format!("{:040x}", 300)),
                "nobody heard"
            );
        };
        assert!(version > before);

        let mut reader = other.read().await.unwrap();
        assert_eq!(reader.revocations().version().await.unwrap(), version);
        let changed = reader
            .revocations()
            .changed_since(&Seen::all_of(before), 9)
            .await
            .unwrap();
        assert_eq!(changed.len(), 1);
        assert_eq!(
            (changed[0].content.as_ref(), changed[0].version),
            (Some(&new), version)
        );
        let none = reader
            .revocations()
            .changed_since(&Seen::all_of(version), 9)
            .await
            .unwrap();
        assert!(none.is_empty());
        drop(reader);
        assert_eq!(other.revocation_content(&new).await.unwrap(), Some(bytes));
        let wrong = content("digest", 1_600_000, None, 0);
        assert_eq!(other.revocation_content(&wrong).await.unwrap(), None);
        let gone = content("other", 1, None, 0);
        assert_eq!(other.revocation_content(&gone).await.unwrap(), None);
    }
}

#[tokio::test]
async fn uploads_stay_until_they_are_removed_and_removals_are_told() {
    for place in each().await {
        let store = &place.store;
        let bytes = store.keep_revocation_content("digest", b"list", Timestamp(0));
        bytes.await.unwrap();
        let new = content("digest", 4, Some(3), 5);
        let upload = async |new: &Content, now| {
            let mut writer = store.write().await.unwrap();
            let outcome = writer
                .revocations()
                .upload("upload:x", new, &Value::Null, Timestamp(now))
                .await
                .unwrap();
            writer.commit().await.unwrap();
            outcome
        };
        let Replace::Replaced(version) = upload(&new, 0).await else {
            panic!("it is the first");
        };
        let older = content("older", 4, Some(2), 5);
        assert_eq!(upload(&older, 0).await, Replace::Older);
        store.sweep(Timestamp(400 * DAY)).await.unwrap();
        let kept = store.revocation_content(&new).await.unwrap();
        assert_eq!(kept.as_deref(), Some(&b"list"[..]));
        let mut reader = store.read().await.unwrap();
        let far = Timestamp(400 * DAY);
        assert!(reader.revocations().due(far, 9).await.unwrap().is_empty());
        drop(reader);

        assert!(!remove(store, "upload:y", 0).await);
        assert!(remove(store, "upload:x", 400 * DAY).await);
        assert!(!remove(store, "upload:x", 400 * DAY).await);
        let mut reader = store.read().await.unwrap();
        let told = reader
            .revocations()
            .changed_since(&Seen::all_of(version), 9)
            .await
            .unwrap();
        assert_eq!(
            (told[0].kind, &told[0].content),
            (SourceKind::Removed, &None)
        );
        assert!(reader.revocations().all().await.unwrap().is_empty());
        drop(reader);
        assert_eq!(store.sweep(Timestamp(402 * DAY)).await.unwrap(), 2);
        // And it may come again, older than it was.
        assert!(matches!(
            upload(&older, 402 * DAY).await,
            Replace::Replaced(_)
        ));
    }
}

#[tokio::test]
async fn what_nobody_wants_any_more_is_forgotten() {
    for place in each().await {
        let store = &place.store;
        let bytes = store.keep_revocation_content("digest", b"list", Timestamp(0));
        bytes.await.unwrap();
        want(store, NAME, SourceKind::List, 0).await;
        replace(store, &content("digest", 4, Some(3), 5), 0).await;
        want(store, NAME, SourceKind::List, 30 * DAY).await;
        assert_eq!(store.sweep(Timestamp(61 * DAY)).await.unwrap(), 0);
        let mut reader = store.read().await.unwrap();
        let version = reader.revocations().version().await.unwrap();
        drop(reader);
        store.sweep(Timestamp(91 * DAY)).await.unwrap();
        let mut reader = store.read().await.unwrap();
        let told = reader
            .revocations()
            .changed_since(&Seen::all_of(version), 9)
            .await
            .unwrap();
        assert_eq!(
            (told[0].kind, &told[0].content),
            (SourceKind::Removed, &None)
        );
        drop(reader);
        want(store, NAME, SourceKind::List, 91 * DAY).await;
        let mut reader = store.read().await.unwrap();
        let due = reader
            .revocations()
            .due(Timestamp(91 * DAY), 9)
            .await
            .unwrap();
        assert_eq!(due[0].body, json!({"for": NAME}));
    }
}

#[tokio::test]
async fn changes_are_read_in_pieces_and_none_is_left_out() {
    for place in each().await {
        let store = &place.store;
        for at in 0..7 {
            want(store, &format!("ocsp:{at}"), SourceKind::Answer, 0).await;
        }
        want(store, NAME, SourceKind::List, 0).await;
        replace(store, &content("digest", 4, Some(3), 5), 0).await;
        // Seven go at once, in one change; the list stays.
        store.sweep(Timestamp(8 * DAY)).await.unwrap();
        let mut names = Vec::new();
        let mut seen = Seen::default();
        loop {
            let mut reader = store.read().await.unwrap();
            let piece = reader.revocations().changed_since(&seen, 3).await.unwrap();
            let Some(last) = piece.last() else {
                break;
            };
            seen = last.seen();
            names.extend(piece.into_iter().map(|source| source.name));
        }
        let answers = (0..7).map(|at| format!("ocsp:{at}"));
        let expected: Vec<String> = [NAME.to_owned()].into_iter().chain(answers).collect();
        assert_eq!(names, expected);
    }
}
