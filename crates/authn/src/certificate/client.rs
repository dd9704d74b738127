//! Is this certificate the client's? The same path as a person's, to the anchors for clients; then the names that the client states.

use super::Purpose;
use super::judged::{self, Question};
use super::revocation::Asked;
use crate::Cx;
use crate::refusal::Refusal;
use edge::ClientCert;
use realm::{Client, ClientKey, RealmId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use x509::{DistinguishedName, NameRule, Policy, Step, VerifiedChain};

const SUBJECT: &str = "x509.subjectdn";
const AUTHORITY: &str = "x509.casubjectdn";
/// Absent is on, as Keycloak has it.
const IS_EXPRESSION: &str = "x509.allow.regex.pattern.comparison";

/// More clients than this are not remembered at once.
const MOST: usize = 10_000;

/// What a client says of its certificate, read once for each version of a realm: an expression takes its time to be compiled.
#[derive(Default)]
pub(crate) struct ClientRules(Mutex<HashMap<(RealmId, ClientKey), Known>>);

type Known = (i64, Arc<Result<Rules, String>>);

#[derive(Debug)]
struct Rules {
    subject: NameRule,
    authority: Option<DistinguishedName>,
}

/// Why a certificate does not prove a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotTheClient {
    /// The stable identifier.
    pub code: &'static str,
    /// What it is, for administrators.
    pub text: String,
    /// How that was found, in order.
    pub steps: Vec<Step>,
}

impl ClientRules {
    fn get(&self, cx: &Cx, client: &Client) -> Arc<Result<Rules, String>> {
        let key = (cx.realm.id.clone(), client.id.clone());
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((version, rules)) = known.get(&key)
            && *version == cx.realm.version
        {
            return rules.clone();
        }
        if known.len() >= MOST {
            known.clear();
        }
        let rules = Arc::new(Rules::read(client));
        known.insert(key, (cx.realm.version, rules.clone()));
        rules
    }
}

impl Rules {
    fn read(client: &Client) -> Result<Self, String> {
        let filled = |name| {
            let value = client.attribute(name);
            value.filter(|value| !value.trim().is_empty())
        };
        let wrong =
            |name, why: &dyn std::fmt::Display| format!("the client's attribute {name}: {why}");
        let subject = filled(SUBJECT).ok_or_else(|| {
            format!("the client has no attribute {SUBJECT}, so no certificate is its own")
        })?;
        let is_expression = client
            .attribute(IS_EXPRESSION)
            .is_none_or(|value| !value.eq_ignore_ascii_case("false"));
        let rule = match is_expression {
            true => NameRule::matching(subject),
            false => NameRule::exactly(subject),
        };
        let authority = filled(AUTHORITY).map(DistinguishedName::parse).transpose();
        Ok(Self {
            subject: rule.map_err(|why| wrong(SUBJECT, &why))?,
            authority: authority.map_err(|why| wrong(AUTHORITY, &why))?,
        })
    }
}

/// Whether the certificate of this request proves this client (RFC 8705 §2.1): its path ends at an anchor for clients, the one of the name
/// `x509.casubjectdn` where the client states it, and its subject is the one that the client states.
///
/// # Errors
/// Why not.
pub fn client_certificate(cx: &Cx, client: &Client) -> Result<VerifiedChain, Box<NotTheClient>> {
    let mut steps = Vec::new();
    let judged = judge(cx, client, &mut steps);
    judged.map_err(|(code, text)| {
        tracing::debug!(
            target: "org.keycloak.services.x509",
            code,
            "[X509ClientAuthenticator:authenticateClient] {code}: {text}"
        );
        Box::new(NotTheClient { code, text, steps })
    })
}

fn judge(
    cx: &Cx,
    client: &Client,
    steps: &mut Vec<Step>,
) -> Result<VerifiedChain, (&'static str, String)> {
    let told = |refusal: Refusal| (refusal.code(), refusal.to_string());
    let chain = match cx.arrival.client_cert() {
        ClientCert::Present(chain) => chain,
        ClientCert::Absent(reason) => return Err(told(Refusal::NoCertificate(reason.clone()))),
    };
    let rules = cx.server.client_rules().get(cx, client);
    let rules = rules
        .as_ref()
        .as_ref()
        .map_err(|why| ("CLIENT-CERT-SETTING", why.clone()))?;
    let authority = rules.authority.as_ref();
    let question = Question {
        purpose: Purpose::Client,
        asked: &Asked::default(),
        policy: &Policy::default(),
        may_end_at: &|anchor| authority.is_none_or(|name| anchor.is_named(name)),
    };
    let verified = judged::judge(cx, &question, chain, steps).map_err(told)?;
    if rules.subject.accepts(verified.leaf()) {
        Ok(verified)
    } else {
        let text = format!(
            "the certificate is of {}, which is not what the client's attribute {SUBJECT} says",
            verified
                .leaf()
                .subject()
                .chars()
                .take(256)
                .collect::<String>()
        );
        Err(("CLIENT-CERT-SUBJECT", text))
    }
}
