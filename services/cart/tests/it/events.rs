//! Orders take their lines out of a cart and put them back; accounts go.

use serde_json::json;
use uuid::Uuid;
use warung_chassis::testing::customer;
use warung_contracts::{
    event::{CancelReason, OrderCancelled, OrderLine, OrderPlaced, PaymentChoice, UserDeleted},
    grpc::cart::{GetCartRequest, carts_client::CartsClient},
    id::{OrderId, ProductId, UserId},
};

use crate::shop::{Shop, hash, idr, lines};

/// A customer with a cart.
struct Buyer {
    shop: Shop,
    user: UserId,
    token: String,
}

impl Buyer {
    async fn arrive() -> Self {
        let (user, token) = customer();
        Self { shop: Shop::open().await, user, token }
    }

    async fn add(&self, id: ProductId, quantity: u32) {
        let body = Some(json!({"product_id": id, "quantity": quantity}));
        let answer = self.shop.as_user(&self.token, "POST", "/api/v1/cart/items", body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    async fn cart(&self) -> Vec<(ProductId, u64)> {
        lines(&self.shop.as_user(&self.token, "GET", "/api/v1/cart", None).await)
    }

    /// The cart's state, as order asks for it.
    async fn revision(&self) -> Option<String> {
        let mut client = CartsClient::new(self.shop.cart.peer("order").await);
        let request = GetCartRequest { user_id: self.user.to_string(), ..GetCartRequest::default() };
        Some(client.get_cart(request).await.unwrap().into_inner().revision)
    }

    /// The order of these, made of the cart as it is now.
    async fn orders(&self, bought: &[(ProductId, u32)]) -> OrderPlaced {
        OrderPlaced { cart_revision: self.revision().await, ..placed(self.user, bought) }
    }
}

pub fn placed(user_id: UserId, bought: &[(ProductId, u32)]) -> OrderPlaced {
    let line = |(id, quantity): &(ProductId, u32)| OrderLine::new(*id, *quantity, idr(100));
    OrderPlaced {
        order_id: OrderId(Uuid::now_v7()),
        number: "T-1".into(),
        user_id,
        lines: bought.iter().map(line).collect(),
        total: idr(100),
        payment: PaymentChoice::of("sandbox"),
        totals: None,
        contact: None,
        cart_token_hash: None,
        order_token_hash: None,
        cart_revision: None,
        coupons: vec![],
        shipping_address: None,
    }
}

pub fn cancelled(order: &OrderPlaced, reason: CancelReason) -> OrderCancelled {
    let OrderPlaced { order_id, number, user_id, total, cart_token_hash, .. } = order.clone();
    OrderCancelled { order_id, number, user_id, total, reason, cart_token_hash }
}

#[tokio::test]
async fn what_was_ordered_leaves_the_cart_once_and_what_came_since_stays() {
    let buyer = Buyer::arrive().await;
    let shop = &buyer.shop;
    let (a, b, c) =
        (shop.sell("A", 100, 9).await, shop.sell("B", 100, 9).await, shop.sell("C", 100, 9).await);
    for (id, quantity) in [(a, 2), (b, 3)] {
        buyer.add(id, quantity).await;
    }
    let order = buyer.orders(&[(a, 2), (b, 3)]).await;
    buyer.add(b, 2).await;
    buyer.add(c, 1).await;
    for _ in 0..2 {
        shop.cart.deliver(&order).await.unwrap();
        assert_eq!(buyer.cart().await, [(b, 2), (c, 1)]);
    }
    // More than is there, and somebody without a cart: nothing to do is no failure.
    shop.cart.deliver(&placed(buyer.user, &[(b, 9), (c, 9)])).await.unwrap();
    assert_eq!(buyer.cart().await, []);
    shop.cart.deliver(&placed(UserId(Uuid::now_v7()), &[(a, 1)])).await.unwrap();
    buyer.shop.close().await;
}

#[tokio::test]
async fn late_news_of_an_order_leaves_a_cart_alone_that_was_filled_since() {
    let buyer = Buyer::arrive().await;
    let id = buyer.shop.sell("A", 100, 9).await;
    buyer.add(id, 2).await;
    let order = buyer.orders(&[(id, 2)]).await;
    buyer.shop.as_user(&buyer.token, "DELETE", "/api/v1/cart", None).await;
    buyer.add(id, 2).await;
    assert_ne!(buyer.revision().await, order.cart_revision);
    buyer.shop.cart.deliver(&order).await.unwrap();
    assert_eq!(buyer.cart().await, [(id, 2)]);
    buyer.shop.close().await;
}

#[tokio::test]
async fn an_order_that_is_not_served_puts_back_what_it_took_once() {
    let buyer = Buyer::arrive().await;
    let (a, b) = (buyer.shop.sell("A", 100, 99).await, buyer.shop.sell("B", 100, 99).await);
    buyer.add(a, 5).await;
    buyer.add(b, 1).await;
    // Of a, two are left in the cart.
    let order = buyer.orders(&[(a, 3), (b, 1)]).await;
    buyer.shop.cart.deliver(&order).await.unwrap();
    assert_eq!(buyer.cart().await, [(a, 2)]);
    // Four of b are wanted since, so that the one that was not to be had is among them.
    buyer.add(b, 4).await;
    let lost = cancelled(&order, CancelReason::OutOfStock);
    for _ in 0..2 {
        buyer.shop.cart.deliver(&lost).await.unwrap();
        let mut cart = buyer.cart().await;
        cart.sort();
        let mut expected = [(a, 5), (b, 4)];
        expected.sort();
        assert_eq!(cart, expected);
    }
    assert_ne!(buyer.revision().await, order.cart_revision, "it is a cart that was not ordered yet");
    buyer.shop.close().await;
}

#[tokio::test]
async fn only_what_its_customer_still_wants_comes_back() {
    use CancelReason as Why;
    let buyer = Buyer::arrive().await;
    let id = buyer.shop.sell("A", 100, 99).await;
    for (reason, left) in [
        (Why::OutOfStock, vec![(id, 1)]),
        (Why::PaymentFailed, vec![(id, 1)]),
        (Why::PaymentExpired, vec![(id, 1)]),
        (Why::Deadline, vec![(id, 1)]),
        (Why::ByCustomer, vec![]),
        (Why::ByAdmin, vec![]),
        (Why::Undeliverable, vec![]),
    ] {
        buyer.shop.as_user(&buyer.token, "DELETE", "/api/v1/cart", None).await;
        buyer.add(id, 1).await;
        let order = buyer.orders(&[(id, 1)]).await;
        buyer.shop.cart.deliver(&order).await.unwrap();
        buyer.shop.cart.deliver(&cancelled(&order, reason)).await.unwrap();
        assert_eq!(buyer.cart().await, left, "{reason:?}");
    }
    buyer.shop.close().await;
}

#[tokio::test]
async fn an_end_that_overtakes_its_order_leaves_the_lines_as_another_cart() {
    let buyer = Buyer::arrive().await;
    let id = buyer.shop.sell("A", 100, 99).await;
    buyer.add(id, 2).await;
    let order = buyer.orders(&[(id, 2)]).await;
    buyer.shop.cart.deliver(&cancelled(&order, CancelReason::PaymentFailed)).await.unwrap();
    buyer.shop.cart.deliver(&order).await.unwrap();
    assert_eq!(buyer.cart().await, [(id, 2)]);
    assert_ne!(buyer.revision().await, order.cart_revision);
    buyer.shop.close().await;
}

#[tokio::test]
async fn a_guests_order_leaves_the_cart_of_its_token_and_comes_back_to_it() {
    let shop = Shop::open().await;
    let id = shop.sell("A", 100, 9).await;
    let guest = shop.guest_with(&[(id, 3)]).await;
    let mut order = placed(UserId(Uuid::now_v7()), &[(id, 2)]);
    order.cart_token_hash = Some(hash(&guest));
    shop.cart.deliver(&order).await.unwrap();
    assert_eq!(lines(&shop.as_guest(&guest, "GET", "/api/v1/cart", None).await), [(id, 1)]);
    shop.cart.deliver(&cancelled(&order, CancelReason::PaymentExpired)).await.unwrap();
    assert_eq!(lines(&shop.as_guest(&guest, "GET", "/api/v1/cart", None).await), [(id, 3)]);
    shop.close().await;
}

#[tokio::test]
async fn a_deleted_account_has_no_cart_and_gets_none() {
    let buyer = Buyer::arrive().await;
    let id = buyer.shop.sell("A", 100, 9).await;
    buyer.add(id, 2).await;
    let order = buyer.orders(&[(id, 1)]).await;
    buyer.shop.cart.deliver(&order).await.unwrap();
    for _ in 0..2 {
        buyer.shop.cart.deliver(&UserDeleted { user_id: buyer.user }).await.unwrap();
    }
    // Its token lives on for some minutes, its order ends without its money, and a guest's cart is at hand.
    let body = Some(json!({"product_id": id, "quantity": 1}));
    let refused = buyer.shop.as_user(&buyer.token, "POST", "/api/v1/cart/items", body).await;
    assert_eq!(refused.status, 401, "{}", refused.body);
    buyer.shop.cart.deliver(&cancelled(&order, CancelReason::PaymentExpired)).await.unwrap();
    let guest = buyer.shop.guest_with(&[(id, 3)]).await;
    let headers = [("x-cart-token", guest.as_str())];
    let path = "/api/v1/cart/merge";
    let merged = buyer.shop.cart.send_with("POST", path, Some(&buyer.token), &headers, None).await;
    assert_eq!(merged.status, 401, "{}", merged.body);
    assert_eq!(buyer.cart().await, []);
    let still = buyer.shop.as_guest(&guest, "GET", "/api/v1/cart", None).await;
    assert_eq!(lines(&still), [(id, 3)], "a guest's cart stays the guest's");
    buyer.shop.close().await;
}
