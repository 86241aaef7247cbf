//! An administrator calls a payment off that is not captured.

use warung_chassis::db::Tx;

use super::{Tools, Wish, WishError};
use crate::domain::{Fact, Payment};

/// Decides it; the provider is asked after the commit.
///
/// # Errors
///
/// As [`WishError`] says.
pub async fn run(tx: &mut Tx, tools: &Tools, wish: Wish<'_>) -> Result<Payment, WishError> {
    let mut payment = wish.payment(tx).await?;
    super::apply(tx, tools, &mut payment, wish.news(Fact::VoidAsked)).await?;
    Ok(payment)
}
