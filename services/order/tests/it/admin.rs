//! What staff see and write down.

use serde_json::json;
use time::Duration;
use uuid::Uuid;
use warung_contracts::{event::PaymentFailed, id::PaymentId};

use crate::shop::Shop;

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
