//! Which pages changed: written beside the event that tells the read model, read by replicas that keep pages.

use sqlx::{PgConnection, PgPool, Row as _};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::id::ProductId;

/// A place in the two feeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Position {
    /// Of `product_changes`.
    pub change: i64,
    /// Of `stock_movements`.
    pub movement: i64,
}

/// Numbers before a place that nobody has seen: their transactions were under way, or never committed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Missing {
    /// Of `product_changes`.
    pub changes: Vec<i64>,
    /// Of `stock_movements`.
    pub movements: Vec<i64>,
}

/// A change of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Change {
    /// Whether stock moved.
    pub stock: bool,
    /// Number in its feed.
    pub number: i64,
    pub product_id: ProductId,
}

/// Writes that these products changed.
pub async fn insert(
    conn: &mut PgConnection,
    products: &[ProductId],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = products.iter().map(|id| id.uuid()).collect();
    sqlx::query("INSERT INTO product_changes (product_id, created_at) SELECT id, $2 FROM unnest($1::uuid[]) AS c (id)")
        .bind(ids)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

/// The newest place of both feeds.
pub async fn newest(pool: &PgPool) -> Result<Position, sqlx::Error> {
    let row = sqlx::query(
        "SELECT (SELECT coalesce(max(change_id), 0) FROM product_changes) AS change, \
         (SELECT coalesce(max(movement_id), 0) FROM stock_movements) AS movement",
    )
    .fetch_one(pool)
    .await?;
    Ok(Position { change: row.try_get("change")?, movement: row.try_get("movement")? })
}

/// What came after a place, `limit` of each feed at most, and what of the missing numbers is there now.
pub async fn after(
    pool: &PgPool,
    position: Position,
    missing: &Missing,
    limit: i64,
) -> Result<Vec<Change>, sqlx::Error> {
    let rows = sqlx::query(
        "(SELECT false AS stock, change_id AS number, product_id FROM product_changes WHERE change_id > $1 \
             ORDER BY change_id LIMIT $3) \
         UNION ALL (SELECT false, change_id, product_id FROM product_changes WHERE change_id = ANY($4)) \
         UNION ALL \
         (SELECT true, movement_id, product_id FROM stock_movements WHERE movement_id > $2 ORDER BY movement_id LIMIT $3) \
         UNION ALL (SELECT true, movement_id, product_id FROM stock_movements WHERE movement_id = ANY($5))",
    )
    .bind(position.change)
    .bind(position.movement)
    .bind(limit)
    .bind(&missing.changes)
    .bind(&missing.movements)
    .fetch_all(pool)
    .await?;
    let change = |row: &sqlx::postgres::PgRow| {
        let product_id = ProductId(row.try_get("product_id")?);
        Ok(Change { stock: row.try_get("stock")?, number: row.try_get("number")?, product_id })
    };
    rows.iter().map(change).collect()
}

/// Rows of one statement: few enough to be done long before the time for a statement ends.
const SWEEP_ROWS: i64 = 5000;

/// Forgets changes that every replica has read long ago, however many: an import makes a million.
pub async fn sweep(pool: &PgPool, before: OffsetDateTime) -> Result<(), sqlx::Error> {
    const DELETE: &str = "DELETE FROM product_changes \
        WHERE ctid = ANY(ARRAY(SELECT ctid FROM product_changes WHERE created_at < $1 LIMIT $2))";
    while sqlx::query(DELETE).bind(before).bind(SWEEP_ROWS).execute(pool).await?.rows_affected() > 0 {}
    Ok(())
}
