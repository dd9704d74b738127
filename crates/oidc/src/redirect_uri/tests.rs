use super::*;
use serde_json::Value;

const BASE: &str = "https://id.example";

fn client(redirects: &Value, root: Option<&Value>) -> Client {
    serde_json::from_value(serde_json::json!({
        "id": "k", "clientId": "c", "redirectUris": redirects, "rootUrl": root,
        "attributes": {"post.logout.redirect.uris": "+##https://bye.example/x"}
    }))
    .unwrap()
}

/// Every row was asked of Keycloak 26.7.4. A row is the given address and whether Keycloak takes it (null where it does not let anybody
/// register the entries); where this server says no although Keycloak says yes, the reason stands behind. It never says yes alone.
#[test]
fn the_table_of_redirect_uris_holds() {
    let table: Value = serde_json::from_str(include_str!("table.json")).unwrap();
    let mut rows = 0;
    let mut wrong = Vec::new();
    for group in table.as_array().unwrap() {
        let client = client(&group["entries"], group.get("root"));
        for row in group["rows"].as_array().unwrap() {
            let given = row[0].as_str().unwrap().replace("{base}", BASE);
            let is_stricter = row
                .get(2)
                .is_some_and(|why| !why.as_str().unwrap().is_empty());
            let expected = row[1] == true && !is_stricter;
            let checked = RegisteredRedirect::check(&client, BASE, Some(&given));
            if checked.is_some() != expected || checked.is_some_and(|to| to.as_str() != given) {
                wrong.push(format!("{} {row}", group["entries"]));
            }
            rows += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(rows >= 500, "{rows}");
}

#[test]
fn a_single_entry_needs_no_asking() {
    let one = |list: Value| RegisteredRedirect::check(&client(&list, None), BASE, None);
    for (list, expected) in [
        (
            serde_json::json!(["https://a.example/cb"]),
            Some("https://a.example/cb"),
        ),
        (
            serde_json::json!(["https://a.example/*"]),
            Some("https://a.example"),
        ),
        (serde_json::json!(["/x/*"]), Some("https://id.example/x")),
        (serde_json::json!(["https://a.example/x*"]), None),
        (serde_json::json!(["*"]), None),
        (serde_json::json!(["https://a/1", "https://a/2"]), None),
        (serde_json::json!([]), None),
    ] {
        let found = one(list.clone());
        assert_eq!(
            found.as_ref().map(RegisteredRedirect::as_str),
            expected,
            "{list}"
        );
    }
}

#[test]
fn signing_out_has_a_list_of_its_own() {
    let client = client(&serde_json::json!(["https://a.example/*"]), None);
    for (given, expected) in [
        ("https://a.example/bye", true),
        ("https://bye.example/x", true),
        ("https://bye.example/y", false),
    ] {
        let checked = RegisteredRedirect::after_logout(&client, BASE, given);
        assert_eq!(checked.is_some(), expected, "{given}");
    }
}
