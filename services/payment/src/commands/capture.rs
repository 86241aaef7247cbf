//! An administrator takes money that is set aside.

use warung_chassis::db::Tx;
use warung_contracts::money::Money;

use super::{Tools, Wish, WishError};
use crate::domain::{Fact, Payment};

/// Decides a capture of an amount, or of all that is set aside, and then the rest is freed; the provider is asked after
/// the commit.
///
/// # Errors
///
/// As [`WishError`] says.
pub async fn run(
    tx: &mut Tx,
    tools: &Tools,
    wish: Wish<'_>,
    amount: Option<Money>,
) -> Result<Payment, WishError> {
    let mut payment = wish.payment(tx).await?;
    let amount = amount.unwrap_or_else(|| payment.money(payment.standing.authorized));
    payment.amount.minus(amount).map_err(WishError::Currency)?;
    let news = wish.news(Fact::CaptureAsked(amount.amount_minor));
    super::apply(tx, tools, &mut payment, news).await?;
    Ok(payment)
}
