//! The page that sends an answer on: the one page with a script, and it runs nothing else.
#![allow(clippy::unwrap_used)]

use pages::{FormPostPage, Frame, Pages};

#[test]
fn it_carries_every_value_and_runs_its_own_line_alone() {
    let hostile = "\"><script>alert(1)</script>";
    let page = Pages::new(None).unwrap().form_post(
        &Frame::default(),
        &FormPostPage {
            action_url: hostile,
            fields: &[("code", "a.b.c"), (hostile, hostile)],
        },
    );
    assert!(page.html.contains("name=\"code\" value=\"a.b.c\""));
    assert!(!page.html.contains("<script>alert"));
    let scripts: Vec<&str> = page
        .html
        .split("<script>")
        .skip(1)
        .map(|rest| rest.split("</script>").next().unwrap())
        .collect();
    assert_eq!(scripts, ["document.forms[0].submit();"]);
    assert!(
        page.csp
            .contains("script-src 'sha256-8lDeP0UDwCO6/RhblgeH/ctdBzjVpJxrXizsnIk3cEQ='")
    );
}
