//! What stock did for an order, as order is told.

use time::Duration;
use uuid::Uuid;
use warung_chassis::testing::TestApp;
use warung_contracts::{
    event::{ItemsReturned, OrderPlaced, ReturnedLine},
    history::{Deed, StockItem},
    id::{OrderId, ReturnId},
};

use crate::shop::{adjust, cancelled, confirmed, location, order, order_of, product, shirt, start, too_late};

/// (movement, reason, goods) of an order, oldest first.
async fn told(app: &TestApp, order: OrderId) -> Vec<(String, Option<String>, Vec<String>)> {
    let entries = app.history(order).await;
    assert!(entries.iter().all(|entry| entry.actor == "product" && entry.author.is_none()));
    assert!(entries.is_sorted_by_key(|entry| entry.at));
    let moved = entries.iter().map(|entry| match entry.deed() {
        Some(Deed::Stock(moved)) => moved,
        other => panic!("{other:?}"),
    });
    let goods = |StockItem { sku, quantity, location }: StockItem| format!("{quantity} {sku} {location}");
    moved.map(|moved| (moved.movement, moved.reason, moved.items.into_iter().map(goods).collect())).collect()
}

fn line(movement: &str, reason: Option<&str>, goods: &[&str]) -> (String, Option<String>, Vec<String>) {
    (movement.into(), reason.map(str::to_owned), goods.iter().map(|text| (*text).to_owned()).collect())
}

async fn deliver(app: &TestApp, event: &impl warung_contracts::event::Event) {
    app.clock.advance(Duration::SECOND);
    app.deliver(event).await.unwrap();
}

#[tokio::test]
async fn an_order_is_told_what_was_set_aside_sold_and_came_back_from_each_place() {
    let app = start().await;
    let (kaos, [m, l]) = shirt(&app, [1, 5]).await;
    let shed = location(&app, "shed", 9).await;
    assert!(adjust(&app, kaos, m, Some(shed), 4).await.status.is_success());
    let placed = order_of(&[(kaos, m, 5), (kaos, l, 1)]);
    for _ in 0..2 {
        deliver(&app, &placed).await;
    }
    deliver(&app, &confirmed(&placed)).await;
    let back = ReturnedLine { product_id: kaos, variant_id: Some(l), quantity: 1, restock: true };
    let returned =
        ItemsReturned { order_id: placed.order_id, return_id: ReturnId(Uuid::now_v7()), lines: vec![back] };
    deliver(&app, &returned).await;
    let mut lines = told(&app, placed.order_id).await;
    lines.iter_mut().for_each(|(.., goods)| goods.sort());
    let all = ["1 KAOS-L main", "1 KAOS-M main", "4 KAOS-M shed"];
    assert_eq!(
        lines,
        [
            line("reserved", None, &all),
            line("committed", None, &all),
            line("restocked", None, &["1 KAOS-L main"]),
        ]
    );
    app.stop().await;
}

#[tokio::test]
async fn goods_that_are_free_again_say_why() {
    let app = start().await;
    let id = product(&app, "KOPI", "Kopi", 100, 9).await;
    let [unpaid, paid, slow] = [(); 3].map(|()| order(&[(id, 2)]));
    for placed in [&unpaid, &paid, &slow] {
        deliver(&app, placed).await;
    }
    deliver(&app, &cancelled(&unpaid)).await;
    deliver(&app, &confirmed(&paid)).await;
    deliver(&app, &cancelled(&paid)).await;
    too_late(&app);
    assert_eq!(app.run_job("expire_reservations").await, 1);
    let goods = ["2 KOPI main"];
    let reserved = line("reserved", None, &goods);
    let why = Some("payment_failed");
    assert_eq!(told(&app, unpaid.order_id).await, [reserved.clone(), line("released", why, &goods)]);
    let sold = line("committed", None, &goods);
    assert_eq!(told(&app, paid.order_id).await, [reserved.clone(), sold, line("returned", why, &goods)]);
    assert_eq!(told(&app, slow.order_id).await, [reserved, line("expired", None, &goods)]);
    app.stop().await;
}

#[tokio::test]
async fn too_little_stock_is_told_and_of_an_unknown_order_nothing() {
    let app = start().await;
    let id = product(&app, "KOPI", "Kopi", 100, 1).await;
    let short: OrderPlaced = order(&[(id, 2)]);
    deliver(&app, &short).await;
    deliver(&app, &cancelled(&short)).await;
    assert_eq!(told(&app, short.order_id).await, [line("rejected", None, &[])]);
    assert_eq!(told(&app, OrderId(Uuid::now_v7())).await, []);
    app.stop().await;
}
