//! Books movements, and tells what others must hear of: stock that ran low or out, products that can be bought again.

use std::collections::BTreeSet;

use warung_chassis::db::Tx;
use warung_contracts::{
    event::{StockLow, StockOut},
    id::ProductId,
};

use super::tell;
use crate::{
    domain::{
        movement::{Movement, settle},
        shelf::Shelves,
        signal::{Crossing, Level, signals},
    },
    store::stock::{self, Cause, Entry},
};

/// Books them for one cause; `shelves` is how the stock was, locked. Returns the products of which stock moved.
pub async fn book(
    tx: &mut Tx,
    shelves: &Shelves,
    movements: &[Movement],
    cause: Cause<'_>,
) -> Result<Vec<ProductId>, sqlx::Error> {
    let mut after = shelves.clone();
    settle(&mut after, movements);
    let entries: Vec<Entry<'_>> = movements.iter().map(|movement| (*movement, cause)).collect();
    book_all(tx, (shelves, &after), &entries).await
}

/// Books movements that have causes of their own, and lead from one state of the stock, locked, to the other. Returns the
/// products of which stock moved.
pub async fn book_all(
    tx: &mut Tx,
    (before, after): (&Shelves, &Shelves),
    entries: &[Entry<'_>],
) -> Result<Vec<ProductId>, sqlx::Error> {
    if entries.is_empty() {
        return Ok(vec![]);
    }
    let now = tx.now();
    stock::apply(tx.conn(), entries, now).await?;
    let signals = signals(before, after);
    for crossing in signals.crossings {
        let Crossing { level, product_id, variant_id, sku, free } = crossing;
        let available = u32::try_from(free).unwrap_or(u32::MAX);
        match level {
            Level::Low => tx.emit(&StockLow { product_id, variant_id, sku, available }).await?,
            Level::Out => tx.emit(&StockOut { product_id, variant_id, sku, available }).await?,
        }
    }
    tell::changed(tx, signals.changed).await?;
    let moved: BTreeSet<ProductId> = entries.iter().map(|(movement, _)| movement.product_id).collect();
    Ok(moved.into_iter().collect())
}
