//! The page of addresses: it asks them by its own line of script, and runs nothing else.
#![allow(clippy::unwrap_used)]

use pages::{Frame, HostnameDebugPage, Pages};

#[test]
fn it_shows_every_value_and_runs_its_own_line_alone() {
    let hostile = "\"><script>alert(1)</script>";
    let text = || hostile.to_owned();
    let check = "https://id.example/realms/a/hostname-debug/test?frontEnd=true";
    let page = Pages::new(None).unwrap().hostname_debug(
        &Frame::default(),
        &HostnameDebugPage {
            addresses: &[
                (
                    "Frontend",
                    "https://id.example/".to_owned(),
                    check.to_owned(),
                ),
                (hostile, text(), "javascript:alert(1)".to_owned()),
            ],
            runtime: &[(hostile, text())],
            options: &[(hostile, text())],
            facts: &[text()],
        },
    );
    assert!(
        page.html.contains(&format!("data-check=\"{check}\"")),
        "{}",
        page.html
    );
    assert!(!page.html.contains("<script>alert") && !page.html.contains("javascript:"));
    assert_eq!(page.html.matches("&lt;script&gt;alert").count(), 7);
    let scripts: Vec<&str> = page
        .html
        .split("<script>")
        .skip(1)
        .map(|rest| rest.split("</script>").next().unwrap())
        .collect();
    let [script] = scripts[..] else {
        panic!("{scripts:?}")
    };
    // Whoever changes it has to compute its hash anew.
    assert_eq!(
        script,
        r#"for(const place of document.querySelectorAll("output[data-check]"))fetch(place.dataset.check).then(answer=>answer.text()).then(text=>place.textContent=text,error=>place.textContent=String(error));"#
    );
    assert!(
        page.csp
            .contains("script-src 'sha256-CTF4cyP8B2IuuzWhV9oCEk0ExvS6Y68yFUDwuGnC7fw='"),
        "{}",
        page.csp
    );
}
