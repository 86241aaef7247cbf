//! Stock: rows locked in the order of their key, numbers and movements written together.

use std::collections::HashSet;

use sqlx::{PgConnection, PgPool, Row as _, postgres::PgRow};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::id::{LocationId, OrderId, ProductId, VariantId};

use super::unreadable;
use crate::domain::{
    movement::Movement,
    shelf::{Level, Shelf, Shelves},
    stock::Stock,
};

/// Who or what caused movements.
#[derive(Debug, Clone, Copy)]
pub enum Cause<'a> {
    /// An order; of what its end set free, why it ended.
    Order(OrderId, Option<&'a str>),
    /// Somebody, and why.
    Person { actor: &'a str, reason: &'a str },
}

impl<'a> Cause<'a> {
    fn order(self) -> Option<Uuid> {
        match self {
            Self::Order(id, _) => Some(id.uuid()),
            Self::Person { .. } => None,
        }
    }

    fn actor(self) -> Option<&'a str> {
        match self {
            Self::Order(..) => None,
            Self::Person { actor, .. } => Some(actor),
        }
    }

    fn reason(self) -> Option<&'a str> {
        match self {
            Self::Order(_, reason) => reason,
            Self::Person { reason, .. } => Some(reason),
        }
    }
}

/// Levels with what is known of their variants and places, in the order of their key.
macro_rules! levels {
    ($which:literal, $hold:literal) => {
        concat!(
            "SELECT s.variant_id, s.location_id, s.product_id, s.on_hand, s.reserved, s.backorder, v.sku, v.low_stock_at, \
             (v.status = 'active' AND p.status = 'active') AS for_sale, l.priority, l.active \
             FROM stock_levels s JOIN variants v USING (variant_id) JOIN products p ON p.product_id = s.product_id \
             JOIN locations l USING (location_id) WHERE ",
            $which,
            " ORDER BY s.variant_id, s.location_id",
            $hold
        )
    };
}

/// The stock of these variants at every place, held until the transaction ends.
///
/// Everybody locks in the order of (variant, place), so that two orders for the same goods never wait for each other in
/// a circle. NO KEY: new allocations and movements, which only refer to a row, need not wait.
pub async fn lock(
    conn: &mut PgConnection,
    variants: impl IntoIterator<Item = VariantId>,
) -> Result<Shelves, sqlx::Error> {
    let ids: Vec<Uuid> = variants.into_iter().map(VariantId::uuid).collect();
    let rows = sqlx::query(levels!("s.variant_id = ANY($1)", " FOR NO KEY UPDATE OF s"))
        .bind(ids)
        .fetch_all(conn)
        .await?;
    gather(&rows)
}

/// Rows in the order of their key → shelves.
fn gather(rows: &[PgRow]) -> Result<Shelves, sqlx::Error> {
    let mut shelves = Shelves::new();
    for row in rows {
        let id = VariantId(row.try_get("variant_id")?);
        let (on_hand, reserved) = (row.try_get("on_hand")?, row.try_get("reserved")?);
        let stock = Stock::new(on_hand, reserved, row.try_get("backorder")?);
        let level = Level {
            location_id: LocationId(row.try_get("location_id")?),
            priority: row.try_get("priority")?,
            active: row.try_get("active")?,
            stock: stock.ok_or_else(|| unreadable("stock_levels", id, "on_hand"))?,
        };
        let shelf = Shelf {
            product_id: ProductId(row.try_get("product_id")?),
            sku: row.try_get("sku")?,
            for_sale: row.try_get("for_sale")?,
            low_at: row.try_get("low_stock_at")?,
            levels: vec![],
        };
        shelves.entry(id).or_insert(shelf).levels.push(level);
    }
    Ok(shelves)
}

/// Makes room for a variant at a place, the one by default when none is named; none when there is no such place.
pub async fn open(
    conn: &mut PgConnection,
    product: ProductId,
    variant: VariantId,
    location: Option<LocationId>,
) -> Result<Option<LocationId>, sqlx::Error> {
    let found: Option<Uuid> = sqlx::query_scalar(
        "WITH place AS (SELECT location_id FROM locations WHERE CASE WHEN $3::uuid IS NULL THEN by_default ELSE location_id = $3 END), \
         made AS (INSERT INTO stock_levels (variant_id, location_id, product_id) SELECT $1, location_id, $2 FROM place \
             ON CONFLICT DO NOTHING) \
         SELECT location_id FROM place",
    )
    .bind(variant.uuid())
    .bind(product.uuid())
    .bind(location.map(LocationId::uuid))
    .fetch_optional(conn)
    .await?;
    Ok(found.map(LocationId))
}

/// Allows this many items to be promised that are not there; whether that differs. None when more are promised already.
pub async fn allow_backorder(
    conn: &mut PgConnection,
    variant: VariantId,
    location: LocationId,
    backorder: i64,
) -> Result<Option<bool>, sqlx::Error> {
    sqlx::query_scalar(
        "WITH old AS (SELECT backorder FROM stock_levels WHERE variant_id = $1 AND location_id = $2 FOR NO KEY UPDATE) \
         UPDATE stock_levels s SET backorder = $3 FROM old \
         WHERE variant_id = $1 AND location_id = $2 AND reserved <= on_hand + $3 RETURNING old.backorder <> $3",
    )
    .bind(variant.uuid())
    .bind(location.uuid())
    .bind(backorder)
    .fetch_optional(conn)
    .await
}

/// A movement and its cause.
pub type Entry<'a> = (Movement, Cause<'a>);

/// Writes the movements and the new numbers.
pub async fn apply(
    conn: &mut PgConnection,
    entries: &[Entry<'_>],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let ids = |of: fn(&Movement) -> Uuid| entries.iter().map(|(m, _)| of(m)).collect::<Vec<Uuid>>();
    let deltas = |of: fn(&Movement) -> i64| entries.iter().map(|(m, _)| of(m)).collect::<Vec<i64>>();
    let levels: HashSet<_> = entries.iter().map(|(m, _)| (m.variant_id, m.location_id)).collect();
    // Deltas, not totals: the CHECKs of the table see the row as it is, whatever was read before.
    let done = sqlx::query(
        "WITH moves AS (SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::bigint[], $6::text[], \
             $7::uuid[], $8::text[], $9::text[]) WITH ORDINALITY \
             AS m (product_id, variant_id, location_id, on_hand, reserved, kind, order_id, actor, reason, nth)), \
         written AS (INSERT INTO stock_movements (product_id, variant_id, location_id, kind, on_hand_delta, reserved_delta, \
             order_id, actor, reason, created_at) \
             SELECT product_id, variant_id, location_id, kind, on_hand, reserved, order_id, actor, reason, $10 FROM moves \
             ORDER BY nth), \
         sums AS (SELECT variant_id, location_id, sum(on_hand)::bigint AS on_hand, sum(reserved)::bigint AS reserved \
             FROM moves GROUP BY variant_id, location_id) \
         UPDATE stock_levels s SET on_hand = s.on_hand + m.on_hand, reserved = s.reserved + m.reserved \
         FROM sums m WHERE (s.variant_id, s.location_id) = (m.variant_id, m.location_id)",
    )
    .bind(ids(|m| m.product_id.uuid()))
    .bind(ids(|m| m.variant_id.uuid()))
    .bind(ids(|m| m.location_id.uuid()))
    .bind(deltas(|m| m.on_hand_delta))
    .bind(deltas(|m| m.reserved_delta))
    .bind(entries.iter().map(|(m, _)| m.kind.as_str()).collect::<Vec<_>>())
    .bind(entries.iter().map(|(_, cause)| cause.order()).collect::<Vec<_>>())
    .bind(entries.iter().map(|(_, cause)| cause.actor()).collect::<Vec<_>>())
    .bind(entries.iter().map(|(_, cause)| cause.reason()).collect::<Vec<_>>())
    .bind(now)
    .execute(conn)
    .await?;
    match usize::try_from(done.rows_affected()) == Ok(levels.len()) {
        true => Ok(()),
        false => Err(sqlx::Error::RowNotFound),
    }
}

/// Items that were added at the default place by adjustments of this reason.
pub async fn adjusted(conn: &mut PgConnection, variant: VariantId, reason: &str) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT coalesce(sum(on_hand_delta), 0)::bigint FROM stock_movements JOIN locations l USING (location_id) \
         WHERE variant_id = $1 AND l.by_default AND kind = 'adjusted' AND reason = $2",
    )
    .bind(variant.uuid())
    .bind(reason)
    .fetch_one(conn)
    .await
}

/// The stock of a product at every place, as it is at this moment.
pub async fn shelves(pool: &PgPool, product: ProductId) -> Result<Shelves, sqlx::Error> {
    let rows = sqlx::query(levels!("s.product_id = $1", "")).bind(product.uuid()).fetch_all(pool).await?;
    gather(&rows)
}

/// A movement that was written.
#[derive(Debug, Clone)]
pub struct Moved {
    pub number: i64,
    pub variant_id: VariantId,
    pub location_id: LocationId,
    pub kind: String,
    pub on_hand_delta: i64,
    pub reserved_delta: i64,
    pub order_id: Option<OrderId>,
    pub actor: Option<String>,
    pub reason: Option<String>,
    pub created_at: OffsetDateTime,
}

/// Movements of a product, the newest first, before a number.
pub async fn movements(
    pool: &PgPool,
    product: ProductId,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Moved>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT * FROM stock_movements WHERE product_id = $1 AND ($2::bigint IS NULL OR movement_id < $2) \
         ORDER BY movement_id DESC LIMIT $3",
    )
    .bind(product.uuid())
    .bind(before)
    .bind(limit)
    .fetch_all(pool)
    .await?;
    let moved = |row: &PgRow| {
        Ok(Moved {
            number: row.try_get("movement_id")?,
            variant_id: VariantId(row.try_get("variant_id")?),
            location_id: LocationId(row.try_get("location_id")?),
            kind: row.try_get("kind")?,
            on_hand_delta: row.try_get("on_hand_delta")?,
            reserved_delta: row.try_get("reserved_delta")?,
            order_id: row.try_get::<Option<Uuid>, _>("order_id")?.map(OrderId),
            actor: row.try_get("actor")?,
            reason: row.try_get("reason")?,
            created_at: row.try_get("created_at")?,
        })
    };
    rows.iter().map(moved).collect()
}
