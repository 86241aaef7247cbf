//! What staff see and write down.

use serde_json::json;
use time::Duration;
use uuid::Uuid;
use warung_chassis::testing;
use warung_contracts::{
    event::{PaymentDecided, PaymentHeld, PaymentHoldEnded},
    id::{PaymentId, UserId},
    money::Money,
};

use crate::shop::{Shop, failed};

#[tokio::test]
async fn the_timeline_holds_transitions_notes_and_what_changed_nothing() {
    let shop = Shop::start().await;
    let id = shop.order().await;
    shop.app.deliver(&shop.paid(id)).await.unwrap();
    shop.app.clock.advance(Duration::seconds(1));
    let note = json!({"text": "called, wants it wrapped"});
    for blank in [" ", "\u{a0}\n"] {
        let (path, headers) = (format!("/api/v1/admin/orders/{id}/notes"), [("idempotency-key", "blank")]);
        let body = Some(json!({"text": blank}));
        let refused = shop.app.send_with("POST", &path, Some(&testing::admin()), &headers, body).await;
        assert_eq!((refused.status.as_u16(), &refused.body["errors"][0]["field"]), (400, &json!("text")));
    }
    let note = shop.as_admin("POST", &format!("/api/v1/admin/orders/{id}/notes"), Some(note)).await;
    assert!(note["id"].is_string(), "{note}");
    shop.app.clock.advance(Duration::seconds(1));
    shop.app.deliver(&failed(id, "late")).await.unwrap();
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
    assert!(timeline["items"][3]["event_id"].is_string() && note["author"].is_string());
    for field in ["actor", "author", "text", "at"] {
        assert_eq!(note[field], timeline["items"][2][field], "{field}");
    }
    // What only others keep is missing while they are away; what order heard of them stays.
    assert_eq!(timeline["missing"], json!(["payment", "notification"]));
    assert_eq!(shop.detail(id).await["state"], "confirmed");
    assert_eq!(shop.get(&path).await.status, 403);
    shop.stop().await;
}

#[tokio::test]
async fn the_timeline_says_who_decided_about_the_payment_and_what_waits_for_a_decision() {
    let shop = Shop::start().await;
    let order_id = shop.order().await;
    let (payment_id, author) = (PaymentId(Uuid::now_v7()), UserId(Uuid::now_v7()));
    let (asked, reported) = (shop.total(), Money::new(5, "USD".parse().unwrap()));
    let held = PaymentHeld { order_id, payment_id, asked, reported };
    let decided = |deed: &str, amount| {
        let (deed, reason) = (deed.to_owned(), "looked at it".to_owned());
        PaymentDecided { order_id, payment_id, deed, amount, author, reason }
    };
    for _ in 0..2 {
        shop.app.deliver_as(Uuid::from_u128(1), &held).await.unwrap();
    }
    for (at, event) in [decided("settled", None), decided("capture", Some(asked)), decided("dance", None)]
        .into_iter()
        .enumerate()
    {
        shop.app.clock.advance(Duration::seconds(1));
        shop.app.deliver_as(Uuid::from_u128(2 + at as u128), &event).await.unwrap();
    }
    let timeline = shop.as_admin("GET", &format!("/api/v1/admin/orders/{order_id}/timeline"), None).await;
    let said: Vec<_> = timeline["items"].as_array().unwrap()[1..]
        .iter()
        .map(|entry| (entry["actor"].clone(), entry["author"].clone(), entry["text"].clone()))
        .collect();
    let by = |text: String| (json!("admin"), json!(author), json!(text));
    let waits = format!("{asked} was asked, {reported} came: an administrator has to decide");
    assert_eq!(
        said,
        [
            (json!("payment"), json!(null), json!(waits)),
            by("the amount that differs was put right at the provider: looked at it".into()),
            by(format!("{asked} is to be captured: looked at it")),
            // A word of a later release.
            by("dance: looked at it".into()),
        ]
    );
    shop.stop().await;
}

#[tokio::test]
async fn staff_find_the_orders_whose_payment_waits_for_a_decision_until_it_does_no_more() {
    let shop = Shop::start().await;
    let (order_id, other) = (shop.order().await, shop.order().await);
    let [first, second] = [1, 2].map(|n| PaymentId(Uuid::from_u128(n)));
    let (asked, reported) = (shop.total(), Money::new(5, "USD".parse().unwrap()));
    assert_eq!(shop.find("held=true").await, []);
    for (at, payment_id) in [first, second, second].into_iter().enumerate() {
        let held = PaymentHeld { order_id, payment_id, asked, reported };
        shop.app.deliver_as(Uuid::from_u128(10 + at as u128), &held).await.unwrap();
    }
    assert_eq!(shop.find("held=true").await, [order_id]);
    let held = |payment_id| json!({"payment_id": payment_id, "asked": asked, "reported": reported});
    let path = format!("/api/v1/orders/{order_id}");
    assert_eq!(shop.as_admin("GET", &path, None).await["held"], json!([held(first), held(second)]));
    let found = shop.as_admin("GET", "/api/v1/admin/orders?held=true", None).await;
    assert_eq!(found["items"][0]["held"], json!([held(first), held(second)]));
    assert!(shop.detail(order_id).await.get("held").is_none(), "customers know");
    // It goes on meanwhile, and what it is marked with stays.
    shop.app.deliver(&shop.paid(order_id)).await.unwrap();
    shop.app.deliver(&PaymentHoldEnded { order_id, payment_id: first }).await.unwrap();
    assert_eq!(shop.as_admin("GET", &path, None).await["held"], json!([held(second)]));
    shop.app.deliver(&PaymentHoldEnded { order_id, payment_id: second }).await.unwrap();
    // Of one that is not held, nothing comes.
    shop.app.deliver(&PaymentHoldEnded { order_id: other, payment_id: first }).await.unwrap();
    assert_eq!(shop.find("held=true").await, []);
    assert!(shop.as_admin("GET", &path, None).await.get("held").is_none());
    shop.stop().await;
}

#[tokio::test]
async fn a_timeline_shows_the_newest_lines_and_says_that_there_are_more() {
    let shop = Shop::start().await;
    let id = shop.order().await;
    for n in 0..200 {
        shop.app.clock.advance(Duration::SECOND);
        let note = json!({"text": format!("note {n}")});
        shop.as_admin("POST", &format!("/api/v1/admin/orders/{id}/notes"), Some(note)).await;
    }
    let timeline = shop.as_admin("GET", &format!("/api/v1/admin/orders/{id}/timeline"), None).await;
    let items = timeline["items"].as_array().unwrap();
    assert_eq!((items.len(), &timeline["shortened"]), (200, &json!(["order"])));
    assert_eq!((&items[0]["text"], &items[199]["text"]), (&json!("note 0"), &json!("note 199")));
    shop.stop().await;
}
