use serde_json::json;
use time::Duration;
use warung_chassis::{auth::Role, testing};
use warung_contracts::{
    event::{CancelReason, OrderCancelled},
    id::UserId,
};

use crate::shop::Shop;

#[tokio::test]
async fn orders_are_listed_newest_first_page_by_page() {
    let shop = Shop::start().await;
    let mut placed = Vec::new();
    for _ in 0..3 {
        placed.push(shop.order().await.to_string());
        shop.app.clock.advance(Duration::seconds(1));
    }
    placed.reverse();
    let first = shop.get("/api/v1/orders?limit=2").await.body;
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = shop.get(&format!("/api/v1/orders?limit=2&cursor={cursor}")).await.body;
    let pages = [first["items"].as_array().unwrap().as_slice(), second["items"].as_array().unwrap()].concat();
    assert_eq!(pages.iter().map(|o| o["id"].as_str().unwrap()).collect::<Vec<_>>(), placed);
    assert_eq!(pages[0]["items"], 2);
    assert!(second.get("next_cursor").is_none());
    assert_eq!(shop.get("/api/v1/orders?cursor=nonsense").await.status, 400);
    shop.stop().await;
}

#[tokio::test]
async fn somebody_elses_order_is_not_found_but_staff_see_it() {
    let shop = Shop::start().await;
    let id = shop.order().await;
    let (_, other) = testing::customer();
    let path = format!("/api/v1/orders/{id}");
    assert_eq!(shop.app.send("GET", &path, Some(&other), None).await.status, 404);
    assert_eq!(shop.app.send("GET", &path, None, None).await.status, 404);
    assert_eq!(shop.app.send("GET", &path, Some(&testing::admin()), None).await.status, 200);
    let headers = [("idempotency-key", "k")];
    let cancel = shop.app.send_with("POST", &format!("{path}/cancel"), Some(&other), &headers, None).await;
    assert_eq!(cancel.status, 404);
    let staff = testing::token(UserId(uuid::Uuid::now_v7()), &[Role::Staff]);
    let cancel = shop.app.send_with("POST", &format!("{path}/cancel"), Some(&staff), &headers, None).await;
    assert_eq!(cancel.status, 403, "{}", cancel.body);
    assert_eq!(shop.state(id).await, "placed");
    shop.stop().await;
}

#[tokio::test]
async fn a_customer_cancels_until_it_is_shipped() {
    let shop = Shop::start().await;
    let id = shop.order().await;
    let path = format!("/api/v1/orders/{id}/cancel");
    let answer = shop.post(&path, "c1", Some(json!({"reason": "changed my mind"}))).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.body["state"], "cancelled");
    assert_eq!(answer.body["cancel_reason"], "by_customer");
    assert_eq!(answer.body["history"][1]["reason"], "changed my mind");
    assert_eq!(answer.body["actions"], json!([]));
    let cancelled = shop.app.published_only::<OrderCancelled>().await;
    assert_eq!(cancelled.len(), 1);
    assert_eq!(cancelled[0].reason, CancelReason::ByCustomer);
    // The same request again is the same answer; a new one is too late.
    assert_eq!(shop.post(&path, "c1", Some(json!({"reason": "changed my mind"}))).await.status, 200);
    assert_eq!(shop.post(&path, "c2", None).await.status, 409);
    assert!(shop.app.published().await.is_empty());

    let paid = shop.order().await;
    shop.app.deliver(&shop.paid(paid)).await.unwrap();
    shop.app.published().await;
    assert_eq!(shop.detail(paid).await["actions"], json!(["cancel", "correct_address"]));
    let answer = shop.post(&format!("/api/v1/orders/{paid}/cancel"), "c3", None).await;
    assert_eq!(answer.body["state"], "cancelled", "{}", answer.body);
    // Payment gives the money back, product takes the stock back, shipment stops the parcel: all hear this.
    assert_eq!(shop.app.published_only::<OrderCancelled>().await[0].reason, CancelReason::ByCustomer);

    let shipped = shop.order().await;
    shop.app.deliver(&shop.paid(shipped)).await.unwrap();
    shop.app.deliver(&shop.dispatched(shipped)).await.unwrap();
    assert_eq!(shop.detail(shipped).await["actions"], json!([]));
    let answer = shop.post(&format!("/api/v1/orders/{shipped}/cancel"), "c4", None).await;
    assert_eq!(answer.status, 409, "{}", answer.body);
    assert_eq!(answer.body["type"], "https://warung.dev/problems/order-not-cancellable");
    assert_eq!(shop.state(shipped).await, "shipped");
    shop.stop().await;
}

#[tokio::test]
async fn an_administrator_cancels_anybodys() {
    let shop = Shop::start().await;
    let id = shop.order().await;
    let path = format!("/api/v1/orders/{id}/cancel");
    let headers = [("idempotency-key", "k")];
    let answer = shop.app.send_with("POST", &path, Some(&testing::admin()), &headers, None).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(shop.app.published_only::<OrderCancelled>().await[0].reason, CancelReason::ByAdmin);
    shop.stop().await;
}

#[tokio::test]
async fn an_order_that_is_not_paid_by_its_deadline_is_cancelled_once() {
    let shop = Shop::start().await;
    let (waits, paid) = (shop.order().await, shop.order().await);
    shop.app.deliver(&shop.reserved(waits)).await.unwrap();
    shop.app.deliver(&shop.paid(paid)).await.unwrap();
    shop.app.published().await;
    assert_eq!(shop.app.run_job("deadline").await, 0);
    shop.app.clock.advance(Duration::seconds(2700));
    assert_eq!(shop.app.run_job("deadline").await, 1);
    assert_eq!(shop.app.run_job("deadline").await, 0);
    assert_eq!(shop.app.published_only::<OrderCancelled>().await[0].reason, CancelReason::Deadline);
    assert_eq!(shop.state(waits).await, "cancelled");
    assert!(shop.detail(waits).await.get("deadline_at").is_none());
    assert!(shop.detail(paid).await.get("deadline_at").is_none());
    assert_eq!(shop.detail(waits).await["history"][2]["actor"], "clock");
    assert_eq!(shop.state(paid).await, "confirmed");
    shop.stop().await;
}

#[tokio::test]
async fn orders_that_can_not_be_ended_hold_up_no_other_however_many_they_are() {
    let shop = Shop::start().await;
    let (odd, other) = (shop.order().await, shop.order().await);
    let pool = shop.app.db.as_ref().unwrap().pool();
    let spoiled =
        "UPDATE orders SET contact = '5', deadline_at = deadline_at - interval '1 s' WHERE order_id = $1";
    assert_eq!(sqlx::query(spoiled).bind(odd.0).execute(pool).await.unwrap().rows_affected(), 1);
    let more = "INSERT INTO orders SELECT (jsonb_populate_record(o, jsonb_build_object('order_id', gen_random_uuid(), \
                'number', 'ODD-' || n))).* FROM orders o, generate_series(1, 60) AS n WHERE order_id = $1";
    assert_eq!(sqlx::query(more).bind(odd.0).execute(pool).await.unwrap().rows_affected(), 60);
    shop.app.clock.advance(Duration::seconds(2700));
    let clock = shop.app.keep_running("deadline");
    testing::eventually("the other ends", async || (shop.state(other).await == "cancelled").then_some(()))
        .await;
    drop(clock);
    shop.stop().await;
}
