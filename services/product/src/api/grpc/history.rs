//! `warung.history.v1.OrderHistory`: what stock did for an order.

use warung_chassis::{db::Db, grpc::history::ROWS_MAX};
use warung_contracts::{
    history::{Deed, Entry, StockMoved},
    id::OrderId,
};

use crate::store::order_history::{self, Moved};

/// What moved for an order.
pub async fn list(db: Db, order: OrderId) -> Result<Vec<Entry>, sqlx::Error> {
    let moved = order_history::list(db.pool(), order, ROWS_MAX).await?;
    Ok(moved.into_iter().map(entry).collect())
}

fn entry(Moved { kind, reason, items, at }: Moved) -> Entry {
    let deed = Deed::Stock(StockMoved { movement: kind, reason, items: items.0 });
    Entry { at, actor: "product", author: None, deed }
}
