//! Steps that are known and not served. Where one can't matter it is passed over; where it would, the sign-in is refused.

use super::{Authenticator, Needs};
use crate::flow::{Outcome, Stepping, Walk};
use crate::refusal::Refusal;
use realm::{Execution, Realm};
use serde_json::Value;

/// A step that is not served.
pub(super) struct Unserved {
    id: &'static str,
    needs: Needs,
    /// Whether the realm has it in use: if not, it is passed over as Keycloak does.
    in_use: fn(&Realm) -> bool,
}

const fn credential(id: &'static str, kind: &'static str) -> Unserved {
    Unserved {
        id,
        needs: Needs::Credential(kind),
        in_use: |_| true,
    }
}

pub(super) static UNSERVED: &[Unserved] = &[
    credential("auth-otp-form", "otp"),
    credential("direct-grant-validate-otp", "otp"),
    credential("webauthn-authenticator", "webauthn"),
    credential(
        "webauthn-authenticator-passwordless",
        "webauthn-passwordless",
    ),
    credential("auth-recovery-authn-code-form", "recovery-authn-codes"),
    Unserved {
        id: "identity-provider-redirector",
        needs: Needs::Nothing,
        in_use: |realm| !realm.identity_providers().is_empty(),
    },
    Unserved {
        id: "organization",
        needs: Needs::Nothing,
        in_use: |realm| {
            realm.settings.other.get("organizationsEnabled") == Some(&Value::Bool(true))
        },
    },
];

impl Authenticator for Unserved {
    fn id(&self) -> &'static str {
        self.id
    }

    fn needs(&self) -> Needs {
        self.needs
    }

    fn in_use(&self, realm: &Realm) -> bool {
        (self.in_use)(realm)
    }

    fn start<'s>(&'s self, walk: &'s mut Walk<'_>, _: &'s Execution) -> Stepping<'s> {
        Box::pin(async {
            Ok(if self.in_use(&walk.cx.realm) {
                Outcome::Impossible(Refusal::StepNotServed(self.id.to_owned()))
            } else {
                Outcome::Attempted(None)
            })
        })
    }
}
