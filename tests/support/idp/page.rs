//! What a test sees of a page.

/// The value of an attribute of the first element that this text begins.
pub fn attribute(html: &str, start: &str, name: &str) -> Option<String> {
    let element = &html[html.find(start)?..];
    let element = &element[..element.find('>')?];
    let value = element.split(&format!("{name}=\"")).nth(1)?;
    Some(unescape(value.split('"').next()?))
}

/// The text of the element with this id.
pub fn text_of(html: &str, id: &str) -> Option<String> {
    let element = &html[html.find(&format!("id=\"{id}\""))?..];
    let text = element.split_once('>')?.1.split('<').next()?;
    Some(unescape(text.trim()))
}

fn unescape(text: &str) -> String {
    text.replace("&#x27;", "'")
        .replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}
