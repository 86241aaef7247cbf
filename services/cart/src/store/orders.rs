//! Orders take lines out of a cart, and put them back when they are not served.

use std::sync::LazyLock;

use redis::Script;
use warung_contracts::id::{OrderId, VariantId};

use super::{
    carts::{Carts, Error, parse},
    key::Owner,
};
use crate::domain::{line::Line, merged::Merged, revision::Revision};

static TAKE: LazyLock<Script> =
    LazyLock::new(|| Script::new(concat!(include_str!("lua/taking.lua"), include_str!("lua/take.lua"))));
static TAKE_MERGED: LazyLock<Script> = LazyLock::new(|| {
    Script::new(concat!(include_str!("lua/taking.lua"), include_str!("lua/take_merged.lua")))
});
static PUT_BACK: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("lua/put_back.lua")));

/// How long an order is remembered, in seconds: a day longer than dead letters are kept, which can be replayed.
pub(super) const ORDER_MEMORY_SECONDS: u64 = 31 * 24 * 3600;

/// What an order takes out of a cart.
#[derive(Debug)]
pub struct Ordered {
    pub order: OrderId,
    /// When the youngest line of the cart that was ordered was added; lines younger than it are of no concern.
    newest: u64,
    /// The state of the cart that was ordered, as its revision names it.
    pub state: Option<String>,
    pub lines: Vec<(VariantId, u32)>,
}

impl Ordered {
    /// What this order took out of a cart in this state.
    pub fn new(order: OrderId, state: Option<String>, lines: Vec<(VariantId, u32)>) -> Self {
        let newest = state.as_deref().and_then(Revision::newest).unwrap_or(u64::MAX);
        Self { order, newest, state, lines }
    }
}

impl Carts {
    /// Takes what was ordered out of somebody's cart, and what of it was merged into others' since; false when that was done
    /// before.
    ///
    /// # Errors
    ///
    /// When Redis is away; the same call then goes on where this one stopped.
    pub async fn take(&self, owner: &Owner, ordered: &Ordered) -> Result<bool, Error> {
        let mut call = TAKE.key(self.keys.cart(owner));
        call.key(self.keys.order(owner, ordered.order))
            .key(self.keys.heirs(owner))
            .arg(ORDER_MEMORY_SECONDS)
            .arg(ordered.newest);
        for (variant, quantity) in &ordered.lines {
            call.arg(variant.to_string()).arg(*quantity);
        }
        let (mut first, heirs): (bool, Vec<String>) = call.invoke_async(&mut self.redis.clone()).await?;
        for heir in users(&heirs) {
            first |= self.take_merged(&heir, ordered).await?;
        }
        Ok(first)
    }

    async fn take_merged(&self, heir: &Owner, ordered: &Ordered) -> Result<bool, Error> {
        let Some(state) = &ordered.state else { return Ok(false) };
        let mut call = TAKE_MERGED.key(self.keys.cart(heir));
        call.key(self.keys.order(heir, ordered.order))
            .key(self.keys.states(heir))
            .arg(ORDER_MEMORY_SECONDS)
            .arg(state);
        Ok(call.invoke_async(&mut self.redis.clone()).await?)
    }

    /// Puts back what an order took, wherever it was taken; false when that was done before.
    ///
    /// # Errors
    ///
    /// When Redis is away; the same call then goes on where this one stopped.
    pub async fn put_back(&self, owner: &Owner, order: OrderId) -> Result<bool, Error> {
        let (mut first, heirs) = self.put_back_one(owner, order).await?;
        for heir in users(&heirs) {
            first |= self.put_back_one(&heir, order).await?.0;
        }
        Ok(first)
    }

    async fn put_back_one(&self, owner: &Owner, order: OrderId) -> Result<(bool, Vec<String>), Error> {
        let mut call = PUT_BACK.key(self.keys.cart(owner));
        call.key(self.keys.order(owner, order))
            .key(self.keys.gone(owner))
            .key(self.keys.heirs(owner))
            .arg(ORDER_MEMORY_SECONDS)
            .arg(self.limits.quantity_max)
            .arg(self.limits.lines_max)
            .arg(self.limits.items_max)
            .arg(self.limits.ttl_seconds);
        Ok(call.invoke_async(&mut self.redis.clone()).await?)
    }

    /// A cart as [`Carts::read`] has it, and the states of guests' carts that live on in it.
    ///
    /// # Errors
    ///
    /// When Redis is away.
    pub async fn read_merged(&self, owner: &Owner) -> Result<(Vec<Line>, Vec<String>), Error> {
        let mut both = redis::pipe();
        both.atomic().hgetall(self.keys.cart(owner)).hgetall(self.keys.states(owner));
        let (cart, states): (Fields, Fields) = both.query_async(&mut self.redis.clone()).await?;
        let lines = parse(&cart);
        let is_in = |what: &str| Merged::parse(what).is_some_and(|merged| merged.is_in(&lines));
        let states = states.into_iter().filter(|(_, what)| is_in(what)).map(|(state, _)| state).collect();
        Ok((lines, states))
    }
}

/// A hash of Redis.
type Fields = Vec<(String, String)>;

/// Users by their ids.
fn users(ids: &[String]) -> impl Iterator<Item = Owner> {
    ids.iter().filter_map(|id| id.parse().ok().map(Owner::User))
}
