//! One cart, one order.

use serde_json::{Value, json};
use uuid::Uuid;
use warung_contracts::{
    event::{OrderCancelled, OrderPlaced, StockRejected},
    id::{OrderId, ProductId},
};

use crate::{
    guests::guest_body,
    shop::{Shop, body},
};

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

/// A guest ordered, logged in at once, and cart has not heard of the order.
#[tokio::test]
async fn what_a_guest_ordered_is_not_ordered_again_by_the_account_it_was_merged_into() {
    let shop = Shop::start().await;
    shop.peers.fill(&shop.token, &[]).await;
    let cart = shop.peers.guest(&[(shop.product, 2)]).await;
    let placed = shop.guest_checkout(&cart, "k1", guest_body()).await;
    assert_eq!(placed.status, 201, "{}", placed.body);
    shop.peers.merge(&shop.token, &cart).await;
    let again = shop.checkout("k2").await;
    assert_eq!(again.status, 409, "{}", again.body);
    assert_eq!(again.body["type"], "https://warung.dev/problems/cart-already-ordered");
    assert_eq!(again.body["errors"][0]["detail"], placed.body["id"]);
    let told = shop.app.published_only::<OrderPlaced>().await;
    shop.peers.tell_cart(&told[0]).await;
    let empty = shop.checkout("k2").await;
    assert_eq!(empty.body["type"], "https://warung.dev/problems/cart-empty", "{}", empty.body);
    // What the account itself wants is another matter, and was no part of the guest's order.
    shop.peers.fill(&shop.token, &[(shop.product, 1)]).await;
    assert_eq!(shop.checkout("k3").await.status, 201);
    shop.stop().await;
}

/// A guest's check-out that has read the cart loses it to the account's.
#[tokio::test]
async fn what_an_account_ordered_is_not_ordered_again_by_the_guest_it_was_merged_from() {
    let shop = Shop::start().await;
    let cart = shop.peers.guest(&[(shop.product, 1)]).await;
    let state = shop.peers.state(&cart).await;
    let pool = shop.app.db.as_ref().unwrap().pool();
    let is_ordered = async || -> bool {
        let query = "SELECT is_ordered_otherwise($1, '{}', true)";
        sqlx::query_scalar(query).bind(&state).fetch_one(pool).await.unwrap()
    };
    shop.peers.merge(&shop.token, &cart).await;
    assert!(!is_ordered().await);
    assert_eq!(shop.checkout("k1").await.status, 201);
    assert!(is_ordered().await);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_guest_who_orders_and_logs_in_at_once_orders_once() {
    let shop = Shop::start().await;
    for n in 0..12 {
        shop.peers.fill(&shop.token, &[]).await;
        let cart = shop.peers.guest(&[(shop.product, 1)]).await;
        let key = format!("k{n}");
        let as_account = async {
            shop.peers.merge(&shop.token, &cart).await;
            shop.checkout(&key).await
        };
        let (guest, account) = tokio::join!(shop.guest_checkout(&cart, &key, guest_body()), as_account);
        let placed = [&guest, &account].iter().filter(|answer| answer.status == 201).count();
        assert_eq!(placed, 1, "{} {}", guest.body, account.body);
        for told in shop.app.published_only::<OrderPlaced>().await {
            shop.peers.tell_cart(&told).await;
        }
        // Whose account has ordered is shown that order.
        let left = shop.checkout(&format!("left{n}")).await;
        let told = left.body["type"].as_str().unwrap();
        assert!(
            ["cart-empty", "cart-already-ordered"].iter().any(|why| told.ends_with(why)),
            "{}",
            left.body
        );
    }
    shop.stop().await;
}

/// What of a product an order has.
fn bought(order: &Value, id: ProductId) -> u64 {
    let lines = order["lines"].as_array().unwrap().iter();
    lines.filter(|line| line["product_id"] == json!(id)).map(|line| line["quantity"].as_u64().unwrap()).sum()
}

/// The news of orders may take as long as NATS is away.
#[tokio::test]
async fn what_is_put_in_before_cart_hears_of_an_order_is_all_that_the_next_one_has() {
    let shop = Shop::start().await;
    let (first, second) = (shop.product, shop.peers.sell("TEH", 500, 10).await);
    for n in 0..3 {
        shop.peers.fill(&shop.token, &[(first, 2)]).await;
        for (step, (id, quantity)) in [(second, 1), (first, 1), (second, 3)].into_iter().enumerate() {
            let placed = shop.checkout(&format!("k{n}{step}")).await;
            assert_eq!(placed.status, 201, "{}", placed.body);
            shop.peers.add(&shop.token, id, quantity).await;
            let wanted = if step == 0 { [2, 0] } else { [u64::from(step == 2), u64::from(step == 1)] };
            assert_eq!([first, second].map(|id| bought(&placed.body, id)), wanted, "{n} {step}");
        }
    }
    // The news comes at last, and takes what the last order had alone.
    assert_eq!(shop.peers.items(&shop.token).await, 4);
    for told in shop.app.published_only::<OrderPlaced>().await {
        shop.peers.tell_cart(&told).await;
    }
    assert_eq!(shop.peers.items(&shop.token).await, 3);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_cart_that_is_filled_and_ordered_at_once_is_ordered_to_the_item() {
    let shop = Shop::start().await;
    shop.peers.fill(&shop.token, &[]).await;
    let mut ordered = 0;
    for n in 0..10 {
        let keys: Vec<String> = (0..3).map(|k| format!("k{n}-{k}")).collect();
        let adding = async {
            for _ in 0..3 {
                shop.peers.add(&shop.token, shop.product, 1).await;
            }
        };
        let (answers, ()) =
            tokio::join!(futures::future::join_all(keys.iter().map(|key| shop.checkout(key))), adding);
        let placed = answers.iter().filter(|answer| answer.status == 201);
        ordered += placed.map(|answer| bought(&answer.body, shop.product)).sum::<u64>();
        if n % 3 == 0 {
            for told in shop.app.published_only::<OrderPlaced>().await {
                shop.peers.tell_cart(&told).await;
            }
        }
    }
    let rest = shop.checkout("rest").await;
    ordered += if rest.status == 201 { bought(&rest.body, shop.product) } else { 0 };
    assert_eq!(ordered, 30);
    shop.stop().await;
}

#[tokio::test]
async fn the_same_things_can_be_ordered_again_once_they_are_in_the_cart_again() {
    let shop = Shop::start().await;
    assert_eq!(shop.checkout("k1").await.status, 201);
    let placed = shop.app.published_only::<OrderPlaced>().await;
    shop.peers.tell_cart(&placed[0]).await;
    let empty = shop.checkout("k2").await;
    assert_eq!(empty.body["type"], "https://warung.dev/problems/cart-already-ordered", "{}", empty.body);
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
