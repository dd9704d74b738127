//! The page that asks for the facts about a person: e-mail, name, and what else the realm's user profile names.

use minijinja::{Value, context};

use crate::{Frame, Message, Page, Pages, WayOut};

/// What the page for a person's facts shows.
#[derive(Debug, Clone, Default)]
pub struct UpdateProfilePage<'a> {
    /// Where the form goes.
    pub action_url: &'a str,
    /// Why the page is shown (`updateProfileMessage`, `verifyProfileMessage`), when nothing went wrong.
    pub notice: Option<Message>,
    /// What went wrong as a whole; what is wrong with one field stands at the field.
    pub error: Option<Message>,
    /// The fields in their order. Fields of one group that follow each other stand under its heading.
    pub fields: Vec<ProfileField<'a>>,
    /// Whether the person may leave without changing anything.
    pub way_out: WayOut,
}

/// One attribute of a person as a field of a form.
#[derive(Debug, Clone, Default)]
pub struct ProfileField<'a> {
    /// The attribute's name, and the field's: what the form sends.
    pub name: &'a str,
    /// What people call it: [`Message::display`] of the profile's `displayName`, or the name.
    pub label: Option<Message>,
    /// What stands in it: one value, or several for [`Values::Many`] and the choices that allow several.
    pub values: Vec<&'a str>,
    /// How it is filled in.
    pub input: ProfileInput<'a>,
    /// Whether it may hold several values.
    pub multiple: Values,
    /// Whether it has to be filled in.
    pub required: bool,
    /// Whether it is only shown.
    pub read_only: bool,
    /// The group it belongs to.
    pub group: Option<ProfileGroup<'a>>,
    /// A sentence above the field (`inputHelperTextBefore`).
    pub help_before: Option<Message>,
    /// A sentence below it (`inputHelperTextAfter`).
    pub help_after: Option<Message>,
    /// What is wrong with it.
    pub error: Option<Message>,
    /// The `autocomplete` token, such as `email`.
    pub autocomplete: Option<&'a str>,
}

/// How many values a field holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Values {
    /// One.
    #[default]
    One,
    /// Any number: each value has a line, and there is an empty line for one more.
    Many,
}

/// Fields that belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProfileGroup<'a> {
    /// The group's name, which tells groups apart.
    pub name: &'a str,
    /// Its heading, as the profile's `displayHeader` has it; without one the name.
    pub header: Option<&'a str>,
    /// A sentence below, as the profile's `displayDescription` has it.
    pub description: Option<&'a str>,
}

/// How a field is filled in.
#[derive(Debug, Clone, Default)]
pub enum ProfileInput<'a> {
    /// One line of plain text.
    #[default]
    Text,
    /// One line of a kind that browsers know, with what the profile's annotations ask of it.
    Line(Line<'a>),
    /// Several lines of text.
    TextArea {
        /// The `cols`.
        cols: Option<u32>,
        /// The `rows`.
        rows: Option<u32>,
        /// The `maxlength`.
        max_length: Option<u32>,
    },
    /// One or several of a list.
    Choice {
        /// How the list looks.
        style: ChoiceStyle,
        /// The list.
        options: Vec<ProfileOption<'a>>,
    },
}

/// One line, as HTML knows it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Line<'a> {
    /// The kind.
    pub kind: LineKind,
    /// The `placeholder`, a message's key or plain text.
    pub placeholder: Option<&'a str>,
    /// The `pattern`.
    pub pattern: Option<&'a str>,
    /// The `size`.
    pub size: Option<u32>,
    /// The `minlength`.
    pub min_length: Option<u32>,
    /// The `maxlength`.
    pub max_length: Option<u32>,
    /// The `min`.
    pub min: Option<&'a str>,
    /// The `max`.
    pub max: Option<&'a str>,
    /// The `step`.
    pub step: Option<&'a str>,
}

/// The `type` of an `input`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the HTML type of its name")]
pub enum LineKind {
    #[default]
    Text,
    Email,
    Tel,
    Url,
    Number,
    Range,
    DatetimeLocal,
    Date,
    Month,
    Week,
    Time,
}

impl LineKind {
    /// The kind for an annotation `inputType` such as `html5-email`; `None` when it names no line (`select`, `textarea`) or nothing that is known.
    pub fn from_annotation(input_type: &str) -> Option<Self> {
        Some(match input_type {
            "text" => Self::Text,
            "html5-email" => Self::Email,
            "html5-tel" => Self::Tel,
            "html5-url" => Self::Url,
            "html5-number" => Self::Number,
            "html5-range" => Self::Range,
            "html5-datetime-local" => Self::DatetimeLocal,
            "html5-date" => Self::Date,
            "html5-month" => Self::Month,
            "html5-week" => Self::Week,
            "html5-time" => Self::Time,
            _ => return None,
        })
    }

    fn html(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Email => "email",
            Self::Tel => "tel",
            Self::Url => "url",
            Self::Number => "number",
            Self::Range => "range",
            Self::DatetimeLocal => "datetime-local",
            Self::Date => "date",
            Self::Month => "month",
            Self::Week => "week",
            Self::Time => "time",
        }
    }
}

/// How a list of options looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChoiceStyle {
    /// `select`: one, from a menu.
    Select,
    /// `multiselect`: several, from a list.
    MultiSelect,
    /// `select-radiobuttons`: one, all in sight.
    Radio,
    /// `multiselect-checkboxes`: several, all in sight.
    Checkboxes,
}

/// One option of a list.
#[derive(Debug, Clone)]
pub struct ProfileOption<'a> {
    /// What the form sends.
    pub value: &'a str,
    /// What people read.
    pub label: Message,
}

impl Pages {
    /// The page for a person's facts: form `kc-update-profile-form` with a field per attribute and perhaps `cancel-aia`.
    pub fn update_profile(&self, frame: &Frame<'_>, page: &UpdateProfilePage<'_>) -> Page {
        let texts = self.voice(frame);
        let text = |message: &Option<Message>| message.as_ref().map(|message| texts.text(message));
        let mut group = None;
        let mut fields = Vec::with_capacity(page.fields.len());
        for field in &page.fields {
            let name = field.group.map(|group| group.name);
            let opens = field.group.filter(|_| name != group);
            group = name;
            fields.push(context! {
                name => field.name,
                label => text(&field.label).unwrap_or_else(|| field.name.to_owned()),
                lines => lines(field),
                multiple => field.multiple == Values::Many,
                required => field.required,
                read_only => field.read_only,
                group => opens.map(|group| texts.text(&Message::display(group.header.unwrap_or(group.name)))),
                group_help => opens.and_then(|group| group.description).map(|description| texts.text(&Message::display(description))),
                help_before => text(&field.help_before),
                help_after => text(&field.help_after),
                error => text(&field.error),
                autocomplete => field.autocomplete,
                ..input(field, |message| texts.text(message))
            });
        }
        self.render(
            "update_profile.html",
            frame,
            context! {
                page_id => "login-update-profile",
                action => page.action_url,
                notice => text(&page.notice),
                alert => text(&page.error),
                fields,
                can_cancel => page.way_out == WayOut::CancelAction,
            },
        )
    }
}

/// The values of a field that is lines: one, or each of many with an empty one behind them.
fn lines(field: &ProfileField<'_>) -> Vec<String> {
    let mut lines: Vec<String> = field
        .values
        .iter()
        .map(|value| (*value).to_owned())
        .collect();
    if field.multiple == Values::One {
        lines.truncate(1);
    }
    if lines.is_empty() || (field.multiple == Values::Many && !field.read_only) {
        lines.push(String::new());
    }
    lines
}

/// What is particular to the way a field is filled in.
fn input(field: &ProfileField<'_>, text: impl Fn(&Message) -> String) -> Value {
    match &field.input {
        ProfileInput::Text => context! { kind => "line", type => "text" },
        ProfileInput::Line(line) => context! {
            kind => "line",
            type => line.kind.html(),
            placeholder => line.placeholder.map(|key| text(&Message::display(key))),
            pattern => line.pattern,
            size => line.size,
            min_length => line.min_length,
            max_length => line.max_length,
            min => line.min,
            max => line.max,
            step => line.step,
        },
        ProfileInput::TextArea {
            cols,
            rows,
            max_length,
        } => context! { kind => "area", cols, rows, max_length },
        ProfileInput::Choice { style, options } => {
            let options: Vec<Value> = options
                .iter()
                .map(|option| {
                    context! {
                        value => option.value,
                        label => text(&option.label),
                        chosen => field.values.contains(&option.value),
                    }
                })
                .collect();
            let (kind, several) = match style {
                ChoiceStyle::Select => ("menu", false),
                ChoiceStyle::MultiSelect => ("menu", true),
                ChoiceStyle::Radio => ("marks", false),
                ChoiceStyle::Checkboxes => ("marks", true),
            };
            context! { kind, several, options }
        }
    }
}
