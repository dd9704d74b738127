//! Authorization codes (RFC 6749 §4.1.2): stored by digest, good for one use.

use crate::database::{
    Arg::{Int, Text},
    Connection, body,
};
use crate::{Fault, Timestamp};
use realm::{ClientKey, RealmId, SessionId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Changes codes.
pub struct Write<'a>(pub(crate) Connection<'a>);

/// What a code stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// SHA-256 of the code, base64url. The code itself is nowhere.
    pub digest: String,
    /// The session it was issued in.
    pub session: SessionId,
    /// Whose it is.
    pub client: ClientKey,
    /// Where it was sent; the token request has to name the same (RFC 6749 §4.1.3).
    #[serde(default)]
    pub redirect_uri: Option<String>,
    /// Method and challenge of the proof key (RFC 7636 §4.3).
    #[serde(default)]
    pub challenge: Option<(String, String)>,
    /// The scope that was asked for.
    pub scope: String,
    /// The nonce of the request.
    #[serde(default)]
    pub nonce: Option<String>,
    /// How strongly they signed in.
    #[serde(default)]
    pub acr: Option<String>,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// What the protocol noted.
    #[serde(default)]
    pub notes: BTreeMap<String, String>,
}

/// How redeeming a code ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redeem {
    /// The first use, in time.
    Granted(Box<Code>),
    /// The first use, too late.
    Expired(Box<Code>),
    /// Used before: somebody has a copy, and this client's part in this session has to end.
    Replayed(SessionId, ClientKey),
    /// No such code.
    Unknown,
}

/// So long a used code is remembered, milliseconds.
const REMEMBERED: i64 = 3_600_000;

impl Write<'_> {
    /// Issues a code.
    ///
    /// # Errors
    /// The database's.
    pub async fn issue(&mut self, realm: &RealmId, code: &Code) -> Result<(), Fault> {
        let sql = "INSERT INTO code (realm_id, digest, expires_at, body) VALUES ($1, $2, $3, $4)";
        let body = body("code", code)?;
        self.0
            .execute(
                sql,
                &[
                    Text(realm.as_str()),
                    Text(&code.digest),
                    Int(code.expires_at.0),
                    Text(&body),
                ],
            )
            .await?;
        Ok(())
    }

    /// Redeems a code: of any number of tries, one wins.
    ///
    /// # Errors
    /// The database's.
    pub async fn redeem(
        &mut self,
        realm: &RealmId,
        digest: &str,
        now: Timestamp,
    ) -> Result<Redeem, Fault> {
        let sql = "UPDATE code SET redeemed_at = $3 WHERE realm_id = $1 AND digest = $2 AND redeemed_at IS NULL RETURNING body";
        let args = [Text(realm.as_str()), Text(digest), Int(now.0)];
        if let Some(row) = self.0.row(sql, &args).await? {
            let code: Box<Code> = Box::new(row.body(0, "code")?);
            return Ok(if now < code.expires_at {
                Redeem::Granted(code)
            } else {
                Redeem::Expired(code)
            });
        }
        let sql = "SELECT body FROM code WHERE realm_id = $1 AND digest = $2";
        Ok(match self.0.row(sql, &args[..2]).await? {
            Some(row) => {
                let code: Code = row.body(0, "code")?;
                Redeem::Replayed(code.session, code.client)
            }
            None => Redeem::Unknown,
        })
    }

    /// Removes codes that expired an hour before `now`: so long a replay is known for one. A thousand at the most.
    ///
    /// # Errors
    /// The database's.
    pub async fn remove_expired(&mut self, now: Timestamp) -> Result<u64, Fault> {
        self.0
            .execute_many(
                "DELETE FROM code WHERE (realm_id, digest) IN (SELECT realm_id, digest FROM code WHERE expires_at <= $1 LIMIT 1000)",
                &[Int(now.0.saturating_sub(REMEMBERED))],
            )
            .await
    }
}
