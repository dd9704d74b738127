//! Why judges differ: every kind of difference, and what makes it none to worry about.

use super::judges::Verdict;
use super::made::Made;

/// A kind of difference.
struct Kind {
    who: &'static str,
    ours: &'static [&'static str],
    theirs: &'static [&'static str],
    /// What was changed, one of these at least.
    changes: &'static [&'static str],
    at: At,
    why: &'static str,
}

/// Where it was changed.
#[derive(PartialEq, Eq)]
enum At {
    Root,
    Middle,
    Person,
    NotRoot,
    Anywhere,
}

/// Why this difference is none to worry about; `None` when nobody knows.
pub fn reason(made: &Made, ours: &Verdict, who: &str, theirs: &Verdict) -> Option<&'static str> {
    let said = |verdict: &Verdict| verdict.clone().err().unwrap_or(ACCEPTED.to_owned());
    let (ours, theirs) = (said(ours), said(theirs));
    let is_among = |all: &[&str], one: &str| all.contains(&one);
    let kind = KINDS.iter().find(|kind| {
        kind.who == who
            && is_among(kind.ours, &ours)
            && is_among(kind.theirs, &theirs)
            && made
                .changes
                .iter()
                .any(|(at, name)| is_among(kind.changes, name) && kind.at.is(*at, made.length))
    });
    kind.map(|kind| kind.why)
}

impl At {
    fn is(&self, at: usize, length: usize) -> bool {
        let (is_root, is_person) = (at == 0, at + 1 == length);
        match self {
            Self::Root => is_root,
            Self::Middle => !is_root && !is_person,
            Self::Person => is_person,
            Self::NotRoot => !is_root,
            Self::Anywhere => true,
        }
    }
}

const ACCEPTED: &str = "accepted";
const BYTES: [&str; 3] = ["a byte", "a bit", "a bit of an extension"];

const KINDS: &[Kind] = &[
    Kind {
        who: "openssl",
        ours: &["CERT-CA-AS-LEAF"],
        theirs: &[ACCEPTED],
        changes: &["basic constraints"],
        at: At::Person,
        why: "an authority's certificate is nobody's to sign in with; openssl lets it",
    },
    Kind {
        who: "webpki",
        ours: &[
            "CERT-CRITICAL-EXTENSION",
            "CERT-EXPIRED",
            "CERT-NOT-YET-VALID",
            "CERT-EXTENDED-KEY-USAGE",
            "CERT-NOT-A-CA",
            "CERT-PATH-TOO-LONG",
        ],
        theirs: &[ACCEPTED],
        changes: &[
            "times",
            "unknown extension",
            "extended key usage",
            "basic constraints",
            "key usage",
            "criticality",
            "an extension left out",
            BYTES[0],
            BYTES[1],
            BYTES[2],
        ],
        at: At::Root,
        why: "webpki takes of a root its name, its key and its name constraints; we hold it to all that it says",
    },
    Kind {
        who: "webpki",
        ours: &["CERT-NOT-A-CA"],
        theirs: &[ACCEPTED],
        changes: &["key usage", BYTES[0], BYTES[1], BYTES[2]],
        at: At::Middle,
        why: "webpki does not ask whether an authority's key usage allows it to sign certificates; RFC 5280 §6.1.4 (n) does",
    },
    Kind {
        who: "webpki",
        ours: &["CERT-NO-COMMON-POLICY", "CERT-POLICY-MAPPING"],
        theirs: &[ACCEPTED],
        changes: &[
            "policies",
            "policies everywhere",
            "policy mappings",
            "policy constraints",
            "inhibit any-policy",
        ],
        at: At::Anywhere,
        why: "webpki does not follow certificate policies",
    },
    Kind {
        who: "openssl",
        ours: &["CERT-NO-COMMON-POLICY"],
        theirs: &[ACCEPTED],
        changes: &["policy constraints", "inhibit any-policy"],
        at: At::Root,
        why: "openssl does not hold a root to its own policy constraints; RFC 5937 does",
    },
    Kind {
        who: "openssl",
        ours: &["CERT-NO-COMMON-POLICY"],
        theirs: &[ACCEPTED],
        changes: &["policies everywhere"],
        at: At::Anywhere,
        why: "openssl does not hold a root to its own policy constraints; RFC 5937 does",
    },
    Kind {
        who: "openssl",
        ours: &["CERT-NO-COMMON-POLICY"],
        theirs: &[ACCEPTED],
        changes: &["self-issued"],
        at: At::Person,
        why: "RFC 5280 §6.1.5 (a) counts the last certificate whoever issued it; openssl does not where it is named like its issuer",
    },
    Kind {
        who: "webpki",
        ours: &["CERT-NO-ANCHORS"],
        theirs: &[ACCEPTED],
        changes: &["another signer", "issuer's name"],
        at: At::Root,
        why: "who is no root by its own signature anchors nothing here, as in Keycloak; webpki trusts whom it is given",
    },
    Kind {
        who: "openssl",
        ours: &["CERT-NO-ANCHORS"],
        theirs: &[ACCEPTED],
        changes: &["another signer"],
        at: At::Root,
        why: "who is no root by its own signature anchors nothing here; openssl takes a root without key identifiers at its word",
    },
    Kind {
        who: "webpki",
        ours: &["CERT-NO-ANCHORS"],
        theirs: &[ACCEPTED],
        changes: &[
            "something behind an extension's value",
            "an extension twice",
            "version",
            BYTES[0],
            BYTES[1],
            BYTES[2],
        ],
        at: At::Root,
        why: "a malformed root can't be configured here; webpki does not read all of it",
    },
    Kind {
        who: "openssl",
        ours: &["CERT-NO-ANCHORS"],
        theirs: &[ACCEPTED],
        changes: &[
            "something behind an extension's value",
            "an extension twice",
            "version",
            BYTES[0],
            BYTES[1],
            BYTES[2],
        ],
        at: At::Root,
        why: "a malformed root can't be configured here; openssl does not mind",
    },
    Kind {
        who: "openssl",
        ours: &["CERT-NOT-A-CA"],
        theirs: &[ACCEPTED],
        changes: &["an extension left out", "basic constraints"],
        at: At::Root,
        why: "a root of version 3 without basic constraints is no authority here; openssl makes an exception for those that sign themselves",
    },
    Kind {
        who: "openssl",
        ours: &["CERT-MALFORMED"],
        theirs: &[ACCEPTED],
        changes: &["version"],
        at: At::NotRoot,
        why: "openssl accepts versions that do not exist, and extensions in versions that have none",
    },
    Kind {
        who: "openssl",
        ours: &["CERT-MALFORMED"],
        theirs: &[ACCEPTED],
        changes: &[
            "something behind an extension's value",
            "an extension twice",
            BYTES[0],
            BYTES[1],
            BYTES[2],
        ],
        at: At::NotRoot,
        why: "openssl does not mind extensions that are malformed or repeated where it can do without them",
    },
    Kind {
        who: "webpki",
        ours: &["CERT-MALFORMED"],
        theirs: &[ACCEPTED],
        changes: &[
            "something behind an extension's value",
            "an extension twice",
            BYTES[0],
            BYTES[1],
            BYTES[2],
        ],
        at: At::NotRoot,
        why: "webpki does not look into extensions that it has no use for",
    },
    Kind {
        who: "webpki",
        ours: &["CERT-NAME-CONSTRAINTS"],
        theirs: &[ACCEPTED],
        changes: &["name constraints"],
        at: At::Anywhere,
        why: "webpki passes over constraints on kinds of names that the certificate does not have, unreadable ones included, and over addresses in the subject",
    },
    Kind {
        who: "openssl",
        ours: &["CERT-NAME-CONSTRAINTS"],
        theirs: &[ACCEPTED],
        changes: &["name constraints"],
        at: At::Anywhere,
        why: "a mask that is no prefix can't be read as a network; openssl takes it bit by bit",
    },
    Kind {
        who: "webpki",
        ours: &["CERT-WEAK-KEY"],
        theirs: &[ACCEPTED],
        changes: &[BYTES[0], BYTES[1]],
        at: At::Person,
        why: "webpki does not look at the kind of the person's own key",
    },
    Kind {
        who: "openssl",
        ours: &[ACCEPTED],
        theirs: &["EE certificate key too weak"],
        changes: &[BYTES[0], BYTES[1]],
        at: At::Person,
        why: "a point that is not on its curve is a key that nobody has; who proved to have the key is the TLS listener's to say",
    },
    Kind {
        who: "openssl",
        ours: &[ACCEPTED],
        theirs: &[
            "certificate signature failure",
            "self-signed certificate",
            "self-signed certificate in certificate chain",
        ],
        changes: &["self-issued"],
        at: At::NotRoot,
        why: "openssl takes who is named like its issuer for self-signed, and the first namesake for the issuer; we try each",
    },
    Kind {
        who: "openssl",
        ours: &[ACCEPTED],
        theirs: &[
            "unable to get issuer certificate",
            "unable to get local issuer certificate",
        ],
        changes: &["key identifiers", BYTES[0], BYTES[1], BYTES[2]],
        at: At::Anywhere,
        why: "key identifiers say whom to try first, and names and keys decide; openssl stops at identifiers that differ",
    },
    Kind {
        who: "openssl",
        ours: &[ACCEPTED],
        theirs: &["not read"],
        changes: &[BYTES[0], BYTES[1]],
        at: At::Person,
        why: "text in a name that is not what its type says counts as its bytes; openssl does not read it",
    },
    Kind {
        who: "openssl",
        ours: &[ACCEPTED],
        theirs: &["unhandled critical extension"],
        changes: &["criticality", BYTES[0], BYTES[1], BYTES[2]],
        at: At::Anywhere,
        why: "key identifiers that are marked critical are understood all the same",
    },
    Kind {
        who: "openssl",
        ours: &[ACCEPTED],
        theirs: &["unsuitable certificate purpose"],
        changes: &[
            "key usage",
            "extended key usage",
            BYTES[0],
            BYTES[1],
            BYTES[2],
        ],
        at: At::Anywhere,
        why: "openssl wants a key usage for TLS and does not count \"any\" as extended key usage; Keycloak's realm settings say which usages are asked for",
    },
    Kind {
        who: "webpki",
        ours: &[ACCEPTED],
        theirs: &["RequiredEkuNotFoundContext"],
        changes: &["extended key usage"],
        at: At::NotRoot,
        why: "\"any\" among the extended key usages answers the default question; webpki does not count it",
    },
    Kind {
        who: "webpki",
        ours: &[ACCEPTED],
        theirs: &["BadDerTime"],
        changes: &["times"],
        at: At::NotRoot,
        why: "webpki knows no time before 1970",
    },
    Kind {
        who: "webpki",
        ours: &[ACCEPTED],
        theirs: &["InvalidSignatureForPublicKey"],
        changes: &["self-issued"],
        at: At::Middle,
        why: "webpki tells what was wrong with the first namesake, whatever the second lacks: it is stricter with that one elsewhere in this table",
    },
    Kind {
        who: "webpki",
        ours: &[ACCEPTED],
        theirs: &["NameConstraintViolation"],
        changes: &["name constraints"],
        at: At::Anywhere,
        why: "webpki compares directory names byte by byte, RFC 5280 §7.1 without regard to case; it refuses all that constraints on mailboxes and URIs bind",
    },
    Kind {
        who: "webpki",
        ours: &[ACCEPTED],
        theirs: &["UnknownIssuer"],
        changes: &["issuer's name", BYTES[0], BYTES[1]],
        at: At::Anywhere,
        why: "webpki compares names byte by byte, RFC 5280 §7.1 without regard to case and blanks",
    },
    Kind {
        who: "webpki",
        ours: &[ACCEPTED],
        theirs: &["UnsupportedCertVersion"],
        changes: &["version 1"],
        at: At::Person,
        why: "certificates of version 1 are accepted from people, with a note; webpki refuses them",
    },
    Kind {
        who: "webpki",
        ours: &[ACCEPTED],
        theirs: &["UnsupportedCriticalExtension"],
        changes: &["policies", "criticality", BYTES[0], BYTES[1], BYTES[2]],
        at: At::Anywhere,
        why: "webpki understands neither certificate policies nor key identifiers where they are critical",
    },
];
