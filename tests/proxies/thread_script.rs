//! The openssl commands that people copy from a well-known forum thread make certificates that sign in: the person's certificate is of version 1,
//! the authority's key has a passphrase, and the server is called `keycloak-http`.

use std::process::Command;
use support::curl::Curl;
use support::folder::Folder;
use support::pki::Identity;
use support::postern::demo_realm;
use support::site::{DIRECT_GRANT, Site};

const COMMANDS: &str = r#"
export PASSPHRASE=123456
mkdir -p $CERTS_DIR
openssl genrsa -aes256 -out $CERTS_DIR/rootca_kc.key -passout env:PASSPHRASE 2048
openssl req -x509 -new -nodes -key $CERTS_DIR/rootca_kc.key -sha256 -days 1024 -out $CERTS_DIR/rootca_kc.crt -subj "/C=US/ST=Home/L=Home/O=mycorp/OU=myorg/CN=caroot.keycloak-http" -passin env:PASSPHRASE
openssl genrsa -out  $CERTS_DIR/tls.key 2048
openssl req -new -key  $CERTS_DIR/tls.key -out  $CERTS_DIR/keycloak-http.csr -subj "/C=UA/ST=Home/L=Home/O=mycorp/OU=myorg/CN=keycloak-http"
openssl x509 -req -extfile <(printf "subjectAltName=DNS:keycloak-http") -in $CERTS_DIR/keycloak-http.csr -CA $CERTS_DIR/rootca_kc.crt -CAkey $CERTS_DIR/rootca_kc.key -CAcreateserial -out $CERTS_DIR/tls.crt -days 500 -sha256 -passin env:PASSPHRASE
openssl genrsa -out $CERTS_DIR/john.doe.key 2048
openssl req -new -sha256 -key $CERTS_DIR/john.doe.key -out $CERTS_DIR/john.doe.req -subj "/CN=John"
openssl x509 -req -sha256 -in $CERTS_DIR/john.doe.req -CA $CERTS_DIR/rootca_kc.crt -CAkey $CERTS_DIR/rootca_kc.key -extensions client -days 365 -outform PEM -out $CERTS_DIR/john.doe.cer -passin env:PASSPHRASE
"#;

#[test]
fn a52_the_scripts_certificates_sign_in() {
    let folder = Folder::new("thread");
    let certs = folder.at("certs");
    let made = Command::new("bash")
        .args(["-e", "-c", COMMANDS])
        .env("CERTS_DIR", &certs)
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    // The Secret of the script names them so; a proxy mounts it as files.
    for (from, to) in [
        ("rootca_kc.crt", "ca-bundle.pem"),
        ("tls.crt", "server.pem"),
        ("tls.key", "server.key"),
    ] {
        std::fs::copy(certs.join(from), certs.join(to)).unwrap();
    }

    let mut realm = demo_realm();
    realm["users"][0]["username"] = "john".into();
    for config in realm["authenticatorConfig"].as_array_mut().unwrap() {
        config["config"]["x509-cert-auth.mapping-source-selection"] =
            "Subject's Common Name".into();
    }
    let site = Site::with(folder, certs.clone(), &realm, |launch| launch);
    let base = site.base().replace("localhost", "keycloak-http");
    let host = base.strip_prefix("https://").unwrap();
    let john = Identity {
        certificate: certs.join("john.doe.cer"),
        key: certs.join("john.doe.key"),
    };
    let curl = || {
        Curl::new(&site.ca)
            .certificate(&john)
            .arguments(&["--resolve", &format!("{host}:127.0.0.1")])
    };

    let openid = format!("{base}/realms/demo/protocol/openid-connect");
    let tokens = curl().form(&DIRECT_GRANT).get(&format!("{openid}/token"));
    assert_eq!(tokens.status, 200, "{tokens:?}");
    let token = tokens.json()["access_token"].as_str().unwrap().to_owned();
    let person = curl().bearer(&token).get(&format!("{openid}/userinfo"));
    assert_eq!(person.json()["preferred_username"], "john");

    let query = "client_id=backend&redirect_uri=http://localhost:3000/callback&response_type=code&scope=openid\
                 &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";
    let answer = curl()
        .arguments(&["--cookie", ""])
        .get(&format!("{openid}/auth?{query}"));
    let location = answer.header("location").unwrap_or_default();
    assert!(
        location.starts_with("http://localhost:3000/callback?") && location.contains("code="),
        "{answer:?}"
    );
}
