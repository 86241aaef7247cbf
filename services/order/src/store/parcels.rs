//! The parcels of orders, as shipment told of them last.

use std::collections::BTreeMap;

use sqlx::{PgConnection, types::Json};
use warung_contracts::{
    event::{ShipmentChanged, ShippedParcel},
    id::OrderId,
};

/// Keeps what is told, of each order the latest. Everybody writes in the order of orders.
pub async fn keep(conn: &mut PgConnection, told: &[ShipmentChanged]) -> Result<(), sqlx::Error> {
    let mut latest: BTreeMap<OrderId, &ShipmentChanged> = BTreeMap::new();
    for news in told {
        let known = latest.entry(news.order_id).or_insert(news);
        if known.version < news.version {
            *known = news;
        }
    }
    sqlx::query(
        "INSERT INTO order_parcels AS p (order_id, version, parcels) \
         SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::jsonb[]) AS n (order_id, version, parcels) ORDER BY 1 \
         ON CONFLICT (order_id) DO UPDATE SET version = excluded.version, parcels = excluded.parcels \
         WHERE p.version < excluded.version",
    )
    .bind(latest.keys().map(|id| id.uuid()).collect::<Vec<_>>())
    .bind(latest.values().map(|news| news.version).collect::<Vec<_>>())
    .bind(latest.values().map(|news| Json(&news.parcels)).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

/// The parcels of an order by number; none while none is known.
pub async fn of(conn: &mut PgConnection, order: OrderId) -> Result<Vec<ShippedParcel>, sqlx::Error> {
    let query = "SELECT parcels FROM order_parcels WHERE order_id = $1";
    let found: Option<Json<Vec<ShippedParcel>>> =
        sqlx::query_scalar(query).bind(order.uuid()).fetch_optional(conn).await?;
    Ok(found.map(|Json(parcels)| parcels).unwrap_or_default())
}
