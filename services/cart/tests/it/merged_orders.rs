//! A guest orders, and logs in before the news of the order is here.

use redis::AsyncCommands as _;
use serde_json::json;
use uuid::Uuid;
use warung_chassis::testing::customer;
use warung_contracts::{
    event::{CancelReason, OrderCancelled, OrderPlaced},
    grpc::cart::{GetCartRequest, GetCartResponse, carts_client::CartsClient},
    id::{OrderId, ProductId, UserId},
};

use crate::{
    events::{cancelled, placed},
    merging::merge,
    shop::{Shop, hash, lines, redis},
};

/// An account, and a guest with a cart.
struct Buyer {
    shop: Shop,
    user: UserId,
    token: String,
    guest: String,
    product: ProductId,
}

impl Buyer {
    /// The guest has two of the product in the cart.
    async fn arrive() -> Self {
        let shop = Shop::open().await;
        let (user, token) = customer();
        let product = shop.sell("A", 100, 9).await;
        let guest = shop.guest_with(&[(product, 2)]).await;
        Self { shop, user, token, guest, product }
    }

    async fn seen_by_order(&self, user_id: String, cart_token: String) -> GetCartResponse {
        let mut client = CartsClient::new(self.shop.cart.peer("order").await);
        client.get_cart(GetCartRequest { user_id, cart_token, ordered: None }).await.unwrap().into_inner()
    }

    /// The guest's order of what is in the guest's cart now.
    async fn guest_orders(&self) -> OrderPlaced {
        let cart = self.seen_by_order(String::new(), self.guest.clone()).await;
        let (cart_revision, cart_token_hash) = (Some(cart.revision), Some(hash(&self.guest)));
        OrderPlaced { cart_revision, cart_token_hash, ..placed(customer().0, &[(self.product, 2)]) }
    }

    async fn merged(&self) -> Vec<String> {
        self.seen_by_order(self.user.to_string(), String::new()).await.merged
    }

    async fn add(&self, quantity: u32) {
        let body = Some(json!({"product_id": self.product, "quantity": quantity}));
        let answer = self.shop.as_user(&self.token, "POST", "/api/v1/cart/items", body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    async fn cart(&self) -> Vec<(ProductId, u64)> {
        lines(&self.shop.as_user(&self.token, "GET", "/api/v1/cart", None).await)
    }

    async fn hears(&self, order: &OrderPlaced) {
        self.shop.cart.deliver(order).await.unwrap();
    }
}

#[tokio::test]
async fn what_the_guest_ordered_leaves_the_cart_it_was_merged_into() {
    let buyer = Buyer::arrive().await;
    let order = buyer.guest_orders().await;
    buyer.add(1).await;
    merge(&buyer.shop, &buyer.token, &buyer.guest).await;
    assert_eq!(buyer.cart().await, [(buyer.product, 3)]);
    assert_eq!(Some(buyer.merged().await), order.cart_revision.clone().map(|state| vec![state]));
    for _ in 0..2 {
        buyer.hears(&order).await;
        assert_eq!(buyer.cart().await, [(buyer.product, 1)], "the account's own stays");
        assert!(buyer.merged().await.is_empty());
    }
    // There was no stock for it: it comes back to who has the cart now.
    let ended: OrderCancelled = cancelled(&order, CancelReason::OutOfStock);
    for _ in 0..2 {
        buyer.shop.cart.deliver(&ended).await.unwrap();
        assert_eq!(buyer.cart().await, [(buyer.product, 3)]);
    }
    buyer.shop.close().await;
}

#[tokio::test]
async fn what_was_taken_out_and_put_in_again_since_is_the_accounts_own() {
    let buyer = Buyer::arrive().await;
    let order = buyer.guest_orders().await;
    merge(&buyer.shop, &buyer.token, &buyer.guest).await;
    buyer.shop.as_user(&buyer.token, "DELETE", "/api/v1/cart", None).await;
    buyer.add(2).await;
    assert!(buyer.merged().await.is_empty());
    buyer.hears(&order).await;
    assert_eq!(buyer.cart().await, [(buyer.product, 2)]);
    buyer.shop.close().await;
}

/// The news comes between the steps of a merge; what the first leaves is put into Redis as it would have.
#[tokio::test]
async fn a_merge_that_is_overtaken_by_the_order_brings_nothing_of_it() {
    let buyer = Buyer::arrive().await;
    let order = buyer.guest_orders().await;
    let mut redis = redis().await;
    let cart = format!("warung:warung:cart:{{guest:{}}}", hash(&buyer.guest));
    let claim = format!("{cart}:claimed:{}", buyer.user);
    let _: () = redis.rename(&cart, &claim).await.unwrap();
    let _: () = redis.hset(&claim, "claim", "first").await.unwrap();
    let _: () = redis.sadd(format!("{cart}:heirs"), buyer.user.to_string()).await.unwrap();
    buyer.hears(&order).await;
    merge(&buyer.shop, &buyer.token, &buyer.guest).await;
    assert_eq!(buyer.cart().await, []);
    buyer.shop.close().await;
}

#[tokio::test]
async fn an_order_that_was_called_off_before_it_was_heard_of_leaves_the_cart_alone() {
    let buyer = Buyer::arrive().await;
    let order = OrderPlaced { order_id: OrderId(Uuid::now_v7()), ..buyer.guest_orders().await };
    merge(&buyer.shop, &buyer.token, &buyer.guest).await;
    buyer.shop.cart.deliver(&cancelled(&order, CancelReason::OutOfStock)).await.unwrap();
    buyer.hears(&order).await;
    assert_eq!(buyer.cart().await, [(buyer.product, 2)]);
    assert!(buyer.merged().await.is_empty(), "it can be ordered");
    buyer.shop.close().await;
}
