//! A guest logs in.

use redis::AsyncCommands as _;
use serde_json::json;
use warung_chassis::testing::{Answer, customer};

use crate::shop::{Shop, hash, lines, redis};

pub async fn merge(shop: &Shop, token: &str, guest: &str) -> Answer {
    let headers = [("x-cart-token", guest)];
    shop.cart.send_with("POST", "/api/v1/cart/merge", Some(token), &headers, None).await
}

#[tokio::test]
async fn the_guests_cart_becomes_the_users_once() {
    let shop = Shop::open().await;
    let (a, b) = (shop.sell("A", 100, 5).await, shop.sell("B", 100, 5).await);
    let (_, token) = customer();
    let body = Some(json!({"product_id": b, "quantity": 998}));
    shop.as_user(&token, "POST", "/api/v1/cart/items", body).await;
    let guest = shop.guest_with(&[(a, 1), (b, 2)]).await;
    // Quantities add up to what a line may hold.
    let merged = merge(&shop, &token, &guest).await;
    assert_eq!((lines(&merged), &merged.body["left_out"]), (vec![(b, 999), (a, 1)], &json!([b])));
    assert_eq!(lines(&merge(&shop, &token, &guest).await), [(b, 999), (a, 1)]);
    assert_eq!(lines(&shop.as_guest(&guest, "GET", "/api/v1/cart", None).await), []);
    // Another user gets nothing of it.
    assert_eq!(lines(&merge(&shop, &customer().1, &guest).await), []);
    // A cart that the guest begins afterwards is another one.
    let body = Some(json!({"product_id": a, "quantity": 1}));
    shop.as_guest(&guest, "POST", "/api/v1/cart/items", body).await;
    assert_eq!(lines(&merge(&shop, &token, &guest).await), [(b, 999), (a, 2)]);
    shop.close().await;
}

#[tokio::test]
async fn a_merge_brings_no_more_than_one_order_may_have() {
    let shop = Shop::open().await;
    let (a, b) = (shop.sell("A", 100, 50).await, shop.sell("B", 100, 50).await);
    let (_, token) = customer();
    shop.as_user(&token, "POST", "/api/v1/cart/items", Some(json!({"product_id": a, "quantity": 3}))).await;
    let guest = shop.guest_with(&[(a, 3), (b, 6)]).await;
    shop.limit(a, 4).await;
    shop.limit(b, 5).await;
    let merged = merge(&shop, &token, &guest).await;
    assert_eq!((lines(&merged), &merged.body["left_out"]), (vec![(a, 4), (b, 5)], &json!([a, b])));
    // A limit that came down below what the user has.
    let other = shop.guest_with(&[(a, 1)]).await;
    shop.limit(a, 2).await;
    assert_eq!(lines(&merge(&shop, &token, &other).await), [(a, 2), (b, 5)]);
    shop.close().await;
}

#[tokio::test]
async fn what_finds_no_place_is_named() {
    let shop = Shop::open_with(&[("WARUNG_CART_LINES_MAX", "2")]).await;
    let mut ids = Vec::new();
    for sku in ["A", "B", "C"] {
        ids.push(shop.sell(sku, 100, 5).await);
    }
    let (_, token) = customer();
    let body = Some(json!({"product_id": ids[0], "quantity": 1}));
    shop.as_user(&token, "POST", "/api/v1/cart/items", body).await;
    let guest = shop.guest_with(&[(ids[1], 1), (ids[2], 1)]).await;
    let merged = merge(&shop, &token, &guest).await;
    assert_eq!(lines(&merged), [(ids[0], 1), (ids[1], 1)]);
    assert_eq!(merged.body["left_out"], json!([ids[2]]));
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn merging_many_times_at_once_merges_once() {
    let shop = Shop::open().await;
    let id = shop.sell("A", 100, 5).await;
    let (_, token) = customer();
    let guest = shop.guest_with(&[(id, 3)]).await;
    let answers = futures::future::join_all((0..20).map(|_| merge(&shop, &token, &guest))).await;
    assert!(answers.iter().all(|answer| answer.status == 200));
    assert_eq!(lines(&shop.as_user(&token, "GET", "/api/v1/cart", None).await), [(id, 3)]);
    shop.close().await;
}

/// A crash may come after each step; what it leaves is put into Redis as that step would have.
#[tokio::test]
async fn a_merge_that_was_cut_off_is_finished_by_the_next_call() {
    let shop = Shop::open().await;
    let id = shop.sell("A", 100, 5).await;
    let (user, token) = customer();
    let guest = shop.guest_with(&[(id, 3)]).await;
    let mut redis = redis().await;
    let cart = format!("warung:warung:cart:{{guest:{}}}", hash(&guest));
    let claim = format!("{cart}:claimed:{user}");
    // Cut off after the claim.
    let _: () = redis.rename(&cart, &claim).await.unwrap();
    let _: () = redis.hset(&claim, "claim", "first").await.unwrap();
    let left: std::collections::HashMap<String, String> = redis.hgetall(&claim).await.unwrap();
    assert_eq!(lines(&merge(&shop, &token, &guest).await), [(id, 3)]);
    assert!(!redis.exists::<_, bool>(&claim).await.unwrap());
    // Cut off before the claim was released.
    let fields: Vec<(String, String)> = left.into_iter().collect();
    let _: () = redis.hset_multiple(&claim, &fields).await.unwrap();
    assert_eq!(lines(&merge(&shop, &token, &guest).await), [(id, 3)]);
    assert!(!redis.exists::<_, bool>(&claim).await.unwrap());
    shop.close().await;
}
