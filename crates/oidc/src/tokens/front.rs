//! Tokens that come by way of the browser, with the authorization answer (OpenID Connect Core §3.2, §3.3), and the answer itself as a token.

use super::access::AccessToken;
use super::evaluation::Evaluation;
use super::{MintError, Subject, access_type, id, sign};
use crate::response_type::ResponseType;
use realm::{Client, Realm};
use serde_json::{Map, Value};

/// The attribute with the algorithm of answers as tokens.
const ANSWER: &str = "authorization.signed.response.alg";

/// What goes along with the tokens of an authorization answer.
#[derive(Clone, Copy, Debug)]
pub struct Beside<'a> {
    /// What was asked for.
    pub response_type: ResponseType,
    /// The code of the same answer.
    pub code: Option<&'a str>,
    /// The state of the same answer.
    pub state: Option<&'a str>,
}

/// The tokens of an authorization answer.
#[derive(Clone, Debug, Default)]
pub struct FrontTokens {
    /// The access token.
    pub access: Option<FrontAccess>,
    /// The ID token.
    pub id_token: Option<String>,
}

/// The access token of an authorization answer.
#[derive(Clone, Debug)]
pub struct FrontAccess {
    /// Itself.
    pub token: String,
    /// Its type.
    pub token_type: &'static str,
    /// Seconds until it expires.
    pub expires_in: i64,
    /// Its key.
    pub id: String,
}

/// Makes and signs them.
///
/// # Errors
/// [`MintError`], all of it the server's own fault.
pub fn mint_front(subject: &Subject<'_>, beside: Beside<'_>) -> Result<FrontTokens, MintError> {
    let evaluation = Evaluation::of(subject);
    let access = AccessToken::of(&evaluation);
    let mut tokens = FrontTokens::default();
    if beside.response_type.token {
        let key = sign::key(subject, sign::ACCESS)?;
        let scope = evaluation.scopes.shown();
        let payload = access.payload(subject, &scope);
        tokens.access = Some(FrontAccess {
            token: key.sign(access_type(subject.client), &payload)?,
            token_type: subject.token_type(),
            expires_in: access.expires_at - subject.now.seconds(),
            id: access.id.clone(),
        });
    }
    if beside.response_type.id_token {
        let key = sign::key(subject, sign::ID)?;
        let hash = |text: &str| jose::token_hash(key.algorithm(), text);
        let hashes = id::Hashes {
            access_token: tokens.access.as_ref().map(|access| hash(&access.token)),
            code: beside.code.map(hash),
            state: beside.state.map(hash),
        };
        let payload = match subject.client.is_on("id.token.as.detached.signature") {
            true => id::signature(subject, access.expires_at, &hashes),
            false => id::payload(&evaluation, access.expires_at, &hashes),
        };
        tokens.id_token = Some(key.sign("JWT", &payload)?);
    }
    Ok(tokens)
}

/// Signs an authorization answer (JARM §2.1).
///
/// # Errors
/// [`MintError`], all of it the server's own fault.
pub fn sign_answer(
    realm: &Realm,
    client: &Client,
    claims: &Map<String, Value>,
) -> Result<String, MintError> {
    Ok(sign::key_for(realm, client, ANSWER)?.sign("JWT", claims)?)
}
