//! Many at once, in transactions that really run side by side.

use uuid::Uuid;
use warung_chassis::{
    events::{Consumers, Delivery, EventError},
    testing::TestApp,
};
use warung_contracts::{
    event::{Event, OrderPlaced},
    id::ProductId,
};

use crate::shop::{cancelled, check_books, confirmed, order, product, start, stock};

/// Delivers as the reader of a stream does: again, while a store says that it is away.
async fn insist<E: Event>(consumers: Consumers, event: E) {
    let id = Uuid::now_v7();
    let data = serde_json::to_vec(&event).unwrap();
    for _ in 0..100 {
        let delivery = Delivery { id, event_type: E::TYPE.into(), data: data.clone() };
        match consumers.deliver(delivery).await {
            Err(EventError::Unavailable(_)) => tokio::task::yield_now().await,
            other => {
                other.unwrap();
                return;
            }
        }
    }
    panic!("the store stayed away");
}

async fn all<E: Event>(app: &TestApp, events: Vec<E>) {
    let tasks: Vec<_> =
        events.into_iter().map(|event| tokio::spawn(insist(app.consumers.clone(), event))).collect();
    for task in tasks {
        task.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_buyers_for_five_items_five_get_one() {
    let app = start().await;
    let id = product(&app, "A", "Kopi", 100, 5).await;
    let orders: Vec<OrderPlaced> = (0..50).map(|_| order(&[(id, 1)])).collect();
    all(&app, orders.clone()).await;
    assert_eq!(stock(&app, id).await, (5, 5));
    let published = app.published().await;
    let count = |kind: &str| published.iter().filter(|(event, _)| event.contains(kind)).count();
    assert_eq!((count("stock_reserved"), count("stock_rejected")), (5, 45));
    check_books(&app).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn orders_for_the_same_products_in_opposite_order_never_lock_each_other_out() {
    let app = start().await;
    let ids: Vec<ProductId> =
        vec![product(&app, "A", "Kopi", 100, 1000).await, product(&app, "B", "Teh", 100, 1000).await];
    let orders: Vec<OrderPlaced> =
        (0..60)
            .map(|n| {
                if n % 2 == 0 {
                    order(&[(ids[0], 1), (ids[1], 1)])
                } else {
                    order(&[(ids[1], 1), (ids[0], 1)])
                }
            })
            .collect();
    all(&app, orders.clone()).await;
    assert_eq!(stock(&app, ids[0]).await, (1000, 60));
    assert_eq!(app.published().await.len(), 60);
    // Half are paid and half are cancelled, all at once, each said twice.
    let (paid, lost) = orders.split_at(30);
    let paid: Vec<_> = paid.iter().chain(paid).map(confirmed).collect();
    let lost: Vec<_> = lost.iter().chain(lost).map(cancelled).collect();
    tokio::join!(all(&app, paid), all(&app, lost));
    for id in ids {
        assert_eq!(stock(&app, id).await, (970, 0));
    }
    check_books(&app).await;
    app.stop().await;
}
