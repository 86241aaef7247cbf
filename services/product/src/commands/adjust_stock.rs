//! Changes how many items there are: a delivery, a count, a write-off.

use warung_chassis::db::Tx;
use warung_contracts::id::ProductId;

use crate::{
    domain::{
        movement::{Kind, Lines, move_all},
        stock::Stock,
    },
    store::stock::{self, Cause},
};

/// What to change.
#[derive(Debug, Clone)]
pub struct Input {
    pub product_id: ProductId,
    /// Items that came (positive) or went.
    pub delta: i64,
    /// Why, in the words of who does it.
    pub reason: String,
    /// Who does it.
    pub actor: String,
}

/// Why it can't be changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no product {0}")]
    NoProduct(ProductId),
    /// Less than what is reserved would be left, or more than can be counted.
    #[error("{available} items are free; {delta} can't be added to that")]
    OutOfRange { available: i64, delta: i64 },
    #[error("the database failed")]
    Store(#[from] sqlx::Error),
}

/// Changes it; returns the stock afterwards.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn run(tx: &mut Tx, input: Input) -> Result<Stock, Error> {
    let Input { product_id, delta, reason, actor } = input;
    let lines = Lines::from([(product_id, delta)]);
    let stocks = stock::lock(tx.conn(), &lines, false).await?;
    let before = *stocks.get(&product_id).ok_or(Error::NoProduct(product_id))?;
    let movements = move_all(Kind::Adjusted, &lines, &stocks)
        .map_err(|_| Error::OutOfRange { available: before.available(), delta })?;
    let now = tx.now();
    stock::apply(tx.conn(), &movements, Cause::Person { actor: &actor, reason: &reason }, now).await?;
    Ok(movements.first().map_or(before, |movement| movement.after))
}
