//! What somebody has to do before a sign-in ends. None of it is served yet, so what is due refuses the sign-in; a gap in the profile alone
//! refuses only where Keycloak has no form for it either.

mod profile;

use crate::Fault;
use crate::flow::{Door, Walk};
use crate::refusal::Refusal;
use realm::User;
use serde_json::Value;

/// Milliseconds.
const DAY: i64 = 86_400_000;

/// What is due first, if anything. The browser is only held up by actions that the realm has enabled, a request without one by any.
pub(crate) async fn due(walk: &mut Walk<'_>, user: &User) -> Result<Option<Refusal>, Fault> {
    let realm = walk.cx.realm.clone();
    let is_enabled = |alias: &str| {
        let actions = realm.required_actions().iter();
        let mut enabled = actions.filter(|action| action.enabled);
        enabled.any(|action| action.alias == alias)
    };
    let is_direct = matches!(walk.door, Door::Direct(_));
    let named = user
        .required_actions
        .iter()
        .find(|alias| is_direct || is_enabled(alias));
    if let Some(alias) = named {
        return Ok(Some(Refusal::ActionNotServed(alias.clone())));
    }
    let verifies_email = realm.settings.other.get("verifyEmail") == Some(&Value::Bool(true));
    if verifies_email && user.email.is_some() && !user.email_verified && is_enabled("VERIFY_EMAIL")
    {
        return Ok(Some(Refusal::ActionNotServed("VERIFY_EMAIL".to_owned())));
    }
    if is_enabled("UPDATE_PASSWORD") && password_is_too_old(walk, user).await? {
        return Ok(Some(Refusal::ActionNotServed("UPDATE_PASSWORD".to_owned())));
    }
    if is_enabled("VERIFY_PROFILE")
        && let Some(missing) = profile::missing(&realm, user)
    {
        let refusal = Refusal::ProfileIncomplete(missing);
        if is_direct {
            return Ok(Some(refusal));
        }
        // Keycloak has a form for it. Without one, a person would be locked out for a gap that no application may mind.
        walk.attempt.note("flow", format!("passed over: {refusal}"));
    }
    Ok(None)
}

/// Whether the password is older than the realm's policy lets passwords become.
async fn password_is_too_old(walk: &mut Walk<'_>, user: &User) -> Result<bool, Fault> {
    let policy = walk.cx.realm.settings.other.get("passwordPolicy");
    let Some(days) = policy.and_then(Value::as_str).and_then(days_to_expiry) else {
        return Ok(false);
    };
    let now = walk.cx.now.0;
    let credentials = walk.credentials(&user.id).await?;
    let mut passwords = credentials
        .iter()
        .filter(|stored| stored.kind == "password");
    Ok(passwords.any(|password| now - password.created_date > days.saturating_mul(DAY)))
}

/// `forceExpiredPasswordChange(365)` among the realm's password rules, which stand with `and` between.
fn days_to_expiry(policy: &str) -> Option<i64> {
    let rules = policy.split(" and ").map(str::trim);
    let mut days = rules.filter_map(|rule| rule.strip_prefix("forceExpiredPasswordChange("));
    days.next()?.strip_suffix(')')?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::days_to_expiry;

    #[test]
    fn the_expiry_stands_among_other_rules() {
        for (policy, days) in [
            (
                "length(8) and forceExpiredPasswordChange(365) and notUsername",
                Some(365),
            ),
            ("forceExpiredPasswordChange(1)", Some(1)),
            ("forceExpiredPasswordChange()", None),
            ("length(8)", None),
            ("", None),
        ] {
            assert_eq!(days_to_expiry(policy), days, "{policy}");
        }
    }
}
