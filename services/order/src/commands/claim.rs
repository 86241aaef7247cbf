//! Somebody who ordered as a guest logs in: the order becomes the account's.

use warung_chassis::{db::Tx, http::idempotency};
use warung_contracts::{
    event::OrderClaimed,
    id::{OrderId, UserId},
};

pub use super::advance::Error;
use super::returns;
use crate::{
    domain::{Actor, Order, guest},
    store::{claims, erase, orders, timeline::Kind},
};

/// Who claims which order.
#[derive(Debug)]
pub struct Input {
    pub order_id: OrderId,
    pub account: UserId,
    /// SHA-256 of the order token that was sent.
    pub token_hash: Option<Vec<u8>>,
}

/// Makes a guest's order the account's; one that is the account's already stays so.
///
/// # Errors
///
/// [`Error::Unknown`] when there is none, or the token is not that of a guest's order: of two accounts at once the later finds
/// it so. [`Error::AccountGone`] when the account is being deleted.
pub async fn run(tx: &mut Tx, input: Input) -> Result<Order, Error> {
    let (now, Input { order_id, account, token_hash }) = (tx.now(), input);
    // The account before the order, as its erasure takes them.
    if erase::hold_off(tx.conn(), account).await? {
        return Err(Error::AccountGone);
    }
    let mut order = orders::lock(tx.conn(), order_id).await?.ok_or(Error::Unknown(order_id))?;
    if order.user_id == account {
        return Ok(order);
    }
    // Who asked to be forgotten is; nobody takes up what is left of it.
    if erase::is_gone(tx.conn(), order.user_id).await? {
        return Err(Error::Unknown(order_id));
    }
    let known_by = order.guest_hashes();
    let claimed = token_hash.and_then(|hash| order.claim(account, &hash));
    let guest_id = claimed.ok_or(Error::Unknown(order_id))?;
    claims::hand_over(tx.conn(), &order, guest_id, now).await?;
    let said = (Kind::Claimed, Actor::Customer, Some(account));
    returns::note(tx, order_id, said, "a guest's order before").await?;
    forget_answers(tx, known_by).await?;
    let number = order.number.clone();
    tx.emit(&OrderClaimed { order_id, number, user_id: account, guest_id }).await?;
    Ok(order)
}

/// What the guest of these hashes was answered holds the address, and would outlive the account.
///
/// # Errors
///
/// When the store is away.
pub async fn forget_answers(
    tx: &mut Tx,
    (cart_hash, token_hash): (Option<String>, Option<String>),
) -> Result<(), sqlx::Error> {
    let callers = [cart_hash.map(guest::caller_by_cart), token_hash.map(guest::caller_by_token)];
    for caller in callers.into_iter().flatten() {
        idempotency::forget(tx, caller).await?;
    }
    Ok(())
}
