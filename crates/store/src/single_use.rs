//! What may happen only once: the end of a sign-in, an action token, a refresh token that rotates.

use crate::database::{
    Arg::{Int, Text},
    Connection,
};
use crate::{Fault, Timestamp};
use realm::RealmId;

/// Looks at claims.
pub struct Read<'a>(pub(crate) Connection<'a>);

/// Claims things.
pub struct Write<'a>(pub(crate) Connection<'a>);

/// How claiming ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Nobody did before.
    First,
    /// Somebody did.
    Again,
}

impl Read<'_> {
    /// Whether somebody claimed this name, and the claim has not been swept.
    ///
    /// # Errors
    /// The database's.
    pub async fn is_claimed(&mut self, realm: &RealmId, name: &str) -> Result<bool, Fault> {
        let sql = "SELECT 1 FROM single_use WHERE realm_id = $1 AND name = $2";
        let row = self.0.row(sql, &[Text(realm.as_str()), Text(name)]).await?;
        Ok(row.is_some())
    }
}

impl Write<'_> {
    /// Claims a name until `expires_at`: of any number of tries, one is the first.
    ///
    /// # Errors
    /// The database's.
    pub async fn claim(
        &mut self,
        realm: &RealmId,
        name: &str,
        expires_at: Timestamp,
    ) -> Result<Claim, Fault> {
        let sql = "INSERT INTO single_use (realm_id, name, expires_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        let added = self
            .0
            .execute(sql, &[Text(realm.as_str()), Text(name), Int(expires_at.0)])
            .await?;
        Ok(if added > 0 {
            Claim::First
        } else {
            Claim::Again
        })
    }

    /// Removes claims that ended before `now`: a thousand at the most.
    ///
    /// # Errors
    /// The database's.
    pub async fn remove_expired(&mut self, now: Timestamp) -> Result<u64, Fault> {
        self.0
            .execute_many(
                "DELETE FROM single_use WHERE (realm_id, name) IN (SELECT realm_id, name FROM single_use WHERE expires_at <= $1 LIMIT 1000)",
                &[Int(now.0)],
            )
            .await
    }
}
