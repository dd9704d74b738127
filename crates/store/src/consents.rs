//! What people allowed clients: one row for each pair, the client scopes in it by their keys.

use crate::database::{
    Arg::{Int, Text},
    Connection, Row, body,
};
use crate::{Fault, Timestamp};
use realm::{ClientKey, Consent, RealmId, ScopeId, UserId};
use std::collections::BTreeSet;

/// Reads consents.
pub struct Read<'a>(pub(crate) Connection<'a>);

/// Changes consents.
pub struct Write<'a>(pub(crate) Connection<'a>);

fn consent(row: &Row) -> Result<Consent, Fault> {
    Ok(Consent {
        client: ClientKey::new(row.text(0)?),
        created_at: row.int(1)?,
        updated_at: row.int(2)?,
        scopes: row.body(3, "consent")?,
    })
}

impl Read<'_> {
    /// What a person allowed a client.
    ///
    /// # Errors
    /// The database's.
    pub async fn find(
        &mut self,
        realm: &RealmId,
        person: &UserId,
        client: &ClientKey,
    ) -> Result<Option<Consent>, Fault> {
        let sql = "SELECT client_key, created_at, updated_at, body FROM consent WHERE realm_id = $1 AND person_id = $2 AND client_key = $3";
        let args = [
            Text(realm.as_str()),
            Text(person.as_str()),
            Text(client.as_str()),
        ];
        let row = self.0.row(sql, &args).await?;
        row.as_ref().map(consent).transpose()
    }

    /// Everything that a person allowed, by the clients' keys.
    ///
    /// # Errors
    /// The database's.
    pub async fn of_user(
        &mut self,
        realm: &RealmId,
        person: &UserId,
    ) -> Result<Vec<Consent>, Fault> {
        let sql = "SELECT client_key, created_at, updated_at, body FROM consent WHERE realm_id = $1 AND person_id = $2 ORDER BY client_key";
        let args = [Text(realm.as_str()), Text(person.as_str())];
        let rows = self.0.rows(sql, &args).await?;
        rows.iter().map(consent).collect()
    }
}

impl Write<'_> {
    /// Adds to what a person allows a client. What was allowed before stays allowed.
    ///
    /// # Errors
    /// The database's; that the person is gone is one of them.
    pub async fn grant(
        &mut self,
        realm: &RealmId,
        person: &UserId,
        client: &ClientKey,
        scopes: &BTreeSet<ScopeId>,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let given = body("consent", scopes)?;
        // Nobody else changes the row from here on until the transaction ends.
        let sql = "INSERT INTO consent (realm_id, person_id, client_key, created_at, updated_at, body) VALUES ($1, $2, $3, $4, $4, $5) \
            ON CONFLICT (realm_id, person_id, client_key) DO UPDATE SET updated_at = consent.updated_at RETURNING body";
        let key = [
            Text(realm.as_str()),
            Text(person.as_str()),
            Text(client.as_str()),
            Int(now.0),
            Text(&given),
        ];
        let Some(row) = self.0.row(sql, &key).await? else {
            return Ok(());
        };
        let mut all: BTreeSet<ScopeId> = row.body(0, "consent")?;
        if scopes.is_subset(&all) {
            return Ok(());
        }
        all.extend(scopes.iter().cloned());
        let all = body("consent", &all)?;
        let sql = "UPDATE consent SET updated_at = $4, body = $5 WHERE realm_id = $1 AND person_id = $2 AND client_key = $3";
        let args = [key[0], key[1], key[2], key[3], Text(&all)];
        self.0.execute(sql, &args).await?;
        Ok(())
    }

    /// Writes a consent as it is, as it comes from a realm file.
    ///
    /// # Errors
    /// The database's; that the person is gone is one of them.
    pub async fn put(
        &mut self,
        realm: &RealmId,
        person: &UserId,
        consent: &Consent,
    ) -> Result<(), Fault> {
        let sql = "INSERT INTO consent (realm_id, person_id, client_key, created_at, updated_at, body) VALUES ($1, $2, $3, $4, $5, $6) \
            ON CONFLICT (realm_id, person_id, client_key) DO UPDATE SET created_at = excluded.created_at, updated_at = excluded.updated_at, \
            body = excluded.body";
        let scopes = body("consent", &consent.scopes)?;
        let args = [
            Text(realm.as_str()),
            Text(person.as_str()),
            Text(consent.client.as_str()),
            Int(consent.created_at),
            Int(consent.updated_at),
            Text(&scopes),
        ];
        self.0.execute(sql, &args).await?;
        Ok(())
    }

    /// Withdraws what a person allowed a client; tells whether there was anything.
    ///
    /// # Errors
    /// The database's.
    pub async fn withdraw(
        &mut self,
        realm: &RealmId,
        person: &UserId,
        client: &ClientKey,
    ) -> Result<bool, Fault> {
        let sql = "DELETE FROM consent WHERE realm_id = $1 AND person_id = $2 AND client_key = $3";
        let args = [
            Text(realm.as_str()),
            Text(person.as_str()),
            Text(client.as_str()),
        ];
        Ok(self.0.execute(sql, &args).await? > 0)
    }
}
