//! Table `wordings`: what the shop says in its own words, and all it ever said.

use sqlx::{FromRow, PgConnection};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::id::UserId;

use crate::domain::{channel::Channel, language::Language, template::Kind, wording::Wording};

/// A version of a message's words.
#[derive(Debug, Clone)]
pub struct Version {
    pub number: i64,
    /// None: from here on the built-in words count.
    pub wording: Option<Wording>,
    pub edited_by: UserId,
    pub edited_at: OffsetDateTime,
}

#[derive(Debug, FromRow)]
struct Row {
    version: i64,
    subject: Option<String>,
    body: Option<String>,
    edited_by: Uuid,
    edited_at: OffsetDateTime,
}

impl From<Row> for Version {
    fn from(Row { version, subject, body, edited_by, edited_at }: Row) -> Self {
        let wording = subject.zip(body).map(|(subject, body)| Wording { subject, body });
        Self { number: version, wording, edited_by: UserId(edited_by), edited_at }
    }
}

/// Versions of a message's words, newest first, at most this many.
pub async fn versions(
    conn: &mut PgConnection,
    kind: Kind<'_>,
    limit: i64,
) -> Result<Vec<Version>, sqlx::Error> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT version, subject, body, edited_by, edited_at FROM wordings \
         WHERE event_type = $1 AND channel = $2 AND locale = $3 ORDER BY version DESC LIMIT $4",
    )
    .bind(kind.event_type)
    .bind(kind.channel.as_str())
    .bind(kind.language.tag())
    .bind(limit)
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Version::from).collect())
}

/// The newest version, if the shop ever wrote one.
pub async fn newest(conn: &mut PgConnection, kind: Kind<'_>) -> Result<Option<Version>, sqlx::Error> {
    Ok(versions(conn, kind, 1).await?.pop())
}

/// Adds a version; false when somebody else added that one first.
pub async fn insert(conn: &mut PgConnection, kind: Kind<'_>, version: &Version) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "INSERT INTO wordings (event_type, channel, locale, version, subject, body, edited_by, edited_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
    )
    .bind(kind.event_type)
    .bind(kind.channel.as_str())
    .bind(kind.language.tag())
    .bind(version.number)
    .bind(version.wording.as_ref().map(|wording| &wording.subject))
    .bind(version.wording.as_ref().map(|wording| &wording.body))
    .bind(version.edited_by.uuid())
    .bind(version.edited_at)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Words that count now, of messages about these events.
#[derive(Debug, Default)]
pub struct InForce(Vec<(String, Channel, Language, Wording)>);

impl InForce {
    /// The shop's own words for a message, if it has any.
    pub fn of(&self, kind: Kind<'_>) -> Option<&Wording> {
        let same = |(event_type, channel, language, _): &&(String, Channel, Language, Wording)| {
            Kind { event_type, channel: *channel, language: *language } == kind
        };
        self.0.iter().find(same).map(|(_, _, _, wording)| wording)
    }
}

/// The newest version of a message.
#[derive(Debug, FromRow)]
struct Newest {
    event_type: String,
    channel: String,
    locale: String,
    subject: Option<String>,
    body: Option<String>,
}

impl Newest {
    /// None where the built-in words count, and for channels and languages that a later version knows and this one does
    /// not.
    fn own(self) -> Option<(String, Channel, Language, Wording)> {
        let language = Language::tagged(&self.locale)?;
        let wording = Wording { subject: self.subject?, body: self.body? };
        Some((self.event_type, self.channel.parse().ok()?, language, wording))
    }
}

/// Reads the words that count now for these events.
pub async fn in_force(conn: &mut PgConnection, events: &[&str]) -> Result<InForce, sqlx::Error> {
    let rows: Vec<Newest> = sqlx::query_as(
        "SELECT DISTINCT ON (event_type, channel, locale) event_type, channel, locale, subject, body FROM wordings \
         WHERE event_type = ANY($1) ORDER BY event_type, channel, locale, version DESC",
    )
    .bind(events)
    .fetch_all(conn)
    .await?;
    Ok(InForce(rows.into_iter().filter_map(Newest::own).collect()))
}
