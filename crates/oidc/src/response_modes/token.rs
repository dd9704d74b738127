//! The answer as a token (JARM): signed, and encrypted where the client wants it.

use crate::encrypted::{Answer, Recipient};
use crate::error::Error;
use crate::tokens::{self, MintError};
use crate::visitor::Front;
use realm::Client;
use serde_json::{Map, Value};

/// Signs the parameters of an answer (JARM §2.1).
pub(super) async fn of(
    front: Front<'_>,
    client: &Client,
    params: &[(&str, &str)],
) -> Result<String, Error> {
    let (oidc, cx) = (front.oidc, front.cx);
    let reader = Recipient::of(&oidc.client_keys, cx, client, Answer::Authorization).await?;
    let mut claims = Map::with_capacity(params.len() + 3);
    let expires_at = cx.now.plus_seconds(cx.realm.settings.access_code_lifespan);
    claims.insert("exp".to_owned(), expires_at.seconds().into());
    claims.insert("iss".to_owned(), cx.issuer().into());
    claims.insert("aud".to_owned(), client.client_id.as_str().into());
    for (name, value) in params {
        claims.entry(*name).or_insert_with(|| Value::from(*value));
    }
    let token = match tokens::sign_answer(&cx.realm, client, &claims) {
        Err(MintError::NoKey(algorithm)) => {
            let realm = oidc.fallback_keys.make(cx, algorithm).await?;
            tokens::sign_answer(&realm, client, &claims)?
        }
        signed => signed?,
    };
    Ok(match reader {
        Some(reader) => reader.close(&token)?,
        None => token,
    })
}
