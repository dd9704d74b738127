//! Where client certificates come from: the TLS connection, or headers of trusted proxies. A kind of proxy is its options and one entry of
//! [`PROVIDERS`].

use super::given::Given;
use super::problem::Problems;
use super::setting::Default::{Always, Nothing};
use super::setting::{Kind, Setting, settings};
use edge::{Encoded, Lookup, LookupError, LookupSettings, ProxyVerification};

settings! {
    /// Where client certificates come from. `default` is the TLS connection, when TLS ends here. The others are the kinds of proxies that send them in headers: these headers count from trusted proxies alone. Whoever is no trusted proxy and shows a certificate in the TLS handshake speaks for itself with each of them.
    LOOKUP_PROVIDER = "spi-x509cert-lookup--provider", Kind::Word(&["default", "nginx", "haproxy", "apache", "traefik", "envoy", "rfc9440", "aws-alb", "caddy", "azure"]), Always("default"), since "0.1.0";
    /// The header in which nginx or ingress-nginx sends the certificate.
    NGINX_CLIENT_CERT = "spi-x509cert-lookup--nginx--ssl-client-cert", Kind::Header, Always("ssl-client-cert"), since "0.1.0";
    /// Certificates besides the person's in that header, at the most 9; more are refused. nginx itself sends none.
    NGINX_CHAIN_LENGTH = "spi-x509cert-lookup--nginx--certificate-chain-length", Kind::Number(0, 100), Nothing, since "0.1.0";
    /// Whether the value is percent-encoded, as `$ssl_client_escaped_cert` is. `false` reads PEM with tabs or blanks for the ends of lines, and base64 alone.
    NGINX_URL_ENCODED = "spi-x509cert-lookup--nginx--cert-is-url-encoded", Kind::Switch, Always("true"), since "0.1.0";
    /// Whether a certificate counts only when nginx says `SUCCESS` in the header `ssl-client-verify`. It is judged here in any case.
    NGINX_VERIFICATION = "spi-x509cert-lookup--nginx--trust-proxy-verification", Kind::Switch, Always("false"), since "0.1.0";
    /// The header in which HAProxy sends the certificate, `%[ssl_c_der,base64]`.
    HAPROXY_CLIENT_CERT = "spi-x509cert-lookup--haproxy--ssl-client-cert", Kind::Header, Always("client-cert"), since "0.1.0";
    /// The header in which HAProxy sends the rest of the chain, `%[ssl_c_chain_der,base64]`. Without it and without `ssl-cert-chain-prefix`, `client-cert-chain`.
    HAPROXY_CERT_CHAIN = "spi-x509cert-lookup--haproxy--ssl-cert-chain", Kind::Header, Nothing, since "0.1.0";
    /// What the names of headers with the rest of the chain begin with: `<prefix>_0`, `<prefix>_1` and so on.
    HAPROXY_CHAIN_PREFIX = "spi-x509cert-lookup--haproxy--ssl-cert-chain-prefix", Kind::Header, Nothing, since "0.1.0";
    /// Certificates besides the person's, at the most; more are refused. Without it 9.
    HAPROXY_CHAIN_LENGTH = "spi-x509cert-lookup--haproxy--certificate-chain-length", Kind::Number(0, 100), Nothing, since "0.1.0";
    /// The header in which Apache httpd sends the certificate, `%{SSL_CLIENT_CERT}s`.
    APACHE_CLIENT_CERT = "spi-x509cert-lookup--apache--ssl-client-cert", Kind::Header, Always("SSL_CLIENT_CERT"), since "0.1.0";
    /// What the names of headers with the rest of the chain begin with: `<prefix>_0`, `<prefix>_1` and so on.
    APACHE_CHAIN_PREFIX = "spi-x509cert-lookup--apache--ssl-cert-chain-prefix", Kind::Header, Always("SSL_CLIENT_CERT_CHAIN"), since "0.1.0";
    /// Certificates besides the person's, at the most; more are refused. Without it 9.
    APACHE_CHAIN_LENGTH = "spi-x509cert-lookup--apache--certificate-chain-length", Kind::Number(0, 100), Nothing, since "0.1.0";
    /// Certificates besides the person's, at the most; more are refused. Without it 9. Traefik's header is always `X-Forwarded-Tls-Client-Cert`.
    TRAEFIK_CHAIN_LENGTH = "spi-x509cert-lookup--traefik--certificate-chain-length", Kind::Number(0, 100), Nothing, since "0.1.0";
    /// The header with the certificate (RFC 9440).
    RFC9440_CLIENT_CERT = "spi-x509cert-lookup--rfc9440--ssl-client-cert", Kind::Header, Always("Client-Cert"), since "0.1.0";
    /// The header with the rest of the chain (RFC 9440).
    RFC9440_CERT_CHAIN = "spi-x509cert-lookup--rfc9440--ssl-cert-chain", Kind::Header, Always("Client-Cert-Chain"), since "0.1.0";
    /// Certificates besides the person's, at the most; more are refused. Without it 9.
    RFC9440_CHAIN_LENGTH = "spi-x509cert-lookup--rfc9440--certificate-chain-length", Kind::Number(0, 100), Nothing, since "0.1.0";
    /// The header in which AWS ALB sends the certificate. Without it `X-Amzn-Mtls-Clientcert` (passthrough) or `X-Amzn-Mtls-Clientcert-Leaf` (verify), whichever comes.
    AWS_ALB_CLIENT_CERT = "spi-x509cert-lookup--aws-alb--ssl-client-cert", Kind::Header, Nothing, since "0.1.0";
    /// Certificates besides the person's, at the most; more are refused. Without it 9.
    AWS_ALB_CHAIN_LENGTH = "spi-x509cert-lookup--aws-alb--certificate-chain-length", Kind::Number(0, 100), Nothing, since "0.1.0";
    /// The header in which Caddy sends the certificate, `{tls_client_certificate_der_base64}` with colons around it or without.
    CADDY_CLIENT_CERT = "spi-x509cert-lookup--caddy--ssl-client-cert", Kind::Header, Always("Client-Cert"), since "0.1.0";
    /// The header in which Azure sends the certificate: App Service's own, or the one that a rewrite rule of Application Gateway makes.
    AZURE_CLIENT_CERT = "spi-x509cert-lookup--azure--ssl-client-cert", Kind::Header, Always("X-ARR-ClientCert"), since "0.1.0";
    /// Certificate headers of other proxies that trusted proxies send too, such as `x-forwarded-client-cert` in a service mesh: they are removed unread. Any other one means that the proxy lets pass what clients send, and no certificate counts then.
    IGNORED_HEADERS = "proxy-ignored-certificate-headers", Kind::List, Nothing, since "0.1.0";
}

/// The options of one kind of proxy.
struct Provider {
    name: &'static str,
    header: Option<&'static Setting>,
    chain_header: Option<&'static Setting>,
    chain_prefix: Option<&'static Setting>,
    chain_length: Option<&'static Setting>,
    url_encoded: Option<&'static Setting>,
    verification: Option<&'static Setting>,
}

const NO_OPTIONS: Provider = Provider {
    name: "",
    header: None,
    chain_header: None,
    chain_prefix: None,
    chain_length: None,
    url_encoded: None,
    verification: None,
};

static PROVIDERS: &[Provider] = &[
    Provider {
        name: "nginx",
        header: Some(&NGINX_CLIENT_CERT),
        chain_length: Some(&NGINX_CHAIN_LENGTH),
        url_encoded: Some(&NGINX_URL_ENCODED),
        verification: Some(&NGINX_VERIFICATION),
        ..NO_OPTIONS
    },
    Provider {
        name: "haproxy",
        header: Some(&HAPROXY_CLIENT_CERT),
        chain_header: Some(&HAPROXY_CERT_CHAIN),
        chain_prefix: Some(&HAPROXY_CHAIN_PREFIX),
        chain_length: Some(&HAPROXY_CHAIN_LENGTH),
        ..NO_OPTIONS
    },
    Provider {
        name: "apache",
        header: Some(&APACHE_CLIENT_CERT),
        chain_prefix: Some(&APACHE_CHAIN_PREFIX),
        chain_length: Some(&APACHE_CHAIN_LENGTH),
        ..NO_OPTIONS
    },
    Provider {
        name: "traefik",
        chain_length: Some(&TRAEFIK_CHAIN_LENGTH),
        ..NO_OPTIONS
    },
    Provider {
        name: "rfc9440",
        header: Some(&RFC9440_CLIENT_CERT),
        chain_header: Some(&RFC9440_CERT_CHAIN),
        chain_length: Some(&RFC9440_CHAIN_LENGTH),
        ..NO_OPTIONS
    },
    Provider {
        name: "aws-alb",
        header: Some(&AWS_ALB_CLIENT_CERT),
        chain_length: Some(&AWS_ALB_CHAIN_LENGTH),
        ..NO_OPTIONS
    },
    Provider {
        name: "caddy",
        header: Some(&CADDY_CLIENT_CERT),
        ..NO_OPTIONS
    },
    Provider {
        name: "azure",
        header: Some(&AZURE_CLIENT_CERT),
        ..NO_OPTIONS
    },
];

impl Provider {
    fn options(&self) -> impl Iterator<Item = &'static Setting> {
        let options = [
            self.header,
            self.chain_header,
            self.chain_prefix,
            self.chain_length,
            self.url_encoded,
            self.verification,
        ];
        options.into_iter().flatten()
    }
}

/// The look-up that was chosen.
pub(super) struct Chosen {
    pub lookup: Lookup,
    /// What it is and who chose it, for the log.
    pub line: String,
    /// What was set for others.
    pub warnings: Vec<String>,
}

/// Whether certificates are looked for in headers.
pub(super) fn reads_headers(given: &Given) -> bool {
    given.text(&LOOKUP_PROVIDER) != Some("default")
}

pub(super) fn read(given: &Given, problems: &mut Problems) -> Option<Chosen> {
    let name = given.text(&LOOKUP_PROVIDER).unwrap_or("default");
    let provider = PROVIDERS.iter().find(|provider| provider.name == name);
    let provider = provider.unwrap_or(&NO_OPTIONS);
    let text = |setting: Option<&Setting>| setting.and_then(|setting| given.text(setting));
    let is_on = |setting: Option<&Setting>| setting.is_some_and(|setting| given.switch(setting));
    let plain = provider.url_encoded.is_some() && !is_on(provider.url_encoded);
    let settings = LookupSettings {
        header: text(provider.header),
        chain_header: text(provider.chain_header),
        chain_prefix: text(provider.chain_prefix),
        chain_length: text(provider.chain_length).and_then(|text| text.parse().ok()),
        encoded: if plain { Encoded::Plain } else { Encoded::Url },
        verification: if is_on(provider.verification) {
            ProxyVerification::Needed
        } else {
            ProxyVerification::Shown
        },
        ignored: given.list(&IGNORED_HEADERS).collect(),
    };
    let lookup = match Lookup::with(name, &settings) {
        Ok(lookup) => lookup,
        Err(error) => {
            let setting = setting_at_fault(&error, provider, given);
            problems.add(
                given.written(setting),
                error.to_string(),
                given.rewritten(
                    setting,
                    setting.default_in(given.profile).unwrap_or("x-client-cert"),
                ),
            );
            return None;
        }
    };
    let place = lookup.place();
    let others = PROVIDERS.iter().filter(|other| other.name != name);
    let unused = others.flat_map(Provider::options);
    let warnings = unused
        .filter(|setting| given.is_set(setting))
        .map(|setting| {
            format!(
                "{} has no effect: the look-up {name} is chosen",
                given.written(setting)
            )
        });
    Some(Chosen {
        line: format!(
            "certificates come by the look-up {name} {place} ({})",
            given.source(&LOOKUP_PROVIDER)
        ),
        warnings: warnings.collect(),
        lookup,
    })
}

/// The option that has to be mended.
fn setting_at_fault(error: &LookupError, provider: &Provider, given: &Given) -> &'static Setting {
    let name = match error {
        LookupError::Unknown { .. } => return &LOOKUP_PROVIDER,
        LookupError::HeaderName { name, .. } | LookupError::Taken(name) => name,
        LookupError::SameHeader(name) => name,
    };
    let options = provider.options().chain([&IGNORED_HEADERS]);
    let has_it = |setting: &&Setting| {
        given
            .list(setting)
            .any(|text| text.eq_ignore_ascii_case(name))
    };
    let mut guilty = options.filter(has_it);
    guilty.next().unwrap_or(&LOOKUP_PROVIDER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_look_up_can_be_chosen_and_every_option_is_someone_s() {
        let Kind::Word(words) = LOOKUP_PROVIDER.kind else {
            panic!("it is a word")
        };
        assert_eq!(words, Lookup::names().collect::<Vec<_>>());
        let used: Vec<&str> = PROVIDERS
            .iter()
            .flat_map(Provider::options)
            .map(|setting| setting.key)
            .collect();
        for setting in SETTINGS {
            let is_common =
                setting.key == LOOKUP_PROVIDER.key || setting.key == IGNORED_HEADERS.key;
            assert!(is_common || used.contains(&setting.key), "{}", setting.key);
        }
        for provider in PROVIDERS {
            let prefix = format!("spi-x509cert-lookup--{}--", provider.name);
            assert!(
                provider
                    .options()
                    .all(|setting| setting.key.starts_with(&prefix))
            );
        }
    }
}
