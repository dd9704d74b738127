//! The lines that mend something, in the words of each proxy.

use anyhow::bail;

/// What kind of proxy it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Nginx,
    Haproxy,
    Apache,
    Caddy,
    Traefik,
    Envoy,
}

/// What a proxy has to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need<'a> {
    /// To send the certificate.
    Send,
    /// To ask for certificates, without demanding them.
    Ask,
    /// To let certificates in that we judge.
    Accept,
    /// To take away a header of clients.
    Strip(&'a str),
    /// To say at which address it was asked, and by whom.
    Address,
    /// To reach us.
    Reach,
}

const ALL: [(Kind, &str); 6] = [
    (Kind::Nginx, "nginx"),
    (Kind::Haproxy, "haproxy"),
    (Kind::Apache, "apache"),
    (Kind::Caddy, "caddy"),
    (Kind::Traefik, "traefik"),
    (Kind::Envoy, "envoy"),
];

impl Kind {
    /// As in the option `proxy`.
    pub(super) fn named(name: &str) -> anyhow::Result<Self> {
        match ALL.iter().find(|(_, known)| *known == name) {
            Some((kind, _)) => Ok(*kind),
            None => bail!(
                "{name:?} is no proxy that the doctor knows: {} (option proxy)",
                ALL.map(|(_, known)| known).join(", ")
            ),
        }
    }

    /// By what it says of itself, and by what Postern expects of it. HAProxy and Traefik say nothing of themselves.
    pub(super) fn recognise(server: Option<&str>, provider: Option<&str>) -> Option<Self> {
        if let Some(server) = server {
            let server = server.to_ascii_lowercase();
            let known = ALL.iter().find(|(_, name)| server.starts_with(name));
            return known.map(|(kind, _)| *kind);
        }
        match provider {
            Some("haproxy") => Some(Self::Haproxy),
            Some("traefik") => Some(Self::Traefik),
            _ => None,
        }
    }

    fn lines(self, need: Need<'_>) -> Vec<String> {
        let lines: &[&str] = match (self, need) {
            (Self::Nginx, Need::Send | Need::Strip("ssl-client-cert")) => {
                &["proxy_set_header ssl-client-cert $ssl_client_escaped_cert;"]
            }
            (Self::Nginx, Need::Strip("ssl-client-verify")) => {
                &["proxy_set_header ssl-client-verify $ssl_client_verify;"]
            }
            (Self::Nginx, Need::Strip(name)) => {
                return vec![format!("proxy_set_header {name} \"\";")];
            }
            (Self::Nginx, Need::Ask) => &[
                "ssl_verify_client optional;",
                "ssl_client_certificate ca-bundle.pem; # root and intermediates",
            ],
            (Self::Nginx, Need::Accept) => &[
                "ssl_client_certificate ca-bundle.pem; # root and intermediates",
                "ssl_verify_depth 3;",
                "error_page 495 = @judged; # Postern judges it and says why; see deploy/nginx/postern.conf",
            ],
            (Self::Nginx, Need::Address) => &[
                "proxy_set_header X-Forwarded-Proto $scheme;",
                "proxy_set_header X-Forwarded-Host $host;",
                "proxy_set_header X-Forwarded-Port $server_port;",
                "proxy_set_header X-Forwarded-For $remote_addr;",
                "proxy_set_header X-Forwarded-Prefix \"\";",
                "proxy_set_header X-Forwarded-Ssl \"\";",
            ],
            (Self::Nginx, Need::Reach) => {
                &["location /realms/ { proxy_pass http://127.0.0.1:8080; }"]
            }
            (Self::Haproxy, Need::Send) => {
                &["http-request set-header Client-Cert %[ssl_c_der,base64] if { ssl_c_used }"]
            }
            (Self::Haproxy, Need::Strip(name)) => {
                return vec![format!(
                    "http-request del-header {name} # without a condition, before any set-header"
                )];
            }
            (Self::Haproxy, Need::Ask | Need::Accept) => &[
                "bind :443 ssl crt server.pem ca-file ca-bundle.pem verify optional crt-ignore-err all ca-ignore-err all",
            ],
            (Self::Haproxy, Need::Address) => &[
                "http-request del-header X-Forwarded- -m beg",
                "http-request set-header X-Forwarded-Proto https",
                "http-request set-header X-Forwarded-Host %[req.hdr(Host)]",
                "http-request set-header X-Forwarded-For %[src]",
            ],
            (Self::Haproxy, Need::Reach) => &["server postern 127.0.0.1:8080"],
            (Self::Apache, Need::Send) => &[
                "SSLOptions +StdEnvVars +ExportCertData",
                "RequestHeader set SSL_CLIENT_CERT \"%{SSL_CLIENT_CERT}s\"",
            ],
            (Self::Apache, Need::Strip(name)) => {
                return vec![format!("RequestHeader unset {name} early")];
            }
            (Self::Apache, Need::Ask) => &[
                "SSLVerifyClient optional_no_ca",
                "SSLCACertificateFile ca-bundle.pem",
            ],
            (Self::Apache, Need::Accept) => {
                &["SSLCACertificateFile ca-bundle.pem", "SSLVerifyDepth 3"]
            }
            (Self::Apache, Need::Address) => &[
                "ProxyPreserveHost On",
                "RequestHeader set X-Forwarded-Proto https",
                "RequestHeader unset X-Forwarded-For early",
            ],
            (Self::Apache, Need::Reach) => {
                &["ProxyPass /realms/ http://127.0.0.1:8080/realms/ nocanon"]
            }
            (Self::Caddy, Need::Send) => &[
                "@certificate vars_regexp {tls_client_fingerprint} ^[0-9a-f]{64}$",
                "request_header @certificate Client-Cert \":{tls_client_certificate_der_base64}:\"",
            ],
            (Self::Caddy, Need::Strip(name)) => return vec![format!("request_header -{name}")],
            (Self::Caddy, Need::Ask | Need::Accept) => &[
                "client_auth { mode request",
                "trusted_ca_cert_file root.pem # a line for each authority",
            ],
            (Self::Caddy, Need::Address) => &[
                "# Caddy says it by itself: leave out trusted_proxies, and header_up lines that change X-Forwarded-…",
            ],
            (Self::Caddy, Need::Reach) => &["reverse_proxy /realms/* 127.0.0.1:8080"],
            (Self::Traefik, Need::Send) => &["passTLSClientCert: { pem: true }"],
            (Self::Traefik, Need::Strip(name)) => {
                return vec![format!(
                    "headers: {{ customRequestHeaders: {{ {name}: \"\" }} }} # before passTLSClientCert"
                )];
            }
            (Self::Traefik, Need::Ask | Need::Accept) => &[
                "clientAuth: { caFiles: [ca-bundle.pem], clientAuthType: VerifyClientCertIfGiven }",
            ],
            (Self::Traefik, Need::Address) => {
                &["forwardedHeaders: { insecure: false } # Traefik says it by itself then"]
            }
            (Self::Traefik, Need::Reach) => {
                &["loadBalancer: { servers: [{ url: http://127.0.0.1:8080 }] }"]
            }
            (Self::Envoy, Need::Send | Need::Strip("x-forwarded-client-cert")) => &[
                "forward_client_cert_details: SANITIZE_SET",
                "set_current_client_cert_details: { cert: true, chain: true }",
            ],
            (Self::Envoy, Need::Strip(name)) => {
                return vec![format!("request_headers_to_remove: [{name}]")];
            }
            (Self::Envoy, Need::Ask | Need::Accept) => &[
                "require_client_certificate: false",
                "validation_context: { trusted_ca: { filename: ca-bundle.pem } }",
            ],
            (Self::Envoy, Need::Address) => &[
                "use_remote_address: true",
                "xff_num_trusted_hops: 0",
                "scheme_header_transformation: { scheme_to_overwrite: https }",
            ],
            (Self::Envoy, Need::Reach) => {
                &["route: { cluster: postern } # for the prefix /realms/"]
            }
        };
        lines.iter().map(|line| (*line).to_owned()).collect()
    }
}

/// The lines for a proxy of this kind, or of every kind when it is not known which it is.
pub(super) fn lines(kind: Option<Kind>, need: Need<'_>) -> Vec<String> {
    let of = |(kind, name): &(Kind, &str)| -> Vec<String> {
        let lines = kind.lines(need).into_iter();
        lines.map(|line| format!("{name}: {line}")).collect()
    };
    ALL.iter()
        .filter(|(known, _)| kind.is_none_or(|kind| kind == *known))
        .flat_map(of)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxies_are_known_by_what_they_say_or_by_what_is_expected_of_them() {
        for (server, provider, expected) in [
            (Some("nginx/1.22.1"), Some("haproxy"), Some(Kind::Nginx)),
            (Some("Caddy"), None, Some(Kind::Caddy)),
            (Some("Apache/2.4.6 (Unix)"), None, Some(Kind::Apache)),
            (Some("gunicorn"), Some("haproxy"), None),
            (None, Some("haproxy"), Some(Kind::Haproxy)),
            (None, Some("nginx"), None),
        ] {
            assert_eq!(Kind::recognise(server, provider), expected, "{server:?}");
        }
        assert!(Kind::named("iis").is_err());
        assert_eq!(Kind::named("envoy").unwrap(), Kind::Envoy);
    }

    #[test]
    fn every_kind_has_its_line_for_everything() {
        let needs = [
            Need::Send,
            Need::Ask,
            Need::Accept,
            Need::Strip("x-y"),
            Need::Address,
            Need::Reach,
        ];
        for need in needs {
            let all = lines(None, need);
            for (_, name) in ALL {
                assert!(
                    all.iter().any(|line| line.starts_with(name)),
                    "{name} {need:?}"
                );
            }
        }
        let line = lines(Some(Kind::Haproxy), Need::Strip("client-cert"));
        assert!(line[0].starts_with("haproxy: http-request del-header client-cert"));
    }
}
