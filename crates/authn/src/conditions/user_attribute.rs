//! `conditional-user-attribute`: whether an attribute of the person has a value.

use super::{is_on, setting};
use crate::flow::{Halt, Walk};
use crate::refusal::Refusal;
use realm::pattern::Pattern;
use realm::{Execution, GroupId, Realm};

const ID: &str = "conditional-user-attribute";

pub(super) fn holds(walk: &Walk<'_>, condition: &Execution) -> Result<bool, Halt> {
    let Some(user) = &walk.user else {
        return Ok(false);
    };
    let name = setting(walk, condition, "attribute_name").unwrap_or_default();
    let expected = setting(walk, condition, "attribute_expected_value").unwrap_or_default();
    let mut values: Vec<&String> = user.attributes.get(&name).into_iter().flatten().collect();
    if values.is_empty() && is_on(walk, condition, "include_group_attributes") {
        values = of_groups(&walk.cx.realm, &user.groups, &name);
    }
    let has = if is_on(walk, condition, "regex") {
        let pattern = Pattern::new(&expected)
            .map_err(|why| Halt::Here(Refusal::StepNotServed(format!("{ID}: {why}"))))?;
        values.into_iter().any(|value| pattern.matches(value))
    } else {
        values.into_iter().any(|value| *value == expected)
    };
    Ok(has != is_on(walk, condition, "not"))
}

/// The values that groups and the groups above them have.
fn of_groups<'r>(realm: &'r Realm, groups: &[GroupId], name: &str) -> Vec<&'r String> {
    let mut seen: Vec<&GroupId> = Vec::new();
    let mut next: Vec<&GroupId> = groups.iter().collect();
    let mut values = Vec::new();
    while let Some(id) = next.pop() {
        let Some(group) = realm.group(id).filter(|_| !seen.contains(&id)) else {
            continue;
        };
        seen.push(&group.id);
        values.extend(group.attributes.get(name).into_iter().flatten());
        next.extend(group.parent_id.as_ref());
    }
    values
}
