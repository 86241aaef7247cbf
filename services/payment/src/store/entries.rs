//! The books, entry by entry.

use sqlx::{FromRow, PgConnection};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::{currency::Currency, id::OrderId};

/// Which entries.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Booked then or later.
    pub from: Option<OffsetDateTime>,
    /// Booked before.
    pub to: Option<OffsetDateTime>,
    pub account: Option<String>,
    pub currency: Option<Currency>,
    pub order: Option<OrderId>,
}

/// Where an entry stands in the books: by time, the sides of a transaction together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub at: OffsetDateTime,
    pub transaction_id: Uuid,
    pub position: i32,
}

/// One side of a movement of money, and what it belongs to.
#[derive(Debug, Clone, FromRow)]
pub struct Entry {
    pub transaction_id: Uuid,
    pub position: i32,
    pub at: OffsetDateTime,
    pub kind: String,
    pub account: String,
    pub amount_minor: i64,
    #[sqlx(try_from = "String")]
    pub currency: Currency,
    pub payment_id: Uuid,
    pub order_id: Uuid,
    pub order_number: Option<String>,
    pub attempt: i32,
    pub provider: String,
    pub payment_reference: Option<String>,
    pub reference: Option<String>,
    pub refund_id: Option<Uuid>,
    pub dispute_id: Option<Uuid>,
}

impl Entry {
    /// Where it stands.
    pub fn place(&self) -> Place {
        Place { at: self.at, transaction_id: self.transaction_id, position: self.position }
    }
}

/// Entries, oldest first, after one of them.
pub async fn after(
    conn: &mut PgConnection,
    filter: &Filter,
    after: Option<Place>,
    limit: i64,
) -> Result<Vec<Entry>, sqlx::Error> {
    sqlx::query_as(
        "SELECT t.transaction_id, e.position, t.at, t.kind, e.account, e.amount_minor, e.currency, t.payment_id, \
         p.order_id, p.order_number, p.attempt, p.provider, p.reference AS payment_reference, \
         coalesce(a.reference, d.reference) AS reference, t.attempt_id AS refund_id, t.dispute_id \
         FROM ledger_transactions t JOIN ledger_entries e USING (transaction_id) JOIN payments p USING (payment_id) \
         LEFT JOIN attempts a USING (attempt_id) LEFT JOIN disputes d USING (dispute_id) \
         WHERE ($1::timestamptz IS NULL OR t.at >= $1) AND ($2::timestamptz IS NULL OR t.at < $2) \
         AND ($3::text IS NULL OR e.account = $3) AND ($4::text IS NULL OR e.currency = $4) \
         AND ($5::uuid IS NULL OR p.order_id = $5) \
         AND ($6::timestamptz IS NULL OR ((t.at, t.transaction_id) >= ($6, $7) \
           AND (t.at, t.transaction_id, e.position) > ($6, $7, $8))) \
         ORDER BY t.at, t.transaction_id, e.position LIMIT $9",
    )
    .bind(filter.from)
    .bind(filter.to)
    .bind(&filter.account)
    .bind(filter.currency.map(String::from))
    .bind(filter.order.map(OrderId::uuid))
    .bind(after.map(|place| place.at))
    .bind(after.map(|place| place.transaction_id))
    .bind(after.map(|place| place.position))
    .bind(limit)
    // Planned for its values, each time: a plan that fits any of them would read the books from their beginning.
    .persistent(false)
    .fetch_all(conn)
    .await
}
