//! Name constraints of an authority (RFC 5280 §4.2.1.10): which names it may vouch for.

mod form;

use crate::der::tlv;
use crate::work::{TooMuchWork, Work};
use crate::{Certificate, name::NameKey};
use form::{Form, Name, Side};

/// Permitted and excluded names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct NameConstraints {
    permitted: Vec<Form>,
    excluded: Vec<Form>,
}

/// RFC 9598's e-mail addresses beyond ASCII.
const SMTP_UTF8_MAILBOX: &str = "1.3.6.1.5.5.7.8.9";

impl NameConstraints {
    /// Reads the extension's value; `None` when it is malformed.
    pub(crate) fn read(value: &[u8]) -> Option<Self> {
        let (0x30, mut body, []) = tlv(value)? else {
            return None;
        };
        let mut read = Self::default();
        if let Some((0xa0, subtrees, rest)) = tlv(body) {
            read.permitted = forms(subtrees)?;
            body = rest;
        }
        if let Some((0xa1, subtrees, rest)) = tlv(body) {
            read.excluded = forms(subtrees)?;
            body = rest;
        }
        body.is_empty().then_some(read)
    }

    /// The first name of the certificate that the authority may not vouch for.
    ///
    /// # Errors
    /// More comparisons than are spent on one certificate.
    pub(crate) fn offended(
        &self,
        certificate: &Certificate,
        work: &mut Work,
    ) -> Result<Option<String>, TooMuchWork> {
        if self.all().any(|form| *form == Form::Unread) {
            return Ok(Some("a constraint of a kind that is not read".to_owned()));
        }
        for name in names(certificate) {
            work.compare(self.permitted.len() + self.excluded.len())?;
            if !self.allows(&name) {
                return Ok(Some(crate::certificate::clipped(&name.to_string())));
            }
        }
        Ok(None)
    }

    fn all(&self) -> impl Iterator<Item = &Form> {
        self.permitted.iter().chain(&self.excluded)
    }

    fn allows(&self, name: &Name<'_>) -> bool {
        // What does not say where it belongs passes no constraint of its kind.
        if name.is_nowhere() {
            return !self.all().any(|form| form.same_kind(name));
        }
        let mut permitted = self
            .permitted
            .iter()
            .filter(|form| form.same_kind(name))
            .peekable();
        let allowed =
            permitted.peek().is_none() || permitted.any(|form| form.covers(name, Side::Permitted));
        allowed
            && !self
                .excluded
                .iter()
                .any(|form| form.covers(name, Side::Excluded))
    }
}

/// All names of a certificate that constraints speak of. RFC 5280 looks at the subject's e-mail addresses only where no alternative
/// name is; here they name people either way.
fn names(certificate: &Certificate) -> impl Iterator<Item = Name<'_>> {
    let names = &certificate.names;
    let subject = Some(&certificate.subject_name).filter(|name: &&NameKey| !name.is_empty());
    let mailboxes = names
        .others
        .iter()
        .filter(|(oid, _)| oid == SMTP_UTF8_MAILBOX)
        .map(|(_, email)| email);
    let emails = names
        .emails
        .iter()
        .chain(&certificate.subject_emails)
        .chain(mailboxes);
    subject
        .into_iter()
        .chain(&names.directories)
        .map(Name::Directory)
        .chain(emails.map(|email| Name::email(email)))
        .chain(names.hosts.iter().map(|host| Name::host(host)))
        .chain(names.addresses.iter().map(|address| Name::Address(address)))
        .chain(names.uris.iter().map(|uri| Name::uri(uri)))
}

/// `GeneralSubtrees`: never empty.
fn forms(mut subtrees: &[u8]) -> Option<Vec<Form>> {
    let mut forms = Vec::new();
    loop {
        let (0x30, subtree, rest) = tlv(subtrees)? else {
            return None;
        };
        forms.push(Form::read(subtree)?);
        subtrees = rest;
        if rest.is_empty() {
            return Some(forms);
        }
    }
}
