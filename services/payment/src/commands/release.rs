//! A person has looked at an amount that differs from what was asked.

use warung_chassis::db::Tx;

use super::{Tools, Wish, WishError};
use crate::domain::{Decision, Fact, Payment};

/// Does what was decided about it.
///
/// # Errors
///
/// As [`WishError`] says.
pub async fn run(
    tx: &mut Tx,
    tools: &Tools,
    wish: Wish<'_>,
    decision: Decision,
) -> Result<Payment, WishError> {
    let held = |payment: &Payment| payment.standing.held.is_some();
    wish.grant_to(tx, tools, held, |_| Ok(Fact::Released(decision))).await
}
