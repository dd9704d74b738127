//! Whose certificates are accepted, as the log of a start lists them.

use crate::support::Home;

fn log(home: &Home, options: &str) -> String {
    let line = format!("start-dev --db=dev-mem --http-port=0 {options}");
    home.start(&line, &[]).stop("-TERM").1
}

#[test]
fn a13_roots_and_intermediates_are_counted_and_listed_at_the_start() {
    let home = Home::new();
    home.stores();
    let line = "--spi-x509cert-lookup--provider=nginx";
    let said = log(&home, line);
    assert!(!said.contains(" roots and "), "{said}");
    assert!(
        said.contains("no client certificate will be accepted"),
        "{said}"
    );
    let said = log(&home, &format!("{line} --truststore-paths=stores/root.pem"));
    assert!(
        said.contains("truststore: 1 roots and 0 intermediates"),
        "{said}"
    );
    assert!(
        said.contains("truststore: root CN=Stores root (serial "),
        "{said}"
    );
    assert!(
        !said.contains("no client certificate will be accepted"),
        "{said}"
    );
    let both = "--truststore-paths=stores/root.pem,stores/middle.pem";
    let said = log(&home, &format!("{line} {both}"));
    assert!(
        said.contains("truststore: 1 roots and 1 intermediates"),
        "{said}"
    );
    assert!(
        said.contains("truststore: intermediate CN=Stores authority (serial "),
        "{said}"
    );
    let said = log(&home, "--truststore-paths=stores/middle.pem");
    assert!(
        said.contains("there are intermediates and no root"),
        "{said}"
    );
}

#[test]
fn a19_each_certificate_is_listed_with_its_alias_serial_and_end() {
    let home = Home::new();
    home.stores();
    let https =
        "--https-key-store-file=stores/server.p12 --https-port=0 --https-client-auth=request";
    let store = "--https-trust-store-file=stores/trust.jks --https-trust-store-password=changeit";
    let said = log(&home, &format!("{https} {store}"));
    let certificate = |name: &str| {
        let pem = std::fs::read_to_string(home.path(name)).unwrap();
        x509::read_pem(&pem, 1).unwrap().remove(0)
    };
    for (what, alias, name) in [
        ("root", "caroot", "stores/root.pem"),
        ("intermediate", "middle", "stores/middle.pem"),
    ] {
        let certificate = certificate(name);
        let expected = format!(
            "truststore of the HTTPS listener: {what} {} (serial {}, until {}, alias {alias})",
            certificate.subject(),
            certificate.serial_decimal(),
            x509::instant_text(certificate.not_after()),
        );
        assert!(said.contains(&expected), "{expected}\n{said}");
    }
}

#[test]
fn a20_truststores_of_every_form_are_read() {
    let home = Home::new();
    home.stores();
    let https =
        "--https-key-store-file=stores/server.p12 --https-port=0 --https-client-auth=request";
    for store in [
        "stores/trust.jks --https-trust-store-password=changeit",
        "stores/trust.jks --https-trust-store-type=JKS",
        "stores/trust.p12 --https-trust-store-password=changeit --https-trust-store-type=PKCS12",
        "stores/open.p12",
    ] {
        let said = log(&home, &format!("{https} --https-trust-store-file={store}"));
        let expected = "truststore of the HTTPS listener: 1 roots and 1 intermediates";
        assert!(said.contains(expected), "{store}\n{said}");
    }
    let said = log(
        &home,
        &format!("{https} --https-trust-store-file=stores/root.pem"),
    );
    assert!(
        said.contains("HTTPS listener: 1 roots and 0 intermediates"),
        "{said}"
    );
}

#[test]
fn a85_truststores_by_file_and_folder() {
    let home = Home::new();
    home.stores();
    home.run("pki dev pki", &[]);
    for (name, file) in [
        ("conf/truststores/root.crt", "stores/root.pem"),
        ("conf/truststores/deeper/open.p12", "stores/open.p12"),
        ("conf/truststores/..2026/root.crt", "pki/root.pem"),
        ("conf/truststores/key.pem", "stores/client.key"),
    ] {
        let path = home.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::copy(home.path(file), path).unwrap();
    }
    home.write("conf/truststores/readme.txt", "nothing");
    let said = log(&home, "--truststore-kubernetes-enabled=true");
    assert!(
        said.contains("truststore: 1 roots and 1 intermediates"),
        "{said}"
    );
    assert!(
        said.contains("alias middle)") && said.contains("alias caroot)"),
        "{said}"
    );
    assert!(
        said.contains(
            "a cluster's own authority is trusted only where truststore-paths names its file"
        ),
        "{said}"
    );
    let said = log(
        &home,
        "--truststore-paths=stores/open.p12,pki/ca-bundle.pem",
    );
    assert!(
        said.contains("truststore: 2 roots and 2 intermediates"),
        "{said}"
    );
    assert!(said.contains("alias ca-bundle.pem#2)"), "{said}");
    for (path, expected) in [
        (
            "stores/trust.p12",
            "stores/trust.p12: it needs a password, and truststore-paths has none; make a PEM file of it: openssl pkcs12 -in stores/trust.p12 -nokeys -out ca.pem",
        ),
        (
            "stores/old.p12",
            "stores/old.p12: it is encrypted with RC2, which is not read; make one that is read: openssl pkcs12 -legacy",
        ),
        (
            "stores/client.key",
            "stores/client.key: block 1 is not a certificate",
        ),
        ("stores/make", "stores/make: there is no certificate in it"),
        ("pki/none", "pki/none: can't be read"),
    ] {
        let said = home.run(
            &format!("start-dev --db=dev-mem --truststore-paths={path}"),
            &[],
        );
        assert!(
            said.err
                .contains(&format!("--truststore-paths: {expected}")),
            "{}",
            said.err
        );
    }
}
