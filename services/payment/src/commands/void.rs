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
    wish.grant(tx, tools, |_| Ok(Fact::VoidAsked)).await
}
