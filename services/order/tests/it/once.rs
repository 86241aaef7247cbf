//! One cart, one order.

use serde_json::json;
use uuid::Uuid;
use warung_contracts::{
    event::{OrderCancelled, OrderPlaced, StockRejected},
    id::OrderId,
};

use crate::shop::{Shop, body};

#[tokio::test]
async fn a_cart_that_is_checked_out_many_times_at_once_is_one_order() {
    let shop = Shop::start().await;
    let keys: Vec<String> = (0..8).map(|n| format!("k{n}")).collect();
    let answers = futures::future::join_all(keys.iter().map(|key| shop.checkout(key))).await;
    let (placed, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 201);
    assert_eq!((placed.len(), refused.len()), (1, 7));
    for answer in refused {
        assert_eq!(answer.status, 409, "{}", answer.body);
        assert_eq!(answer.body["type"], "https://warung.dev/problems/cart-already-ordered");
        let order = json!({"field": "order", "detail": placed[0].body["id"]});
        assert_eq!(answer.body["errors"], json!([order]));
    }
    assert_eq!(shop.app.published_only::<OrderPlaced>().await.len(), 1);
    assert_eq!(shop.get("/api/v1/orders").await.body["items"].as_array().unwrap().len(), 1);
    shop.stop().await;
}

#[tokio::test]
async fn a_guests_cart_is_ordered_once_too() {
    let shop = Shop::start().await;
    let cart = shop.peers.guest(&[(shop.product, 1)]).await;
    let mut body = body();
    body["contact"] = json!({"email": "tamu@example.com", "name": "Tamu"});
    for (key, status) in [("k1", 201), ("k2", 409), ("k1", 201)] {
        let headers = [("x-cart-token", cart.as_str()), ("idempotency-key", key)];
        let answer = shop.app.send_with("POST", "/api/v1/checkout", None, &headers, Some(body.clone())).await;
        assert_eq!(answer.status, status, "{}", answer.body);
    }
    shop.stop().await;
}

#[tokio::test]
async fn the_same_things_can_be_ordered_again_once_they_are_in_the_cart_again() {
    let shop = Shop::start().await;
    assert_eq!(shop.checkout("k1").await.status, 201);
    let placed = shop.app.published_only::<OrderPlaced>().await;
    shop.peers.tell_cart(&placed[0]).await;
    let empty = shop.checkout("k2").await;
    assert_eq!(empty.body["type"], "https://warung.dev/problems/cart-empty", "{}", empty.body);
    shop.peers.fill(&shop.token, &[(shop.product, 2)]).await;
    assert_eq!(shop.checkout("k2").await.status, 201);
    shop.stop().await;
}

#[tokio::test]
async fn what_was_out_of_stock_is_in_the_cart_again_and_can_be_ordered() {
    let shop = Shop::start().await;
    let placed = shop.checkout(&Uuid::now_v7().to_string()).await;
    let order_id: OrderId = placed.body["id"].as_str().unwrap().parse().unwrap();
    let told = shop.app.published_only::<OrderPlaced>().await;
    shop.peers.tell_cart(&told[0]).await;
    shop.app.deliver(&StockRejected { order_id, shortages: vec![] }).await.unwrap();
    let told = shop.app.published_only::<OrderCancelled>().await;
    shop.peers.tell_cart(&told[0]).await;
    let again = shop.checkout("k2").await;
    assert_eq!((again.status.as_u16(), &again.body["total"]), (201, &placed.body["total"]), "{}", again.body);
    shop.stop().await;
}
