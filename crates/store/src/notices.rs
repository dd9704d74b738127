//! What clients are still to be told: that somebody is signed out. A notice is written in the transaction that ends the session and
//! removed once it was told, so that no node takes one with it.

use crate::database::{
    Arg::{Int, Text},
    Connection, Row, body,
};
use crate::store::Writer;
use crate::{Fault, Timestamp};
use realm::{ClientKey, RealmId, RealmName, SessionId, UserId};
use serde::{Deserialize, Serialize};

/// Reads notices.
pub struct Read<'a>(pub(crate) Connection<'a>);

/// Changes notices.
pub struct Write<'a>(pub(crate) &'a mut Writer);

/// What a client is to be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Its key.
    pub id: String,
    /// In which realm.
    pub realm: RealmName,
    /// Which client.
    pub client: ClientKey,
    /// Who is signed out.
    pub user: UserId,
    /// Of which session.
    pub session: SessionId,
    /// Under which address they were signed in.
    pub issuer: String,
    /// The client's own name for the session, where it gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_session: Option<String>,
    /// How often it was told without success, the try under way included.
    #[serde(skip)]
    pub failures: i64,
}

fn notice(row: &Row) -> Result<Notice, Fault> {
    Ok(Notice {
        failures: row.int(0)?,
        ..row.body(1, "notice of a sign-out")?
    })
}

impl Read<'_> {
    /// Notices that are due, those first that failed least: so one client that does not answer holds up no other.
    ///
    /// # Errors
    /// The database's.
    pub async fn due(&mut self, now: Timestamp, limit: u32) -> Result<Vec<Notice>, Fault> {
        let sql = "SELECT failures, body FROM sign_out_notice WHERE next_try <= $1 ORDER BY failures, next_try LIMIT $2";
        let args = [Int(now.0), Int(limit.into())];
        let rows = self.0.rows(sql, &args).await?;
        rows.iter().map(notice).collect()
    }
}

impl Write<'_> {
    /// Adds a notice, to be told from now on.
    ///
    /// # Errors
    /// The database's.
    pub async fn add(
        &mut self,
        realm: &RealmId,
        notice: &Notice,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let sql = "INSERT INTO sign_out_notice (id, realm_id, next_try, failures, body) VALUES ($1, $2, $3, 0, $4)";
        let text = body("notice of a sign-out", notice)?;
        let args = [
            Text(&notice.id),
            Text(realm.as_str()),
            Int(now.0),
            Text(&text),
        ];
        self.0.connection().execute(sql, &args).await?;
        self.0.notices_added();
        Ok(())
    }

    /// Takes a notice that is due, to tell it: of any number of nodes, one has it. Until `until` nobody else does; whoever falls silent
    /// leaves it to others from then on. It counts as failed until it was told.
    ///
    /// # Errors
    /// The database's.
    pub async fn claim(
        &mut self,
        notice: &Notice,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, Fault> {
        let sql = "UPDATE sign_out_notice SET next_try = $3, failures = failures + 1 WHERE id = $1 AND next_try <= $2";
        let args = [Text(&notice.id), Int(now.0), Int(until.0)];
        Ok(self.0.connection().execute(sql, &args).await? > 0)
    }

    /// Leaves a notice that could not be told for later.
    ///
    /// # Errors
    /// The database's.
    pub async fn postpone(&mut self, notice: &Notice, next_try: Timestamp) -> Result<(), Fault> {
        let sql = "UPDATE sign_out_notice SET next_try = $2 WHERE id = $1";
        let args = [Text(&notice.id), Int(next_try.0)];
        self.0.connection().execute(sql, &args).await?;
        Ok(())
    }

    /// Removes a notice: it was told, or is given up.
    ///
    /// # Errors
    /// The database's.
    pub async fn remove(&mut self, notice: &Notice) -> Result<(), Fault> {
        let sql = "DELETE FROM sign_out_notice WHERE id = $1";
        self.0
            .connection()
            .execute(sql, &[Text(&notice.id)])
            .await?;
        Ok(())
    }
}
