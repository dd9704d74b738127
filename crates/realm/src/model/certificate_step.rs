//! The settings of the steps that take certificates, by Keycloak's names; and which of them have no effect here, or another one.

use super::{AuthenticatorConfig, Settings};
use x509::{ChainError, TrustAnchors};

/// Realm attributes with certificates as PEM: whom people's certificates are traced back to, and those of clients, in place of the roots of
/// the server's truststore.
pub const ANCHOR_ATTRIBUTES: [&str; 2] = ["x509.user.trustAnchors", "x509.client.trustAnchors"];

/// What begins every setting of such a step.
const PREFIX: &str = "x509-cert-auth";

/// The names behind [`PREFIX`].
const KNOWN: &[&str] = &[
    ".mapping-source-selection",
    ".canonical-dn-enabled",
    ".serialnumber-hex-enabled",
    ".regular-expression",
    ".mapper-selection",
    ".mapper-selection.user-attribute-name",
    ".timestamp-validation-enabled",
    ".crl-checking-enabled",
    ".crldp-checking-enabled",
    ".crl-relative-path",
    "-crl-abort-if-non-updated",
    ".ocsp-checking-enabled",
    ".ocsp-fail-open",
    ".ocsp-responder-uri",
    ".ocsp-responder-certificate",
    ".keyusage",
    ".extendedkeyusage",
    ".certificate-policy",
    ".certificate-policy-mode",
    ".confirmation-page-disallowed",
    ".revalidate-certificate-enabled",
];

/// What a step asks for that does not happen, or not so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WithoutEffect {
    /// The setting.
    pub name: String,
    /// What happens in place of it.
    pub what: &'static str,
}

impl AuthenticatorConfig {
    /// A setting of a step that takes certificates, by its name behind `x509-cert-auth.`; one that is blank counts as absent.
    pub fn certificate_setting(&self, name: &str) -> Option<&str> {
        self.certificate_setting_named(&format!("{PREFIX}.{name}"))
    }

    /// The same by its whole name: one of them has a dash where the others have a dot.
    pub fn certificate_setting_named(&self, name: &str) -> Option<&str> {
        let value = self.config.get(name)?.trim();
        Some(value).filter(|value| !value.is_empty())
    }

    /// The names that the anchor of a path has to have, one of them. The setting came with Keycloak 26.8, which lets several stand in it.
    pub fn certificate_authorities(&self) -> Vec<&str> {
        let values = self
            .config
            .iter()
            .filter(|(name, _)| names_authorities(name));
        let names = values.flat_map(|(_, value)| value.split("##"));
        names
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .collect()
    }

    /// The settings of a step that takes certificates that have no effect here, or another one than in Keycloak.
    pub fn certificate_settings_without_effect(&self) -> Vec<WithoutEffect> {
        let mut found = Vec::new();
        let mut tell = |name: &str, what| {
            found.push(WithoutEffect {
                name: name.to_owned(),
                what,
            });
        };
        for name in self.config.keys() {
            let is_filled = self.certificate_setting_named(name).is_some();
            let Some(rest) = name.strip_prefix(PREFIX).filter(|_| is_filled) else {
                continue;
            };
            if rest == ".crl-abort-if-non-updated" {
                let what = "no such setting: it is written with a dash, x509-cert-auth-crl-abort-if-non-updated";
                tell(name, what);
            } else if !KNOWN.contains(&rest) && !names_authorities(name) {
                tell(name, "no such setting, so it has no effect");
            }
        }
        let setting = |name: &str| self.certificate_setting(name);
        let is = |name: &str, word: &str| {
            setting(name).is_some_and(|value| value.eq_ignore_ascii_case(word))
        };
        if is("timestamp-validation-enabled", "false") {
            let name = format!("{PREFIX}.timestamp-validation-enabled");
            tell(
                &name,
                "the times of every certificate are judged all the same",
            );
        }
        if is("revalidate-certificate-enabled", "false") {
            let name = format!("{PREFIX}.revalidate-certificate-enabled");
            tell(
                &name,
                "the path of every certificate is judged all the same",
            );
        }
        if is("crldp-checking-enabled", "true") && !is("crl-checking-enabled", "true") {
            let name = format!("{PREFIX}.crldp-checking-enabled");
            tell(&name, "it counts only together with crl-checking-enabled");
        }
        let asks_ocsp = is("ocsp-checking-enabled", "true");
        let has_responder = setting("ocsp-responder-uri").is_some();
        if asks_ocsp && !has_responder && setting("ocsp-responder-certificate").is_some() {
            let name = format!("{PREFIX}.ocsp-responder-certificate");
            tell(&name, "it counts only together with ocsp-responder-uri");
        }
        let paths = setting("crl-relative-path").unwrap_or_default();
        let by_ldap = |path: &str| path.trim().to_ascii_lowercase().starts_with("ldap");
        if is("crl-checking-enabled", "true") && paths.split("##").any(by_ldap) {
            let name = format!("{PREFIX}.crl-relative-path");
            tell(&name, "lists are not fetched by ldap");
        }
        for (name, words) in [
            (
                "mapper-selection",
                ["Username or Email", "Custom Attribute Mapper"],
            ),
            ("certificate-policy-mode", ["All", "Any"]),
        ] {
            let is_word = |value: &str| words.iter().any(|word| word.eq_ignore_ascii_case(value));
            if setting(name).is_some_and(|value| !is_word(value)) {
                let name = format!("{PREFIX}.{name}");
                tell(&name, "no such value, so the usual one counts");
            }
        }
        found
    }
}

/// Whether a setting is Keycloak 26.8's "CA subject DN", in whatever case and with whatever separators it is written.
fn names_authorities(name: &str) -> bool {
    let Some(rest) = name.strip_prefix(PREFIX) else {
        return false;
    };
    let letters = rest.chars().filter(char::is_ascii_alphanumeric);
    let letters: String = letters.collect::<String>().to_ascii_lowercase();
    letters == "casubjectdn" || letters == "casubjectdns"
}

impl Settings {
    /// The realm's own trust anchors by this attribute, one of [`ANCHOR_ATTRIBUTES`]; none when it has none.
    ///
    /// # Errors
    /// The attribute holds something that is no certificate.
    pub fn trust_anchors(&self, attribute: &str) -> Option<Result<TrustAnchors, ChainError>> {
        let text = self.attribute(attribute)?;
        let mut anchors = TrustAnchors::default();
        Some(anchors.add_pem(text).map(|_| anchors))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(settings: &[(&str, &str)]) -> AuthenticatorConfig {
        let settings: serde_json::Map<String, serde_json::Value> = settings
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).into()))
            .collect();
        serde_json::from_value(serde_json::json!({"alias": "x509", "config": settings})).unwrap()
    }

    #[test]
    fn what_has_no_effect_is_told() {
        for (settings, told) in [
            (
                &[("x509-cert-auth.timestamp-validation-enabled", "false")][..],
                &["x509-cert-auth.timestamp-validation-enabled"][..],
            ),
            (
                &[("x509-cert-auth.timestamp-validation-enabled", "true")],
                &[],
            ),
            (
                &[("x509-cert-auth.revalidate-certificate-enabled", "False")],
                &["x509-cert-auth.revalidate-certificate-enabled"],
            ),
            (
                &[("x509-cert-auth.crl-abort-if-non-updated", "false")],
                &["x509-cert-auth.crl-abort-if-non-updated"],
            ),
            (&[("x509-cert-auth-crl-abort-if-non-updated", "false")], &[]),
            (
                &[("x509-cert-auth.crldp-checking-enabled", "true")],
                &["x509-cert-auth.crldp-checking-enabled"],
            ),
            (
                &[("x509-cert-auth.shoe-size", "43")],
                &["x509-cert-auth.shoe-size"],
            ),
            (&[("x509-cert-auth.shoe-size", " ")], &[]),
            (&[("default.reference.value", "x")], &[]),
            (
                &[("x509-cert-auth.mapper-selection", "By guess")],
                &["x509-cert-auth.mapper-selection"],
            ),
            (
                &[
                    ("x509-cert-auth.crl-checking-enabled", "true"),
                    ("x509-cert-auth.crl-relative-path", "a.pem##ldap://x/y"),
                ],
                &["x509-cert-auth.crl-relative-path"],
            ),
        ] {
            let found = config(settings).certificate_settings_without_effect();
            let names: Vec<&str> = found.iter().map(|found| found.name.as_str()).collect();
            assert_eq!(names, told, "{settings:?}");
        }
    }

    #[test]
    fn authorities_are_named_one_or_several() {
        let config = config(&[
            ("x509-cert-auth.ca-subject-dn", "CN=One, O=A## CN=Two"),
            ("x509-cert-auth.keyusage", "digitalSignature"),
        ]);
        assert_eq!(config.certificate_authorities(), ["CN=One, O=A", "CN=Two"]);
        assert!(config.certificate_settings_without_effect().is_empty());
    }
}
