//! Each way in which a certificate is not good ends in its own reason, which an administrator finds and a client does not; none ends in a token.

use std::process::Command;
use support::browser::Browser;
use support::curl::Answer;
use support::folder::Folder;
use support::pki::{Authority, Identity, Valid, self_signed};
use support::postern::demo_realm;
use support::program;
use support::site::{DIRECT_GRANT, Site};
use support::wait;

/// A site whose authority is the test's, with people's certificates of all kinds.
struct Refusals {
    site: Site,
    ours: Authority,
}

impl Refusals {
    fn start() -> Self {
        let folder = Folder::new("refusals");
        let ours = Authority::new("ours");
        folder.write("pki/ca-bundle.pem", ours.pem());
        let server = ours.server(&folder);
        let pki = folder.at("pki");
        std::fs::rename(server.certificate, pki.join("server.pem")).unwrap();
        std::fs::rename(server.key, pki.join("server.key")).unwrap();
        let mut realm = demo_realm();
        realm["eventsEnabled"] = true.into();
        let site = Site::with(folder, pki, &realm, |launch| {
            launch.option("proxy-trusted-addresses", "127.0.0.1")
        });
        Self { site, ours }
    }

    /// Through nginx.
    fn shown(&self, certificate: Option<&Identity>) -> Answer {
        self.site.direct_grant(certificate)
    }

    /// It was refused, and this is why.
    fn because(&self, answer: &Answer, case: &str, code: &str) {
        self.site.because(answer, case, code);
    }
}

#[test]
fn each_bad_certificate_has_its_own_reason() {
    let refusals = Refusals::start();
    let (folder, ours) = (&refusals.site.folder, &refusals.ours);
    let alice = ours.person(folder, "alice", "alice", Valid::Now);
    let answer = refusals.shown(Some(&alice));
    assert_eq!(
        answer.status, 200,
        "what is wrong below is the certificate alone: {answer:?}"
    );

    let (theirs, same_name) = (Authority::new("theirs"), Authority::new("ours"));
    let people = [
        (
            "a stranger's",
            theirs.person(folder, "stranger", "alice", Valid::Now),
            "CERT-NO-PATH",
        ),
        (
            "expired",
            ours.person(folder, "expired", "alice", Valid::Past),
            "CERT-EXPIRED",
        ),
        (
            "too early",
            ours.person(folder, "later", "alice", Valid::Later),
            "CERT-NOT-YET-VALID",
        ),
        (
            "an authority of the same name",
            same_name.person(folder, "other", "alice", Valid::Now),
            "CERT-SIGNATURE",
        ),
        (
            "self-signed",
            self_signed(folder, "self", "alice"),
            "CERT-SELF-SIGNED",
        ),
    ];
    for (case, certificate, code) in &people {
        let answer = refusals.shown(Some(certificate));
        refusals.because(&answer, case, code);
    }
    let answer = refusals.shown(None);
    refusals.because(&answer, "none", "EDGE-CERT-HEADER-ABSENT");
    let answer = refusals
        .site
        .header("127.0.0.1", "ssl-client-cert", "garbage");
    refusals.because(&answer, "garbage", "EDGE-CERT-UNREADABLE");
    let answer = refusals
        .site
        .header("127.0.0.2", "ssl-client-cert", &alice.escaped());
    refusals.because(&answer, "not from the proxy", "EDGE-CERT-PEER-NOT-TRUSTED");

    let answer = refusals
        .site
        .curl()
        .header("ssl-client-cert", &alice.escaped())
        .form(&DIRECT_GRANT)
        .get(&refusals.site.token_endpoint());
    refusals.because(
        &answer,
        "forged in front of nginx",
        "EDGE-CERT-HEADER-ABSENT",
    );

    let nobody = ours.person(folder, "nobody", "nobody", Valid::Now);
    let answer = refusals.shown(Some(&nobody));
    refusals.because(&answer, "nobody's", "USER-NOT-FOUND");
}

#[tokio::test]
async fn a_browser_with_a_bad_certificate_gets_the_login_page_and_a_code() {
    let refusals = Refusals::start();
    let site = &refusals.site;
    // Browsers keep back what is expired or of an authority that nginx does not name; this one they show.
    let other = Authority::new("ours").person(&site.folder, "other", "alice", Valid::Now);
    let browser = Browser::start(&site.ca, Some(&other)).await;
    let query = "client_id=backend&redirect_uri=http://localhost:3000/callback&response_type=code&scope=openid\
                 &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";
    let address = format!("{}/protocol/openid-connect/auth?{query}", site.issuer());
    browser.open(&address).await;
    browser.find("#kc-form-login").await;
    let said = browser.read("#input-error").await;
    assert!(!said.contains("CERT-"), "people see plain words: {said}");

    let code = browser.read("#attempt-code").await;
    let trace = site.postern.admin(&format!("demo/attempts/{code}"));
    let steps = trace["steps"].as_array().unwrap();
    assert!(
        steps.iter().any(|step| step["code"] == "CERT-SIGNATURE"),
        "{trace}"
    );
    // The operator's command reads what the server writes a moment later.
    wait::until("the attempt is written", || {
        let mut command = Command::new(program::postern());
        command
            .args(["attempt", &code])
            .current_dir(site.folder.path());
        let output = command.output().unwrap();
        String::from_utf8_lossy(&output.stdout).contains("CERT-SIGNATURE")
    });
    browser.close().await;
}
