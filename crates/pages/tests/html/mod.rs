//! Just enough of HTML to see the forms of our own pages.

use std::collections::BTreeMap;

/// What a page is made of.
pub struct Document {
    /// The attributes of its body.
    pub body: BTreeMap<String, String>,
    /// Every identifier.
    pub ids: Vec<String>,
    /// Its forms, in order.
    pub forms: Vec<Form>,
}

/// A form.
pub struct Form {
    pub id: Option<String>,
    pub method: String,
    pub inputs: Vec<Input>,
}

/// A field or a button.
pub struct Input {
    pub name: Option<String>,
    pub id: Option<String>,
    pub kind: String,
    pub autocomplete: Option<String>,
    pub is_checked: bool,
    pub has_focus: bool,
}

impl Input {
    /// All of it on one line; who has the focus first is ours to choose for buttons.
    pub fn told(&self) -> String {
        let focus = self.has_focus && self.kind != "submit";
        format!(
            "{:?} {:?} {} {:?} {} {focus}",
            self.name, self.id, self.kind, self.autocomplete, self.is_checked
        )
    }
}

/// Reads a page; a form that stands in another one is a mistake.
pub fn read(html: &str) -> Document {
    let mut document = Document {
        body: BTreeMap::new(),
        ids: Vec::new(),
        forms: Vec::new(),
    };
    let mut is_open = false;
    for tag in html.split('<').skip(1) {
        let tag = tag.split_once('>').unwrap().0;
        let (name, attributes) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
        let mut attributes = read_attributes(attributes);
        document.ids.extend(attributes.get("id").cloned());
        match name {
            "body" => document.body = attributes,
            "form" => {
                assert!(!is_open);
                is_open = true;
                document.forms.push(Form {
                    id: attributes.remove("id"),
                    method: attributes.remove("method").unwrap().to_lowercase(),
                    inputs: Vec::new(),
                });
            }
            "/form" => is_open = false,
            "input" | "button" | "select" | "textarea" if is_open => {
                let form = document.forms.last_mut().unwrap();
                form.inputs.push(Input {
                    name: attributes.remove("name"),
                    id: attributes.remove("id"),
                    kind: attributes.remove("type").unwrap_or_else(|| name.to_owned()),
                    autocomplete: attributes.remove("autocomplete"),
                    is_checked: attributes.contains_key("checked"),
                    has_focus: attributes.contains_key("autofocus"),
                });
            }
            _ => {}
        }
    }
    document
}

fn read_attributes(text: &str) -> BTreeMap<String, String> {
    let mut attributes = BTreeMap::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let end = rest.find(|letter: char| letter == '=' || letter.is_whitespace());
        let name = &rest[..end.unwrap_or(rest.len())];
        rest = &rest[name.len()..];
        let value = match rest.strip_prefix("=\"") {
            Some(quoted) => {
                let (value, behind) = quoted.split_once('"').unwrap();
                rest = behind;
                value
            }
            None => "",
        };
        attributes.insert(name.to_owned(), value.to_owned());
        rest = rest.trim_start();
    }
    attributes
}
