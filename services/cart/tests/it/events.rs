//! An order was paid for.

use serde_json::json;
use uuid::Uuid;
use warung_chassis::{events::handler::Effect, testing::customer};
use warung_contracts::{
    event::{OrderConfirmed, OrderLine, ShippingAddress, UserDeleted},
    id::{OrderId, ProductId, UserId},
};

use crate::shop::{Shop, hash, idr, lines};

fn confirmed(user_id: UserId, bought: &[(ProductId, u32)]) -> OrderConfirmed {
    let line = |(product_id, quantity): &(ProductId, u32)| OrderLine {
        sku: "S".into(),
        name: "N".into(),
        ..OrderLine::new(*product_id, *quantity, idr(100))
    };
    OrderConfirmed {
        order_id: OrderId(Uuid::now_v7()),
        number: "T-1".into(),
        user_id,
        lines: bought.iter().map(line).collect(),
        total: idr(100),
        shipping_address: ShippingAddress {
            recipient: "Sari".into(),
            phone: None,
            line1: "Jl. Braga 1".into(),
            line2: None,
            city: "Bandung".into(),
            province: None,
            postal_code: "40111".into(),
            country: "ID".into(),
        },
        totals: None,
        contact: None,
        shipping: None,
        cart_token_hash: None,
        order_token_hash: None,
    }
}

#[tokio::test]
async fn what_was_bought_leaves_the_cart_once_and_what_came_since_stays() {
    let shop = Shop::open().await;
    let (a, b, c) =
        (shop.sell("A", 100, 9).await, shop.sell("B", 100, 9).await, shop.sell("C", 100, 9).await);
    let (user, token) = customer();
    for (id, quantity) in [(a, 2), (b, 5), (c, 1)] {
        let body = Some(json!({"product_id": id, "quantity": quantity}));
        shop.as_user(&token, "POST", "/api/v1/cart/items", body).await;
    }
    let (event, bought) = (Uuid::now_v7(), confirmed(user, &[(a, 2), (b, 3)]));
    assert_eq!(shop.cart.deliver_as(event, &bought).await.unwrap(), Effect::Done);
    assert_eq!(lines(&shop.as_user(&token, "GET", "/api/v1/cart", None).await), [(b, 2), (c, 1)]);
    assert_eq!(shop.cart.deliver_as(event, &bought).await.unwrap(), Effect::Duplicate);
    assert_eq!(lines(&shop.as_user(&token, "GET", "/api/v1/cart", None).await), [(b, 2), (c, 1)]);
    // More than is there, and somebody without a cart: nothing to do is no failure.
    shop.cart.deliver(&confirmed(user, &[(b, 9), (c, 9)])).await.unwrap();
    assert_eq!(lines(&shop.as_user(&token, "GET", "/api/v1/cart", None).await), []);
    shop.cart.deliver(&confirmed(UserId(Uuid::now_v7()), &[(a, 1)])).await.unwrap();
    shop.close().await;
}

#[tokio::test]
async fn a_guests_order_leaves_the_cart_of_its_token() {
    let shop = Shop::open().await;
    let id = shop.sell("A", 100, 9).await;
    let guest = shop.guest_with(&[(id, 3)]).await;
    let mut bought = confirmed(UserId(Uuid::now_v7()), &[(id, 2)]);
    bought.cart_token_hash = Some(hash(&guest));
    shop.cart.deliver(&bought).await.unwrap();
    assert_eq!(lines(&shop.as_guest(&guest, "GET", "/api/v1/cart", None).await), [(id, 1)]);
    shop.close().await;
}

#[tokio::test]
async fn the_cart_of_a_deleted_account_is_dropped() {
    let shop = Shop::open().await;
    let id = shop.sell("A", 100, 9).await;
    let (user_id, token) = customer();
    let body = Some(json!({"variant_id": id.default_variant(), "quantity": 2}));
    shop.as_user(&token, "POST", "/api/v1/cart/items", body).await;
    assert_eq!(lines(&shop.as_user(&token, "GET", "/api/v1/cart", None).await), [(id, 2)]);
    shop.cart.deliver(&UserDeleted { user_id }).await.unwrap();
    shop.cart.deliver(&UserDeleted { user_id }).await.unwrap();
    assert_eq!(lines(&shop.as_user(&token, "GET", "/api/v1/cart", None).await), []);
    shop.close().await;
}
