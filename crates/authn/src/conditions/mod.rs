//! Conditions of conditional flows: one file for each, and one line in [`holds`].

mod client_scope;
mod credential_used;
mod level;
mod sub_flow;
mod user_attribute;
mod user_configured;
mod user_role;

use crate::flow::{Halt, Walk};
use crate::refusal::Refusal;
use realm::{Execution, Flow};

/// Whether a step is a condition, served or not.
pub(crate) fn is_condition(authenticator: &str) -> bool {
    authenticator.starts_with("conditional-")
}

/// Whether a condition of this flow holds. Before anybody is known, one about the person does not. One that is not served is never guessed.
pub(crate) async fn holds(
    walk: &mut Walk<'_>,
    flow: &Flow,
    condition: &Execution,
) -> Result<bool, Halt> {
    match condition.authenticator.as_deref().unwrap_or_default() {
        "conditional-user-configured" => user_configured::holds(walk, flow).await,
        "conditional-credential" => Ok(credential_used::holds(walk, condition)),
        crate::level::CONDITION => Ok(level::holds(walk, condition)),
        "conditional-client-scope" => Ok(client_scope::holds(walk, condition)),
        "conditional-sub-flow-executed" => Ok(sub_flow::holds(walk, condition)),
        "conditional-user-role" => Ok(user_role::holds(walk, condition)),
        "conditional-user-attribute" => user_attribute::holds(walk, condition),
        other => Err(Halt::Here(Refusal::StepNotServed(other.to_owned()))),
    }
}

/// Settings separated as Keycloak does.
fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split("##")
        .map(str::trim)
        .filter(|item| !item.is_empty())
}

/// A setting of a condition.
fn setting(walk: &Walk<'_>, condition: &Execution, name: &str) -> Option<String> {
    let config = walk.config(condition)?;
    let value = config.config.get(name)?;
    Some(value.clone()).filter(|value| !value.is_empty())
}

fn is_on(walk: &Walk<'_>, condition: &Execution, name: &str) -> bool {
    setting(walk, condition, name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
}
