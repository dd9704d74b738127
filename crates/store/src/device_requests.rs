//! Requests of devices (RFC 8628): what a device asked for, and what became of it. The device's code is known by its digest alone.

use crate::database::{
    Arg::{Int, Text},
    Connection, Row, body,
};
use crate::{Fault, Timestamp};
use realm::{ClientKey, RealmId, SessionId};
use serde::{Deserialize, Serialize};

/// Reads requests of devices.
pub struct Read<'a>(pub(crate) Connection<'a>);

/// Changes requests of devices.
pub struct Write<'a>(pub(crate) Connection<'a>);

/// What a device asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceRequest {
    /// SHA-256 of the device's code, base64url.
    pub digest: String,
    /// What the person types, without its dash.
    pub user_code: String,
    /// Whose device it is.
    pub client: ClientKey,
    /// The scope that was asked for.
    #[serde(default)]
    pub scope: Option<String>,
    /// The nonce of the request.
    #[serde(default)]
    pub nonce: Option<String>,
    /// Method and challenge of the proof key (RFC 7636 §4.3).
    #[serde(default)]
    pub challenge: Option<(String, String)>,
    /// Seconds between two looks.
    pub interval: i64,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The session in which somebody said yes.
    #[serde(default)]
    pub session: Option<SessionId>,
    /// How strongly they signed in.
    #[serde(default)]
    pub acr: Option<String>,
}

/// How adding a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// It is there now.
    Asked,
    /// One of the codes is taken, which is for another try to mend.
    Taken,
    /// The client has too many that wait.
    Full,
}

/// What a device finds that looks what became of its request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Poll {
    /// Somebody said yes: tokens are due, once.
    Granted(Box<DeviceRequest>),
    /// Nobody said anything yet.
    Pending,
    /// It looked again too soon.
    TooSoon,
    /// Somebody said no.
    Denied,
    /// It took too long.
    Expired,
    /// Another client's.
    OfAnotherClient,
    /// There is none, or its tokens were fetched.
    Unknown,
}

/// So many requests of one client may wait: whoever asks writes a row without having shown who they are.
const MOST_OF_A_CLIENT: i64 = 10_000;
/// So long an ended request is remembered, milliseconds.
const REMEMBERED: i64 = 3_600_000;

fn request(row: &Row) -> Result<DeviceRequest, Fault> {
    row.body(0, "device request")
}

impl Read<'_> {
    /// The request with this user code that waits for an answer.
    ///
    /// # Errors
    /// The database's.
    pub async fn waiting(
        &mut self,
        realm: &RealmId,
        user_code: &str,
        now: Timestamp,
    ) -> Result<Option<DeviceRequest>, Fault> {
        let sql = "SELECT body FROM device_request WHERE realm_id = $1 AND user_code = $2 AND status = 'pending' AND expires_at > $3";
        let args = [Text(realm.as_str()), Text(user_code), Int(now.0)];
        let row = self.0.row(sql, &args).await?;
        row.as_ref().map(request).transpose()
    }
}

impl Write<'_> {
    /// Adds a request.
    ///
    /// # Errors
    /// The database's.
    pub async fn ask(
        &mut self,
        realm: &RealmId,
        request: &DeviceRequest,
        now: Timestamp,
    ) -> Result<Ask, Fault> {
        let sql = "SELECT COUNT(*) FROM device_request WHERE realm_id = $1 AND client_key = $2 AND status = 'pending' AND expires_at > $3";
        let args = [
            Text(realm.as_str()),
            Text(request.client.as_str()),
            Int(now.0),
        ];
        let waiting = self.0.row(sql, &args).await?;
        if waiting.map_or(Ok(0), |row| row.int(0))? >= MOST_OF_A_CLIENT {
            return Ok(Ask::Full);
        }
        let sql = "INSERT INTO device_request (realm_id, digest, user_code, client_key, status, next_poll_at, expires_at, body) \
            VALUES ($1, $2, $3, $4, 'pending', 0, $5, $6) ON CONFLICT DO NOTHING";
        let text = body("device request", request)?;
        let args = [
            Text(realm.as_str()),
            Text(&request.digest),
            Text(&request.user_code),
            Text(request.client.as_str()),
            Int(request.expires_at.0),
            Text(&text),
        ];
        Ok(if self.0.execute(sql, &args).await? > 0 {
            Ask::Asked
        } else {
            Ask::Taken
        })
    }

    /// Somebody said yes in this session: the request as it now is. Nothing happens to one that does not wait any more; the first answer counts.
    ///
    /// # Errors
    /// The database's.
    pub async fn approve(
        &mut self,
        realm: &RealmId,
        request: &DeviceRequest,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let sql = "UPDATE device_request SET status = 'approved', body = $4 WHERE realm_id = $1 AND digest = $2 AND status = 'pending' AND expires_at > $3";
        let text = body("device request", request)?;
        let args = [
            Text(realm.as_str()),
            Text(&request.digest),
            Int(now.0),
            Text(&text),
        ];
        Ok(self.0.execute(sql, &args).await? > 0)
    }

    /// Somebody said no; tells whether it still waited.
    ///
    /// # Errors
    /// The database's.
    pub async fn deny(
        &mut self,
        realm: &RealmId,
        digest: &str,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let sql = "UPDATE device_request SET status = 'denied' WHERE realm_id = $1 AND digest = $2 AND status = 'pending' AND expires_at > $3";
        let args = [Text(realm.as_str()), Text(digest), Int(now.0)];
        Ok(self.0.execute(sql, &args).await? > 0)
    }

    /// Looks what became of a request: of any number of looks at one that was granted, one gets it.
    ///
    /// # Errors
    /// The database's.
    pub async fn poll(
        &mut self,
        realm: &RealmId,
        digest: &str,
        client: &ClientKey,
        now: Timestamp,
    ) -> Result<Poll, Fault> {
        let sql = "SELECT body, status, client_key FROM device_request WHERE realm_id = $1 AND digest = $2";
        let args = [Text(realm.as_str()), Text(digest)];
        let Some(row) = self.0.row(sql, &args).await? else {
            return Ok(Poll::Unknown);
        };
        if row.text(2)? != client.as_str() {
            return Ok(Poll::OfAnotherClient);
        }
        let status = row.text(1)?;
        if status == "redeemed" {
            return Ok(Poll::Unknown);
        }
        let known = request(&row)?;
        let next = now.plus_seconds(known.interval);
        let sql = "UPDATE device_request SET next_poll_at = $4 WHERE realm_id = $1 AND digest = $2 AND next_poll_at <= $3";
        let args = [Text(realm.as_str()), Text(digest), Int(now.0), Int(next.0)];
        if self.0.execute(sql, &args).await? == 0 {
            return Ok(Poll::TooSoon);
        }
        if known.expires_at <= now {
            return Ok(Poll::Expired);
        }
        let sql = "UPDATE device_request SET status = 'redeemed' WHERE realm_id = $1 AND digest = $2 AND status = 'approved' AND expires_at > $3 RETURNING body";
        if let Some(row) = self.0.row(sql, &args[..3]).await? {
            return Ok(Poll::Granted(Box::new(request(&row)?)));
        }
        Ok(match status.as_str() {
            "pending" => Poll::Pending,
            "denied" => Poll::Denied,
            _ => Poll::Unknown,
        })
    }

    /// Removes requests that ended an hour before `now`: so long a device is told that it was too slow.
    ///
    /// # Errors
    /// The database's.
    pub async fn remove_expired(&mut self, now: Timestamp) -> Result<u64, Fault> {
        let sql = "DELETE FROM device_request WHERE expires_at <= $1";
        let before = now.0.saturating_sub(REMEMBERED);
        self.0.execute_many(sql, &[Int(before)]).await
    }
}
