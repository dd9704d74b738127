//! Offline sessions: what stays when somebody signs out, so that a client can go on for them (OpenID Connect Core §11). One has the key of the
//! session that it was made from, and each client its own part in it.

use crate::database::{
    Arg::{Int, Text},
    Connection, Row, body,
};
use crate::{ClientSession, Fault, Session, Timestamp};
use realm::{ClientKey, RealmId, SessionId, UserId};

/// Reads offline sessions.
pub struct Read<'a>(pub(crate) Connection<'a>);

/// Changes offline sessions.
pub struct Write<'a>(pub(crate) Connection<'a>);

fn session(row: &Row) -> Result<Session, Fault> {
    Ok(Session {
        last_used_at: Timestamp(row.int(0)?),
        ..row.body(1, "offline session")?
    })
}

fn part(row: &Row) -> Result<ClientSession, Fault> {
    Ok(ClientSession {
        last_used_at: Timestamp(row.int(0)?),
        ..row.body(1, "offline client session")?
    })
}

impl Read<'_> {
    /// The offline session with this key. Whether it is still alive is for the rules to say.
    ///
    /// # Errors
    /// The database's.
    pub async fn find(
        &mut self,
        realm: &RealmId,
        id: &SessionId,
    ) -> Result<Option<Session>, Fault> {
        let sql = "SELECT last_used_at, body FROM offline_session WHERE realm_id = $1 AND id = $2";
        let args = [Text(realm.as_str()), Text(id.as_str())];
        let row = self.0.row(sql, &args).await?;
        row.as_ref().map(session).transpose()
    }

    /// The offline sessions of a person.
    ///
    /// # Errors
    /// The database's.
    pub async fn of_user(&mut self, realm: &RealmId, user: &UserId) -> Result<Vec<Session>, Fault> {
        let sql = "SELECT last_used_at, body FROM offline_session WHERE realm_id = $1 AND person_id = $2 ORDER BY id";
        let args = [Text(realm.as_str()), Text(user.as_str())];
        let rows = self.0.rows(sql, &args).await?;
        rows.iter().map(session).collect()
    }

    /// A client's part in an offline session.
    ///
    /// # Errors
    /// The database's.
    pub async fn client(
        &mut self,
        realm: &RealmId,
        id: &SessionId,
        client: &ClientKey,
    ) -> Result<Option<ClientSession>, Fault> {
        let sql = "SELECT last_used_at, body FROM offline_client_session WHERE realm_id = $1 AND session_id = $2 AND client_key = $3";
        let args = [
            Text(realm.as_str()),
            Text(id.as_str()),
            Text(client.as_str()),
        ];
        let row = self.0.row(sql, &args).await?;
        row.as_ref().map(part).transpose()
    }

    /// Every client's part in an offline session.
    ///
    /// # Errors
    /// The database's.
    pub async fn clients(
        &mut self,
        realm: &RealmId,
        id: &SessionId,
    ) -> Result<Vec<ClientSession>, Fault> {
        let sql = "SELECT last_used_at, body FROM offline_client_session WHERE realm_id = $1 AND session_id = $2 ORDER BY client_key";
        let args = [Text(realm.as_str()), Text(id.as_str())];
        let rows = self.0.rows(sql, &args).await?;
        rows.iter().map(part).collect()
    }
}

impl Write<'_> {
    /// The keys of a person's offline sessions, in order.
    ///
    /// # Errors
    /// The database's.
    pub async fn keys_of_user(
        &mut self,
        realm: &RealmId,
        user: &UserId,
    ) -> Result<Vec<SessionId>, Fault> {
        let sql =
            "SELECT id FROM offline_session WHERE realm_id = $1 AND person_id = $2 ORDER BY id";
        let args = [Text(realm.as_str()), Text(user.as_str())];
        let rows = self.0.rows(sql, &args).await?;
        rows.iter()
            .map(|row| row.text(0).map(SessionId::new))
            .collect()
    }

    /// Keeps a session and a client's part in it, to end at `expires_at` unless they are used. What is there of them is replaced.
    ///
    /// # Errors
    /// The database's.
    pub async fn keep(
        &mut self,
        realm: &RealmId,
        session: &Session,
        part: &ClientSession,
        expires_at: Timestamp,
    ) -> Result<(), Fault> {
        let sql = "INSERT INTO offline_session (realm_id, id, person_id, last_used_at, expires_at, body) VALUES ($1, $2, $3, $4, $5, $6) \
            ON CONFLICT (realm_id, id) DO UPDATE SET last_used_at = excluded.last_used_at, expires_at = excluded.expires_at, body = excluded.body \
            WHERE offline_session.person_id = excluded.person_id";
        let text = body("offline session", session)?;
        let args = [
            Text(realm.as_str()),
            Text(session.id.as_str()),
            Text(session.user.as_str()),
            Int(session.last_used_at.0),
            Int(expires_at.0),
            Text(&text),
        ];
        self.0.execute(sql, &args).await?;
        let sql = "INSERT INTO offline_client_session (realm_id, session_id, client_key, last_used_at, body) VALUES ($1, $2, $3, $4, $5) \
            ON CONFLICT (realm_id, session_id, client_key) DO UPDATE SET last_used_at = excluded.last_used_at, body = excluded.body";
        let text = body("offline client session", part)?;
        let args = [
            Text(realm.as_str()),
            Text(session.id.as_str()),
            Text(part.client.as_str()),
            Int(part.last_used_at.0),
            Text(&text),
        ];
        self.0.execute(sql, &args).await?;
        Ok(())
    }

    /// Notes that a client used its part, so that the session ends at `expires_at`; tells whether both were there and had not expired. A note
    /// of an earlier use than the last changes nothing and tells the same as an expired one.
    ///
    /// # Errors
    /// The database's.
    pub async fn touch(
        &mut self,
        realm: &RealmId,
        id: &SessionId,
        client: &ClientKey,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<bool, Fault> {
        let sql = "UPDATE offline_session SET last_used_at = $4, expires_at = $5 WHERE realm_id = $1 AND id = $2 AND expires_at > $4 AND last_used_at <= $4 \
            AND EXISTS (SELECT 1 FROM offline_client_session WHERE realm_id = $1 AND session_id = $2 AND client_key = $3)";
        let args = [
            Text(realm.as_str()),
            Text(id.as_str()),
            Text(client.as_str()),
            Int(now.0),
            Int(expires_at.0),
        ];
        let alive = self.0.execute(sql, &args).await? > 0;
        if alive {
            let sql = "UPDATE offline_client_session SET last_used_at = $4 WHERE realm_id = $1 AND session_id = $2 AND client_key = $3";
            self.0.execute(sql, &args[..4]).await?;
        }
        Ok(alive)
    }

    /// Ends a client's part; tells whether it was there.
    ///
    /// # Errors
    /// The database's.
    pub async fn detach(
        &mut self,
        realm: &RealmId,
        id: &SessionId,
        client: &ClientKey,
    ) -> Result<bool, Fault> {
        let sql = "DELETE FROM offline_client_session WHERE realm_id = $1 AND session_id = $2 AND client_key = $3";
        let args = [
            Text(realm.as_str()),
            Text(id.as_str()),
            Text(client.as_str()),
        ];
        Ok(self.0.execute(sql, &args).await? > 0)
    }

    /// Ends an offline session in which no client has a part any more; tells whether it did.
    ///
    /// # Errors
    /// The database's.
    pub async fn end_if_empty(&mut self, realm: &RealmId, id: &SessionId) -> Result<bool, Fault> {
        let sql = "DELETE FROM offline_session WHERE realm_id = $1 AND id = $2 \
            AND NOT EXISTS (SELECT 1 FROM offline_client_session WHERE realm_id = $1 AND session_id = $2)";
        let args = [Text(realm.as_str()), Text(id.as_str())];
        Ok(self.0.execute(sql, &args).await? > 0)
    }

    /// Ends an offline session with every client's part in it; tells whether it was there.
    ///
    /// # Errors
    /// The database's.
    pub async fn end(&mut self, realm: &RealmId, id: &SessionId) -> Result<bool, Fault> {
        let sql = "DELETE FROM offline_session WHERE realm_id = $1 AND id = $2";
        let args = [Text(realm.as_str()), Text(id.as_str())];
        Ok(self.0.execute(sql, &args).await? > 0)
    }

    /// Ends every offline session of a person; gives how many.
    ///
    /// # Errors
    /// The database's.
    pub async fn end_of_user(&mut self, realm: &RealmId, user: &UserId) -> Result<u64, Fault> {
        let sql = "DELETE FROM offline_session WHERE realm_id = $1 AND person_id = $2";
        let args = [Text(realm.as_str()), Text(user.as_str())];
        self.0.execute(sql, &args).await
    }

    /// Removes offline sessions that expired before `now`.
    ///
    /// # Errors
    /// The database's.
    pub async fn remove_expired(&mut self, now: Timestamp) -> Result<u64, Fault> {
        let sql = "DELETE FROM offline_session WHERE expires_at <= $1";
        self.0.execute_many(sql, &[Int(now.0)]).await
    }
}
