//! Many at once, in transactions that really run side by side.

use serde_json::json;
use uuid::Uuid;
use warung_chassis::{
    events::{Consumers, Delivery, EventError},
    testing::{TestApp, admin},
};
use warung_contracts::{
    event::{Event, OrderPlaced},
    id::{ProductId, VariantId},
};

use crate::{
    bulk::import,
    shop::{cancelled, check_books, confirmed, location, order, order_of, product, start, stock},
};

/// Delivers as the reader of a stream does: again, while a store says that it is away.
async fn insist<E: Event>(consumers: Consumers, event: E) {
    let id = Uuid::now_v7();
    let data = serde_json::to_vec(&event).unwrap();
    for _ in 0..100 {
        let delivery = Delivery { id, event_type: E::TYPE.into(), data: data.clone() };
        match consumers.deliver(delivery).await {
            Err(EventError::Unavailable(error)) => {
                assert!(!is_deadlock(&error), "{error:#}");
                tokio::task::yield_now().await;
            }
            other => {
                other.unwrap();
                return;
            }
        }
    }
    panic!("the store stayed away");
}

/// Whether PostgreSQL ended a transaction because it and another waited for each other.
fn is_deadlock(error: &anyhow::Error) -> bool {
    let of_store = |error: &sqlx::Error| {
        error.as_database_error().is_some_and(|error| error.code().as_deref() == Some("40P01"))
    };
    error.chain().filter_map(|error| error.downcast_ref()).any(of_store)
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

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_file_that_names_variants_in_another_order_than_orders_hold_them_waits_for_none_in_a_circle() {
    let app = start().await;
    let kind = |size: &str| json!({"sku": format!("KAOS-{size}"), "option_values": {"Size": size}, "price_minor": 100, "stock": 1000});
    let file = |sizes: [&str; 3]| {
        let options = json!([{"name": "Size", "values": ["S", "M", "L"]}]);
        json!({"name": "Kaos", "status": "active", "options": options, "variants": sizes.map(kind)})
            .to_string()
    };
    let import = async |sizes| {
        let (status, told) = import(&app, "", "application/x-ndjson", file(sizes)).await;
        assert_eq!((status, told.len(), &told[0]["summary"]["failed"]), (200, 1, &json!(0)), "{told:?}");
    };
    import(["S", "M", "L"]).await;
    let query = "SELECT product_id, variant_id FROM variants WHERE sku <> 'KAOS-S' ORDER BY variant_id";
    let pool = app.db.as_ref().unwrap().pool();
    let rows: Vec<(Uuid, Uuid)> = sqlx::query_as(query).fetch_all(pool).await.unwrap();
    let lines: Vec<_> =
        rows.iter().map(|(product, variant)| (ProductId(*product), VariantId(*variant), 1)).collect();
    let imports = async {
        for _ in 0..20 {
            import(["S", "L", "M"]).await;
        }
    };
    let orders = async {
        for _ in 0..20 {
            all(&app, (0..8).map(|_| order_of(&lines)).collect()).await;
        }
    };
    tokio::join!(imports, orders);
    check_books(&app).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_carried_to_a_place_and_delivered_there_at_once_waits_for_nothing_in_a_circle() {
    let app = start().await;
    let places = app.send("GET", "/api/v1/locations", Some(&admin()), None).await;
    let main = places.body["items"][0]["id"].clone();
    for n in 0..20 {
        let id = product(&app, &format!("P{n}"), "Kopi", 100, 50).await;
        let to = location(&app, &format!("toko-{n}"), 5).await;
        let variant_id = id.default_variant();
        let body = json!({"variant_id": variant_id, "from": main, "to": to, "quantity": 5, "reason": "room"});
        let (carrying, delivering) = (format!("c{n}"), format!("d{n}"));
        let headers = [("idempotency-key", carrying.as_str())];
        let key = [("idempotency-key", delivering.as_str())];
        let delivery = json!({"location_id": to, "delta": 3, "reason": "delivery"});
        let path = format!("/api/v1/products/{id}/stock");
        let token = admin();
        let (carried, delivered) = tokio::join!(
            app.send_with("POST", "/api/v1/stock/transfers", Some(&token), &headers, Some(body)),
            app.send_with("POST", &path, Some(&token), &key, Some(delivery)),
        );
        assert!(carried.status.is_success(), "{}", carried.body);
        assert!(delivered.status.is_success(), "{}", delivered.body);
    }
    check_books(&app).await;
    app.stop().await;
}
