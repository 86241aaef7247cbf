//! Tables `bounces` and `suppressions`. Addresses are in lower case.

use sqlx::{FromRow, PgConnection};
use time::OffsetDateTime;

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
    pub address: String,
    pub reason: String,
    pub suppressed_at: OffsetDateTime,
}

/// Notes what came back and, unless it may go through the next time, writes to the address no more; says whether it is new.
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
    let done = sqlx::query(
        "INSERT INTO bounces (bounce_key, address, kind, detail, at) VALUES ($1, lower($2), $3, $4, $5) ON CONFLICT DO NOTHING",
    )
    .bind(key)
    .bind(address)
    .bind(word)
    .bind(detail)
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
        "INSERT INTO suppressions (address, reason, suppressed_at) VALUES (lower($1), $2, $3) ON CONFLICT DO NOTHING",
    )
    .bind(address)
    .bind(reason)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Addresses after this one that are not written to, in their order.
pub async fn page(
    conn: &mut PgConnection,
    after: Option<String>,
    limit: i64,
) -> Result<Vec<Suppressed>, sqlx::Error> {
    sqlx::query_as(
        "SELECT address, reason, suppressed_at FROM suppressions WHERE $1::text IS NULL OR address > $1 \
         ORDER BY address LIMIT $2",
    )
    .bind(after)
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// Writes to an address again; says whether it was not written to.
pub async fn release(conn: &mut PgConnection, address: &str) -> Result<bool, sqlx::Error> {
    let done =
        sqlx::query("DELETE FROM suppressions WHERE address = lower($1)").bind(address).execute(conn).await?;
    Ok(done.rows_affected() == 1)
}
