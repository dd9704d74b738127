//! What people allow applications: which scopes are asked about, and whether they were allowed.

use crate::scopes::GrantedScopes;
use authn::{Cx, Fault};
use pages::Message;
use realm::{Client, ClientScope, ScopeId, UserId};
use std::collections::BTreeSet;
use store::Reader;

/// Something that people are asked about: a client scope, or the client itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Under which key the answer is kept.
    pub key: ScopeId,
    /// What the person reads; `${…}` names a message.
    pub text: String,
}

/// How a request stands with what the person allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing of it is asked about.
    NotAsked,
    /// All of it was allowed before.
    Given,
    /// This much was not.
    Missing(Vec<Asked>),
}

impl Standing {
    /// The value of the event's detail `consent`, for a sign-in that goes on without a question.
    pub fn detail(&self) -> &'static str {
        match self {
            Self::Given => "persistent_consent",
            Self::NotAsked | Self::Missing(_) => "no_consent_required",
        }
    }
}

/// What this client has to ask people about before it gets these scopes: nothing, unless it is one that asks.
pub fn asked(client: &Client, scopes: &GrantedScopes) -> Vec<Asked> {
    match client.consent_required {
        true => shown(client, scopes),
        false => Vec::new(),
    }
}

/// What a question about these scopes shows, whether or not the client is one that asks: a device always does.
pub fn shown(client: &Client, scopes: &GrantedScopes) -> Vec<Asked> {
    let mut shown: Vec<&ClientScope> = scopes
        .iter()
        .map(AsRef::as_ref)
        .filter(|scope| is_shown(scope))
        .collect();
    shown.sort_by_key(|scope| order(scope));
    let own = client.is_on("display.on.consent.screen").then(|| Asked {
        key: client.consent_key(),
        text: client
            .attribute("consent.screen.text")
            .unwrap_or(client.client_id.as_str())
            .to_owned(),
    });
    let scopes = shown.into_iter().map(|scope| Asked {
        key: scope.id.clone(),
        text: text(scope).to_owned(),
    });
    own.into_iter().chain(scopes).collect()
}

/// How a request stands. `anew` leaves out what was allowed before, as `prompt=consent` wants it.
///
/// # Errors
/// The database's.
pub async fn standing(
    cx: &Cx,
    reader: &mut Reader,
    client: &Client,
    user: &UserId,
    scopes: &GrantedScopes,
    anew: bool,
) -> Result<Standing, Fault> {
    let mut asked = asked(client, scopes);
    if asked.is_empty() {
        return Ok(Standing::NotAsked);
    }
    let given = if anew {
        BTreeSet::new()
    } else {
        let mut consents = reader.consents();
        let consent = consents.find(&cx.realm.id, user, &client.id).await?;
        consent.map(|consent| consent.scopes).unwrap_or_default()
    };
    asked.retain(|asked| !given.contains(&asked.key));
    Ok(match asked.as_slice() {
        [] => Standing::Given,
        _ => Standing::Missing(asked),
    })
}

/// Whether people see this scope in the question, which is so when nothing is said.
fn is_shown(scope: &ClientScope) -> bool {
    let said = scope.attributes.get("display.on.consent.screen");
    said.is_none_or(|said| said.is_empty() || said.eq_ignore_ascii_case("true"))
}

/// The scope's place in the question: where its number puts it, those without one last.
fn order(scope: &ClientScope) -> i64 {
    let number = scope.attributes.get("gui.order");
    number
        .and_then(|number| number.trim().parse().ok())
        .unwrap_or(i64::MAX)
}

fn text(scope: &ClientScope) -> &str {
    let text = scope.attributes.get("consent.screen.text");
    text.map(String::as_str)
        .filter(|text| !text.is_empty())
        .unwrap_or(&scope.name)
}

/// The client's name for people.
pub fn name(client: &Client) -> Message {
    let name = client.name.as_deref().filter(|name| !name.is_empty());
    Message::display(name.unwrap_or(client.client_id.as_str()))
}
