//! Authorization requests that clients sent ahead (RFC 9126), until a browser comes with the reference.
//!
//! A request may be looked at more than once, since browsers load a page again; that it ends in one answer alone, `single_use` guards.

use crate::database::{
    Arg::{Int, Text},
    Connection, body,
};
use crate::{Fault, Timestamp};
use realm::{ClientKey, RealmId};
use serde::{Deserialize, Serialize};

/// Reads them.
pub struct Read<'a>(pub(crate) Connection<'a>);

/// Keeps them.
pub struct Write<'a>(pub(crate) Connection<'a>);

/// What a client sent ahead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushedRequest {
    /// Whose it is.
    pub client: ClientKey,
    /// Until when a browser may come with it.
    pub expires_at: Timestamp,
    /// Its parameters, in order.
    pub params: Vec<(String, String)>,
}

impl Read<'_> {
    /// The request with this digest of its reference, if a browser may still come with it.
    ///
    /// # Errors
    /// The database's.
    pub async fn find(
        &mut self,
        realm: &RealmId,
        digest: &str,
        now: Timestamp,
    ) -> Result<Option<PushedRequest>, Fault> {
        let sql = "SELECT body FROM pushed_request WHERE realm_id = $1 AND digest = $2 AND expires_at > $3";
        self.0
            .row(sql, &[Text(realm.as_str()), Text(digest), Int(now.0)])
            .await?
            .map(|row| row.body(0, "pushed request"))
            .transpose()
    }
}

impl Write<'_> {
    /// Keeps a request under the SHA-256 of its reference, base64url.
    ///
    /// # Errors
    /// The database's.
    pub async fn keep(
        &mut self,
        realm: &RealmId,
        digest: &str,
        request: &PushedRequest,
    ) -> Result<(), Fault> {
        let sql = "INSERT INTO pushed_request (realm_id, digest, expires_at, body) VALUES ($1, $2, $3, $4)";
        let body = body("pushed request", request)?;
        self.0
            .execute(
                sql,
                &[
                    Text(realm.as_str()),
                    Text(digest),
                    Int(request.expires_at.0),
                    Text(&body),
                ],
            )
            .await?;
        Ok(())
    }

    /// Removes those that ended before `now`.
    ///
    /// # Errors
    /// The database's.
    pub async fn remove_expired(&mut self, now: Timestamp) -> Result<u64, Fault> {
        self.0
            .execute_many(
                "DELETE FROM pushed_request WHERE expires_at <= $1",
                &[Int(now.0)],
            )
            .await
    }
}
