//! Payment gave money back: the order says how much.

use warung_chassis::db::Tx;
use warung_contracts::{
    id::OrderId,
    money::{Money, MoneyError},
};

use crate::store::orders;

/// Why it can't be noted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no order {0}")]
    Unknown(OrderId),
    #[error("{refunded} went back in all for an order of {total}")]
    TooMuch { refunded: Money, total: Money },
    #[error("the amounts can't be added")]
    Money(#[from] MoneyError),
    #[error("the store failed")]
    Store(#[from] sqlx::Error),
}

/// Adds what went back.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn run(tx: &mut Tx, id: OrderId, amount: Money) -> Result<(), Error> {
    let mut order = orders::lock(tx.conn(), id).await?.ok_or(Error::Unknown(id))?;
    order.refunded = order.refunded.plus(amount)?;
    if order.refunded.amount_minor > order.total.amount_minor {
        return Err(Error::TooMuch { refunded: order.refunded, total: order.total });
    }
    order.updated_at = tx.now();
    Ok(orders::update(tx.conn(), &order).await?)
}
