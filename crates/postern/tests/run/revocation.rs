//! Revocation lists that an operator brings, while the server runs.

use crate::support::{Home, Running, get};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType, IsCa, Issuer,
    KeyIdMethod, KeyPair, KeyUsagePurpose, SerialNumber,
};
use std::time::{Duration, Instant, SystemTime};

const DAY: Duration = Duration::from_secs(86_400);

struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self {
            issuer: Issuer::new(params, key),
            pem,
        }
    }

    fn list(&self, number: u64) -> String {
        let now = SystemTime::now();
        let params = CertificateRevocationListParams {
            this_update: (now - DAY).into(),
            next_update: (now + DAY).into(),
            crl_number: SerialNumber::from(number),
            issuing_distribution_point: None,
            revoked_certs: Vec::new(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        params.signed_by(&self.issuer).unwrap().pem().unwrap()
    }
}

/// Until the metrics of the management listener say so.
fn until(server: &Running, line: &str, is_there: bool) {
    let began = Instant::now();
    while get(server.addresses[1].1, "/metrics", "").contains(line) != is_there {
        assert!(began.elapsed().as_secs() < 60, "{line}: not {is_there}");
        // How often to look, not how long to wait.
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_list_that_is_brought_while_the_server_runs_counts_within_seconds() {
    let home = Home::new();
    let (ours, others) = (Authority::new("Our CA"), Authority::new("Our CA"));
    home.write("ca.pem", &ours.pem);
    home.write("five.crl", &ours.list(5));
    home.write("four.crl", &ours.list(4));
    home.write("both.crl", &(ours.list(6) + &others.list(9)));
    let server = home.start(
        "start-dev --http-port=0 --http-management-port=0 --metrics-enabled=true --truststore-paths=ca.pem",
        &[],
    );
    let line = "postern_crl_next_update_seconds{issuer=\"CN=Our CA\"}";
    until(&server, line, false);

    let said = home.run("crl list", &[]);
    assert!(
        said.code == 0 && said.out.contains("no revocation lists"),
        "{said:?}"
    );
    let said = home.run("crl add five.crl --truststore-paths=ca.pem", &[]);
    assert!(
        said.code == 0 && said.out.contains("list of CN=Our CA, number 5"),
        "{said:?}"
    );
    until(&server, line, true);

    let said = home.run("crl add four.crl --truststore-paths=ca.pem", &[]);
    assert!(
        said.code == 2 && said.err.contains("older than what is kept"),
        "{said:?}"
    );
    // One that is ours, and one that only says so.
    let said = home.run("crl add both.crl --truststore-paths=ca.pem", &[]);
    assert!(said.out.contains("number 6"), "{said:?}");
    assert!(
        said.code == 2 && said.err.contains("both.crl, list 2: CERT-CRL-SIGNATURE"),
        "{said:?}"
    );
    let said = home.run("crl add five.crl", &[]);
    assert!(said.code == 2 && said.err.contains("--issuer"), "{said:?}");
    for wrong in [
        "crl add",
        "crl add nothing.crl",
        "crl remove upload:x",
        "crl",
    ] {
        assert_eq!(home.run(wrong, &[]).code, 2, "{wrong}");
    }

    let said = home.run("crl list", &[]);
    assert!(said.out.contains("number 6"), "{said:?}");
    let name = said.out.lines().next().unwrap();
    assert_eq!(home.run(&format!("crl remove {name}"), &[]).code, 0);
    until(&server, line, false);
    let said = home.run("crl add four.crl --truststore-paths=ca.pem", &[]);
    assert_eq!(said.code, 0, "{said:?}");
    until(&server, line, true);
}

#[test]
fn what_is_wrong_with_revocation_stops_the_start_with_the_line_that_mends_it() {
    let home = Home::new();
    for (option, told) in [
        ("--revocation-crl=soft:x", "off, soft, soft:7d or hard"),
        ("--revocation-ocsp=yes", "off, soft, soft:7d or hard"),
        (
            "--revocation-issuers=keyid:0a",
            "begins neither with crl= nor with ocsp=",
        ),
        ("--revocation-fetch-allowed=a/b", "is neither a host"),
        (
            "--revocation-crl-urls=http://crl.example/a.crl",
            "revocation-fetch-allowed",
        ),
        (
            "--revocation-crl-paths=nowhere.crl",
            "nowhere.crl is not there",
        ),
    ] {
        let said = home.run(&format!("start-dev {option}"), &[]);
        assert!(
            said.code == 2 && said.err.contains(told),
            "{option}: {said:?}"
        );
    }
}
