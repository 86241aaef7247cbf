//! Tables `devices` and `push_deliveries`.

use std::collections::HashSet;

use sqlx::{FromRow, PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::id::{DeviceId, NotificationId, UserId};

use crate::channels::push::{Address, Device, web::Subscription};

#[derive(Debug, FromRow)]
struct Row {
    device_id: Uuid,
    kind: String,
    address: String,
    p256dh: Option<String>,
    auth: Option<String>,
}

impl From<Row> for Device {
    fn from(row: Row) -> Self {
        let Row { device_id: id, kind, address, p256dh, auth } = row;
        let address = match kind.as_str() {
            "fcm" => Address::Fcm(address),
            _ => Address::Web(Subscription {
                endpoint: address,
                p256dh: p256dh.unwrap_or_default(),
                auth: auth.unwrap_or_default(),
            }),
        };
        Self { id, address }
    }
}

/// A device in a list.
#[derive(Debug, Clone, FromRow)]
pub struct Listed {
    pub device_id: Uuid,
    pub kind: String,
    pub created_at: OffsetDateTime,
}

/// Registers a device; one that is known is its new owner's from now on, and keeps its id.
pub async fn save(
    conn: &mut PgConnection,
    user_id: UserId,
    device: &Device,
    now: OffsetDateTime,
) -> Result<Listed, sqlx::Error> {
    let (kind, address, keys) = match &device.address {
        Address::Fcm(token) => ("fcm", token, None),
        Address::Web(web) => ("web_push", &web.endpoint, Some((&web.p256dh, &web.auth))),
    };
    sqlx::query_as(
        "INSERT INTO devices (device_id, user_id, kind, address, p256dh, auth, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (address) DO UPDATE SET user_id = $2, kind = $3, p256dh = $5, auth = $6, created_at = $7 \
         RETURNING device_id, kind, created_at",
    )
    .bind(device.id)
    .bind(user_id.uuid())
    .bind(kind)
    .bind(address)
    .bind(keys.map(|(p256dh, _)| p256dh))
    .bind(keys.map(|(_, auth)| auth))
    .bind(now)
    .fetch_one(conn)
    .await
}

/// Keeps the newest `most` devices of somebody.
pub async fn trim(conn: &mut PgConnection, user_id: UserId, most: i64) -> Result<(), sqlx::Error> {
    sqlx::query(
        "DELETE FROM devices WHERE device_id IN \
         (SELECT device_id FROM devices WHERE user_id = $1 ORDER BY created_at DESC, device_id DESC OFFSET $2)",
    )
    .bind(user_id.uuid())
    .bind(most)
    .execute(conn)
    .await?;
    Ok(())
}

/// Somebody's devices, newest first.
pub async fn list(conn: &mut PgConnection, user_id: UserId) -> Result<Vec<Listed>, sqlx::Error> {
    sqlx::query_as(
        "SELECT device_id, kind, created_at FROM devices WHERE user_id = $1 ORDER BY created_at DESC, device_id DESC",
    )
    .bind(user_id.uuid())
    .fetch_all(conn)
    .await
}

/// Who of these users has a device.
pub async fn owners(conn: &mut PgConnection, users: &[UserId]) -> Result<HashSet<UserId>, sqlx::Error> {
    let ids: Vec<Uuid> = users.iter().map(|id| id.uuid()).collect();
    let owners: Vec<Uuid> =
        sqlx::query_scalar("SELECT DISTINCT user_id FROM devices WHERE user_id = ANY($1)")
            .bind(ids)
            .fetch_all(conn)
            .await?;
    Ok(owners.into_iter().map(UserId).collect())
}

/// Removes a device of somebody; says whether it was there.
pub async fn delete(conn: &mut PgConnection, user_id: UserId, id: DeviceId) -> Result<bool, sqlx::Error> {
    let done = sqlx::query("DELETE FROM devices WHERE device_id = $1 AND user_id = $2")
        .bind(id.uuid())
        .bind(user_id.uuid())
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Somebody's devices that do not have a message yet, and how many have it.
pub async fn waiting(
    pool: &PgPool,
    user_id: UserId,
    message: NotificationId,
) -> Result<(Vec<Device>, i64), sqlx::Error> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT device_id, kind, address, p256dh, auth FROM devices d WHERE user_id = $1 AND NOT EXISTS \
         (SELECT FROM push_deliveries p WHERE p.notification_id = $2 AND p.device_id = d.device_id) ORDER BY device_id",
    )
    .bind(user_id.uuid())
    .bind(message.uuid())
    .fetch_all(pool)
    .await?;
    let had = sqlx::query_scalar("SELECT count(*) FROM push_deliveries WHERE notification_id = $1")
        .bind(message.uuid())
        .fetch_one(pool)
        .await?;
    Ok((rows.into_iter().map(Device::from).collect(), had))
}

/// Notes that a device has a message.
pub async fn delivered(pool: &PgPool, message: NotificationId, device: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO push_deliveries (notification_id, device_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
    )
    .bind(message.uuid())
    .bind(device)
    .execute(pool)
    .await?;
    Ok(())
}

/// Forgets a device that its provider does not know any more.
pub async fn forget(pool: &PgPool, device: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM devices WHERE device_id = $1").bind(device).execute(pool).await?;
    Ok(())
}
