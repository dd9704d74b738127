//! How often somebody failed to prove who they are: one row for each person who did, until they succeed.

use crate::database::{
    Arg::{Int, MaybeInt, Text},
    Connection, Row,
};
use crate::{Fault, Timestamp};
use realm::{RealmId, UserId};

/// Looks at failures.
pub struct Read<'a>(pub(crate) Connection<'a>);

/// Counts failures.
pub struct Write<'a>(pub(crate) Connection<'a>);

/// The failures of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginFailures {
    /// How many.
    pub failures: i64,
    /// How often they were locked out for a while.
    pub lockouts: i64,
    /// They are locked out until then.
    pub not_before: Timestamp,
    /// When the last one was.
    pub last_failure: Timestamp,
    /// When the one before the last was.
    pub previous_failure: Option<Timestamp>,
    /// Where the last one came from.
    pub last_address: String,
}

fn failures(row: &Row) -> Result<LoginFailures, Fault> {
    Ok(LoginFailures {
        failures: row.int(0)?,
        lockouts: row.int(1)?,
        not_before: Timestamp(row.int(2)?),
        last_failure: Timestamp(row.int(3)?),
        previous_failure: row.maybe_int(4)?.map(Timestamp),
        last_address: row.text(5)?,
    })
}

impl Read<'_> {
    /// The failures of a person; none when there are none to remember.
    ///
    /// # Errors
    /// The database's.
    pub async fn find(
        &mut self,
        realm: &RealmId,
        person: &UserId,
    ) -> Result<Option<LoginFailures>, Fault> {
        let sql = "SELECT failures, lockouts, not_before, last_failure, previous_failure, last_address FROM login_failure \
            WHERE realm_id = $1 AND person_id = $2";
        let args = [Text(realm.as_str()), Text(person.as_str())];
        self.0
            .row(sql, &args)
            .await?
            .as_ref()
            .map(failures)
            .transpose()
    }
}

impl Write<'_> {
    /// Counts a failure, and gives what is counted by now: of any number at the same time, each counts. The count begins anew when the last
    /// failure was longer ago than `forgotten_after`, milliseconds. Until the transaction ends nobody else counts for this person.
    ///
    /// # Errors
    /// The database's; a person who is gone is one of them.
    pub async fn count(
        &mut self,
        realm: &RealmId,
        person: &UserId,
        now: Timestamp,
        address: &str,
        forgotten_after: Option<i64>,
    ) -> Result<LoginFailures, Fault> {
        let sql = "INSERT INTO login_failure AS known \
            (realm_id, person_id, failures, lockouts, not_before, last_failure, previous_failure, last_address) VALUES ($1, $2, 1, 0, 0, $3, NULL, $4) \
            ON CONFLICT (realm_id, person_id) DO UPDATE SET \
            failures = CASE WHEN $3 - known.last_failure > $5 THEN 1 ELSE known.failures + 1 END, \
            lockouts = CASE WHEN $3 - known.last_failure > $5 THEN 0 ELSE known.lockouts END, \
            previous_failure = known.last_failure, \
            last_failure = CASE WHEN $3 > known.last_failure THEN $3 ELSE known.last_failure END, \
            last_address = $4 \
            RETURNING failures, lockouts, not_before, last_failure, previous_failure, last_address";
        let args = [
            Text(realm.as_str()),
            Text(person.as_str()),
            Int(now.0),
            Text(address),
            MaybeInt(forgotten_after),
        ];
        match self.0.row(sql, &args).await? {
            Some(row) => failures(&row),
            None => Err(Fault::NotCommitted),
        }
    }

    /// Locks a person out until then, or longer if they are already; `lockouts` says how often that was.
    ///
    /// # Errors
    /// The database's.
    pub async fn lock(
        &mut self,
        realm: &RealmId,
        person: &UserId,
        until: Timestamp,
        lockouts: i64,
    ) -> Result<(), Fault> {
        let sql = "UPDATE login_failure SET not_before = CASE WHEN $3 > not_before THEN $3 ELSE not_before END, lockouts = $4 \
            WHERE realm_id = $1 AND person_id = $2";
        let args = [
            Text(realm.as_str()),
            Text(person.as_str()),
            Int(until.0),
            Int(lockouts),
        ];
        self.0.execute(sql, &args).await?;
        Ok(())
    }

    /// Forgets the failures of a person; tells whether there were any.
    ///
    /// # Errors
    /// The database's.
    pub async fn clear(&mut self, realm: &RealmId, person: &UserId) -> Result<bool, Fault> {
        let sql = "DELETE FROM login_failure WHERE realm_id = $1 AND person_id = $2";
        let args = [Text(realm.as_str()), Text(person.as_str())];
        Ok(self.0.execute(sql, &args).await? > 0)
    }
}
