//! What each setting of a certificate step does, whom paths end at, what is asked of revocation, and what is told of all that.

use crate::browser::{Browser, brief, code, shown, signed_in};
use crate::certificate::browser_flow;
use crate::logged::Logged;
use crate::pki::Authority;
use crate::world::{Request, World, codes, flow, person, world_trusting};
use rcgen::{DnType, SanType, SerialNumber};
use serde_json::{Value, json};
use std::sync::Arc;
use x509::{Revocations, TrustAnchors};

/// These settings, by their names behind `x509-cert-auth.`, and nobody is asked whether it is them.
fn settings(given: &[(&str, &str)]) -> Value {
    let mut config = json!({
        "x509-cert-auth.mapping-source-selection": "Subject's Common Name",
        "x509-cert-auth.confirmation-page-disallowed": "true",
    });
    for (name, value) in given {
        let name = match name.strip_prefix('-') {
            Some(rest) => format!("x509-cert-auth-{rest}"),
            None => format!("x509-cert-auth.{name}"),
        };
        config[name] = (*value).into();
    }
    config
}

async fn world(anchors: TrustAnchors, given: &[(&str, &str)], members: &Value) -> World {
    let mut realm = browser_flow("", &settings(given));
    for (name, value) in members.as_object().unwrap() {
        realm[name] = value.clone();
    }
    world_trusting(realm, anchors).await
}

/// Who is signed in by this certificate, or the code of the reason that nobody is.
async fn outcome(world: &World, pem: &str) -> String {
    let progress = Browser::with_cert(pem).begin(world).await;
    match &progress {
        authn::login::Progress::Show(_) => {
            let page = shown(progress);
            let trace = world.trace(&code(&page).unwrap()).await;
            codes(&trace).pop().unwrap()
        }
        _ => brief(&progress),
    }
}

/// Settings, a certificate, what is special about the realm, and the outcome.
type Row<'a> = (Vec<(&'a str, &'a str)>, &'a str, Value, &'a str);

#[tokio::test]
async fn a07_each_setting_has_its_effect() {
    let (root, other) = (Authority::new("Root"), Authority::new("Other"));
    let plain = root.issue("alice");
    let numbered = root.issue_with("x", |params| {
        params.serial_number = Some(SerialNumber::from_slice(&[0xa1]));
    });
    let with_policy = |oid: &[u64]| {
        root.issue_with("alice", |params| {
            params.custom_extensions.push(policies(oid));
        })
    };
    let badge = |value: &str| {
        let mut bob = person("bob");
        bob["attributes"] = json!({"badge": [value]});
        json!({"users": [person("alice"), bob]})
    };
    let by_badge = [
        ("mapper-selection", "Custom Attribute Mapper"),
        ("mapper-selection.user-attribute-name", "badge"),
    ];
    let and = |more: &[(&'static str, &'static str)]| {
        let mut all = by_badge.to_vec();
        all.extend_from_slice(more);
        all
    };
    let nobody = json!({});
    let (with_policy, expired) = (with_policy(&[1, 2, 3]), root.issue_until("alice", 2026));
    let foreign = other.issue("alice");
    let rows: Vec<Row<'_>> = vec![
        (vec![], &plain, nobody.clone(), "alice"),
        // Where the identity stands, and in which form.
        (
            and(&[("mapping-source-selection", "Certificate Serial Number")]),
            &numbered,
            badge("161"),
            "bob",
        ),
        (
            and(&[
                ("mapping-source-selection", "Certificate Serial Number"),
                ("serialnumber-hex-enabled", "true"),
            ]),
            &numbered,
            badge("00a1"),
            "bob",
        ),
        (
            and(&[
                (
                    "mapping-source-selection",
                    "Match SubjectDN using regular expression",
                ),
                ("canonical-dn-enabled", "true"),
            ]),
            &plain,
            badge("cn=alice"),
            "bob",
        ),
        (
            and(&[
                (
                    "mapping-source-selection",
                    "Match IssuerDN using regular expression",
                ),
                ("regular-expression", "CN=(.*?)(?:,|$)"),
            ]),
            &plain,
            badge("Root"),
            "bob",
        ),
        (
            vec![("mapper-selection", "Username or Email")],
            &plain,
            nobody.clone(),
            "alice",
        ),
        // What is asked of the certificate.
        (
            vec![("keyusage", "digitalSignature")],
            &plain,
            nobody.clone(),
            "alice",
        ),
        (
            vec![("keyusage", "keyAgreement")],
            &plain,
            nobody.clone(),
            "CERT-KEY-USAGE",
        ),
        (
            vec![("extendedkeyusage", "1.3.6.1.5.5.7.3.2")],
            &plain,
            nobody.clone(),
            "alice",
        ),
        (
            vec![("extendedkeyusage", "1.3.6.1.5.5.7.3.2:1.2.3")],
            &plain,
            nobody.clone(),
            "CERT-EXTENDED-KEY-USAGE",
        ),
        (
            vec![("certificate-policy", "1.2.3,1.2.4")],
            &with_policy,
            nobody.clone(),
            "CERT-POLICY",
        ),
        (
            vec![
                ("certificate-policy", "1.2.3,1.2.4"),
                ("certificate-policy-mode", "Any"),
            ],
            &with_policy,
            nobody.clone(),
            "alice",
        ),
        (
            vec![("ca-subject-dn", "CN=Else##CN=Root")],
            &plain,
            nobody.clone(),
            "alice",
        ),
        (
            vec![("ca-subject-dn", "CN=Else")],
            &plain,
            nobody.clone(),
            "CERT-OTHER-AUTHORITY",
        ),
        // What a setting can't switch off.
        (
            vec![("timestamp-validation-enabled", "false")],
            &expired,
            nobody.clone(),
            "CERT-EXPIRED",
        ),
        (
            vec![("revalidate-certificate-enabled", "false")],
            &foreign,
            nobody.clone(),
            "CERT-NO-PATH",
        ),
        (
            vec![
                ("ocsp-checking-enabled", "true"),
                ("ocsp-responder-uri", "http://ocsp.example"),
                ("ocsp-responder-certificate", "AAAA"),
            ],
            &plain,
            nobody.clone(),
            "CERT-SETTING-RESPONDER",
        ),
    ];
    for (given, pem, members, expected) in rows {
        let world = world(root.anchors(), &given, &members).await;
        assert_eq!(outcome(&world, pem).await, expected, "{given:?}");
    }
}

/// `certificatePolicies` with this one.
fn policies(oid: &[u64]) -> rcgen::CustomExtension {
    let mut body = vec![u8::try_from(oid[0] * 40 + oid[1]).unwrap()];
    body.extend(oid[2..].iter().map(|part| u8::try_from(*part).unwrap()));
    let wrap = |tag: u8, body: Vec<u8>| {
        let mut der = vec![tag, u8::try_from(body.len()).unwrap()];
        der.extend(body);
        der
    };
    let der = wrap(0x30, wrap(0x30, wrap(0x06, body)));
    rcgen::CustomExtension::from_oid_content(&[2, 5, 29, 32], der)
}

#[tokio::test]
async fn a_setting_without_effect_is_told_in_the_trace() {
    let root = Authority::new("Root");
    let given = [
        ("timestamp-validation-enabled", "false"),
        ("shoe-size", "43"),
        ("keyusage", "keyAgreement"),
    ];
    let world = world(root.anchors(), &given, &json!({})).await;
    let page = shown(Browser::with_cert(&root.issue("alice")).begin(&world).await);
    let trace = world.trace(&code(&page).unwrap()).await;
    let steps = trace.steps.to_string();
    for name in ["timestamp-validation-enabled", "shoe-size"] {
        assert!(
            steps.contains(&format!("the setting x509-cert-auth.{name}:")),
            "{steps}"
        );
    }
    let notes = codes(&trace);
    assert_eq!(
        notes
            .iter()
            .filter(|code| *code == "CERT-NOTE-SETTING")
            .count(),
        2
    );
}

#[tokio::test]
async fn a29_a_realm_may_trust_others_and_helpers_still_help() {
    let (server, realm) = (Authority::new("Server root"), Authority::new("Realm root"));
    let between = realm.intermediate("Between");
    let mut anchors = server.anchors();
    anchors.add_pem(&between.pem).unwrap();
    let own = |pem: &str| json!({"attributes": {"x509.user.trustAnchors": pem}});
    let world = world(anchors, &[], &own(&realm.pem)).await;
    assert_eq!(outcome(&world, &realm.issue("alice")).await, "alice");
    // The intermediate is the server's, and nobody sent it.
    assert_eq!(outcome(&world, &between.issue("alice")).await, "alice");
    assert_eq!(
        outcome(&world, &server.issue("alice")).await,
        "CERT-NO-PATH"
    );
    let cx = world.cx().await;
    let of_clients = cx.anchors(authn::Purpose::Client).unwrap();
    assert_eq!(of_clients.roots()[0].subject(), "CN=Server root");
    drop(cx);

    // A change counts at once; what can't be read trusts nobody.
    world
        .change_settings(json!({"attributes": {"x509.user.trustAnchors": server.pem}}))
        .await;
    assert_eq!(outcome(&world, &server.issue("alice")).await, "alice");
    world
        .change_settings(json!({"attributes": {"x509.user.trustAnchors": "-----BEGIN nothing"}}))
        .await;
    let refused = outcome(&world, &server.issue("alice")).await;
    assert_eq!(refused, "CERT-SETTING-ANCHORS");
    world
        .change_settings(json!({"attributes": {"x509.user.trustAnchors": ""}}))
        .await;
    assert_eq!(outcome(&world, &server.issue("alice")).await, "alice");
}

#[tokio::test]
async fn a28_a_missing_intermediate_is_named() {
    let root = Authority::new("Root");
    let between = root.intermediate("Between");
    let world = world(root.anchors(), &[], &json!({})).await;
    let page = shown(
        Browser::with_cert(&between.issue("alice"))
            .begin(&world)
            .await,
    );
    let trace = world.trace(&code(&page).unwrap()).await;
    let steps = trace.steps.to_string();
    assert!(
        steps.contains("CERT-NO-PATH") && steps.contains("CN=Between"),
        "{steps}"
    );
    // Nor is it a silent page with a password.
    assert!(page.page.html.contains("role=\"alert\""));
    let sent = between.issue("alice") + &between.pem;
    assert_eq!(outcome(&world, &sent).await, "alice");
}

#[tokio::test]
async fn a30_of_several_addresses_the_first_counts() {
    let root = Authority::new("Root");
    let given = [(
        "mapping-source-selection",
        "Subject's Alternative Name E-mail",
    )];
    let world = world(root.anchors(), &given, &json!({})).await;
    let with = |addresses: [&str; 2]| {
        root.issue_with("x", |params| {
            params.subject_alt_names = addresses
                .map(|address| SanType::Rfc822Name(address.try_into().unwrap()))
                .to_vec();
        })
    };
    for (addresses, expected) in [
        (["bob@example.com", "alice@example.com"], "bob"),
        (["alice@example.com", "bob@example.com"], "alice"),
        (["x@example.com", "alice@example.com"], "USER-NOT-FOUND"),
    ] {
        assert_eq!(outcome(&world, &with(addresses)).await, expected);
    }
}

#[tokio::test]
async fn a31_a_common_name_finds_its_user_in_any_case() {
    let root = Authority::new("Root");
    let members = json!({"users": [person("john"), person("john.doe")]});
    let world = world(root.anchors(), &[], &members).await;
    for (name, expected) in [("John", "john"), ("JOHN.DOE", "john.doe")] {
        let pem = root.issue_with("x", |params| {
            params.distinguished_name.push(DnType::CommonName, name);
        });
        assert_eq!(outcome(&world, &pem).await, expected);
    }
}

#[tokio::test]
async fn a34_a_header_from_a_stranger_is_an_event_once_a_minute() {
    let root = Authority::new("Root");
    let world = world(root.anchors(), &[], &json!({})).await;
    let from = |peer| Browser {
        request: Request {
            cert: Some(root.issue("alice")),
            peer: Some(peer),
            ..Request::default()
        },
        ..Browser::default()
    };
    for _ in 0..3 {
        let page = shown(from("203.0.113.9:4711").begin(&world).await);
        assert!(page.page.html.contains("id=\"kc-form-login\""));
    }
    let event = world.only_event().await;
    assert_eq!(
        event,
        (
            "LOGIN_ERROR".to_owned(),
            "client_cert_header_untrusted".to_owned(),
            "EDGE-CERT-PEER-NOT-TRUSTED".to_owned()
        )
    );
    from("203.0.113.10:4711").begin(&world).await;
    world.clock.advance(60);
    from("203.0.113.9:4711").begin(&world).await;
    assert_eq!(world.events().await.len(), 3);
    // Wherever somebody signs in: without a browser, and without a step for certificates too.
    let client = world.client().await;
    let request = from("203.0.113.11:1").request;
    let cx = world.cx_of(&request).await;
    let form = [("username", "alice"), ("password", "pw")];
    let form = form.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let granted = authn::direct::direct_grant(&cx, &client, &form, cx.event("LOGIN")).await;
    assert!(granted.unwrap().is_ok());
    let events = world.events().await;
    assert_eq!(
        events.last().unwrap().error.as_deref(),
        Some("client_cert_header_untrusted")
    );
}

#[tokio::test]
async fn a06_without_a_certificate_there_is_the_password_or_a_page_that_says_why() {
    let root = Authority::new("Root");
    let world = world(root.anchors(), &[], &json!({})).await;
    let page = shown(Browser::default().begin(&world).await);
    assert!(page.page.html.contains("id=\"kc-form-login\"") && page.status == 200);

    let required = browser_flow("+", &settings(&[]));
    let world = world_trusting(required, root.anchors()).await;
    let page = shown(Browser::default().begin(&world).await);
    assert_eq!(page.status, 400);
    assert!(
        page.page.html.contains("needs a certificate"),
        "{}",
        page.page.html
    );
}

#[tokio::test]
async fn a12_the_login_page_says_that_a_certificate_was_tried_where_the_realm_wants_it() {
    let root = Authority::new("Root");
    let line = "Sign-in by certificate was tried";
    for (attributes, is_said) in [
        (json!({}), false),
        (json!({"x509.login.hint": "false"}), false),
        (json!({"x509.login.hint": "true"}), true),
    ] {
        let members = json!({"attributes": attributes});
        let world = world(root.anchors(), &[], &members).await;
        let page = shown(Browser::default().begin(&world).await);
        assert_eq!(page.page.html.contains(line), is_said, "{attributes}");
        // Administrators see the reason in any case.
        let trace = world.trace(&code(&page).unwrap()).await;
        assert!(codes(&trace).contains(&"EDGE-CERT-HEADER-ABSENT".to_owned()));
    }
}

#[tokio::test]
async fn a15_a16_the_log_has_the_lines_that_people_look_for() {
    let root = Authority::new("Root");
    let world = world(root.anchors(), &[], &json!({})).await;
    let (logged, guard) = Logged::start();
    shown(Browser::default().begin(&world).await);
    signed_in(Browser::with_cert(&root.issue("alice")).begin(&world).await);
    drop(guard);
    let lines = logged.lines();
    let flow = "org.keycloak.authentication.DefaultAuthenticationFlow DEBUG";
    for line in [
        format!("{flow} invoke authenticator.authenticate: auth-x509-client-username-form"),
        format!("{flow} authenticator ATTEMPTED: auth-x509-client-username-form"),
        format!("{flow} authenticator SUCCESS: auth-x509-client-username-form"),
        format!("{flow} authenticator CHALLENGE: auth-username-password-form"),
    ] {
        assert!(lines.contains(&line), "{line} is not in {lines:#?}");
    }
    let absent = "org.keycloak.services.x509 DEBUG [X509ClientCertificateAuthenticator:authenticate] x509 client certificate is not available for mutual SSL. EDGE-CERT-HEADER-ABSENT: ";
    assert!(
        lines.iter().any(|line| line.starts_with(absent)),
        "{lines:#?}"
    );
    // Nothing louder is said of a browser without a certificate.
    assert!(
        !lines.iter().any(|line| line.contains(" WARN ")),
        "{lines:#?}"
    );
}

#[tokio::test]
async fn a10_each_cause_of_an_empty_header_has_its_own_code() {
    let root = Authority::new("Root");
    let header = |name: &'static str, value: String| Request {
        headers: vec![(name, value)],
        ..Request::default()
    };
    let alice = root.issue("alice");
    let from_a_stranger = Request {
        cert: Some(alice.clone()),
        peer: Some("203.0.113.9:1"),
        ..Request::default()
    };
    let twice = Request {
        cert: Some(alice.clone()),
        ..header("ssl-client-cert", "x".to_owned())
    };
    for (request, cause) in [
        (Request::default(), "EDGE-CERT-HEADER-ABSENT"),
        (from_a_stranger, "EDGE-CERT-PEER-NOT-TRUSTED"),
        (
            header("ssl-client-cert", String::new()),
            "EDGE-CERT-HEADER-BLANK",
        ),
        (
            header("ssl-client-cert", "garbage".to_owned()),
            "EDGE-CERT-UNREADABLE",
        ),
        (twice, "EDGE-CERT-SEVERAL-HEADERS"),
        (
            header("ssl_client_cert", "x".to_owned()),
            "EDGE-CERT-OTHER-SPELLING",
        ),
        (
            header("x-forwarded-tls-client-cert", "x".to_owned()),
            "EDGE-CERT-FOREIGN-HEADER",
        ),
    ] {
        let world = world(root.anchors(), &[], &json!({})).await;
        let (logged, guard) = Logged::start();
        let mut browser = Browser {
            request,
            ..Browser::default()
        };
        let page = shown(browser.begin(&world).await);
        drop(guard);
        let trace = world.trace(&code(&page).unwrap()).await;
        assert_eq!(codes(&trace).last().map(String::as_str), Some(cause));
        let line = format!("mutual SSL. {cause}: ");
        let lines = logged.lines();
        assert!(
            lines.iter().any(|logged| logged.contains(&line)),
            "{lines:#?}"
        );
        // What was sent and could not be believed is an event too.
        let was_sent = !matches!(cause, "EDGE-CERT-HEADER-ABSENT" | "EDGE-CERT-HEADER-BLANK");
        let events = world.events().await;
        let reasons: Vec<&str> = events
            .iter()
            .map(|event| event.details["reason"].as_str())
            .collect();
        assert_eq!(reasons, if was_sent { vec![cause] } else { vec![] });
    }
}

#[tokio::test]
async fn revocation_is_asked_for_as_the_step_says() {
    let root = Authority::new("Root");
    let alice = root.issue_with("alice", |params| {
        params.serial_number = Some(SerialNumber::from(7));
    });
    let crl = ("crl-checking-enabled", "true");
    let ocsp = ("ocsp-checking-enabled", "true");
    // `None`: no list is known. Else who is revoked, and when the next list is due.
    let good = Some((vec![8_u64], 2027));
    let bad = Some((vec![7_u64], 2027));
    let old = Some((vec![8_u64], 2026));
    for (given, list, expected) in [
        (vec![], bad.clone(), "alice"),
        (vec![crl], None, "CERT-CRL-MISSING"),
        (vec![crl], good.clone(), "alice"),
        (vec![crl], bad.clone(), "CERT-REVOKED"),
        (vec![crl], old.clone(), "CERT-CRL-EXPIRED"),
        (
            vec![crl, ("-crl-abort-if-non-updated", "false")],
            old.clone(),
            "alice",
        ),
        (
            vec![crl, ("-crl-abort-if-non-updated", "false")],
            None,
            "CERT-CRL-MISSING",
        ),
        (
            vec![crl, ("-crl-abort-if-non-updated", "false")],
            bad.clone(),
            "CERT-REVOKED",
        ),
        (vec![ocsp], None, "CERT-OCSP-MISSING"),
        (vec![ocsp, ("ocsp-fail-open", "true")], None, "alice"),
        (vec![crl, ocsp], good.clone(), "CERT-OCSP-MISSING"),
    ] {
        let world = world(root.anchors(), &given, &json!({})).await;
        if let Some((revoked, year)) = list {
            let list = Arc::new(root.list(&revoked, year));
            let known = Revocations::new([list], []);
            world.server.revocation().replace(Arc::new(known));
        }
        assert_eq!(outcome(&world, &alice).await, expected, "{given:?}");
    }
}

#[tokio::test]
async fn what_would_be_good_to_know_is_told_to_who_fetches_it() {
    let root = Authority::new("Root");
    let given = [
        ("crl-checking-enabled", "true"),
        ("crldp-checking-enabled", "true"),
        ("crl-relative-path", "http://crl.example/a.crl"),
        ("ocsp-checking-enabled", "true"),
        ("ocsp-responder-uri", "http://ocsp.example"),
    ];
    let world = world(root.anchors(), &given, &json!({})).await;
    let mut wanted = world.server.revocation().listen();
    outcome(&world, &root.issue("alice")).await;
    let wanted = wanted.try_recv().unwrap();
    assert!(wanted.points && wanted.answers);
    assert_eq!(wanted.lists, ["http://crl.example/a.crl"]);
    assert_eq!(wanted.responder.as_deref(), Some("http://ocsp.example"));
    assert_eq!(wanted.chain.leaf().subject(), "CN=alice");
}

#[tokio::test]
async fn a_session_is_over_at_the_browser_when_its_certificate_is_revoked_later() {
    let root = Authority::new("Root");
    let world = world(root.anchors(), &[], &json!({})).await;
    let alice = root.issue_with("alice", |params| {
        params.serial_number = Some(SerialNumber::from(7));
    });
    let mut browser = Browser::with_cert(&alice);
    let done = signed_in(browser.begin(&world).await);
    browser.keep(&world, &done).await;
    browser.request.cert = None;
    assert_eq!(brief(&browser.begin(&world).await), "alice");
    assert_eq!(done.session.notes["x509.serial"], "7");
    assert_eq!(done.session.notes["x509.issuer"], "CN=Root");

    let list = root.list(&[7], 2027);
    // Nobody's word counts before it was found to be genuine.
    let list = Arc::new(list);
    let known = Arc::new(Revocations::new([list.clone()], []));
    world.server.revocation().replace(known);
    assert_eq!(brief(&browser.begin(&world).await), "alice");
    list.verify(&root.anchors(), world.clock.now().seconds())
        .unwrap();
    assert_eq!(brief(&browser.begin(&world).await), "login 200");
    let cx = world.cx().await;
    let revoked = authn::revoked_since(&cx, &done.session).unwrap();
    assert_eq!(
        (revoked.serial.as_str(), revoked.issuer.as_str()),
        ("7", "CN=Root")
    );
}

#[tokio::test]
async fn a_direct_grant_is_told_of_its_certificate_and_of_nothing_else() {
    let (root, other) = (Authority::new("Root"), Authority::new("Other"));
    let alice = root.issue_with("alice", |params| {
        params.serial_number = Some(SerialNumber::from(7));
    });
    let ambiguous = {
        let (mut one, mut two) = (person("one"), person("two"));
        one["attributes"] = json!({"badge": ["alice"]});
        two["attributes"] = json!({"badge": ["alice"]});
        json!([one, two])
    };
    let crl = ("crl-checking-enabled", "true");
    let badge = [
        ("mapper-selection", "Custom Attribute Mapper"),
        ("mapper-selection.user-attribute-name", "badge"),
    ];
    for (given, pem, description) in [
        (
            vec![crl],
            &alice,
            "Certificate has been revoked, certificate's subject: CN=alice",
        ),
        (
            vec![],
            &other.issue("alice"),
            "X509 client certificate was not accepted.",
        ),
        (
            badge.to_vec(),
            &alice,
            "X509 certificate authentication's failed. Reason: \"more than one person has this identity of the certificate\"",
        ),
        (
            vec![("keyusage", "keyAgreement")],
            &alice,
            "the certificate is not for keyAgreement",
        ),
    ] {
        let realm = json!({
            "authenticationFlows": [flow("direct", &["+direct-grant-auth-x509-username=x509"])],
            "authenticatorConfig": [{"alias": "x509", "config": settings(&given)}],
            "directGrantFlow": "direct",
            "users": ambiguous,
        });
        let world = world_trusting(realm, root.anchors()).await;
        let list = Arc::new(root.list(&[7], 2027));
        let known = Revocations::new([list], []);
        world.server.revocation().replace(Arc::new(known));
        let client = world.client().await;
        let request = Request {
            cert: Some(pem.clone()),
            ..Request::default()
        };
        let cx = world.cx_of(&request).await;
        let granted = authn::direct::direct_grant(&cx, &client, &[], cx.event("LOGIN")).await;
        let refused = granted.unwrap().err().unwrap();
        assert_eq!(
            (refused.status, refused.error, refused.description.as_str()),
            (401, "invalid_request", description)
        );
    }
}
