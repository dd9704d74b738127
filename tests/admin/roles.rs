use crate::replay::{Id::*, Replay};

#[tokio::test]
async fn roles_are_administered_as_recorded() {
    let mut replay = Replay::start("roles").await;
    let simple = Of("roles/simple");
    replay.name(26, &[simple]);
    replay.name(27, &[Unknown]);
    replay.name(28, &[simple, Of("roles/comp")]);
    replay.name(29, &[simple, Unknown]);
    replay.name(30, &[simple]);
    for case in [31, 32, 34] {
        replay.name(case, &[simple]);
    }
    replay.name(33, &[simple, Of("roles/comp")]);
    for case in 42..=50 {
        replay.name(case, &[Client("web")]);
    }
    replay.name(51, &[Unknown]);
    for case in [38, 49] {
        replay.differs(case, "people of a role: not served yet");
    }
    replay.make_client("web").await;
    replay.play().await;
}
