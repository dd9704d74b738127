//! Whom a certificate names. One file for each source, and one line in [`IdentitySource::from_config`].

mod alternative_name;
mod attribute;
mod expression;
mod whole;

use crate::Certificate;

/// Where in a certificate a person's identity stands.
#[derive(Debug)]
pub struct IdentitySource(Box<dyn Source>);

/// A way to read an identity.
trait Source: std::fmt::Debug + Send + Sync {
    /// One value, or two for a pair of attributes.
    fn extract(&self, certificate: &Certificate) -> Option<Vec<String>>;
    /// What is looked for, for messages.
    fn looks_for(&self) -> &str;
}

/// A setting that names no source.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownSource {
    /// Not one of Keycloak's words.
    #[error("{0:?} is no source of identity")]
    Name(String),
    /// The expression does not compile, or not within the size that is allowed.
    #[error("the regular expression is not usable: {0}")]
    Expression(String),
    /// The expression must have exactly one group.
    #[error(
        "the regular expression has {0} groups, and exactly one is needed: it marks the identity"
    )]
    Groups(usize),
}

/// The certificate has nothing there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the certificate has no {0}")]
pub struct NoIdentity(String);

impl UnknownSource {
    /// The stable identifier, which has a page of its own.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Name(_) => "CERT-SETTING-IDENTITY-SOURCE",
            Self::Expression(_) | Self::Groups(_) => "CERT-SETTING-EXPRESSION",
        }
    }
}

impl NoIdentity {
    /// The stable identifier, which has a page of its own.
    pub fn code(&self) -> &'static str {
        "CERT-NO-IDENTITY"
    }
}

impl IdentitySource {
    /// The source of a realm's setting `x509-cert-auth.mapping-source-selection`, with the settings that belong to it.
    ///
    /// # Errors
    /// See [`UnknownSource`].
    pub fn from_config(
        name: &str,
        expression: &str,
        canonical_dn: bool,
        serial_hex: bool,
    ) -> Result<Self, UnknownSource> {
        use expression::{Expression, Side};
        Ok(Self(match name {
            "Match SubjectDN using regular expression" => {
                Box::new(Expression::new(Side::Subject, expression, canonical_dn)?)
            }
            "Match IssuerDN using regular expression" => {
                Box::new(Expression::new(Side::Issuer, expression, canonical_dn)?)
            }
            "Subject's e-mail" => Box::new(attribute::Email),
            "Subject's Common Name" => Box::new(attribute::CommonName),
            "Subject's Alternative Name E-mail" => Box::new(alternative_name::Email),
            "Subject's Alternative Name otherName (UPN)" => {
                Box::new(alternative_name::PrincipalName)
            }
            // Keycloak lacks these two.
            "Subject's Alternative Name URI" => Box::new(alternative_name::Uri),
            "Subject's Alternative Name URI (SPIFFE)" => Box::new(alternative_name::SpiffeId),
            "Certificate Serial Number" => Box::new(whole::Serial { hex: serial_hex }),
            "Certificate Serial Number and IssuerDN" => Box::new(whole::SerialAndIssuer {
                hex: serial_hex,
                canonical: canonical_dn,
            }),
            "SHA-256 Thumbprint" => Box::new(whole::Thumbprint),
            "Full Certificate in PEM format" => Box::new(whole::Pem),
            _ => return Err(UnknownSource::Name(name.to_owned())),
        }))
    }

    /// The identity: one value, or two where two attributes make it.
    ///
    /// # Errors
    /// [`NoIdentity`] when the certificate has nothing there, or only blanks.
    pub fn extract(&self, certificate: &Certificate) -> Result<Vec<String>, NoIdentity> {
        let values = self.0.extract(certificate).map(|values| {
            values
                .iter()
                .map(|value| value.trim().to_owned())
                .collect::<Vec<_>>()
        });
        values
            .filter(|values| !values.iter().any(String::is_empty))
            .ok_or_else(|| NoIdentity(self.0.looks_for().to_owned()))
    }
}
