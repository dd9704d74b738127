//! Realms as snapshots, and a database that is opened again.

use crate::databases::{Folder, each};
use realm::{Document, Kind};
use store::{Change, Create};

#[tokio::test]
async fn a_change_of_a_realm_makes_a_new_snapshot_and_old_ones_stay_as_they_were() {
    for place in each().await {
        let before = place.store.realm(&place.name).await.unwrap().unwrap();
        assert!(
            std::sync::Arc::ptr_eq(
                &before,
                &place.store.realm(&place.name).await.unwrap().unwrap()
            ),
            "read once"
        );
        let mut client = before.client(&"account".into()).unwrap().as_ref().clone();
        client.enabled = false;
        let change = Change::Put(Document::of(Kind::Client, client.id.as_str(), &client).unwrap());
        let mut writer = place.store.write().await.unwrap();
        assert_eq!(
            writer
                .realms()
                .change(&place.realm, &[change])
                .await
                .unwrap(),
            Some(before.version + 1)
        );
        assert!(
            place
                .store
                .realm(&place.name)
                .await
                .unwrap()
                .unwrap()
                .client(&"account".into())
                .unwrap()
                .enabled,
            "not before the commit"
        );
        writer.commit().await.unwrap();
        let after = place.store.realm(&place.name).await.unwrap().unwrap();
        assert!(
            !after.client(&"account".into()).unwrap().enabled
                && before.client(&"account".into()).unwrap().enabled
        );
        assert_eq!(after.version, before.version + 1);

        let mut writer = place.store.write().await.unwrap();
        assert_eq!(
            writer
                .realms()
                .create(&"x".into(), &place.name, &[])
                .await
                .unwrap(),
            Create::Taken
        );
        assert_eq!(
            writer
                .realms()
                .change(&"nothing".into(), &[])
                .await
                .unwrap(),
            None
        );
        assert!(writer.realms().remove(&place.realm).await.unwrap());
        writer.commit().await.unwrap();
        assert!(place.store.realm(&place.name).await.unwrap().is_none());
        assert!(place.store.realm_names().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn opening_again_changes_nothing_and_a_wrong_address_names_the_option() {
    for place in each().await {
        if matches!(place.settings, store::Settings::Temporary) {
            continue; // gone with its store
        }
        place.store.close().await;
        let again = store::Store::open(&place.settings).await.unwrap();
        assert_eq!(
            again.realm_names().await.unwrap(),
            std::slice::from_ref(&place.name)
        );
        assert!(again.is_ready().await);
    }
    let unreachable = store::Settings::Postgres {
        url: "postgres://postern@127.0.0.1:1/none".to_owned(),
        pool_max: 1,
    };
    assert!(
        store::Store::open(&unreachable)
            .await
            .err()
            .unwrap()
            .to_string()
            .contains("db-url")
    );
    let folder = Folder::new();
    let a_folder = store::Settings::SqliteFile(folder.path().to_owned());
    assert!(
        store::Store::open(&a_folder)
            .await
            .err()
            .unwrap()
            .to_string()
            .contains("data-dir")
    );
}
