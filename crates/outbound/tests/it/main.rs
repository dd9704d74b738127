//! Servers that answer well, badly, slowly and without end.
#![allow(clippy::unwrap_used, missing_docs)]

mod server;

use outbound::{Allowed, Answer, Fetched, Limits, Outbound, OutboundError, Validators};
use server::{Pki, Server};
use std::time::Duration;

const LIMITS: Limits = Limits {
    bytes: 1000,
    time: Duration::from_secs(30),
    redirects: 0,
};

fn outbound(list: &str) -> Outbound {
    Outbound::new(Allowed::from_list(list.split(',')).unwrap(), [])
}

async fn get(list: &str, url: &str) -> Result<Fetched, OutboundError> {
    outbound(list)
        .get(url, &Validators::default(), &LIMITS)
        .await
}

fn changed(fetched: Fetched) -> Answer {
    match fetched {
        Fetched::Changed(answer) => answer,
        Fetched::Unchanged => panic!("unchanged"),
    }
}

#[tokio::test]
async fn what_is_listed_is_fetched_and_what_is_not_is_not_asked() {
    let server = Server::answering(
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nETag: \"a\"\r\nCache-Control: public, max-age=60\r\n\r\nabc",
    )
    .await;
    let fetched = get("127.0.0.1", &server.url("/x?y#z")).await.unwrap();
    let answer = changed(fetched);
    assert_eq!(answer.body, b"abc");
    assert_eq!(answer.validators.etag.as_deref(), Some("\"a\""));
    assert_eq!(answer.max_age, Some(Duration::from_secs(60)));
    let asked = server.asked();
    assert!(asked[0].starts_with("GET /x?y HTTP/1.1\r\n"), "{asked:?}");
    let host = format!("host: 127.0.0.1:{}\r\n", server.port);
    assert!(asked[0].contains(&host), "{asked:?}");

    for list in ["", "*", "example.com", "127.0.0.2", "*.0.0.1.example"] {
        let told = get(list, &server.url("/")).await.unwrap_err();
        assert!(
            matches!(told, OutboundError::NotAllowed { .. }),
            "{list}: {told}"
        );
    }
    let elsewhere = format!("http://127.0.0.1:{}/pki/", server.port);
    let told = get(&elsewhere, &server.url("/other")).await.unwrap_err();
    assert!(matches!(told, OutboundError::NotAllowed { .. }), "{told}");
    for url in ["ftp://127.0.0.1/", "http://me@127.0.0.1/", "http://", "x"] {
        let told = get("127.0.0.1", url).await.unwrap_err();
        assert!(matches!(told, OutboundError::Url), "{url}: {told}");
    }
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn everybody_does_not_mean_this_machine() {
    for url in [
        "http://localhost/",
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://2130706433/",
    ] {
        let told = get("*", url).await.unwrap_err();
        assert!(
            matches!(told, OutboundError::AddressNotAllowed { .. }),
            "{url}: {told}"
        );
    }
    let server = Server::answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
    let url = format!("http://localhost:{}/", server.port);
    assert!(get("localhost", &url).await.is_ok());
}

#[tokio::test]
async fn what_did_not_change_is_not_sent_again() {
    let server = Server::answering("HTTP/1.1 304 Not Modified\r\n\r\n").await;
    let known = Validators {
        etag: Some("\"a\"".to_owned()),
        last_modified: Some("Mon, 01 Jun 2026 00:00:00 GMT".to_owned()),
    };
    let fetched = outbound("127.0.0.1")
        .get(&server.url("/"), &known, &LIMITS)
        .await;
    assert_eq!(fetched.unwrap(), Fetched::Unchanged);
    let asked = server.asked();
    assert!(asked[0].contains("if-none-match: \"a\"\r\n"), "{asked:?}");
    assert!(
        asked[0].contains("if-modified-since: Mon, 01 Jun 2026 00:00:00 GMT\r\n"),
        "{asked:?}"
    );
    // Nobody may say "unchanged" to who has nothing.
    let told = get("127.0.0.1", &server.url("/")).await.unwrap_err();
    assert!(matches!(told, OutboundError::Status(304)), "{told}");
}

#[tokio::test]
async fn too_much_is_given_up_announced_or_not() {
    let announced = Server::answering("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n").await;
    let told = get("127.0.0.1", &announced.url("/")).await.unwrap_err();
    assert!(matches!(told, OutboundError::TooLarge(1000)), "{told}");

    let endless = Server::endless("HTTP/1.1 200 OK\r\n\r\n").await;
    let told = get("127.0.0.1", &endless.url("/")).await.unwrap_err();
    assert!(matches!(told, OutboundError::TooLarge(1000)), "{told}");

    let head = Server::endless("HTTP/1.1 200 OK\r\nX: ").await;
    let told = get("127.0.0.1", &head.url("/")).await.unwrap_err();
    assert!(matches!(told, OutboundError::Http(_)), "{told}");

    let exact = format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(1000));
    let exact = Server::answering(&exact).await;
    let answer = changed(get("127.0.0.1", &exact.url("/")).await.unwrap());
    assert_eq!(answer.body.len(), 1000);
}

#[tokio::test(start_paused = true)]
async fn who_is_too_slow_is_given_up() {
    for begun in ["", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"] {
        let server = Server::silent_after(begun).await;
        let told = get("127.0.0.1", &server.url("/")).await.unwrap_err();
        assert!(matches!(told, OutboundError::TimedOut(_)), "{told}");
    }
}

#[tokio::test]
async fn wrong_answers_are_told_apart() {
    type Is = fn(&OutboundError) -> bool;
    let http: Is = |told| matches!(told, OutboundError::Http(_));
    let cases: [(&str, Is); 7] = [
        (
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
            |told| matches!(told, OutboundError::Status(404)),
        ),
        (
            "HTTP/1.1 206 Partial Content\r\nContent-Length: 1\r\n\r\nx",
            |told| matches!(told, OutboundError::Status(206)),
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx",
            |told| matches!(told, OutboundError::Packed),
        ),
        (
            "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n",
            |told| matches!(told, OutboundError::Redirect),
        ),
        ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", http),
        ("SSH-2.0-OpenSSH\r\n", http),
        ("", http),
    ];
    for (answer, is) in cases {
        let server = Server::answering(answer).await;
        let told = get("127.0.0.1", &server.url("/")).await.unwrap_err();
        assert!(is(&told), "{answer}: {told}");
    }
    let nobody = format!("http://127.0.0.1:{}/", server::nobodys_port());
    let told = get("127.0.0.1", &nobody).await.unwrap_err();
    assert!(matches!(told, OutboundError::Connect { .. }), "{told}");
}

#[tokio::test]
async fn an_answer_leads_only_to_who_is_listed_and_only_so_often() {
    let there = Server::answering("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc").await;
    let leads_to =
        |url: String| format!("HTTP/1.1 302 Found\r\nLocation: {url}\r\nContent-Length: 0\r\n\r\n");
    let here = Server::answering(&leads_to(there.url("/x"))).await;
    let list = format!("127.0.0.1:{}", here.port);
    let both = format!("{list},127.0.0.1:{}", there.port);
    let limits = Limits {
        redirects: 1,
        ..LIMITS
    };
    let known = Validators::default();
    let ask = async |list: &str, url: String| outbound(list).get(&url, &known, &limits).await;
    assert_eq!(
        changed(ask(&both, here.url("/")).await.unwrap()).body,
        b"abc"
    );
    let told = ask(&list, here.url("/")).await.unwrap_err();
    assert!(matches!(told, OutboundError::NotAllowed { .. }), "{told}");
    assert_eq!(there.asked().len(), 1);

    let circle = Server::answering(&leads_to("/again".to_owned())).await;
    let told = ask("127.0.0.1", circle.url("/")).await.unwrap_err();
    assert!(matches!(told, OutboundError::Redirect), "{told}");
    assert_eq!(circle.asked().len(), 2);
    let file = Server::answering(&leads_to("file:///etc/passwd".to_owned())).await;
    let told = ask("127.0.0.1", file.url("/")).await.unwrap_err();
    assert!(matches!(told, OutboundError::Redirect), "{told}");
}

#[tokio::test]
async fn what_is_sent_arrives_whole() {
    let server =
        Server::answering("HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 2\r\n\r\nok")
            .await;
    let sent = outbound("127.0.0.1")
        .post(
            &server.url("/"),
            "application/ocsp-request",
            b"question".to_vec(),
            &LIMITS,
        )
        .await
        .unwrap();
    assert_eq!(
        (sent.body, sent.content_type.as_deref()),
        (b"ok".to_vec(), Some("a/b"))
    );
    let asked = &server.asked()[0];
    assert!(asked.starts_with("POST / HTTP/1.1\r\n"), "{asked}");
    assert!(
        asked.contains("content-type: application/ocsp-request\r\n"),
        "{asked}"
    );
    assert!(asked.ends_with("\r\n\r\nquestion"), "{asked}");
}

#[tokio::test]
async fn https_is_believed_by_root_and_name() {
    let pki = Pki::new();
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
    let server = Server::with_tls(&pki, answer).await;
    let url = format!("https://localhost:{}/", server.port);
    let list = || Allowed::from_list(["localhost", "127.0.0.1"]).unwrap();
    let known = Validators::default();

    let trusting = Outbound::new(list(), [pki.root()]);
    let fetched = trusting.get(&url, &known, &LIMITS).await.unwrap();
    assert_eq!(changed(fetched).body, b"abc");
    let by_address = server.url("/").replace("http:", "https:");
    let told = trusting
        .get(&by_address, &known, &LIMITS)
        .await
        .unwrap_err();
    assert!(matches!(told, OutboundError::Tls { .. }), "{told}");

    let wary = Outbound::new(list(), []);
    let told = wary.get(&url, &known, &LIMITS).await.unwrap_err();
    assert!(matches!(told, OutboundError::Tls { .. }), "{told}");
    wary.set_roots([pki.root()]);
    assert!(wary.get(&url, &known, &LIMITS).await.is_ok());
    wary.set_roots([Pki::new().root()]);
    assert!(wary.get(&url, &known, &LIMITS).await.is_err());
}
