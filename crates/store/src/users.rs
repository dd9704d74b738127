//! People. Reading takes one row; names, addresses and attributes have columns of their own to be found by.

use crate::Fault;
use crate::database::{
    Arg::{Int, MaybeText, Text},
    Connection, Row, body,
};
use indexmap::IndexMap;
use realm::{ClientKey, Credential, CredentialId, GroupId, Other, RealmId, RoleId, User, UserId};
use serde::{Deserialize, Serialize};

/// Reads people.
pub struct Read<'a>(pub(crate) Connection<'a>);

/// Changes people.
pub struct Write<'a>(pub(crate) Connection<'a>);

/// Whether two people of a realm may have one e-mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailRule {
    /// Each address is one person's.
    Unique,
    /// Addresses may be shared.
    Shared,
}

/// How adding a person ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Insert {
    /// They are there now.
    Inserted,
    /// The key, user name or address is somebody's already.
    Taken,
}

/// How changing a person ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Update {
    /// Changed.
    Updated,
    /// Nobody has this key.
    Gone,
}

/// What of a person has no column.
#[derive(Serialize, Deserialize)]
struct Body {
    #[serde(default)]
    email_verified: bool,
    #[serde(default)]
    first_name: Option<String>,
    #[serde(default)]
    last_name: Option<String>,
    enabled: bool,
    created_at: i64,
    #[serde(default)]
    not_before: i64,
    #[serde(default)]
    required_actions: Vec<String>,
    #[serde(default)]
    attributes: IndexMap<String, Vec<String>>,
    #[serde(default)]
    roles: Vec<RoleId>,
    #[serde(default)]
    groups: Vec<GroupId>,
    #[serde(default)]
    other: Other,
}

const BY_ID: &str = "SELECT id, username, COALESCE(email, ''), COALESCE(service_account_of, ''), body FROM person WHERE realm_id = $1 AND id = $2";
const BY_USERNAME: &str = "SELECT id, username, COALESCE(email, ''), COALESCE(service_account_of, ''), body FROM person WHERE realm_id = $1 AND username = $2";
const BY_EMAIL: &str = "SELECT id, username, COALESCE(email, ''), COALESCE(service_account_of, ''), body FROM person WHERE realm_id = $1 AND email = $2 ORDER BY id LIMIT 2";
const BY_SERVICE: &str = "SELECT id, username, COALESCE(email, ''), COALESCE(service_account_of, ''), body FROM person WHERE realm_id = $1 AND service_account_of = $2";
const BY_ATTRIBUTE: &str = "SELECT id, username, COALESCE(email, ''), COALESCE(service_account_of, ''), body FROM person WHERE realm_id = $1 \
    AND id IN (SELECT person_id FROM person_attribute WHERE realm_id = $1 AND name = $2 AND value = $3) ORDER BY id LIMIT 100";
const BY_FEDERATED: &str = "SELECT id, username, COALESCE(email, ''), COALESCE(service_account_of, ''), body FROM person WHERE realm_id = $1 \
    AND id IN (SELECT person_id FROM federated_identity WHERE realm_id = $1 AND provider = $2 AND subject = $3) ORDER BY id LIMIT 2";
const AFTER: &str = "SELECT id, username, COALESCE(email, ''), COALESCE(service_account_of, ''), body FROM person WHERE realm_id = $1 AND id > $2 ORDER BY id LIMIT $3";

fn user(row: &Row) -> Result<User, Fault> {
    let body: Body = row.body(4, "person")?;
    let maybe = |text: String| Some(text).filter(|text| !text.is_empty());
    Ok(User {
        id: UserId::new(row.text(0)?),
        username: row.text(1)?,
        email: maybe(row.text(2)?),
        service_account_of: maybe(row.text(3)?).map(ClientKey::new),
        email_verified: body.email_verified,
        first_name: body.first_name,
        last_name: body.last_name,
        enabled: body.enabled,
        created_at: body.created_at,
        not_before: body.not_before,
        required_actions: body.required_actions,
        attributes: body.attributes,
        roles: body.roles,
        groups: body.groups,
        other: body.other,
    })
}

impl Read<'_> {
    async fn one(
        &mut self,
        sql: &'static str,
        realm: &RealmId,
        value: &str,
    ) -> Result<Option<User>, Fault> {
        self.0
            .row(sql, &[Text(realm.as_str()), Text(value)])
            .await?
            .as_ref()
            .map(user)
            .transpose()
    }

    /// The person with this key.
    ///
    /// # Errors
    /// The database's.
    pub async fn by_id(&mut self, realm: &RealmId, id: &UserId) -> Result<Option<User>, Fault> {
        self.one(BY_ID, realm, id.as_str()).await
    }

    /// The person whom an identity provider knows under this name; nobody when there are two.
    ///
    /// # Errors
    /// The database's.
    pub async fn by_federated_identity(
        &mut self,
        realm: &RealmId,
        provider: &str,
        subject: &str,
    ) -> Result<Option<User>, Fault> {
        let args = [Text(realm.as_str()), Text(provider), Text(subject)];
        match self.0.rows(BY_FEDERATED, &args).await?.as_slice() {
            [only] => user(only).map(Some),
            _ => Ok(None),
        }
    }

    /// The person with this user name, in any case.
    ///
    /// # Errors
    /// The database's.
    pub async fn by_username(
        &mut self,
        realm: &RealmId,
        username: &str,
    ) -> Result<Option<User>, Fault> {
        self.one(BY_USERNAME, realm, &username.to_lowercase()).await
    }

    /// The people with this address, in any case: two at the most, which is enough to know that there is more than one.
    ///
    /// # Errors
    /// The database's.
    pub async fn by_email(&mut self, realm: &RealmId, email: &str) -> Result<Vec<User>, Fault> {
        self.0
            .few_rows(
                BY_EMAIL,
                &[Text(realm.as_str()), Text(&email.to_lowercase())],
            )
            .await?
            .iter()
            .map(user)
            .collect()
    }

    /// The people with this attribute value, exactly: a hundred at the most.
    ///
    /// # Errors
    /// The database's.
    pub async fn by_attribute(
        &mut self,
        realm: &RealmId,
        name: &str,
        value: &str,
    ) -> Result<Vec<User>, Fault> {
        self.0
            .few_rows(
                BY_ATTRIBUTE,
                &[Text(realm.as_str()), Text(name), Text(value)],
            )
            .await?
            .iter()
            .map(user)
            .collect()
    }

    /// The account of a client's service.
    ///
    /// # Errors
    /// The database's.
    pub async fn service_account(
        &mut self,
        realm: &RealmId,
        client: &ClientKey,
    ) -> Result<Option<User>, Fault> {
        self.one(BY_SERVICE, realm, client.as_str()).await
    }

    /// People in order of their keys, from behind `after`: a page of an export.
    ///
    /// # Errors
    /// The database's.
    pub async fn page(
        &mut self,
        realm: &RealmId,
        after: Option<&UserId>,
        limit: u32,
    ) -> Result<Vec<User>, Fault> {
        let args = [
            Text(realm.as_str()),
            Text(after.map_or("", UserId::as_str)),
            Int(limit.into()),
        ];
        self.0.rows(AFTER, &args).await?.iter().map(user).collect()
    }

    /// What a person can prove, the preferred first.
    ///
    /// # Errors
    /// The database's.
    pub async fn credentials(
        &mut self,
        realm: &RealmId,
        person: &UserId,
    ) -> Result<Vec<Credential>, Fault> {
        let sql = "SELECT body FROM credential WHERE realm_id = $1 AND person_id = $2 ORDER BY priority, id";
        let rows = self
            .0
            .few_rows(sql, &[Text(realm.as_str()), Text(person.as_str())])
            .await?;
        rows.iter().map(|row| row.body(0, "credential")).collect()
    }
}

impl Write<'_> {
    /// Adds a person.
    ///
    /// # Errors
    /// The database's.
    pub async fn insert(
        &mut self,
        realm: &RealmId,
        person: &User,
        rule: EmailRule,
    ) -> Result<Insert, Fault> {
        let sql = "INSERT INTO person (realm_id, id, username, email, unique_email, service_account_of, body) VALUES ($1, $2, $3, $4, $5, $6, $7) \
            ON CONFLICT DO NOTHING";
        if self.put(sql, realm, person, rule).await? == 0 {
            return Ok(Insert::Taken);
        }
        self.put_attributes(realm, person).await?;
        self.put_federated_identities(realm, person).await?;
        Ok(Insert::Inserted)
    }

    /// Changes a person, found by key.
    ///
    /// # Errors
    /// The database's; a user name or address that is somebody else's is one of them.
    pub async fn update(
        &mut self,
        realm: &RealmId,
        person: &User,
        rule: EmailRule,
    ) -> Result<Update, Fault> {
        let sql = "UPDATE person SET username = $3, email = $4, unique_email = $5, service_account_of = $6, body = $7 WHERE realm_id = $1 AND id = $2";
        if self.put(sql, realm, person, rule).await? == 0 {
            return Ok(Update::Gone);
        }
        let sql = "DELETE FROM person_attribute WHERE realm_id = $1 AND person_id = $2";
        self.0
            .execute(sql, &[Text(realm.as_str()), Text(person.id.as_str())])
            .await?;
        self.put_attributes(realm, person).await?;
        let sql = "DELETE FROM federated_identity WHERE realm_id = $1 AND person_id = $2";
        self.0
            .execute(sql, &[Text(realm.as_str()), Text(person.id.as_str())])
            .await?;
        self.put_federated_identities(realm, person).await?;
        Ok(Update::Updated)
    }

    /// Switches a person's account off and notes why, in an attribute; tells whether it was on. Nothing else of them changes.
    ///
    /// # Errors
    /// The database's.
    pub async fn disable(
        &mut self,
        realm: &RealmId,
        person: &UserId,
        attribute: &str,
        why: &str,
    ) -> Result<bool, Fault> {
        let (realm, id) = (Text(realm.as_str()), Text(person.as_str()));
        // Nobody else changes them from here on until the transaction ends.
        let sql =
            "UPDATE person SET username = username WHERE realm_id = $1 AND id = $2 RETURNING body";
        let Some(row) = self.0.row(sql, &[realm, id]).await? else {
            return Ok(false);
        };
        let mut changed: Body = row.body(0, "person")?;
        if !changed.enabled {
            return Ok(false);
        }
        changed.enabled = false;
        let values = vec![why.to_owned()];
        changed.attributes.insert(attribute.to_owned(), values);
        let body = body("person", &changed)?;
        let sql = "UPDATE person SET body = $3 WHERE realm_id = $1 AND id = $2";
        self.0.execute(sql, &[realm, id, Text(&body)]).await?;
        let sql =
            "DELETE FROM person_attribute WHERE realm_id = $1 AND person_id = $2 AND name = $3";
        self.0.execute(sql, &[realm, id, Text(attribute)]).await?;
        let sql = "INSERT INTO person_attribute (realm_id, person_id, name, value) VALUES ($1, $2, $3, $4)";
        self.0
            .execute(sql, &[realm, id, Text(attribute), Text(why)])
            .await?;
        Ok(true)
    }

    /// The person with this key as they are by now: nobody else changes them until the transaction ends.
    ///
    /// # Errors
    /// The database's.
    pub async fn hold(&mut self, realm: &RealmId, person: &UserId) -> Result<Option<User>, Fault> {
        let sql = "UPDATE person SET username = username WHERE realm_id = $1 AND id = $2 \
            RETURNING id, username, COALESCE(email, ''), COALESCE(service_account_of, ''), body";
        let args = [Text(realm.as_str()), Text(person.as_str())];
        self.0.row(sql, &args).await?.as_ref().map(user).transpose()
    }

    async fn put(
        &mut self,
        sql: &'static str,
        realm: &RealmId,
        person: &User,
        rule: EmailRule,
    ) -> Result<u64, Fault> {
        let body = body(
            "person",
            &Body {
                email_verified: person.email_verified,
                first_name: person.first_name.clone(),
                last_name: person.last_name.clone(),
                enabled: person.enabled,
                created_at: person.created_at,
                not_before: person.not_before,
                required_actions: person.required_actions.clone(),
                attributes: person.attributes.clone(),
                roles: person.roles.clone(),
                groups: person.groups.clone(),
                other: person.other.clone(),
            },
        )?;
        let email = person.email.as_ref().map(|email| email.to_lowercase());
        let unique = email.as_deref().filter(|_| rule == EmailRule::Unique);
        let (username, service) = (
            person.username.to_lowercase(),
            person.service_account_of.as_ref().map(ClientKey::as_str),
        );
        let args = [
            Text(realm.as_str()),
            Text(person.id.as_str()),
            Text(&username),
            MaybeText(email.as_deref()),
            MaybeText(unique),
            MaybeText(service),
            Text(&body),
        ];
        self.0.execute(sql, &args).await
    }

    async fn put_attributes(&mut self, realm: &RealmId, person: &User) -> Result<(), Fault> {
        let sql = "INSERT INTO person_attribute (realm_id, person_id, name, value) VALUES ($1, $2, $3, $4)";
        let realm = Text(realm.as_str());
        for (name, values) in &person.attributes {
            for value in values {
                let args = [realm, Text(person.id.as_str()), Text(name), Text(value)];
                self.0.execute(sql, &args).await?;
            }
        }
        Ok(())
    }

    /// Has them be found under the names that identity providers know them by.
    async fn put_federated_identities(
        &mut self,
        realm: &RealmId,
        person: &User,
    ) -> Result<(), Fault> {
        let sql = "INSERT INTO federated_identity (realm_id, person_id, provider, subject) VALUES ($1, $2, $3, $4)";
        let known = person.other.get("federatedIdentities");
        let known = known.and_then(serde_json::Value::as_array);
        for identity in known.into_iter().flatten() {
            let text = |name: &str| identity.get(name).and_then(serde_json::Value::as_str);
            if let (Some(provider), Some(subject)) = (text("identityProvider"), text("userId")) {
                let args = [
                    Text(realm.as_str()),
                    Text(person.id.as_str()),
                    Text(provider),
                    Text(subject),
                ];
                self.0.execute(sql, &args).await?;
            }
        }
        Ok(())
    }

    /// Removes a person with their sessions and credentials; tells whether they were there.
    ///
    /// # Errors
    /// The database's.
    pub async fn remove(&mut self, realm: &RealmId, person: &UserId) -> Result<bool, Fault> {
        let sql = "DELETE FROM person WHERE realm_id = $1 AND id = $2";
        Ok(self
            .0
            .execute(sql, &[Text(realm.as_str()), Text(person.as_str())])
            .await?
            > 0)
    }

    /// Adds a credential, or replaces the one with its key.
    ///
    /// # Errors
    /// The database's.
    pub async fn put_credential(
        &mut self,
        realm: &RealmId,
        person: &UserId,
        credential: &Credential,
    ) -> Result<(), Fault> {
        let sql = "INSERT INTO credential (realm_id, person_id, id, priority, body) VALUES ($1, $2, $3, $4, $5) \
            ON CONFLICT (realm_id, id) DO UPDATE SET priority = excluded.priority, body = excluded.body WHERE credential.person_id = excluded.person_id";
        let body = body("credential", credential)?;
        let args = [
            Text(realm.as_str()),
            Text(person.as_str()),
            Text(credential.id.as_str()),
            Int(credential.priority),
            Text(&body),
        ];
        self.0.execute(sql, &args).await?;
        Ok(())
    }

    /// Replaces a credential by another form of itself, if it is still as it was read; tells whether it was.
    ///
    /// # Errors
    /// The database's.
    pub async fn renew_credential(
        &mut self,
        realm: &RealmId,
        person: &UserId,
        before: &Credential,
        after: &Credential,
    ) -> Result<bool, Fault> {
        let sql = "UPDATE credential SET body = $5 WHERE realm_id = $1 AND person_id = $2 AND id = $3 AND body = $4";
        let (before_body, after_body) = (body("credential", before)?, body("credential", after)?);
        let args = [
            Text(realm.as_str()),
            Text(person.as_str()),
            Text(before.id.as_str()),
            Text(&before_body),
            Text(&after_body),
        ];
        Ok(self.0.execute(sql, &args).await? > 0)
    }

    /// Removes a credential; tells whether it was there.
    ///
    /// # Errors
    /// The database's.
    pub async fn remove_credential(
        &mut self,
        realm: &RealmId,
        person: &UserId,
        credential: &CredentialId,
    ) -> Result<bool, Fault> {
        let sql = "DELETE FROM credential WHERE realm_id = $1 AND person_id = $2 AND id = $3";
        Ok(self
            .0
            .execute(
                sql,
                &[
                    Text(realm.as_str()),
                    Text(person.as_str()),
                    Text(credential.as_str()),
                ],
            )
            .await?
            > 0)
    }
}
