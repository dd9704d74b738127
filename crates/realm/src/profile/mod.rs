//! The user profile: which attributes a person has, who may see and change them, and what their values may be.
//!
//! [`UserProfile::fields`] says what a form shows, [`UserProfile::judge`] whether what came back may be stored.

mod config;
mod validators;

pub use config::{
    AttributeConfig, GroupConfig, Permissions, ProfileConfig, Required, Selector, Unmanaged,
};

use crate::{Component, Settings, User};
use indexmap::IndexMap;
use serde_json::{Map, Value, json};
use validators::Validator;

/// Longer values are refused where a profile says nothing of length.
const LONGEST: usize = 2048;
/// More validators, attributes or groups are not read.
const MOST: usize = 1000;

/// Attribute names and values.
pub type Values = IndexMap<String, Vec<String>>;

/// A realm's user profile.
#[derive(Clone, Debug)]
pub struct UserProfile {
    attributes: Vec<Attribute>,
    groups: Vec<GroupConfig>,
    unmanaged: Option<Unmanaged>,
}

#[derive(Clone, Debug)]
struct Attribute {
    config: AttributeConfig,
    validators: Vec<Validator>,
}

/// Who looks at a profile, and how.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// Who.
    pub who: Who,
    /// The realm's own settings.
    pub settings: &'a Settings,
    /// Client scopes that are asked for.
    pub scopes: &'a [String],
    /// The language that dates are written in.
    pub locale: &'a str,
}

/// Who looks at a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// The person themselves.
    Person,
    /// An administrator.
    Administrator,
}

impl Who {
    fn role(self) -> &'static str {
        match self {
            Self::Person => "user",
            Self::Administrator => "admin",
        }
    }
}

/// What a form shows of an attribute.
#[derive(Clone, Debug)]
pub struct Field<'a> {
    /// The attribute.
    pub attribute: &'a AttributeConfig,
    /// The group it is shown under.
    pub group: Option<&'a GroupConfig>,
    /// Whether it has to be filled in.
    pub required: bool,
    /// Whether it is only shown.
    pub read_only: bool,
    /// What may be chosen, when it is a choice.
    pub options: &'a [String],
}

/// What is wrong with an attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// Which attribute.
    pub field: String,
    /// The key of the message.
    pub message: String,
    /// What fills the message's places: the attribute's name, then what the validator says.
    pub params: Vec<Value>,
}

impl Problem {
    /// A problem with nothing to fill in but the attribute's name.
    pub fn new(field: &str, message: &str) -> Self {
        Self::with(field, (message.to_owned(), Vec::new()))
    }

    fn with(field: &str, (message, params): (String, Vec<Value>)) -> Self {
        Self {
            field: field.to_owned(),
            message,
            params: std::iter::once(json!(field)).chain(params).collect(),
        }
    }
}

/// Values that may be stored.
#[derive(Clone, Debug, Default)]
pub struct Accepted {
    /// The new values of attributes that may be changed; none takes an attribute away.
    values: Values,
}

impl UserProfile {
    /// The profile of a realm with these components. One that can't be read is that of a new realm.
    pub fn of(components: &[Component]) -> Self {
        let mut profiles = components
            .iter()
            .filter(|component| component.provider_id == "declarative-user-profile");
        let text = profiles.find_map(|component| component.setting("kc.user.profile.config"));
        let stored = text.and_then(|text| serde_json::from_str(text).ok());
        Self::new(stored.unwrap_or_else(Self::usual))
    }

    /// A new realm's profile, as a document.
    pub fn usual() -> ProfileConfig {
        serde_json::from_str(config::USUAL).unwrap_or_default()
    }

    /// The profile that a document describes. Validators that make no sense are left out: [`Self::errors`] tells them beforehand.
    pub fn new(config: ProfileConfig) -> Self {
        let read = |config: AttributeConfig| {
            let validations = config.validations.iter().take(MOST);
            let validators = validations
                .filter_map(|(id, settings)| Validator::read(id, settings).ok().flatten())
                .collect();
            Attribute { config, validators }
        };
        Self {
            attributes: config.attributes.into_iter().take(MOST).map(read).collect(),
            groups: config.groups,
            unmanaged: config.unmanaged_attribute_policy,
        }
    }

    /// What is wrong with a document, in Keycloak's words. `is_scope` knows the realm's client scopes.
    pub fn errors(config: &ProfileConfig, is_scope: impl Fn(&str) -> bool) -> Vec<String> {
        let mut errors = Vec::new();
        for needed in ["username", "email"] {
            if !config.attributes.iter().any(|known| known.name == needed) {
                errors.push(format!("The attribute '{needed}' can not be removed"));
            }
        }
        let mut seen: Vec<&str> = Vec::new();
        for attribute in &config.attributes {
            let name = attribute.name.as_str();
            if name.is_empty() {
                errors.push("Attribute configuration without 'name' is not allowed".to_owned());
                continue;
            }
            if seen.contains(&name) {
                errors.push(format!(
                    "Attribute configuration already exists with 'name':'{name}'"
                ));
            }
            seen.push(name);
            let fits = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
            if !name.chars().all(fits) {
                errors.push(format!(
                    "Invalid attribute name (only letters, numbers and '.' '_' '-' special characters allowed): {name}'"
                ));
            }
            errors.extend(attribute_errors(attribute, config, &is_scope));
        }
        errors
    }

    /// What a form shows, in its order: attributes of groups behind the others.
    pub fn fields(&self, view: View<'_>) -> Vec<Field<'_>> {
        let shown = self.attributes.iter().filter(|known| known.is_shown(view));
        let mut fields: Vec<Field<'_>> = shown
            .map(|attribute| Field {
                attribute: &attribute.config,
                group: self.group(&attribute.config),
                required: attribute.is_required(view),
                read_only: !attribute.is_editable(view),
                options: attribute
                    .validators
                    .iter()
                    .find_map(Validator::options)
                    .unwrap_or_default(),
            })
            .collect();
        let place = |field: &Field<'_>| {
            let name = field.group.map(|group| group.name.as_str());
            name.and_then(|name| self.groups.iter().position(|known| known.name == name))
                .map_or(0, |at| at + 1)
        };
        fields.sort_by_key(place);
        fields
    }

    fn group(&self, attribute: &AttributeConfig) -> Option<&GroupConfig> {
        let name = attribute.group.as_deref()?;
        self.groups.iter().find(|group| group.name == name)
    }

    /// Whether what a form brought may be stored. Attributes that may be changed and are not in it are taken away; others stay as they are.
    ///
    /// # Errors
    /// Everything that is wrong, in the profile's order.
    pub fn judge(
        &self,
        view: View<'_>,
        user: &User,
        input: &Values,
    ) -> Result<Accepted, Vec<Problem>> {
        let (mut problems, mut values) = (Vec::new(), Values::new());
        for attribute in self.attributes.iter().filter(|known| known.is_shown(view)) {
            let name = attribute.config.name.as_str();
            let given = given(name, input);
            if !attribute.is_editable(view) {
                let is_other = input.contains_key(name) && given != current(user, name);
                if is_other && view.who == Who::Person {
                    problems.push(Problem::new(name, "error-user-attribute-read-only"));
                }
                continue;
            }
            problems.extend(attribute.problems(view, &given));
            values.insert(name.to_owned(), given);
        }
        self.take_unmanaged(view, input, &mut values, &mut problems);
        if problems.is_empty() {
            Ok(Accepted { values })
        } else {
            Err(problems)
        }
    }

    /// What is wrong with a person's values as they are, as far as who looks could mend it.
    pub fn wrong(&self, view: View<'_>, user: &User) -> Vec<Problem> {
        let editable = self
            .attributes
            .iter()
            .filter(|known| known.is_shown(view) && known.is_editable(view));
        editable
            .flat_map(|attribute| attribute.problems(view, &current(user, &attribute.config.name)))
            .collect()
    }

    /// Attributes that the profile does not name.
    fn take_unmanaged(
        &self,
        view: View<'_>,
        input: &Values,
        values: &mut Values,
        problems: &mut Vec<Problem>,
    ) {
        let may = match self.unmanaged {
            Some(Unmanaged::Enabled) => true,
            Some(Unmanaged::AdminEdit) => view.who == Who::Administrator,
            Some(Unmanaged::AdminView) | None => false,
        };
        if !may {
            return;
        }
        for (name, given_values) in input {
            if self.is_managed(name) {
                continue;
            }
            let given_values = filled(given_values);
            if given_values.iter().any(|value| value.len() > LONGEST) {
                problems.push(too_long(name));
            }
            values.insert(name.clone(), given_values);
        }
    }

    /// Whether the profile names this attribute.
    pub fn is_managed(&self, name: &str) -> bool {
        let mut known = self.attributes.iter();
        known.any(|attribute| attribute.config.name == name)
    }

    /// What becomes of attributes that the profile does not name; none is kept when nothing is said.
    pub fn unmanaged(&self) -> Option<Unmanaged> {
        self.unmanaged
    }
}

impl Attribute {
    /// Whether there is such an attribute for who looks.
    fn is_shown(&self, view: View<'_>) -> bool {
        let selected = self.config.selector.as_ref();
        let exists = selected.is_none_or(|selector| {
            view.who == Who::Administrator
                || selector.scopes.is_empty()
                || selector
                    .scopes
                    .iter()
                    .any(|scope| view.scopes.contains(scope))
        });
        if !exists {
            return false;
        }
        let is_own_name = self.config.name == "username" && view.who == Who::Person;
        if is_own_name && !may_rename(view.settings) {
            return false;
        }
        self.permits(view, |permissions| &permissions.view) || self.is_editable(view)
    }

    fn is_editable(&self, view: View<'_>) -> bool {
        let is_own_name = self.config.name == "username" && view.who == Who::Person;
        (!is_own_name || may_rename(view.settings))
            && self.permits(view, |permissions| &permissions.edit)
    }

    fn permits(&self, view: View<'_>, which: fn(&Permissions) -> &Vec<String>) -> bool {
        match &self.config.permissions {
            Some(permissions) => which(permissions)
                .iter()
                .any(|role| role == view.who.role()),
            None => view.who == Who::Administrator,
        }
    }

    fn is_required(&self, view: View<'_>) -> bool {
        let name = self.config.name.as_str();
        if name == "username" || (name == "email" && view.settings.registration_email_as_username) {
            return true;
        }
        let Some(required) = &self.config.required else {
            return false;
        };
        let by_role = required.roles.iter().any(|role| role == view.who.role());
        let is_always = required.roles.is_empty() && required.scopes.is_empty();
        let by_scope = view.who == Who::Person
            && required
                .scopes
                .iter()
                .any(|scope| view.scopes.contains(scope));
        is_always || by_role || by_scope
    }

    fn problems(&self, view: View<'_>, values: &[String]) -> Vec<Problem> {
        let name = self.config.name.as_str();
        if values.iter().all(|value| value.trim().is_empty()) {
            let lacks = self.is_required(view);
            let problem = || Problem::new(name, "error-user-attribute-required");
            return lacks.then(problem).into_iter().collect();
        }
        let mut refused: Vec<Problem> = self
            .validators
            .iter()
            .filter_map(|validator| validator.refuses(values, view.locale))
            .map(|refused| Problem::with(name, refused))
            .collect();
        let says = |is: fn(&Validator) -> bool| self.validators.iter().any(is);
        if !self.config.multivalued
            && !says(|known| matches!(known, Validator::Count { .. }))
            && let Some(problem) = (Validator::Count { min: 0, max: 1 }).refuses(values, "")
        {
            refused.push(Problem::with(name, problem));
        }
        if !says(|known| matches!(known, Validator::Length { .. }))
            && values.iter().any(|value| value.len() > LONGEST)
        {
            refused.push(too_long(name));
        }
        refused
    }
}

fn too_long(name: &str) -> Problem {
    let params = vec![json!(0), json!(LONGEST)];
    Problem::with(name, ("error-invalid-length".to_owned(), params))
}

/// Whether people may change their own user names.
fn may_rename(settings: &Settings) -> bool {
    settings.other.get("editUsernameAllowed") == Some(&Value::Bool(true))
        && !settings.registration_email_as_username
}

/// What a form brought for an attribute, without empty values; names and addresses are lower case.
fn given(name: &str, input: &Values) -> Vec<String> {
    let values = filled(input.get(name).map(Vec::as_slice).unwrap_or_default());
    if matches!(name, "username" | "email") {
        return values
            .iter()
            .map(|value| value.trim().to_lowercase())
            .collect();
    }
    values
}

fn filled(values: &[String]) -> Vec<String> {
    let filled = values.iter().filter(|value| !value.is_empty());
    filled.cloned().collect()
}

/// The values of an attribute that a person has.
pub fn current(user: &User, name: &str) -> Vec<String> {
    let own = match name {
        "username" => Some(&user.username),
        "email" => user.email.as_ref(),
        "firstName" => user.first_name.as_ref(),
        "lastName" => user.last_name.as_ref(),
        _ => return user.attributes.get(name).cloned().unwrap_or_default(),
    };
    own.filter(|value| !value.is_empty())
        .cloned()
        .into_iter()
        .collect()
}

impl Accepted {
    /// The new values of this attribute, if it may be changed.
    pub fn get(&self, name: &str) -> Option<&[String]> {
        self.values.get(name).map(Vec::as_slice)
    }

    /// Writes the values into a person; tells each attribute that changed, with the values before. A new address is not verified; where
    /// addresses serve as user names, the name changes with it.
    pub fn apply(&self, settings: &Settings, user: &mut User) -> Vec<(String, Vec<String>)> {
        let mut changed = Vec::new();
        for (name, values) in &self.values {
            let before = current(user, name);
            if before == *values {
                continue;
            }
            let first = values.first().cloned();
            match name.as_str() {
                "username" => user.username = first.unwrap_or_default(),
                "email" => {
                    user.email_verified = false;
                    if settings.registration_email_as_username
                        && let Some(address) = &first
                    {
                        user.username.clone_from(address);
                    }
                    user.email = first;
                }
                "firstName" => user.first_name = first,
                "lastName" => user.last_name = first,
                _ if values.is_empty() => {
                    user.attributes.shift_remove(name);
                }
                _ => {
                    user.attributes.insert(name.clone(), values.clone());
                }
            }
            changed.push((name.clone(), before));
        }
        changed
    }
}

/// What is wrong with one attribute of a document.
fn attribute_errors(
    attribute: &AttributeConfig,
    config: &ProfileConfig,
    is_scope: &impl Fn(&str) -> bool,
) -> Vec<String> {
    let name = attribute.name.as_str();
    let mut errors = Vec::new();
    let mut roles = |setting: &str, roles: &[String]| {
        let unknown = roles
            .iter()
            .filter(|role| *role != "user" && *role != "admin");
        errors.extend(unknown.map(|role| {
            format!("'{setting}' configuration for attribute '{name}' contains unsupported role '{role}'")
        }));
    };
    if let Some(permissions) = &attribute.permissions {
        roles("permissions.view", &permissions.view);
        roles("permissions.edit", &permissions.edit);
    }
    if let Some(required) = &attribute.required {
        roles("required.roles", &required.roles);
    }
    let mut scopes = |setting: &str, scopes: &[String]| {
        let unknown = scopes.iter().filter(|scope| !is_scope(scope));
        errors.extend(unknown.map(|scope| {
            format!("'{setting}' configuration for attribute '{name}' contains unsupported scope '{scope}'")
        }));
    };
    if let Some(required) = &attribute.required {
        scopes("required.scopes", &required.scopes);
    }
    if let Some(selector) = &attribute.selector {
        scopes("selector.scopes", &selector.scopes);
    }
    if let Some(group) = &attribute.group
        && !config.groups.iter().any(|known| known.name == *group)
    {
        errors.push(format!(
            "Attribute '{name}' references unknown group '{group}'"
        ));
    }
    for (id, settings) in &attribute.validations {
        errors.extend(validator_error(name, id, settings));
    }
    errors
}

fn validator_error(name: &str, id: &str, settings: &Map<String, Value>) -> Option<String> {
    match Validator::read(id, settings) {
        Ok(Some(_)) => None,
        Ok(None) => Some(format!(
            "Validator '{id}' defined for attribute '{name}' doesn't exist"
        )),
        Err(errors) => {
            let told: String = errors
                .iter()
                .map(|error| {
                    format!(
                        "ValidationError{{validatorId='{id}', inputHint='{}', message='{}', messageParameters=[{}]}}, ",
                        error.setting,
                        error.message,
                        error.params.join(", ")
                    )
                })
                .collect();
            Some(format!(
                "Validator '{id}' defined for attribute '{name}' has incorrect configuration: {told}"
            ))
        }
    }
}
