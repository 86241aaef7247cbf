//! What staff see and write down.

use serde_json::json;
use time::Duration;
use uuid::Uuid;
use warung_chassis::{auth::Role, testing};
use warung_contracts::{
    event::PaymentFailed,
    id::{PaymentId, UserId},
};

use crate::shop::Shop;

#[tokio::test]
async fn staff_look_for_orders() {
    let shop = Shop::start().await;
    let first = shop.order().await;
    shop.app.clock.advance(Duration::seconds(1));
    let second = shop.order().await;
    shop.app.clock.advance(Duration::hours(1));
    let third = shop.order().await;
    shop.app.deliver(&shop.paid(third)).await.unwrap();
    let number = shop.detail(first).await["number"].as_str().unwrap().to_lowercase();
    let email = format!("{}@example.com", shop.user.uuid().simple()).to_uppercase();
    let find = async |query: &str| -> Vec<String> {
        let found = shop.as_admin("GET", &format!("/api/v1/admin/orders?{query}"), None).await;
        let items = found["items"].as_array().unwrap().iter();
        items.map(|order| order["id"].as_str().unwrap().to_owned()).collect()
    };
    let [first, second, third] = [first, second, third].map(|id| id.to_string());
    assert_eq!(find(&format!("number={number}")).await, std::slice::from_ref(&first));
    assert_eq!(find(&format!("email={email}")).await, [third.clone(), second.clone(), first.clone()]);
    assert_eq!(find("state=confirmed").await, std::slice::from_ref(&third));
    assert_eq!(find("to=2026-01-01T00:30:00Z").await, [second.clone(), first.clone()]);
    assert_eq!(find("from=2026-01-01T00:30:00Z&state=placed").await, Vec::<String>::new());
    assert_eq!(find(&format!("user_id={}", UserId(Uuid::now_v7()))).await, Vec::<String>::new());
    let page = shop.as_admin("GET", "/api/v1/admin/orders?limit=2", None).await;
    let cursor = page["next_cursor"].as_str().unwrap();
    assert_eq!(find(&format!("limit=2&cursor={cursor}")).await, [first]);
    assert_eq!(shop.get("/api/v1/admin/orders").await.status, 403);
    let staff = testing::token(UserId(Uuid::now_v7()), &[Role::Staff]);
    assert_eq!(shop.app.send("GET", "/api/v1/admin/orders", Some(&staff), None).await.status, 200);
    assert_eq!(shop.app.send("GET", "/api/v1/admin/orders?state=lost", Some(&staff), None).await.status, 400);
    shop.stop().await;
}

#[tokio::test]
async fn the_timeline_holds_transitions_notes_and_what_changed_nothing() {
    let shop = Shop::start().await;
    let id = shop.order().await;
    shop.app.deliver(&shop.paid(id)).await.unwrap();
    shop.app.clock.advance(Duration::seconds(1));
    let note = json!({"text": "called, wants it wrapped"});
    shop.as_admin("POST", &format!("/api/v1/admin/orders/{id}/notes"), Some(note)).await;
    shop.app.clock.advance(Duration::seconds(1));
    let payment_id = PaymentId(Uuid::now_v7());
    shop.app.deliver(&PaymentFailed { order_id: id, payment_id, reason: "late".into() }).await.unwrap();
    let path = format!("/api/v1/admin/orders/{id}/timeline");
    let timeline = shop.as_admin("GET", &path, None).await;
    let entries: Vec<_> = timeline["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| (e["kind"].as_str().unwrap(), e["actor"].as_str().unwrap(), e["text"].as_str().unwrap()))
        .collect();
    assert_eq!(
        entries,
        [
            ("transition", "customer", "checked out"),
            ("transition", "payment", "paid by sandbox"),
            ("note", "admin", "called, wants it wrapped"),
            ("heard", "payment", "the payment failed: late"),
        ]
    );
    assert!(timeline["items"][3]["event_id"].is_string() && timeline["items"][2]["author"].is_string());
    assert_eq!(shop.detail(id).await["state"], "confirmed");
    assert_eq!(shop.get(&path).await.status, 403);
    shop.stop().await;
}
