//! `UPDATE_PROFILE` and `VERIFY_PROFILE`: what is known of the person, to be looked through or completed.

use super::{Asked, Submitted, claim, event, hold, put, view, way_out, without, wrong_in_profile};
use crate::flow::{Form, Walk};
use crate::refusal::Refusal;
use crate::{Cx, Fault};
use pages::{
    ChoiceStyle, Line, LineKind, Message, Page, ProfileField, ProfileGroup, ProfileInput,
    ProfileOption, UpdateProfilePage, Values as Multiplicity,
};
use realm::profile::{self, Field, Problem, Values};
use realm::{Settings, User};
use serde_json::Value;

/// So many values of one form are read.
const MOST: usize = 1000;

/// What was sent and is wrong.
pub(super) struct Wrong {
    values: Values,
    problems: Vec<Problem>,
}

pub(super) fn page(
    walk: &mut Walk<'_>,
    alias: &str,
    asked: Asked,
    user: &User,
    wrong: Option<&Wrong>,
) -> Option<Page> {
    let notice = match (asked, wrong) {
        (Asked::ByRealm, None) => Some(Message::new("updateProfileMessage")),
        _ => None,
    };
    show(walk, alias, asked, user, wrong, notice)
}

/// The page for who lacks something; that they do is an event.
pub(super) async fn verify(
    walk: &mut Walk<'_>,
    alias: &str,
    user: &User,
) -> Result<Option<Page>, Fault> {
    let problems = wrong_in_profile(walk, user);
    let mut fields: Vec<&str> = problems.iter().map(|known| known.field.as_str()).collect();
    fields.dedup();
    let remembers = walk.found.remember_me.to_string();
    walk.event()
        .kind("VERIFY_PROFILE")
        .user(&user.id)
        .detail(
            "username",
            walk.found.username.as_deref().unwrap_or(&user.username),
        )
        .detail("remember_me", remembers)
        .detail("fields_to_update", fields.join(","))
        .record_alone(walk.cx)
        .await?;
    let notice = Message::new("verifyProfileMessage");
    let wrong = Wrong {
        values: Values::new(),
        problems,
    };
    Ok(show(
        walk,
        alias,
        Asked::ByRealm,
        user,
        Some(&wrong),
        Some(notice),
    ))
}

fn show(
    walk: &mut Walk<'_>,
    alias: &str,
    asked: Asked,
    user: &User,
    wrong: Option<&Wrong>,
    notice: Option<Message>,
) -> Option<Page> {
    let realm = walk.cx.realm.clone();
    let scopes = walk.requested_scopes();
    let view = view(walk, &scopes);
    let fields = realm.profile.fields(view);
    let values: Vec<Vec<String>> = fields
        .iter()
        .map(|field| {
            let name = field.attribute.name.as_str();
            let sent = wrong.and_then(|wrong| wrong.values.get(name));
            let known = || profile::current(user, name);
            let values = sent.filter(|_| !field.read_only).cloned();
            let values = values.unwrap_or_else(known);
            let default = field.attribute.default_value.clone();
            match default.filter(|_| values.is_empty() && sent.is_none()) {
                Some(default) => vec![default],
                None => values,
            }
        })
        .collect();
    let shown: Vec<ProfileField<'_>> = fields
        .iter()
        .zip(&values)
        .map(|(field, values)| {
            let problems = wrong.map(|wrong| wrong.problems.as_slice());
            let name = field.attribute.name.as_str();
            let mut problems = problems.unwrap_or_default().iter();
            let problem = problems.find(|problem| problem.field == name);
            profile_field(field, values, problem)
        })
        .collect();
    walk.action_page(alias, |walk, frame, action_url| {
        let page = UpdateProfilePage {
            action_url,
            notice,
            error: None,
            fields: shown,
            way_out: way_out(asked),
        };
        walk.cx.server.pages.update_profile(frame, &page)
    })
}

fn profile_field<'f>(
    field: &'f Field<'f>,
    values: &'f [String],
    problem: Option<&Problem>,
) -> ProfileField<'f> {
    let attribute = field.attribute;
    let text = |name: &str| attribute.annotations.get(name).and_then(Value::as_str);
    let message = |name: &str| text(name).map(Message::display);
    ProfileField {
        name: &attribute.name,
        label: attribute.display_name.clone().map(Message::display),
        values: values.iter().map(String::as_str).collect(),
        input: input(field),
        multiple: if attribute.multivalued {
            Multiplicity::Many
        } else {
            Multiplicity::One
        },
        required: field.required,
        read_only: field.read_only,
        group: field.group.map(|group| ProfileGroup {
            name: &group.name,
            header: group.display_header.as_deref(),
            description: group.display_description.as_deref(),
        }),
        help_before: message("inputHelperTextBefore"),
        help_after: message("inputHelperTextAfter"),
        error: problem.map(|problem| {
            let params = problem.params.iter().map(plain);
            params.fold(Message::new(problem.message.clone()), Message::with)
        }),
        autocomplete: match attribute.name.as_str() {
            "username" => Some("username"),
            "email" => Some("email"),
            _ => None,
        },
    }
}

/// A parameter of a message, without quotes around it.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn input<'f>(field: &'f Field<'f>) -> ProfileInput<'f> {
    let annotations = &field.attribute.annotations;
    let text = |name: &str| annotations.get(name).and_then(Value::as_str);
    let number = |name: &str| match annotations.get(name)? {
        Value::Number(number) => number
            .as_u64()
            .and_then(|number| u32::try_from(number).ok()),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    let kind = text("inputType").unwrap_or_default();
    let style = match kind {
        "select" => Some(ChoiceStyle::Select),
        "multiselect" => Some(ChoiceStyle::MultiSelect),
        "select-radiobuttons" => Some(ChoiceStyle::Radio),
        "multiselect-checkboxes" => Some(ChoiceStyle::Checkboxes),
        _ => None,
    };
    if let Some(style) = style {
        return ProfileInput::Choice {
            style,
            options: options(field),
        };
    }
    if kind == "textarea" {
        return ProfileInput::TextArea {
            cols: number("inputTypeCols"),
            rows: number("inputTypeRows"),
            max_length: number("inputTypeMaxlength"),
        };
    }
    let Some(kind) = LineKind::from_annotation(kind) else {
        return ProfileInput::Text;
    };
    ProfileInput::Line(Line {
        kind,
        placeholder: text("inputTypePlaceholder"),
        pattern: text("inputTypePattern"),
        size: number("inputTypeSize"),
        min_length: number("inputTypeMinlength"),
        max_length: number("inputTypeMaxlength"),
        min: text("inputTypeMin"),
        max: text("inputTypeMax"),
        step: text("inputTypeStep"),
    })
}

/// What may be chosen, with labels: a map of them, or messages with a common beginning, or the values themselves.
fn options<'f>(field: &'f Field<'f>) -> Vec<ProfileOption<'f>> {
    let annotations = &field.attribute.annotations;
    let labels = annotations
        .get("inputOptionLabels")
        .and_then(Value::as_object);
    let prefix = annotations
        .get("inputOptionLabelsI18nPrefix")
        .and_then(Value::as_str);
    field
        .options
        .iter()
        .map(|value| {
            let label = labels
                .and_then(|labels| labels.get(value))
                .and_then(Value::as_str);
            let label = match (label, prefix) {
                (Some(label), _) => Message::display(label),
                (None, Some(prefix)) => Message::new(format!("{prefix}.{value}")),
                (None, None) => Message::display(value.clone()),
            };
            ProfileOption { value, label }
        })
        .collect()
}

pub(super) async fn submit(
    walk: &mut Walk<'_>,
    alias: &str,
    asked: Asked,
    user: &User,
    form: &Form,
) -> Result<Submitted, Fault> {
    let cx = walk.cx;
    let mut values = Values::new();
    for (name, value) in form.iter().take(MOST) {
        values.entry(name.clone()).or_default().push(value.clone());
    }
    let scopes = walk.requested_scopes();
    let judged = cx.realm.profile.judge(view(walk, &scopes), user, &values);
    let accepted = match judged {
        Ok(accepted) => accepted,
        Err(problems) => return refuse(walk, alias, asked, user, Wrong { values, problems }),
    };
    let mut changed = user.clone();
    accepted.apply(&cx.realm.settings, &mut changed);
    let problems = taken(cx, &changed).await?;
    if !problems.is_empty() {
        return refuse(walk, alias, asked, user, Wrong { values, problems });
    }
    let mut writer = cx.server.store.write().await?;
    if !claim(walk, alias, &mut writer).await? {
        return Ok(Submitted::Again);
    }
    let mut held = hold(cx, &mut writer, user).await?;
    let before = accepted.apply(&cx.realm.settings, &mut held);
    without(&mut held, alias);
    put(cx, &mut writer, &held).await?;
    let details = details(alias, &before, &changed);
    let mut event = event(walk, "UPDATE_PROFILE", alias, user);
    for (name, value) in &details {
        event = event.detail(name, value);
    }
    event.record(cx, &mut writer).await?;
    writer.commit().await?;
    walk.found.details.extend(details);
    Ok(Submitted::Done)
}

fn refuse(
    walk: &mut Walk<'_>,
    alias: &str,
    asked: Asked,
    user: &User,
    wrong: Wrong,
) -> Result<Submitted, Fault> {
    Ok(match page(walk, alias, asked, user, Some(&wrong)) {
        Some(page) => Submitted::Page(Box::new(page)),
        None => Submitted::Refused(Refusal::TooLarge),
    })
}

/// What is somebody else's already.
async fn taken(cx: &Cx, changed: &User) -> Result<Vec<Problem>, Fault> {
    let Settings {
        duplicate_emails_allowed,
        registration_email_as_username,
        ..
    } = cx.realm.settings;
    let mut problems = Vec::new();
    let mut reader = cx.server.store.read().await?;
    let mut users = reader.users();
    let named = users.by_username(&cx.realm.id, &changed.username).await?;
    if named.is_some_and(|other| other.id != changed.id) {
        let (field, message) = if registration_email_as_username {
            ("email", "emailExistsMessage")
        } else {
            ("username", "usernameExistsMessage")
        };
        problems.push(Problem::new(field, message));
    }
    if let Some(email) = changed.email.as_ref().filter(|_| !duplicate_emails_allowed) {
        let others = users.by_email(&cx.realm.id, email).await?;
        let is_new = problems.is_empty();
        if is_new && others.iter().any(|other| other.id != changed.id) {
            problems.push(Problem::new("email", "emailExistsMessage"));
        }
    }
    Ok(problems)
}

/// What changed, as events tell it.
fn details(alias: &str, before: &[(String, Vec<String>)], now: &User) -> Vec<(String, String)> {
    let mut details = vec![
        ("custom_required_action".to_owned(), alias.to_owned()),
        ("context".to_owned(), "UPDATE_PROFILE".to_owned()),
    ];
    for (name, values) in before {
        let told = match name.as_str() {
            "firstName" => "first_name",
            "lastName" => "last_name",
            other => other,
        };
        let after = profile::current(now, name);
        for (word, values) in [("previous", values), ("updated", &after)] {
            if !values.is_empty() {
                details.push((format!("{word}_{told}"), values.join("##")));
            }
        }
    }
    details
}
