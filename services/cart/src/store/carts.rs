//! Reading and writing a cart; each write is one script, so it happens wholly or not at all.

use std::sync::LazyLock;

use redis::{AsyncCommands as _, Script, aio::ConnectionManager};
use warung_chassis::clock::Clock;
use warung_contracts::id::{ProductId, UserId, VariantId};

use super::{
    key::{Keys, Owner},
    orders::ORDER_MEMORY_SECONDS,
};
use crate::domain::line::{self, Line, Seen};

static ADD: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("lua/add.lua")));
static SET: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("lua/set.lua")));
static SEE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("lua/see.lua")));

/// What a cart may grow to, and how long it is kept.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Seconds from the last write.
    pub ttl_seconds: u64,
    /// Lines at most.
    pub lines_max: u64,
    /// Items of a line at most.
    pub quantity_max: u32,
    /// Items of all lines at most.
    pub items_max: u64,
}

/// What is put into a cart.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub product: ProductId,
    pub variant: VariantId,
    pub quantity: u32,
    /// What product says of it now.
    pub seen: Seen,
    /// Items that one order may have of it; none where product says nothing.
    pub most: Option<u32>,
}

/// What came of setting a quantity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Set {
    /// It is set; this is the cart now.
    Done(Vec<Line>),
    /// There is no such line.
    NoLine,
    /// The cart would have too many items.
    CartTooLarge,
}

/// Why a cart can't be had.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("Redis failed")]
    Redis(#[from] redis::RedisError),
    /// A script and this code disagree.
    #[error("a cart script answered {0:?}, which this version does not know")]
    Answer(String),
}

/// What came of adding items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Added {
    /// They are in; this is the cart now.
    Done(Vec<Line>),
    /// The cart has as many lines as it may have.
    TooManyLines,
    /// The line would have too many items.
    TooManyItems,
    /// The cart would have too many items.
    CartTooLarge,
    /// The account has no cart any more.
    AccountGone,
}

/// The carts of a shop.
#[derive(Clone)]
pub struct Carts {
    pub(super) redis: ConnectionManager,
    pub(super) keys: Keys,
    pub(super) limits: Limits,
    pub(super) clock: Clock,
}

impl std::fmt::Debug for Carts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Carts({:?})", self.limits)
    }
}

impl Carts {
    /// Carts of this shop in this Redis.
    pub fn new(redis: ConnectionManager, shop: &str, limits: Limits, clock: Clock) -> Self {
        Self { redis, keys: Keys::new(shop), limits, clock }
    }

    /// What a cart may grow to.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// The lines of a cart in the order they were added; none when there is no cart.
    ///
    /// # Errors
    ///
    /// When Redis is away.
    pub async fn read(&self, owner: &Owner) -> Result<Vec<Line>, Error> {
        let fields: Vec<(String, String)> = self.redis.clone().hgetall(self.keys.cart(owner)).await?;
        Ok(parse(&fields))
    }

    /// Adds items.
    ///
    /// # Errors
    ///
    /// When Redis is away.
    pub async fn add(&self, owner: &Owner, wanted: Wanted) -> Result<Added, Error> {
        let Limits { ttl_seconds, lines_max, quantity_max, items_max } = self.limits;
        let Wanted { product, variant, quantity, seen, most } = wanted;
        let quantity_max = most.map_or(quantity_max, |most| most.min(quantity_max));
        let (what, fields): (String, Vec<(String, String)>) = ADD
            .key(self.keys.cart(owner))
            .key(self.keys.gone(owner))
            .arg(variant.to_string())
            .arg(quantity)
            .arg(quantity_max)
            .arg(lines_max)
            .arg(items_max)
            .arg(ttl_seconds)
            .arg(line::tail(product, &seen))
            .arg(u8::from(seen.price.is_some()))
            .invoke_async(&mut self.redis.clone())
            .await?;
        match what.as_str() {
            "done" => Ok(Added::Done(parse(&fields))),
            "too_many_lines" => Ok(Added::TooManyLines),
            "too_many_items" => Ok(Added::TooManyItems),
            "cart_too_large" => Ok(Added::CartTooLarge),
            "account_gone" => Ok(Added::AccountGone),
            _ => Err(Error::Answer(what)),
        }
    }

    /// Sets the quantity of a line; 0 takes it out.
    ///
    /// # Errors
    ///
    /// When Redis is away.
    pub async fn set(&self, owner: &Owner, variant: VariantId, quantity: u32) -> Result<Set, Error> {
        let (what, fields): (String, Vec<(String, String)>) = SET
            .key(self.keys.cart(owner))
            .arg(variant.to_string())
            .arg(quantity)
            .arg(self.limits.items_max)
            .arg(self.limits.ttl_seconds)
            .invoke_async(&mut self.redis.clone())
            .await?;
        match what.as_str() {
            "done" => Ok(Set::Done(parse(&fields))),
            "no_line" => Ok(Set::NoLine),
            "cart_too_large" => Ok(Set::CartTooLarge),
            _ => Err(Error::Answer(what)),
        }
    }

    /// Notes which prices, in minor units, its owner has seen; what the cart does not hold is passed over. The cart now.
    ///
    /// # Errors
    ///
    /// When Redis is away.
    pub async fn see(&self, owner: &Owner, prices: &[(VariantId, i64)]) -> Result<Vec<Line>, Error> {
        let mut call = SEE.key(self.keys.cart(owner));
        call.arg(self.limits.ttl_seconds);
        for (variant, price) in prices {
            call.arg(variant.to_string()).arg(*price);
        }
        let fields: Vec<(String, String)> = call.invoke_async(&mut self.redis.clone()).await?;
        Ok(parse(&fields))
    }

    /// Empties a cart.
    ///
    /// # Errors
    ///
    /// When Redis is away.
    pub async fn clear(&self, owner: &Owner) -> Result<(), Error> {
        let _: () = self.redis.clone().del(self.keys.cart(owner)).await?;
        Ok(())
    }

    /// An account is gone: its cart goes, and none comes in its place, whatever its access token still asks for and
    /// whichever order of it ends. Remembered for as long as orders are, which is longer than any token lives.
    ///
    /// # Errors
    ///
    /// When Redis is away.
    pub async fn close(&self, user: UserId) -> Result<(), Error> {
        let owner = Owner::User(user);
        let (cart, gone) = (self.keys.cart(&owner), self.keys.gone(&owner));
        let mut both = redis::pipe();
        both.atomic().set_ex(gone, 1, ORDER_MEMORY_SECONDS).del(cart);
        let _: () = both.query_async(&mut self.redis.clone()).await?;
        Ok(())
    }

    /// Whether an account is gone.
    ///
    /// # Errors
    ///
    /// When Redis is away.
    pub async fn is_closed(&self, user: UserId) -> Result<bool, Error> {
        Ok(self.redis.clone().exists(self.keys.gone(&Owner::User(user))).await?)
    }
}

/// The lines of a cart. A field that is none is left out and told: nothing but this service writes here.
pub(super) fn parse(fields: &[(String, String)]) -> Vec<Line> {
    let mut lines = Vec::with_capacity(fields.len());
    for (field, value) in fields {
        match Line::parse(field, value) {
            Some(line) => lines.push(line),
            None => tracing::error!(field, "a cart holds a field that is no line"),
        }
    }
    line::sort(&mut lines);
    lines
}
