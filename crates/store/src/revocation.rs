//! Revocation lists and OCSP answers, kept once for all nodes.
//!
//! A source is an address that is asked from time to time, or an upload. One node at a time asks it ([`Write::claim`]); all load what came
//! ([`Read::changed_since`]), and hear of it by [`Store::revocation_news`]. What came is kept in parts under its digest, so that a large
//! list holds nobody up, and replaces only what is older.

use crate::database::{
    Arg::{Bytes, Int, MaybeInt, MaybeText, Text},
    Connection, Row, body,
};
use crate::store::{Store, Writer};
use crate::{Fault, Timestamp};
use serde_json::Value;

/// PostgreSQL tells of changes on this channel.
pub(crate) const CHANNEL: &str = "postern_revocation";
/// Content is written and read in parts of so many bytes.
const PART: usize = 512 * 1024;
/// More sources of a kind are not taken: they come from certificates that people show.
const MOST_LISTS: i64 = 5000;
const MOST_ANSWERS: i64 = 100_000;
/// Whether a source is still wanted is noted this often, milliseconds.
const NOTED_EVERY: i64 = 3_600_000;
/// What nobody wanted for so long is forgotten, milliseconds. An answer is about one person, and is asked for again when they come back.
const LIST_FORGOTTEN_AFTER: i64 = 60 * 86_400_000;
const ANSWER_FORGOTTEN_AFTER: i64 = 7 * 86_400_000;
/// Nodes that run hear of a removal within seconds; this is much longer, milliseconds.
const REMOVAL_KEPT: i64 = 86_400_000;

/// Reads what is known.
pub struct Read<'a>(pub(crate) Connection<'a>);

/// Changes what is known.
pub struct Write<'a>(pub(crate) &'a mut Writer);

/// What a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// A list at an address, which is the source's name.
    List,
    /// An answer of an OCSP responder.
    Answer,
    /// A list that an operator brought.
    Upload,
    /// It was one, and is no more.
    Removed,
}

/// A source and what is known of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// Its name: an address, or what its owner calls it.
    pub name: String,
    /// What it is.
    pub kind: SourceKind,
    /// What its owner keeps with it.
    pub body: Value,
    /// When it was last wanted, to the hour.
    pub wanted_at: Timestamp,
    /// When it is asked next.
    pub next_try: Timestamp,
    /// How often it failed since it last did not.
    pub failures: i64,
    /// Why it failed last.
    pub error: Option<String>,
    /// When it last answered.
    pub fetched_at: Timestamp,
    /// Of all changes, the one that brought the content.
    pub version: i64,
    /// What it gave, if anything.
    pub content: Option<Content>,
}

/// What a source gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// The digest, which names the bytes.
    pub digest: String,
    /// How many bytes.
    pub size: u64,
    /// The list's number in hex of fixed width, so that texts compare as numbers do.
    pub number: Option<String>,
    /// When it was made.
    pub this_update: Timestamp,
    /// When the next one is due.
    pub next_update: Option<Timestamp>,
}

/// How far somebody has read the changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// All changes before this one are read.
    pub version: i64,
    /// Of this one, the sources up to this name; empty for all of them.
    pub name: String,
}

/// How replacing ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replace {
    /// It is kept now, in this version.
    Replaced(i64),
    /// What is kept is newer, or the source is gone.
    Older,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT name, kind, body, next_try, failures, error, fetched_at, version, content, size, number, \
             this_update, next_update, wanted_at FROM revocation_source ",
            $rest
        )
    };
}

impl Seen {
    /// All changes up to this one.
    pub fn all_of(version: i64) -> Self {
        Self {
            version,
            name: String::new(),
        }
    }
}

impl Source {
    /// Everything up to this source.
    pub fn seen(&self) -> Seen {
        Seen {
            version: self.version,
            name: self.name.clone(),
        }
    }
}

impl SourceKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Answer => "answer",
            Self::Upload => "upload",
            Self::Removed => "removed",
        }
    }

    fn from_text(text: &str) -> Self {
        match text {
            "list" => Self::List,
            "answer" => Self::Answer,
            "upload" => Self::Upload,
            // One of a later release is left alone, as one that is gone is.
            _ => Self::Removed,
        }
    }
}

fn source(row: &Row) -> Result<Source, Fault> {
    let content = match row.maybe_text(8)? {
        Some(digest) => Some(Content {
            digest,
            size: u64::try_from(row.int(9)?).unwrap_or_default(),
            number: row.maybe_text(10)?,
            this_update: Timestamp(row.int(11)?),
            next_update: row.maybe_int(12)?.map(Timestamp),
        }),
        None => None,
    };
    Ok(Source {
        name: row.text(0)?,
        kind: SourceKind::from_text(&row.text(1)?),
        body: row.body(2, "revocation source")?,
        wanted_at: Timestamp(row.int(13)?),
        next_try: Timestamp(row.int(3)?),
        failures: row.int(4)?,
        error: row.maybe_text(5)?,
        fetched_at: Timestamp(row.int(6)?),
        version: row.int(7)?,
        content,
    })
}

impl Read<'_> {
    /// A number that grows with every change.
    ///
    /// # Errors
    /// The database's.
    pub async fn version(&mut self) -> Result<i64, Fault> {
        let row = self
            .0
            .row("SELECT version FROM revocation_state WHERE id = 1", &[])
            .await?;
        row.map_or(Ok(0), |row| row.int(0))
    }

    /// The next sources whose content changed, in the order of their changes, at most so many; those that lost it too.
    ///
    /// # Errors
    /// The database's.
    pub async fn changed_since(&mut self, seen: &Seen, most: u32) -> Result<Vec<Source>, Fault> {
        let sql = select!(
            "WHERE version > 0 AND (version > $1 OR (version = $1 AND $2 <> '' AND name > $2)) ORDER BY version, name LIMIT $3"
        );
        let args = [Int(seen.version), Text(&seen.name), Int(most.into())];
        self.sources(sql, &args).await
    }

    /// All sources that are or were asked, and uploads, by name.
    ///
    /// # Errors
    /// The database's.
    pub async fn all(&mut self) -> Result<Vec<Source>, Fault> {
        self.sources(select!("WHERE kind <> 'removed' ORDER BY name"), &[])
            .await
    }

    /// Sources that nobody asks at the moment and that are due, the most overdue first.
    ///
    /// # Errors
    /// The database's.
    pub async fn due(&mut self, now: Timestamp, most: u32) -> Result<Vec<Source>, Fault> {
        let sql = select!(
            "WHERE next_try <= $1 AND claimed_until <= $1 AND kind IN ('list', 'answer') ORDER BY next_try LIMIT $2"
        );
        self.sources(sql, &[Int(now.0), Int(most.into())]).await
    }

    async fn sources(
        &mut self,
        sql: &'static str,
        args: &[crate::database::Arg<'_>],
    ) -> Result<Vec<Source>, Fault> {
        self.0.rows(sql, args).await?.iter().map(source).collect()
    }

    async fn part(&mut self, digest: &str, part: i64) -> Result<Option<Vec<u8>>, Fault> {
        let sql = "SELECT bytes FROM revocation_part WHERE content = $1 AND part = $2";
        let row = self.0.row(sql, &[Text(digest), Int(part)]).await?;
        row.map(|row| row.bytes(0)).transpose()
    }
}

impl Write<'_> {
    /// Notes that a source is wanted: it is asked from now on, and again when its next try was put off for ever. Of each kind there are only so many; further ones are left out.
    ///
    /// # Errors
    /// The database's.
    pub async fn want(
        &mut self,
        name: &str,
        kind: SourceKind,
        of: &Value,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let sql = "INSERT INTO revocation_source (name, kind, body, wanted_at, next_try, failures, claimed_by, claimed_until, fetched_at, \
            version, size, this_update) SELECT $1, $2, $3, $4, 0, 0, '', 0, 0, 0, 0, 0 \
            WHERE (SELECT COUNT(*) FROM revocation_source WHERE kind = $2) < $5 \
            ON CONFLICT (name) DO UPDATE SET wanted_at = excluded.wanted_at, kind = excluded.kind, body = CASE \
            WHEN revocation_source.kind = 'removed' THEN excluded.body ELSE revocation_source.body END, next_try = CASE \
            WHEN revocation_source.kind = 'removed' OR revocation_source.next_try = $7 THEN 0 ELSE revocation_source.next_try END \
            WHERE revocation_source.kind = 'removed' OR revocation_source.wanted_at < $6";
        let body = body("revocation source", of)?;
        let args = [
            Text(name),
            Text(kind.as_str()),
            Text(&body),
            Int(now.0),
            Int(match kind {
                SourceKind::Answer => MOST_ANSWERS,
                SourceKind::List | SourceKind::Upload | SourceKind::Removed => MOST_LISTS,
            }),
            Int(now.0.saturating_sub(NOTED_EVERY)),
            Int(i64::MAX),
        ];
        self.0.connection().execute(sql, &args).await?;
        Ok(())
    }

    /// Takes a source that is due, until this instant: of any number of nodes that try, one has it.
    ///
    /// # Errors
    /// The database's.
    pub async fn claim(
        &mut self,
        name: &str,
        node: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, Fault> {
        let sql = "UPDATE revocation_source SET claimed_by = $2, claimed_until = $4 \
            WHERE name = $1 AND next_try <= $3 AND claimed_until <= $3";
        let args = [Text(name), Text(node), Int(now.0), Int(until.0)];
        Ok(self.0.connection().execute(sql, &args).await? > 0)
    }

    /// Gives a claimed source's content, whose bytes are kept already, and lets the source go until its next try. Content that is older
    /// than what is kept, by number or by time, changes nothing.
    ///
    /// # Errors
    /// The database's.
    pub async fn replace(
        &mut self,
        name: &str,
        node: &str,
        content: &Content,
        of: &Value,
        now: Timestamp,
        next_try: Timestamp,
    ) -> Result<Replace, Fault> {
        let version = self.next_version().await?;
        let sql = "UPDATE revocation_source SET content = $2, size = $3, number = $4, this_update = $5, next_update = $6, body = $7, \
            version = $8, fetched_at = $9, next_try = $10, failures = 0, error = NULL, \
            claimed_until = CASE WHEN claimed_by = $11 THEN 0 ELSE claimed_until END \
            WHERE name = $1 AND kind <> 'removed' AND (content IS NULL OR \
            ((number IS NULL OR CAST($4 AS TEXT) IS NULL OR number <= $4) AND this_update <= $5))";
        let body = body("revocation source", of)?;
        let args = [
            Text(name),
            Text(&content.digest),
            Int(content.size.try_into().unwrap_or(i64::MAX)),
            MaybeText(content.number.as_deref()),
            Int(content.this_update.0),
            MaybeInt(content.next_update.map(|instant| instant.0)),
            Text(&body),
            Int(version),
            Int(now.0),
            Int(next_try.0),
            Text(node),
        ];
        if self.0.connection().execute(sql, &args).await? == 0 {
            return Ok(Replace::Older);
        }
        self.tell().await?;
        Ok(Replace::Replaced(version))
    }

    /// Lets a claimed source go that gave what is kept already.
    ///
    /// # Errors
    /// The database's.
    pub async fn unchanged(
        &mut self,
        name: &str,
        node: &str,
        now: Timestamp,
        next_try: Timestamp,
    ) -> Result<(), Fault> {
        let sql = "UPDATE revocation_source SET fetched_at = $3, next_try = $4, failures = 0, error = NULL, claimed_until = 0 \
            WHERE name = $1 AND claimed_by = $2";
        let args = [Text(name), Text(node), Int(now.0), Int(next_try.0)];
        self.0.connection().execute(sql, &args).await?;
        Ok(())
    }

    /// Lets a claimed source go that gave nothing of use.
    ///
    /// # Errors
    /// The database's.
    pub async fn failed(
        &mut self,
        name: &str,
        node: &str,
        error: &str,
        next_try: Timestamp,
    ) -> Result<(), Fault> {
        let sql = "UPDATE revocation_source SET error = $3, next_try = $4, failures = failures + 1, claimed_until = 0 \
            WHERE name = $1 AND claimed_by = $2";
        let args = [Text(name), Text(node), Text(error), Int(next_try.0)];
        self.0.connection().execute(sql, &args).await?;
        Ok(())
    }

    /// Keeps a list that an operator brought, whose bytes are kept already; an older one than that of the same name changes nothing.
    ///
    /// # Errors
    /// The database's.
    pub async fn upload(
        &mut self,
        name: &str,
        content: &Content,
        of: &Value,
        now: Timestamp,
    ) -> Result<Replace, Fault> {
        self.want(name, SourceKind::Upload, of, now).await?;
        self.replace(name, "", content, of, now, Timestamp(i64::MAX))
            .await
    }

    /// Forgets what a source gave; tells whether there was anything. An upload is gone; an address is asked anew, and may give what is
    /// older than it gave before.
    ///
    /// # Errors
    /// The database's.
    pub async fn remove(&mut self, name: &str, now: Timestamp) -> Result<bool, Fault> {
        let version = self.next_version().await?;
        let sql = "UPDATE revocation_source SET content = NULL, number = NULL, this_update = 0, next_update = NULL, size = 0, version = $2, \
            next_try = 0, failures = 0, fetched_at = $3, body = CASE kind WHEN 'upload' THEN 'null' ELSE body END, \
            kind = CASE kind WHEN 'upload' THEN 'removed' ELSE kind END WHERE name = $1 AND kind <> 'removed'";
        let args = [Text(name), Int(version), Int(now.0)];
        if self.0.connection().execute(sql, &args).await? == 0 {
            return Ok(false);
        }
        self.tell().await?;
        Ok(true)
    }

    /// Removes what nobody wants any more, and bytes that no source gave last; gives how many rows went.
    pub(crate) async fn remove_expired(&mut self, now: Timestamp) -> Result<u64, Fault> {
        let before = |age: i64| Int(now.0.saturating_sub(age));
        let unwanted = [before(LIST_FORGOTTEN_AFTER), before(ANSWER_FORGOTTEN_AFTER)];
        let sql = "SELECT COUNT(*) FROM revocation_source WHERE (kind = 'list' AND wanted_at < $1) OR (kind = 'answer' AND wanted_at < $2)";
        let row = self.0.connection().row(sql, &unwanted).await?;
        if row.map_or(Ok(0), |row| row.int(0))? > 0 {
            let version = self.next_version().await?;
            let sql = "UPDATE revocation_source SET content = NULL, number = NULL, this_update = 0, next_update = NULL, size = 0, \
                version = $3, fetched_at = $4, kind = 'removed', body = 'null' \
                WHERE (kind = 'list' AND wanted_at < $1) OR (kind = 'answer' AND wanted_at < $2)";
            let [lists, answers] = unwanted;
            let args = [lists, answers, Int(version), Int(now.0)];
            self.0.connection().execute(sql, &args).await?;
            self.tell().await?;
        }
        let sql = "DELETE FROM revocation_source WHERE kind = 'removed' AND fetched_at < $1";
        let mut gone = self
            .0
            .connection()
            .execute_many(sql, &[before(REMOVAL_KEPT)])
            .await?;
        let sql = "DELETE FROM revocation_part WHERE written_at < $1 AND NOT EXISTS \
            (SELECT 1 FROM revocation_source WHERE revocation_source.content = revocation_part.content)";
        gone += self
            .0
            .connection()
            .execute_many(sql, &[before(REMOVAL_KEPT)])
            .await?;
        Ok(gone)
    }

    async fn put_part(
        &mut self,
        digest: &str,
        part: i64,
        bytes: &[u8],
        now: Timestamp,
    ) -> Result<(), Fault> {
        let sql = "INSERT INTO revocation_part (content, part, written_at, bytes) VALUES ($1, $2, $3, $4) \
            ON CONFLICT (content, part) DO UPDATE SET written_at = excluded.written_at";
        let args = [Text(digest), Int(part), Int(now.0), Bytes(bytes)];
        self.0.connection().execute(sql, &args).await?;
        Ok(())
    }

    /// The number of this change. Whoever changes something too waits for it, so that the numbers come in the order of the commits.
    async fn next_version(&mut self) -> Result<i64, Fault> {
        let sql =
            "UPDATE revocation_state SET version = version + 1 WHERE id = 1 RETURNING version";
        let row = self.0.connection().row(sql, &[]).await?;
        row.map_or(Ok(0), |row| row.int(0))
    }

    /// This node hears of it after the commit; others with the commit.
    async fn tell(&mut self) -> Result<(), Fault> {
        self.0.revocations_changed();
        if let connection @ Connection::Postgres(_) = &mut self.0.connection() {
            let args = [Text(CHANNEL), Text("")];
            connection.rows("SELECT pg_notify($1, $2)", &args).await?;
        }
        Ok(())
    }
}

impl Store {
    /// Keeps bytes under their digest, part by part, so that nobody else who writes waits long. They stay for a day; longer when a source
    /// has them as its content.
    ///
    /// # Errors
    /// The database's.
    pub async fn keep_revocation_content(
        &self,
        digest: &str,
        bytes: &[u8],
        now: Timestamp,
    ) -> Result<(), Fault> {
        for (at, part) in (0..).zip(bytes.chunks(PART)) {
            let mut writer = self.write().await?;
            writer.revocations().put_part(digest, at, part, now).await?;
            writer.commit().await?;
        }
        Ok(())
    }

    /// The bytes of a source's content, read part by part into one piece; nothing when they were replaced meanwhile.
    ///
    /// # Errors
    /// The database's.
    pub async fn revocation_content(&self, content: &Content) -> Result<Option<Vec<u8>>, Fault> {
        let Ok(size) = usize::try_from(content.size) else {
            return Ok(None);
        };
        let mut reader = self.read().await?;
        let mut bytes = Vec::new();
        bytes.reserve_exact(size);
        for at in 0.. {
            if bytes.len() == size {
                break;
            }
            match reader.revocations().part(&content.digest, at).await? {
                Some(part) if bytes.len() + part.len() <= size => bytes.extend_from_slice(&part),
                _ => return Ok(None),
            }
        }
        Ok(Some(bytes))
    }

    /// Returns when somebody changed what is known of revocation: here at once, on PostgreSQL elsewhere too. News may be lost, so versions
    /// are compared from time to time as well.
    pub async fn revocation_news(&self) {
        self.news().notified().await;
    }
}
