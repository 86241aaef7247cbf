//! Customers who shop at the same time: with an account, as guests, and as guests who log in before or after they order.
//! Some leave for good in the middle, and come back as somebody else; some think better of what they paid for ([`Regret`]).

use std::{collections::BTreeMap, sync::Arc};

use anyhow::{Context as _, Result};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use reqwest::Method;
use serde_json::json;
use tokio::{
    sync::{Semaphore, mpsc},
    task::JoinSet,
};
use warung_e2e::{Shop, Shopper, until};

use super::{
    basket::{Basket, pick},
    caller::{Caller, PATIENCE},
    claims, post,
    purchase::{Buyer, Placed, Refusal, open_cart},
    regrets::{Kind, Regret},
    second_try,
    tally::Tally,
};

const SHOPPERS: usize = 40;
/// One of so many leaves.
const LEAVES: usize = 5;
/// Customers who shop at the same time.
const AT_ONCE: usize = 24;
/// Of a hundred orders that are paid at once, how many are called off, and of how many a part is sent back.
const CALLED_OFF: u32 = 12;
const SENT_BACK: u32 = 8;
/// Of a hundred orders whose payment is declined, those that are paid in another way.
const SECOND_TRY: u32 = 70;

/// Ordered by an account.
const BY_ACCOUNT: &str = "order of an account";
/// Ordered by a guest who stays one.
pub const BY_GUEST: &str = "order of a guest";
/// Ordered by a guest whose account claims it.
pub const CLAIMED: &str = "order of a guest who logged in and claimed it";
/// Ordered by a guest, and claimed by two accounts at once.
pub const CONTENDED: &str = "order of a guest that two accounts claimed";
/// Ordered by an account with what its guest's cart held.
pub const MERGED: &str = "order of a guest who logged in with a cart";
/// How they order, by weight in a hundred.
const WAYS: [(&str, u32); 5] =
    [(BY_ACCOUNT, 50), (BY_GUEST, 12), (CLAIMED, 16), (CONTENDED, 4), (MERGED, 18)];

/// A checkout that the shop refused.
pub const SOLD_OUT: &str = "checkout was refused for want of stock";
/// A coupon that is used up, or does not fit.
pub const NO_COUPON: &str = "coupon was refused";
/// A way to send it that was quoted for another cart.
const NO_QUOTE: &str = "quote did not hold";
/// A coupon that was taken.
pub const COUPON: &str = "order with a coupon";

/// Orders placed so far.
pub fn placed(tally: &Tally) -> usize {
    WAYS.iter().map(|(way, _)| tally.of(way)).sum()
}

/// Where they shop.
pub struct Market {
    pub shop: Shop,
    /// Ids of what is sold; of the first there is enough for all.
    pub goods: Vec<String>,
    pub seed: u64,
    /// Who claims what is another's.
    pub rival: Shopper,
    pub letters: mpsc::UnboundedSender<post::Letter>,
    pub regrets: mpsc::UnboundedSender<Regret>,
    pub tally: Tally,
}

/// What they did.
#[derive(Debug, Default)]
pub struct Done {
    /// Every order that somebody was told of, with the address of the account it belongs to; none for a guest's.
    pub orders: BTreeMap<String, Option<String>>,
    /// Addresses of accounts that are gone.
    pub left: Vec<String>,
}

/// Registers everybody, while the weather is good.
pub async fn register(shop: &Shop) -> Result<Vec<Shopper>> {
    let mut shoppers = Vec::new();
    for n in 0..SHOPPERS {
        shoppers.push(Shopper::register(shop, &format!("Shopper{n}")).await?);
    }
    Ok(shoppers)
}

/// Places this many orders.
pub async fn shop(market: Market, shoppers: Vec<Shopper>, orders: usize) -> Result<Done> {
    let (market, permits) = (Arc::new(market), Arc::new(Semaphore::new(AT_ONCE)));
    let count = shoppers.len();
    let mut tasks = JoinSet::new();
    for (n, shopper) in shoppers.into_iter().enumerate() {
        let share = orders / count + usize::from(n < orders % count);
        let random = StdRng::seed_from_u64(market.seed.wrapping_add(n as u64));
        let leaves = n.is_multiple_of(LEAVES);
        let visitor = Visitor { market: market.clone(), shopper, leaves, n, random, done: Done::default() };
        tasks.spawn(visitor.visit(permits.clone(), share));
    }
    let mut all = Done::default();
    while let Some(done) = tasks.join_next().await {
        let Done { orders, left } = done??;
        all.orders.extend(orders);
        all.left.extend(left);
    }
    Ok(all)
}

/// One customer.
struct Visitor {
    market: Arc<Market>,
    shopper: Shopper,
    leaves: bool,
    n: usize,
    random: StdRng,
    done: Done,
}

impl Visitor {
    async fn visit(mut self, permits: Arc<Semaphore>, share: usize) -> Result<Done> {
        for k in 0..share {
            let _permit = permits.acquire().await?;
            if self.leaves && k == share / 2 {
                self.leave().await?;
            }
            let key = format!("storm-{}-{k}", self.n);
            self.order(&key).await.with_context(|| format!("purchase {key}"))?;
        }
        Ok(self.done)
    }

    /// One order, and what follows it.
    async fn order(&mut self, key: &str) -> Result<()> {
        let mut way = pick(&WAYS, &mut self.random);
        // Whoever leaves takes every order along: of a guest's that nobody claimed the address would rightly stay.
        if self.leaves && [BY_GUEST, CONTENDED].contains(&way) {
            way = CLAIMED;
        }
        let basket = Basket::fill(&self.market.goods, &mut self.random);
        let placed = self.buy(way, basket.clone(), key).await?;
        let (owner, caller) = self.settle_owner(way, &placed).await?;
        self.market.tally.note(way);
        self.done.orders.insert(placed.order.clone(), owner);
        if basket.payment == "tok_webhook" {
            let status = if self.random.random_bool(0.8) { "succeeded" } else { "failed" };
            if let Some(letter) = post::write(&caller, &placed.order, status).await? {
                self.market.letters.send(letter)?;
            }
        }
        let tries_again = self.random.random_range(0..100) < SECOND_TRY;
        if basket.payment == "tok_decline" && tries_again {
            self.market.tally.note(second_try::take(&caller, &placed.order).await?);
        }
        let regret = regret(self.random.random_range(0..100));
        if let Some(kind) = regret.filter(|_| basket.is_paid_at_once() && !self.leaves) {
            self.market.regrets.send(Regret { caller, order: placed.order, kind })?;
        }
        Ok(())
    }

    /// Buys what there is: what is sold out gives way to something else, a coupon that is refused is left out.
    async fn buy(&self, way: &str, mut basket: Basket, key: &str) -> Result<Placed> {
        let buyer = self.buyer(way).await?;
        for attempt in 0.. {
            match buyer.buy(&basket, &format!("{key}-{attempt}")).await? {
                Ok(placed) => {
                    basket.coupon.inspect(|_| self.market.tally.note(COUPON));
                    return Ok(placed);
                }
                Err(Refusal::SoldOut) => {
                    self.market.tally.note(SOLD_OUT);
                    basket = basket.of_plenty(&self.market.goods);
                }
                Err(Refusal::Coupon) => {
                    self.market.tally.note(NO_COUPON);
                    basket.coupon = None;
                }
                Err(Refusal::Quote) => self.market.tally.note(NO_QUOTE),
            }
        }
        unreachable!("one product has stock for all, and goes without a coupon")
    }

    async fn buyer(&self, way: &str) -> Result<Buyer> {
        let account = Caller::from(&self.shopper);
        if way == BY_ACCOUNT {
            return Ok(Buyer { caller: account, contact: None });
        }
        let cart = Some(open_cart(&self.market.shop, &self.market.goods[0]).await?);
        if way == MERGED {
            return Ok(Buyer { caller: Caller { cart, ..account }, contact: None });
        }
        // The person is the same, and so is the address: coupons are counted by it.
        let contact = json!({ "email": self.shopper.email, "name": "Guest", "locale": "en" });
        let caller = Caller { cart, ..Caller::guest(&self.market.shop) };
        Ok(Buyer { caller, contact: Some(contact) })
    }

    /// Whose the order is in the end, and who asks about it.
    async fn settle_owner(&self, way: &str, placed: &Placed) -> Result<(Option<String>, Caller)> {
        let account = match way {
            BY_GUEST => {
                let caller = Caller { order: placed.token.clone(), ..Caller::guest(&self.market.shop) };
                return Ok((None, caller));
            }
            CLAIMED => {
                claims::claim(&self.shopper, placed).await?;
                &self.shopper
            }
            CONTENDED => claims::contend(&self.shopper, &self.market.rival, placed).await?,
            _ => &self.shopper,
        };
        Ok((Some(account.email.clone()), account.into()))
    }

    /// Deletes the account, whatever its orders are at, and comes back as somebody else.
    async fn leave(&mut self) -> Result<()> {
        until("an account's end", PATIENCE, || async {
            let body = json!({ "password": Shopper::PASSWORD });
            let answer = self.shopper.send(Method::DELETE, "/api/v1/account", Some(&body)).await?;
            // Gone already, and its log-in with it: the answer to the try before was lost.
            if answer.status.as_u16() == 401 {
                return Ok(Some(()));
            }
            answer.ok().map(|_| Some(()))
        })
        .await?;
        self.done.left.push(self.shopper.email.clone());
        let name = format!("Again{}", self.n);
        self.shopper = until("a new account", PATIENCE, || async {
            Shopper::register(&self.market.shop, &name).await.map(Some)
        })
        .await?;
        Ok(())
    }
}

fn regret(dice: u32) -> Option<Kind> {
    match dice {
        0..CALLED_OFF => Some(Kind::CallOff),
        dice if dice < CALLED_OFF + SENT_BACK => Some(Kind::SendBack),
        _ => None,
    }
}
