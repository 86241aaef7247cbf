//! Orders take lines out of a cart, and put them back when they are not served.

use std::sync::LazyLock;

use redis::Script;
use warung_contracts::id::{OrderId, VariantId};

use super::{
    carts::{Carts, Error},
    key::Owner,
};

static TAKE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("lua/take.lua")));
static PUT_BACK: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("lua/put_back.lua")));

/// How long an order is remembered, in seconds: a day longer than dead letters are kept, which can be replayed.
pub(super) const ORDER_MEMORY_SECONDS: u64 = 31 * 24 * 3600;

/// What an order takes out of a cart.
#[derive(Debug)]
pub struct Ordered {
    pub order: OrderId,
    /// When the youngest line of the cart that was ordered was added; lines younger than it are of no concern.
    pub newest: u64,
    pub lines: Vec<(VariantId, u32)>,
}

impl Carts {
    /// Takes what was ordered out of somebody's cart; false when that was done before.
    ///
    /// # Errors
    ///
    /// When Redis is away.
    pub async fn take(&self, owner: &Owner, ordered: &Ordered) -> Result<bool, Error> {
        let mut call = TAKE.key(self.keys.cart(owner));
        call.key(self.keys.order(owner, ordered.order)).arg(ORDER_MEMORY_SECONDS).arg(ordered.newest);
        for (variant, quantity) in &ordered.lines {
            call.arg(variant.to_string()).arg(*quantity);
        }
        let first: u8 = call.invoke_async(&mut self.redis.clone()).await?;
        Ok(first == 1)
    }

    /// Puts back what an order took; false when that was done before.
    ///
    /// # Errors
    ///
    /// When Redis is away.
    pub async fn put_back(&self, owner: &Owner, order: OrderId) -> Result<bool, Error> {
        let mut call = PUT_BACK.key(self.keys.cart(owner));
        call.key(self.keys.order(owner, order))
            .key(self.keys.gone(owner))
            .arg(ORDER_MEMORY_SECONDS)
            .arg(self.limits.quantity_max)
            .arg(self.limits.lines_max)
            .arg(self.limits.items_max)
            .arg(self.limits.ttl_seconds);
        let first: u8 = call.invoke_async(&mut self.redis.clone()).await?;
        Ok(first == 1)
    }
}
