//! Steps of flows: one file for each, and one line in [`AUTHENTICATORS`].

mod access;
mod certificate_form;
mod cookie;
mod direct_certificate;
mod direct_name;
mod direct_password;
mod name_and_password_form;
mod password_form;
mod unserved;
mod username_form;

pub(crate) use certificate_form::offer;

use crate::flow::{Form, Stepping, Walk};
use realm::{Execution, Realm};

/// A way to prove who somebody is.
pub(crate) trait Authenticator: Sync {
    /// The name in flows.
    fn id(&self) -> &'static str;

    /// What messages about it begin with, where it is a way to sign in that people may choose.
    fn name(&self) -> Option<&'static str> {
        None
    }

    /// What has to be there before.
    fn needs(&self) -> Needs {
        Needs::Nothing
    }

    /// Whether the realm has it in use at all; conditions ask.
    fn in_use(&self, _realm: &Realm) -> bool {
        true
    }

    /// Tries the step.
    fn start<'s>(&'s self, walk: &'s mut Walk<'_>, execution: &'s Execution) -> Stepping<'s>;

    /// Takes the form of the step's own page. A step without one tries again.
    fn submit<'s>(
        &'s self,
        walk: &'s mut Walk<'_>,
        execution: &'s Execution,
        _form: &'s Form,
    ) -> Stepping<'s> {
        self.start(walk, execution)
    }
}

/// What has to be there before a step can be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Nothing.
    Nothing,
    /// A step before said who it is.
    User,
    /// The same, and the person has a credential of this kind.
    Credential(&'static str),
}

static AUTHENTICATORS: &[&dyn Authenticator] = &[
    &access::Allow,
    &access::Deny,
    &certificate_form::CertificateForm,
    &cookie::Cookie,
    &direct_certificate::DirectCertificate,
    &direct_name::DirectName,
    &direct_password::DirectPassword,
    &name_and_password_form::NameAndPasswordForm,
    &password_form::PasswordForm,
    &username_form::UsernameForm,
];

/// The step of this name; none when we have never heard of it.
pub(crate) fn find(id: &str) -> Option<&'static dyn Authenticator> {
    let served = AUTHENTICATORS.iter().copied();
    served
        .chain(
            unserved::UNSERVED
                .iter()
                .map(|step| step as &dyn Authenticator),
        )
        .find(|step| step.id() == id)
}
