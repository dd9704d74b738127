//! What is kept with a source, beside its content.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use outbound::Validators;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use x509::Certificate;

/// With a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ListBody {
    /// Who signed it, for people.
    pub issuer: String,
    /// Its number, for people.
    pub number: Option<String>,
    /// How many certificates it tells of.
    pub entries: usize,
    /// An authority that the truststore may lack: the one that issued the certificate which named the list. DER in base64.
    pub authority: Option<String>,
    /// By what it is asked for again.
    pub etag: Option<String>,
    /// Likewise.
    pub last_modified: Option<String>,
}

/// With an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct AnswerBody {
    /// Whom to ask.
    pub url: String,
    /// About whom, for people.
    pub subject: String,
    /// About whom. DER in base64.
    pub certificate: String,
    /// Who issued it, likewise.
    pub issuer: String,
    /// Whose answers count by the operator's word, likewise.
    pub responder: Option<String>,
}

impl ListBody {
    /// Of what was kept with a source; of nothing where that is not readable, since it can all be had again.
    pub(crate) fn of(body: &serde_json::Value) -> Self {
        serde_json::from_value(body.clone()).unwrap_or_default()
    }

    pub(super) fn validators(&self) -> Validators {
        Validators {
            etag: self.etag.clone(),
            last_modified: self.last_modified.clone(),
        }
    }
}

impl AnswerBody {
    /// Of what was kept with a source.
    pub(crate) fn of(body: &serde_json::Value) -> Self {
        serde_json::from_value(body.clone()).unwrap_or_default()
    }
}

/// A certificate as text.
pub(crate) fn written(certificate: &Certificate) -> String {
    STANDARD.encode(certificate.der())
}

/// A certificate from its text.
pub(crate) fn certificate(text: &str) -> Option<Arc<Certificate>> {
    let der = STANDARD.decode(text).ok()?;
    Certificate::from_der(&der).ok().map(Arc::new)
}

/// What is stored of it.
pub(crate) fn json(body: &impl Serialize) -> serde_json::Value {
    // Texts and numbers alone.
    serde_json::to_value(body).unwrap_or_default()
}
