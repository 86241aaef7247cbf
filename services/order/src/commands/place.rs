//! A customer checks out.

use time::Duration;
use warung_chassis::db::Tx;
use warung_contracts::{
    event::{Contact, OrderPlaced, PaymentChoice, ShippingAddress},
    id::OrderId,
    money::Money,
};

use crate::{
    commands::advance::confirmed,
    domain::{
        CartState, Draft, GuestKeys, Order, State, Tries,
        coupon::{RefusedCoupon, Unfit, UsedCoupon},
        guest::{CartToken, TokenKey, sha256},
        number,
    },
    metrics::OrderMetrics,
    store::{
        placing,
        redemptions::{self, Customer},
    },
};

/// What is placed.
#[derive(Debug)]
pub struct Input {
    pub customer: Customer,
    /// For a guest, the token of the cart, and the key that makes the order's.
    pub guest: Option<(CartToken, TokenKey)>,
    /// Which state of the cart this is; it is ordered once.
    pub cart: CartState,
    pub draft: Draft,
    pub payment: PaymentChoice,
    pub shipping_address: ShippingAddress,
    pub contact: Option<Contact>,
    /// Lower-cased.
    pub email: Option<String>,
    pub note: Option<String>,
    /// Upper-case name of the shop, with which numbers begin.
    pub shop: String,
    /// Time until an unpaid order is cancelled.
    pub deadline: Duration,
}

/// Why it can't be placed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Others used it up since it was priced.
    #[error(transparent)]
    Coupon(RefusedCoupon),
    /// One that applied by itself.
    #[error("a promotion ended: {0}")]
    Promotion(Unfit),
    #[error("the cart is order {0} already")]
    Ordered(OrderId),
    #[error("the account is gone")]
    AccountGone,
    #[error("the store failed")]
    Store(#[from] sqlx::Error),
}

/// Writes the order and says so.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn run(tx: &mut Tx, metrics: &OrderMetrics, input: Input) -> Result<Order, Error> {
    let (customer, cart) = (input.customer.clone(), input.cart.clone());
    let order = new_order(tx, input);
    // What can't be told once it is paid must not be sold.
    tx.could_emit(&confirmed(&order))?;
    tx.emit(&placed(&order, cart.revision.clone())).await?;
    write(tx, &order, &cart).await?;
    // Last, because it holds rows that other checkouts wait for.
    redeem(tx, &order, &customer).await?;
    metrics.entered(tx, &order);
    Ok(order)
}

async fn write(tx: &mut Tx, order: &Order, cart: &CartState) -> Result<(), Error> {
    let event_id = tx.last_told();
    if placing::insert(tx.conn(), order, cart, event_id).await? {
        return Ok(());
    }
    let ordered = placing::of_cart(tx.conn(), cart).await?;
    Err(ordered.map_or(Error::AccountGone, Error::Ordered))
}

fn new_order(tx: &Tx, input: Input) -> Order {
    let (id, now) = (OrderId(tx.new_uuid()), tx.now());
    let keys = |(cart, key): (CartToken, TokenKey)| GuestKeys {
        access_hash: Some(sha256(&key.token(id))),
        cart_hash: cart.hash(),
    };
    let Draft { lines, totals, coupons, shipping } = input.draft;
    Order {
        id,
        number: number(&input.shop, id.uuid()),
        user_id: input.customer.user_id,
        guest: input.guest.map(keys),
        state: State::Placed,
        lines,
        paid: None,
        refunded: Money::zero(totals.total.currency),
        totals,
        coupons,
        shipping,
        payment: input.payment,
        next_action: None,
        tries: Tries::default(),
        shipping_address: input.shipping_address,
        address_version: 1,
        contact: input.contact,
        email: input.email,
        note: input.note,
        forget: false,
        carrier: None,
        tracking_number: None,
        cancel_reason: None,
        deadline_at: now + input.deadline,
        completed_at: None,
        waiting_since: None,
        served_from: vec![],
        dispute: None,
        held: vec![],
        created_at: now,
        updated_at: now,
    }
}

fn placed(order: &Order, cart_revision: Option<String>) -> OrderPlaced {
    let (cart_token_hash, order_token_hash) = order.guest_hashes();
    OrderPlaced {
        order_id: order.id,
        number: order.number.clone(),
        user_id: order.user_id,
        lines: order.sold(),
        total: order.total(),
        payment: order.payment.clone(),
        totals: Some(order.totals),
        contact: order.contact.clone(),
        cart_token_hash,
        order_token_hash,
        cart_revision,
        coupons: order.applied(),
        shipping_address: Some(order.shipping_address.clone()),
    }
}

/// Counts the use of each coupon under its lock. Always in the order of their ids, so that two orders never wait for each
/// other.
async fn redeem(tx: &mut Tx, order: &Order, customer: &Customer) -> Result<(), Error> {
    let now = tx.now();
    let mut coupons: Vec<(usize, &UsedCoupon)> = order.coupons.iter().enumerate().collect();
    coupons.sort_by_key(|(_, used)| used.coupon_id);
    for (place, used) in coupons {
        let refuse = |why| match used.automatic {
            true => Error::Promotion(why),
            false => Error::Coupon(RefusedCoupon { place, code: used.code.clone(), why }),
        };
        if !redemptions::count(tx.conn(), used.coupon_id).await? {
            return Err(refuse(Unfit::UsedUp));
        }
        if !redemptions::insert(tx.conn(), used.coupon_id, order.id, customer, now).await? {
            return Err(refuse(Unfit::UsedByCustomer));
        }
    }
    Ok(())
}
