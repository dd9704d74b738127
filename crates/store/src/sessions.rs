//! Sessions of people, and each client's part in one.

use crate::database::{
    Arg::{Int, Text},
    Connection, Row, body,
};
use crate::{Fault, Timestamp};
use realm::{ClientKey, RealmId, SessionId, UserId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Reads sessions.
pub struct Read<'a>(pub(crate) Connection<'a>);

/// Changes sessions.
pub struct Write<'a>(pub(crate) Connection<'a>);

/// Somebody is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The key, `sid` of tokens.
    pub id: SessionId,
    /// Who.
    pub user: UserId,
    /// Since when.
    pub started_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Timestamp,
    /// When they last proved who they are, epoch seconds.
    pub auth_time: i64,
    /// From where they signed in.
    pub ip_address: String,
    /// Whether they asked to be remembered.
    pub remember_me: bool,
    /// How they signed in.
    pub method: String,
    /// What steps of the flow noted.
    #[serde(default)]
    pub notes: BTreeMap<String, String>,
}

/// A client's part in a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientSession {
    /// Which session.
    pub session: SessionId,
    /// Which client.
    pub client: ClientKey,
    /// Since when.
    pub started_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Timestamp,
    /// The scope that was asked for.
    pub scope: String,
    /// Where the browser was sent.
    #[serde(default)]
    pub redirect_uri: Option<String>,
    /// The nonce of the request.
    #[serde(default)]
    pub nonce: Option<String>,
    /// What the protocol noted.
    #[serde(default)]
    pub notes: BTreeMap<String, String>,
}

fn session(row: &Row) -> Result<Session, Fault> {
    Ok(Session {
        last_used_at: Timestamp(row.int(0)?),
        ..row.body(1, "session")?
    })
}

fn part(row: &Row) -> Result<ClientSession, Fault> {
    Ok(ClientSession {
        last_used_at: Timestamp(row.int(0)?),
        ..row.body(1, "client session")?
    })
}

impl Read<'_> {
    /// The session with this key. Whether it is still alive is for the rules to say.
    ///
    /// # Errors
    /// The database's.
    pub async fn find(
        &mut self,
        realm: &RealmId,
        id: &SessionId,
    ) -> Result<Option<Session>, Fault> {
        let sql = "SELECT last_used_at, body FROM session WHERE realm_id = $1 AND id = $2";
        self.0
            .row(sql, &[Text(realm.as_str()), Text(id.as_str())])
            .await?
            .as_ref()
            .map(session)
            .transpose()
    }

    /// The sessions of a person.
    ///
    /// # Errors
    /// The database's.
    pub async fn of_user(&mut self, realm: &RealmId, user: &UserId) -> Result<Vec<Session>, Fault> {
        let sql = "SELECT last_used_at, body FROM session WHERE realm_id = $1 AND person_id = $2 ORDER BY id";
        self.0
            .rows(sql, &[Text(realm.as_str()), Text(user.as_str())])
            .await?
            .iter()
            .map(session)
            .collect()
    }

    /// A client's part in a session.
    ///
    /// # Errors
    /// The database's.
    pub async fn client(
        &mut self,
        realm: &RealmId,
        id: &SessionId,
        client: &ClientKey,
    ) -> Result<Option<ClientSession>, Fault> {
        let sql = "SELECT last_used_at, body FROM client_session WHERE realm_id = $1 AND session_id = $2 AND client_key = $3";
        self.0
            .row(
                sql,
                &[
                    Text(realm.as_str()),
                    Text(id.as_str()),
                    Text(client.as_str()),
                ],
            )
            .await?
            .as_ref()
            .map(part)
            .transpose()
    }

    /// Every client's part in a session.
    ///
    /// # Errors
    /// The database's.
    pub async fn clients(
        &mut self,
        realm: &RealmId,
        id: &SessionId,
    ) -> Result<Vec<ClientSession>, Fault> {
        let sql = "SELECT last_used_at, body FROM client_session WHERE realm_id = $1 AND session_id = $2 ORDER BY client_key";
        self.0
            .few_rows(sql, &[Text(realm.as_str()), Text(id.as_str())])
            .await?
            .iter()
            .map(part)
            .collect()
    }
}

impl Write<'_> {
    /// Begins a session, or replaces what is known of it, to end at `expires_at` unless it is used.
    ///
    /// # Errors
    /// The database's.
    pub async fn begin(
        &mut self,
        realm: &RealmId,
        session: &Session,
        expires_at: Timestamp,
    ) -> Result<(), Fault> {
        let sql = "INSERT INTO session (realm_id, id, person_id, last_used_at, expires_at, body) VALUES ($1, $2, $3, $4, $5, $6) \
            ON CONFLICT (realm_id, id) DO UPDATE SET last_used_at = excluded.last_used_at, expires_at = excluded.expires_at, body = excluded.body \
            WHERE session.person_id = excluded.person_id";
        let body = body("session", session)?;
        let args = [
            Text(realm.as_str()),
            Text(session.id.as_str()),
            Text(session.user.as_str()),
            Int(session.last_used_at.0),
            Int(expires_at.0),
            Text(&body),
        ];
        self.0.execute(sql, &args).await?;
        Ok(())
    }

    /// Adds a client's part, or replaces it. Tells whether the session is there to take it.
    ///
    /// # Errors
    /// The database's.
    pub async fn attach(&mut self, realm: &RealmId, part: &ClientSession) -> Result<bool, Fault> {
        let sql = "INSERT INTO client_session (realm_id, session_id, client_key, last_used_at, body) \
            SELECT $1, $2, $3, $4, $5 FROM session WHERE realm_id = $1 AND id = $2 \
            ON CONFLICT (realm_id, session_id, client_key) DO UPDATE SET last_used_at = excluded.last_used_at, body = excluded.body";
        let body = body("client session", part)?;
        let args = [
            Text(realm.as_str()),
            Text(part.session.as_str()),
            Text(part.client.as_str()),
            Int(part.last_used_at.0),
            Text(&body),
        ];
        Ok(self.0.execute(sql, &args).await? > 0)
    }

    /// Ends a client's part; tells whether there was one.
    ///
    /// # Errors
    /// The database's.
    pub async fn detach(
        &mut self,
        realm: &RealmId,
        id: &SessionId,
        client: &ClientKey,
    ) -> Result<bool, Fault> {
        let sql = "DELETE FROM client_session WHERE realm_id = $1 AND session_id = $2 AND client_key = $3";
        Ok(self
            .0
            .execute(
                sql,
                &[
                    Text(realm.as_str()),
                    Text(id.as_str()),
                    Text(client.as_str()),
                ],
            )
            .await?
            > 0)
    }

    /// Notes that a session was used, to end at `expires_at`; tells whether it was there and had not expired. A note of an earlier use than
    /// the last, as another node may bring late, changes nothing and tells the same as an expired one.
    ///
    /// # Errors
    /// The database's.
    pub async fn touch(
        &mut self,
        realm: &RealmId,
        id: &SessionId,
        client: Option<&ClientKey>,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<bool, Fault> {
        let sql = "UPDATE session SET last_used_at = $3, expires_at = $4 WHERE realm_id = $1 AND id = $2 AND expires_at > $3 AND last_used_at <= $3";
        let alive = self
            .0
            .execute(
                sql,
                &[
                    Text(realm.as_str()),
                    Text(id.as_str()),
                    Int(now.0),
                    Int(expires_at.0),
                ],
            )
            .await?
            > 0;
        if let Some(client) = client.filter(|_| alive) {
            let sql = "UPDATE client_session SET last_used_at = $4 WHERE realm_id = $1 AND session_id = $2 AND client_key = $3";
            self.0
                .execute(
                    sql,
                    &[
                        Text(realm.as_str()),
                        Text(id.as_str()),
                        Text(client.as_str()),
                        Int(now.0),
                    ],
                )
                .await?;
        }
        Ok(alive)
    }

    /// Ends a session, and gives it with every client's part in it. Of any number of tries at once, one gets them.
    ///
    /// # Errors
    /// The database's.
    pub async fn take(
        &mut self,
        realm: &RealmId,
        id: &SessionId,
    ) -> Result<Option<(Session, Vec<ClientSession>)>, Fault> {
        let args = [Text(realm.as_str()), Text(id.as_str())];
        // The session's row first, whose lock the others wait for; its parts would go with it.
        let sql = "UPDATE session SET expires_at = 0 WHERE realm_id = $1 AND id = $2 RETURNING last_used_at, body";
        let Some(row) = self.0.row(sql, &args).await? else {
            return Ok(None);
        };
        let session = session(&row)?;
        let sql = "DELETE FROM client_session WHERE realm_id = $1 AND session_id = $2 RETURNING last_used_at, body";
        let mut parts = Vec::new();
        for row in self.0.rows(sql, &args).await? {
            parts.push(part(&row)?);
        }
        parts.sort_by(|a, b| a.client.cmp(&b.client));
        self.end(realm, id).await?;
        Ok(Some((session, parts)))
    }

    /// Ends a client's part in a session, and gives it with the session; nothing when it had none.
    ///
    /// # Errors
    /// The database's.
    pub async fn take_part(
        &mut self,
        realm: &RealmId,
        id: &SessionId,
        client: &ClientKey,
    ) -> Result<Option<(Session, ClientSession)>, Fault> {
        let args = [
            Text(realm.as_str()),
            Text(id.as_str()),
            Text(client.as_str()),
        ];
        let sql = "DELETE FROM client_session WHERE realm_id = $1 AND session_id = $2 AND client_key = $3 RETURNING last_used_at, body";
        let Some(taken) = self.0.row(sql, &args).await? else {
            return Ok(None);
        };
        let sql = "SELECT last_used_at, body FROM session WHERE realm_id = $1 AND id = $2";
        let Some(row) = self.0.row(sql, &args[..2]).await? else {
            return Ok(None);
        };
        Ok(Some((session(&row)?, part(&taken)?)))
    }

    /// The keys of a person's sessions, in order.
    ///
    /// # Errors
    /// The database's.
    pub async fn keys_of_user(
        &mut self,
        realm: &RealmId,
        user: &UserId,
    ) -> Result<Vec<SessionId>, Fault> {
        let sql = "SELECT id FROM session WHERE realm_id = $1 AND person_id = $2 ORDER BY id";
        let args = [Text(realm.as_str()), Text(user.as_str())];
        let rows = self.0.rows(sql, &args).await?;
        rows.iter()
            .map(|row| row.text(0).map(SessionId::new))
            .collect()
    }

    /// Ends a session with every client's part in it; tells whether it was there.
    ///
    /// # Errors
    /// The database's.
    pub async fn end(&mut self, realm: &RealmId, id: &SessionId) -> Result<bool, Fault> {
        let sql = "DELETE FROM session WHERE realm_id = $1 AND id = $2";
        Ok(self
            .0
            .execute(sql, &[Text(realm.as_str()), Text(id.as_str())])
            .await?
            > 0)
    }

    /// Ends every session of a person; gives how many.
    ///
    /// # Errors
    /// The database's.
    pub async fn end_of_user(&mut self, realm: &RealmId, user: &UserId) -> Result<u64, Fault> {
        let sql = "DELETE FROM session WHERE realm_id = $1 AND person_id = $2";
        self.0
            .execute(sql, &[Text(realm.as_str()), Text(user.as_str())])
            .await
    }

    /// Removes sessions that expired before `now`: a thousand at the most.
    ///
    /// # Errors
    /// The database's.
    pub async fn remove_expired(&mut self, now: Timestamp) -> Result<u64, Fault> {
        self.0
            .execute_many("DELETE FROM session WHERE (realm_id, id) IN (SELECT realm_id, id FROM session WHERE expires_at <= $1 LIMIT 1000)", &[Int(now.0)])
            .await
    }
}
