//! An administrator takes money that is set aside.

use warung_chassis::db::Tx;
use warung_contracts::money::Money;

use super::{
    Tools, Wish, WishError,
    wish::{minor, written},
};
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
    let fact = |payment: &Payment| {
        let wanted = minor(payment, amount, payment.standing.authorized)?;
        written(payment, wanted).map(Fact::CaptureAsked)
    };
    wish.grant(tx, tools, fact).await
}
