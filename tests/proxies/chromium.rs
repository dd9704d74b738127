//! What the other tests stand on: Chromium shows a server the certificate that it should, or none.

use support::browser::Browser;
use support::folder::Folder;
use support::pki::{Authority, Valid};
use support::ports;
use support::proxy::Kind;

#[tokio::test]
async fn the_browser_shows_the_certificate_that_it_was_given() {
    let folder = Folder::new("chromium");
    let (ours, theirs) = (Authority::new("ours"), Authority::new("theirs"));
    let ca = folder.write("ca.pem", ours.pem());
    let server = ours.server(&folder);
    let port = ports::free();
    let conf = format!(
        "pid nginx.pid; error_log stderr warn; events {{}}
         http {{ access_log off; default_type text/html;
           client_body_temp_path a; proxy_temp_path b; fastcgi_temp_path c; uwsgi_temp_path d; scgi_temp_path e;
           server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {}; ssl_certificate_key {};
             ssl_verify_client optional_no_ca; location / {{ return 200 '<p>[$ssl_client_s_dn]</p>'; }} }} }}",
        server.certificate.display(),
        server.key.display(),
    );
    let nginx = Kind::Nginx.start(&folder, port, &conf);

    let alice = ours.person(&folder, "alice", "alice", Valid::Now);
    let stranger = theirs.person(&folder, "stranger", "stranger", Valid::Now);
    for (certificate, expected) in [
        (Some(&alice), "[CN=alice]"),
        (Some(&stranger), "[CN=stranger]"),
        (None, "[]"),
    ] {
        let browser = Browser::start(&ca, certificate).await;
        browser.open(&nginx.base()).await;
        assert_eq!(browser.read("p").await, expected);
        browser.close().await;
    }
}
