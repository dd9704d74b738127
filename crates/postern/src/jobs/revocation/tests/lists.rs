use super::pki::{Authority, DAY, List, NOW, Site};
use super::{Folder, Node, until};
use crate::jobs::revocation::incoming;
use store::Settings;
use store::revocation::SourceKind;

const FIRST: List<'static> = List {
    number: 5,
    made: NOW - DAY,
    due: NOW + DAY,
    revoked: &[7],
};

#[tokio::test]
async fn a_list_that_a_certificate_names_is_fetched_by_one_node_and_counts_on_all() {
    let (authority, site, folder) = (Authority::new("CA"), Site::start().await, Folder::new());
    site.put("/ca.crl", authority.list(FIRST));
    let url = site.url("/ca.crl");
    let (revoked, good) = (authority.person(7, &[&url]), authority.person(8, &[&url]));
    let settings = Settings::SqliteFile(folder.0.join("postern.db"));
    let mut asks = Node::new(&settings, authority.anchors(), "127.0.0.1", &[]).await;
    let mut loads = Node::new(&settings, authority.anchors(), "", &[]).await;
    assert_eq!(asks.by_lists(&good), Some("CERT-CRL-MISSING"));
    asks.start();
    loads.start();
    asks.want(&good);

    for node in [&asks, &loads] {
        until("the node knows", async || node.by_lists(&good).is_none()).await;
        assert_eq!(node.by_lists(&revoked), Some("CERT-REVOKED"));
    }
    // What is not wanted anew is not asked again at once.
    asks.want(&revoked);
    asks.want(&good);
    until("nobody is due", async || {
        asks.sources().await[0].next_try.seconds() > NOW
    })
    .await;
    assert_eq!(site.asked("/ca.crl"), 1);
    // And who starts later knows it before anybody signs in.
    let late = Node::new(&settings, authority.anchors(), "", &[]).await;
    assert_eq!(late.by_lists(&revoked), Some("CERT-REVOKED"));
}

#[tokio::test]
async fn only_who_is_listed_is_asked_and_only_for_certificates_that_lead_to_a_root() {
    let (authority, site) = (Authority::new("CA"), Site::start().await);
    for path in ["/ca.crl", "/stranger.crl", "/elsewhere/ca.crl"] {
        site.put(path, authority.list(FIRST));
    }
    let allowed = site.url("/ca.crl");
    let allowed = format!("{allowed},{}", site.url("/stranger.crl"));
    let mut node = Node::new(&Settings::Temporary, authority.anchors(), &allowed, &[]).await;
    node.start();
    let stranger = Authority::new("CA").person(9, &[&site.url("/stranger.crl")]);
    let elsewhere = authority.person(9, &[&site.url("/elsewhere/ca.crl")]);
    let fine = authority.person(9, &[&site.url("/ca.crl")]);
    for chain in [&stranger, &elsewhere, &fine] {
        node.want(chain);
    }
    until("the last one is known", async || {
        node.by_lists(&fine).is_none()
    })
    .await;
    assert_eq!(site.asked("/stranger.crl"), 0);
    assert_eq!(site.asked("/elsewhere/ca.crl"), 0);
    assert_eq!(node.sources().await.len(), 1);
}

#[tokio::test]
async fn neither_a_forged_list_nor_an_older_one_takes_the_place_of_what_is_known() {
    let (authority, site) = (Authority::new("CA"), Site::start().await);
    let (url, forger) = (site.url("/ca.crl"), Authority::new("CA"));
    let (revoked, good) = (authority.person(7, &[&url]), authority.person(8, &[&url]));
    let urls = std::slice::from_ref(&url);
    site.put("/ca.crl", forger.list(FIRST));
    let mut node = Node::new(&Settings::Temporary, authority.anchors(), "127.0.0.1", urls).await;
    node.start();
    let failed = async |failures: i64, text: &str| {
        until(text, async || {
            node.sources().await.first().is_some_and(|source| {
                source.failures == failures
                    && source
                        .error
                        .as_deref()
                        .is_some_and(|error| error.contains(text))
            })
        })
        .await;
        node.advance(3700);
    };
    failed(1, "CERT-CRL-SIGNATURE").await;
    assert_eq!(node.by_lists(&good), Some("CERT-CRL-MISSING"));
    site.put("/ca.crl", b"no list at all".to_vec());
    failed(2, "no revocation list").await;
    site.put("/ca.crl", Vec::new());
    failed(3, "no revocation list").await;
    let future = List {
        made: NOW + 30 * DAY,
        due: NOW + 31 * DAY,
        ..FIRST
    };
    site.put("/ca.crl", authority.list(future));
    failed(4, "in the future").await;

    site.put("/ca.crl", authority.list(FIRST));
    until("the right one", async || node.by_lists(&good).is_none()).await;
    // The list of the day before, on which nobody was.
    let before = List {
        number: 4,
        made: NOW - 2 * DAY,
        due: NOW + 2 * DAY,
        revoked: &[],
    };
    site.put("/ca.crl", authority.list(before));
    node.advance(DAY);
    failed(1, "older").await;
    let out_of_date = node.by_lists(&good);
    assert_eq!(
        out_of_date,
        Some("CERT-CRL-EXPIRED"),
        "and never in silence"
    );
    assert_eq!(node.by_lists(&revoked), Some("CERT-REVOKED"));

    let next = List {
        number: 6,
        made: NOW,
        due: NOW + 9 * DAY,
        revoked: &[],
    };
    site.put("/ca.crl", authority.list(next));
    until("the next one", async || node.by_lists(&good).is_none()).await;
    assert_eq!(node.by_lists(&revoked), None, "taken back by the authority");
}

#[tokio::test]
async fn a_list_that_somebody_brought_counts_until_it_is_removed() {
    let authority = Authority::new("CA");
    let good = authority.person(8, &[]);
    let mut node = Node::new(&Settings::Temporary, authority.anchors(), "", &[]).await;
    node.start();
    let (store, now) = (&node.server.store, node.clock.now());
    let anchors = super::arc(authority.anchors());
    let read = incoming::read(authority.list(FIRST), anchors, now)
        .await
        .unwrap();
    let content = read.content();
    let kept = store.keep_revocation_content(&content.digest, &read.bytes, now);
    kept.await.unwrap();
    let name = format!("upload:{}", read.list.kind());
    let mut writer = store.write().await.unwrap();
    let body = serde_json::Value::Null;
    let upload = writer
        .revocations()
        .upload(&name, &content, &body, now)
        .await;
    upload.unwrap();
    writer.commit().await.unwrap();
    until("it is known", async || node.by_lists(&good).is_none()).await;
    assert_eq!(node.sources().await[0].kind, SourceKind::Upload);

    let mut writer = store.write().await.unwrap();
    assert!(writer.revocations().remove(&name, now).await.unwrap());
    writer.commit().await.unwrap();
    until("it is gone", async || node.by_lists(&good).is_some()).await;
}
