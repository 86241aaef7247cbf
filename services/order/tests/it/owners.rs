//! Guests and accounts who order, log in with a cart or with an order, and leave, in any order: against a model that knows
//! for each cart whether it was ordered and for each order whose it is.

use std::collections::BTreeSet;

use proptest::{prelude::*, sample::Index, strategy::ValueTree as _, test_runner::TestRunner};
use serde_json::Value;
use warung_chassis::testing::customer;
use warung_contracts::{
    event::{Event as _, OrderClaimed, OrderPlaced, StockRejected, UserDeleted},
    id::{OrderId, UserId},
};

use crate::{
    guests::guest_body,
    shop::{Shop, body},
};

/// Stories that are played, and what happens in each.
const STORIES: usize = 40;
const ACTS: usize = 30;
/// Guests, and accounts, of a story.
const PEOPLE: usize = 3;

#[derive(Debug, Clone)]
enum Act {
    /// A guest begins a cart.
    Fill(usize),
    GuestOrders(usize),
    /// Cart hears of what was ordered.
    Hear,
    /// An account takes over a guest's cart.
    Merge(usize, usize),
    AccountOrders(usize),
    /// These accounts show an order's token at once.
    Claim(Index, BTreeSet<usize>),
    Leave(usize),
    /// An order comes to nothing.
    End(Index),
}

fn act() -> impl Strategy<Value = Act> {
    let somebody = || 0..PEOPLE;
    prop_oneof![
        5 => somebody().prop_map(Act::Fill),
        5 => somebody().prop_map(Act::GuestOrders),
        2 => Just(Act::Hear),
        5 => (somebody(), somebody()).prop_map(|(guest, account)| Act::Merge(guest, account)),
        4 => somebody().prop_map(Act::AccountOrders),
        6 => (any::<Index>(), prop::collection::btree_set(somebody(), 1..=PEOPLE))
            .prop_map(|(order, accounts)| Act::Claim(order, accounts)),
        1 => somebody().prop_map(Act::Leave),
        2 => any::<Index>().prop_map(Act::End),
    ]
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Guest,
    Account(usize),
    Gone,
}

/// What somebody put together as a guest.
struct Cart {
    token: String,
    place: Place,
    ordered: bool,
    /// Whether that was the guest's doing.
    by_guest: bool,
}

struct Placed {
    id: OrderId,
    /// What a guest shows.
    token: Option<String>,
    /// The account whose it is; none for a guest's.
    owner: Option<usize>,
    ended: bool,
}

struct Story<'a> {
    shop: &'a Shop,
    accounts: Vec<(UserId, String)>,
    gone: BTreeSet<usize>,
    /// Accounts that have ordered.
    ordered: BTreeSet<usize>,
    carts: Vec<Cart>,
    /// Each guest's latest cart.
    holds: [Option<usize>; PEOPLE],
    orders: Vec<Placed>,
    unheard: Vec<OrderPlaced>,
    keys: usize,
}

impl Story<'_> {
    async fn play(&mut self, act: &Act) {
        match act {
            Act::Fill(guest) => {
                let token = self.shop.peers.guest(&[(self.shop.product, 1)]).await;
                self.holds[*guest] = Some(self.carts.len());
                self.carts.push(Cart { token, place: Place::Guest, ordered: false, by_guest: false });
            }
            Act::GuestOrders(guest) => self.guest_orders(*guest).await,
            Act::Hear => self.hear().await,
            Act::Merge(guest, account) => self.merge(*guest, *account).await,
            Act::AccountOrders(account) => self.account_orders(*account).await,
            Act::Claim(order, accounts) if !self.orders.is_empty() => {
                self.claim(order.index(self.orders.len()), accounts).await;
            }
            Act::Leave(account) => {
                let user_id = self.accounts[*account].0;
                self.shop.app.deliver(&UserDeleted { user_id }).await.unwrap();
                self.gone.insert(*account);
            }
            Act::End(order) if !self.orders.is_empty() => {
                let place = order.index(self.orders.len());
                let order = &mut self.orders[place];
                let told = StockRejected { order_id: order.id, shortages: vec![] };
                self.shop.app.deliver(&told).await.unwrap();
                order.ended = true;
            }
            Act::Claim(..) | Act::End(_) => {}
        }
    }

    fn key(&mut self) -> String {
        self.keys += 1;
        format!("{}-{}", self.accounts[0].0, self.keys)
    }

    async fn guest_orders(&mut self, guest: usize) {
        let Some(held) = self.holds[guest] else { return };
        let key = self.key();
        let answer = self.shop.guest_checkout(&self.carts[held].token, &key, guest_body()).await;
        let cart = &mut self.carts[held];
        let expected = match (cart.place, cart.by_guest) {
            (Place::Guest, false) => 201,
            // The clock stands still: it has always been ordered just now.
            (_, true) => 409,
            (Place::Account(_) | Place::Gone, false) => 422,
        };
        assert_eq!(answer.status, expected, "{}", answer.body);
        // Order told cart of the last order before it asked.
        if cart.by_guest {
            cart.place = Place::Gone;
        }
        if expected == 201 {
            (cart.ordered, cart.by_guest) = (true, true);
            self.placed(&answer.body, None).await;
        }
    }

    async fn merge(&mut self, guest: usize, account: usize) {
        let Some(cart) = self.holds[guest].map(|held| &mut self.carts[held]) else { return };
        if !self.gone.contains(&account) {
            self.shop.peers.merge(&self.accounts[account].1, &cart.token).await;
            if cart.place == Place::Guest {
                cart.place = Place::Account(account);
            }
        }
    }

    async fn account_orders(&mut self, account: usize) {
        let (key, token) = (self.key(), self.accounts[account].1.clone());
        let headers = [("idempotency-key", key.as_str())];
        let path = "/api/v1/checkout";
        let answer = self.shop.app.send_with("POST", path, Some(&token), &headers, Some(body())).await;
        let mut parts: Vec<&mut Cart> =
            self.carts.iter_mut().filter(|cart| cart.place == Place::Account(account)).collect();
        let ordered = parts.iter().any(|cart| cart.ordered);
        let expected = match (parts.is_empty(), ordered, self.gone.contains(&account)) {
            (true, ..) if self.ordered.contains(&account) => 409,
            (true, ..) => 422,
            (false, true, _) => 409,
            (false, false, true) => 401,
            (false, false, false) => 201,
        };
        assert_eq!(answer.status, expected, "{}", answer.body);
        if expected == 201 {
            parts.iter_mut().for_each(|cart| cart.ordered = true);
            self.ordered.insert(account);
            self.placed(&answer.body, Some(account)).await;
            self.hear().await;
        }
    }

    async fn placed(&mut self, answer: &Value, owner: Option<usize>) {
        let id = answer["id"].as_str().unwrap().parse().unwrap();
        let token = answer["access_token"].as_str().map(str::to_owned);
        self.orders.push(Placed { id, token, owner, ended: false });
        let told = self.shop.app.published().await.into_iter();
        let told = told.filter(|(event, _)| event == OrderPlaced::TYPE);
        self.unheard.extend(told.map(|(_, data)| serde_json::from_value::<OrderPlaced>(data).unwrap()));
    }

    async fn hear(&mut self) {
        for told in self.unheard.drain(..) {
            self.shop.peers.tell_cart(&told).await;
        }
        self.carts.iter_mut().filter(|cart| cart.ordered).for_each(|cart| cart.place = Place::Gone);
    }

    /// The account whose it is, else one of those who are still there; everybody else is told nothing.
    async fn claim(&mut self, order: usize, accounts: &BTreeSet<usize>) {
        self.shop.app.published().await;
        let Placed { id, token, owner, .. } = &mut self.orders[order];
        let (path, shown) = (format!("/api/v1/orders/{id}/claim"), token.clone().unwrap_or_default());
        let headers = [("order-token", shown.as_str())];
        let claims = accounts.iter().map(|account| {
            let token = Some(self.accounts[*account].1.as_str());
            self.shop.app.send_with("POST", &path, token, &headers, None)
        });
        let answers = futures::future::join_all(claims).await;
        let statuses = accounts.iter().copied().zip(answers.iter().map(|answer| answer.status.as_u16()));
        let mut winners = Vec::new();
        for (account, status) in statuses {
            match status {
                200 => winners.push(account),
                401 => assert!(self.gone.contains(&account), "account {account} is there"),
                status => assert_eq!(status, 404),
            }
        }
        let there: Vec<usize> = accounts.difference(&self.gone).copied().collect();
        let told = self.shop.app.published_only::<OrderClaimed>().await;
        match *owner {
            Some(owner) => {
                let expected: Vec<usize> = there.into_iter().filter(|account| *account == owner).collect();
                assert_eq!((winners, told.len()), (expected, 0));
            }
            None => {
                assert_eq!((winners.len(), told.len()), (there.len().min(1), there.len().min(1)));
                *owner = winners.first().copied();
                assert_eq!(told.first().map(|told| told.user_id), owner.map(|owner| self.accounts[owner].0));
            }
        }
    }

    /// Every order is one owner's, whom alone it is shown to; of owners who are gone nothing personal is left once it ended.
    async fn check(&self) {
        let pool = self.shop.app.db.as_ref().unwrap().pool();
        for Placed { id, token, owner, ended } in &self.orders {
            let path = format!("/api/v1/orders/{id}");
            for (n, (_, account)) in self.accounts.iter().enumerate().filter(|(n, _)| !self.gone.contains(n))
            {
                let answer = self.shop.app.send("GET", &path, Some(account), None).await;
                assert_eq!(answer.status.is_success(), *owner == Some(n), "{id} to account {n}");
            }
            if let Some(token) = token {
                let headers = [("order-token", token.as_str())];
                let answer = self.shop.app.send_with("GET", &path, None, &headers, None).await;
                assert_eq!(answer.status.is_success(), owner.is_none(), "{id} to its guest");
            }
            let person = "SELECT email IS NOT NULL OR shipping_address ->> 'recipient' <> 'erased' FROM orders \
                          WHERE order_id = $1";
            let named: bool = sqlx::query_scalar(person).bind(id.uuid()).fetch_one(pool).await.unwrap();
            let left = owner.is_some_and(|owner| self.gone.contains(&owner));
            assert_eq!(named, !(left && *ended), "{id}, ended: {ended}, its account gone: {left}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_guests_and_accounts_do_each_cart_is_ordered_once_and_each_order_has_one_owner() {
    let mut shop = Shop::start().await;
    shop.product = shop.peers.sell("PLENTY", 1_000, 1_000_000).await;
    let mut runner = TestRunner::deterministic();
    let drawn = prop::collection::vec(act(), ACTS);
    for _ in 0..STORIES {
        let acts = drawn.new_tree(&mut runner).unwrap().current();
        let accounts = (0..PEOPLE).map(|_| customer()).collect();
        let (gone, ordered, carts) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
        let (orders, unheard) = (Vec::new(), Vec::new());
        let mut story = Story {
            shop: &shop,
            accounts,
            gone,
            ordered,
            carts,
            holds: [None; PEOPLE],
            orders,
            unheard,
            keys: 0,
        };
        for (n, act) in acts.iter().enumerate() {
            println!("{n}: {act:?}");
            story.play(act).await;
        }
        story.check().await;
    }
    shop.stop().await;
}
