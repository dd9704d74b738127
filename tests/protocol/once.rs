//! What may happen once happens once, however many try at the same time, on both databases.

use crate::assertion::{Issuer, with_issuer};
use serde_json::json;
use std::sync::Arc;
use support::folder::Folder;
use support::idp::page::attribute;
use support::idp::{Answer, Idp, golden_realm};
use support::postgres::Postgres;

const TRIES: usize = 32;

/// On which database.
enum Place {
    Sqlite,
    /// A server, and the folder that it lives in.
    Postgres {
        server: Postgres,
        _folder: Folder,
    },
}

impl Place {
    fn both() -> [Self; 2] {
        let folder = Folder::new("once");
        let server = Postgres::start(&folder);
        let postgres = Self::Postgres {
            server,
            _folder: folder,
        };
        [Self::Sqlite, postgres]
    }

    fn settings(&self) -> store::Settings {
        match self {
            Self::Sqlite => store::Settings::Temporary,
            Self::Postgres { server, .. } => server.settings(),
        }
    }
}

/// Sends the same form many times at once; the answers.
async fn at_once(
    idp: &Arc<Idp>,
    app: &'static str,
    form: Vec<(&'static str, String)>,
) -> Vec<Answer> {
    let tries = (0..TRIES).map(|_| {
        let (idp, form) = (idp.clone(), form.clone());
        tokio::spawn(async move {
            let form: Vec<_> = form
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            idp.app(app).token(&form).await
        })
    });
    let mut answers = Vec::new();
    for answer in tries.collect::<Vec<_>>() {
        answers.push(answer.await.unwrap());
    }
    answers
}

/// One was granted, and the others were told one of these.
#[track_caller]
fn one_of(answers: &[Answer], texts: &[&str]) -> usize {
    let mut granted = Vec::new();
    for (at, answer) in answers.iter().enumerate() {
        if answer.status == 200 {
            granted.push(at);
            continue;
        }
        let text = answer.json()["error_description"].clone();
        assert!(texts.iter().any(|known| text == *known), "{}", answer.text);
    }
    assert_eq!(granted.len(), 1);
    granted[0]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_one_gets_tokens() {
    for place in Place::both() {
        let issuer = Issuer::new();
        let mut realm = golden_realm();
        realm["revokeRefreshToken"] = json!(true);
        with_issuer(&mut realm, &issuer, &[]);
        let idp = Idp::launch(realm).database(place.settings()).start().await;
        let idp = Arc::new(idp);

        // A code.
        let mut browser = idp.browser().behind("accept", "text/html");
        let url = idp.app("web").authorize();
        let signed_in = browser.sign_in(&url, "alice", "alice-password-1").await;
        let form = vec![
            ("grant_type", "authorization_code".to_owned()),
            ("code", signed_in.code()),
            ("redirect_uri", support::idp::app::CALLBACK.to_owned()),
            ("code_verifier", support::idp::app::VERIFIER.to_owned()),
        ];
        let answers = at_once(&idp, "web", form).await;
        // The session may have lost the client's part to somebody who came second before the first got this far.
        let granted = answers.iter().filter(|answer| answer.status == 200).count();
        assert!(granted <= 1, "{granted}");
        for answer in answers.iter().filter(|answer| answer.status != 200) {
            let text = &answer.json()["error_description"];
            assert!(text == "Code not valid" || text == "User session not found");
        }

        // A refresh token that rotates.
        let tokens = idp.app("web").password("alice", "alice-password-1").await;
        let form = vec![
            ("grant_type", "refresh_token".to_owned()),
            ("refresh_token", tokens.granted().refresh),
        ];
        let answers = at_once(&idp, "web", form).await;
        one_of(
            &answers,
            &[
                "Maximum allowed refresh token reuse exceeded",
                "Session doesn't have required client",
            ],
        );

        // An offline one.
        let form = [
            ("grant_type", "password"),
            ("username", "alice"),
            ("password", "alice-password-1"),
            ("scope", "offline_access"),
        ];
        let tokens = idp.app("web").token(&form).await.granted();
        let form = vec![
            ("grant_type", "refresh_token".to_owned()),
            ("refresh_token", tokens.refresh),
        ];
        let answers = at_once(&idp, "web", form).await;
        one_of(
            &answers,
            &[
                "Maximum allowed refresh token reuse exceeded",
                "Session doesn't have required client",
            ],
        );

        // What a device was granted.
        let asked = idp.app("device").post("auth/device", &[]).await.json();
        let complete = asked["verification_uri_complete"].as_str().unwrap();
        let mut page = browser.get(complete).await.ok();
        if page.page_id() == "login-login" {
            let form = [("username", "alice"), ("password", "alice-password-1")];
            page = browser.submit(&page, &form).await.ok();
        }
        let code = attribute(&page.text, "<input type=\"hidden\" name=\"code\"", "value").unwrap();
        let form = [("code", code.as_str()), ("accept", "x")];
        browser.submit(&page, &form).await.location();
        let form = vec![
            (
                "grant_type",
                "urn:ietf:params:oauth:grant-type:device_code".to_owned(),
            ),
            (
                "device_code",
                asked["device_code"].as_str().unwrap().to_owned(),
            ),
        ];
        let answers = at_once(&idp, "device", form).await;
        one_of(&answers, &["Device code not valid", "Slow down"]);

        // An assertion.
        let form = vec![
            (
                "grant_type",
                "urn:ietf:params:oauth:grant-type:jwt-bearer".to_owned(),
            ),
            ("assertion", issuer.assertion(&idp, &[])),
        ];
        let answers = at_once(&idp, "vouched", form).await;
        one_of(&answers, &["Token reuse detected"]);
    }
}
