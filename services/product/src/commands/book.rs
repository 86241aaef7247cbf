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
        movement::{self, Movement},
        shelf::Shelves,
        signal::{Crossing, Level, signals},
    },
    store::stock::{self, Cause},
};

/// Books them; `shelves` is how the stock was, locked. Returns the products of which stock moved.
pub async fn book(
    tx: &mut Tx,
    shelves: &Shelves,
    movements: &[Movement],
    cause: Cause<'_>,
) -> Result<Vec<ProductId>, sqlx::Error> {
    let now = tx.now();
    stock::apply(tx.conn(), movements, cause, now).await?;
    let signals = signals(shelves, &movement::after(shelves, movements));
    for crossing in signals.crossings {
        let Crossing { level, product_id, variant_id, sku, free } = crossing;
        let available = u32::try_from(free).unwrap_or(u32::MAX);
        match level {
            Level::Low => tx.emit(&StockLow { product_id, variant_id, sku, available }).await?,
            Level::Out => tx.emit(&StockOut { product_id, variant_id, sku, available }).await?,
        }
    }
    tell::changed(tx, signals.changed).await?;
    let moved: BTreeSet<ProductId> = movements.iter().map(|movement| movement.product_id).collect();
    Ok(moved.into_iter().collect())
}
