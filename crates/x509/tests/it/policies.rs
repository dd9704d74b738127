//! Certificate policies beyond what PKITS asks.

use crate::der::{any_policy, mappings, oid, policies, require_explicit_policy};
use crate::made::{NOW, anchors, authority, chain, person, root};
use rcgen::{CertificateParams, CustomExtension};
use x509::{InitialPolicies, Policy, judge};

fn with(mut params: CertificateParams, extensions: Vec<CustomExtension>) -> CertificateParams {
    params.custom_extensions = extensions;
    params
}

fn judged(
    top: CertificateParams,
    middle: CertificateParams,
    leaf: CertificateParams,
    acceptable: Option<&[&str]>,
) -> Result<Vec<String>, String> {
    let root = root(top);
    let middle = root.issue(middle);
    let leaf = middle.issue(leaf);
    let policy = Policy {
        initial_policies: InitialPolicies {
            acceptable: acceptable.map(|oids| oids.iter().map(|oid| (*oid).to_owned()).collect()),
            ..InitialPolicies::default()
        },
        ..Policy::default()
    };
    let judgement = judge(&chain(&[&leaf, &middle]), &anchors(&[&root]), &policy, NOW);
    match judgement.outcome {
        Ok(verified) => Ok(verified.policies().to_vec()),
        Err(rejection) => Err(rejection.to_string()),
    }
}

#[test]
fn mapped_policies_are_told_in_the_anchors_words() {
    let middle = || {
        with(
            authority("middle"),
            vec![
                policies([oid(1), oid(2)]),
                mappings([(oid(1), oid(11)), (oid(1), oid(12)), (oid(2), oid(12))]),
                require_explicit_policy(),
            ],
        )
    };
    let leaf = |number| with(person("alice"), vec![policies([oid(number)])]);
    let of = |number, acceptable| judged(authority("root"), middle(), leaf(number), acceptable);
    assert_eq!(of(11, None).unwrap(), ["1.2.3.1"]);
    assert_eq!(of(12, None).unwrap(), ["1.2.3.1", "1.2.3.2"]);
    assert_eq!(of(12, Some(&["1.2.3.2", "1.2.3.9"])).unwrap(), ["1.2.3.2"]);
    for refused in [of(1, None), of(11, Some(&["1.2.3.2"])), of(11, Some(&[]))] {
        assert_eq!(
            refused.unwrap_err(),
            "no certificate policy holds along the whole path, and CN=middle asks for one"
        );
    }
}

#[test]
fn an_anchor_may_ask_for_a_policy_too() {
    let top = || with(authority("root"), vec![require_explicit_policy()]);
    let bare = judged(top(), authority("middle"), person("alice"), None);
    assert!(bare.unwrap_err().contains("CN=root asks for one"));
    let any = || vec![policies([any_policy()])];
    let below = judged(
        top(),
        with(authority("middle"), any()),
        with(person("alice"), any()),
        None,
    );
    assert_eq!(below.unwrap(), ["2.5.29.32.0"]);
}
