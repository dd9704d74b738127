//! `postern attempt`: what happened in a sign-in attempt, for the operator on the machine.

use super::{say, with_database};
use crate::config::Line;
use anyhow::bail;
use realm::RealmName;
use store::AttemptRecord;

/// Prints the steps of the attempt that has this code.
pub(super) fn run(code: &str, mut line: Line) -> anyhow::Result<()> {
    let wanted = line.take("realm");
    with_database(line, async |store| {
        let realms = match &wanted {
            Some(name) => vec![RealmName::new(name)],
            None => store.realm_names().await?,
        };
        for name in realms {
            let Some(realm) = store.realm(&name).await? else {
                bail!("there is no realm {name}");
            };
            if let Some(attempt) = store.traces().find(&store, &realm.id, code).await? {
                say(&told(&name, &attempt));
                return Ok(());
            }
        }
        bail!(
            "no attempt has the code {code}: they are kept for a day, and the oldest go first when there are many"
        )
    })
}

fn told(realm: &RealmName, attempt: &AttemptRecord) -> String {
    let mut lines = vec![format!(
        "{}  realm {realm}: {}",
        attempt.code, attempt.outcome
    )];
    lines.push(format!(
        "  when             {}",
        x509::instant_text(attempt.time.seconds())
    ));
    lines.push(format!("  from             {}", attempt.ip_address));
    if let Some(client) = &attempt.client_id {
        lines.push(format!("  application      {client}"));
    }
    if let Some(user) = &attempt.user {
        lines.push(format!("  user             {user}"));
    }
    for step in attempt.steps.as_array().into_iter().flatten() {
        let text = |name: &str| step.get(name).and_then(serde_json::Value::as_str);
        let code = text("code")
            .map(|code| format!("{code}: "))
            .unwrap_or_default();
        lines.push(format!(
            "  {:<12} {code}{}",
            text("stage").unwrap_or_default(),
            text("text").unwrap_or_default()
        ));
    }
    lines.join("\n") + "\n"
}
