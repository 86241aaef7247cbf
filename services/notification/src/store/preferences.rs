//! Table `preferences`.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::id::UserId;

use crate::domain::{channel::Channel, topic::Topic, unsubscribe::Choice};

/// What somebody chose, where they chose anything.
pub async fn list(
    conn: &mut PgConnection,
    user_id: UserId,
) -> Result<Vec<(Topic, Channel, bool)>, sqlx::Error> {
    let chosen = all(conn, &[user_id]).await?;
    Ok(chosen.into_iter().map(|(choice, enabled)| (choice.topic, choice.channel, enabled)).collect())
}

/// What these users chose, where they chose anything.
pub async fn all(conn: &mut PgConnection, users: &[UserId]) -> Result<Vec<(Choice, bool)>, sqlx::Error> {
    let ids: Vec<Uuid> = users.iter().map(|id| id.uuid()).collect();
    let rows: Vec<(Uuid, String, String, bool)> =
        sqlx::query_as("SELECT user_id, topic, channel, enabled FROM preferences WHERE user_id = ANY($1)")
            .bind(ids)
            .fetch_all(conn)
            .await?;
    // What a later version knows and this one does not is nobody's choice here.
    let known = |(user_id, topic, channel, enabled): (Uuid, String, String, bool)| {
        let (topic, channel) = (topic.parse().ok()?, channel.parse().ok()?);
        Some((Choice { user_id: UserId(user_id), topic, channel }, enabled))
    };
    Ok(rows.into_iter().filter_map(known).collect())
}

/// Notes what somebody chose.
pub async fn save(
    conn: &mut PgConnection,
    choice: Choice,
    enabled: bool,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO preferences (user_id, topic, channel, enabled, changed_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (user_id, topic, channel) DO UPDATE SET enabled = $4, changed_at = $5",
    )
    .bind(choice.user_id.uuid())
    .bind(choice.topic.as_str())
    .bind(choice.channel.as_str())
    .bind(enabled)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}
