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
    wish.grant(tx, tools, |_| Ok(Fact::Released(decision))).await
}
