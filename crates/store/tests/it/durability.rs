//! What was acknowledged is there after a crash; what one node changes, another sees.

use crate::databases::{Folder, Postgres, place};
use realm::{Document, Kind};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use store::{Change, Claim, Settings, Store, Timestamp};

const CHILD: &str = "POSTERN_TEST_WRITER";

/// Not a test by itself: the writer that [`acknowledged_writes_survive_a_killed_process`] starts and kills.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writer_process() {
    let Ok(settings) = std::env::var(CHILD) else {
        return;
    };
    let (realm, address) = settings.split_once(' ').unwrap();
    let settings = match address.strip_prefix("file:") {
        Some(path) => Settings::SqliteFile(path.into()),
        None => Settings::Postgres {
            url: address.to_owned(),
            pool_max: 20,
        },
    };
    let store = Store::open(&settings).await.unwrap();
    let writers = (0..8).map(|writer| {
        let (store, realm) = (store.clone(), realm.to_owned());
        tokio::spawn(async move {
            for at in 0.. {
                let name = format!("w{writer}-{at}");
                let mut transaction = store.write().await.unwrap();
                transaction
                    .single_use()
                    .claim(&realm.as_str().into(), &name, Timestamp(i64::MAX))
                    .await
                    .unwrap();
                transaction.commit().await.unwrap();
                println!("ACK {name}");
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
}

/// Starts the writer, kills it after so many acknowledgements, and gives these.
fn killed_after(acknowledgements: usize, argument: &str) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "durability::writer_process",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(CHILD, argument)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut names = Vec::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap_or_default();
        names.extend(line.split_once("ACK ").map(|(_, name)| name.to_owned()));
        if names.len() == acknowledgements {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(
        names.len() >= acknowledgements,
        "the writer stopped by itself"
    );
    names
}

async fn all_there(store: &Store, realm: &realm::RealmId, names: &[String]) {
    let mut writer = store.write().await.unwrap();
    for name in names {
        assert_eq!(
            writer
                .single_use()
                .claim(realm, name, Timestamp(0))
                .await
                .unwrap(),
            Claim::Again,
            "{name} was acknowledged and is gone"
        );
    }
}

// The runtime needs a thread of its own: this one waits for the child.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_writes_survive_a_killed_process() {
    let folder = Folder::new();
    let path = folder.path().join("postern.db");
    let place = place(Settings::SqliteFile(path.clone()), folder).await;
    for acknowledgements in [1, 50, 333] {
        let names = killed_after(
            acknowledgements,
            &format!("{} file:{}", place.realm, path.display()),
        );
        all_there(&place.store, &place.realm, &names).await;
    }
}

// The runtime needs a thread of its own: this one waits for the child.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_writes_survive_a_killed_database_server() {
    let mut postgres = Postgres::start();
    let place = place(postgres.database(), Folder::new()).await;
    place.store.close().await;
    let names = killed_after(200, &format!("{} {}", place.realm, postgres.url("test0")));
    postgres.crash();
    let again = Store::open(&place.settings).await.unwrap();
    all_there(&again, &place.realm, &names).await;
    again.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_node_sees_a_change() {
    let postgres = Postgres::start();
    let place = place(postgres.database(), Folder::new()).await;
    let other = Store::open(&place.settings).await.unwrap();
    let before = other.realm(&place.name).await.unwrap().unwrap();
    let mut client = before.client(&"account".into()).unwrap().as_ref().clone();
    client.enabled = false;
    let change = Change::Put(Document::of(Kind::Client, client.id.as_str(), &client).unwrap());
    let mut writer = place.store.write().await.unwrap();
    writer
        .realms()
        .change(&place.realm, &[change])
        .await
        .unwrap();
    writer.commit().await.unwrap();
    // At once by notification, or within seconds by version.
    let started = std::time::Instant::now();
    while other.realm(&place.name).await.unwrap().unwrap().version == before.version {
        assert!(
            started.elapsed().as_secs() < 20,
            "the other node never heard of it"
        );
        tokio::task::yield_now().await;
    }
    assert!(
        !other
            .realm(&place.name)
            .await
            .unwrap()
            .unwrap()
            .client(&"account".into())
            .unwrap()
            .enabled
    );
    other.close().await;
    place.store.close().await;
}
