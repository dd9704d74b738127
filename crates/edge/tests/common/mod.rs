//! Certificates for tests, every way to write them that proxies have, and requests that carry them.
#![allow(dead_code, reason = "no test needs all of it")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use edge::{Arrival, Channel, ClientCert, EdgeConfig, Fact, Peer, TlsClient};
use http::Request;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, SanType,
};
use std::sync::Arc;
use x509::{Certificate, Chain};

/// A leaf and the certificates above it, without the root.
#[derive(Clone)]
pub struct Person {
    /// DER, the leaf first.
    pub ders: Vec<Vec<u8>>,
}

pub fn params(name: &str, sans: &[SanType]) -> CertificateParams {
    let mut params = CertificateParams::new(vec![]).unwrap();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.subject_alt_names = sans.to_vec();
    params
}

/// A root and its PEM.
pub fn root(name: &str) -> (String, Issuer<'static, KeyPair>) {
    let mut params = params(name, &[]);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    (
        params.self_signed(&key).unwrap().pem(),
        Issuer::new(params, key),
    )
}

/// A leaf below an issuer.
pub fn issued(issuer: &Issuer<'_, KeyPair>, params: &CertificateParams) -> Vec<u8> {
    let key = KeyPair::generate().unwrap();
    params.signed_by(&key, issuer).unwrap().der().to_vec()
}

impl Person {
    /// With so many certificates between the leaf and the root. The leaf's base64 has a plus sign in it, which is what gets lost.
    pub fn new(name: &str, between: usize) -> Self {
        Self::with(name, &[], between)
    }

    pub fn with(name: &str, sans: &[SanType], between: usize) -> Self {
        let (_, mut issuer) = root("root");
        let mut above = Vec::new();
        for at in 0..between {
            let mut ca = params(&format!("between {at}"), &[]);
            ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            let key = KeyPair::generate().unwrap();
            above.insert(0, ca.signed_by(&key, &issuer).unwrap().der().to_vec());
            issuer = Issuer::new(ca, key);
        }
        let leaf = std::iter::repeat_with(|| issued(&issuer, &params(name, sans)))
            .find(|leaf| STANDARD.encode(leaf).contains('+'))
            .unwrap();
        Self {
            ders: std::iter::once(leaf).chain(above).collect(),
        }
    }

    pub fn leaf(&self) -> &[u8] {
        &self.ders[0]
    }

    pub fn chain(&self) -> Arc<Chain> {
        Arc::new(Chain::from_ders(self.ders.iter().map(Vec::as_slice)).unwrap())
    }

    pub fn hash(&self) -> String {
        Certificate::from_der(self.leaf()).unwrap().thumbprint_hex()
    }
}

pub fn pem(der: &[u8]) -> String {
    Certificate::from_der(der).unwrap().pem()
}

/// All of them, one behind the other.
pub fn pems(ders: &[Vec<u8>]) -> String {
    ders.iter().map(|der| pem(der)).collect()
}

pub fn base64(der: &[u8]) -> String {
    STANDARD.encode(der)
}

/// Percent-encoding of everything but letters, digits and these.
pub fn percent(text: &str, kept: &str) -> String {
    let bytes = text.bytes().map(|byte| {
        if byte.is_ascii_alphanumeric() || kept.as_bytes().contains(&byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    });
    bytes.collect()
}

/// `$ssl_client_escaped_cert`
pub fn nginx(der: &[u8]) -> String {
    percent(&pem(der), "-._~")
}

/// `$ssl_client_cert`: a tab before each line but the first, as one value.
pub fn nginx_folded(der: &[u8]) -> String {
    pem(der).trim_end().replace('\n', "\t")
}

/// `%{SSL_CLIENT_CERT}s`
pub fn apache(der: &[u8]) -> String {
    pem(der).replace('\n', " ")
}

/// `%[ssl_c_chain_der,base64]`
pub fn haproxy_chain(ders: &[Vec<u8>]) -> String {
    base64(&ders.concat())
}

/// Traefik from version 3 on.
pub fn traefik(ders: &[Vec<u8>]) -> String {
    let items: Vec<String> = ders.iter().map(|der| base64(der)).collect();
    items.join(",")
}

/// Traefik up to version 2.
pub fn traefik2(ders: &[Vec<u8>]) -> String {
    let items: Vec<String> = ders
        .iter()
        .map(|der| percent(&base64(der), "-._~"))
        .collect();
    items.join(",")
}

/// The PEM inside XFCC: these five letters are encoded and no others.
pub fn envoy_pem(ders: &[Vec<u8>]) -> String {
    pems(ders)
        .replace('\n', "%0A")
        .replace(' ', "%20")
        .replace('+', "%2B")
        .replace('/', "%2F")
        .replace('=', "%3D")
}

/// `x-forwarded-client-cert` with everything switched on.
pub fn envoy(person: &Person) -> String {
    format!(
        "By=spiffe://example.com/proxy;Hash={};Cert=\"{}\";Chain=\"{}\";Subject=\"CN=x,O=\\\"y\\\"\";URI=spiffe://example.com/x;DNS=x.example",
        person.hash(),
        envoy_pem(&person.ders[..1]),
        envoy_pem(&person.ders)
    )
}

/// `:…:`
pub fn rfc9440(der: &[u8]) -> String {
    format!(":{}:", base64(der))
}

/// `X-Amzn-Mtls-Clientcert`
pub fn aws_alb(ders: &[Vec<u8>]) -> String {
    percent(&pems(ders), "-._~+=/")
}

pub fn peer(address: &str) -> Peer {
    Peer {
        address: format!("{address}:40000")
            .parse::<std::net::SocketAddr>()
            .unwrap()
            .into(),
        local_port: 8300,
        announced: None,
        channel: Channel::Plain,
    }
}

/// A peer that showed this certificate in the TLS handshake.
pub fn shows(address: &str, chain: &Arc<Chain>) -> Peer {
    Peer {
        channel: Channel::Tls(TlsClient::Certificate(chain.clone())),
        ..peer(address)
    }
}

/// What the edge made of a request.
pub struct Outcome {
    /// The leaf's subject, or the code of the reason why there is none.
    pub certificate: String,
    /// How many certificates there are.
    pub count: usize,
    /// The reason in words.
    pub reason: String,
    pub facts: Vec<Fact>,
    pub request: Request<()>,
}

impl Outcome {
    pub fn has_fact(&self, code: &str, text: &str) -> bool {
        self.facts
            .iter()
            .any(|(known, said)| known.as_deref() == Some(code) && said.contains(text))
    }
}

pub fn admit(edge: &EdgeConfig, peer: &Peer, headers: &[(&str, &str)]) -> Outcome {
    let mut request = Request::builder()
        .uri("/realms/edge")
        .header("host", "localhost:8300");
    for (name, value) in headers {
        request = request.header(*name, value.as_bytes());
    }
    let request = edge.admit(peer, request.body(()).unwrap()).unwrap();
    let left: Vec<&str> = request.headers().keys().map(|name| name.as_str()).collect();
    assert!(
        left.iter().all(|name| ["host", "accept"].contains(name)),
        "left behind: {left:?}"
    );
    let arrival = Arrival::of(&request).unwrap();
    let (certificate, count, reason) = match arrival.client_cert() {
        ClientCert::Present(chain) => (
            chain.leaf().subject(),
            1 + chain.rest().len(),
            String::new(),
        ),
        ClientCert::Absent(reason) => {
            let (code, text) = (reason.code().to_owned(), reason.to_string());
            let fact = (Some(code.clone()), text.clone());
            assert!(arrival.facts().contains(&fact), "{:?}", arrival.facts());
            (code, 0, text)
        }
    };
    Outcome {
        certificate,
        count,
        reason,
        facts: arrival.facts(),
        request,
    }
}
