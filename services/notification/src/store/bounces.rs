//! Tables `bounces` and `suppressions`. The tables keep what addresses hash to (`address_hash`), which triggers see to.

use sqlx::{FromRow, PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

/// Something that came back.
#[derive(Debug, Clone)]
pub struct Bounce {
    /// The teller's own name for it.
    pub key: String,
    pub address: String,
    pub kind: Kind,
    pub detail: String,
}

/// What came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The address takes no mail.
    Hard,
    /// Not this time.
    Soft,
    /// Its owner calls it spam.
    Complaint,
}

/// An address that is not written to.
#[derive(Debug, Clone, FromRow)]
pub struct Suppressed {
    /// What the address hashes to.
    pub hash: String,
    /// As long as somebody here has it.
    pub address: Option<String>,
    pub reason: String,
    pub suppressed_at: OffsetDateTime,
}

/// Notes what came back and, unless it may go through the next time, writes to the address no more; says whether it is new.
/// What was said is kept only of an address that somebody here has, who is held: an erasure at the same moment finds it.
pub async fn insert(
    conn: &mut PgConnection,
    bounce: &Bounce,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let Bounce { key, address, kind, detail } = bounce;
    let (word, reason) = match kind {
        Kind::Hard => ("hard", Some("bounce")),
        Kind::Soft => ("soft", None),
        Kind::Complaint => ("complaint", Some("complaint")),
    };
    let whose = "SELECT user_id FROM contacts WHERE address_hash(email) = address_hash($1) AND deleted_at IS NULL \
                 ORDER BY user_id FOR SHARE";
    let whose: Vec<Uuid> = sqlx::query_scalar(whose).bind(address).fetch_all(&mut *conn).await?;
    let done = sqlx::query(
        "INSERT INTO bounces (bounce_key, address, kind, detail, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
    )
    .bind(key)
    .bind(address)
    .bind(word)
    .bind(if whose.is_empty() { "" } else { detail })
    .bind(now)
    .execute(&mut *conn)
    .await?;
    if let Some(reason) = reason.filter(|_| done.rows_affected() == 1) {
        suppress(conn, address, reason, now).await?;
    }
    Ok(done.rows_affected() == 1)
}

async fn suppress(
    conn: &mut PgConnection,
    address: &str,
    reason: &str,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO suppressions (address, reason, suppressed_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    )
    .bind(address)
    .bind(reason)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Addresses that are not written to, after this hash in the order of hashes; of one address alone when it is named.
pub async fn page(
    conn: &mut PgConnection,
    address: Option<&str>,
    after: Option<String>,
    limit: i64,
) -> Result<Vec<Suppressed>, sqlx::Error> {
    sqlx::query_as(
        "SELECT s.address AS hash, coalesce(lower($1), (SELECT lower(c.email) FROM contacts c \
             WHERE address_hash(c.email) = s.address AND c.deleted_at IS NULL LIMIT 1)) AS address, s.reason, s.suppressed_at \
         FROM suppressions s WHERE ($1::text IS NULL OR s.address = address_hash($1)) \
         AND ($2::text IS NULL OR s.address > $2) ORDER BY s.address LIMIT $3",
    )
    .bind(address)
    .bind(after)
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// Writes to an address again; says whether it was not written to.
pub async fn release(conn: &mut PgConnection, address: &str) -> Result<bool, sqlx::Error> {
    let done = sqlx::query("DELETE FROM suppressions WHERE address = address_hash($1)")
        .bind(address)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Empties what mail servers said of addresses that a contact, which the caller holds, has or had.
pub async fn forget_words(conn: &mut PgConnection, user_id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE bounces SET detail = '' WHERE detail <> '' AND address = ANY(ARRAY( \
         SELECT address_hash(email) FROM contacts WHERE user_id = $1 UNION \
         SELECT address_hash(recipient) FROM notifications WHERE user_id = $1 AND channel = 'email' AND recipient <> ''))",
    )
    .bind(user_id)
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets what came back before this time, so many at most; returns how many.
pub async fn sweep(pool: &PgPool, before: OffsetDateTime, limit: i64) -> Result<u64, sqlx::Error> {
    let done = sqlx::query(
        "DELETE FROM bounces WHERE bounce_key IN \
         (SELECT bounce_key FROM bounces WHERE at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)",
    )
    .bind(before)
    .bind(limit)
    .execute(pool)
    .await?;
    Ok(done.rows_affected())
}
