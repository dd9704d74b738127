//! The doctor before real proxies: each with one thing wrong, and as they are shipped.

use serde_json::Value;
use std::process::Command;
use support::curl::Curl;
use support::folder::Folder;
use support::pki::{self, Identity};
use support::ports;
use support::process::Process;
use support::program;
use support::proxy::{Kind, Proxy, one_file_of_two};

/// A proxy, and the port behind it that nobody listens on yet.
struct Patient {
    proxy: Proxy,
    kind: Kind,
    port: u16,
    pki: std::path::PathBuf,
    folder: Folder,
}

impl Patient {
    /// The shipped configuration, changed.
    fn new(kind: Kind, changes: &[(&str, &str)]) -> Self {
        let folder = Folder::new("doctor");
        let pki = pki::dev(&folder);
        one_file_of_two(&pki);
        let [outside, port] = [(); 2].map(|()| ports::free());
        let mut text = kind.configuration(&pki, outside, port);
        for (from, to) in changes {
            assert!(text.contains(from), "{kind:?} has no {from:?}");
            text = text.replace(from, to);
        }
        Self {
            proxy: kind.start(&folder, outside, &text),
            kind,
            port,
            pki,
            folder,
        }
    }

    /// The options of Postern that go with the shipped configuration; the last of a name counts.
    fn options(&self, more: &[&str]) -> Vec<String> {
        let lookup = match self.kind {
            Kind::Nginx => "nginx",
            Kind::Haproxy => "haproxy",
            Kind::Apache => "apache",
            _ => "rfc9440",
        };
        let file = |name: &str| self.pki.join(name).display().to_string();
        let options = [
            "--profile=dev".to_owned(),
            format!("--http-port={}", self.port),
            "--proxy-headers=xforwarded".to_owned(),
            format!("--spi-x509cert-lookup--provider={lookup}"),
            format!("--truststore-paths={}", file("ca-bundle.pem")),
        ];
        let name = |option: &str| option.split('=').next().unwrap().to_owned();
        let is_new = |option: &String| !more.iter().any(|it| name(it) == name(option));
        let mut options: Vec<String> = options.into_iter().filter(is_new).collect();
        options.extend(more.iter().map(|it| (*it).to_owned()));
        options
    }

    /// What the doctor says, and whether all is well.
    fn seen_by_doctor(&self, person: Option<&Identity>, more: &[&str]) -> (bool, Value) {
        let mut doctor = Command::new(program::postern());
        doctor.args(["doctor", "proxy", &self.proxy.base(), "--format=json"]);
        doctor.arg("--cacert").arg(self.pki.join("ca-bundle.pem"));
        if let Some(person) = person {
            doctor.arg("--cert").arg(&person.certificate);
            doctor.arg("--key").arg(&person.key);
        }
        doctor.args(self.options(more));
        let output = doctor.current_dir(self.folder.path()).output().unwrap();
        let text = String::from_utf8(output.stdout.clone()).unwrap();
        let report = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{output:?}"));
        (output.status.success(), report)
    }

    /// The doctor finds these things and nothing else: weight, side and code, and what mends it.
    fn has(&self, more: &[&str], expected: &[(&str, &str, &str, &str)]) -> Value {
        let alice = Identity::of(&self.pki, "alice");
        let (is_well, report) = self.seen_by_doctor(Some(&alice), more);
        let verdicts = report["verdicts"].as_array().unwrap();
        let found: Vec<[&str; 3]> = verdicts
            .iter()
            .map(|it| ["weight", "side", "code"].map(|name| it[name].as_str().unwrap()))
            .collect();
        let wanted: Vec<[&str; 3]> = expected
            .iter()
            .map(|(weight, side, code, _)| [*weight, *side, *code])
            .collect();
        assert_eq!(found, wanted, "{report:#}");
        for (verdict, (.., mend)) in verdicts.iter().zip(expected) {
            assert!(verdict["mend"].to_string().contains(mend), "{report:#}");
        }
        assert_eq!(is_well, expected.iter().all(|it| it.0 == "note"));
        report
    }
}

const NGINX_SENDS: &str = "proxy_set_header ssl-client-cert $ssl_client_escaped_cert;";

#[test]
fn a55_nothing_is_wrong_with_what_is_shipped() {
    for kind in Kind::ENDING_TLS {
        Patient::new(kind, &[]).has(&[], &[]);
    }
}

#[test]
fn a11_nginx_that_does_not_send_the_certificate() {
    let patient = Patient::new(
        Kind::Nginx,
        &[(NGINX_SENDS, "proxy_set_header ssl-client-cert \"\";")],
    );
    let report = patient.has(
        &[],
        &[("fault", "proxy", "EDGE-CERT-HEADER-ABSENT", NGINX_SENDS)],
    );
    let text = report.to_string();
    assert!(
        text.contains("the request carried no header ssl-client-cert: the proxy did not send it"),
        "{text}"
    );
}

#[test]
fn a11_nginx_that_lets_pass_what_clients_send() {
    // As the ingress controller does for a host without auth-tls-secret.
    let patient = Patient::new(Kind::Nginx, &[(NGINX_SENDS, "")]);
    patient.has(
        &[],
        &[
            ("fault", "proxy", "EDGE-CERT-HEADER-ABSENT", NGINX_SENDS),
            ("fault", "proxy", "DOCTOR-FORGED-CERTIFICATE", NGINX_SENDS),
        ],
    );
}

#[test]
fn a11_nginx_that_folds_the_certificate() {
    let patient = Patient::new(
        Kind::Nginx,
        &[("$ssl_client_escaped_cert", "$ssl_client_cert")],
    );
    let report = patient.has(
        &[],
        &[("fault", "proxy", "EDGE-CERT-UNREADABLE", NGINX_SENDS)],
    );
    let told = "it is folded, as $ssl_client_cert gives it";
    assert!(report.to_string().contains(told), "{report}");
}

#[test]
fn a11_nginx_that_asks_nobody_for_a_certificate() {
    let patient = Patient::new(
        Kind::Nginx,
        &[("ssl_verify_client optional;", "ssl_verify_client off;")],
    );
    patient.has(
        &[],
        &[(
            "fault",
            "proxy",
            "DOCTOR-NOT-ASKED",
            "ssl_verify_client optional;",
        )],
    );
}

#[test]
fn a32_nginx_that_refuses_before_postern_hears_of_it() {
    let patient = Patient::new(
        Kind::Nginx,
        &[("ssl_verify_client optional;", "ssl_verify_client on;")],
    );
    let report = patient.has(
        &[],
        &[(
            "fault",
            "proxy",
            "DOCTOR-REFUSED-BEFORE",
            "ssl_verify_client optional;",
        )],
    );
    let text = report.to_string();
    assert!(
        text.contains("nginx answered 400") && text.contains("No required SSL certificate"),
        "{text}"
    );
}

#[test]
fn a32_nginx_that_does_not_know_the_authority() {
    let patient = Patient::new(Kind::Nginx, &[("error_page 495 = @judged;", "")]);
    // Nobody issued the certificate that the doctor makes by itself.
    let (is_well, report) = patient.seen_by_doctor(None, &[]);
    assert!(!is_well);
    let verdicts = report["verdicts"].as_array().unwrap();
    assert_eq!(verdicts.len(), 1, "{report:#}");
    assert_eq!(verdicts[0]["weight"], "open", "{report:#}");
    assert_eq!(verdicts[0]["code"], "DOCTOR-THROW-AWAY", "{report:#}");
    let stranger = pki::self_signed(&patient.folder, "stranger", "stranger");
    let (is_well, report) = patient.seen_by_doctor(Some(&stranger), &[]);
    assert!(!is_well);
    let verdict = &report["verdicts"][0];
    assert_eq!(verdict["side"], "proxy", "{report:#}");
    assert_eq!(verdict["code"], "DOCTOR-REFUSED-BEFORE", "{report:#}");
    // As shipped the doctor's own one arrives.
    let (is_well, report) = Patient::new(Kind::Nginx, &[]).seen_by_doctor(None, &[]);
    assert!(is_well, "{report:#}");
}

#[test]
fn a11_haproxy_that_lets_pass_what_clients_send() {
    let patient = Patient::new(
        Kind::Haproxy,
        &[("    http-request del-header Client-Cert\n", "")],
    );
    patient.has(
        &[],
        &[(
            "fault",
            "proxy",
            "DOCTOR-FORGED-CERTIFICATE",
            "haproxy: http-request del-header client-cert",
        )],
    );
}

#[test]
fn a11_haproxy_that_does_not_say_https() {
    let patient = Patient::new(
        Kind::Haproxy,
        &[("    http-request set-header X-Forwarded-Proto https\n", "")],
    );
    patient.has(
        &[],
        &[(
            "fault",
            "proxy",
            "DOCTOR-ADDRESS",
            "http-request set-header X-Forwarded-Proto https",
        )],
    );
}

#[test]
fn a11_haproxy_that_passes_on_where_clients_say_they_are() {
    let patient = Patient::new(
        Kind::Haproxy,
        &[
            ("    http-request del-header X-Forwarded- -m beg\n", ""),
            ("    http-request set-header X-Forwarded-For %[src]\n", ""),
        ],
    );
    let alice = Identity::of(&patient.pki, "alice");
    let (is_well, report) = patient.seen_by_doctor(Some(&alice), &[]);
    assert!(!is_well);
    let verdicts = report["verdicts"].as_array().unwrap();
    let forged = |it: &&Value| it["code"] == "DOCTOR-FORGED-ADDRESS";
    let forged = verdicts.iter().find(forged);
    let forged = forged.unwrap_or_else(|| panic!("{report:#}"));
    assert_eq!(forged["side"], "proxy");
    let text = forged["text"].as_str().unwrap();
    assert!(text.contains("192.0.2.66"), "{text}");
}

#[test]
fn a11_a_look_up_that_is_another_proxys() {
    let patient = Patient::new(Kind::Nginx, &[]);
    patient.has(
        &["--spi-x509cert-lookup--provider=haproxy"],
        &[(
            "fault",
            "options",
            "EDGE-CERT-FOREIGN-HEADER",
            "--spi-x509cert-lookup--provider=nginx",
        )],
    );
    patient.has(
        &["--spi-x509cert-lookup--provider=default"],
        &[(
            "fault",
            "options",
            "EDGE-CERT-NO-LOOKUP",
            "--spi-x509cert-lookup--provider=nginx",
        )],
    );
}

#[test]
fn a11_a_proxy_that_nobody_trusts() {
    Patient::new(Kind::Nginx, &[]).has(
        &["--proxy-trusted-addresses=192.0.2.1"],
        &[
            (
                "fault",
                "options",
                "EDGE-CERT-PEER-NOT-TRUSTED",
                "--proxy-trusted-addresses=127.0.0.1",
            ),
            (
                "fault",
                "options",
                "EDGE-FORWARDING-IGNORED",
                "--proxy-trusted-addresses=127.0.0.1",
            ),
        ],
    );
}

#[test]
fn a28_the_intermediate_that_is_missing_is_the_truststore_s_fault() {
    let patient = Patient::new(Kind::Nginx, &[]);
    let root = patient.pki.join("root.pem");
    let option = format!("--truststore-paths={}", root.display());
    let report = patient.has(
        &[&option],
        &[("fault", "truststore", "CERT-NO-PATH", "ca-bundle.pem")],
    );
    assert!(
        report
            .to_string()
            .contains("Postern development intermediate"),
        "{report}"
    );
}

#[test]
fn a26_names_that_people_made_up_are_told_and_are_no_fault() {
    let patient = Patient::new(
        Kind::Nginx,
        &[(
            NGINX_SENDS,
            &format!(
                "{NGINX_SENDS} proxy_set_header proxy-ssl-client-subject-dn $ssl_client_s_dn;"
            ),
        )],
    );
    let report = patient.has(&[], &[("note", "proxy", "EDGE-CERT-HEADER-IGNORED", "")]);
    assert!(
        report.to_string().contains("proxy-ssl-client-subject-dn"),
        "{report}"
    );
}

#[test]
fn a54_a_dump_shows_what_arrived_and_no_secret() {
    for form in ["text", "json"] {
        let patient = Patient::new(Kind::Nginx, &[]);
        let mut dump = Command::new(program::postern());
        dump.args(["edge", "dump", &format!("--format={form}")]);
        dump.args(patient.options(&[]));
        dump.current_dir(patient.folder.path());
        let mut dump = Process::start("dump", &mut dump, patient.folder.path());
        dump.until("listens", |log| log.contains("shows what reaches"));
        let alice = Identity::of(&patient.pki, "alice");
        let answer = Curl::new(&patient.pki.join("ca-bundle.pem"))
            .certificate(&alice)
            .header("Cookie", "KEYCLOAK_IDENTITY=secret-1")
            .bearer("secret-2")
            .get(&format!(
                "{}/realms/demo?code=secret-3",
                patient.proxy.base()
            ));
        assert_eq!(answer.status, 200, "{answer:?}");
        dump.until("shows the request", |log| log.contains("/realms/demo"));
        for text in [&dump.log(), &answer.body] {
            for part in [
                "ssl-client-cert",
                "-----BEGIN%20CERTIFICATE-----",
                "CN=alice",
                "CN=Postern development intermediate",
                "RSA of 2048 bits",
                "accepted",
                "127.0.0.1",
                "a trusted proxy",
                "x-forwarded-proto",
                &patient.proxy.base(),
            ] {
                assert!(text.contains(part), "{form}, {part}: {text}");
            }
            assert!(!text.contains("secret"), "{form}: {text}");
        }
        // A doctor elsewhere reads what the dump answers, and one here finds the port taken.
        let mut doctor = Command::new(program::postern());
        doctor.args(["doctor", "proxy", &patient.proxy.base(), "--no-listen"]);
        doctor
            .arg("--cacert")
            .arg(patient.pki.join("ca-bundle.pem"));
        doctor.arg("--cert").arg(&alice.certificate);
        doctor.arg("--key").arg(&alice.key);
        let elsewhere = doctor.output().unwrap();
        let text = String::from_utf8_lossy(&elsewhere.stdout);
        assert!(
            elsewhere.status.success() && text.contains("all is well"),
            "{elsewhere:?}"
        );
        let mut doctor = Command::new(program::postern());
        doctor.args(["doctor", "proxy", &patient.proxy.base()]);
        doctor.args(patient.options(&[]));
        let here = doctor.current_dir(patient.folder.path()).output().unwrap();
        let text = String::from_utf8_lossy(&here.stderr);
        assert!(
            !here.status.success() && text.contains("stop Postern"),
            "{text}"
        );
    }
}
