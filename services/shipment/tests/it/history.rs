//! What happened to an order's parcels, as order is told.

use serde_json::json;
use time::Duration;
use warung_chassis::{
    auth::Role,
    testing::{self, TestApp},
};
use warung_contracts::{
    event::{OrderConfirmed, UserDeleted},
    history::{Booking, Deed, ParcelMoved},
    id::UserId,
};

use crate::{cancelled, confirmed, path, post, start_with, weighed};

/// Left to staff and webhooks, so that nothing moves by itself.
const BY_HAND: (&str, &str) = ("WARUNG_SANDBOX_CARRIER_STEP_SECONDS", "0");
const BOOKS: (&str, &str) = ("WARUNG_SANDBOX_CARRIER_BOOKS", "true");

/// Each entry in words: who, of which parcel, what, by whom it is carried, and what else there is.
async fn told(app: &TestApp, order: &OrderConfirmed) -> Vec<String> {
    let entries = app.history(order.order_id).await;
    assert!(entries.is_sorted_by_key(|entry| entry.at));
    let words = |deed| match deed {
        Some(Deed::Parcel(ParcelMoved { parcel, state, carrier, location, .. })) => {
            format!("{parcel} {state} {carrier} {}", location.unwrap_or_default())
        }
        Some(Deed::Booking(Booking { parcel, carrier, state, reason })) => {
            format!("{parcel} booking {state} {carrier} {}", reason.unwrap_or_default())
        }
        other => panic!("{other:?}"),
    };
    let line = |entry: &warung_contracts::history::Told| format!("{} {}", entry.actor, words(entry.deed()));
    entries.iter().map(line).map(|line| line.trim_end().to_owned()).collect()
}

/// Does something with a parcel as this person of the staff, a second later.
async fn staff(app: &TestApp, who: UserId, order: &OrderConfirmed, what: &str, body: serde_json::Value) {
    app.clock.advance(Duration::SECOND);
    let token = testing::token(who, &[Role::Staff]);
    let key = app.clock.now().unix_timestamp().to_string();
    let answer = post(app, &format!("{}/{what}", path(order)), &token, &key, body).await;
    assert_eq!(answer.status, 200, "{what}: {}", answer.body);
}

#[tokio::test]
async fn each_parcel_says_what_happened_and_who_of_the_staff_did_it() {
    let app = start_with(&[BY_HAND]).await;
    let (order, sari) = (weighed(testing::customer().0, 2, 10), testing::customer().0);
    app.deliver(&order).await.unwrap();
    staff(&app, sari, &order, "parcels/1/split", json!({"items": [{"line": 0, "quantity": 1}]})).await;
    let other = json!({"carrier": "Pak Budi", "tracking_number": "B-1"});
    staff(&app, sari, &order, "parcels/1/dispatch", other).await;
    let seen = json!({"event": "in_transit", "location": "Cirebon"});
    staff(&app, sari, &order, "parcels/1/events", seen).await;
    staff(&app, sari, &order, "parcels/1/events", json!({"event": "failed", "description": "nobody home"}))
        .await;
    app.clock.advance(Duration::SECOND);
    app.deliver(&cancelled(&order)).await.unwrap();
    assert_eq!(
        told(&app, &order).await,
        [
            // As the parcel is now: it went with another.
            "shipment 1 created Pak Budi",
            "staff 2 created Sandbox Express",
            "staff 1 dispatched Pak Budi",
            "staff 1 dispatched Pak Budi Cirebon",
            "staff 1 failed Pak Budi",
            "shipment 1 failed Pak Budi",
            "shipment 2 cancelled Sandbox Express",
        ]
    );
    let entries = app.history(order.order_id).await;
    let authors: Vec<_> = entries.iter().map(|entry| entry.author).collect();
    let by = Some(sari);
    assert_eq!(authors, [None, by, by, by, by, None, None]);
    let failed = &entries[4].details;
    assert_eq!((&failed["description"], &failed["tracking_number"]), (&json!("nobody home"), &json!("B-1")));
    assert_eq!(app.history(confirmed(sari).order_id).await, []);
    app.stop().await;
}

#[tokio::test]
async fn a_carrier_that_takes_refuses_or_lets_go_is_told_with_its_reason() {
    let app = start_with(&[BY_HAND, BOOKS]).await;
    let (taken, mut refused) = (confirmed(testing::customer().0), confirmed(testing::customer().0));
    // Where the sandbox does not go.
    refused.shipping_address.postal_code = "00001".into();
    for order in [&taken, &refused] {
        app.deliver(order).await.unwrap();
    }
    assert!(app.history(taken.order_id).await[0].details.get("tracking_number").is_none());
    app.clock.advance(Duration::SECOND);
    app.run_job("bookings").await;
    app.clock.advance(Duration::SECOND);
    app.deliver(&cancelled(&taken)).await.unwrap();
    app.clock.advance(Duration::SECOND);
    app.run_job("bookings").await;
    let other = json!({"carrier": "Pak Budi", "tracking_number": "B-1"});
    staff(&app, testing::customer().0, &refused, "parcels/1/dispatch", other).await;
    assert_eq!(
        told(&app, &taken).await,
        [
            "shipment 1 created Sandbox Express",
            "carrier 1 booking booked Sandbox Express",
            "shipment 1 cancelled Sandbox Express",
            "shipment 1 booking released Sandbox Express",
        ]
    );
    assert_eq!(
        told(&app, &refused).await,
        [
            "shipment 1 created Pak Budi",
            "carrier 1 booking refused Sandbox Express the address is not served",
            "staff 1 dispatched Pak Budi",
        ]
    );
    app.stop().await;
}

#[tokio::test]
async fn nothing_that_names_a_customer_is_told_once_the_account_is_gone() {
    let app = start_with(&[BY_HAND, BOOKS]).await;
    let (user_id, staff_id) = (testing::customer().0, testing::customer().0);
    let mut order = confirmed(user_id);
    order.shipping_address.postal_code = "00001".into();
    app.deliver(&order).await.unwrap();
    app.run_job("bookings").await;
    let other = json!({"carrier": "Pak Budi", "tracking_number": "B-1"});
    staff(&app, staff_id, &order, "parcels/1/dispatch", other).await;
    let given = json!({"event": "delivered", "description": "given to Sari", "location": "Jl. Kopi 1"});
    staff(&app, staff_id, &order, "parcels/1/events", given).await;
    let before = format!("{:?}", app.history(order.order_id).await);
    let words = ["Sari", "Jl. Kopi 1", "the address is not served"];
    assert!(words.iter().all(|word| before.contains(word)), "{before}");
    app.deliver(&UserDeleted { user_id }).await.unwrap();
    let after = app.history(order.order_id).await;
    let text = format!("{after:?}");
    assert!(!words.iter().any(|word| text.contains(word)), "{text}");
    assert_eq!(after.len(), 4, "what was done stays: {text}");
    app.stop().await;
}
