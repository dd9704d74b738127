//! `authorization_code` (RFC 6749 §4.1.3, RFC 7636 §4.5): a code is good once, for its client, at its address, with its proof key.

use super::{Authorization, Begun, Binding, Exchange, Grant, Held, Renewal};
use crate::authorization_request::{ChallengeMethod, is_proof_key};
use crate::error::Error;
use crate::refusal::Refusal;
use crate::tokens::GrantKind;
use authn::proof::ProofRefusal;
use authn::sign_out::CLIENT_SESSION_STATE;
use authn::sso;
use realm::User;
use store::{ClientSession, Code, Redeem, Session, Writer};

/// Letters of a client's own name for a session, at the most.
const MOST_NAME: usize = 255;

pub(super) const GRANT: Grant = Grant {
    name: "authorization_code",
    event: "CODE_TO_TOKEN",
    binding: Binding::OfRequest,
    repeats: &[],
    authorize: |exchange| Box::pin(authorize(exchange)),
};

async fn authorize(exchange: &Exchange<'_>) -> Result<Authorization, Error> {
    let cx = exchange.cx;
    let code = exchange.form.get("code");
    let code = code.ok_or(Refusal::CodeMissing)?;
    let digest = jose::sha256_base64url(code.as_bytes());
    let mut writer = cx.server.store.write().await?;
    let outcome = redeem_and_look(exchange, &mut writer, &digest).await;
    let Redeemed {
        code,
        session,
        part,
        user,
    } = writer.settle(outcome).await?;

    let bound_to = code.notes.get("dpop_jkt").map(String::as_str);
    if bound_to.is_some() && bound_to != cx.proven_key() {
        return Err(match cx.proven_key() {
            Some(_) => Refusal::CodeProof.into(),
            None => Refusal::Proof(ProofRefusal::Missing).into(),
        });
    }
    let session = session.filter(|session| sso::is_alive(&cx.realm, session, cx.now));
    let session = session.ok_or(Refusal::CodeSessionGone)?;
    let mut part = part.ok_or(Refusal::CodeSessionGone)?;
    let user = user.ok_or(Refusal::UserGone)?;
    if !user.enabled {
        return Err(Refusal::UserDisabled.into());
    }
    let begun = match code.issued_at == session.started_at {
        true => Begun::Now,
        false => Begun::Before,
    };
    let requested = Some(code.scope.as_str()).filter(|scope| !scope.is_empty());
    let scopes = exchange.scopes(requested)?;
    exchange.consented(&user.id, &scopes).await?;
    if let Some(name) = exchange.form.filled(CLIENT_SESSION_STATE) {
        keep_own_name(exchange, &mut part, name).await?;
    }
    let event = cx
        .event(GRANT.event)
        .user(&user.id)
        .session(&session.id)
        .detail("code_id", session.id.as_str());
    Ok(Authorization {
        auth_time: Some(session.auth_time),
        held: Held::Online(Box::new(session), Box::new(part)),
        user,
        scopes,
        nonce: code.nonce,
        acr: code.acr.unwrap_or_else(|| "1".to_owned()),
        confirmation: None,
        kind: GrantKind::AuthorizationCode,
        refresh: Renewal::First,
        begun,
        exchanged: None,
        event,
    })
}

/// Keeps the client's own name for the session: an adapter is told it when the session ends.
async fn keep_own_name(
    exchange: &Exchange<'_>,
    part: &mut ClientSession,
    name: &str,
) -> Result<(), Error> {
    let name = name.chars().take(MOST_NAME).collect();
    part.notes.insert(CLIENT_SESSION_STATE.to_owned(), name);
    let mut writer = exchange.cx.server.store.write().await?;
    let mut sessions = writer.sessions();
    if !sessions.attach(&exchange.cx.realm.id, part).await? {
        return Err(Refusal::CodeSessionGone.into());
    }
    writer.commit().await?;
    Ok(())
}

/// A code that was used up just now, and what there is of what it stands for.
struct Redeemed {
    code: Code,
    session: Option<Session>,
    part: Option<ClientSession>,
    user: Option<User>,
}

async fn redeem_and_look(
    exchange: &Exchange<'_>,
    writer: &mut Writer,
    digest: &str,
) -> Result<Redeemed, Error> {
    let code = redeem(exchange, writer, digest).await?;
    let (realm, client) = (&exchange.cx.realm.id, exchange.client.client());
    let mut look = writer.look();
    let session = look.sessions().find(realm, &code.session).await?;
    let mut sessions = look.sessions();
    let part = sessions.client(realm, &code.session, &client.id).await?;
    let user = match &session {
        Some(session) => look.users().by_id(realm, &session.user).await?,
        None => None,
    };
    Ok(Redeemed {
        code,
        session,
        part,
        user,
    })
}

/// Uses the code up, whatever comes of it. A code that was used before ends the client's part in its session (RFC 6749 §4.1.2).
async fn redeem(exchange: &Exchange<'_>, writer: &mut Writer, digest: &str) -> Result<Code, Error> {
    let (cx, client) = (exchange.cx, exchange.client.client());
    let code = match writer.codes().redeem(&cx.realm.id, digest, cx.now).await? {
        Redeem::Granted(code) => *code,
        Redeem::Expired(_) => return Err(Refusal::CodeExpired.into()),
        Redeem::Unknown => return Err(Refusal::CodeUnknown.into()),
        Redeem::Replayed(session, client) => {
            writer
                .sessions()
                .detach(&cx.realm.id, &session, &client)
                .await?;
            return Err(Refusal::CodeReplayed.into());
        }
    };
    if code.client != client.id {
        return Err(Refusal::CodeOfAnotherClient.into());
    }
    if code.redirect_uri.as_deref() != exchange.form.get("redirect_uri")
        && code.redirect_uri.is_some()
    {
        return Err(Refusal::RedirectMismatch.into());
    }
    prove(code.challenge.as_ref(), exchange.form.get("code_verifier"))?;
    Ok(code)
}

/// Compares the verifier with the challenge (RFC 7636 §4.6).
pub(super) fn prove(
    challenge: Option<&(String, String)>,
    verifier: Option<&str>,
) -> Result<(), Refusal> {
    let (method, challenge) = match (challenge, verifier) {
        (None, None) => return Ok(()),
        (None, Some(_)) => return Err(Refusal::VerifierUnexpected),
        (Some(_), None) => return Err(Refusal::VerifierMissing),
        (Some(challenge), Some(_)) => challenge,
    };
    let verifier = verifier.unwrap_or_default();
    if !is_proof_key(verifier) {
        return Err(Refusal::VerifierMalformed);
    }
    let made = match ChallengeMethod::from_name(method) {
        Some(ChallengeMethod::S256) => jose::sha256_base64url(verifier.as_bytes()),
        Some(ChallengeMethod::Plain) => verifier.to_owned(),
        None => return Err(Refusal::VerifierMismatch),
    };
    if jose::Secret::from(made.as_str()) == jose::Secret::from(challenge.as_str()) {
        Ok(())
    } else {
        Err(Refusal::VerifierMismatch)
    }
}
